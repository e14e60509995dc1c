//! Modules that are valid by construction, and the same with one byte changed.

use crate::validate::{self, Verdict};
use arbitrary::{Arbitrary, Unstructured};
use wasm_smith::{Config, Module};
use windlass::Features;

/// What wasm-smith may use.
fn config(u: &mut Unstructured<'_>) -> arbitrary::Result<Config> {
    let mut config = Config::arbitrary(u)?;
    config.shared_everything_threads_enabled = false;
    config.acquire_release_atomics_enabled = false;
    config.multibyte_array_access_enabled = false;
    config.allow_invalid_funcs = false;
    Ok(config)
}

/// Makes a module from random bytes; it must be accepted. Then changes one byte; the verdict
/// must be wasmparser's.
pub fn generated(u: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let config = config(u)?;
    let mut bytes = Module::new(config, u)?.to_bytes();
    accepted(&bytes);
    if let Ok(at) = u.choose_index(bytes.len())
        && let Some(byte) = bytes.get_mut(at)
    {
        *byte = u.arbitrary()?;
        if let Err(wrong) = validate::validate(&bytes) {
            panic!("byte {at} changed: {wrong}");
        }
    }
    Ok(())
}

fn accepted(bytes: &[u8]) {
    let features = validate::EVERYTHING.union(Features::all());
    if let Verdict::Refused(why) = validate::ours(bytes, features) {
        panic!("a valid module is refused: {why}");
    }
}
