//! Every trap, and that a store goes on after it.

use super::{instance, module};
use windlass::{Engine, ErrorKind, Linker, Store, Trap};

/// Calls `f` of a module, wants a trap, and then wants `fine` to answer 42.
fn check(functions: &str, expected: Trap) {
    let text = format!("(module {functions} (func (export \"fine\") (result i32) (i32.const 42)))");
    let (mut store, instance) = instance(&text);
    let f = instance.get_typed_func::<(), ()>(&mut store, "f").unwrap();
    let fine = instance.get_typed_func::<(), i32>(&mut store, "fine").unwrap();
    for _ in 0..2 {
        let error = f.call(&mut store, ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Trap(expected), "{text}");
        assert!(!error.backtrace().is_empty(), "{text}: no backtrace");
        assert_eq!(fine.call(&mut store, ()).unwrap(), 42, "{text}");
    }
}

#[test]
fn core_traps() {
    for (functions, expected) in [
        ("(func (export \"f\") unreachable)", Trap::Unreachable),
        ("(func (export \"f\") (drop (i32.div_u (i32.const 1) (i32.const 0))))", Trap::IntegerDivideByZero),
        (
            "(func (export \"f\") (drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1))))",
            Trap::IntegerOverflow,
        ),
        ("(func (export \"f\") (drop (i32.trunc_f32_s (f32.const inf))))", Trap::IntegerOverflow),
        ("(func (export \"f\") (drop (i32.trunc_f32_s (f32.const nan))))", Trap::InvalidConversionToInteger),
        ("(memory 1) (func (export \"f\") (drop (i32.load (i32.const 65533))))", Trap::OutOfBoundsMemoryAccess),
        ("(memory 1) (func (export \"f\") (drop (i32.load offset=4 (i32.const -1))))", Trap::OutOfBoundsMemoryAccess),
        ("(table 1 funcref) (func (export \"f\") (drop (table.get (i32.const 1))))", Trap::OutOfBoundsTableAccess),
        ("(table 1 funcref) (func (export \"f\") (call_indirect (i32.const 1)))", Trap::UndefinedElement),
        (
            "(table 8 funcref) (func (export \"f\") (call_indirect (i32.const 7)))",
            Trap::UninitializedElement { index: 7 },
        ),
        (
            "(table funcref (elem $g)) (func $g (param i32)) (func (export \"f\") (call_indirect (i32.const 0)))",
            Trap::IndirectCallTypeMismatch,
        ),
        ("(type $t (func)) (func (export \"f\") (call_ref $t (ref.null $t)))", Trap::NullFunctionReference),
        ("(type $t (func)) (func (export \"f\") (return_call_ref $t (ref.null $t)))", Trap::NullFunctionReference),
        ("(func (export \"f\") (drop (ref.as_non_null (ref.null extern))))", Trap::NullReference),
        (
            "(type $t (struct (field i32))) (func (export \"f\") (drop (struct.get $t 0 (ref.null $t))))",
            Trap::NullStructureReference,
        ),
        ("(func (export \"f\") (drop (array.len (ref.null array))))", Trap::NullArrayReference),
        ("(func (export \"f\") (drop (i31.get_u (ref.null i31))))", Trap::NullI31Reference),
        (
            "(type $t (array i8)) (func (export \"f\")
                (drop (array.get_s $t (array.new_fixed $t 2 (i32.const 1) (i32.const 2)) (i32.const 2))))",
            Trap::OutOfBoundsArrayAccess,
        ),
        (
            "(type $t (array (mut i64))) (func (export \"f\")
                (array.fill $t (array.new_default $t (i32.const 4)) (i32.const 2) (i64.const 0) (i32.const -1)))",
            Trap::OutOfBoundsArrayAccess,
        ),
        ("(func (export \"f\") (drop (ref.cast (ref struct) (ref.i31 (i32.const 1)))))", Trap::CastFailure),
        ("(func (export \"f\") (throw_ref (ref.null exn)))", Trap::NullExceptionReference),
        ("(func $f (export \"f\") (call $f))", Trap::CallStackExhausted),
        (
            "(rec (type $a (descriptor $b) (struct)) (type $b (describes $a) (struct)))
            (func (export \"f\") (drop (struct.new_desc $a (ref.null (exact $b)))))",
            Trap::NullDescriptorReference,
        ),
        (
            "(rec (type $a (descriptor $b) (struct)) (type $b (describes $a) (struct)))
            (func (export \"f\")
                (drop (ref.cast_desc_eq (ref $a) (struct.new_desc $a (struct.new $b)) (ref.null (exact $b)))))",
            Trap::NullDescriptorReference,
        ),
        (
            "(rec (type $a (descriptor $b) (struct)) (type $b (describes $a) (struct)))
            (func (export \"f\")
                (drop (ref.cast_desc_eq (ref $a) (struct.new_desc $a (struct.new $b)) (struct.new $b))))",
            Trap::CastFailure,
        ),
        ("(memory 1) (func (export \"f\") (drop (i32.atomic.load (i32.const 65535))))", Trap::UnalignedAtomic),
        (
            "(memory 1) (func (export \"f\") (i64.atomic.store offset=4 (i32.const 8) (i64.const 1)))",
            Trap::UnalignedAtomic,
        ),
        (
            "(memory 1) (func (export \"f\") (i64.atomic.store (i32.const 65536) (i64.const 1)))",
            Trap::OutOfBoundsMemoryAccess,
        ),
        (
            "(memory 1) (func (export \"f\") (drop (memory.atomic.wait32 (i32.const 0) (i32.const 1) (i64.const 1))))",
            Trap::ExpectedSharedMemory,
        ),
        (
            "(memory 1 1 shared)
            (func (export \"f\") (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))",
            Trap::Deadlock,
        ),
    ] {
        check(functions, expected);
    }
}

#[test]
fn a_trap_in_a_start_function_fails_the_instantiation() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module = module(&engine, "(module (func $f unreachable) (start $f))");
    let error = Linker::new(&engine).instantiate(&mut store, &module).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::Unreachable));
}
