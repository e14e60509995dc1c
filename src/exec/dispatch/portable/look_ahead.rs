//! What often follows an instruction is run along with it, without a turn of the loop, where processors have
//! 64 bits. It is the very handler of what follows, so nothing changes but time.

use crate::exec::activation::{Activation, Step};
use crate::exec::dispatch::compares;
use crate::exec::registers::Registers;
use crate::exec::{num, ops};
use crate::syntax::instr::opcode;

/// Goes on after the instruction `first`.
#[inline(always)]
pub(super) fn after<const WIDE: bool>(first: u32, a: &mut Activation<'_, '_, WIDE>) -> Step {
    match first {
        opcode::local_get => {
            while follows(a, opcode::local_get) {
                ops::local_get(a)?;
            }
            if follows(a, opcode::i32_const) {
                ops::i32_const(a)?;
            }
            if follows(a, opcode::i32_add) {
                return ops::binary(a, num::i32_add);
            }
        }
        opcode::local_set | opcode::local_tee if follows(a, opcode::local_get) => return ops::local_get(a),
        opcode::i32_add | opcode::i32_xor | opcode::i64_add | opcode::i64_xor => {
            if follows(a, opcode::local_set) {
                return ops::local_set(a);
            }
            if follows(a, opcode::local_tee) {
                return ops::local_tee(a);
            }
        }
        opcode::i32_const if follows(a, opcode::i32_add) => return ops::binary(a, num::i32_add),
        _ if compares(first) && follows(a, opcode::br_if) => return ops::br_if(a),
        _ => {}
    }
    Ok(())
}

/// Whether that instruction follows; passes over its opcode.
#[inline(always)]
fn follows<const WIDE: bool>(a: &mut Activation<'_, '_, WIDE>, opcode: u32) -> bool {
    let follows = u32::from(a.next_byte()) == opcode;
    if follows {
        a.skip_byte();
    }
    follows
}
