//! Windlass: judged on the board, run from flash.

use windlass::{Config, Engine, Linker, Module, Result, Store};

static KERNEL: &[u8] = include_bytes!("../../coremark.wasm");

/// Lends the kernel's function.
pub fn run(measure: impl FnOnce(&mut dyn FnMut(i32) -> Option<i32>) -> bool) -> bool {
    try_run(measure).unwrap_or(false)
}

fn try_run(measure: impl FnOnce(&mut dyn FnMut(i32) -> Option<i32>) -> bool) -> Result<bool> {
    let engine = Engine::new(&Config::board());
    let module = Module::from_static(&engine, KERNEL)?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    let kernel = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    Ok(measure(&mut |n| kernel.call(&mut store, n).ok()))
}
