//! What the compact loop does with each opcode of one byte, and what instructions of one shape compute: tables
//! made of the rows of instructions.

use super::super::PREFIXED;
use crate::error::bug;
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
}

/// Whether the loop leaves no form of the instruction to its handler.
pub(super) const fn is_in_loop(opcode: u32) -> bool {
    opcode < PREFIXED && CLASSES[opcode as usize].is_whole()
}

/// The class of a row.
macro_rules! class {
    ($name:ident (at) [addr -> $result:ident]) => {
        Class::Load
    };
    ($name:ident (at) [addr $value:ident -> ]) => {
        Class::Store
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
/// registers of the processor. Where it traps that is written down, and the slot means nothing.
pub(super) type Compute = fn(u64, u64, &mut Context<'_>) -> u64;

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

/// What a row computes.
macro_rules! compute {
    ($name:ident () [$operand:ident -> $result:ident]) => {
        |operand, _, cx| slot(num::$name(Value::from_slots([operand, 0])), cx)
    };
    ($name:ident () [$left:ident $right:ident -> $result:ident]) => {
        |left, right, cx| slot(num::$name(Value::from_slots([left, 0]), Value::from_slots([right, 0])), cx)
    };
    ($name:ident $imm:tt $sig:tt) => {
        missing
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

/// The value as a slot, or none and the trap is written down.
#[inline(always)]
fn slot(outcome: impl Outcome, cx: &mut Context<'_>) -> u64 {
    match outcome.slots() {
        Ok([slot, _]) => slot,
        Err(trap) => {
            cx.halt(trap);
            0
        }
    }
}

/// Stands where there is no numeric instruction, and is not called: none has a class that leads here.
fn missing(_: u64, _: u64, cx: &mut Context<'_>) -> u64 {
    cx.halt(bug!("no handler for a validated instruction"));
    0
}

/// How many opcodes there are from the first to the last.
const fn count(first: u32, last: u32) -> usize {
    (last - first + 1) as usize
}

macro_rules! tables {
    ($(($gate:meta) $group:ident { $([$($byte:literal)+] $text:literal $name:ident ($($imm:ident : $Imm:ty),*) : $sig:tt $feature:ident;)* })*) => {
        pub(super) static CLASSES: [Class; 256] = {
            let mut classes = [Class::Rare; 256];
            $($( #[cfg($gate)] {
                if opcode::$name < PREFIXED {
                    classes[opcode::$name as usize] = class!($name ($($imm)*) $sig);
                }
            } )*)*
            classes
        };

        tables! { @ LOADS Load load i32_load i64_load32_u |_, _| false; $($( ($gate) $name ($($imm)*) $sig )*)* }
        tables! { @ STORES Store store i32_store i64_store32 |_, _| false; $($( ($gate) $name ($($imm)*) $sig )*)* }
        tables! { @ NUMERIC Compute compute i32_eqz i64_extend32_s missing; $($( ($gate) $name ($($imm)*) $sig )*)* }
    };
    (@ $Table:ident $Type:ident $entry:ident $first:ident $last:ident $none:expr; $( ($gate:meta) $name:ident $imm:tt $sig:tt )*) => {
        pub(super) static $Table: [$Type; count(opcode::$first, opcode::$last)] = {
            let mut table: [$Type; count(opcode::$first, opcode::$last)] = [$none; _];
            $( #[cfg($gate)] {
                if opcode::$name >= opcode::$first && opcode::$name <= opcode::$last {
                    table[(opcode::$name - opcode::$first) as usize] = $entry!($name $imm $sig);
                }
            } )*
            table
        };
    };
}
for_each_instruction!(tables);
