//! Instances that import from one another, and what fails on the way.

use super::*;

#[test]
#[cfg(feature = "multi-memory")]
fn instances_call_one_another_and_share_memory() {
    let mut store = Store::new(Limits::HOST, Fuel::UNMETERED);
    let lib = r#"(module (memory (export "m") 1) (global (export "g") (mut i32) (i32.const 5)) (table (export "t") 2 funcref)
        (func (export "set") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
        (func (export "grow") (result i32) (memory.grow (i32.const 1))))"#;
    let lib = add(&mut store, lib, &[]).unwrap().instance;
    let of = |store: &Store, name| store.export(lib, name).unwrap();
    let imports = ["m", "m", "g", "set", "grow", "t"].map(|name| of(&store, name));
    let text = r#"(module (import "" "m" (memory $m 1)) (import "" "m" (memory $same 1)) (import "" "g" (global $g (mut i32)))
        (import "" "set" (func $set (param i32 i32))) (import "" "grow" (func $grow (result i32)))
        (import "" "t" (table 1 funcref)) (memory $own 1)
        (elem (i32.const 1) func $own)
        (func $own)
        (func (export "f") (result i32 i32 i32 i32)
            (call $set (i32.const 4) (i32.const 99))
            (global.set $g (i32.add (global.get $g) (i32.const 1)))
            (drop (call $grow))
            (i32.load (i32.const 4)) (i32.load $same (i32.const 4)) (memory.size $m) (global.get $g)))"#;
    let instance = add(&mut store, text, &imports).unwrap().instance;
    let mut fixture = Fixture { store, machine: Machine::new(), instance };
    assert_eq!(fixture.call("f", &[]).unwrap(), [99, 99, 2, 6]);
}

#[test]
fn imports_of_other_types_are_refused() {
    let mut store = Store::new(Limits::HOST, Fuel::UNMETERED);
    let func = Extern::Func(host(&mut store, 0, &[ValType::I32], &[]));
    let lib = r#"(module (memory (export "m") 1 2) (global (export "g") (mut i32) (i32.const 5)) (table (export "t") 2 funcref))"#;
    let lib = add(&mut store, lib, &[]).unwrap().instance;
    let of = |store: &Store, name| store.export(lib, name).unwrap();
    let (m, g, t) = (of(&store, "m"), of(&store, "g"), of(&store, "t"));
    for (import, given, expected) in [
        ("(func (param i32))", func, ""),
        ("(func (result i32))", func, "expected function [] -> [i32], found function [i32] -> []"),
        ("(memory 1)", func, "expected memory 1.. pages, found function [i32] -> []"),
        ("(memory 1 2)", m, ""),
        ("(memory 1 3)", m, ""),
        ("(memory 0)", m, ""),
        ("(memory 2)", m, "expected memory 2.. pages, found memory 1..2 pages"),
        ("(memory 1 1)", m, "expected memory 1..1 pages, found memory 1..2 pages"),
        ("(global (mut i32))", g, ""),
        ("(global i32)", g, "expected global i32, found global mut i32"),
        ("(global (mut i64))", g, "expected global mut i64, found global mut i32"),
        ("(table 2 funcref)", t, ""),
        ("(table 2 9 funcref)", t, "expected table 2..9 funcref, found table 2.. funcref"),
        ("(table 2 externref)", t, "expected table 2.. externref, found table 2.. funcref"),
    ] {
        let before = store.state.instances.len();
        let result = add(&mut store, &format!(r#"(module (import "a" "b" {import}))"#), &[given]);
        let found = result.map(|_| ()).map_err(|error| (error.kind(), error.message().to_string()));
        let message = format!(r#"import "a" "b": {expected}"#);
        let wanted = match expected {
            "" => Ok(()),
            _ => Err((ErrorKind::Unlinkable(Unlinkable::IncompatibleType), message)),
        };
        assert_eq!(store.state.instances.len() - before, usize::from(wanted.is_ok()));
        assert_eq!(found, wanted);
    }
}

#[test]
fn segments_that_trap_leave_what_earlier_ones_wrote() {
    let mut store = Store::new(Limits::HOST, Fuel::UNMETERED);
    let lib = add(
        &mut store,
        r#"(module (memory (export "m") 1) (table (export "t") 2 funcref)
        (func (export "get") (result i32) (i32.load (i32.const 0)))
        (func (export "call") (result i32) (call_indirect (result i32) (i32.const 0))))"#,
        &[],
    )
    .unwrap()
    .instance;
    let imports = ["m", "t"].map(|name| store.export(lib, name).unwrap());
    let text = r#"(module (import "" "m" (memory 1)) (import "" "t" (table 2 funcref))
        (elem (i32.const 0) func $f) (func $f (result i32) i32.const 12)
        (data (i32.const 0) "\07") (data (i32.const 65535) "ab"))"#;
    let error = add(&mut store, text, &imports).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::OutOfBoundsMemoryAccess));
    let mut fixture = Fixture { store, machine: Machine::new(), instance: lib };
    assert_eq!(fixture.call("get", &[]).unwrap(), [7]);
    assert_eq!(fixture.call("call", &[]).unwrap(), [12]);
}

#[test]
fn quotas_hold_and_failures_leave_nothing() {
    let limits = Limits { memory_pages: 3, table_elements: 10, instances: 2, ..Limits::HOST };
    let mut store = Store::new(limits, Fuel::UNMETERED);
    let kind = |result: Result<Instantiated>| result.map_err(|error: Error| error.kind()).unwrap_err();
    let text = "(module (memory 2) (table 11 funcref) (func) (global i32 (i32.const 0)))";
    assert_eq!(kind(add(&mut store, text, &[])), ErrorKind::Limit(Limit::TableElements));
    assert_eq!(store.state.quota.memory_bytes(), 0);
    assert_eq!((store.state.funcs.len(), store.state.globals.len(), store.state.memories.len()), (0, 0, 0));
    add(&mut store, "(module (memory 2))", &[]).unwrap();
    assert_eq!(kind(add(&mut store, "(module (memory 2))", &[])), ErrorKind::Limit(Limit::MemoryPages));
    let Extern::Memory(memory) = Extern::Memory(crate::store::MemoryId::new(0)) else { panic!() };
    assert_eq!(store.state.grow_memory(memory, 1), Some(2));
    assert_eq!(store.state.grow_memory(memory, 1), None);
    add(&mut store, "(module)", &[]).unwrap();
    assert_eq!(kind(add(&mut store, "(module)", &[])), ErrorKind::Limit(Limit::Instances));
}
