//! The compact dispatcher: a loop and a match, in safe Rust, for every target.
//!
//! The loop has what is frequent and fits into registers of the processor; what is rare is a function of
//! its own, which works on a copy in memory. Where processors have 64 bits every handler in the loop is inlined;
//! where they are smaller, instructions of one shape share a function, which is a quarter of the flash.

#[cfg(target_pointer_width = "64")]
mod look_ahead;
#[cfg(not(target_pointer_width = "64"))]
mod shape;

use super::{Lease, PREFIXED, Stopped, handler, is_in};
use crate::error::bug;
use crate::exec::activation::{Activation, Step};
#[cfg(target_pointer_width = "64")]
use crate::exec::ops as shape;
use crate::exec::registers::Registers;
use crate::exec::{num, ops};
use crate::syntax::instr::{for_each_instruction, opcode, opcode_of};

/// Whether an instruction is in the loop.
const fn is_frequent(opcode: u32) -> bool {
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
        /// Runs until the instance's code cannot go on by itself.
        pub(super) fn execute<const WIDE: bool>(lease: Lease<'_>) -> Stopped {
            let Lease { func, ip, stp, base, top, fuel, slots, memory, context: mut cx } = lease;
            *memory = cx.take_memory();
            let mut activation: Activation<'_, '_, WIDE> =
                Activation { code: [].iter(), slots, top, base, stp, memory, cx: &mut cx };
            activation.set_out(ip, func.end, fuel);
            let a = &mut activation;
            loop {
                // Code ends with the `end` that returns, so there always is an opcode.
                let Some(byte) = a.code.next() else {
                    a.halt(bug!("code goes on after its end"));
                    break;
                };
                match u32::from(*byte) {
                    $($( #[cfg($gate)] opcode::$name if const { opcode::$name < PREFIXED && is_frequent(opcode::$name) } => {
                        if handler!(a $name ($($imm)*) $sig).is_err() { break }
                        #[cfg(target_pointer_width = "64")]
                        if look_ahead::after(const { opcode::$name }, a).is_err() { break }
                    } )*)*
                    // Vectors are not rare where they are.
                    other if WIDE && cfg!(target_pointer_width = "64") => {
                        if rare(a, other).is_err() { break }
                    }
                    other => {
                        if a.aside(|a| rare_aside(a, other)).is_err() { break }
                    }
                }
            }
            let (ip, fuel) = (activation.ip(), activation.fuel());
            let Activation { stp, top, cx, .. } = activation;
            Stopped { exit: cx.exit, ip, fuel, stp, top, memory: cx.memory }
        }

        #[inline(never)]
        fn rare_aside<const WIDE: bool>(a: &mut Activation<'_, '_, WIDE>, opcode: u32) -> Step {
            rare(a, opcode)
        }

        /// What is not in the loop.
        #[inline(always)]
        fn rare<const WIDE: bool>(a: &mut Activation<'_, '_, WIDE>, opcode: u32) -> Step {
            match opcode {
                $($( #[cfg($gate)] opcode::$name if const { opcode::$name < PREFIXED && !is_frequent(opcode::$name) } => {
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
