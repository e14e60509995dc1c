//! What instructions compute, apart from how they are reached: pure functions named as the
//! rows of the instruction table, which know no slot, frame or fuel.
//!
//! A comparison is 0 or 1. Where arithmetic makes a NaN it is the canonical one with sign 0, on
//! every target: the specification leaves its sign and payload open, and equal inputs are to
//! give equal runs. `abs`, `neg`, `copysign`, reinterpretations, loads and stores keep bits.

pub mod access;
pub mod convert;
pub mod float;
pub mod int;
mod round;
#[cfg(feature = "simd")]
pub mod simd;
mod sqrt;
#[cfg(test)]
mod tests;
#[cfg(feature = "wide-arithmetic")]
pub mod wide;

pub use access::*;
pub use convert::*;
pub use float::*;
pub use int::*;
#[cfg(feature = "simd")]
pub use simd::*;
#[cfg(feature = "wide-arithmetic")]
pub use wide::*;
