//! Values between components: what `realloc` sees of its caller, and handles.

use crate::component::guest::{Guest, component, engine, succeeds};
use std::sync::{Arc, Mutex};
use windlass::component::{Linker, Resource, ResourceAny, ResourceType};
use windlass::{Store, StoreContextMut};

/// A component's `realloc` runs as a thread of its own, which sees nothing of the one that called.
/// That it may not leave is shown by `realloc_may_not_leave`.
#[test]
fn test_cross_component_realloc() {
    let producer = Guest {
        core: r#"
            (func (export "produce") (result i32)
              (call $context.set [0xdead])
              (i32.store [0] [0x0c0b0a])
              (i32.store [8] [0])
              (i32.store [12] [3])
              [8])"#,
        exports: r#"(func (export "produce") (result (list u8))
            (canon lift (core func $m "produce") (memory (core memory $memory "mem"))))"#,
        ..Guest::NEW
    };
    let around = format!(
        r#"{}
        (core func $get-0 (canon context.get i32 0)) (core func $get-1 (canon context.get i32 1))
        (core func $set-0 (canon context.set i32 0))
        (core module $Own
          (import "" "mem" (memory 1))
          (import "" "get-0" (func $get-0 (result i32))) (import "" "get-1" (func $get-1 (result i32)))
          (import "" "set-0" (func $set-0 (param i32)))
          (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
            (if (i32.or (call $get-0) (call $get-1)) (then unreachable))
            (call $set-0 (i32.const 0xfeed))
            (if (i32.ne (call $get-0) (i32.const 0xfeed)) (then unreachable))
            (i32.const 64)))
        (core instance $own (instantiate $Own (with "" (instance (export "mem" (memory $memory "mem"))
          (export "get-0" (func $get-0)) (export "get-1" (func $get-1)) (export "set-0" (func $set-0))))))"#,
        producer.inside("producer", "")
    );
    let consumer = Guest {
        around: &around,
        calls: &[(
            "produce",
            r#"canon lower (func $producer "produce") MEMORY (realloc (core func $own "realloc"))"#,
            "(param i32)",
        )],
        core: r#"
            (func (export "run")
              (call $context.set [42])
              (call $context.set-1 [43])
              (call $produce [16])
              (call $eq (i32.load [0]) [1])
              (call $eq (call $context.get) [42])
              (call $eq (call $context.get-1) [43])
              (call $eq (i32.load [20]) [3])
              (call $eq (i32.load (i32.load [16])) [0x0c0b0a]))"#,
        exports: r#"(func (export "run") (canon lift (core func $m "run")))"#,
        ..Guest::NEW
    };
    succeeds(&consumer.wat());
}

struct Thing;

#[test]
fn test_handles() {
    let wat = r#"(component
      (import "thing" (type $Thing (sub resource)))
      (import "look" (func $look (param "a" (borrow $Thing)) (param "b" (borrow $Thing)) (result (own $Thing))))
      (import "make" (func $make (param "rep" u32) (result (own $Thing))))
      (type $Own' (resource (rep i32)))
      (export $Own "own" (type $Own'))
      (core module $Memory (memory (export "mem") 1))
      (core instance $memory (instantiate $Memory))
      (core func $new (canon resource.new $Own'))
      (core func $look (canon lower (func $look)))
      (core func $make (canon lower (func $make)))
      (core func $drop (canon resource.drop $Thing))
      (core module $M
        (import "" "mem" (memory 1))
        (import "" "new" (func $new (param i32) (result i32)))
        (import "" "look" (func $look (param i32 i32) (result i32)))
        (import "" "make" (func $make (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (func $eq (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))
        (func (export "own") (result i32) (call $new (i32.const 13)))
        (func (export "run") (param i32 i32 i32 i32) (result i32)
          (call $eq (local.get 0) (i32.const 1))
          (call $eq (local.get 1) (i32.const 2))
          (call $eq (local.get 2) (i32.const 3))
          ;; Lent to the component that defined it: what it stands for.
          (call $eq (local.get 3) (i32.const 13))
          (call $eq (call $look (i32.const 1) (i32.const 3)) (i32.const 4))
          (call $drop (i32.const 1))
          (call $eq (call $make (i32.const 46)) (i32.const 1))
          (call $drop (i32.const 3))
          (i32.store (i32.const 0) (i32.const 1))
          (i32.store (i32.const 4) (i32.const 2))
          (i32.store (i32.const 8) (i32.const 4))
          (i32.const 0)))
      (core instance $m (instantiate $M (with "" (instance (export "mem" (memory $memory "mem"))
        (export "new" (func $new)) (export "look" (func $look)) (export "make" (func $make))
        (export "drop" (func $drop))))))
      (func (export "make-own") (result (own $Own)) (canon lift (core func $m "own")))
      (func (export "run")
        (param "a" (own $Thing)) (param "b" (own $Thing)) (param "c" (borrow $Thing)) (param "d" (borrow $Own))
        (result (tuple (own $Thing) (own $Thing) (own $Thing)))
        (canon lift (core func $m "run") (memory (core memory $memory "mem")))))"#;
    let engine = engine();
    let component = component(&engine, wat);
    let mut linker = Linker::<()>::new(&engine);
    let dropped = Arc::new(Mutex::new(Vec::new()));
    let note = dropped.clone();
    let dtor = move |_: StoreContextMut<'_, ()>, rep: u32| {
        note.lock().unwrap().push(rep);
        Ok(())
    };
    linker.root().resource("thing", ResourceType::host::<Thing>(), dtor).unwrap();
    let look = |_: StoreContextMut<'_, ()>, (a, b): (Resource<Thing>, Resource<Thing>)| {
        assert_eq!((a.rep(), b.rep()), (42, 44));
        Ok((Resource::<Thing>::new_own(45),))
    };
    linker.root().func_wrap("look", look).unwrap();
    let make = |_: StoreContextMut<'_, ()>, (rep,): (u32,)| Ok((Resource::<Thing>::new_own(rep),));
    linker.root().func_wrap("make", make).unwrap();

    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let make_own = instance.get_typed_func::<(), (ResourceAny,)>(&mut store, "make-own").unwrap();
    let (own,) = make_own.call(&mut store, ()).unwrap();
    type Things = (Resource<Thing>, Resource<Thing>, Resource<Thing>);
    type Params = (Resource<Thing>, Resource<Thing>, Resource<Thing>, ResourceAny);
    let run = instance.get_typed_func::<Params, (Things,)>(&mut store, "run").unwrap();
    let params = (Resource::new_own(42), Resource::new_own(43), Resource::new_borrow(44), own);
    let (things,) = run.call(&mut store, params).unwrap();
    assert_eq!((things.0.rep(), things.1.rep(), things.2.rep()), (46, 43, 45));
    // What was only lent has no destructor.
    assert_eq!(*dropped.lock().unwrap(), [42]);
}
