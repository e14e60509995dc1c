//! Components that are entered again while they run, and what `realloc` may not do.

use windlass::component::{Component, Instance, Linker};
use windlass::{Engine, Store, StoreContextMut, Trap};

/// Counts how deep it is: `f(n)` calls the host, which calls `f(n - 1)` of the same instance.
const DEEP: &str = r#"(component
    (import "again" (func $again (param "n" u32) (result u32)))
    (core func $again' (canon lower (func $again)))
    (core module $M
      (import "" "again" (func $again (param i32) (result i32)))
      (global $depth (mut i32) (i32.const 0))
      (func (export "f") (param i32) (result i32)
        (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
        (if (result i32) (local.get 0)
          (then (call $again (i32.sub (local.get 0) (i32.const 1))))
          (else (global.get $depth)))))
    (core instance $m (instantiate $M (with "" (instance (export "again" (func $again'))))))
    (func (export "f") (param "n" u32) (result u32) (canon lift (core func $m "f"))))"#;

#[test]
fn the_host_may_enter_again() {
    let engine = Engine::default();
    let component = Component::new(&engine, wat::parse_str(DEEP).unwrap()).unwrap();
    let mut linker = Linker::<Option<Instance>>::new(&engine);
    linker
        .root()
        .func_wrap("again", |mut store: StoreContextMut<'_, Option<Instance>>, (n,): (u32,)| {
            let instance = store.data().unwrap();
            let f = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "f")?;
            f.call(&mut store, (n,))
        })
        .unwrap();
    let mut store = Store::new(&engine, None);
    let instance = linker.instantiate(&mut store, &component).unwrap();
    *store.data_mut() = Some(instance);
    let f = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "f").unwrap();
    assert_eq!(f.call(&mut store, (10,)).unwrap(), (11,));
}

/// Donut wrapping (`Concurrency.md`, Reentrance): a parent gives a function of its own to a
/// child, and is entered again when the child calls it, in the middle of a call of its own. Both
/// use one memory on both sides of the transfer.
#[test]
fn a_parent_may_be_entered_through_its_child() {
    let (mut store, instance) = super::instance(
        r#"(component
          (core module $Memory
            (memory (export "mem") 1)
            (data (i32.const 0) "abc")
            (global $next (mut i32) (i32.const 64))
            (func (export "realloc") (param i32 i32 i32 i32) (result i32)
              (global.get $next)
              (global.set $next (i32.add (global.get $next) (local.get 3)))))
          (core instance $memory (instantiate $Memory))
          (alias core export $memory "mem" (core memory $mem))
          (alias core export $memory "realloc" (core func $realloc))
          (core module $Inner
            (import "" "mem" (memory 1))
            (func (export "last") (param i32 i32) (result i32)
              (i32.load8_u (i32.sub (i32.add (local.get 0) (local.get 1)) (i32.const 1)))))
          (core instance $inner (instantiate $Inner (with "" (instance (export "mem" (memory $mem))))))
          (func $last (param "s" string) (result u32)
            (canon lift (core func $inner "last") (memory $mem) (realloc $realloc)))
          (component $Child
            (import "last" (func $last (param "s" string) (result u32)))
            (core module $Memory (memory (export "mem") 1) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8)))
            (core instance $memory (instantiate $Memory))
            (core func $last' (canon lower (func $last) (memory (core memory $memory "mem"))))
            (core module $M
              (import "" "last" (func $last (param i32 i32) (result i32)))
              (func (export "twice") (param i32 i32) (result i32)
                (i32.add (call $last (local.get 0) (local.get 1)) (call $last (local.get 0) (i32.const 1)))))
            (core instance $m (instantiate $M (with "" (instance (export "last" (func $last'))))))
            (func (export "twice") (param "s" string) (result u32)
              (canon lift (core func $m "twice")
                (memory (core memory $memory "mem")) (realloc (core func $memory "realloc")))))
          (instance $child (instantiate $Child (with "last" (func $last))))
          (core func $twice (canon lower (func $child "twice") (memory $mem)))
          (core module $M
            (import "" "twice" (func $twice (param i32 i32) (result i32)))
            (func (export "run") (result i32) (call $twice (i32.const 0) (i32.const 3))))
          (core instance $m (instantiate $M (with "" (instance (export "twice" (func $twice))))))
          (func (export "run") (result u32) (canon lift (core func $m "run"))))"#,
    );
    let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run").unwrap();
    assert_eq!(run.call(&mut store, ()).unwrap(), (u32::from(b'c') + u32::from(b'a'),));
}

/// A component whose `realloc` has this body; `f` takes a string.
fn realloc(body: &str) -> Option<Trap> {
    let (mut store, instance) = super::instance(&format!(
        r#"(component
          (component $Other
            (core module $M (func (export "f")))
            (core instance $m (instantiate $M))
            (func (export "f") (canon lift (core func $m "f"))))
          (instance $other (instantiate $Other))
          (core func $leave (canon lower (func $other "f")))
          (type $R (resource (rep i32)))
          (core func $new (canon resource.new $R))
          (core module $M
            (import "" "leave" (func $leave))
            (import "" "new" (func $new (param i32) (result i32)))
            (memory (export "mem") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) {body} (i32.const 8))
            (func (export "f") (param i32 i32)))
          (core instance $m (instantiate $M (with "" (instance
            (export "leave" (func $leave)) (export "new" (func $new))))))
          (func (export "f") (param "s" string)
            (canon lift (core func $m "f") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))"#
    ));
    let f = instance.get_typed_func::<(&str,), ()>(&mut store, "f").unwrap();
    f.call(&mut store, ("a",)).err().and_then(|error| error.trap())
}

#[test]
fn realloc_may_not_leave() {
    assert_eq!(realloc(""), None);
    assert_eq!(realloc("(call $leave)"), Some(Trap::CannotLeaveInstance));
    assert_eq!(realloc("(drop (call $new (i32.const 1)))"), Some(Trap::CannotLeaveInstance));
}
