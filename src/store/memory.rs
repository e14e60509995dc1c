//! Linear memories (core spec, Memory Instances).

use super::bytes::Bytes;
use super::{MemoryId, State};
use crate::error::Result;
use crate::support::OutOfMemory;
use crate::syntax::{AddrType, MemoryType};

/// A linear memory.
#[derive(Debug)]
pub struct Memory {
    ty: MemoryType,
    bytes: Bytes,
}

impl Memory {
    /// A memory without a page, in `bytes`, which is empty.
    pub(super) const fn new(ty: MemoryType, bytes: Bytes) -> Self {
        Self { ty, bytes }
    }

    /// Its type, with the size it has now as minimum (core spec, `memory.grow`).
    pub fn ty(&self) -> MemoryType {
        MemoryType { min: self.pages(), ..self.ty }
    }

    /// Whether its addresses have 64 bits.
    pub fn is_64(&self) -> bool {
        self.ty.addr.built() == AddrType::I64
    }

    /// How many pages of its own page size it has.
    pub fn pages(&self) -> u64 {
        self.bytes.len() as u64 >> self.ty.page_size_log2()
    }

    /// Bytes of `pages` pages, where that fits the host's memory.
    pub(super) fn bytes_of(&self, pages: u64) -> Option<usize> {
        usize::try_from(bytes_of(pages, self.ty.page_size_log2())).ok()
    }

    /// The most pages that it may have by its type.
    pub(super) fn max_pages(&self) -> u64 {
        self.ty.max.unwrap_or(u64::MAX).min(self.ty.greatest_size())
    }

    /// Grows to `pages` pages; the new ones are filled with zeros.
    pub(super) fn grow(&mut self, pages: u64) -> Result<(), OutOfMemory> {
        let bytes = self.bytes_of(pages).ok_or(OutOfMemory)?;
        self.bytes.grow(bytes)
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
    pub(crate) fn take_bytes(&mut self) -> Bytes {
        core::mem::take(&mut self.bytes)
    }

    /// Puts back what [`take_bytes`](Self::take_bytes) took out.
    pub(crate) fn put_bytes(&mut self, bytes: Bytes) {
        self.bytes = bytes;
    }
}

impl State {
    /// Adds a memory (core spec, `allocmem`): in a buffer that the host has lent, where one is
    /// large enough, else in an allocation.
    pub fn add_memory(&mut self, ty: MemoryType) -> Result<MemoryId> {
        let bytes = bytes_of(ty.min, ty.page_size_log2());
        self.quota.take_memory(bytes)?;
        let mut memory = Memory::new(ty, Bytes::default());
        let added = self.memories.grow().and_then(|()| {
            memory.put_bytes(self.buffers.take(usize::try_from(bytes).unwrap_or(usize::MAX)));
            memory.grow(ty.min)?;
            self.memories.push(memory)
        });
        if added.is_err() {
            self.quota.give_memory(bytes);
        }
        Ok(added?)
    }

    /// Grows a memory by `pages` of its own page size; returns how many it had. `None` where
    /// its type, a limit or the allocator does not allow it: then nothing changes (core spec,
    /// `memory.grow`).
    pub fn grow_memory(&mut self, id: MemoryId, pages: u64) -> Option<u64> {
        let memory = self.memories.get_mut(id)?;
        let old = memory.pages();
        let new = old.checked_add(pages).filter(|new| *new <= memory.max_pages())?;
        let bytes = memory.bytes_of(new)? as u64 - memory.bytes().len() as u64;
        self.quota.take_memory(bytes).ok()?;
        if memory.grow(new).is_err() {
            self.quota.give_memory(bytes);
            return None;
        }
        Some(old)
    }
}

/// What is too much for any host is the greatest number.
fn bytes_of(pages: u64, page_size_log2: u32) -> u64 {
    let bytes = pages.checked_shl(page_size_log2);
    bytes.filter(|_| pages.leading_zeros() >= page_size_log2).unwrap_or(u64::MAX)
}
