//! The greeter of `examples/greeter` and its large twin.

use super::{call, record, text};
use crate::lent;
use windlass::component::{Component, Func, Linker, Val};
use windlass::{Config, Engine, Features, Store, Trap};

const GREETER: &[u8] = include_bytes!("../../../examples/greeter/greeter.wasm");

fn greeter(bytes: &'static [u8]) -> (Store<()>, Func) {
    let mut store = Store::new(&Engine::default(), ());
    let greet = instantiate(&mut store, bytes);
    (store, greet)
}

fn instantiate(store: &mut Store<()>, bytes: &'static [u8]) -> Func {
    let engine = store.engine().clone();
    let component = Component::from_static(&engine, bytes).unwrap();
    let instance = Linker::new(&engine).instantiate(&mut *store, &component).unwrap();
    let interface = instance.get_export_index(&mut *store, None, "example:greeter/greet@1.0.0").unwrap();
    let greet = instance.get_export_index(&mut *store, Some(&interface), "greet").unwrap();
    greet.func().unwrap()
}

fn person(name: &str, age: u32) -> Val {
    record(vec![("name", text(name)), ("age", Val::U32(age))])
}

#[test]
fn it_greets() {
    let (mut store, greet) = greeter(GREETER);
    for (name, age) in [("Ada", 36), ("Zoë 🚀", u32::MAX), ("", 0)] {
        let greeting = call(&mut store, greet, &[person(name, age)]).unwrap();
        assert_eq!(greeting, text(&format!("Hello, {name}! You are {age} years old.")));
    }
}

/// The greeter with more memory, for long names.
const LARGE: &[u8] = include_bytes!("../../../examples/greeter/greeter-large.wasm");

#[test]
fn the_large_one_takes_names_of_a_mebibyte() {
    let (mut store, greet) = greeter(LARGE);
    for letter in ["x", "ë", "🚀"] {
        let name = letter.repeat((1 << 20) / letter.len());
        let greeting = call(&mut store, greet, &[person(&name, 36)]).unwrap();
        assert_eq!(greeting, text(&format!("Hello, {name}! You are 36 years old.")));
    }
}

/// The greeter in 4 KiB, with pages of one byte.
const SMALL: &[u8] = include_bytes!("../../../examples/greeter/greeter-small.wasm");

#[test]
fn the_small_one_lives_in_a_buffer_of_four_kibibytes() {
    let engine = Engine::new(Config::new().wasm_features(Features::CUSTOM_PAGE_SIZES, true));
    let mut store = Store::new(&engine, ());
    store.lend_memory(lent::buffer(4096)).unwrap();
    let greet = instantiate(&mut store, SMALL);
    for (name, age) in [("Ada", 36), ("Zoë 🚀", u32::MAX), ("", 0)] {
        let greeting = call(&mut store, greet, &[person(name, age)]).unwrap();
        assert_eq!(greeting, text(&format!("Hello, {name}! You are {age} years old.")));
    }
    assert_eq!(store.memory_bytes(), 4096);
    assert_eq!(store.into_lent_memory().len(), 1);
}

#[test]
fn it_can_be_called_any_number_of_times() {
    let (mut store, greet) = greeter(GREETER);
    // Without post-return these names would fill its memory after some dozens of calls.
    let name = "x".repeat(1_000);
    for age in 0..1_000 {
        let greeting = call(&mut store, greet, &[person(&name, age)]).unwrap();
        assert_eq!(greeting, text(&format!("Hello, {name}! You are {age} years old.")));
    }
}

#[test]
fn a_name_that_does_not_fit_its_memory_traps_and_poisons_it() {
    let (mut store, greet) = greeter(GREETER);
    let error = call(&mut store, greet, &[person(&"x".repeat(1 << 20), 1)]).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::Unreachable), "{error}");
    let error = call(&mut store, greet, &[person("Ada", 36)]).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::CannotEnterInstance), "{error}");
}
