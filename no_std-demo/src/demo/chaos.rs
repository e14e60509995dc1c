//! Hostile components, one after the other: the firmware reports each and goes on.

use crate::board::{measured, println};
use crate::heap;
use windlass::component::{Component, Linker};
use windlass::{Config, Engine, ErrorKind, Result, Store};

/// What a component is to come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Malformed,
    Invalid,
    Limit,
    OutOfMemory,
    Trap,
    OutOfFuel,
}

include!(concat!(env!("OUT_DIR"), "/chaos.rs"));

/// Runs all of them and then, to show that nothing is broken, the greeter's validation.
pub fn run() -> bool {
    let mut passed = true;
    measured(CHAOS.iter().map(|(_, bytes, _)| bytes.len() as u64).sum(), format_args!("bytes of the guest"));
    for (name, bytes, expected) in CHAOS {
        let fate = fate(run_component(bytes));
        let verdict = if fate == Some(*expected) { "as expected" } else { "UNEXPECTED" };
        println!("{name}: {fate:?}, {verdict}, {} bytes of heap left behind", heap::used());
        passed &= fate == Some(*expected) && heap::used() == 0;
    }
    println!("{} hostile components, {} reports, firmware alive", CHAOS.len(), CHAOS.len());
    passed
}

fn fate(outcome: Result<()>) -> Option<Fate> {
    let error = outcome.err()?;
    Some(match error.kind() {
        ErrorKind::Malformed(_) => Fate::Malformed,
        ErrorKind::Invalid(_) => Fate::Invalid,
        ErrorKind::Limit(_) => Fate::Limit,
        ErrorKind::OutOfMemory => Fate::OutOfMemory,
        ErrorKind::Trap(_) => Fate::Trap,
        ErrorKind::OutOfFuel => Fate::OutOfFuel,
        _ => {
            println!("{error}");
            return None;
        }
    })
}

fn run_component(bytes: &'static [u8]) -> Result<()> {
    let mut config = Config::board();
    config.consume_fuel(true);
    let engine = Engine::new(&config);
    let component = Component::from_static(&engine, bytes)?;
    let mut store = Store::new(&engine, ());
    store.set_fuel(100_000)?;
    let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
    if let Some(run) = instance.get_func(&mut store, "run") {
        run.call(&mut store, &[], &mut [])?;
    }
    Ok(())
}
