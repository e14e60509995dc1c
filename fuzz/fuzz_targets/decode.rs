//! Any bytes are read to their end or refused.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = windlass_fuzz::decode::decode(bytes);
});
