//! What the fuzz targets do with their input. Targets and tests share it, so that a crash
//! becomes a test case without a fuzzer.

pub mod decode;
pub mod generated;
pub mod validate;
