//! The compact dispatcher: a loop and a match, in safe Rust, for every target.
//!
//! Where processors have 64 bits every handler is inlined into the loop; where they are smaller,
//! instructions of one shape share a function, which is a quarter of the flash.

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

macro_rules! dispatch {
    ($(($gate:meta) $group:ident { $([$($byte:literal)+] $text:literal $name:ident ($($imm:ident : $Imm:ty),*) : $sig:tt $feature:ident;)* })*) => {
        /// Runs until the instance's code cannot go on by itself.
        pub(super) fn execute<const WIDE: bool>(lease: Lease<'_>) -> Stopped {
            let Lease { func, ip, stp, base, top, fuel, slots, memory, context: mut cx } = lease;
            let mut activation: Activation<'_, '_, WIDE> =
                Activation { code: [].iter(), slots, top, base, stp, memory, cx: &mut cx };
            activation.set_out(ip, func.end, fuel);
            {
                let a = &mut activation;
                loop {
                    // Code ends with the `end` that returns, so there always is an opcode.
                    let Some(byte) = a.code.next() else {
                        a.halt(bug!("code goes on after its end"));
                        break;
                    };
                    match u32::from(*byte) {
                        $($( #[cfg($gate)] opcode::$name if const { opcode::$name < PREFIXED } => {
                            if handler!(a $name ($($imm)*) $sig).is_err() { break }
                        } )*)*
                        prefix => {
                            if prefixed(a, prefix).is_err() { break }
                        }
                    }
                }
            }
            Stopped { exit: activation.cx.exit, ip: activation.ip(), fuel: activation.fuel(), stp: activation.stp, top: activation.top }
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
