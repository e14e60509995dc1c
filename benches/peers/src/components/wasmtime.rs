//! Wasmtime's interpreter at the same work.

use super::{HostCall, Work};
use std::any::Any;
use wasmtime::component::{Component, ComponentNamedList, Instance, Lift, Linker, Lower, TypedFunc};
use wasmtime::{Config, Engine, Store};

pub const ENGINE: super::Engine = super::Engine { composed, host, ready, held, has_guests_on_heap: false };

fn engine() -> Engine {
    let mut config = Config::new();
    config.target("pulley64").expect("built with Pulley");
    config.concurrency_support(false);
    Engine::new(&config).expect("a configuration that can be")
}

fn instantiate(bytes: &[u8]) -> (Component, Store<()>, Instance) {
    let engine = engine();
    let component = Component::new(&engine, bytes).expect("a valid component");
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

/// Compiling alone: what it does once for a component, not counting an engine.
fn ready(bytes: &[u8]) {
    thread_local! {
        static ENGINE: Engine = engine();
    }
    ENGINE.with(|engine| drop(Component::new(engine, bytes).expect("a valid component")));
}

fn held(bytes: &[u8]) -> Box<dyn Any> {
    let (component, store, _) = instantiate(bytes);
    Box::new((component, store))
}
