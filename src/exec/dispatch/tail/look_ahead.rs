//! What often follows an instruction is run along with it, without a jump through the table.
//!
//! It is the very handler of what follows, so nothing changes but time. It is run only where its
//! numbers have one byte. Each way ends with a jump of its own: so the number of cached values is
//! known there.

use super::{Handler, MORE, Regs, Start, compares, entry, reader, twin_bits};
use crate::exec::activation::{Halted, Step};
use crate::exec::registers::Registers;
use crate::exec::{num, ops};
use crate::syntax::instr::opcode;

/// Looks at what follows: `name => what its handler is`, where its numbers have none of the bits that make it its
/// twin's. The handler may leave all to the twin in `or`; `else` runs what the numbers keep from being run here.
macro_rules! follow {
    ($regs:ident $r:ident; $($name:ident $(($lacks:ident $bits:expr))? => $handler:expr
        $(, or $twins:ident)? $(, else $others:ident)?;)*) => {{
        $(
            if u32::from($regs.next_byte()) == opcode::$name {
                if true $(&& $regs.$lacks(1, $bits))? {
                    $regs.skip_byte();
                    let _start = $regs.start();
                    let $r = &mut $regs;
                    return match $handler {
                        // Where a branch leads, and where it is not taken, code often begins with a local.
                        Ok(()) if const { opcode::$name == opcode::br_if } => third($regs),
                        Ok(()) => $regs.next(),
                        $(Err(Halted::General) => $regs.restart(_start).hand_over(entry::$twins[_start.cached]),)?
                        Err(_) => $regs.leave(),
                    };
                }
                $(
                    $regs.skip_byte();
                    let cached = $regs.start().cached;
                    return $regs.hand_over(entry::$others[cached]);
                )?
            }
        )*
    }};
}

/// Goes on after the instruction `first`, by what it says, together with what follows if that is one
/// of those that often do. Where it says [`Halted::General`], `twin` runs it from `start` on.
#[inline(always)]
pub(super) fn after<'a, const READER: u8>(
    first: u32,
    regs: Regs<'_, 'a, READER>,
    step: Step,
    start: Start<'a>,
    twin: Handler,
) {
    match step {
        Ok(()) if READER == reader::ANY => regs.next(),
        Ok(()) => second(first, regs.with_reader()),
        Err(Halted::General) if READER != reader::ANY => regs.restart(start).hand_over(twin),
        Err(_) => regs.leave(),
    }
}

/// After what it is looked for what.
#[derive(Clone, Copy)]
enum First {
    LocalGet,
    LocalSet,
    LocalTee,
    I32Const,
    I64Const,
    Load,
    Adding,
    Comparing,
    Block,
    Going,
    /// Nothing is.
    Other,
}

impl First {
    const fn of(opcode: u32) -> Self {
        match opcode {
            opcode::local_get => First::LocalGet,
            opcode::local_set => First::LocalSet,
            opcode::local_tee => First::LocalTee,
            opcode::i32_const => First::I32Const,
            opcode::i64_const => First::I64Const,
            opcode::i32_load..=opcode::i64_load32_u => First::Load,
            opcode::block => First::Block,
            opcode::loop_ | opcode::br | opcode::br_table | opcode::br_if => First::Going,
            opcode::i32_add | opcode::i64_add => First::Adding,
            _ if compares(opcode) => First::Comparing,
            _ => First::Other,
        }
    }
}

/// Whether something is looked for after an instruction.
pub(super) const fn is_done_after(opcode: u32) -> bool {
    !matches!(First::of(opcode), First::Other)
}

#[inline(always)]
fn second(first: u32, mut regs: Regs<'_, '_, { reader::ONE_BYTE }>) {
    match First::of(first) {
        First::LocalGet => follow! { regs r;
            local_get(lacks MORE) => ops::local_get(r);
            i32_const(lacks MORE) => ops::i32_const(r), else LONG_I32_CONST;
            i32_load(both_lack const { twin_bits(opcode::i32_load) }) => ops::load(r, num::i32_load);
        },
        First::LocalSet => follow! { regs r;
            local_get(lacks MORE) => ops::local_get(r);
            br => ops::br(r), or BR;
        },
        First::LocalTee => follow! { regs r;
            br_if => ops::br_if(r), or BR_IF;
            local_get(lacks MORE) => ops::local_get(r);
            i32_const(lacks MORE) => ops::i32_const(r), else LONG_I32_CONST;
        },
        First::I32Const => follow! { regs r;
            i32_add => ops::binary(r, num::i32_add);
            i32_and => ops::binary(r, num::i32_and);
            i32_sub => ops::binary(r, num::i32_sub);
        },
        First::I64Const => follow! { regs r;
            i64_add => ops::binary(r, num::i64_add);
            i64_shr_u => ops::binary(r, num::i64_shr_u);
            i64_mul => ops::binary(r, num::i64_mul);
        },
        First::Load => follow! { regs r;
            local_set(lacks MORE) => ops::local_set(r);
            local_tee(lacks MORE) => ops::local_tee(r);
            local_get(lacks MORE) => ops::local_get(r);
        },
        First::Adding => follow! { regs r;
            local_set(lacks MORE) => ops::local_set(r);
            local_tee(lacks MORE) => ops::local_tee(r);
        },
        First::Comparing => follow! { regs r; br_if => ops::br_if(r), or BR_IF; },
        // Where a `br_table` leads, each label has a block.
        First::Block => {
            regs.skip_blocks();
            follow! { regs r; local_get(lacks MORE) => ops::local_get(r); }
        }
        First::Going => follow! { regs r; local_get(lacks MORE) => ops::local_get(r); },
        First::Other => {}
    }
    regs.next();
}

#[inline(always)]
fn third(mut regs: Regs<'_, '_, { reader::ONE_BYTE }>) {
    follow! { regs r; local_get(lacks MORE) => ops::local_get(r); }
    regs.next();
}
