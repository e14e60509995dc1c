//! Functions of the host that a component exports as they are.

use super::text;
use windlass::component::{Component, Func, Linker, Resource, ResourceAny, ResourceType, Val};
use windlass::{Engine, Error, ErrorKind, Store, StoreContextMut};

/// The host's own thing.
struct Counter;

const HANDS_ON: &str = r#"(component
    (import "counter" (type $counter (sub resource)))
    (import "new" (func $new (param "start" u32) (result (own $counter))))
    (import "add" (func $add (param "self" (borrow $counter)) (param "n" u32) (result u32)))
    (import "shout" (func $shout (param "words" (list string)) (result (tuple string u32))))
    (import "fail" (func $fail))
    (core module $M (func (export "fine") (result i32) (i32.const 7)))
    (core instance $m (instantiate $M))
    (export "thing" (type $counter))
    (export "make" (func $new))
    (export "plus" (func $add))
    (export "loud" (func $shout))
    (export "bad" (func $fail))
    (func (export "fine") (result u32) (canon lift (core func $m "fine"))))"#;

type Data = Vec<u32>;

fn setup(dynamic: bool) -> (Store<Data>, windlass::component::Instance) {
    let engine = Engine::default();
    let component = Component::new(&engine, wat::parse_str(HANDS_ON).unwrap()).unwrap();
    let mut linker = Linker::<Data>::new(&engine);
    let mut root = linker.root();
    root.resource("counter", ResourceType::host::<Counter>(), |mut store: StoreContextMut<'_, Data>, rep| {
        store.data_mut()[rep as usize] = u32::MAX;
        Ok(())
    })
    .unwrap();
    root.func_wrap("new", |mut store: StoreContextMut<'_, Data>, (start,): (u32,)| {
        store.data_mut().push(start);
        Ok((Resource::<Counter>::new_own(store.data().len() as u32 - 1),))
    })
    .unwrap();
    root.func_wrap("add", |mut store: StoreContextMut<'_, Data>, (this, n): (Resource<Counter>, u32)| {
        let counter = &mut store.data_mut()[this.rep() as usize];
        *counter += n;
        Ok((*counter,))
    })
    .unwrap();
    root.func_wrap("fail", |_, ()| -> windlass::Result<()> { Err(Error::host(format_args!("no"))) }).unwrap();
    if dynamic {
        root.func_new("shout", |_, params, results| {
            let [Val::List(words)] = params else { panic!("{params:?}") };
            let Val::String(last) = &words[words.len() - 1] else { panic!("{params:?}") };
            let parts = [text(&last.to_uppercase()), Val::U32(words.len() as u32)];
            results[0] = Val::Tuple(windlass::support::Vec::collect(parts).unwrap());
            Ok(())
        })
        .unwrap();
    } else {
        root.func_wrap("shout", |_, (words,): (Vec<String>,)| {
            Ok(((words[words.len() - 1].to_uppercase(), words.len() as u32),))
        })
        .unwrap();
    }
    let mut store = Store::new(&engine, Vec::new());
    let instance = linker.instantiate(&mut store, &component).unwrap();
    (store, instance)
}

#[test]
fn values_go_from_the_host_to_the_host() {
    for dynamic in [false, true] {
        let (mut store, instance) = setup(dynamic);
        let words: Vec<String> = (0..10_000).map(|at| format!("wörd {at}")).collect();
        let loud = instance.get_typed_func::<(&[String],), ((String, u32),)>(&mut store, "loud").unwrap();
        for _ in 0..3 {
            assert_eq!(loud.call(&mut store, (&words,)).unwrap().0, (String::from("WÖRD 9999"), 10_000));
        }
        let func: Func = instance.get_func(&mut store, "loud").unwrap();
        let params = [Val::List(windlass::support::Vec::collect([text("a"), text("b")]).unwrap())];
        let mut results = [Val::Bool(false)];
        func.call(&mut store, &params, &mut results).unwrap();
        let expected = [text("B"), Val::U32(2)];
        assert_eq!(results, [Val::Tuple(windlass::support::Vec::collect(expected).unwrap())]);
    }
}

#[test]
fn handles_go_from_the_host_to_the_host() {
    let (mut store, instance) = setup(false);
    let make = instance.get_typed_func::<(u32,), (ResourceAny,)>(&mut store, "make").unwrap();
    let plus = instance.get_typed_func::<(ResourceAny, u32), (u32,)>(&mut store, "plus").unwrap();
    let (counter,) = make.call(&mut store, (7,)).unwrap();
    for n in 1..100 {
        assert_eq!(plus.call(&mut store, (counter, 1)).unwrap(), (7 + n,));
    }
    counter.resource_drop(&mut store).unwrap();
    assert_eq!(store.data(), &[u32::MAX]);
}

/// No component took part, so none is locked down.
#[test]
fn a_failure_of_the_host_harms_nobody() {
    let (mut store, instance) = setup(false);
    let bad = instance.get_func(&mut store, "bad").unwrap();
    assert_eq!(bad.call(&mut store, &[], &mut []).unwrap_err().kind(), ErrorKind::Host);
    let fine = instance.get_typed_func::<(), (u32,)>(&mut store, "fine").unwrap();
    assert_eq!(fine.call(&mut store, ()).unwrap(), (7,));
}
