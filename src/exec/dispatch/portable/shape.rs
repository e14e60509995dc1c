//! Instructions of one shape that the compact loop leaves to handlers: those in wide frames, which are rare, and those
//! with a prefix. What an instruction computes is handed to one function for all. There are no closures: optimizing
//! for size, the compiler calls them.

use crate::exec::activation::{Activation, Step};
use crate::exec::ops;
use crate::exec::ops::Outcome;
use crate::exec::slot::Value;

/// One operand, one result.
#[inline(never)]
pub(super) fn unary<T: Value, U: Outcome, const WIDE: bool>(
    a: &mut Activation<'_, '_, WIDE>,
    compute: fn(T) -> U,
) -> Step {
    ops::unary(a, compute)
}

/// Two operands, one result.
#[inline(never)]
pub(super) fn binary<T: Value, S: Value, U: Outcome, const WIDE: bool>(
    a: &mut Activation<'_, '_, WIDE>,
    compute: fn(T, S) -> U,
) -> Step {
    ops::binary(a, compute)
}

/// Any load.
#[inline(never)]
pub(super) fn load<const N: usize, T: Value, const WIDE: bool>(
    a: &mut Activation<'_, '_, WIDE>,
    decode: fn([u8; N]) -> T,
) -> Step {
    ops::load(a, decode)
}

/// Any store.
#[inline(never)]
pub(super) fn store<const N: usize, T: Value, const WIDE: bool>(
    a: &mut Activation<'_, '_, WIDE>,
    encode: fn(T) -> [u8; N],
) -> Step {
    ops::store(a, encode)
}
