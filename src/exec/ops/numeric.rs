//! Numeric instructions by their shape (core spec, Numeric Instructions): what they compute is
//! in `num`.

use crate::error::Trap;
use crate::exec::activation::{Activation, Step};
use crate::exec::slot::Slot;

/// What a numeric function returns: a value, or a value or a trap.
pub(in crate::exec) trait Outcome {
    /// The value as a slot.
    fn slot(self) -> Step<u64>;
}

impl<T: Slot> Outcome for T {
    #[inline(always)]
    fn slot(self) -> Step<u64> {
        Ok(self.into_slot())
    }
}

impl<T: Slot> Outcome for Result<T, Trap> {
    #[inline(always)]
    fn slot(self) -> Step<u64> {
        Ok(self?.into_slot())
    }
}

/// `nop`
#[inline(always)]
pub(in crate::exec) fn nop(_: &mut Activation<'_, '_>) -> Step {
    Ok(())
}

/// `i32.const`
#[inline(always)]
pub(in crate::exec) fn i32_const(a: &mut Activation<'_, '_>) -> Step {
    let value = a.signed();
    a.push((value as i32).into_slot());
    Ok(())
}

/// `i64.const`
#[inline(always)]
pub(in crate::exec) fn i64_const(a: &mut Activation<'_, '_>) -> Step {
    let value = a.signed();
    a.push(value.into_slot());
    Ok(())
}

/// `f32.const`
#[inline(always)]
pub(in crate::exec) fn f32_const(a: &mut Activation<'_, '_>) -> Step {
    let value = u32::from_le_bytes(a.array());
    a.push(value.into_slot());
    Ok(())
}

/// `f64.const`
#[inline(always)]
pub(in crate::exec) fn f64_const(a: &mut Activation<'_, '_>) -> Step {
    let value = u64::from_le_bytes(a.array());
    a.push(value);
    Ok(())
}

/// One operand, one result.
#[inline(always)]
pub(in crate::exec) fn unary<T: Slot, U: Outcome>(a: &mut Activation<'_, '_>, compute: impl Fn(T) -> U) -> Step {
    let at = a.top.wrapping_sub(1);
    let result = compute(T::from_slot(a.get(at))).slot()?;
    a.set(at, result);
    Ok(())
}

/// Two operands of one type, one result.
#[inline(always)]
pub(in crate::exec) fn binary<T: Slot, U: Outcome>(a: &mut Activation<'_, '_>, compute: impl Fn(T, T) -> U) -> Step {
    let right = T::from_slot(a.pop());
    let at = a.top.wrapping_sub(1);
    let result = compute(T::from_slot(a.get(at)), right).slot()?;
    a.set(at, result);
    Ok(())
}
