//! Exceptions (core spec, Control Instructions): a block that catches costs nothing. What throws
//! is left to the machine.

use crate::exec::activation::Step;
use crate::exec::registers::Registers;

/// `try_table`: the clauses are read when something is thrown.
#[inline(always)]
pub(in crate::exec) fn try_table<'a>(a: &mut impl Registers<'a>) -> Step {
    /// Clauses of a lower kind have a tag.
    const CATCH_ALL: u32 = 2;
    a.skip_block_type();
    let clauses = a.index();
    for _ in 0..clauses {
        if a.index() < CATCH_ALL {
            a.skip_number();
        }
        a.skip_number();
    }
    a.skip_entries(clauses.saturating_add(1));
    Ok(())
}

slow! { throw throw_ref }
