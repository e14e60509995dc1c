//! A core module without components: the smallest use of the engine.

use crate::board::{measured, println};
use windlass::{Config, Engine, Linker, Module, Result, Store};

/// `(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))`
static ADD: &[u8] = b"\0asm\x01\0\0\0\x01\x07\x01\x60\x02\x7f\x7f\x01\x7f\x03\x02\x01\0\x07\x07\x01\x03add\0\0\x0a\x09\x01\x07\0\x20\0\x20\x01\x6a\x0b";

/// Calls `add`.
pub fn run() -> bool {
    measured(ADD.len() as u64, format_args!("bytes of the guest"));
    let sum = add(40, 2);
    match &sum {
        Ok(sum) => println!("40 + 2 = {sum}"),
        Err(error) => println!("error: {error}"),
    }
    matches!(sum, Ok(42))
}

fn add(a: i32, b: i32) -> Result<i32> {
    let engine = Engine::new(&Config::board());
    let module = Module::new(&engine, ADD)?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    let add = instance.get_typed_func::<(i32, i32), i32>(&mut store, "add")?;
    add.call(&mut store, (a, b))
}
