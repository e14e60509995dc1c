//! What one of each costs in heap: an instance, a handle, a stream, a subtask, a blocked task. Many are made, and the
//! heap that they take is divided; the room in which tables grow is in it.

use crate::board::{measured, println};
use crate::heap;
use core::future::pending;
use core::task::{Context, Waker};
use windlass::component::{Component, Instance, Linker, boxed};
use windlass::syntax::Features;
use windlass::{Config, Engine, Result, Store, StoreContextMut};

static ONE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/one.wasm"));
static COSTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/costs.wasm"));

const HANDLES: u32 = 256;
const OTHERS: u32 = 32;
const INSTANCES: u32 = 16;

pub fn run() -> bool {
    measured((ONE.len() + COSTS.len()) as u64, format_args!("bytes of the guest"));
    match measure() {
        Ok(()) => true,
        Err(error) => {
            println!("error: {error}");
            false
        }
    }
}

fn measure() -> Result<()> {
    let engine = Engine::new(Config::board().wasm_features(Features::CM_ASYNC, true));
    measure_instances(&engine)?;
    let component = Component::from_static(&engine, COSTS)?;
    let mut linker = Linker::new(&engine);
    let never = |_: StoreContextMut<'_, ()>, (): ()| boxed(pending::<Result<()>>());
    linker.root().func_wrap_async("never", never)?;
    for (name, export, count) in [
        ("a handle", "handles", HANDLES),
        ("a stream", "streams", OTHERS),
        ("a subtask that waits for the host", "subtasks", OTHERS),
    ] {
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &component)?;
        let make = instance.get_typed_func::<(u32,), ()>(&mut store, export)?;
        // What the first of them brings along is not counted.
        make.call(&mut store, (1,))?;
        each(name, count, || make.call(&mut store, (count,)))?;
    }
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &component)?;
    block(&mut store, &instance, 1)?;
    each("a blocked task", OTHERS, || block(&mut store, &instance, OTHERS))
}

fn measure_instances(engine: &Engine) -> Result<()> {
    let component = Component::from_static(engine, ONE)?;
    let (mut store, linker) = (Store::new(engine, ()), Linker::new(engine));
    let count = INSTANCES / 2;
    for _ in 0..count {
        linker.instantiate(&mut store, &component)?;
    }
    each("an instance of the smallest component", count, || {
        for _ in 0..count {
            linker.instantiate(&mut store, &component)?;
        }
        Ok(())
    })
}

/// Starts calls that wait for ever.
fn block(store: &mut Store<()>, instance: &Instance, count: u32) -> Result<()> {
    let block = instance.get_typed_func::<(), ()>(&mut *store, "block")?;
    for _ in 0..count {
        // Nobody takes their results.
        let _ = block.start(&mut *store, ())?;
    }
    store.poll(&mut Context::from_waker(Waker::noop()), u64::MAX)?;
    Ok(())
}

fn each(name: &str, count: u32, make: impl FnOnce() -> Result<()>) -> Result<()> {
    let before = heap::used();
    make()?;
    measured((heap::used() - before).div_ceil(count as usize) as u64, format_args!("bytes of heap for {name}"));
    Ok(())
}
