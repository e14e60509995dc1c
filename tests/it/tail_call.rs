//! Tail calls: the stack does not grow, whoever is called.

use super::module;
use windlass::{Caller, Config, Engine, Instance, Limits, Linker, Store, Trap};

/// A linker for few frames and slots.
fn linker() -> Linker<u64> {
    let mut limits = Limits::HOST;
    (limits.call_depth, limits.stack_slots) = (2, 256);
    Linker::new(&Engine::new(Config::new().limits(limits)))
}

/// Instantiates a text and calls its `run` with a number, many times within little room.
fn run(linker: &Linker<u64>, store: &mut Store<u64>, text: &str, arg: i64) -> (Instance, windlass::Result<i64>) {
    let instance = linker.instantiate(&mut *store, &module(linker.engine(), text)).unwrap();
    let run = instance.get_typed_func::<i64, i64>(&mut *store, "run").unwrap();
    (instance, run.call(store, arg))
}

/// Every kind of tail call, from functions of different shape to one another.
const WITHIN: &str = r#"(module
    (type $f (func (param i64 i64) (result i64)))
    (table funcref (elem $odd $even $third))
    (func $even (type $f) (local i64 f32)
        (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
        (i32.const 5) (i32.const 6)
        (return_call $odd (i64.sub (local.get 0) (i64.const 1)) (i64.add (local.get 1) (i64.const 1))))
    (func $odd (type $f)
        (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
        (return_call_indirect (type $f)
            (i64.sub (local.get 0) (i64.const 1)) (i64.add (local.get 1) (i64.const 1)) (i32.const 2)))
    (func $third (type $f) (local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
        (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
        (if (i64.ne (i64.const 0) (local.get 11)) (then unreachable))
        (local.set 11 (i64.const 1))
        (return_call_ref $f
            (i64.sub (local.get 0) (i64.const 1)) (i64.add (local.get 1) (i64.const 1)) (ref.func $even)))
    (func (export "run") (param i64) (result i64) (i64.add (i64.const 1000000) (call $even (local.get 0) (i64.const 0)))))"#;

#[test]
fn within_an_instance() {
    let linker = linker();
    let mut store = Store::new(linker.engine(), 0);
    assert_eq!(run(&linker, &mut store, WITHIN, 100_000).1.unwrap(), 1_100_000);
}

#[test]
fn across_instances_and_through_the_host() {
    let mut linker = linker();
    let mut store = Store::new(linker.engine(), 0);
    let first = r#"(module
        (table (export "table") 1 funcref)
        (type $f (func (param i64) (result i64)))
        (func (export "down") (type $f) (local f64 f64)
            (if (i64.eqz (local.get 0)) (then (return (i64.const 7))))
            (f32.const 1)
            (return_call_indirect (type $f) (i64.sub (local.get 0) (i64.const 1)) (i32.const 0))))"#;
    let first = linker.instantiate(&mut store, &module(linker.engine(), first)).unwrap();
    linker.instance(&mut store, "first", first).unwrap();
    linker
        .func_wrap("host", "last", |mut caller: Caller<'_, u64>, arg: i64| {
            // Who calls is known, even where nothing is left for it to do.
            assert!(caller.get_export("run").is_some());
            *caller.data_mut() += 1;
            arg
        })
        .unwrap();
    let second = r#"(module
        (import "first" "table" (table 1 funcref))
        (import "first" "down" (func $down (param i64) (result i64)))
        (import "host" "last" (func $last (param i64) (result i64)))
        (elem (i32.const 0) $up)
        (func $up (param i64) (result i64) (local i32)
            (if (i64.eqz (local.get 0)) (then (i32.const 1) (return_call $last (i64.const 9))))
            (return_call $down (i64.sub (local.get 0) (i64.const 1))))
        (func (export "run") (param i64) (result i64) (return_call $up (local.get 0))))"#;
    assert_eq!(run(&linker, &mut store, second, 100_000).1.unwrap(), 9);
    assert_eq!(run(&linker, &mut store, second, 99_999).1.unwrap(), 7);
    assert_eq!(*store.data(), 1);
}

#[test]
fn a_frame_that_does_not_fit_is_a_trap() {
    let linker = linker();
    let mut store = Store::new(linker.engine(), 0);
    let locals = "i64 ".repeat(254);
    let text = format!(
        "(module (func $big (param i64) (result i64) (local {locals}) (local.get 0))
            (func $tail (param i64) (result i64) (return_call $big (local.get 0)))
            (func (export \"run\") (param i64) (result i64) (i64.add (i64.const 1) (call $tail (local.get 0)))))"
    );
    assert_eq!(run(&linker, &mut store, &text, 1).1.unwrap_err().trap(), Some(Trap::CallStackExhausted));
}

#[test]
fn in_components() {
    let text = r#"(component
        (component $A
            (core module $M (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
            (core instance $m (instantiate $M))
            (func (export "f") (param "n" u32) (result u32) (canon lift (core func $m "f"))))
        (instance $a (instantiate $A))
        (core func $f (canon lower (func $a "f")))
        (core module $N
            (import "" "f" (func $f (param i32) (result i32)))
            (func (export "f") (param i32) (result i32)
                (i32.const 5)
                (return_call $f (local.get 0))))
        (core instance $n (instantiate $N (with "" (instance (export "f" (func $f))))))
        (func (export "f") (param "n" u32) (result u32) (canon lift (core func $n "f"))))"#;
    let (mut store, instance) = super::component::instance(text);
    let f = instance.get_func(&mut store, "f").unwrap();
    let result = super::component::call(&mut store, f, &[windlass::component::Val::U32(41)]).unwrap();
    assert_eq!(result, windlass::component::Val::U32(42));
}
