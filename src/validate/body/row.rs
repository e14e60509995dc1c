//! Rows that are their own rule, as data: for processors whose flash counts more than the time to judge.

use super::immediate::Immediate;
use super::{Body, Operand};
use crate::binary::Reader;
use crate::error::Result;
use crate::syntax::Features;
// Which of the immediates are named depends on the rows that are built.
#[allow(unused_imports)]
use crate::syntax::instr::{AtomicArg, F32, F64, Lane, MemArg, Shuffle, V128, ZeroByte, for_each_instruction, opcode};

/// What immediates a row has: none, one of these, or a memory argument.
pub(super) mod shape {
    pub(in super::super) const NONE: u8 = 0;
    pub(in super::super) const I32: u8 = 1;
    pub(in super::super) const I64: u8 = 2;
    pub(in super::super) const F32: u8 = 3;
    pub(in super::super) const F64: u8 = 4;
    /// What no row has that is data.
    pub(in super::super) const OTHER: u8 = 7;
    /// A memory argument, and the log₂ of its natural alignment.
    pub(in super::super) const ACCESS: u8 = 8;
}

/// Types in a signature, in three bits; the type of addresses and none.
mod code {
    pub const I32: u16 = 0;
    pub const I64: u16 = 1;
    pub const F32: u16 = 2;
    pub const F64: u16 = 3;
    /// Instructions with vectors have prefixes, so that no row of this table has it.
    #[allow(dead_code)]
    pub const V128: u16 = 4;
    pub const ADDRESS: u16 = 5;
    pub const NONE: u16 = 7;
}

/// A row in two bytes: is there one 1 | may it be switched off 1 | shape of the immediates 4 | result 3 | the operand below 3 | the operand on top 3.
#[derive(Clone, Copy)]
pub(super) struct Row(u16);

impl Row {
    /// There is none: the instruction has a function, or is not of this table.
    const NONE: Row = Row(0);

    /// That its feature may be switched off.
    const OPTIONAL: u16 = 1 << 14;

    const fn of(shape: u8, feature: Features, params: &[u16], results: &[u16]) -> Self {
        let (below, top) = match *params {
            [] => (code::NONE, code::NONE),
            [top] => (code::NONE, top),
            [below, top] => (below, top),
            _ => return Self::NONE,
        };
        let result = match *results {
            [] => code::NONE,
            [result] => result,
            _ => return Self::NONE,
        };
        let optional = if feature.bits() == Features::MVP.bits() { 0 } else { Self::OPTIONAL };
        Row(1 << 15 | optional | (shape as u16) << 9 | result << 6 | below << 3 | top)
    }

    /// The row of an instruction, if it is its own rule.
    pub(super) const fn find(opcode: u32) -> Option<Self> {
        let Some(at) = place(opcode) else { return None };
        if ROWS[at].0 == 0 { None } else { Some(ROWS[at]) }
    }

    /// Whether its feature may be switched off.
    pub(super) const fn is_optional(self) -> bool {
        self.0 & Self::OPTIONAL != 0
    }
}

/// The code of a type in a signature.
macro_rules! code {
    (i32) => {
        code::I32
    };
    (i64) => {
        code::I64
    };
    (f32) => {
        code::F32
    };
    (f64) => {
        code::F64
    };
    (v128) => {
        code::V128
    };
    ($address:ident) => {
        code::ADDRESS
    };
}

macro_rules! row {
    ([rule] $imm:tt $feature:ident) => { Row::NONE };
    ([$($param:ident)* -> $($result:ident)*] ($($Imm:ty),*) $feature:ident) => {
        Row::of(shape::NONE $( + <$Imm as Immediate>::SHAPE )*, Features::$feature, &[$( code!($param) ),*], &[$( code!($result) ),*])
    };
}

/// How many opcodes of one byte there are from the first to the last row that is data.
const SHORT: usize = (opcode::i64_extend32_s - opcode::i32_load + 1) as usize;
/// With those of the one group that has a prefix.
const COUNT: usize = SHORT + (opcode::i64_trunc_sat_f64_u - opcode::i32_trunc_sat_f32_s + 1) as usize;

/// Where the row of an instruction is.
const fn place(opcode: u32) -> Option<usize> {
    match opcode {
        opcode::i32_load..=opcode::i64_extend32_s => Some((opcode - opcode::i32_load) as usize),
        opcode::i32_trunc_sat_f32_s..=opcode::i64_trunc_sat_f64_u => {
            Some(SHORT + (opcode - opcode::i32_trunc_sat_f32_s) as usize)
        }
        _ => None,
    }
}

macro_rules! rows {
    ($(($gate:meta) $group:ident { $([$($byte:literal)+] $text:literal $name:ident
        ($($imm:ident : $Imm:ty),*) : $sig:tt $feature:ident;)* })*) => {
        /// The rows that are data.
        static ROWS: [Row; COUNT] = {
            let mut rows = [Row::NONE; COUNT];
            $($( #[cfg(any($gate, test))] {
                if let Some(at) = place(opcode::$name) {
                    rows[at] = row!($sig ($($Imm),*) $feature);
                }
            } )*)*
            rows
        };
    };
}
for_each_instruction!(rows);

impl Body<'_> {
    /// Reads the immediates of an instruction, and judges it by its row.
    #[inline(never)]
    pub(super) fn apply_row(&mut self, Row(row): Row, reader: &mut Reader<'_>) -> Result<()> {
        let mut address = Operand::I32;
        match (row >> 9 & 0xF) as u8 {
            shape::NONE => {}
            shape::I32 => drop(reader.s32()?),
            shape::I64 => drop(reader.s64()?),
            shape::F32 => drop(reader.bytes(size_of::<F32>())?),
            shape::F64 => drop(reader.bytes(size_of::<F64>())?),
            access => {
                let at = reader.read::<MemArg<1>>()?;
                address = self.check_access(at, u32::from(access.wrapping_sub(shape::ACCESS)))?;
            }
        }
        let operand = |code: u16| match code & 7 {
            code::NONE => None,
            code::ADDRESS => Some(address),
            code => Some(Operand::of_code(code.into())),
        };
        if let Some(top) = operand(row) {
            self.pop(top)?;
        }
        if let Some(below) = operand(row >> 3) {
            self.pop(below)?;
        }
        operand(row >> 6).map_or(Ok(()), |result| self.push(result))
    }
}
