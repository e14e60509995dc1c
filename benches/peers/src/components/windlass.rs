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

super::calls::calls!();

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
