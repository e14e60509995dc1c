//! `drop` and `select` (core spec, Parametric Instructions).
//!
//! Both take operands of one slot: vectors, of two, are refused by validation so far.

use crate::exec::activation::Step;
use crate::exec::registers::Registers;

/// `drop`
#[inline(always)]
pub(in crate::exec) fn drop<'a>(a: &mut impl Registers<'a>) -> Step {
    a.pop();
    Ok(())
}

/// `select`
#[inline(always)]
pub(in crate::exec) fn select<'a>(a: &mut impl Registers<'a>) -> Step {
    let condition = a.pop();
    let otherwise = a.pop();
    let value = if condition != 0 { a.top() } else { otherwise };
    a.set_top(value);
    Ok(())
}

/// `select` with types, of which there is one.
#[inline(always)]
pub(in crate::exec) fn select_t<'a>(a: &mut impl Registers<'a>) -> Step {
    a.skip_number();
    a.skip_block_type();
    select(a)
}
