//! The compact dispatcher: a loop and a match, in safe Rust, for every target.
//!
//! Where processors have 64 bits the loop is here: it has what is frequent and fits into registers of the processor, each
//! handler inlined; what is rare is a function of its own, which works on a copy in memory. Where they are smaller, the
//! loop is [`compact`].

#[cfg(compact)]
mod compact;
#[cfg(not(compact))]
mod look_ahead;
#[cfg(compact)]
mod shape;
#[cfg(compact)]
mod tables;

use super::{Lease, PREFIXED, Stopped, handler, is_in};
use crate::error::bug;
use crate::exec::activation::{Activation, Step};
#[cfg(not(compact))]
use crate::exec::ops as shape;
use crate::exec::registers::Registers;
use crate::exec::{num, ops};
use crate::syntax::instr::{for_each_instruction, opcode, opcode_of};

/// Runs until the instance's code cannot go on by itself.
pub(super) fn execute<const WIDE: bool>(lease: Lease<'_>) -> Stopped {
    let Lease { func, ip, stp, base, top, fuel, slots, memory, context: mut cx } = lease;
    *memory = cx.take_memory();
    let mut activation: Activation<'_, '_, WIDE> =
        Activation { code: [].iter(), slots, top, held: 0, base, stp, memory, cx: &mut cx };
    activation.hold();
    activation.set_out(ip, func.end, fuel);
    #[cfg(compact)]
    compact::run(&mut activation);
    #[cfg(not(compact))]
    run(&mut activation);
    activation.put_held();
    let (ip, fuel) = (activation.ip(), activation.fuel());
    let Activation { stp, top, cx, .. } = activation;
    Stopped { exit: cx.exit, ip, fuel, stp, top, memory: cx.here.memory }
}

#[cfg(compact)]
use tables::is_in_loop;

/// Whether an instruction is in the loop.
#[cfg(not(compact))]
const fn is_in_loop(opcode: u32) -> bool {
    matches!(
        opcode,
        opcode::block..=opcode::else_
            | opcode::end..=opcode::call
            | opcode::drop..=opcode::select
            | opcode::local_get..=opcode::global_set
            | opcode::i32_load..=opcode::i64_store32
            | opcode::i32_const..=opcode::i64_extend32_s
    )
}

macro_rules! dispatch {
    ($(($gate:meta) $group:ident { $([$($byte:literal)+] $text:literal $name:ident ($($imm:ident : $Imm:ty),*) : $sig:tt $feature:ident;)* })*) => {
        #[cfg(not(compact))]
        #[inline(always)]
        fn run<const WIDE: bool>(a: &mut Activation<'_, '_, WIDE>) {
            loop {
                // Code ends with the `end` that returns, so there always is an opcode.
                let Some(byte) = a.code.next() else {
                    a.halt(bug!("code goes on after its end"));
                    break;
                };
                match u32::from(*byte) {
                    $($( #[cfg($gate)] opcode::$name if const { opcode::$name < PREFIXED && is_in_loop(opcode::$name) } => {
                        if handler!(a $name ($($imm)*) $sig).is_err() { break }
                        if look_ahead::after(const { opcode::$name }, a).is_err() { break }
                    } )*)*
                    // Vectors are not rare where they are.
                    other if WIDE => {
                        if rare_inline(a, other).is_err() { break }
                    }
                    other => {
                        if a.aside(|a| rare(a, other)).is_err() { break }
                    }
                }
            }
        }

        /// What is not in the loop.
        #[inline(never)]
        fn rare<const WIDE: bool>(a: &mut Activation<'_, '_, WIDE>, opcode: u32) -> Step {
            rare_inline(a, opcode)
        }

        #[inline(always)]
        fn rare_inline<const WIDE: bool>(a: &mut Activation<'_, '_, WIDE>, opcode: u32) -> Step {
            match opcode {
                $($( #[cfg($gate)] opcode::$name if const { opcode::$name < PREFIXED && (cfg!(compact) && WIDE || !is_in_loop(opcode::$name)) } => {
                    handler!(a $name ($($imm)*) $sig)
                } )*)*
                prefix => prefixed(a, prefix),
            }
        }

        /// The same for opcodes with a prefix.
        #[inline(always)]
        fn prefixed<const WIDE: bool>(a: &mut Activation<'_, '_, WIDE>, prefix: u32) -> Step {
            match opcode_of(&[prefix, a.index()]) {
                $($( #[cfg($gate)] opcode::$name if const { opcode::$name >= PREFIXED && is_in(opcode::$name, WIDE) } => {
                    handler!(a $name ($($imm)*) $sig)
                }  )*)*
                _ => Err(a.halt(bug!("no handler for a validated instruction"))),
            }
        }
    };
}
for_each_instruction!(dispatch);
