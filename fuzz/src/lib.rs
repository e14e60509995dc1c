//! What the fuzz targets do with their input. Targets and tests share it, so that a crash
//! becomes a test case without a fuzzer.

pub mod decode;
pub mod difference;
pub mod generated;
pub mod mutate;
pub mod text;
pub mod validate;
