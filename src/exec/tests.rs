//! The machine on real modules.

use super::{Instantiated, Machine, Stop, instantiate};
use crate::error::{Error, Trap};
use crate::image::{Bytes, ImageRef, ModuleId};
use crate::store::{Extern, Fuel, InstanceId, Store};
use crate::support::{Limits, Vec};
use crate::syntax::Features;
use crate::validate;
use std::sync::Arc;

fn load(wat: &str) -> (Store, InstanceId) {
    let bytes = Vec::from(wat::parse_str(wat).unwrap());
    let image = validate::image(Bytes::Owned(bytes), Features::default(), &Limits::HOST).unwrap();
    let mut store = Store::new(Limits::HOST, Fuel::EMPTY);
    let image = store.add_image(&ImageRef::Shared(Arc::new(image))).unwrap();
    let Instantiated { instance, start } = instantiate(&mut store, image, ModuleId::new(0), &[]).unwrap();
    assert_eq!(start, None);
    (store, instance)
}

/// Calls `run` with slots; fuel is given in portions of `slice`. Returns what it used, too.
fn call_sliced(wat: &str, args: &[u64], slice: u64) -> (Result<std::vec::Vec<u64>, Error>, i64) {
    let (mut store, instance) = load(wat);
    let Some(Extern::Func(func)) = store.export(instance, "run") else { panic!("no function") };
    let mut machine = Machine::new();
    machine.call(&mut store, func, args).unwrap();
    store.state.fuel.set(slice.cast_signed());
    let mut given = slice.cast_signed();
    let results = store.state.func_type(func).unwrap().1.len();
    let outcome = loop {
        match machine.run(&mut store) {
            Ok(Stop::Done) => break Ok(machine.args(results).to_vec()),
            Ok(Stop::OutOfFuel) => {
                store.state.fuel.add(slice);
                given += slice.cast_signed();
            }
            Ok(stop) => panic!("{stop:?}"),
            Err(error) => break Err(error),
        }
    };
    (outcome, given - store.state.fuel.balance())
}

fn call(wat: &str, args: &[u64]) -> Result<std::vec::Vec<u64>, Error> {
    call_sliced(wat, args, 1 << 60).0
}

const FIB: &str = r#"(module (func $fib (export "run") (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
        (then (local.get 0))
        (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                       (call $fib (i32.sub (local.get 0) (i32.const 2))))))))"#;

#[test]
fn computes() {
    assert_eq!(call(FIB, &[20]).unwrap(), [6765]);
    let many = r#"(module (func (export "run") (param i32) (result i32 i64) (local i64)
        (block (result i32 i64)
            (i32.const 7) (i64.const -1)
            (br_table 0 1 (local.get 0)))
        ) )"#;
    assert_eq!(call(many, &[5]).unwrap(), [7, u64::MAX]);
}

#[test]
fn fuel_in_slices_gives_the_same_states() {
    let (whole, used) = call_sliced(FIB, &[15], 1 << 60);
    for slice in [1, 7, 1000] {
        let (sliced, sliced_used) = call_sliced(FIB, &[15], slice);
        assert_eq!(sliced.unwrap(), *whole.as_ref().unwrap());
        assert_eq!(sliced_used, used, "slices of {slice}");
    }
}

#[test]
fn endless_recursion_exhausts_the_stack_and_nothing_else() {
    let error = call(r#"(module (func $f (export "run") (call $f)))"#, &[]).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::CallStackExhausted));
    let error = call(r#"(module (func $f (export "run") (local i64 i64 i64 i64) (call $f)))"#, &[]).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::CallStackExhausted));
}

#[test]
fn traps_say_where() {
    let wat = r#"(module (memory 1)
        (func $inner (param i32) (result i32) (i32.load offset=65533 (local.get 0)))
        (func $outer (export "run") (param i32) (result i32) (call $inner (local.get 0))))"#;
    let error = call(wat, &[0]).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::OutOfBoundsMemoryAccess));
    let names: std::vec::Vec<_> = error.backtrace().iter().map(|frame| frame.name.as_deref().unwrap()).collect();
    assert_eq!(names, ["inner", "outer"]);
}

#[test]
fn bulk_operations_and_segments_work() {
    let wat = r#"(module (memory 1) (data $d "hello") (data (i32.const 8) "world")
        (table 4 funcref) (elem (i32.const 1) $seven)
        (type $t (func (result i32)))
        (func $seven (result i32) (i32.const 7))
        (func (export "run") (result i32 i32)
            (memory.init $d (i32.const 0) (i32.const 1) (i32.const 4))
            (memory.copy (i32.const 4) (i32.const 8) (i32.const 4))
            (data.drop $d)
            (i32.load (i32.const 2))
            (call_indirect (type $t) (i32.const 1))))"#;
    assert_eq!(call(wat, &[]).unwrap(), [u64::from(u32::from_le_bytes(*b"lowo")), 7]);
}
