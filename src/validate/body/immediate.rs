//! Immediates of the rows that are their own rule: memory arguments, lanes, constants.

#[cfg(compact)]
use super::row::shape;
use super::{Body, Operand};
use crate::error::{Invalid, Result};
use crate::syntax::AddrType;
use crate::syntax::instr::{AtomicArg, F32, F64, Lane, MemArg, Shuffle, V128, ZeroByte};

/// An immediate that can be wrong by itself.
pub(super) trait Immediate {
    /// How a [`Row`](super::row::Row) names it.
    #[cfg(compact)]
    const SHAPE: u8 = shape::OTHER;
    /// Checks it; a memory argument says which type addresses have.
    fn check(self, body: &Body<'_>, address: &mut Operand) -> Result<()>;
}

impl<const N: u32> Immediate for MemArg<N> {
    #[cfg(compact)]
    const SHAPE: u8 = shape::ACCESS + N.trailing_zeros() as u8;

    #[inline]
    fn check(self, body: &Body<'_>, address: &mut Operand) -> Result<()> {
        let MemArg { align, memory, offset } = self;
        *address = body.check_access(MemArg { align, memory, offset }, N.trailing_zeros())?;
        Ok(())
    }
}

impl Body<'_> {
    /// Core spec, Memory Instructions: the promised alignment is at most the natural one, of which `natural` is the
    /// log₂, and the offset is an address of the memory. The type of its addresses.
    #[cfg_attr(not(compact), inline)]
    #[cfg_attr(compact, inline(never))]
    pub(super) fn check_access(&self, at: MemArg<1>, natural: u32) -> Result<Operand> {
        let ty = self.cx.memory(at.memory, self.at)?;
        if at.align > natural {
            let message = format_args!("2^{} where {} is natural", at.align, 1 << natural);
            return Err(self.invalid(Invalid::Alignment, message));
        }
        if ty.addr.built() == AddrType::I32 && at.offset > u64::from(u32::MAX) {
            return Err(self.invalid(Invalid::OffsetOutOfRange, format_args!("{} in a 32-bit memory", at.offset)));
        }
        Ok(Operand::of_addr(ty.addr))
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
    ($($ty:ty, $shape:ident)*) => { $(
        impl Immediate for $ty {
            #[cfg(compact)]
            const SHAPE: u8 = shape::$shape;

            #[inline]
            fn check(self, _: &Body<'_>, _: &mut Operand) -> Result<()> {
                Ok(())
            }
        }
    )* };
}
constants!(i32, I32 i64, I64 F32, F32 F64, F64 V128, OTHER ZeroByte, OTHER);
