//! Hands everything on.

use alloc::string::String;
use alloc::vec::Vec;

wit_bindgen::generate!({ path: "kitchen.wit", world: "relay" });

use example::kitchen::everything as inner;
use exports::example::kitchen::everything::{Diet, Dish, Guest, Ingredient, Taste};

struct Relay;

fn taste_in(v: Taste) -> inner::Taste {
    match v {
        Taste::Sweet => inner::Taste::Sweet,
        Taste::Sour => inner::Taste::Sour,
        Taste::Salty => inner::Taste::Salty,
        Taste::Bitter => inner::Taste::Bitter,
    }
}

fn taste_out(v: inner::Taste) -> Taste {
    match v {
        inner::Taste::Sweet => Taste::Sweet,
        inner::Taste::Sour => Taste::Sour,
        inner::Taste::Salty => Taste::Salty,
        inner::Taste::Bitter => Taste::Bitter,
    }
}

fn all_in(v: Vec<Ingredient>) -> Vec<inner::Ingredient> {
    let one =
        |Ingredient { name, grams, fresh, taste }| inner::Ingredient { name, grams, fresh, taste: taste_in(taste) };
    v.into_iter().map(one).collect()
}

fn all_out(v: Vec<inner::Ingredient>) -> Vec<Ingredient> {
    let one =
        |inner::Ingredient { name, grams, fresh, taste }| Ingredient { name, grams, fresh, taste: taste_out(taste) };
    v.into_iter().map(one).collect()
}

impl Guest for Relay {
    fn bools(v: bool) -> bool {
        inner::bools(v)
    }
    fn bytes(a: u8, b: i8) -> (u8, i8) {
        inner::bytes(a, b)
    }
    fn shorts(a: u16, b: i16) -> (u16, i16) {
        inner::shorts(a, b)
    }
    fn words(a: u32, b: i32) -> (u32, i32) {
        inner::words(a, b)
    }
    fn longs(a: u64, b: i64) -> (u64, i64) {
        inner::longs(a, b)
    }
    fn floats(a: f32, b: f64) -> (f32, f64) {
        inner::floats(a, b)
    }
    fn chars(v: char) -> char {
        inner::chars(v)
    }
    fn strings(v: String) -> String {
        inner::strings(&v)
    }
    fn blobs(v: Vec<u8>) -> Vec<u8> {
        inner::blobs(&v)
    }
    fn tastes(v: Taste) -> Taste {
        taste_out(inner::tastes(taste_in(v)))
    }
    fn diets(v: Diet) -> Diet {
        Diet::from_bits_retain(inner::diets(inner::Diet::from_bits_retain(v.bits())).bits())
    }
    fn ingredients(v: Vec<Ingredient>) -> Vec<Ingredient> {
        all_out(inner::ingredients(&all_in(v)))
    }
    fn dishes(v: Dish) -> Dish {
        let v = match v {
            Dish::Nothing => inner::Dish::Nothing,
            Dish::Soup(of) => inner::Dish::Soup(of),
            Dish::Salad(of) => inner::Dish::Salad(all_in(of)),
            Dish::Menu(of) => inner::Dish::Menu(of),
        };
        match inner::dishes(&v) {
            inner::Dish::Nothing => Dish::Nothing,
            inner::Dish::Soup(of) => Dish::Soup(of),
            inner::Dish::Salad(of) => Dish::Salad(all_out(of)),
            inner::Dish::Menu(of) => Dish::Menu(of),
        }
    }
    fn nested(v: Option<Option<Result<String, Option<u32>>>>) -> Option<Option<Result<String, Option<u32>>>> {
        inner::nested(v.as_ref().map(|v| v.as_ref().map(|v| v.as_ref().map(String::as_str).map_err(|code| *code))))
    }
    fn results(v: Vec<Result<u32, String>>) -> Vec<Result<u32, String>> {
        inner::results(&v)
    }
    fn spilled(
        a: String,
        b: String,
        c: String,
        d: String,
        e: String,
        f: String,
        g: String,
        h: String,
        i: u8,
    ) -> Vec<String> {
        inner::spilled(&a, &b, &c, &d, &e, &f, &g, &h, i)
    }
}

export!(Relay);
