//! Gives back whatever it gets, and keeps pantries.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::sync::atomic::{AtomicU32, Ordering};

wit_bindgen::generate!({ path: "kitchen.wit", world: "sink" });

use exports::example::kitchen::everything::{self, Diet, Dish, Ingredient, Taste};
use exports::example::kitchen::storage::{self, GuestPantry, Pantry, PantryBorrow};

struct Sink;

impl everything::Guest for Sink {
    fn bools(v: bool) -> bool {
        v
    }
    fn bytes(a: u8, b: i8) -> (u8, i8) {
        (a, b)
    }
    fn shorts(a: u16, b: i16) -> (u16, i16) {
        (a, b)
    }
    fn words(a: u32, b: i32) -> (u32, i32) {
        (a, b)
    }
    fn longs(a: u64, b: i64) -> (u64, i64) {
        (a, b)
    }
    fn floats(a: f32, b: f64) -> (f32, f64) {
        (a, b)
    }
    fn chars(v: char) -> char {
        v
    }
    fn strings(v: String) -> String {
        v
    }
    fn blobs(v: Vec<u8>) -> Vec<u8> {
        v
    }
    fn tastes(v: Taste) -> Taste {
        v
    }
    fn diets(v: Diet) -> Diet {
        v
    }
    fn ingredients(v: Vec<Ingredient>) -> Vec<Ingredient> {
        v
    }
    fn dishes(v: Dish) -> Dish {
        v
    }
    fn nested(v: Option<Option<Result<String, Option<u32>>>>) -> Option<Option<Result<String, Option<u32>>>> {
        v
    }
    fn results(v: Vec<Result<u32, String>>) -> Vec<Result<u32, String>> {
        v
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
        let mut all: Vec<String> = [a, b, c, d, e, f, g, h].into_iter().collect();
        all.truncate(usize::from(i));
        all
    }
}

struct Shelf {
    name: String,
    grams: Cell<f64>,
    names: RefCell<Vec<String>>,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Drop for Shelf {
    fn drop(&mut self) {
        COUNT.fetch_sub(1, Ordering::Relaxed);
    }
}

impl GuestPantry for Shelf {
    fn new(name: String) -> Self {
        COUNT.fetch_add(1, Ordering::Relaxed);
        Shelf { name, grams: Cell::new(0.0), names: RefCell::default() }
    }

    fn add(&self, what: storage::Ingredient) {
        self.grams.set(self.grams.get() + what.grams);
        self.names.borrow_mut().push(what.name);
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn grams(&self) -> f64 {
        self.grams.get()
    }

    fn take(&self, other: Pantry) {
        let other = other.into_inner::<Shelf>();
        self.grams.set(self.grams.get() + other.grams.get());
        self.names.borrow_mut().append(&mut other.names.borrow_mut());
    }

    fn compare(a: PantryBorrow<'_>, b: PantryBorrow<'_>) -> i8 {
        let (a, b) = (a.get::<Shelf>().grams.get(), b.get::<Shelf>().grams.get());
        i8::from(a > b) - i8::from(a < b)
    }

    fn merge(all: Vec<Pantry>) -> Option<Pantry> {
        let mut all = all.into_iter();
        let first = all.next()?;
        for other in all {
            first.get::<Shelf>().take(other);
        }
        Some(first)
    }
}

impl storage::Guest for Sink {
    type Pantry = Shelf;

    fn count() -> u32 {
        COUNT.load(Ordering::Relaxed)
    }
}

export!(Sink);
