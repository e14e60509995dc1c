//! Calls that have no task until somebody asks for one: whether anybody does, and when, makes no
//! difference to what they do.

use super::unit_by_unit;
use windlass::component::{Component, Instance, Linker};
use windlass::{Config, Engine, Features, Store, Trap};

/// One component makes calls of every kind to another.
const COMPOSED: &str = include_str!("../../../benches/components/composed.wat");
const CALLS: &[&str] =
    &["add", "string-utf8", "string-utf16", "list", "records", "variants", "options", "results", "own", "borrow"];

/// A call that is paused is looked at: here at every check point for fuel.
#[test]
fn calls_may_be_paused_anywhere() {
    let engine = Engine::new(Config::new().consume_fuel(true));
    let component = Component::new(&engine, wat::parse_str(COMPOSED).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    store.set_fuel(u64::from(u32::MAX)).unwrap();
    let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    for name in CALLS {
        let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, *name).unwrap();
        store.set_fuel(u64::from(u32::MAX)).unwrap();
        let expected = run.call(&mut store, (3,)).unwrap();
        let (found, pauses) = unit_by_unit(&mut store, run, (3,));
        let (found, pauses) = (found.unwrap(), pauses.len());
        // What is dropped is counted over all calls.
        let (found, expected) = if *name == "own" { (found.0 - 3, expected.0) } else { (found.0, expected.0) };
        assert_eq!(found, expected, "{name}");
        assert!(pauses > 10, "{name}: {pauses} pauses");
    }
}

/// Both components use the storage of their threads, one before and after it calls the other.
const STORAGE: &str = r#"(component
    (component $callee
        (core func $get (canon context.get i32 0))
        (core func $set (canon context.set i32 0))
        (core module $m
            (import "" "get" (func $get (result i32)))
            (import "" "set" (func $set (param i32)))
            (func (export "f") (result i32)
                (if (call $get) (then unreachable))
                (call $set (i32.const 7))
                (call $get))
            (func (export "trap") (call $set (i32.const 1)) unreachable))
        (core instance $i (instantiate $m (with "" (instance (export "get" (func $get)) (export "set" (func $set))))))
        (func (export "f") (result u32) (canon lift (core func $i "f")))
        (func (export "trap") (canon lift (core func $i "trap"))))
    (component $caller
        (import "f" (func $f (result u32)))
        (import "trap" (func $trap))
        (core func $get (canon context.get i32 0))
        (core func $set (canon context.set i32 0))
        (core func $f (canon lower (func $f)))
        (core func $trap (canon lower (func $trap)))
        (core module $m
            (import "" "get" (func $get (result i32)))
            (import "" "set" (func $set (param i32)))
            (import "" "f" (func $f (result i32)))
            (import "" "trap" (func $trap))
            (func (export "run") (result i32) (local $sum i32)
                (local.set $sum (call $f))
                (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 10)) (call $get)))
                (call $set (i32.const 9))
                (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 10)) (call $f)))
                (i32.add (i32.mul (local.get $sum) (i32.const 10)) (call $get)))
            (func (export "trap") (call $trap)))
        (core instance $i (instantiate $m (with "" (instance
            (export "get" (func $get)) (export "set" (func $set)) (export "f" (func $f)) (export "trap" (func $trap))))))
        (func (export "run") (result u32) (canon lift (core func $i "run")))
        (func (export "trap") (canon lift (core func $i "trap"))))
    (instance $callee (instantiate $callee))
    (instance $caller (instantiate $caller (with "f" (func $callee "f")) (with "trap" (func $callee "trap"))))
    (export "run" (func $caller "run"))
    (export "trap" (func $caller "trap"))
    (export "f" (func $callee "f")))"#;

fn storage() -> (Store<()>, Instance) {
    let engine = Engine::new(Config::new().wasm_features(Features::IMPLEMENTED, true));
    let component = Component::new(&engine, wat::parse_str(STORAGE).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    (store, instance)
}

#[test]
fn each_thread_has_its_storage() {
    let (mut store, instance) = storage();
    let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run").unwrap();
    for _ in 0..3 {
        assert_eq!(run.call(&mut store, ()).unwrap(), (7079,));
    }
}

#[test]
fn a_trap_locks_down_both_components() {
    let (mut store, instance) = storage();
    let trap = instance.get_typed_func::<(), ()>(&mut store, "trap").unwrap();
    assert_eq!(trap.call(&mut store, ()).unwrap_err().trap(), Some(Trap::Unreachable));
    for name in ["run", "f"] {
        let func = instance.get_typed_func::<(), (u32,)>(&mut store, name).unwrap();
        assert_eq!(func.call(&mut store, ()).unwrap_err().trap(), Some(Trap::CannotEnterInstance), "{name}");
    }
}

/// What makes room for a result asks for the storage of its thread, which is not its caller's.
const ASKING_REALLOC: &str = r#"(component
    (component $callee
        (core module $m
            (memory (export "memory") 1)
            (data (i32.const 8) "text")
            (func (export "f") (result i32)
                (i32.store (i32.const 0) (i32.const 8)) (i32.store (i32.const 4) (i32.const 4)) (i32.const 0))
            (func (export "post") (param i32)))
        (core instance $i (instantiate $m))
        (alias core export $i "memory" (core memory $memory))
        (func (export "f") (result string) (canon lift (core func $i "f") (memory $memory)))
        (func (export "g") (result string)
            (canon lift (core func $i "f") (memory $memory) (post-return (core func $i "post")))))
    (component $caller
        (import "f" (func $f (result string)))
        (import "g" (func $g (result string)))
        (core func $get (canon context.get i32 0))
        (core func $set (canon context.set i32 0))
        (core module $libc
            (import "" "get" (func $get (result i32)))
            (import "" "set" (func $set (param i32)))
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                (if (call $get) (then unreachable))
                (call $set (i32.const 5))
                (i32.const 64)))
        (core instance $libc (instantiate $libc (with "" (instance
            (export "get" (func $get)) (export "set" (func $set))))))
        (alias core export $libc "memory" (core memory $memory))
        (core func $f (canon lower (func $f) (memory $memory) (realloc (core func $libc "realloc"))))
        (core func $g (canon lower (func $g) (memory $memory) (realloc (core func $libc "realloc"))))
        (core module $m
            (import "" "get" (func $get (result i32)))
            (import "" "set" (func $set (param i32)))
            (import "" "f" (func $f (param i32)))
            (import "" "g" (func $g (param i32)))
            (func (export "run") (result i32)
                (call $set (i32.const 9))
                (call $f (i32.const 16))
                (call $g (i32.const 16))
                (call $f (i32.const 16))
                (call $get)))
        (core instance $i (instantiate $m (with "" (instance
            (export "get" (func $get)) (export "set" (func $set)) (export "f" (func $f)) (export "g" (func $g))))))
        (func (export "run") (result u32) (canon lift (core func $i "run"))))
    (instance $callee (instantiate $callee))
    (instance $caller (instantiate $caller (with "f" (func $callee "f")) (with "g" (func $callee "g"))))
    (export "run" (func $caller "run")))"#;

#[test]
fn realloc_may_ask_for_its_thread_while_a_result_crosses() {
    let engine = Engine::new(Config::new().wasm_features(Features::IMPLEMENTED, true));
    let component = Component::new(&engine, wat::parse_str(ASKING_REALLOC).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run").unwrap();
    for _ in 0..3 {
        assert_eq!(run.call(&mut store, ()).unwrap(), (9,));
    }
}
