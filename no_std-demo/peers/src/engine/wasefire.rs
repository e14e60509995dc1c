//! Wasefire's interpreter: judged on the board, its side table made beforehand, run from flash.

use alloc::{vec, vec::Vec};
use wasefire_interpreter::{Error, Module, RunResult, Store, Val};

static KERNEL: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/prepared.wasm"));

/// Lends the kernel's function.
pub fn run(measure: impl FnOnce(&mut dyn FnMut(i32) -> Option<i32>) -> bool) -> bool {
    let mut page: Vec<u8> = vec![0; crate::PAGE];
    try_run(&mut page, measure).unwrap_or(false)
}

fn try_run(page: &mut [u8], measure: impl FnOnce(&mut dyn FnMut(i32) -> Option<i32>) -> bool) -> Result<bool, Error> {
    let mut store = Store::default();
    let instance = store.instantiate(Module::new(KERNEL)?, page)?;
    Ok(measure(&mut |n| match store.invoke(instance, "run", vec![Val::I32(n as u32)]).ok()? {
        RunResult::Done(results) => match results[..] {
            [Val::I32(result)] => Some(result as i32),
            _ => None,
        },
        RunResult::Host(_) => None,
    }))
}
