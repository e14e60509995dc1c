//! Linear memories (core spec, Memory Instances).

use crate::support::{OutOfMemory, Vec};
use crate::syntax::{AddrType, MemoryType};

/// A linear memory.
#[derive(Debug)]
pub struct Memory {
    ty: MemoryType,
    bytes: Vec<u8>,
}

impl Memory {
    /// A memory of the type's minimum, filled with zeros.
    pub(super) fn new(ty: MemoryType) -> Result<Self, OutOfMemory> {
        let mut memory = Self { ty, bytes: Vec::new() };
        memory.resize(ty.min)?;
        Ok(memory)
    }

    /// Its type, with the size it has now as minimum (core spec, `memory.grow`).
    pub fn ty(&self) -> MemoryType {
        MemoryType { min: self.pages(), ..self.ty }
    }

    /// Whether its addresses have 64 bits.
    pub fn is_64(&self) -> bool {
        self.ty.addr == AddrType::I64
    }

    /// How many pages of its own page size it has.
    pub fn pages(&self) -> u64 {
        self.bytes.len() as u64 >> self.ty.page_size_log2()
    }

    /// Bytes of `pages` pages, where that fits the host's memory.
    pub(super) fn bytes_of(&self, pages: u64) -> Option<usize> {
        let bytes = u128::from(pages) << self.ty.page_size_log2();
        usize::try_from(bytes).ok()
    }

    /// The most pages that it may have by its type.
    pub(super) fn max_pages(&self) -> u64 {
        self.ty.max.unwrap_or(u64::MAX).min(self.ty.greatest_size())
    }

    /// Grows to `pages` pages.
    pub(super) fn resize(&mut self, pages: u64) -> Result<(), OutOfMemory> {
        let bytes = self.bytes_of(pages).ok_or(OutOfMemory)?;
        self.bytes.resize(bytes, 0)
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its bytes, to change.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Takes the bytes out; whoever does puts them back before anybody else looks.
    pub(crate) fn take_bytes(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.bytes)
    }

    /// Puts back what [`take_bytes`](Self::take_bytes) took out.
    pub(crate) fn put_bytes(&mut self, bytes: Vec<u8>) {
        self.bytes = bytes;
    }
}
