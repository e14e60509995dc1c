//! What numeric and memory instructions compute, apart from how they are reached (core spec,
//! Numerics). Pure functions, named as the rows of the instruction table; they know no slot,
//! frame or fuel.

pub mod convert;
pub mod float;
pub mod int;
pub mod memory;
#[cfg(test)]
mod tests;

pub use convert::*;
pub use float::*;
pub use int::*;
pub use memory::*;

use super::slot::Slot;
use crate::error::Trap;

/// What a function here returns: a value, or a value or a trap.
pub trait Outcome {
    /// The value.
    type Value: Slot;
    /// The value or the trap.
    fn outcome(self) -> Result<Self::Value, Trap>;
}

impl<V: Slot> Outcome for Result<V, Trap> {
    type Value = V;
    #[inline(always)]
    fn outcome(self) -> Result<V, Trap> {
        self
    }
}

macro_rules! plain_outcomes {
    ($($ty:ty)*) => { $(
        impl Outcome for $ty {
            type Value = $ty;
            #[inline(always)]
            fn outcome(self) -> Result<$ty, Trap> {
                Ok(self)
            }
        }
    )* };
}
plain_outcomes! { i32 i64 f32 f64 }
