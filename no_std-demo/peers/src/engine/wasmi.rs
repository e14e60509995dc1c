//! wasmi: translated to its own code in RAM.

use wasmi::{Config, Engine, Error, Linker, Module, Store};

static KERNEL: &[u8] = include_bytes!("../../coremark.wasm");

/// Lends the kernel's function.
pub fn run(measure: impl FnOnce(&mut dyn FnMut(i32) -> Option<i32>) -> bool) -> bool {
    try_run(measure).unwrap_or(false)
}

fn try_run(measure: impl FnOnce(&mut dyn FnMut(i32) -> Option<i32>) -> bool) -> Result<bool, Error> {
    let engine = Engine::new(&Config::default());
    let module = Module::new(&engine, KERNEL)?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module)?;
    let kernel = instance.get_typed_func::<i32, i32>(&store, "run")?;
    Ok(measure(&mut |n| kernel.call(&mut store, n).ok()))
}
