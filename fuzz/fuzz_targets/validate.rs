//! Any bytes get the verdict that wasmparser gives them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(wrong) = windlass_fuzz::validate::validate(bytes) {
        panic!("{wrong}");
    }
});
