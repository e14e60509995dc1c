//! Windlass at this work.

use super::{HostCall, Work};
use std::any::Any;
use windlass::component::{Component, ComponentNamedList, Instance, Lift, Linker, Lower, TypedFunc};
use windlass::{Engine, Store};

pub const ENGINE: super::Engine = super::Engine { composed, host, ready, held, has_guests_on_heap: true };

fn instantiate(bytes: &[u8]) -> (Component, Store<()>, Instance) {
    let engine = Engine::default();
    let component = Component::from_slice(&engine, bytes).expect("a valid component");
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component).expect("no imports");
    (component, store, instance)
}

fn func<P, R>(store: &mut Store<()>, instance: &Instance, name: &str) -> TypedFunc<P, R>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    instance.get_typed_func(store, name).expect("a function of that type")
}

fn composed(bytes: &[u8], name: &str) -> Work {
    let (_, mut store, instance) = instantiate(bytes);
    let run = func::<(u32,), (u32,)>(&mut store, &instance, name);
    Box::new(move |times| u64::from(run.call(&mut store, (times,)).expect("no trap").0))
}

fn host(bytes: &[u8], call: HostCall) -> Work {
    let (_, mut store, instance) = instantiate(bytes);
    match call {
        HostCall::Add => {
            let add = func::<(u32, u32), (u32,)>(&mut store, &instance, "add");
            Box::new(move |times| {
                (0..times).map(|time| u64::from(add.call(&mut store, (time, 1)).expect("no trap").0)).sum()
            })
        }
        HostCall::String => {
            let echo = func::<(&str,), (String,)>(&mut store, &instance, "string");
            Box::new(move |times| {
                (0..times).map(|_| echo.call(&mut store, ("sixteen letters!",)).expect("no trap").0.len() as u64).sum()
            })
        }
        HostCall::List => {
            static LIST: [u8; 4096] = [7; 4096];
            let echo = func::<(&[u8],), (Vec<u8>,)>(&mut store, &instance, "list");
            Box::new(move |times| {
                (0..times).map(|_| echo.call(&mut store, (&LIST,)).expect("no trap").0.len() as u64).sum()
            })
        }
    }
}

/// From bytes to the first answer.
fn ready(bytes: &[u8]) {
    let (_component, mut store, instance) = instantiate(bytes);
    answer(&mut store, &instance);
}

fn answer(store: &mut Store<()>, instance: &Instance) {
    match instance.get_typed_func::<(u32,), (u32,)>(&mut *store, "add") {
        Ok(add) => assert_eq!(add.call(store, (1,)).expect("no trap"), (1,)),
        Err(_) => {
            let add = func::<(u32, u32), (u32,)>(store, instance, "add");
            assert_eq!(add.call(store, (1, 2)).expect("no trap"), (3,));
        }
    }
}

fn held(bytes: &[u8]) -> Box<dyn Any> {
    let (component, mut store, instance) = instantiate(bytes);
    answer(&mut store, &instance);
    Box::new((component, store))
}
