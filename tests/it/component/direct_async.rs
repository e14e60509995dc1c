//! Async calls that have no task until somebody asks for one: whether the callee ends at once,
//! asks for its thread, blocks, or breaks the rules, its caller sees what it would see of a task.

use super::unit_by_unit;
use windlass::component::{Component, Instance, Linker, TypedFunc};
use windlass::{Config, Engine, Features, Store, Trap};

/// A callee that ends in every way, and a caller that waits for the result where there is none yet.
/// What the caller returns is the result, and 1 000 more if it had to wait.
const ENDS: &str = r#"(component
    (component $callee
        (core func $get (canon context.get i32 0))
        (core func $set (canon context.set i32 0))
        (core func $return (canon task.return (result u32)))
        (core func $return-none (canon task.return))
        (core module $m
            (import "" "get" (func $get (result i32)))
            (import "" "set" (func $set (param i32)))
            (import "" "return" (func $return (param i32)))
            (import "" "return-none" (func $return-none))
            (global $value (mut i32) (i32.const 0))
            (func (export "at-once") (param i32) (result i32)
                (call $return (i32.add (local.get 0) (i32.const 1))) (i32.const 0))
            (func (export "asks") (param i32) (result i32)
                (if (call $get) (then unreachable))
                (call $set (i32.add (local.get 0) (i32.const 1)))
                (call $return (call $get)) (i32.const 0))
            (func (export "asks-later") (param i32) (result i32)
                (call $return (i32.add (local.get 0) (i32.const 1)))
                (if (call $get) (then unreachable))
                (i32.const 0))
            (func (export "yields-later") (param i32) (result i32)
                (call $return (i32.add (local.get 0) (i32.const 1))) (i32.const 1))
            (func (export "exit") (param i32 i32 i32) (result i32) (i32.const 0))
            (func (export "yields-first") (param i32) (result i32)
                (global.set $value (i32.add (local.get 0) (i32.const 1))) (i32.const 1))
            (func (export "return") (param i32 i32 i32) (result i32)
                (call $return (global.get $value)) (i32.const 0))
            (func (export "stackful") (param i32)
                (call $return (i32.add (local.get 0) (i32.const 1))))
            (func (export "sync") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
            (func (export "never") (param i32) (result i32) (i32.const 0))
            (func (export "twice") (param i32) (result i32)
                (call $return (i32.const 1)) (call $return (i32.const 2)) (i32.const 0))
            (func (export "wrong") (param i32) (result i32) (call $return-none) (i32.const 0))
            (func (export "code") (param i32) (result i32) (call $return (i32.const 1)) (i32.const 7)))
        (core instance $i (instantiate $m (with "" (instance
            (export "get" (func $get)) (export "set" (func $set))
            (export "return" (func $return)) (export "return-none" (func $return-none))))))
        FUNCS)
    (instance $callee (instantiate $callee))
    (component $caller
        (import "f" (func $f async (param "value" u32) (result u32)))
        (core module $libc (memory (export "memory") 1))
        (core instance $libc (instantiate $libc))
        (alias core export $libc "memory" (core memory $memory))
        (core func $sync (canon lower (func $f)))
        (core func $f (canon lower (func $f) async (memory $memory)))
        (core func $new (canon waitable-set.new))
        (core func $join (canon waitable.join))
        (core func $wait (canon waitable-set.wait (memory $memory)))
        (core func $drop (canon subtask.drop))
        (core func $return (canon task.return (result u32)))
        (core module $m
            (import "" "memory" (memory 1))
            (import "" "f" (func $f (param i32 i32) (result i32)))
            (import "" "sync" (func $sync (param i32) (result i32)))
            (import "" "new" (func $new (result i32)))
            (import "" "join" (func $join (param i32 i32)))
            (import "" "wait" (func $wait (param i32 i32) (result i32)))
            (import "" "drop" (func $drop (param i32)))
            (import "" "return" (func $return (param i32)))
            (func (export "sync") (param i32) (call $return (call $sync (local.get 0))))
            (func (export "async") (param i32) (local $state i32) (local $set i32)
                (local.set $state (call $f (local.get 0) (i32.const 16)))
                (if (i32.eq (local.get $state) (i32.const 2)) (then
                    (call $return (i32.load (i32.const 16))) (return)))
                (local.set $set (call $new))
                (local.set $state (i32.shr_u (local.get $state) (i32.const 4)))
                (call $join (local.get $state) (local.get $set))
                (if (i32.ne (call $wait (local.get $set) (i32.const 32)) (i32.const 1)) (then unreachable))
                (if (i32.ne (i32.load (i32.const 36)) (i32.const 2)) (then unreachable))
                (call $drop (local.get $state))
                (call $return (i32.add (i32.load (i32.const 16)) (i32.const 1000)))))
        (core instance $i (instantiate $m (with "" (instance
            (export "memory" (memory $memory)) (export "f" (func $f)) (export "sync" (func $sync))
            (export "new" (func $new)) (export "join" (func $join)) (export "wait" (func $wait))
            (export "drop" (func $drop)) (export "return" (func $return))))))
        (func (export "sync") async (param "value" u32) (result u32) (canon lift (core func $i "sync") async))
        (func (export "async") async (param "value" u32) (result u32) (canon lift (core func $i "async") async)))
    INSTANCES)"#;

/// How the callee ends, with options of its `canon lift`: whether its caller has to wait, or the
/// trap.
const CASES: &[(&str, &str, Result<bool, Trap>)] = &[
    ("at-once", r#"async (callback (core func $i "exit"))"#, Ok(false)),
    ("asks", r#"async (callback (core func $i "exit"))"#, Ok(false)),
    ("asks-later", r#"async (callback (core func $i "exit"))"#, Ok(false)),
    ("yields-later", r#"async (callback (core func $i "exit"))"#, Ok(false)),
    ("yields-first", r#"async (callback (core func $i "return"))"#, Ok(true)),
    ("stackful", "async", Ok(false)),
    ("sync", "", Ok(false)),
    ("never", r#"async (callback (core func $i "exit"))"#, Err(Trap::TaskNotResolved)),
    ("twice", r#"async (callback (core func $i "exit"))"#, Err(Trap::TaskResolved)),
    ("wrong", r#"async (callback (core func $i "exit"))"#, Err(Trap::TaskReturnMismatch)),
    ("code", r#"async (callback (core func $i "exit"))"#, Err(Trap::CallbackCode { code: 7 })),
];

fn instantiate(fuel: bool) -> (Store<()>, Instance) {
    let funcs = CASES.iter().map(|(name, options, _)| {
        format!(
            r#"(func (export "{name}") async (param "value" u32) (result u32)
                (canon lift (core func $i "{name}") {options}))"#
        )
    });
    let instances = CASES.iter().map(|(name, ..)| {
        format!(
            r#"(instance ${name} (instantiate $caller (with "f" (func $callee "{name}"))))
               (export "{name}" (instance ${name}))"#
        )
    });
    let text = ENDS.replace("FUNCS", &funcs.collect::<String>()).replace("INSTANCES", &instances.collect::<String>());
    let engine = Engine::new(Config::new().wasm_features(Features::IMPLEMENTED, true).consume_fuel(fuel));
    let component = Component::new(&engine, wat::parse_str(text).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    if fuel {
        store.set_fuel(1 << 20).unwrap();
    }
    let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    (store, instance)
}

/// The function that calls the callee that ends so, lowered in that way.
fn caller(store: &mut Store<()>, instance: &Instance, name: &str, way: &str) -> TypedFunc<(u32,), (u32,)> {
    let inner = instance.get_export_index(&mut *store, None, name).unwrap();
    let func = instance.get_export_index(&mut *store, Some(&inner), way).unwrap();
    instance.get_typed_func(store, func).unwrap()
}

#[test]
fn a_caller_sees_how_its_callee_ends() {
    for (name, _, expected) in CASES {
        for way in ["async", "sync"] {
            let (mut store, instance) = instantiate(false);
            let run = caller(&mut store, &instance, name, way);
            for value in [3, 4] {
                let found = run.call(&mut store, (value,)).map(|(result,)| result);
                let found = found.map_err(|error| error.trap());
                let waited = |waits: bool| if waits && way == "async" { 1000 } else { 0 };
                let expected = match expected {
                    Ok(waits) => Ok(value + 1 + waited(*waits)),
                    // The first call locks both down.
                    Err(_) if value == 4 => Err(Some(Trap::CannotEnterInstance)),
                    Err(trap) => Err(Some(*trap)),
                };
                assert_eq!(found, expected, "{name} {way} {value}");
            }
            assert!(store.leftover().unwrap().is_none(), "{name} {way}");
        }
    }
}

/// A call that is paused is looked at: here at every check point for fuel.
#[test]
fn calls_may_be_paused_anywhere() {
    for (name, _, expected) in CASES {
        let Ok(waits) = expected else { continue };
        let (mut store, instance) = instantiate(true);
        let run = caller(&mut store, &instance, name, "async");
        let (found, pauses) = unit_by_unit(&mut store, run, (3,));
        let (found, pauses) = (found.unwrap().0, pauses.len());
        assert_eq!(found, if *waits { 1004 } else { 4 }, "{name}");
        assert!(pauses > 5, "{name}: {pauses} pauses");
    }
}
