//! Two components one after the other on the same host functions: what a component does with the
//! pins changes, the host does not.

mod host;
mod mock;

use crate::board::{measured, println};
use host::Peripherals;
use mock::{Led, Record};
use windlass::component::{Component, Linker};
use windlass::{Config, Engine, Result, Store};

static BLINK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/blink.wasm"));
static SOS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sos.wasm"));

/// Runs both, and compares what the pin did with what each is to do.
pub fn run() -> bool {
    let blink = [(500, 500); 3];
    let sos = [100, 100, 100, 300, 300, 300, 100, 100, 100].map(|on| (on, 100));
    measured((BLINK.len() + SOS.len()) as u64, format_args!("bytes of the guest"));
    shows("blink", BLINK, &blink) & shows("sos", SOS, &sos)
}

/// Whether the pin was on and off for so many milliseconds.
fn shows(name: &str, component: &'static [u8], expected: &[(u32, u32)]) -> bool {
    println!("{name}:");
    match light(component) {
        Ok(record) => record.intervals() == expected,
        Err(error) => {
            println!("error: {error}");
            false
        }
    }
}

/// Runs a component with one pin, the board's number 13.
fn light(component: &'static [u8]) -> Result<Record> {
    let engine = Engine::new(&Config::board());
    let component = Component::from_static(&engine, component)?;
    let mut linker = Linker::new(&engine);
    host::define::<Led, mock::Delay>(&mut linker)?;
    let mut store = Store::new(&engine, Peripherals::new(13, Led, mock::Delay));
    mock::reset();
    let instance = linker.instantiate(&mut store, &component)?;
    instance.get_typed_func::<(), ()>(&mut store, "run")?.call(&mut store, ())?;
    Ok(mock::record())
}
