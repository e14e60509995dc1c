//! Broken copies of a real component: each gets an error or works; nothing panics, hangs or grows.

use windlass::component::{Component, Linker};
use windlass::{Config, Engine, Store};

const GREETER: &[u8] = include_bytes!("../../examples/greeter/greeter.wasm");
const CHANGES: u32 = 10_000;

/// Judges and instantiates. With little fuel: a changed start function may loop.
fn try_out(engine: &Engine, bytes: &[u8]) -> bool {
    let Ok(component) = Component::from_slice(engine, bytes) else { return false };
    let mut store = Store::new(engine, ());
    if store.set_fuel(100_000).is_err() {
        return false;
    }
    Linker::new(engine).instantiate(&mut store, &component).is_ok()
}

fn engine() -> Engine {
    let mut config = Config::board();
    config.consume_fuel(true);
    Engine::new(&config)
}

#[test]
fn every_prefix() {
    let engine = engine();
    assert!(try_out(&engine, GREETER));
    // Without its last section it is still a component, as are others between sections.
    let good = (0..GREETER.len()).filter(|len| try_out(&engine, &GREETER[..*len])).count();
    assert!(good < 20, "{good} prefixes pass");
}

#[test]
fn random_changes_of_one_byte() {
    let engine = engine();
    let mut state = 0x5EED_u64;
    let mut next = |below: usize| {
        // SplitMix64: the same changes in every run.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % below as u64).unwrap()
    };
    let mut good = 0;
    for _ in 0..CHANGES {
        let mut bytes = GREETER.to_vec();
        let at = next(bytes.len());
        bytes[at] ^= u8::try_from(next(255) + 1).unwrap();
        good += u32::from(try_out(&engine, &bytes));
    }
    // Changes of names, constants and most operands leave it valid; most others do not.
    assert!((1_000..9_000).contains(&good), "{good} of {CHANGES} pass");
}
