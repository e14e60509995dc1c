//! Nothing is left behind: bytes of the heap are counted around what is done over and over.

use super::{call, instance, record, text};
use crate::heap;
use windlass::component::{Component, Linker, Resource, Val};
use windlass::{Engine, Error, Result, Store, StoreContextMut};

const GREETER: &[u8] = include_bytes!("../../../examples/greeter/greeter.wasm");

/// Does something `times` times; the heap is as full afterwards as after the first times.
fn leaks_nothing(times: u32, mut action: impl FnMut()) {
    // Places that are used again are made in the beginning.
    (0..3).for_each(|_| action());
    let before = heap::in_use();
    (0..times).for_each(|_| action());
    assert_eq!(heap::in_use() - before, 0, "bytes are left after {times} times");
}

#[test]
fn ten_thousand_instances_of_the_greeter() {
    let engine = Engine::default();
    let component = Component::from_static(&engine, GREETER).unwrap();
    leaks_nothing(10_000, || {
        let mut store = Store::new(&engine, ());
        Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    });
}

#[test]
fn components_that_are_called_and_dropped() {
    leaks_nothing(200, || {
        let engine = Engine::default();
        let component = Component::from_static(&engine, GREETER).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
        let interface = instance.get_export_index(&mut store, None, "example:greeter/greet@1.0.0").unwrap();
        let greet = instance.get_export_index(&mut store, Some(&interface), "greet").unwrap();
        let person = record(vec![("name", text("Ada")), ("age", Val::U32(36))]);
        call(&mut store, greet.func().unwrap(), &[person]).unwrap();
    });
}

/// One component makes, lends and drops resources of another.
const COMPOSED: &str = include_str!("../../../benches/components/composed.wat");

#[test]
fn calls_between_components() {
    let (mut store, instance) = instance(COMPOSED);
    for name in
        ["add", "string-utf8", "string-utf16", "list", "records", "variants", "options", "results", "own", "borrow"]
    {
        let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, name).unwrap();
        leaks_nothing(1_000, || assert!(run.call(&mut store, (1,)).is_ok()));
    }
}

/// A component that hands a resource of the host back, or drops it.
const HANDLES: &str = r#"(component
    (import "thing" (type $thing (sub resource)))
    (core func $drop (canon resource.drop $thing))
    (core module $m
        (import "" "drop" (func $drop (param i32)))
        (func (export "keep") (param i32) (result i32) (local.get 0))
        (func (export "look") (param i32) (result i32) (call $drop (local.get 0)) (i32.const 7))
        (func (export "fail") (param i32) unreachable))
    (core instance $i (instantiate $m (with "" (instance (export "drop" (func $drop))))))
    (func (export "keep") (param "t" (own $thing)) (result (own $thing)) (canon lift (core func $i "keep")))
    (func (export "look") (param "t" (borrow $thing)) (result u32) (canon lift (core func $i "look")))
    (func (export "fail") (param "t" (own $thing)) (canon lift (core func $i "fail"))))"#;

struct Thing;

fn linker(engine: &Engine) -> Linker<u32> {
    let mut linker = Linker::new(engine);
    let dropped = |mut store: StoreContextMut<'_, u32>, _: u32| -> Result<()> {
        *store.data_mut() += 1;
        Ok(())
    };
    linker.root().resource("thing", windlass::component::ResourceType::host::<Thing>(), dropped).unwrap();
    linker
}

#[test]
fn handles_of_the_host() {
    let engine = Engine::default();
    let component = Component::new(&engine, wat::parse_str(HANDLES).unwrap()).unwrap();
    let mut store = Store::new(&engine, 0);
    let instance = linker(&engine).instantiate(&mut store, &component).unwrap();
    let keep = instance.get_typed_func::<(Resource<Thing>,), (Resource<Thing>,)>(&mut store, "keep").unwrap();
    let look = instance.get_typed_func::<(Resource<Thing>,), (u32,)>(&mut store, "look").unwrap();
    leaks_nothing(1_000, || {
        let (thing,) = keep.call(&mut store, (Resource::new_own(1),)).unwrap();
        assert_eq!(look.call(&mut store, (Resource::new_borrow(thing.rep()),)).unwrap(), (7,));
    });
}

/// A trap in the middle of a call leaves nothing behind once the store is dropped.
#[test]
fn calls_that_trap() {
    let engine = Engine::default();
    let component = Component::new(&engine, wat::parse_str(HANDLES).unwrap()).unwrap();
    leaks_nothing(1_000, || {
        let mut store = Store::new(&engine, 0);
        let instance = linker(&engine).instantiate(&mut store, &component).unwrap();
        let fail = instance.get_typed_func::<(Resource<Thing>,), ()>(&mut store, "fail").unwrap();
        let error: Error = fail.call(&mut store, (Resource::new_own(1),)).unwrap_err();
        assert_eq!(error.trap(), Some(windlass::Trap::Unreachable));
    });
}
