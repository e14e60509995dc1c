//! Every prefix of the greeter, and thousands of changes of a byte: an error or success, and
//! nothing else.

use super::{record, text};
use windlass::component::{Component, Linker, Val};
use windlass::support::choice::Choice;
use windlass::{Config, Engine, Limits, Store};

const GREETER: &[u8] = include_bytes!("../../../examples/greeter/greeter.wasm");

/// Validates, instantiates and, if all goes well, greets.
fn attempt(engine: &Engine, bytes: &[u8]) {
    let Ok(component) = Component::from_slice(engine, bytes) else { return };
    let mut store = Store::new(engine, ());
    store.set_fuel(1_000_000).unwrap();
    let Ok(instance) = Linker::new(engine).instantiate(&mut store, &component) else { return };
    let Some(interface) = instance.get_export_index(&mut store, None, "example:greeter/greet@1.0.0") else { return };
    let greet = instance.get_export_index(&mut store, Some(&interface), "greet");
    let Some(greet) = greet.and_then(|index| index.func()) else { return };
    let person = record(vec![("name", text("Ada")), ("age", Val::U32(36))]);
    // Whatever it answers: the guest's code may have been changed.
    let _ = greet.call(&mut store, &[person], &mut [Val::Bool(false)]);
}

/// Memory is bounded by what a board allows.
fn engine() -> Engine {
    let mut config = Config::new();
    let mut limits = Limits::HOST;
    (limits.memory_pages, limits.table_elements) = (16, 10_000);
    config.consume_fuel(true).limits(limits);
    Engine::new(&config)
}

#[test]
fn every_prefix_of_the_greeter() {
    let engine = engine();
    for end in 0..=GREETER.len() {
        attempt(&engine, &GREETER[..end]);
    }
}

#[test]
fn ten_thousand_changes_of_a_byte() {
    let engine = engine();
    let mut choice = Choice::Seeded(20_260_617);
    for _ in 0..10_000 {
        let mut bytes = GREETER.to_vec();
        let at = choice.pick(bytes.len() as u32) as usize;
        bytes[at] ^= 1 + choice.pick(255) as u8;
        attempt(&engine, &bytes);
    }
}
