//! What often follows an instruction is run along with it, without a jump through the table.
//!
//! It is the very handler of what follows, so nothing changes but time. It is run only where its
//! numbers have one byte. Each way ends with a jump of its own: so the number of cached values is
//! known there.

use super::{Handler, MORE, Regs, Start, compares, entry, reader};
use crate::exec::activation::{Halted, Step};
use crate::exec::registers::Registers;
use crate::exec::{num, ops};
use crate::syntax::instr::opcode;
use core::hint::cold_path;

/// Looks at what follows, in that order:
/// - `name => what its handler is`, where its numbers have none of the bits that make it its twin's; otherwise `else` runs
///   it. `then` is what looks at what follows that; the handler may leave all to the twin in `or`.
/// - `name by` what runs it.
macro_rules! follow {
    ($regs:ident $r:ident;) => {};
    ($regs:ident $r:ident; $name:ident by $by:ident; $($others:tt)*) => {{
        if u32::from($regs.next_byte()) == opcode::$name {
            $regs.skip_byte();
            return $by($regs);
        }
        follow! { $regs $r; $($others)* }
    }};
    ($regs:ident $r:ident; $name:ident $(($lacks:ident $bits:expr))? => $handler:expr
        $(, then $then:ident)? $(, or $twins:ident)? $(, else $other:ident)?; $($others:tt)*) => {{
        if u32::from($regs.next_byte()) == opcode::$name {
            if true $(&& $regs.$lacks(1, $bits))? {
                $regs.skip_byte();
                let _start = $regs.start();
                let $r = &mut $regs;
                return match $handler {
                    Ok(()) => go_on!($regs $($then)?),
                    $(Err(Halted::General) => {
                        cold_path();
                        $regs.restart(_start).go_on_with(entry::$twins)
                    })?
                    Err(_) => {
                        cold_path();
                        $regs.leave()
                    }
                };
            }
            $(
                $regs.skip_byte();
                return entry::$other($regs);
            )?
        }
        follow! { $regs $r; $($others)* }
    }};
}

/// Goes on by the table, or by looking further.
macro_rules! go_on {
    ($regs:ident) => {
        $regs.next()
    };
    ($regs:ident $then:ident) => {
        $then($regs)
    };
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
        Ok(()) if READER == reader::ANY || !cfg!(look_ahead) => regs.next(),
        Ok(()) => second(first, regs.with_reader()),
        Err(Halted::General) if READER != reader::ANY => {
            cold_path();
            regs.restart(start).hand_over(twin)
        }
        Err(_) => {
            cold_path();
            regs.leave()
        }
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
    Summing,
    Floating,
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
            opcode::i32_store..=opcode::i64_store32 => First::Going,
            opcode::block => First::Block,
            opcode::loop_ | opcode::br | opcode::br_table | opcode::br_if => First::Going,
            opcode::if_ | opcode::call => First::Going,
            opcode::i32_add | opcode::i32_sub | opcode::i64_add | opcode::i64_sub => First::Summing,
            opcode::f32_add..=opcode::f32_mul | opcode::f64_add..=opcode::f64_mul => First::Floating,
            _ if compares(opcode) => First::Comparing,
            _ => First::Other,
        }
    }
}

/// Whether something is looked for after an instruction.
pub(super) const fn is_done_after(opcode: u32) -> bool {
    cfg!(look_ahead) && !matches!(First::of(opcode), First::Other)
}

/// The registers of a handler that reads numbers of one byte.
type Near<'s, 'a> = Regs<'s, 'a, { reader::ONE_BYTE }>;

#[inline(always)]
fn second(first: u32, mut regs: Near<'_, '_>) {
    match First::of(first) {
        First::LocalGet => follow! { regs r;
            i32_const(lacks MORE) => ops::i32_const(r), then after_operands, else longer_i32_const;
            local_get(lacks MORE) => ops::local_get(r);
            i32_add => ops::binary(r, num::i32_add), then after_sum;
        },
        First::LocalSet => follow! { regs r;
            local_get(lacks MORE) => ops::local_get(r), then after_local;
            br => ops::br(r), then after_leap, or GENERAL_BR;
        },
        First::LocalTee => follow! { regs r;
            br_if by branch_if;
            local_get(lacks MORE) => ops::local_get(r);
            i32_const(lacks MORE) => ops::i32_const(r), then after_operands, else longer_i32_const;
        },
        First::I32Const => return after_operands(regs),
        First::I64Const => follow! { regs r;
            i64_add => ops::binary(r, num::i64_add), then after_sum;
            i64_shr_u => ops::binary(r, num::i64_shr_u);
            i64_mul => ops::binary(r, num::i64_mul);
        },
        First::Load => follow! { regs r;
            local_set(lacks MORE) => ops::local_set(r);
            local_tee(lacks MORE) => ops::local_tee(r);
            local_get(lacks MORE) => ops::local_get(r);
        },
        // What was counted often decides whether a loop goes on.
        First::Summing => follow! { regs r;
            local_tee(lacks MORE) => ops::local_tee(r), then after_counter;
            local_set(lacks MORE) => ops::local_set(r), then after_leap;
        },
        First::Floating => follow! { regs r;
            local_get(lacks MORE) => ops::local_get(r);
            local_tee(lacks MORE) => ops::local_tee(r);
            local_set(lacks MORE) => ops::local_set(r);
        },
        First::Comparing => follow! { regs r; br_if by branch_if; },
        // Where a `br_table` leads, each label has a block.
        First::Block => {
            regs.skip_blocks();
            follow! { regs r; local_get(lacks MORE) => ops::local_get(r), then after_local; }
        }
        First::Going => follow! { regs r; local_get(lacks MORE) => ops::local_get(r), then after_local; },
        First::Other => {}
    }
    regs.next();
}

/// Runs `br_if`.
#[inline(always)]
fn branch_if(mut regs: Near<'_, '_>) {
    let start = regs.start();
    let step = ops::br_if(&mut regs);
    // So the result of a comparison need not be a number.
    regs.forget_top();
    match step {
        Ok(()) => after_leap(regs),
        Err(Halted::General) => {
            cold_path();
            let mut regs = regs.restart(start);
            // It was to branch. Any number but zero does.
            regs.set_top(1);
            regs.go_on_with(entry::GENERAL_BR_IF)
        }
        Err(_) => {
            cold_path();
            regs.leave()
        }
    }
}

/// A local is often followed by a constant: a counter, or an address.
#[inline(always)]
fn after_local(mut regs: Near<'_, '_>) {
    follow! { regs r;
        i32_const(lacks MORE) => ops::i32_const(r), else longer_i32_const;
    }
    regs.next();
}

/// Where two operands are there that were read from the code.
#[inline(always)]
fn after_operands(mut regs: Near<'_, '_>) {
    follow! { regs r;
        i32_add => ops::binary(r, num::i32_add), then after_sum;
        i32_sub => ops::binary(r, num::i32_sub), then after_sum;
        i32_and => ops::binary(r, num::i32_and);
    }
    regs.next();
}

#[inline(always)]
fn after_sum(mut regs: Near<'_, '_>) {
    follow! { regs r;
        local_tee(lacks MORE) => ops::local_tee(r);
        local_set(lacks MORE) => ops::local_set(r);
    }
    regs.next();
}

#[inline(always)]
fn after_counter(mut regs: Near<'_, '_>) {
    follow! { regs r; br_if by branch_if; }
    regs.next();
}

/// Where code goes on, and after a statement, it often begins with a local.
#[inline(always)]
fn after_leap(mut regs: Near<'_, '_>) {
    follow! { regs r; local_get(lacks MORE) => ops::local_get(r); }
    regs.next();
}
