//! What often follows an instruction is run along with it, without a jump through the table.
//!
//! It is the very handler of what follows, so nothing changes but time. It is run only where its
//! numbers have one byte; what a branch leaves to its twin begins again with the first of the
//! two, so that one must do the same when it is done again.

use super::{Lent, MORE, Regs, compares, twin_bits};
use crate::exec::activation::{Exit, Step};
use crate::exec::registers::Registers;
use crate::exec::{num, ops};
use crate::syntax::instr::opcode;

/// Goes on after the instruction `first`, by what it says, together with what follows if that is one
/// of those that often do. Each way ends with a jump of its own: so the number of cached values is
/// known there. `twin` does all of it in general.
#[inline(always)]
pub(super) fn after<'s, 'a, const GENERAL: bool>(
    first: u32,
    mut regs: Regs<'s, 'a, GENERAL>,
    step: Step,
    twin: impl Fn(Lent<'s, 'a>),
) {
    if step.is_err() || GENERAL {
        return go_on(regs, step, twin);
    }
    macro_rules! follow {
        ($($name:ident $(($lacks:ident $bits:expr))? => $handler:expr;)*) => {{
            $(
                if u32::from(regs.next_byte()) == opcode::$name $(&& regs.$lacks(1, $bits))? {
                    regs.skip_byte();
                    let step = ($handler)(&mut regs);
                    return go_on(regs, step, twin);
                }
            )*
        }};
    }
    match first {
        opcode::local_get => follow! {
            local_get(lacks MORE) => ops::local_get;
            i32_const(lacks MORE) => ops::i32_const;
            i32_load(both_lack const { twin_bits(opcode::i32_load) }) => |r| ops::load(r, num::i32_load);
        },
        opcode::local_set => follow! { local_get(lacks MORE) => ops::local_get; },
        opcode::local_tee => follow! {
            br_if => ops::br_if;
            local_get(lacks MORE) => ops::local_get;
        },
        opcode::i32_const => follow! {
            i32_add => |r| ops::binary(r, num::i32_add);
            i32_and => |r| ops::binary(r, num::i32_and);
        },
        _ if compares(first) => follow! { br_if => ops::br_if; },
        _ => {}
    }
    regs.next();
}

#[inline(always)]
fn go_on<'s, 'a, const GENERAL: bool>(regs: Regs<'s, 'a, GENERAL>, step: Step, twin: impl Fn(Lent<'s, 'a>)) {
    match step {
        Ok(()) => regs.next(),
        Err(Exit::General) if !GENERAL => twin(regs.give_back()),
        Err(exit) => regs.leave(exit),
    }
}
