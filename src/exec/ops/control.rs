//! Blocks and branches (core spec, Control Instructions).

use crate::error::Trap;
use crate::exec::activation::Step;
use crate::exec::registers::Registers;

/// `unreachable`
#[inline(always)]
pub(in crate::exec) fn unreachable<'a>(a: &mut impl Registers<'a>) -> Step {
    Err(a.halt(Trap::Unreachable))
}

/// `block`: branches know their targets, so nothing is remembered.
#[inline(always)]
pub(in crate::exec) fn block<'a>(a: &mut impl Registers<'a>) -> Step {
    a.skip_block_type();
    Ok(())
}

/// `loop`
#[inline(always)]
pub(in crate::exec) fn loop_<'a>(a: &mut impl Registers<'a>) -> Step {
    a.skip_block_type();
    Ok(())
}

/// `if`
#[inline(always)]
pub(in crate::exec) fn if_<'a>(a: &mut impl Registers<'a>) -> Step {
    if a.pop() == 0 {
        return a.branch();
    }
    a.skip_block_type();
    a.skip_entries(1);
    Ok(())
}

/// `else`, reached from above.
#[inline(always)]
pub(in crate::exec) fn else_<'a>(a: &mut impl Registers<'a>) -> Step {
    a.branch()
}

/// `end`; that of a function returns.
#[inline(always)]
pub(in crate::exec) fn end<'a>(a: &mut impl Registers<'a>) -> Step {
    if a.at_end() { return_(a) } else { Ok(()) }
}

/// `br`
#[inline(always)]
pub(in crate::exec) fn br<'a>(a: &mut impl Registers<'a>) -> Step {
    a.branch()
}

/// `br_if`
#[inline(always)]
pub(in crate::exec) fn br_if<'a>(a: &mut impl Registers<'a>) -> Step {
    if a.pop() != 0 {
        return a.branch();
    }
    a.skip_number();
    a.skip_entries(1);
    Ok(())
}

/// `br_table`
#[inline(always)]
pub(in crate::exec) fn br_table<'a>(a: &mut impl Registers<'a>) -> Step {
    // 32 bits, as the upper half of such a slot is zero.
    let wanted = a.pop();
    let labels = a.peek_unsigned();
    let index = wanted.min(labels) as u32;
    let entry = match a.by_depth() {
        None => index,
        Some(one_byte) => {
            let behind = index.saturating_sub(one_byte);
            let [low, high] = a.peek_label(index + behind);
            // The word that says so comes first.
            1 + (low & 0x7F) + if index < one_byte { 0 } else { (high & 0x7F) << 7 }
        }
    };
    a.branch_past(entry)
}

/// `return`
#[inline(always)]
pub(in crate::exec) fn return_<'a>(a: &mut impl Registers<'a>) -> Step {
    a.return_()
}
