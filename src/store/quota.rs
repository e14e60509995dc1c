//! What a store may hold, and what it holds.

use crate::error::Result;
use crate::support::{Limit, Limits};

/// Bytes of the unit in which [`Limits::memory_pages`] counts.
const PAGE: u64 = 1 << 16;

/// What a store may hold, and what it holds.
#[derive(Clone, Debug)]
pub struct Quota {
    /// What it may hold.
    pub limits: Limits,
    /// Bytes of all memories.
    memory_bytes: u64,
    /// Elements of all tables.
    table_elements: u64,
    /// Definitions that instantiations have gone through.
    definitions: u64,
}

impl Quota {
    pub(super) const fn new(limits: Limits) -> Self {
        Self { limits, memory_bytes: 0, table_elements: 0, definitions: 0 }
    }

    /// Bytes of all memories.
    pub const fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    /// Elements of all tables.
    pub const fn table_elements(&self) -> u64 {
        self.table_elements
    }

    /// Counts definitions in that an instantiation goes through, for good: nothing is instantiated
    /// at less than its cost, however small the input that asks for it.
    pub fn take_definitions(&mut self, count: u64) -> Result<(), Limit> {
        let sum = self.definitions.saturating_add(count);
        if sum > u64::from(self.limits.store_definitions) {
            return Err(Limit::StoreDefinitions);
        }
        self.definitions = sum;
        Ok(())
    }

    /// Counts `bytes` more of memory in.
    pub(super) fn take_memory(&mut self, bytes: u64) -> Result<(), Limit> {
        let sum = self.memory_bytes.saturating_add(bytes);
        if sum > u64::from(self.limits.memory_pages) * PAGE {
            return Err(Limit::MemoryPages);
        }
        self.memory_bytes = sum;
        Ok(())
    }

    /// Counts `bytes` of memory out.
    pub(super) fn give_memory(&mut self, bytes: u64) {
        self.memory_bytes = self.memory_bytes.saturating_sub(bytes);
    }

    /// Counts `elements` more of tables in.
    pub(super) fn take_elements(&mut self, elements: u64) -> Result<(), Limit> {
        let sum = self.table_elements.saturating_add(elements);
        if sum > u64::from(self.limits.table_elements) {
            return Err(Limit::TableElements);
        }
        self.table_elements = sum;
        Ok(())
    }

    /// Counts `elements` of tables out.
    pub(super) fn give_elements(&mut self, elements: u64) {
        self.table_elements = self.table_elements.saturating_sub(elements);
    }
}
