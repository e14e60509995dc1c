//! The public face, thin: Wasmtime's names and order of arguments.

mod engine;
mod module;

pub use engine::{Config, Engine};
pub use module::{ExportType, ImportType, Module};
