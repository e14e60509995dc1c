//! The compact dispatcher: a loop and a match, in safe Rust, for every target.

use crate::error::bug;
use crate::exec::activation::{Activation, Exit, Step};
use crate::exec::registers::Registers;
use crate::exec::{num, ops};
use crate::syntax::instr::{for_each_instruction, opcode, opcode_of};

/// Where the code of an instance stopped.
pub(super) struct Stopped {
    pub exit: Exit,
    pub ip: u32,
    pub stp: u32,
    pub top: usize,
}

/// The handler of a row: by its name, or by the shape of its immediates and its signature.
macro_rules! handler {
    ($a:ident $name:ident ($($imm:ident)*) [rule]) => {
        ops::$name($a)
    };
    ($a:ident $name:ident ($($imm:ident)?) [ -> ]) => {
        ops::$name($a)
    };
    ($a:ident $name:ident (value) [ -> $result:ident]) => {
        ops::$name($a)
    };
    ($a:ident $name:ident (at) [atomic $($operand:ident)* -> $($result:ident)?]) => {
        ops::slow(opcode::$name)
    };
    ($a:ident $name:ident (at) [addr -> $result:ident]) => {
        ops::load($a, num::$name)
    };
    ($a:ident $name:ident (at) [addr $value:ident -> ]) => {
        ops::store($a, num::$name)
    };
    ($a:ident $name:ident () [$operand:ident -> $result:ident]) => {
        ops::unary($a, num::$name)
    };
    ($a:ident $name:ident () [$left:ident $right:ident -> $result:ident]) => {
        ops::binary($a, num::$name)
    };
    ($a:ident $name:ident () [i64 i64 -> i64 i64]) => {
        ops::widening($a, num::$name)
    };
    ($a:ident $name:ident () [i64 i64 i64 i64 -> i64 i64]) => {
        ops::wide($a, num::$name)
    };
    ($a:ident $name:ident () [$first:ident $second:ident $third:ident -> $result:ident]) => {
        ops::ternary($a, num::$name)
    };
    ($a:ident $name:ident (lanes) [$left:ident $right:ident -> $result:ident]) => {
        ops::$name($a)
    };
    ($a:ident $name:ident (lane) [v128 -> $result:ident]) => {
        ops::extract_lane($a, num::$name)
    };
    ($a:ident $name:ident (lane) [v128 $value:ident -> v128]) => {
        ops::replace_lane($a, num::$name)
    };
    ($a:ident $name:ident (at lane) [addr v128 -> v128]) => {
        ops::load_lane($a, num::$name)
    };
    ($a:ident $name:ident (at lane) [addr v128 -> ]) => {
        ops::store_lane($a, num::$name)
    };
}

/// Opcodes from here on have a prefix byte.
const PREFIXED: u32 = 0x100;

/// Whether frames of that width have the instruction: those on vectors are in wide ones only.
const fn is_in(opcode: u32, wide: bool) -> bool {
    const VECTOR: u32 = 0xFD;
    wide || opcode >> 16 != VECTOR
}

macro_rules! dispatch {
    ($(#[$gate:meta] $group:ident { $([$($byte:literal)+] $text:literal $name:ident ($($imm:ident : $Imm:ty),*) : $sig:tt $feature:ident;)* })*) => {
        /// Runs until the instance's code cannot go on by itself.
        pub(super) fn execute<const WIDE: bool>(activation: Activation<'_, '_, WIDE>) -> Stopped {
            // Arguments of this size come by reference; only a value of the function's own is
            // taken apart into registers.
            let Activation { rest, slots, top, base, stp, charged, memory, cx } = activation;
            let mut activation: Activation<'_, '_, WIDE> = Activation { rest, slots, top, base, stp, charged, memory, cx };
            let exit = {
                let a = &mut activation;
                loop {
                    // Code ends with the `end` that returns, so there always is an opcode.
                    let [byte, rest @ ..] = a.rest else { break Exit::Bug("code goes on after its end") };
                    a.rest = rest;
                    match u32::from(*byte) {
                        $($( #[$gate] opcode::$name if const { opcode::$name < PREFIXED } => {
                            if let Err(exit) = handler!(a $name ($($imm)*) $sig) { break exit }
                        } )*)*
                        prefix => {
                            if let Err(exit) = prefixed(a, prefix) { break exit }
                        }
                    }
                }
            };
            activation.charge();
            Stopped { exit, ip: activation.ip(), stp: activation.stp, top: activation.top }
        }

        /// The same for opcodes with a prefix.
        #[inline(always)]
        fn prefixed<const WIDE: bool>(a: &mut Activation<'_, '_, WIDE>, prefix: u32) -> Step {
            match opcode_of(&[prefix, a.index()]) {
                $($( #[$gate] opcode::$name if const { opcode::$name >= PREFIXED && is_in(opcode::$name, WIDE) } => {
                    handler!(a $name ($($imm)*) $sig)
                }  )*)*
                _ => Err(bug!("no handler for a validated instruction").into()),
            }
        }
    };
}
for_each_instruction!(dispatch);
