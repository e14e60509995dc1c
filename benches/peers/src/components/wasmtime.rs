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

super::calls::calls!();

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
