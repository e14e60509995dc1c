//! What the compact loop does with each opcode of one byte, and what instructions of one shape compute: tables
//! made of the rows of instructions.

use super::super::PREFIXED;
use crate::exec::activation::Context;
use crate::exec::num;
use crate::exec::ops::Outcome;
use crate::exec::slot::Value;
use crate::syntax::instr::{for_each_instruction, opcode};

/// What the loop does with an instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// It is left to a handler.
    Rare,
    /// No byte is that.
    Unlisted,
    LocalGet,
    LocalSet,
    LocalTee,
    GlobalGet,
    GlobalSet,
    Const32,
    Const64,
    /// `block` and `loop`.
    Block,
    If,
    BrIf,
    /// `br` and `else`: always taken.
    Branch,
    Call,
    Return,
    /// The end of a block.
    End,
    Drop,
    /// `i32.eqz`, which computes as those of [`Class::Unary`].
    Eqz,
    Load,
    Store,
    Unary,
    Binary,
    /// The same where the result can be a trap.
    UnaryOrTrap,
    BinaryOrTrap,
}

impl Class {
    /// The class of an instruction that is a class of its own.
    const fn of(opcode: u32) -> Self {
        match opcode {
            opcode::local_get => Class::LocalGet,
            opcode::local_set => Class::LocalSet,
            opcode::local_tee => Class::LocalTee,
            opcode::global_get => Class::GlobalGet,
            opcode::global_set => Class::GlobalSet,
            opcode::i32_const => Class::Const32,
            opcode::i64_const => Class::Const64,
            opcode::block | opcode::loop_ => Class::Block,
            opcode::if_ => Class::If,
            opcode::br_if => Class::BrIf,
            opcode::br | opcode::else_ => Class::Branch,
            opcode::call => Class::Call,
            opcode::return_ => Class::Return,
            opcode::end => Class::End,
            opcode::drop => Class::Drop,
            _ => Class::Rare,
        }
    }

    /// The class of instructions with one operand.
    const fn unary<T, U: Outcome>(_: fn(T) -> U) -> Self {
        if U::CAN_TRAP { Class::UnaryOrTrap } else { Class::Unary }
    }

    /// The class of instructions with two operands.
    const fn binary<T, S, U: Outcome>(_: fn(T, S) -> U) -> Self {
        if U::CAN_TRAP { Class::BinaryOrTrap } else { Class::Binary }
    }

    /// Whether the loop leaves no form of such instructions to handlers.
    const fn is_whole(self) -> bool {
        !matches!(self, Class::Rare | Class::Const64 | Class::Block | Class::If | Class::BrIf | Class::Call)
    }

    /// Whether the result can be a trap.
    const fn can_trap(self) -> bool {
        matches!(self, Class::UnaryOrTrap | Class::BinaryOrTrap)
    }
}

/// Whether the loop leaves no form of the instruction to its handler.
pub(super) const fn is_in_loop(opcode: u32) -> bool {
    opcode < PREFIXED && class_of(opcode as u8).is_whole()
}

const _: () = {
    let mut byte = 0;
    while byte <= u8::MAX as u32 {
        assert!(!matches!(class_of(byte as u8), Class::Unlisted));
        byte += 1;
    }
};

/// The class of a row.
macro_rules! class {
    ($name:ident (at) [addr -> $result:ident]) => {
        Class::Load
    };
    ($name:ident (at) [addr $value:ident -> ]) => {
        Class::Store
    };
    (i32_eqz () $sig:tt) => {
        Class::Eqz
    };
    ($name:ident () [$operand:ident -> $result:ident]) => {
        Class::unary(num::$name)
    };
    ($name:ident () [$left:ident $right:ident -> $result:ident]) => {
        Class::binary(num::$name)
    };
    ($name:ident $imm:tt $sig:tt) => {
        Class::of(opcode::$name)
    };
}

/// Replaces the value in a slot, at an address in memory before, by the one that its bytes begin with; whether there
/// are so many.
type Load = fn(&[u8], &mut u64) -> bool;

/// Changes the first bytes to the value in a slot; whether there are so many.
type Store = fn(&mut [u8], &u64) -> bool;

/// The slot that is computed from that of the left operand and, where there are two, that of the right one: in
/// registers of the processor.
type Compute = fn(u64, u64) -> u64;

/// The load of a row.
macro_rules! load {
    ($name:ident (at) [addr -> $result:ident]) => {
        |bytes, slot| load(bytes, slot, num::$name)
    };
    ($name:ident $imm:tt $sig:tt) => {
        |_, _| false
    };
}

/// The store of a row.
macro_rules! store {
    ($name:ident (at) [addr $value:ident -> ]) => {
        |bytes, slot| store(bytes, slot, num::$name)
    };
    ($name:ident $imm:tt $sig:tt) => {
        |_, _| false
    };
}

/// What a row computes where that is no trap.
macro_rules! compute {
    ($name:ident () [$operand:ident -> $result:ident]) => {
        unless_trap(Class::unary(num::$name), |operand, _| slot(num::$name(Value::from_slots([operand, 0]))))
    };
    ($name:ident () [$left:ident $right:ident -> $result:ident]) => {
        unless_trap(Class::binary(num::$name), |left, right| {
            slot(num::$name(Value::from_slots([left, 0]), Value::from_slots([right, 0])))
        })
    };
    ($name:ident $imm:tt $sig:tt) => {
        missing
    };
}

/// What a row computes that can be a trap.
macro_rules! try_compute {
    ($left:ident $right:ident $name:ident () [$operand:ident -> $result:ident]) => {
        num::$name(Value::from_slots([$left, 0])).slots()
    };
    ($left:ident $right:ident $name:ident () [$first:ident $second:ident -> $result:ident]) => {
        num::$name(Value::from_slots([$left, 0]), Value::from_slots([$right, 0])).slots()
    };
    ($left:ident $right:ident $name:ident $imm:tt $sig:tt) => {
        Ok([missing($left, $right), 0])
    };
}

#[inline(always)]
fn load<const N: usize, T: Value>(bytes: &[u8], slot: &mut u64, decode: impl Fn([u8; N]) -> T) -> bool {
    let Some(bytes) = bytes.first_chunk() else { return false };
    [*slot, _] = decode(*bytes).into_slots();
    true
}

#[inline(always)]
fn store<const N: usize, T: Value>(bytes: &mut [u8], slot: &u64, encode: impl Fn(T) -> [u8; N]) -> bool {
    let Some(bytes) = bytes.first_chunk_mut() else { return false };
    *bytes = encode(T::from_slots([*slot, 0]));
    true
}

/// The value as a slot.
#[inline(always)]
fn slot(outcome: impl Outcome) -> u64 {
    match outcome.slots() {
        Ok([slot, _]) => slot,
        Err(_) => 0,
    }
}

/// What instructions of that class compute; those that can trap are not in the table.
const fn unless_trap(class: Class, compute: Compute) -> Compute {
    if class.can_trap() { missing } else { compute }
}

/// Stands where there is no numeric instruction, and is not called: none has a class that leads here.
fn missing(_: u64, _: u64) -> u64 {
    0
}

macro_rules! tables {
    ($(($gate:meta) $group:ident { $([$($byte:literal)+] $text:literal $name:ident ($($imm:ident : $Imm:ty),*) : $sig:tt $feature:ident;)* })*) => {
        /// What the loop does with an opcode of one byte. Every byte is listed: so the loop jumps by a table of as many
        /// places, and no comparison comes before.
        #[inline(always)]
        pub(super) const fn class_of(byte: u8) -> Class {
            match byte as u32 {
                $($(
                    #[cfg($gate)]
                    opcode::$name if const { opcode::$name < PREFIXED } => const { class!($name ($($imm)*) $sig) },
                    #[cfg(not($gate))]
                    opcode::$name if const { opcode::$name < PREFIXED } => Class::Rare,
                )*)*
                // Prefixes, and what is no instruction.
                0x06 | 0x07 | 0x09 | 0x16 | 0x17 | 0x18 | 0x19 | 0x1D | 0x1E | 0x27 | 0xC5 | 0xC6 | 0xC7 | 0xC8 | 0xC9 | 0xCA
                | 0xCB | 0xCC | 0xCD | 0xCE | 0xCF | 0xD7 | 0xD8 | 0xD9 | 0xDA | 0xDB | 0xDC | 0xDD | 0xDE | 0xDF | 0xE0
                | 0xE1 | 0xE2 | 0xE3 | 0xE4 | 0xE5 | 0xE6 | 0xE7 | 0xE8 | 0xE9 | 0xEA | 0xEB | 0xEC | 0xED | 0xEE | 0xEF
                | 0xF0 | 0xF1 | 0xF2 | 0xF3 | 0xF4 | 0xF5 | 0xF6 | 0xF7 | 0xF8 | 0xF9 | 0xFA | 0xFB | 0xFC | 0xFD | 0xFE
                | 0xFF => Class::Rare,
                _ => Class::Unlisted,
            }
        }

        /// The slot that an instruction computes of those of its operands. Where it traps that is written down, and
        /// the slot means nothing.
        #[inline(never)]
        pub(super) fn try_compute(left: u64, right: u64, byte: u8, cx: &mut Context<'_>) -> u64 {
            let outcome = match u32::from(byte) {
                $($( #[cfg($gate)] opcode::$name
                    if const { opcode::$name < PREFIXED && class_of(opcode::$name as u8).can_trap() } =>
                {
                    try_compute!(left right $name ($($imm)*) $sig)
                } )*)*
                _ => Ok([missing(left, right), 0]),
            };
            match outcome {
                Ok([slot, _]) => slot,
                Err(trap) => {
                    cx.halt(trap);
                    0
                }
            }
        }

        tables! { @ LOADS Load 16 [Class::Load] load |_, _| false; $($( ($gate) $name ($($imm)*) $sig )*)* }
        tables! { @ STORES Store 16 [Class::Store] store |_, _| false; $($( ($gate) $name ($($imm)*) $sig )*)* }
        tables! { @ NUMERIC Compute 128 [Class::Eqz | Class::Unary | Class::Binary] compute missing; $($( ($gate) $name ($($imm)*) $sig )*)* }
    };
    // Opcodes of one kind follow one another, and as many as the table has places, or fewer: the remainder tells them
    // apart, and an index needs no comparison.
    (@ $Table:ident $Type:ident $len:literal [$class:pat] $entry:ident $none:expr; $( ($gate:meta) $name:ident $imm:tt $sig:tt )*) => {
        pub(super) static $Table: [$Type; $len] = {
            let mut table: [$Type; $len] = [$none; _];
            $( #[cfg($gate)] {
                if opcode::$name < PREFIXED && matches!(class_of(opcode::$name as u8), $class) {
                    table[opcode::$name as usize % $len] = $entry!($name $imm $sig);
                }
            } )*
            table
        };
    };
}
for_each_instruction!(tables);
