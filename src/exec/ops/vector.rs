//! Vector instructions with immediates of their own (core spec, Vector Instructions); all
//! others have the shapes of numeric instructions, loads and stores.

use super::memory::bytes;
use super::numeric::Outcome;
use crate::error::Trap;
use crate::exec::activation::Step;
use crate::exec::num;
use crate::exec::registers::Registers;
use crate::exec::slot::Value;
use crate::syntax::instr::V128;

/// `v128.const`
#[inline(always)]
pub(in crate::exec) fn v128_const<'a>(a: &mut impl Registers<'a>) -> Step {
    let value = V128(a.array());
    a.push_value(value.into_slots());
    Ok(())
}

/// `i8x16.shuffle`
#[inline(always)]
pub(in crate::exec) fn i8x16_shuffle<'a>(a: &mut impl Registers<'a>) -> Step {
    let lanes = a.array();
    super::binary(a, |left, right| num::i8x16_shuffle(left, right, lanes))
}

/// Three operands, one result.
#[inline(always)]
pub(in crate::exec) fn ternary<'a, T: Value, U: Outcome>(
    a: &mut impl Registers<'a>,
    compute: impl Fn(T, T, T) -> U,
) -> Step {
    let last = T::from_slots(a.pop_value());
    super::binary(a, |first, second| compute(first, second, last))
}

/// Any `extract_lane`.
#[inline(always)]
pub(in crate::exec) fn extract_lane<'a, T: Value>(a: &mut impl Registers<'a>, extract: impl Fn(V128, u8) -> T) -> Step {
    let [lane] = a.array();
    super::unary(a, |vector| extract(vector, lane))
}

/// Any `replace_lane`.
#[inline(always)]
pub(in crate::exec) fn replace_lane<'a, T: Value>(
    a: &mut impl Registers<'a>,
    replace: impl Fn(V128, T, u8) -> V128,
) -> Step {
    let [lane] = a.array();
    super::binary(a, |vector, value| replace(vector, value, lane))
}

/// Any `load_lane`: `replace` puts the bytes into a lane.
#[inline(always)]
pub(in crate::exec) fn load_lane<'a, const N: usize>(
    a: &mut impl Registers<'a>,
    replace: impl Fn([u8; N], V128, u8) -> V128,
) -> Step {
    let access = a.access();
    let [lane] = a.array();
    let vector = V128::from_slots(a.pop_value());
    let address = a.top();
    let Some(bytes) = bytes(a, access, address) else { return Err(a.halt(Trap::OutOfBoundsMemoryAccess)) };
    let value = replace(*bytes, vector, lane);
    a.set_top_value(value.into_slots());
    Ok(())
}

/// Any `store_lane`: `extract` takes the bytes from a lane.
#[inline(always)]
pub(in crate::exec) fn store_lane<'a, const N: usize>(
    a: &mut impl Registers<'a>,
    extract: impl Fn(V128, u8) -> [u8; N],
) -> Step {
    let access = a.access();
    let [lane] = a.array();
    let vector = V128::from_slots(a.pop_value());
    let address = a.pop();
    let Some(bytes) = bytes(a, access, address) else { return Err(a.halt(Trap::OutOfBoundsMemoryAccess)) };
    *bytes = extract(vector, lane);
    Ok(())
}
