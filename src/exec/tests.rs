//! Modules in text, run.

mod linking;
#[cfg(all(feature = "core3", feature = "proposals"))]
mod native_stack;

use super::{Depth, Instantiated, Machine, NestedCall, Slot, Stop, instantiate};
use crate::error::{Error, ErrorKind, Result, Trap, Unlinkable};
use crate::image::{ImageRef, ModuleId};
use crate::store::{Dispatch, Extern, Fuel, FuncId, FuncKind, InstanceId, Ref, Store};
use crate::support::{Limit, Limits};
use crate::syntax::{Features, ValType};
use crate::validate;
use std::string::ToString;
use std::vec::Vec;
use std::{format, vec};

/// A store with one instance.
struct Fixture {
    store: Store,
    machine: Machine,
    instance: InstanceId,
}

fn add(store: &mut Store, text: &str, imports: &[Extern]) -> Result<Instantiated> {
    add_with(store, text, Features::WASM3, imports)
}

fn add_with(store: &mut Store, text: &str, features: Features, imports: &[Extern]) -> Result<Instantiated> {
    let bytes = wat::parse_str(text).unwrap();
    let image = validate::image(bytes.into(), features, &Limits::HOST)?;
    let image = store.add_image(&ImageRef::share(image)?)?;
    instantiate(store, image, ModuleId::new(0), imports)
}

impl Fixture {
    fn new(text: &str) -> Self {
        Self::with(text, Limits::HOST, Fuel::UNMETERED)
    }

    fn with(text: &str, limits: Limits, fuel: Fuel) -> Self {
        let mut store = Store::new(limits, fuel);
        let instance = add(&mut store, text, &[]).unwrap().instance;
        Self { store, machine: Machine::new(), instance }
    }

    fn func(&self, name: &str) -> FuncId {
        match self.store.export(self.instance, name) {
            Some(Extern::Func(func)) => func,
            other => panic!("{name} is {other:?}"),
        }
    }

    /// Calls an export to its end.
    fn call(&mut self, name: &str, args: &[u64]) -> Result<Vec<u64>> {
        let func = self.func(name);
        let depth = self.machine.depth();
        let result = self.finish(func, args);
        self.machine.unwind_to(depth);
        result
    }

    fn finish(&mut self, func: FuncId, args: &[u64]) -> Result<Vec<u64>> {
        self.machine.call(&mut self.store, func, args)?;
        assert_eq!(self.machine.run(&mut self.store)?, Stop::Done);
        let count = self.store.state.func_type(func).unwrap().1.len();
        Ok(self.machine.args(count).to_vec())
    }
}

/// A call: the export, its arguments, and its results or its trap.
type Case<'a> = (&'a str, &'a [u64], core::result::Result<&'a [u64], Trap>);

/// Runs cases one after the other on one instance.
fn check(text: &str, cases: &[Case<'_>]) {
    let mut fixture = Fixture::new(text);
    for (name, args, expected) in cases {
        let found = fixture.call(name, args).map_err(|error| error.trap().expect("a trap"));
        let expected = expected.map(|results| results.to_vec());
        assert_eq!(found, expected, "{name} {args:?}");
    }
}

/// LEB128 has them in one to ten bytes; code that reads those is apart for several lengths.
#[test]
fn constants_of_every_length() {
    let values: Vec<i64> =
        (0..64).map(|bits| i64::MAX >> bits).flat_map(|value| [value, !value, value & 0x5555]).collect();
    let functions = |ty: &str| -> std::string::String {
        let cut = |value: &i64| if ty == "i32" { i64::from(*value as i32) } else { *value };
        let function =
            |(at, value)| format!("(func (export \"{ty}{at}\") (result {ty} i64) {ty}.const {value} i64.const -1)");
        values.iter().map(cut).enumerate().map(function).collect()
    };
    let mut fixture = Fixture::new(&format!("(module {}{})", functions("i32"), functions("i64")));
    for dispatch in [Dispatch::Portable, Dispatch::Tail].into_iter().filter(|dispatch| dispatch.is_available()) {
        fixture.store.state.dispatch = dispatch;
        for (at, value) in values.iter().enumerate() {
            let [low, whole] = [*value as u32 as u64, value.cast_unsigned()];
            assert_eq!(fixture.call(&format!("i32{at}"), &[]).unwrap(), [low, u64::MAX], "{value}");
            assert_eq!(fixture.call(&format!("i64{at}"), &[]).unwrap(), [whole, u64::MAX], "{value}");
        }
    }
}

/// What is compared with zero and branched on may be one step, where the label takes one byte. What of an `i64` is cut off
/// does not count.
#[test]
fn branches_on_zero() {
    let branch =
        |label: usize| format!("(br_if {label} (i32.eqz (i32.wrap_i64 (local.get 0)))) (return (i32.const 1))");
    let nested = (0..130).fold(branch(130), |inner, _| format!("(block {inner})"));
    let mut fixture = Fixture::new(&format!(
        r#"(module
            (func (export "short") (param i64) (result i32) (block {}) (i32.const 2))
            (func (export "long") (param i64) (result i32) (block {nested}) (i32.const 2))
            (func (export "value") (param i64) (result i32) (i32.eqz (i32.wrap_i64 (local.get 0)))))"#,
        branch(0)
    ));
    for dispatch in [Dispatch::Portable, Dispatch::Tail].into_iter().filter(|dispatch| dispatch.is_available()) {
        fixture.store.state.dispatch = dispatch;
        for (arg, is_zero) in [(0, true), (1, false), (1 << 32, true), (1 << 31, false)] {
            for name in ["short", "long"] {
                assert_eq!(fixture.call(name, &[arg]).unwrap(), [1 + u64::from(is_zero)], "{name} {arg:#x}");
            }
            assert_eq!(fixture.call("value", &[arg]).unwrap(), [u64::from(is_zero)], "{arg:#x}");
        }
    }
}

const MINUS_1: u64 = 0xFFFF_FFFF;

const FIB: &str = r#"(module
    (func $fib (export "fib") (param i32) (result i32)
        (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
            (then (local.get 0))
            (else (i32.add
                (call $fib (i32.sub (local.get 0) (i32.const 1)))
                (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
    (func (export "loop") (param $n i64) (result i64) (local $sum i64)
        (block $done
            (loop $again
                (br_if $done (i64.eqz (local.get $n)))
                (local.set $sum (i64.add (local.get $sum) (local.get $n)))
                (local.set $n (i64.sub (local.get $n) (i64.const 1)))
                (br $again)))
        (local.get $sum)))"#;

#[test]
fn recursion_and_loops() {
    check(FIB, &[("fib", &[0], Ok(&[0])), ("fib", &[20], Ok(&[6765])), ("loop", &[100_000], Ok(&[5_000_050_000]))]);
}

#[test]
fn control() {
    check(
        r#"(module
            (func (export "table") (param i32) (result i32)
                (block (result i32) (block (result i32) (block (result i32)
                    (i32.const 10) (local.get 0) (br_table 0 1 2 1))
                    (i32.add (i32.const 1)))
                    (i32.add (i32.const 2))))
            (func (export "drops") (param i32) (result i32 i64)
                (block (result i32 i64)
                    i32.const 7 i32.const 8 i32.const 9
                    i32.const 1 i64.const 2 local.get 0 br_if 0
                    drop drop drop drop drop i32.const 3 i64.const 4))
            (func (export "params") (param i32) (result i32)
                local.get 0
                (loop (param i32) (result i32)
                    i32.const 1 i32.sub local.tee 0 local.get 0 br_if 0))
            (func (export "early") (param i32) (result i32)
                i32.const 1 i32.const 2 i32.const 3
                local.get 0 br_if 0 drop return)
            (func (export "unreachable") unreachable)
            (func (export "select") (param i32) (result i64)
                (select (i64.const 5) (i64.const 6) (local.get 0)))
            (func (export "typed") (param i32) (result externref)
                (select (result externref) (ref.null extern) (ref.null extern) (local.get 0)))
            (func (export "nested") (param i32 i32) (result i32)
                (if (result i32) (local.get 0)
                    (then (if (result i32) (local.get 1) (then (i32.const 11)) (else (i32.const 10))))
                    (else (if (result i32) (local.get 1) (then (i32.const 1)) (else (i32.const 0))))))
            (func (export "no_else") (param i32) (result i32)
                (if (local.get 0) (then (return (i32.const 1)))) (i32.const 0)))"#,
        &[
            ("table", &[0], Ok(&[13])),
            ("table", &[1], Ok(&[12])),
            ("table", &[2], Ok(&[10])),
            ("table", &[3], Ok(&[12])),
            ("table", &[MINUS_1], Ok(&[12])),
            ("drops", &[1], Ok(&[1, 2])),
            ("drops", &[0], Ok(&[3, 4])),
            ("params", &[5], Ok(&[0])),
            ("early", &[1], Ok(&[3])),
            ("early", &[0], Ok(&[2])),
            ("unreachable", &[], Err(Trap::Unreachable)),
            ("select", &[1], Ok(&[5])),
            ("select", &[0], Ok(&[6])),
            ("typed", &[0], Ok(&[0])),
            ("nested", &[0, 0], Ok(&[0])),
            ("nested", &[0, 1], Ok(&[1])),
            ("nested", &[1, 0], Ok(&[10])),
            ("nested", &[1, 1], Ok(&[11])),
            ("no_else", &[0], Ok(&[0])),
            ("no_else", &[3], Ok(&[1])),
        ],
    );
}

#[test]
fn memory() {
    let oob = Err(Trap::OutOfBoundsMemoryAccess);
    check(
        r#"(module
            (memory (export "m") 1 3)
            (data (i32.const 10) "\01\02\03\84")
            (data $passive "hello")
            (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
            (func (export "load8_s") (param i32) (result i64) (i64.load8_s offset=3 (local.get 0)))
            (func (export "store") (param i32 i64) (i64.store32 offset=0x8000 (local.get 0) (local.get 1)))
            (func (export "size") (result i32) memory.size)
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
            (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
            (func (export "init") (param i32 i32 i32)
                (memory.init $passive (local.get 0) (local.get 1) (local.get 2)))
            (func (export "drop") (data.drop $passive)))"#,
        &[
            ("load", &[10], Ok(&[0x8403_0201])),
            ("load", &[65532], Ok(&[0])),
            ("load", &[65533], oob),
            ("load", &[MINUS_1], oob),
            ("load8_s", &[10], Ok(&[-124i64 as u64])),
            ("load8_s", &[MINUS_1], oob),
            ("store", &[0x7FFC, 0x1_2345_6789], Ok(&[])),
            ("load", &[0xFFFC], Ok(&[0x2345_6789])),
            ("store", &[0x7FFD, 0], oob),
            ("fill", &[0, 0x1AB, 4], Ok(&[])),
            ("load", &[0], Ok(&[0xABAB_ABAB])),
            ("fill", &[65535, 0, 2], oob),
            ("fill", &[65536, 0, 0], Ok(&[])),
            ("fill", &[65537, 0, 0], oob),
            ("copy", &[12, 10, 4], Ok(&[])),
            ("load", &[12], Ok(&[0x8403_0201])),
            ("copy", &[65535, 0, 2], oob),
            ("init", &[20, 1, 4], Ok(&[])),
            ("load", &[20], Ok(&[0x6F6C_6C65])),
            ("init", &[20, 2, 4], oob),
            ("drop", &[], Ok(&[])),
            ("init", &[20, 0, 0], Ok(&[])),
            ("init", &[20, 0, 1], oob),
            ("size", &[], Ok(&[1])),
            ("grow", &[1], Ok(&[1])),
            ("load", &[131_068], Ok(&[0])),
            ("grow", &[2], Ok(&[MINUS_1])),
            ("grow", &[MINUS_1], Ok(&[MINUS_1])),
            ("size", &[], Ok(&[2])),
        ],
    );
}

#[test]
#[cfg(feature = "multi-memory")]
fn several_memories() {
    check(
        r#"(module
            (memory $a 1) (memory $b 1 2) (data (memory $b) (i32.const 0) "\2A")
            (func (export "get") (result i32 i32) (i32.load8_u $a (i32.const 0)) (i32.load8_u $b (i32.const 0)))
            (func (export "set") (i32.store8 $b (i32.const 65535) (i32.const 1)))
            (func (export "copy") (memory.copy $a $b (i32.const 0) (i32.const 0) (i32.const 1)))
            (func (export "fill") (memory.fill $b (i32.const 0) (i32.const 3) (i32.const 1)))
            (func (export "grow") (result i32 i32) (memory.grow $b (i32.const 1)) (memory.size $b)))"#,
        &[
            ("get", &[], Ok(&[0, 42])),
            ("copy", &[], Ok(&[])),
            ("fill", &[], Ok(&[])),
            ("get", &[], Ok(&[42, 3])),
            ("set", &[], Ok(&[])),
            ("grow", &[], Ok(&[1, 2])),
        ],
    );
}

#[test]
fn tables_and_indirect_calls() {
    let oob = Err(Trap::OutOfBoundsTableAccess);
    let host = Ref::from_host(8).unwrap().into_slot();
    check(
        r#"(module
            (type $ii (func (result i32)))
            (table $t 4 8 funcref) (table $e 1 externref)
            (elem (table $t) (i32.const 0) func $one $two)
            (elem $passive func $two $one)
            (elem $exprs funcref (ref.func $one) (ref.null func))
            (func $one (result i32) i32.const 1)
            (func $two (result i32) i32.const 2)
            (func $other (param i32))
            (elem (table $t) (i32.const 3) func $other)
            (func (export "call") (param i32) (result i32) (call_indirect $t (type $ii) (local.get 0)))
            (func (export "is_null") (param i32) (result i32) (ref.is_null (table.get $t (local.get 0))))
            (func (export "set_null") (param i32) (table.set $t (local.get 0) (ref.null func)))
            (func (export "size") (result i32) (table.size $t))
            (func (export "grow") (param i32) (result i32) (table.grow $t (ref.func $two) (local.get 0)))
            (func (export "fill") (param i32 i32) (table.fill $t (local.get 0) (ref.func $one) (local.get 1)))
            (func (export "copy") (param i32 i32 i32) (table.copy $t $t (local.get 0) (local.get 1) (local.get 2)))
            (func (export "init") (param i32 i32 i32)
                (table.init $t $passive (local.get 0) (local.get 1) (local.get 2)))
            (func (export "exprs") (param i32 i32 i32)
                (table.init $t $exprs (local.get 0) (local.get 1) (local.get 2)))
            (func (export "drop") (elem.drop $passive))
            (func (export "extern") (param externref) (result externref)
                (table.set $e (i32.const 0) (local.get 0)) (table.get $e (i32.const 0))))"#,
        &[
            ("call", &[0], Ok(&[1])),
            ("call", &[1], Ok(&[2])),
            ("call", &[2], Err(Trap::UninitializedElement { index: 2 })),
            ("call", &[3], Err(Trap::IndirectCallTypeMismatch)),
            ("call", &[4], Err(Trap::UndefinedElement)),
            ("call", &[MINUS_1], Err(Trap::UndefinedElement)),
            ("is_null", &[2], Ok(&[1])),
            ("is_null", &[4], oob),
            ("set_null", &[0], Ok(&[])),
            ("is_null", &[0], Ok(&[1])),
            ("set_null", &[4], oob),
            ("grow", &[2], Ok(&[4])),
            ("call", &[5], Ok(&[2])),
            ("grow", &[3], Ok(&[MINUS_1])),
            ("size", &[], Ok(&[6])),
            ("fill", &[4, 2], Ok(&[])),
            ("call", &[5], Ok(&[1])),
            ("fill", &[5, 2], oob),
            ("copy", &[0, 1, 1], Ok(&[])),
            ("call", &[0], Ok(&[2])),
            ("copy", &[6, 0, 1], oob),
            ("copy", &[6, 0, 0], Ok(&[])),
            ("init", &[0, 1, 1], Ok(&[])),
            ("call", &[0], Ok(&[1])),
            ("init", &[0, 1, 2], oob),
            ("exprs", &[1, 0, 2], Ok(&[])),
            ("call", &[1], Ok(&[1])),
            ("is_null", &[2], Ok(&[1])),
            ("drop", &[], Ok(&[])),
            ("init", &[0, 0, 1], oob),
            ("init", &[0, 0, 0], Ok(&[])),
            ("extern", &[host], Ok(&[host])),
        ],
    );
}

#[test]
fn globals_and_constant_expressions() {
    check(
        r#"(module
            (global $a i32 (i32.const -1))
            (global $b (mut i64) (i64.add (i64.const 40) (i64.mul (i64.const 2) (i64.const 1))))
            (global $f f64 (f64.const 1.5))
            (global $r funcref (ref.func $get))
            (func $get (export "get") (result i32 i64 f64) global.get $a global.get $b global.get $f)
            (func (export "set") (param i64) local.get 0 global.set $b)
            (func (export "ref") (result i32) global.get $r ref.is_null))"#,
        &[
            ("get", &[], Ok(&[MINUS_1, 42, 1.5f64.to_bits()])),
            ("set", &[7], Ok(&[])),
            ("get", &[], Ok(&[MINUS_1, 7, 1.5f64.to_bits()])),
            ("ref", &[], Ok(&[0])),
        ],
    );
}

#[test]
fn immediates_of_every_length() {
    let values = [0, 1, 63, 64, -64, -65, 8191, 8192, -8192, -8193, 1 << 20, i32::MAX, i32::MIN, -1, 127, 128];
    for value in values {
        let text = format!("(module (func (export \"f\") (result i32 i64) i32.const {value} i64.const {value}))");
        check(&text, &[("f", &[], Ok(&[value.into_slot(), i64::from(value).into_slot()]))]);
    }
    let big = i64::MIN + 1;
    let text = format!("(module (func (export \"f\") (result i64 f32) i64.const {big} f32.const -0x1p-149))");
    check(&text, &[("f", &[], Ok(&[big.into_slot(), 0x8000_0001]))]);
}

#[test]
fn immediates_padded_to_every_length() {
    const HEADER: &str = r"\00asm\01\00\00\00";
    for (opcode, ty, most, value) in [
        (0x41, 0x7F, 5, 5),
        (0x41, 0x7F, 5, -5),
        (0x41, 0x7F, 5, 1_000_000),
        (0x41, 0x7F, 5, i64::from(i32::MIN)),
        (0x42, 0x7E, 10, 5),
        (0x42, 0x7E, 10, -1_000_000),
        (0x42, 0x7E, 10, i64::MIN),
        (0x42, 0x7E, 10, 1 << 40),
    ] {
        for len in 1..=most {
            let above = 64 - (7 * len).min(64);
            if value << above >> above != value {
                continue;
            }
            let mut number = std::string::String::new();
            for at in 0..len {
                let more = if at + 1 < len { 0x80 } else { 0 };
                number += &format!("\\{:02x}", value >> (7 * at) & 0x7F | more);
            }
            let text = format!(
                "(module binary \"{HEADER}\\01\\05\\01\\60\\00\\01\\{ty:02x}\" \"\\03\\02\\01\\00\"
                \"\\07\\05\\01\\01f\\00\\00\" \"\\0a\\{:02x}\\01\\{:02x}\\00\\{opcode:02x}{number}\\0b\")",
                len + 5,
                len + 3
            );
            // An `i32` has zeros above.
            let slot = if opcode == 0x41 { value.cast_unsigned() & 0xFFFF_FFFF } else { value.cast_unsigned() };
            check(&text, &[("f", &[], Ok(&[slot]))]);
        }
    }
}

#[test]
fn endless_recursion_is_a_trap_with_a_backtrace() {
    let mut fixture = Fixture::new(
        r#"(module (func $deep (export "deep") (param i32) (local i64 i64) call $wide)
        (func $wide (call $deep (i32.const 1))))"#,
    );
    let error = fixture.call("deep", &[0]).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::CallStackExhausted));
    assert_eq!(error.backtrace().len(), 64);
    let frame = error.backtrace().first().unwrap();
    assert_eq!(frame.name.as_deref(), cfg!(feature = "names").then_some("wide"));
    assert_eq!(fixture.machine.depth(), Depth::default());
    // The machine can be used again.
    assert_eq!(fixture.call("deep", &[0]).unwrap_err().trap(), Some(Trap::CallStackExhausted));
}

#[test]
fn slots_are_limited_as_well() {
    let limits = Limits { stack_slots: 1000, ..Limits::HOST };
    let text = r#"(module (func $f (export "f") (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1)))))
            (else (i32.const 0)))))"#;
    let mut fixture = Fixture::with(text, limits, Fuel::UNMETERED);
    assert_eq!(fixture.call("f", &[200]).unwrap(), [200]);
    assert_eq!(fixture.call("f", &[500]).unwrap_err().trap(), Some(Trap::CallStackExhausted));
}

#[test]
fn a_backtrace_points_at_the_instructions() {
    let text = r#"(module (func (export "f") nop i32.const 300 call $g) (func $g (param i32)
        local.get 0 i32.const 0 i32.div_u drop))"#;
    let mut fixture = Fixture::new(text);
    let error = fixture.call("f", &[]).unwrap_err();
    let (image, module) = fixture.store.module(fixture.instance).unwrap();
    let opcodes: Vec<u8> = error.backtrace().iter().map(|frame| image.bytes[frame.offset as usize]).collect();
    assert_eq!(opcodes, [0x6E, 0x10]);
    let funcs: Vec<u32> = error.backtrace().iter().map(|frame| frame.func.raw()).collect();
    assert_eq!(funcs, [1, 0]);
    assert_eq!(module.imported_funcs, 0);
}

/// Runs to the end with `step` more fuel whenever there is none; returns results and the total used.
fn run_sliced(text: &str, name: &str, args: &[u64], step: u64) -> (Result<Vec<u64>, Trap>, i64, u32) {
    let mut fixture = Fixture::with(text, Limits::HOST, Fuel::EMPTY);
    let start = fixture.store.state.fuel.balance();
    let (func, mut given, mut pauses) = (fixture.func(name), 0i64, 0);
    fixture.machine.call(&mut fixture.store, func, args).unwrap();
    let end = loop {
        match fixture.machine.run(&mut fixture.store) {
            Ok(Stop::OutOfFuel) => {
                pauses += 1;
                given += i64::try_from(step).unwrap();
                fixture.store.state.fuel.add(step);
            }
            Ok(Stop::Done) => {
                let count = fixture.store.state.func_type(func).unwrap().1.len();
                break Ok(fixture.machine.args(count).to_vec());
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => break Err(error.trap().unwrap()),
        }
    };
    (end, start + given - fixture.store.state.fuel.balance(), pauses)
}

#[test]
fn fuel_does_not_depend_on_how_it_is_sliced() {
    let busy = r#"(module (memory 1 2) (func $f (export "f") (param i32) (result i32)
        (memory.fill (i32.const 0) (i32.const 1) (i32.const 100))
        (drop (memory.grow (i32.const 1)))
        (block $out (loop $l (br_if $out (i32.eqz (local.get 0)))
            (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br $l)))
        (i32.load (i32.const 65532)))
        (func (export "trap") (result i32) (drop (call $f (i32.const 3))) (i32.load offset=70000 (i32.const 100000))))"#;
    for (text, name, args) in [(FIB, "fib", &[12][..]), (FIB, "loop", &[50]), (busy, "f", &[3]), (busy, "trap", &[])] {
        let (result, used, pauses) = run_sliced(text, name, args, 1 << 30);
        assert!(pauses <= 1);
        assert!(used > 0);
        for step in [1, 2, 7, 100] {
            let (sliced, sliced_used, pauses) = run_sliced(text, name, args, step);
            assert_eq!((&sliced, sliced_used), (&result, used), "{name} in steps of {step}");
            assert!(pauses > 0);
        }
    }
}

#[test]
fn one_unit_of_fuel_is_one_byte_of_code() {
    let (result, used, _) = run_sliced(r#"(module (func (export "f") i32.const 300 drop))"#, "f", &[], 1);
    // i32.const with two bytes, drop, end.
    assert_eq!((result, used), (Ok(vec![]), 5));
}

/// A host function of that type.
fn host(store: &mut Store, number: u32, params: &[ValType], results: &[ValType]) -> FuncId {
    let ty = store.state.add_func_type(params, results).unwrap();
    store.state.add_func(ty, FuncKind::Host(number)).unwrap()
}

#[test]
fn calls_that_leave_webassembly_stop_the_machine() {
    let mut store = Store::new(Limits::HOST, Fuel::UNMETERED);
    let import = host(&mut store, 7, &[ValType::I32, ValType::I64], &[ValType::I32]);
    let text = r#"(module (import "a" "b" (func $b (param i32 i64) (result i32)))
        (table 1 funcref) (elem (i32.const 0) func $b) (type $t (func (param i32 i64) (result i32)))
        (export "again" (func $b)) (start $s) (func $s)
        (func (export "f") (result i32) (i32.add (call $b (i32.const 1) (i64.const 2)) (i32.const 10)))
        (func (export "g") (result i32) (call_indirect (type $t) (i32.const 3) (i64.const 4) (i32.const 0))))"#;
    let Instantiated { instance, start } = add(&mut store, text, &[Extern::Func(import)]).unwrap();
    assert!(start.is_some());
    for (name, args, expected) in [("f", [1, 2], 110), ("g", [3, 4], 100), ("again", [5, 6], 100)] {
        let mut machine = Machine::new();
        let Some(Extern::Func(func)) = store.export(instance, name) else { panic!() };
        machine.call(&mut store, func, if name == "again" { &[5, 6] } else { &[] }).unwrap();
        assert_eq!(machine.run(&mut store).unwrap(), Stop::Call(import));
        assert_eq!(machine.args(2), args);
        machine.finish_call(&Limits::HOST, 2, &[100]).unwrap();
        assert_eq!(machine.run(&mut store).unwrap(), Stop::Done);
        assert_eq!(machine.args(1), [expected]);
        assert!(machine.is_idle());
    }
}

#[test]
fn boundaries_and_nested_runs() {
    let mut store = Store::new(Limits::HOST, Fuel::UNMETERED);
    let import = host(&mut store, 0, &[], &[ValType::I32]);
    let text = r#"(module (import "a" "b" (func $b (result i32)))
        (func (export "f") (result i32) (i32.add (i32.const 1) (call $b)))
        (func (export "g") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
        (func (export "spin") (loop (br 0)))
        (func (export "trap") (call $b) unreachable))"#;
    let instance = add(&mut store, text, &[Extern::Func(import)]).unwrap().instance;
    let func = |store: &Store, name| match store.export(instance, name) {
        Some(Extern::Func(func)) => func,
        other => panic!("{other:?}"),
    };
    let (f, g, spin, trap) = (func(&store, "f"), func(&store, "g"), func(&store, "spin"), func(&store, "trap"));
    let mut machine = Machine::new();
    machine.call(&mut store, f, &[]).unwrap();
    assert_eq!(machine.run(&mut store).unwrap(), Stop::Call(import));
    let depth = machine.depth();

    let call = |func, args| NestedCall { func, args, fuel: 1000, exhausted: Trap::ReallocFuel };
    let mut results = [0];
    let mut none = |_: &mut Machine, _: &mut Store, _| -> Result<()> { panic!("nothing is called") };
    machine.run_nested(&mut store, call(g, &[4]), &mut results, &mut none).unwrap();
    assert_eq!(results, [8]);
    let error = machine.run_nested(&mut store, call(spin, &[]), &mut [], &mut none).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::ReallocFuel));
    let mut called = 0;
    let mut answer = |machine: &mut Machine, _: &mut Store, _| {
        called += 1;
        machine.finish_call(&Limits::HOST, 0, &[5])
    };
    let error = machine.run_nested(&mut store, call(trap, &[]), &mut [], &mut answer).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::Unreachable));
    machine.run_nested(&mut store, call(f, &[]), &mut results, &mut answer).unwrap();
    assert_eq!((results, called), ([6], 2));
    assert_eq!(machine.depth(), depth);
    assert!(!store.state.fuel.is_exhausted());

    machine.push_boundary(&Limits::HOST, 77).unwrap();
    machine.call(&mut store, g, &[21]).unwrap();
    assert_eq!(machine.boundaries().collect::<Vec<_>>(), [77]);
    assert_eq!(machine.run(&mut store).unwrap(), Stop::ReturnInto(77));
    assert_eq!(machine.args(1), [42]);
    // The result of the inner call is that of the outer one.
    assert_eq!(machine.run(&mut store).unwrap(), Stop::Done);
    assert_eq!(machine.args(1), [43]);
}
