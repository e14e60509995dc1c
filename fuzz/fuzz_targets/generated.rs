//! Valid modules are accepted; with one byte changed they get wasmparser's verdict.
#![no_main]

use arbitrary::Unstructured;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Too few bytes for a module are no case.
    let _ = windlass_fuzz::generated::generated(&mut Unstructured::new(bytes));
});
