//! Objects of the heap as the host sees them, and what keeps them.

use super::module;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use windlass::error::Misuse;
use windlass::{
    AnyRef, Config, Engine, ErrorKind, ExternRef, Func, I31, Instance, Limit, Limits, Linker, Progress, RootScope,
    Rooted, Store, Val,
};

/// A list of numbers: `push` puts one in front, `sum` adds them all up, `make` builds one of that length
/// and forgets as many objects besides.
const LIST: &str = r#"(module
    (rec (type $list (struct (field i32) (field (ref null $list)))))
    (type $bytes (array (mut i8)))
    (func $push (export "push") (param i32 anyref) (result anyref)
        (struct.new $list (local.get 0) (ref.cast (ref null $list) (local.get 1))))
    (func (export "sum") (param anyref) (result i32)
        (local $at (ref null $list)) (local $sum i32)
        (local.set $at (ref.cast (ref null $list) (local.get 0)))
        (block $done
            (loop $next
                (br_if $done (ref.is_null (local.get $at)))
                (local.set $sum (i32.add (local.get $sum) (struct.get $list 0 (local.get $at))))
                (local.set $at (struct.get $list 1 (local.get $at)))
                (br $next)))
        (local.get $sum))
    (func (export "make") (param $n i32) (result anyref)
        (local $list anyref)
        (loop $next
            (local.set $list (call $push (local.get $n) (local.get $list)))
            (drop (array.new $bytes (i32.const 7) (i32.const 100)))
            (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $list)))"#;

fn engine(heap: u32, stress: bool) -> Engine {
    let mut limits = Limits::HOST;
    limits.gc_heap = heap;
    Engine::new(Config::new().limits(limits).gc_stress(stress))
}

fn store(text: &str, heap: u32, stress: bool) -> (Store<()>, Instance) {
    let engine = engine(heap, stress);
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &module(&engine, text)).unwrap();
    (store, instance)
}

type Any = Option<Rooted<AnyRef>>;

#[test]
fn what_the_host_holds_stays() {
    for (heap, stress) in [(8 << 10, false), (1 << 20, true)] {
        let (mut store, instance) = store(LIST, heap, stress);
        let make = instance.get_typed_func::<i32, Any>(&mut store, "make").unwrap();
        let sum = instance.get_typed_func::<Any, i32>(&mut store, "sum").unwrap();
        let kept = make.call(&mut store, 100).unwrap();
        for _ in 0..10 {
            let mut scope = RootScope::new(&mut store);
            let list = make.call(&mut scope, 50).unwrap();
            assert_eq!(sum.call(&mut scope, list).unwrap(), 50 * 51 / 2);
            scope.as_context_mut_gc();
            assert_eq!(sum.call(&mut scope, list).unwrap(), 50 * 51 / 2);
        }
        assert_eq!(sum.call(&mut store, kept).unwrap(), 100 * 101 / 2);
    }
}

trait Collect {
    fn as_context_mut_gc(&mut self);
}

impl<C: windlass::AsContextMut> Collect for C {
    fn as_context_mut_gc(&mut self) {
        self.as_context_mut().gc();
    }
}

#[test]
fn a_reference_is_no_good_after_its_scope() {
    let (mut store, instance) = store(LIST, 1 << 20, false);
    let make = instance.get_typed_func::<i32, Any>(&mut store, "make").unwrap();
    let sum = instance.get_typed_func::<Any, i32>(&mut store, "sum").unwrap();
    let list = {
        let mut scope = RootScope::new(&mut store);
        make.call(&mut scope, 3).unwrap()
    };
    let error = sum.call(&mut store, list).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse(Misuse::Unrooted));
    // Its place is used again, and it is still known as another one.
    make.call(&mut store, 3).unwrap();
    assert!(sum.call(&mut store, list).is_err());
    let (mut other, instance) = self::store(LIST, 1 << 20, false);
    let sum = instance.get_typed_func::<Any, i32>(&mut other, "sum").unwrap();
    assert_eq!(sum.call(&mut other, list).unwrap_err().kind(), ErrorKind::Misuse(Misuse::WrongStore));
}

#[test]
fn a_full_heap_is_a_limit_and_the_store_goes_on() {
    let (mut store, instance) = store(LIST, 4 << 10, false);
    let make = instance.get_typed_func::<i32, Any>(&mut store, "make").unwrap();
    let sum = instance.get_typed_func::<Any, i32>(&mut store, "sum").unwrap();
    for _ in 0..2 {
        let error = make.call(&mut store, 1000).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit(Limit::GcHeap));
        let mut scope = RootScope::new(&mut store);
        let list = make.call(&mut scope, 10).unwrap();
        assert_eq!(sum.call(&mut scope, list).unwrap(), 55);
    }
}

/// While a host function runs, and calls back and collects, the calls around it keep what they refer to.
#[test]
fn calls_around_a_host_function_keep_their_objects() {
    let text = r#"(module
        (import "host" "collect" (func $collect (param anyref) (result anyref)))
        (type $box (struct (field (mut i32))))
        (func (export "f") (param i32) (result i32)
            (local $mine (ref $box))
            (local.set $mine (struct.new $box (local.get 0)))
            (i32.add
                (struct.get $box 0 (ref.cast (ref $box) (call $collect (struct.new $box (i32.const 100)))))
                (struct.get $box 0 (local.get $mine))))
        (func (export "g") (result i32)
            (struct.get $box 0 (struct.new $box (i32.const 1000)))))"#;
    for stress in [false, true] {
        let engine = engine(1 << 16, stress);
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        let calls = Arc::new(AtomicU32::new(0));
        let counted = calls.clone();
        linker
            .func_wrap("host", "collect", move |mut caller: windlass::Caller<'_, ()>, any: Any| {
                let depth = counted.fetch_add(1, Ordering::Relaxed);
                let f = caller.get_export("f").unwrap().into_func().unwrap();
                let g = caller.get_export("g").unwrap().into_func().unwrap();
                assert_eq!(g.typed::<(), i32>(&caller)?.call(&mut caller, ())?, 1000);
                if depth < 5 {
                    assert_eq!(f.typed::<i32, i32>(&caller)?.call(&mut caller, 7)?, 107);
                }
                caller.as_context_mut_gc();
                Ok::<Any, windlass::Error>(any)
            })
            .unwrap();
        let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
        let f = instance.get_typed_func::<i32, i32>(&mut store, "f").unwrap();
        assert_eq!(f.call(&mut store, 20).unwrap(), 120);
        assert_eq!(calls.load(Ordering::Relaxed), 6);
    }
}

#[test]
fn a_paused_call_keeps_its_objects() {
    let engine = Engine::new(Config::new().consume_fuel(true).gc_stress(true));
    let mut store = Store::new(&engine, ());
    store.set_fuel(1_000_000).unwrap();
    let instance = Linker::new(&engine).instantiate(&mut store, &module(&engine, LIST)).unwrap();
    let make = instance.get_func(&mut store, "make").unwrap();
    let sum = instance.get_typed_func::<Any, i32>(&mut store, "sum").unwrap();
    let mut results = [Val::I32(0)];
    store.set_fuel(500).unwrap();
    let mut progress = make.call_resumable(&mut store, &[Val::I32(40)], &mut results).unwrap();
    let mut pauses = 0;
    while let Progress::OutOfFuel(paused) = progress {
        pauses += 1;
        store.gc();
        store.add_fuel(2_000).unwrap();
        progress = paused.resume(&mut store, &mut results).unwrap();
    }
    assert!(pauses > 3);
    store.set_fuel(1_000_000).unwrap();
    let [Val::AnyRef(list)] = results else { panic!("{results:?}") };
    assert_eq!(sum.call(&mut store, list).unwrap(), 40 * 41 / 2);
    // One that does not go on keeps nothing.
    store.set_fuel(500).unwrap();
    let Progress::OutOfFuel(paused) = make.call_resumable(&mut store, &[Val::I32(40)], &mut results).unwrap() else {
        panic!()
    };
    paused.cancel(&mut store).unwrap();
}

/// Constant expressions make each object once, and segments and globals keep them.
#[test]
fn constant_expressions_make_objects_once() {
    let text = r#"(module
        (type $box (struct (field i32)))
        (type $boxes (array (ref null $box)))
        (global $one (export "one") (ref $box) (struct.new $box (i32.const 1)))
        (table $t 2 (ref null $box))
        (elem (table $t) (i32.const 1) (ref $box) (global.get $one))
        (elem $e (ref $box) (struct.new $box (i32.const 5)) (global.get $one))
        (func (export "same") (result i32)
            (local $a (ref $boxes)) (local $b (ref $boxes))
            (local.set $a (array.new_elem $boxes $e (i32.const 0) (i32.const 2)))
            (local.set $b (array.new_elem $boxes $e (i32.const 0) (i32.const 2)))
            (i32.and
                (ref.eq (array.get $boxes (local.get $a) (i32.const 0)) (array.get $boxes (local.get $b) (i32.const 0)))
                (i32.and
                    (ref.eq (array.get $boxes (local.get $a) (i32.const 1)) (global.get $one))
                    (ref.eq (table.get $t (i32.const 1)) (global.get $one)))))
        (func (export "drop") (elem.drop $e)))"#;
    let (mut store, instance) = store(text, 1 << 12, true);
    let same = instance.get_typed_func::<(), i32>(&mut store, "same").unwrap();
    for _ in 0..3 {
        store.gc();
        assert_eq!(same.call(&mut store, ()).unwrap(), 1);
    }
    let one = instance.get_global(&mut store, "one").unwrap().get(&mut store).unwrap();
    let Val::AnyRef(Some(one)) = one else { panic!("{one:?}") };
    let one = one.as_struct(&store).unwrap().unwrap();
    assert_eq!(one.field(&mut store, 0).unwrap(), Val::I32(1));
    assert!(one.set_field(&mut store, 0, Val::I32(2)).is_err());
    assert!(one.field(&mut store, 1).is_err());
    let drop = instance.get_typed_func::<(), ()>(&mut store, "drop").unwrap();
    drop.call(&mut store, ()).unwrap();
    assert!(same.call(&mut store, ()).is_err());
}

/// A module whose constant expressions need the room that garbage takes is instantiated all the same.
#[test]
fn instantiation_collects_where_there_is_no_room() {
    let text = r#"(module
        (type $bytes (array i8))
        (global (ref $bytes) (array.new $bytes (i32.const 0) (i32.const 3000))))"#;
    let engine = engine(4 << 10, false);
    let module = module(&engine, text);
    // An instance keeps its globals as long as the store: there is room for one.
    let mut store = Store::new(&engine, ());
    let make = Linker::new(&engine).instantiate(&mut store, &super::module(&engine, LIST)).unwrap();
    let make = make.get_typed_func::<i32, Any>(&mut store, "make").unwrap();
    {
        let mut scope = RootScope::new(&mut store);
        make.call(&mut scope, 10).unwrap();
    }
    Instance::new(&mut store, &module, &[]).unwrap();
    let error = Instance::new(&mut store, &module, &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit(Limit::GcHeap));
    make.call(&mut store, 5).unwrap();
}

#[test]
fn data_of_the_host_is_dropped_when_nothing_refers_to_it() {
    let text = r#"(module
        (global $held (mut externref) (ref.null extern))
        (func (export "hold") (param externref) (global.set $held (local.get 0)))
        (func (export "held") (result externref) (global.get $held))
        (func (export "any") (param externref) (result anyref) (any.convert_extern (local.get 0))))"#;
    let (mut store, instance) = store(text, 1 << 12, false);
    let hold = instance.get_typed_func::<Option<Rooted<ExternRef>>, ()>(&mut store, "hold").unwrap();
    let held = instance.get_typed_func::<(), Option<Rooted<ExternRef>>>(&mut store, "held").unwrap();
    let data = Arc::new(5);
    {
        let mut scope = RootScope::new(&mut store);
        let reference = ExternRef::new(&mut scope, data.clone()).unwrap();
        hold.call(&mut scope, Some(reference)).unwrap();
        let _other = ExternRef::new(&mut scope, data.clone()).unwrap();
        assert_eq!(Arc::strong_count(&data), 3);
    }
    store.gc();
    assert_eq!(Arc::strong_count(&data), 2);
    {
        let mut scope = RootScope::new(&mut store);
        let found = held.call(&mut scope, ()).unwrap().unwrap();
        assert_eq!(found.data(&scope).unwrap().unwrap().downcast_ref::<Arc<i32>>(), Some(&data));
        let any = instance.get_typed_func::<Option<Rooted<ExternRef>>, Any>(&mut scope, "any").unwrap();
        let any = any.call(&mut scope, Some(found)).unwrap().unwrap();
        assert!(!any.is_eqref(&scope).unwrap());
        let again = ExternRef::convert_any(&scope, any).unwrap();
        assert!(Rooted::ref_eq(&scope, &again, &found).unwrap());
    }
    hold.call(&mut store, None).unwrap();
    store.gc();
    assert_eq!(Arc::strong_count(&data), 1);
}

#[test]
fn integers_of_31_bits() {
    for (value, signed, unsigned) in [
        (0, 0, 0),
        (-1, -1, 0x7FFF_FFFF),
        (0x3FFF_FFFF, 0x3FFF_FFFF, 0x3FFF_FFFF),
        (0x4000_0000, -0x4000_0000, 0x4000_0000),
    ] {
        let wrapped = I31::wrapping_i32(value);
        assert_eq!((wrapped.get_i32(), wrapped.get_u32()), (signed, unsigned));
        assert_eq!(I31::new_i32(value).is_some(), value == signed);
        assert_eq!(I31::new_u32(unsigned), Some(wrapped));
    }
    assert_eq!(I31::new_u32(1 << 31), None);
    let mut store = Store::new(&Engine::default(), ());
    let f = Func::wrap(&mut store, |any: Any| any).unwrap();
    let f = f.typed::<Any, Any>(&store).unwrap();
    let one = AnyRef::from_i31(&store, I31::wrapping_i32(-5));
    let found = f.call(&mut store, Some(one)).unwrap().unwrap();
    assert_eq!(found.as_i31(&store).unwrap().unwrap().get_i32(), -5);
}

/// A chain of types as deep as allowed: casts between any two of it.
#[test]
fn casts_along_a_deep_chain() {
    let depth = 63;
    let mut types = String::from("(type $t0 (sub (struct)))");
    let mut made = String::from("(item (struct.new_default $t0))");
    let mut tests = String::new();
    for at in 1..=depth {
        types += &format!("(type $t{at} (sub $t{} (struct)))", at - 1);
        made += &format!("(item (struct.new_default $t{at}))");
        tests += &format!(
            "(if (i32.eq (local.get 1) (i32.const {at}))
                (then (return (ref.test (ref $t{at}) (table.get $all (local.get 0))))))"
        );
    }
    let text = format!(
        "(module {types}
            (table $all {} anyref)
            (elem $made anyref {made})
            (func $start (table.init $all $made (i32.const 0) (i32.const 0) (i32.const {})))
            (start $start)
            (func (export \"is\") (param i32 i32) (result i32) {tests} (ref.test (ref $t0) (table.get $all (local.get 0)))))",
        depth + 1,
        depth + 1
    );
    let (mut store, instance) = store(&text, 1 << 16, false);
    let is = instance.get_typed_func::<(i32, i32), i32>(&mut store, "is").unwrap();
    for sub in 0..=depth {
        for sup in 0..=depth {
            assert_eq!(is.call(&mut store, (sub, sup)).unwrap(), i32::from(sup <= sub), "{sub} {sup}");
        }
    }
}
