//! Exceptions between instances, and between guests and the host.

use super::{instance, module};
use windlass::syntax::ValType;
use windlass::{
    Caller, Config, Engine, Error, ErrorKind, ExnRef, FuncType, Instance, Limit, Limits, Linker, Progress, Store, Tag,
    TagType, Trap, Val,
};

/// A tag whose exceptions carry an `i32`.
fn tag(store: &mut Store<()>) -> Tag {
    Tag::new(store, &TagType::new(FuncType::new([ValType::I32], []).unwrap())).unwrap()
}

/// Calls `run` with a number.
fn run(store: &mut Store<()>, instance: Instance, arg: i32) -> windlass::Result<i32> {
    instance.get_typed_func::<i32, i32>(&mut *store, "run")?.call(store, arg)
}

#[test]
fn clauses_catch_what_they_say_and_get_what_they_ask_for() {
    let (mut store, instance) = instance(
        r#"(module
            (tag $a (param i32 i64)) (tag $b (param f32)) (tag $c)
            (func $throw (param i32)
                (block $c (block $b (block $a (br_table $a $b $c (local.get 0)))
                    (throw $a (i32.const 5) (i64.const 7)))
                    (throw $b (f32.const 1)))
                (throw $c))
            (func (export "run") (param i32) (result i32) (local i64)
                (i32.const 1000)
                (block $a (result i32 i64)
                    (block $b (result f32 exnref)
                        (block $c (result exnref)
                            (f64.const 1)
                            (try_table (param f64) (result f64) (catch $a $a) (catch_ref $b $b) (catch_all_ref $c)
                                (call $throw (local.get 0)))
                            unreachable)
                        ref.as_non_null
                        drop
                        (return (i32.const 1003)))
                    drop
                    i32.trunc_f32_s
                    (return (i32.add (i32.const 1000))))
                (local.set 1)
                i32.add
                (i32.add (i32.wrap_i64 (local.get 1)))))"#,
    );
    assert_eq!(run(&mut store, instance, 0).unwrap(), 1012);
    assert_eq!(run(&mut store, instance, 1).unwrap(), 1001);
    assert_eq!(run(&mut store, instance, 2).unwrap(), 1003);
}

#[test]
fn the_host_gets_what_nobody_caught() {
    let (mut store, instance) = instance(
        r#"(module
            (tag $t (export "t") (param i32 externref))
            (func $inner (param i32) (throw $t (local.get 0) (ref.null extern)))
            (func (export "run") (param i32) (result i32)
                (call $inner (local.get 0)) (i32.const 0)))"#,
    );
    assert!(!store.has_pending_exception());
    let error = run(&mut store, instance, 6).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UncaughtException);
    assert_eq!(error.trap(), None);
    assert_eq!(error.backtrace().iter().map(|frame| frame.func.raw()).collect::<Vec<_>>(), [0, 1]);
    assert!(store.has_pending_exception());
    let exception = store.take_pending_exception().unwrap();
    assert_eq!(store.take_pending_exception(), None);
    let tag = instance.get_tag(&mut store, "t").unwrap();
    assert_eq!(exception.tag(&store).unwrap(), tag);
    assert_eq!(exception.fields(&mut store).unwrap().collect::<Vec<_>>(), [Val::I32(6), Val::ExternRef(None)]);
    assert_eq!(exception.field(&mut store, 1).unwrap(), Val::ExternRef(None));
    assert!(exception.field(&mut store, 2).is_err());
}

/// A guest that calls the host and adds 100 to what exceptions of `host` `tag` carry.
const CATCHES: &str = r#"(module
    (import "host" "tag" (tag $tag (param i32)))
    (import "host" "call" (func $call (param i32) (result i32)))
    (func $throw (export "throw") (param i32) (result i32) (throw $tag (local.get 0)))
    (func (export "run") (param i32) (result i32)
        (block $caught (result i32)
            (try_table (result i32) (catch $tag $caught) (call $call (local.get 0)))
            (return))
        (i32.add (i32.const 100)))
    (func (export "tail") (param i32) (result i32)
        (block $caught (result i32)
            (try_table (result i32) (catch $tag $caught) (return_call $call (local.get 0))))))"#;

#[test]
fn the_host_throws_and_the_guest_catches() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let tag = tag(&mut store);
    let mut linker = Linker::new(&engine);
    linker.define(&store, "host", "tag", tag).unwrap();
    let host = move |mut caller: Caller<'_, ()>, arg: i32| -> windlass::Result<i32> {
        let exception = ExnRef::new(&mut caller, &tag, &[Val::I32(arg)])?;
        if arg < 0 { Err(Error::host(format_args!("negative"))) } else { caller.throw(exception) }
    };
    linker.func_wrap("host", "call", host).unwrap();
    let instance = linker.instantiate(&mut store, &module(&engine, CATCHES)).unwrap();
    assert_eq!(run(&mut store, instance, 5).unwrap(), 105);
    assert!(!store.has_pending_exception());
    // What is not an exception is not caught.
    let error = run(&mut store, instance, -1).unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Host, "negative"));
    assert_eq!(error.backtrace().len(), 1);
    // The caller's frame is gone when a function in tail position throws.
    let tail = instance.get_typed_func::<i32, i32>(&mut store, "tail").unwrap();
    assert_eq!(tail.call(&mut store, 5).unwrap_err().kind(), ErrorKind::UncaughtException);
}

#[test]
fn exceptions_go_through_the_host() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let tag = tag(&mut store);
    let mut linker = Linker::new(&engine);
    linker.define(&store, "host", "tag", tag).unwrap();
    let host = |mut caller: Caller<'_, ()>, arg: i32| -> windlass::Result<i32> {
        let throw = caller.get_export("throw").and_then(|item| item.into_func()).unwrap();
        let thrown = throw.typed::<i32, i32>(&caller)?.call(&mut caller, arg);
        if arg == 0 {
            // The host catches it.
            let exception = caller.take_pending_exception().unwrap();
            assert_eq!(exception.field(&mut caller, 0)?, Val::I32(0));
            return Ok(50);
        }
        thrown
    };
    linker.func_wrap("host", "call", host).unwrap();
    let instance = linker.instantiate(&mut store, &module(&engine, CATCHES)).unwrap();
    assert_eq!(run(&mut store, instance, 5).unwrap(), 105);
    assert_eq!(run(&mut store, instance, 0).unwrap(), 50);
}

#[test]
fn a_tag_is_one_across_instances_and_no_other() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let thrower = r#"(module
        (tag $t (export "tag") (param i32))
        (func (export "call") (param i32) (result i32) (throw $t (local.get 0))))"#;
    let instance = linker.instantiate(&mut store, &module(&engine, thrower)).unwrap();
    linker.instance(&mut store, "host", instance).unwrap();
    let catcher = linker.instantiate(&mut store, &module(&engine, CATCHES)).unwrap();
    assert_eq!(run(&mut store, catcher, 5).unwrap(), 105);
    // A tag of the same type is another one.
    let other = tag(&mut store);
    linker.allow_shadowing(true).define(&store, "host", "tag", other).unwrap();
    let catcher = linker.instantiate(&mut store, &module(&engine, CATCHES)).unwrap();
    assert_eq!(run(&mut store, catcher, 5).unwrap_err().kind(), ErrorKind::UncaughtException);
}

/// Throws and catches many times: what is thrown is forgotten, or kept until the next one.
const OFTEN: &str = r#"(module
    (tag $t (param i32))
    (table 1 exnref)
    (func (export "run") (param i32) (result i32) (local i32)
        (loop $again
            (local.set 1 (i32.add (local.get 1) (block $caught (result i32)
                (try_table (catch $t $caught) (throw $t (i32.const 2)))
                unreachable)))
            (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1))
    (func (export "keep") (param i32)
        (loop $again
            (table.set (i32.const 0) (block $caught (result exnref)
                (try_table (catch_all_ref $caught) (throw $t (local.get 0)))
                unreachable))
            (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "again") (result i32)
        (block $caught (result i32)
            (try_table (catch $t $caught) (throw_ref (table.get (i32.const 0))))
            unreachable)))"#;

#[test]
fn only_exceptions_that_something_refers_to_take_room_and_not_for_ever() {
    for (gc_heap, kept) in [(0, Err(ErrorKind::Limit(Limit::GcHeap))), (16 << 10, Ok(1))] {
        let mut limits = Limits::HOST;
        limits.gc_heap = gc_heap;
        let engine = Engine::new(Config::new().limits(limits));
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate(&mut store, &module(&engine, OFTEN)).unwrap();
        assert_eq!(run(&mut store, instance, 1000).unwrap(), 2000);
        let keep = instance.get_typed_func::<i32, ()>(&mut store, "keep").unwrap();
        let again = instance.get_typed_func::<(), i32>(&mut store, "again").unwrap();
        let found = keep.call(&mut store, 100_000).and_then(|()| again.call(&mut store, ()));
        assert_eq!(found.map_err(|error| error.kind()), kept);
        assert_eq!(run(&mut store, instance, 1).unwrap(), 2);
    }
}

#[test]
fn a_handler_far_up_the_stack_is_found() {
    let (mut store, instance) = instance(
        r#"(module
            (tag $t (param i32))
            (func $down (param i32) (result i32)
                (if (i32.eqz (local.get 0)) (then (throw $t (i32.const 9))))
                (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))
            (func (export "run") (param i32) (result i32)
                (block $caught (result i32)
                    (i32.mul (i32.const 3)
                        (try_table (result i32) (catch $t $caught) (call $down (local.get 0)))))))"#,
    );
    assert_eq!(run(&mut store, instance, 50_000).unwrap(), 9);
}

#[test]
fn an_exception_does_not_leave_a_component() {
    let text = r#"(component
        (core module $M (tag $t) (func (export "f") (throw $t)))
        (core instance $m (instantiate $M))
        (func (export "f") (canon lift (core func $m "f"))))"#;
    let (mut store, instance) = super::component::instance(text);
    let f = instance.get_func(&mut store, "f").unwrap();
    let error = f.call(&mut store, &[], &mut []).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::UncaughtException));
    assert!(!store.has_pending_exception());
    assert_eq!(f.call(&mut store, &[], &mut []).unwrap_err().trap(), Some(Trap::CannotEnterInstance));
}

#[test]
fn handles_are_checked() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut other = Store::new(&engine, ());
    let tag = tag(&mut store);
    assert!(Tag::new(&mut store, &TagType::new(FuncType::new([], [ValType::I32]).unwrap())).is_err());
    assert!(ExnRef::new(&mut other, &tag, &[Val::I32(0)]).is_err());
    for fields in [&[][..], &[Val::I64(0)], &[Val::I32(0), Val::I32(0)]] {
        assert!(ExnRef::new(&mut store, &tag, fields).is_err());
    }
    let exception = ExnRef::new(&mut store, &tag, &[Val::I32(0)]).unwrap();
    assert!(other.throw::<()>(exception).is_err_and(|error| error.kind() != ErrorKind::UncaughtException));
    assert!(exception.tag(&other).is_err() && tag.ty(&other).is_err());
}

#[test]
fn legacy_exception_handling_is_refused_by_name() {
    // (module (func try nop catch_all end))
    const OLD: &[u8] = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x09\x01\x07\0\x06\x40\x01\x19\x0b\x0b";
    let error = windlass::Module::new(&Engine::default(), OLD).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Malformed(_)), "{error}");
    assert!(error.to_string().contains("`try` is legacy exception handling"), "{error}");
}

#[test]
fn what_throwing_costs_does_not_depend_on_how_fuel_is_sliced() {
    let mut config = Config::new();
    let engine = Engine::new(config.consume_fuel(true));
    let text = r#"(module
        (tag $t (param i32))
        (func $throw (param i32) (if (local.get 0) (then (throw $t (local.get 0)))))
        (func $middle (param i32) (block (try_table (catch_all 0) nop)) (call $throw (local.get 0)))
        (func (export "run") (param i32) (result i32) (local i32)
            (loop $again
                (local.set 1 (i32.add (local.get 1) (block $caught (result i32)
                    (try_table (catch $t $caught) (call $middle (local.get 0)))
                    (i32.const 100))))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get 1)))"#;
    let module = module(&engine, text);
    let mut used = Vec::new();
    for slice in [1, 7, 50, 10_000] {
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
        let run = instance.get_func(&mut store, "run").unwrap();
        let mut results = [Val::I32(0)];
        store.set_fuel(slice).unwrap();
        let mut given = slice;
        let mut progress = run.call_resumable(&mut store, &[Val::I32(5)], &mut results).unwrap();
        while let Progress::OutOfFuel(paused) = progress {
            store.add_fuel(slice).unwrap();
            given += slice;
            progress = paused.resume(&mut store, &mut results).unwrap();
        }
        assert_eq!(results, [Val::I32(15)]);
        // What is left after the last step cannot be below zero by more than the last run.
        store.add_fuel(10_000).unwrap();
        used.push(given + 10_000 - store.get_fuel().unwrap());
    }
    used.dedup();
    assert_eq!(used.len(), 1, "{used:?}");
}
