//! Vectors across calls: between functions that have them and functions that have none, which
//! lay their values out differently, in every way that a call or return can take.

use super::{instance, module};
use windlass::syntax::ValType;
use windlass::{Caller, Config, Engine, Func, FuncType, Instance, Linker, Store, Val};

const A: u128 = 0x0F0E_0D0C_0B0A_0908_0706_0504_0302_0100;
const B: u128 = 0xFFFF_FFFF_FFFF_FFFF_0000_0000_0000_0001;

fn call(store: &mut Store<()>, instance: Instance, name: &str, args: &[Val], results: usize) -> Vec<Val> {
    let mut out = vec![Val::I32(0); results];
    instance.get_func(&mut *store, name).unwrap().call(store, args, &mut out).unwrap();
    out
}

#[test]
fn the_host_passes_and_gets_vectors() {
    let (mut store, instance) = instance(
        r#"(module
            (global $g (export "global") (mut v128) (v128.const i64x2 1 0xFFFFFFFFFFFFFFFF))
            (func (export "turn") (param i32 v128 f64 v128) (result v128 i64 v128)
                (local.get 3) (i64.extend_i32_s (local.get 0)) (local.get 1))
            (func (export "swap") (param v128) (result v128)
                (global.get $g) (global.set $g (local.get 0))))"#,
    );
    let args = [Val::I32(-1), Val::V128(A), Val::F64(0), Val::V128(B)];
    assert_eq!(call(&mut store, instance, "turn", &args, 3), [Val::V128(B), Val::I64(-1), Val::V128(A)]);
    assert_eq!(call(&mut store, instance, "swap", &[Val::V128(A)], 1), [Val::V128(B)]);
    let global = instance.get_global(&mut store, "global").unwrap();
    assert_eq!(global.get(&mut store).unwrap(), Val::V128(A));
    let typed = instance.get_typed_func::<u128, u128>(&mut store, "swap").unwrap();
    assert_eq!(typed.call(&mut store, B).unwrap(), A);
}

#[test]
fn between_functions_with_and_without_vectors() {
    // Each level has values below its call that must be there after it.
    let (mut store, instance) = instance(
        r#"(module
            (type $sum (func (param i32 i64) (result i64)))
            (table funcref (elem $narrow $wide))
            (func $narrow (type $sum) (local i64)
                (local.set 2 (i64.const 5))
                (i64.add (local.get 2) (i64.add (i64.extend_i32_u (local.get 0)) (local.get 1))))
            (func $wide (type $sum) (local v128)
                (local.set 2 (i64x2.replace_lane 1 (i64x2.splat (local.get 1)) (i64.const 1000)))
                (local.get 2)
                (call $narrow (local.get 0) (i64x2.extract_lane 1 (local.get 2)))
                (i64x2.extract_lane 0 (i64x2.add (i64x2.splat)))
                (i64.add (call_indirect (type $sum) (local.get 0) (local.get 1) (i32.const 0))))
            (func (export "run") (param i32) (result i32 i64)
                (i32.const 77)
                (call_indirect (type $sum) (local.get 0) (i64.const 20) (i32.const 1))))"#,
    );
    // 20 + (3 + 1000 + 5) + (3 + 20 + 5)
    assert_eq!(call(&mut store, instance, "run", &[Val::I32(3)], 2), [Val::I32(77), Val::I64(1056)]);
}

#[test]
fn functions_with_vectors_call_the_host_which_calls_them() {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    let mut store = Store::new(&engine, ());
    let ty = FuncType::new([ValType::I32, ValType::V128], [ValType::V128, ValType::I32]).unwrap();
    let host = Func::new(&mut store, ty, |mut caller: Caller<'_, ()>, args, results| {
        let (Val::I32(depth), Val::V128(bits)) = (args[0], args[1]) else { panic!("{args:?}") };
        results.copy_from_slice(&[Val::V128(bits + 1), Val::I32(depth * 10)]);
        if depth > 0 {
            let again = caller.get_export("run").and_then(|item| item.into_func()).unwrap();
            let inner = &mut [Val::V128(0), Val::I32(0)];
            again.call(&mut caller, &[Val::I32(depth - 1), Val::V128(bits)], inner)?;
            results[0] = inner[0];
        }
        Ok(())
    })
    .unwrap();
    linker.define(&mut store, "host", "call", host).unwrap();
    let text = r#"(module
        (import "host" "call" (func $host (param i32 v128) (result v128 i32)))
        (func (export "run") (param i32 v128) (result v128 i32)
            (i32.const 5) (i64.const 6)
            (call $host (local.get 0) (local.get 1))
            (local.set 0) (local.set 1) (drop)
            (i32.add (local.get 0)) (local.set 0)
            (i8x16.add (local.get 1) (v128.const i64x2 256 0)) (local.get 0)))"#;
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    let found = call(&mut store, instance, "run", &[Val::I32(2), Val::V128(B)], 2);
    // Each of the three levels adds 1 to the second byte, the innermost host 1 to the whole.
    assert_eq!(found, [Val::V128(B + 1 + 3 * 256), Val::I32(25)]);
}

#[test]
fn instances_with_and_without_vectors_call_each_other() {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    let mut store = Store::new(&engine, ());
    let first = r#"(module
        (func (export "vector") (param i32 v128 i32) (result i32 v128)
            (local.get 2) (i32x4.add (local.get 1) (i32x4.splat (local.get 0))))
        (func (export "scalar") (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1))))"#;
    let first = linker.instantiate(&mut store, &module(&engine, first)).unwrap();
    linker.instance(&mut store, "first", first).unwrap();
    let second = r#"(module
        (import "first" "vector" (func $vector (param i32 v128 i32) (result i32 v128)))
        (import "first" "scalar" (func $scalar (param i32 i32) (result i32)))
        (func (export "run") (param i32) (result i32) (local v128)
            (call $vector (local.get 0) (i32x4.splat (i32.const 100)) (i32.const 9))
            (local.set 1)
            (call $scalar (i32x4.extract_lane 3 (local.get 1)) (i32.const 1))
            (i32.add)))"#;
    let second = linker.instantiate(&mut store, &module(&engine, second)).unwrap();
    assert_eq!(call(&mut store, second, "run", &[Val::I32(7)], 1), [Val::I32(9 + 107 - 1)]);
}

#[test]
fn tail_calls_between_them_need_no_stack() {
    let (mut store, instance) = instance(
        r#"(module
            (type $down (func (param i32 i64) (result i64)))
            (func $narrow (type $down)
                (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
                (return_call $wide (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 1))))
            (func $wide (type $down) (local v128)
                (local.set 2 (i64x2.splat (local.get 1)))
                (if (i32.eqz (local.get 0)) (then (return (i64.const -1))))
                (return_call $narrow (i32.sub (local.get 0) (i32.const 1)) (i64x2.extract_lane 1 (local.get 2))))
            (func (export "from narrow") (param i32) (result i64) (call $narrow (local.get 0) (i64.const 0)))
            (func (export "from wide") (param i32) (result i64)
                (i64x2.extract_lane 0 (i64x2.splat (call $wide (local.get 0) (i64.const 0))))))"#,
    );
    assert_eq!(call(&mut store, instance, "from narrow", &[Val::I32(100_000)], 1), [Val::I64(50_000)]);
    assert_eq!(call(&mut store, instance, "from narrow", &[Val::I32(100_001)], 1), [Val::I64(-1)]);
    assert_eq!(call(&mut store, instance, "from wide", &[Val::I32(100_001)], 1), [Val::I64(50_000)]);
}

#[test]
fn exceptions_carry_vectors_between_them() {
    let (mut store, instance) = instance(
        r#"(module
            (tag $e (param i32 v128 i64))
            (func $throw (param i32)
                (f64.const 1)
                (throw $e (local.get 0) (v128.const i64x2 3 4) (i64.const -1)))
            (func $between (param i32) (call $throw (local.get 0)))
            ;; With what lay below the block, which is still there.
            (func (export "catch") (param i32) (result i64 i32 v128 i64)
                (i64.const 1000)
                (block $caught (result i32 v128 i64)
                    (i32.const 1)
                    (try_table (catch $e $caught) (call $between (local.get 0)))
                    (unreachable)))
            (func (export "throw again") (param i32) (result i32 v128 i64)
                (i64.const 1000)
                (block $caught (result i32 v128 i64)
                    (try_table (catch $e $caught)
                        (block $first (result i32 v128 i64 exnref)
                            (try_table (catch_ref $e $first) (call $between (local.get 0)))
                            (unreachable))
                        (throw_ref))
                    (unreachable))
                (return)))"#,
    );
    let fields = [Val::I32(7), Val::V128(4 << 64 | 3), Val::I64(-1)];
    let found = call(&mut store, instance, "catch", &[Val::I32(7)], 4);
    assert_eq!(found, [&[Val::I64(1000)], &fields[..]].concat());
    assert_eq!(call(&mut store, instance, "throw again", &[Val::I32(7)], 3), fields);
}

#[test]
fn objects_hold_vectors() {
    let (mut store, instance) = instance(
        r#"(module
            (type $s (struct (field i8) (field $v (mut v128)) (field i64)))
            (type $a (array (mut v128)))
            (global $g (ref $s) (struct.new $s (i32.const 1) (v128.const i64x2 5 6) (i64.const 2)))
            (func (export "field") (param v128) (result v128 v128)
                (struct.get $s $v (global.get $g))
                (struct.set $s $v (global.get $g) (local.get 0))
                (struct.get $s $v (global.get $g)))
            (func (export "element") (param v128) (result v128 v128 v128) (local (ref $a))
                (local.set 1 (array.new_fixed $a 2 (v128.const i64x2 1 2) (local.get 0)))
                (array.get $a (local.get 1) (i32.const 0))
                (array.get $a (local.get 1) (i32.const 1))
                (array.set $a (local.get 1) (i32.const 0) (local.get 0))
                (array.get $a (local.get 1) (i32.const 0))))"#,
    );
    let found = call(&mut store, instance, "field", &[Val::V128(A)], 2);
    assert_eq!(found, [Val::V128(6 << 64 | 5), Val::V128(A)]);
    let found = call(&mut store, instance, "element", &[Val::V128(A)], 3);
    assert_eq!(found, [Val::V128(2 << 64 | 1), Val::V128(A), Val::V128(A)]);
}

#[test]
fn a_run_in_small_steps_of_fuel_is_the_same() {
    let engine = Engine::new(Config::new().consume_fuel(true));
    let mut store = Store::new(&engine, ());
    let text = r#"(module
        (func $scalar (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
        (func (export "run") (param i32) (result i64 v128) (local v128)
            (loop $again
                (local.set 1 (i32x4.add (local.get 1) (i32x4.splat (call $scalar (local.get 0)))))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (i64.const 9) (local.get 1)))"#;
    let instance = Linker::new(&engine).instantiate(&mut store, &module(&engine, text)).unwrap();
    let run = instance.get_func(&mut store, "run").unwrap();
    for step in [1, 2, 3, 1000] {
        let mut results = [Val::I64(0), Val::V128(0)];
        store.set_fuel(step).unwrap();
        let mut progress = run.call_resumable(&mut store, &[Val::I32(4)], &mut results).unwrap();
        while let windlass::Progress::OutOfFuel(paused) = progress {
            store.set_fuel(step).unwrap();
            progress = paused.resume(&mut store, &mut results).unwrap();
        }
        assert_eq!(results, [Val::I64(9), Val::V128(0x1E_0000_001E_0000_001E_0000_001E)]);
    }
}
