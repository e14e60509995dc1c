//! `drop` and `select` (core spec, Parametric Instructions).

use crate::exec::activation::Step;
use crate::exec::registers::Registers;

/// `drop`
#[inline(always)]
pub(in crate::exec) fn drop<'a>(a: &mut impl Registers<'a>) -> Step {
    a.pop_value();
    Ok(())
}

/// `select`
#[inline(always)]
pub(in crate::exec) fn select<'a>(a: &mut impl Registers<'a>) -> Step {
    let condition = a.pop();
    let otherwise = a.pop_value();
    let value = if condition != 0 { a.top_value() } else { otherwise };
    a.set_top_value(value);
    Ok(())
}

/// `select` with types, of which there is one.
#[inline(always)]
pub(in crate::exec) fn select_t<'a>(a: &mut impl Registers<'a>) -> Step {
    a.skip_number();
    a.skip_block_type();
    select(a)
}
