//! `drop` and `select` (core spec, Parametric Instructions).
//!
//! Both take operands of one slot: vectors, of two, are refused by validation so far.

use crate::exec::activation::{Activation, Step};

/// `drop`
#[inline(always)]
pub(in crate::exec) fn drop(a: &mut Activation<'_, '_>) -> Step {
    a.pop();
    Ok(())
}

/// `select`
#[inline(always)]
pub(in crate::exec) fn select(a: &mut Activation<'_, '_>) -> Step {
    let condition = a.pop();
    let otherwise = a.pop();
    let at = a.top.wrapping_sub(1);
    let value = if condition != 0 { a.get(at) } else { otherwise };
    a.set(at, value);
    Ok(())
}

/// `select` with types, of which there is one.
#[inline(always)]
pub(in crate::exec) fn select_t(a: &mut Activation<'_, '_>) -> Step {
    a.skip_number();
    a.skip_block_type();
    select(a)
}
