//! Every prefix of the greeter, and thousands of changes of a byte: an error or success, and
//! nothing else. Small components that would be large once they are instantiated.

use super::{record, text};
use crate::heap;
use windlass::component::{Component, Linker, Val};
use windlass::support::Limit;
use windlass::support::choice::Choice;
use windlass::{Config, Engine, ErrorKind, Limits, Store};

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

/// Instantiates a component that would multiply: a limit stops it, before it holds a hundred times
/// its size.
#[track_caller]
fn multiplies(wat: &str, limit: Limit) {
    let mut limits = Limits::HOST;
    (limits.instances, limits.store_definitions) = (10_000, 100_000);
    let engine = Engine::new(Config::new().limits(limits));
    let component = Component::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
    let most = heap::most(|| {
        let mut store = Store::new(&engine, ());
        let error = Linker::new(&engine).instantiate(&mut store, &component).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit(limit), "{error}");
    });
    assert!(most < 32 << 20, "{most} bytes");
}

/// Each component has two instances of the one before.
#[test]
fn instances_that_double_at_every_level() {
    let mut text = String::from("(component (component $c0)");
    for level in 1..=40 {
        let below = level - 1;
        text += &format!(
            "(component $c{level} (alias outer 1 {below} (component $b)) (instance (instantiate $b)) (instance (instantiate $b)))"
        );
    }
    multiplies(&(text + "(instance (instantiate $c40)))"), Limit::Instances);
}

/// Many instances of a component with many definitions, which nothing outside of it sees.
#[test]
fn many_instances_of_many_definitions() {
    let many = |text: &str| text.repeat(2_000);
    let instances = many("(instance (instantiate $c))");
    for definitions in [
        format!("(type $r (resource (rep i32))) {}", many("(core func (canon resource.drop $r))")),
        format!(
            "(component $n) {}",
            many("(component (alias outer 1 $n (component)))").replace("outer 1 $n", "outer 1 0")
        ),
        format!("(core module $m {}) (core instance (instantiate $m))", many("(func)")),
        format!(
            "(core module $m (memory 1) (data (i32.const 0) \"{}\")) {}",
            "x".repeat(60_000),
            many("(core instance (instantiate $m))")
        ),
    ] {
        multiplies(&format!("(component (component $c {definitions}) {instances})"), Limit::StoreDefinitions);
    }
}

/// Many instances whose exports are bound to names again and again.
#[test]
fn many_instances_of_a_large_type() {
    let exports: String = (0..1_000).map(|at| format!("(export \"r{at}\" (type $r))")).collect();
    let instances = "(instance (instantiate $c))".repeat(400);
    let text = format!("(component (component $c (type $r (resource (rep i32))) {exports}) {instances})");
    multiplies(&text, Limit::StoreDefinitions);
}
