//! Windlass: a WebAssembly engine for components.
//!
//! A `no_std` decoder, validator and in-place interpreter. See `docs/architecture.md` for a map.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod api;
pub mod binary;
pub mod error;
pub mod exec;
pub mod image;
pub mod store;
pub mod support;
pub mod syntax;
pub mod types;
pub mod validate;

pub use api::*;
pub use error::{Error, ErrorKind, Result, Trap};
pub use support::{Limit, Limits};
pub use syntax::Features;
