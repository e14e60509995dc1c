//! Vectors (core spec, Vector Operations): pure functions named as the rows of the instruction
//! table, on 16 bytes. What works lane by lane uses the scalar functions beside this folder
//! wherever the specification does.
//!
//! What `relaxed` instructions leave open is decided in `relaxed.rs`, once for all targets.

mod access;
mod bits;
mod compare;
mod convert;
mod float;
mod int;
mod lane;
mod lanes;
mod relaxed;
#[cfg(test)]
mod tests;
mod widen;

pub use access::*;
pub use bits::*;
pub use compare::*;
pub use convert::*;
pub use float::*;
pub use int::*;
pub use lane::*;
pub use relaxed::*;
pub use widen::*;

pub use crate::syntax::instr::V128;
