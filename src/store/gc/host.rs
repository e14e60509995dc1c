//! What the host keeps behind external references of its own (`ExternRef::new`).

use crate::support::{DynBox, OutOfMemory, Vec};
use core::any::Any;

/// Any data of the host.
pub trait HostData: Send + Sync {
    /// The data itself.
    fn data(&self) -> &(dyn Any + Send + Sync);
    /// The data itself, to change.
    fn data_mut(&mut self) -> &mut (dyn Any + Send + Sync);
}

/// A box whose making can fail is one of an array of one.
impl<T: Any + Send + Sync> HostData for [T; 1] {
    fn data(&self) -> &(dyn Any + Send + Sync) {
        let [data] = self;
        data
    }
    fn data_mut(&mut self) -> &mut (dyn Any + Send + Sync) {
        let [data] = self;
        data
    }
}

enum Entry {
    Used(DynBox<dyn HostData>),
    /// The next free entry, counted from 1; 0 for none.
    Free(u32),
}

/// Data of the host by number.
#[derive(Default)]
pub(super) struct HostTable {
    entries: Vec<Entry>,
    /// The first free entry, counted from 1; 0 for none.
    free: u32,
}

impl HostTable {
    pub(super) fn add(&mut self, data: DynBox<dyn HostData>) -> Result<u32, OutOfMemory> {
        let number = self.free.wrapping_sub(1);
        if let Some(entry) = self.entries.get_mut(number as usize)
            && let Entry::Free(next) = *entry
        {
            *entry = Entry::Used(data);
            self.free = next;
            return Ok(number);
        }
        let number = u32::try_from(self.entries.len()).map_err(|_| OutOfMemory)?;
        self.entries.push(Entry::Used(data))?;
        Ok(number)
    }

    /// Drops the data.
    pub(super) fn remove(&mut self, number: u32) {
        if let Some(entry @ Entry::Used(_)) = self.entries.get_mut(number as usize) {
            *entry = Entry::Free(self.free);
            self.free = number + 1;
        }
    }

    pub(super) fn get(&self, number: u32) -> Option<&(dyn Any + Send + Sync)> {
        match self.entries.get(number as usize)? {
            Entry::Used(data) => Some(data.data()),
            Entry::Free(_) => None,
        }
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut (dyn Any + Send + Sync)> {
        match self.entries.get_mut(number as usize)? {
            Entry::Used(data) => Some(data.data_mut()),
            Entry::Free(_) => None,
        }
    }
}
