//! Windlass with components: the kernel in one, judged on the board, run from flash.

use windlass::component::{Component, Linker};
use windlass::{Config, Engine, Result, Store};

static KERNEL: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/component.wasm"));

/// Lends the kernel's function.
pub fn run(measure: impl FnOnce(&mut dyn FnMut(i32) -> Option<i32>) -> bool) -> bool {
    try_run(measure).unwrap_or(false)
}

fn try_run(measure: impl FnOnce(&mut dyn FnMut(i32) -> Option<i32>) -> bool) -> Result<bool> {
    let engine = Engine::new(&Config::board());
    let component = Component::from_static(&engine, KERNEL)?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
    let kernel = instance.get_typed_func::<(i32,), (i32,)>(&mut store, "run")?;
    Ok(measure(&mut |n| kernel.call(&mut store, (n,)).ok().map(|(result,)| result)))
}
