//! Memory instructions on sizes and ranges (core spec, Memory Instructions). Loads and stores
//! are rows of the table; their immediates are in `immediate.rs`.

use super::{Body, Operand};
use crate::error::{Error, Invalid, Malformed, Result};
use crate::syntax::{DataIdx, MemIdx};
use crate::validate::context::unknown;

impl Body<'_> {
    /// The type of the memory's addresses.
    fn address(&self, memory: MemIdx) -> Result<Operand> {
        self.cx.memory(memory, self.at).map(|ty| Operand::of_addr(ty.addr))
    }

    /// That there is such a data segment. Only the data count section can say so before the
    /// code (core spec, Binary Format, Data Count Section).
    pub(super) fn check_data(&self, data: DataIdx) -> Result<()> {
        let Some(count) = self.cx.data_count else {
            return Err(Error::malformed(Malformed::DataCountRequired, self.at));
        };
        if data.raw() < count { Ok(()) } else { Err(unknown(Invalid::UnknownData, data, self.at)) }
    }

    pub(super) fn memory_size(&mut self, memory: MemIdx) -> Result<()> {
        let address = self.address(memory)?;
        self.push(address)
    }

    pub(super) fn memory_grow(&mut self, memory: MemIdx) -> Result<()> {
        let address = self.address(memory)?;
        self.apply([address], [address])
    }

    pub(super) fn memory_fill(&mut self, memory: MemIdx) -> Result<()> {
        let address = self.address(memory)?;
        self.apply([address, Operand::I32, address], [])
    }

    pub(super) fn memory_copy(&mut self, to: MemIdx, from: MemIdx) -> Result<()> {
        let (to, from) = (self.address(to)?, self.address(from)?);
        self.apply([to, from, shorter(to, from)], [])
    }

    pub(super) fn memory_init(&mut self, data: DataIdx, memory: MemIdx) -> Result<()> {
        let address = self.address(memory)?;
        self.check_data(data)?;
        self.apply([address, Operand::I32, Operand::I32], [])
    }

    pub(super) fn data_drop(&mut self, data: DataIdx) -> Result<()> {
        self.check_data(data)
    }
}

/// The type of a length that two address types hold.
pub(super) fn shorter(a: Operand, b: Operand) -> Operand {
    if a == b { a } else { Operand::I32 }
}
