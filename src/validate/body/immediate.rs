//! Immediates of the rows that are their own rule: memory arguments, lanes, constants.

use super::{Body, Operand};
use crate::error::{Invalid, Result};
use crate::syntax::AddrType;
use crate::syntax::instr::{AtomicArg, F32, F64, Lane, MemArg, Shuffle, V128, ZeroByte};

/// An immediate that can be wrong by itself.
pub(super) trait Immediate {
    /// Checks it; a memory argument says which type addresses have.
    fn check(self, body: &Body<'_>, address: &mut Operand) -> Result<()>;
}

impl<const N: u32> Immediate for MemArg<N> {
    /// Core spec, Memory Instructions: the promised alignment is at most the natural one, and
    /// the offset is an address of the memory.
    #[inline]
    fn check(self, body: &Body<'_>, address: &mut Operand) -> Result<()> {
        let ty = body.cx.memory(self.memory, body.at)?;
        if self.align > N.trailing_zeros() {
            return Err(body.invalid(Invalid::Alignment, format_args!("2^{} where {N} is natural", self.align)));
        }
        if ty.addr == AddrType::I32 && self.offset > u64::from(u32::MAX) {
            return Err(body.invalid(Invalid::OffsetOutOfRange, format_args!("{} in a 32-bit memory", self.offset)));
        }
        *address = Operand::of_addr(ty.addr);
        Ok(())
    }
}

impl<const N: u32> Immediate for AtomicArg<N> {
    /// Threads proposal, Alignment: the promised alignment is the natural one.
    #[inline]
    fn check(self, body: &Body<'_>, address: &mut Operand) -> Result<()> {
        self.0.check(body, address)?;
        if self.0.align == N.trailing_zeros() {
            return Ok(());
        }
        Err(body.invalid(Invalid::AtomicAlignment, format_args!("2^{} where {N} is natural", self.0.align)))
    }
}

impl<const N: u8> Immediate for Lane<N> {
    /// Core spec, Vector Instructions.
    #[inline]
    fn check(self, body: &Body<'_>, _: &mut Operand) -> Result<()> {
        if self.0 < N {
            return Ok(());
        }
        Err(body.invalid(Invalid::LaneIndex, format_args!("{} where there are {N} lanes", self.0)))
    }
}

impl Immediate for Shuffle {
    /// Core spec, Vector Instructions: the lanes of two vectors of 16.
    fn check(self, body: &Body<'_>, _: &mut Operand) -> Result<()> {
        match self.0.into_iter().find(|lane| *lane >= 32) {
            None => Ok(()),
            Some(lane) => Err(body.invalid(Invalid::LaneIndex, format_args!("{lane} where there are 32 lanes"))),
        }
    }
}

/// Constants are never wrong.
macro_rules! constants {
    ($($ty:ty)*) => { $(
        impl Immediate for $ty {
            #[inline]
            fn check(self, _: &Body<'_>, _: &mut Operand) -> Result<()> {
                Ok(())
            }
        }
    )* };
}
constants!(i32 i64 F32 F64 V128 ZeroByte);
