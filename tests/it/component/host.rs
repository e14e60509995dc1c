//! Functions and resources of the host, in components.

use super::{call, text};
use windlass::component::{Component, Instance, Linker, ResourceAny, ResourceTable, ResourceType, Val};
use windlass::error::Misuse;
use windlass::{Engine, Error, ErrorKind, Store, StoreContextMut, Trap};

fn component(engine: &Engine, wat: &str) -> Component {
    Component::new(engine, wat::parse_str(wat).unwrap()).unwrap()
}

const CALLS_HOST: &str = r#"(component
    (import "host:log/log@1.2.0" (instance $host
      (export "shout" (func (param "text" string) (param "times" u8) (result string)))))
    (core module $Memory
      (memory (export "mem") 1)
      (global $next (mut i32) (i32.const 64))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.get $next)
        (global.set $next (i32.add (global.get $next) (local.get 3)))))
    (core instance $memory (instantiate $Memory))
    (alias core export $memory "mem" (core memory $mem))
    (alias core export $memory "realloc" (core func $realloc))
    (core func $shout (canon lower (func $host "shout") (memory $mem) (realloc $realloc)))
    (core module $M
      (import "" "shout" (func $shout (param i32 i32 i32 i32)))
      (func (export "run") (param i32 i32) (result i32)
        (call $shout (local.get 0) (local.get 1) (i32.const 3) (i32.const 16))
        (i32.const 16)))
    (core instance $m (instantiate $M (with "" (instance (export "shout" (func $shout))))))
    (func (export "run") (param "text" string) (result string)
      (canon lift (core func $m "run") (memory $mem) (realloc $realloc))))"#;

fn run(linker: &Linker<Vec<String>>, store: &mut Store<Vec<String>>, wat: &str) -> windlass::Result<Instance> {
    let component = component(linker.engine(), wat);
    linker.instantiate(store, &component)
}

#[test]
fn functions_of_the_host_get_and_give_values() {
    let engine = Engine::default();
    let mut linker = Linker::<Vec<String>>::new(&engine);
    // A newer compatible version satisfies the import.
    let mut log = linker.instance("host:log/log@1.3.1").unwrap();
    log.func_new("shout", |mut store: StoreContextMut<'_, Vec<String>>, params, results| {
        let [Val::String(word), Val::U8(times)] = params else { panic!("{params:?}") };
        store.data_mut().push(word.as_str().to_owned());
        results[0] = text(&word.to_uppercase().repeat(usize::from(*times)));
        Ok(())
    })
    .unwrap();
    let mut store = Store::new(&engine, Vec::new());
    let instance = run(&linker, &mut store, CALLS_HOST).unwrap();
    let func = instance.get_func(&mut store, "run").unwrap();
    let mut results = [Val::Bool(false)];
    func.call(&mut store, &[text("hé")], &mut results).unwrap();
    assert_eq!(results, [text("HÉHÉHÉ")]);
    assert_eq!(store.data(), &["hé"]);
}

#[test]
fn imports_that_nobody_provides_are_named() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, Vec::new());
    let error = run(&Linker::new(&engine), &mut store, CALLS_HOST).unwrap_err();
    assert_eq!(error.to_string(), "unknown import: instance `host:log/log@1.2.0`");
    let mut linker = Linker::new(&engine);
    linker.instance("host:log/log@1.2.0").unwrap();
    let error = run(&linker, &mut store, CALLS_HOST).unwrap_err();
    assert_eq!(error.to_string(), "instance `host:log/log@1.2.0`: unknown import: func `shout`");
    linker.instance("host:log/log@2.0.0").unwrap();
}

#[test]
fn what_the_host_returns_is_checked_and_its_errors_come_back() {
    let engine = Engine::default();
    let mut linker = Linker::<Vec<String>>::new(&engine);
    linker.allow_shadowing(true);
    let mut log = linker.instance("host:log/log@1.2.0").unwrap();
    log.func_new("shout", |_, _, results| {
        results[0] = Val::U32(1);
        Ok(())
    })
    .unwrap();
    let mut store = Store::new(&engine, Vec::new());
    let instance = run(&linker, &mut store, CALLS_HOST).unwrap();
    let func = instance.get_func(&mut store, "run").unwrap();
    let mut results = [Val::Bool(false)];
    let error = func.call(&mut store, &[text("a")], &mut results).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse(Misuse::ArgumentTypes));
    // The guest was interrupted in the middle: nobody enters it again.
    let error = func.call(&mut store, &[text("a")], &mut results).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::CannotEnterInstance));

    let mut log = linker.instance("host:log/log@1.2.0").unwrap();
    log.func_new("shout", |_, _, _| Err(Error::new(ErrorKind::Host))).unwrap();
    let instance = run(&linker, &mut store, CALLS_HOST).unwrap();
    let func = instance.get_func(&mut store, "run").unwrap();
    assert_eq!(func.call(&mut store, &[text("a")], &mut results).unwrap_err().kind(), ErrorKind::Host);
}

#[test]
fn wrong_arguments_are_refused_before_anything_runs() {
    let (mut store, instance) = super::instance(
        r#"(component
            (core module $M (func (export "f") (param i32)))
            (core instance $m (instantiate $M))
            (func (export "f") (param "age" u32) (canon lift (core func $m "f"))))"#,
    );
    let func = instance.get_func(&mut store, "f").unwrap();
    let error = func.call(&mut store, &[text("old")], &mut []).unwrap_err();
    assert_eq!(
        error.to_string(),
        "param age: arguments do not fit the function's parameters: expected u32, found string"
    );
    assert!(func.call(&mut store, &[], &mut []).is_err());
    assert!(func.call(&mut store, &[Val::U32(1)], &mut [Val::Bool(false)]).is_err());
    func.call(&mut store, &[Val::U32(1)], &mut []).unwrap();
}

/// A component that keeps one handle of the host's `counter`, adds to it and gives it back.
const COUNTER: &str = r#"(component
    (import "counter" (type $counter (sub resource)))
    (import "add" (func $add (param "self" (borrow $counter)) (param "n" u32) (result u32)))
    (core func $drop (canon resource.drop $counter))
    (core func $add' (canon lower (func $add)))
    (core module $M
      (import "" "drop" (func $drop (param i32)))
      (import "" "add" (func $add (param i32 i32) (result i32)))
      (global $kept (mut i32) (i32.const 0))
      (func (export "keep") (param i32) (global.set $kept (local.get 0)))
      (func (export "add") (param i32) (result i32) (call $add (global.get $kept) (local.get 0)))
      (func (export "lend") (param i32) (result i32) (call $add (local.get 0) (i32.const 100)) (call $drop (local.get 0)))
      (func (export "leak") (param i32))
      (func (export "give") (result i32) (global.get $kept))
      (func (export "drop") (call $drop (global.get $kept))))
    (core instance $m (instantiate $M (with "" (instance (export "drop" (func $drop)) (export "add" (func $add'))))))
    (func (export "keep") (param "c" (own $counter)) (canon lift (core func $m "keep")))
    (func (export "add") (param "n" u32) (result u32) (canon lift (core func $m "add")))
    (func (export "lend") (param "c" (borrow $counter)) (result u32) (canon lift (core func $m "lend")))
    (func (export "leak") (param "c" (borrow $counter)) (canon lift (core func $m "leak")))
    (func (export "give") (result (own $counter)) (canon lift (core func $m "give")))
    (func (export "drop") (canon lift (core func $m "drop"))))"#;

struct Counter(u32);

/// A store whose data are the host's counters, and how many were dropped.
fn counters() -> (Store<(ResourceTable, u32)>, Instance) {
    let engine = Engine::default();
    let mut linker = Linker::<(ResourceTable, u32)>::new(&engine);
    let mut root = linker.root();
    root.resource("counter", ResourceType::host::<Counter>(), |mut store: StoreContextMut<'_, _>, rep| {
        let (table, dropped): &mut (ResourceTable, u32) = store.data_mut();
        *dropped += 1;
        let counter = windlass::component::Resource::<Counter>::new_own(rep);
        table.delete(counter).map(|_| ()).map_err(|_| Error::new(ErrorKind::Host))
    })
    .unwrap();
    root.func_new("add", |mut store, params, results| {
        let [Val::Resource(any), Val::U32(n)] = params else { panic!("{params:?}") };
        let counter = any.try_into_resource::<Counter>(&mut store)?;
        assert!(!counter.owned());
        let table = &mut store.data_mut().0;
        let counter = table.get_mut(&counter).map_err(|_| Error::new(ErrorKind::Host))?;
        counter.0 += n;
        results[0] = Val::U32(counter.0);
        Ok(())
    })
    .unwrap();
    let mut store = Store::new(&engine, (ResourceTable::new(), 0));
    let component = component(&engine, COUNTER);
    let instance = linker.instantiate(&mut store, &component).unwrap();
    (store, instance)
}

fn invoke<T: 'static>(store: &mut Store<T>, instance: Instance, name: &str, params: &[Val]) -> windlass::Result<Val> {
    let func = instance.get_func(&mut *store, name).unwrap();
    let mut results = [Val::Bool(false)];
    let count = usize::from(func.ty(&*store)?.result().is_some());
    func.call(&mut *store, params, &mut results[..count])?;
    let [result] = results;
    Ok(result)
}

fn new_counter(store: &mut Store<(ResourceTable, u32)>) -> ResourceAny {
    let counter = store.data_mut().0.push(Counter(1)).unwrap();
    counter.try_into_resource_any(store).unwrap()
}

#[test]
fn resources_of_the_host_are_owned_lent_and_dropped() {
    let (mut store, instance) = counters();
    let counter = new_counter(&mut store);
    let lent = invoke(&mut store, instance, "lend", &[Val::Resource(counter)]).unwrap();
    assert_eq!(lent, Val::U32(101));
    invoke(&mut store, instance, "keep", &[Val::Resource(counter)]).unwrap();
    assert_eq!(invoke(&mut store, instance, "add", &[Val::U32(5)]).unwrap(), Val::U32(106));
    // It is the guest's now.
    let error = invoke(&mut store, instance, "lend", &[Val::Resource(counter)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse(Misuse::StaleResource));
}

#[test]
fn a_resource_given_back_can_be_dropped_by_the_host() {
    let (mut store, instance) = counters();
    let counter = new_counter(&mut store);
    invoke(&mut store, instance, "keep", &[Val::Resource(counter)]).unwrap();
    let Val::Resource(back) = invoke(&mut store, instance, "give", &[]).unwrap() else { panic!() };
    assert!(back.owned());
    assert_eq!(store.data().1, 0);
    back.resource_drop(&mut store).unwrap();
    assert_eq!(store.data().1, 1);
    let error = back.resource_drop(&mut store).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse(Misuse::StaleResource));
    assert_eq!(invoke(&mut store, instance, "drop", &[]).unwrap_err().trap(), Some(Trap::UnknownHandle { index: 1 }));
}

#[test]
fn the_guests_drop_runs_the_hosts_destructor() {
    let (mut store, instance) = counters();
    let counter = new_counter(&mut store);
    invoke(&mut store, instance, "keep", &[Val::Resource(counter)]).unwrap();
    invoke(&mut store, instance, "drop", &[]).unwrap();
    assert_eq!(store.data().1, 1);
}

#[test]
fn a_borrow_that_is_kept_traps() {
    let (mut store, instance) = counters();
    let counter = new_counter(&mut store);
    let error = invoke(&mut store, instance, "leak", &[Val::Resource(counter)]).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::BorrowsRemain { count: 1 }));
}

#[test]
fn guests_resources_are_dropped_by_the_host() {
    let (mut store, instance) = super::instance(
        r#"(component
            (core module $D
              (global $last (mut i32) (i32.const 0))
              (func (export "dtor") (param i32) (global.set $last (local.get 0)))
              (func (export "last") (result i32) (global.get $last)))
            (core instance $d (instantiate $D))
            (type $R' (resource (rep i32) (dtor (core func $d "dtor"))))
            (export $R "r" (type $R'))
            (core func $new (canon resource.new $R'))
            (core module $M
              (import "" "new" (func $new (param i32) (result i32)))
              (func (export "make") (param i32) (result i32) (call $new (local.get 0))))
            (core instance $m (instantiate $M (with "" (instance (export "new" (func $new))))))
            (func (export "make") (param "rep" u32) (result (own $R)) (canon lift (core func $m "make")))
            (core module $I (func (export "rep") (param i32) (result i32) (local.get 0)))
            (core instance $i (instantiate $I))
            (func (export "rep") (param "r" (borrow $R)) (result u32) (canon lift (core func $i "rep")))
            (func (export "last") (result u32) (canon lift (core func $d "last"))))"#,
    );
    let make = instance.get_func(&mut store, "make").unwrap();
    let made = call(&mut store, make, &[Val::U32(77)]).unwrap();
    let Val::Resource(any) = made else { panic!("{made:?}") };
    assert_eq!(invoke(&mut store, instance, "rep", &[Val::Resource(any)]).unwrap(), Val::U32(77));
    assert_eq!(invoke(&mut store, instance, "last", &[]).unwrap(), Val::U32(0));
    any.resource_drop(&mut store).unwrap();
    assert_eq!(invoke(&mut store, instance, "last", &[]).unwrap(), Val::U32(77));
}

#[test]
fn what_types_declare_is_passed_over_when_instantiating() {
    let wat = r#"(component
        (component $c
            (type $inner (instance (type $u u32) (export "t" (type (eq $u)))))
            (type $outer (instance (type (instance)) (export "a" (instance (type $inner)))))
            (type (component
                (type (component (import "f" (func)) (type (instance (type u8))) (export "g" (func))))
                (import "h" (component (type 0)))))
            (type (resource (rep i32)))
            (import "x" (instance (type $outer))))
        (type $u u32)
        (instance $i (export "t" (type $u)))
        (instance $o (export "a" (instance $i)))
        (instance (instantiate $c (with "x" (instance $o)))))"#;
    let engine = Engine::default();
    let component = component(&engine, wat);
    let mut store = Store::new(&engine, ());
    if let Err(error) = Linker::new(&engine).instantiate(&mut store, &component) {
        panic!("{error}");
    }
}
