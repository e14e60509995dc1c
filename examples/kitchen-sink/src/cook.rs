//! Calls everything.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};

wit_bindgen::generate!({ path: "kitchen.wit", world: "cook" });

use example::kitchen::everything::{self, Diet, Dish, Ingredient, Taste};
use example::kitchen::storage::{self, Pantry};

struct Cook;

fn ingredient(name: &str, grams: f64) -> Ingredient {
    Ingredient { name: name.to_string(), grams, fresh: grams < 100.0, taste: Taste::Sour }
}

/// Counts what came back, and says what did not.
#[derive(Default)]
struct Check {
    fine: u32,
    wrong: String,
}

impl Check {
    fn same<T: core::fmt::Debug>(&mut self, sent: T, back: T) {
        let (sent, back) = (format!("{sent:?}"), format!("{back:?}"));
        if sent == back {
            self.fine += 1;
        } else {
            self.wrong.push_str(&format!("sent {sent}, got {back}. "));
        }
    }
}

impl Guest for Cook {
    fn check() -> Result<u32, String> {
        let mut check = Check::default();
        for v in [false, true] {
            check.same(v, everything::bools(v));
        }
        check.same((u8::MAX, i8::MIN), everything::bytes(u8::MAX, i8::MIN));
        check.same((u16::MAX, i16::MIN), everything::shorts(u16::MAX, i16::MIN));
        check.same((u32::MAX, i32::MIN), everything::words(u32::MAX, i32::MIN));
        check.same((u64::MAX, i64::MIN), everything::longs(u64::MAX, i64::MIN));
        check.same((f32::INFINITY, -0.5), everything::floats(f32::INFINITY, -0.5));
        check.same('🚀', everything::chars('🚀'));
        for v in ["", "salt", "crème brûlée", "日本語 🚀"] {
            check.same(v.to_string(), everything::strings(v));
        }
        let bytes: Vec<u8> = (0..=255).collect();
        check.same(bytes.clone(), everything::blobs(&bytes));
        check.same(Taste::Bitter, everything::tastes(Taste::Bitter));
        check.same(Diet::EGGS | Diet::CORN, everything::diets(Diet::EGGS | Diet::CORN));
        let all = vec![ingredient("lemon", 80.0), ingredient("sauerkraut", 500.0)];
        check.same(all.clone(), everything::ingredients(&all));
        for dish in
            [Dish::Nothing, Dish::Soup("borscht".to_string()), Dish::Salad(all), Dish::Menu(("lunch".to_string(), 12))]
        {
            check.same(dish.clone(), everything::dishes(&dish));
        }
        for v in [None, Some(None), Some(Some(Ok("fine"))), Some(Some(Err(None))), Some(Some(Err(Some(404))))] {
            let owned = v.map(|v| v.map(|v| v.map(ToString::to_string)));
            check.same(owned, everything::nested(v));
        }
        let results = vec![Ok(1), Err("burnt".to_string()), Ok(3)];
        check.same(results.clone(), everything::results(&results));
        let letters: Vec<String> = ["a", "b", "c", "d", "e", "f", "g", "h"].map(ToString::to_string).into();
        check.same(letters, everything::spilled("a", "b", "c", "d", "e", "f", "g", "h", 8));
        if check.wrong.is_empty() { Ok(check.fine) } else { Err(check.wrong) }
    }

    fn stock(count: u32) -> f64 {
        let pantries: Vec<Pantry> = (0..count)
            .map(|at| {
                let pantry = Pantry::new(&format!("pantry {at}"));
                pantry.add(&storage::Ingredient { ..ingredient("flour", f64::from(at)) });
                pantry
            })
            .collect();
        if let [first, .., last] = &pantries[..] {
            assert_eq!(Pantry::compare(first, last), -1);
            assert_eq!(last.name(), format!("pantry {}", count - 1));
        }
        let merged = Pantry::merge(pantries);
        let grams = merged.as_ref().map_or(0.0, Pantry::grams);
        drop(merged);
        // Every other one went with what took it.
        grams + f64::from(storage::count()) * 1e6
    }
}

export!(Cook);
