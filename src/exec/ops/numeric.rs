//! Numeric instructions by their shape (core spec, Numeric Instructions): what they compute is
//! in `num`.

use crate::error::Trap;
use crate::exec::activation::Step;
use crate::exec::registers::Registers;
use crate::exec::slot::{Slot, Value};

/// What a numeric function returns: a value, or a value or a trap.
pub(in crate::exec) trait Outcome {
    /// Whether it can be a trap.
    #[cfg(compact)]
    const CAN_TRAP: bool;
    /// The value as slots.
    fn slots(self) -> Result<[u64; 2], Trap>;
}

impl<T: Value> Outcome for T {
    #[cfg(compact)]
    const CAN_TRAP: bool = false;
    #[inline(always)]
    fn slots(self) -> Result<[u64; 2], Trap> {
        Ok(self.into_slots())
    }
}

impl<T: Value> Outcome for Result<T, Trap> {
    #[cfg(compact)]
    const CAN_TRAP: bool = true;
    #[inline(always)]
    fn slots(self) -> Result<[u64; 2], Trap> {
        Ok(self?.into_slots())
    }
}

/// `nop`
#[inline(always)]
pub(in crate::exec) fn nop<'a>(_: &mut impl Registers<'a>) -> Step {
    Ok(())
}

/// `i32.const`
#[inline(always)]
pub(in crate::exec) fn i32_const<'a>(a: &mut impl Registers<'a>) -> Step {
    let value = a.signed_word();
    a.push(value.into_slot());
    Ok(())
}

/// `i64.const`
#[inline(always)]
pub(in crate::exec) fn i64_const<'a>(a: &mut impl Registers<'a>) -> Step {
    let value = a.signed();
    a.push(value.into_slot());
    Ok(())
}

/// `f32.const`
#[inline(always)]
pub(in crate::exec) fn f32_const<'a>(a: &mut impl Registers<'a>) -> Step {
    let value = u32::from_le_bytes(a.array());
    a.push(value.into_slot());
    Ok(())
}

/// `f64.const`
#[inline(always)]
pub(in crate::exec) fn f64_const<'a>(a: &mut impl Registers<'a>) -> Step {
    let value = u64::from_le_bytes(a.array());
    a.push(value);
    Ok(())
}

/// One operand, one result.
#[inline(always)]
pub(in crate::exec) fn unary<'a, T: Value, U: Outcome>(a: &mut impl Registers<'a>, compute: impl Fn(T) -> U) -> Step {
    match compute(T::from_slots(a.top_value())).slots() {
        Ok(result) => a.set_top_value(result),
        Err(trap) => return Err(a.halt(trap)),
    }
    Ok(())
}

/// Two operands, one result.
#[inline(always)]
pub(in crate::exec) fn binary<'a, T: Value, S: Value, U: Outcome>(
    a: &mut impl Registers<'a>,
    compute: impl Fn(T, S) -> U,
) -> Step {
    let right = S::from_slots(a.pop_value());
    match compute(T::from_slots(a.top_value()), right).slots() {
        Ok(result) => a.set_top_value(result),
        Err(trap) => return Err(a.halt(trap)),
    }
    Ok(())
}

/// Two operands of 64 bits, a result of 128.
#[cfg(feature = "wide-arithmetic")]
#[inline(always)]
pub(in crate::exec) fn widening<'a>(a: &mut impl Registers<'a>, compute: impl Fn(i64, i64) -> i128) -> Step {
    let right = i64::from_slot(a.pop());
    let left = i64::from_slot(a.pop());
    push_wide(a, compute(left, right))
}

/// Two operands of 128 bits, a result of as many.
#[cfg(feature = "wide-arithmetic")]
#[inline(always)]
pub(in crate::exec) fn wide<'a>(a: &mut impl Registers<'a>, compute: impl Fn(i128, i128) -> i128) -> Step {
    let right = pop_wide(a);
    let left = pop_wide(a);
    push_wide(a, compute(left, right))
}

/// Pops a value of 128 bits, its high half first.
#[cfg(feature = "wide-arithmetic")]
#[inline(always)]
fn pop_wide<'a>(a: &mut impl Registers<'a>) -> i128 {
    let high = u128::from(a.pop());
    (high << 64 | u128::from(a.pop())).cast_signed()
}

/// Pushes a value of 128 bits, its low half first.
#[cfg(feature = "wide-arithmetic")]
#[inline(always)]
fn push_wide<'a>(a: &mut impl Registers<'a>, value: i128) -> Step {
    a.push(value as u64);
    a.push((value >> 64) as u64);
    Ok(())
}
