//! The table of handles of a component instance (`CanonicalABI.md`, Table State).
//!
//! Indices are given out in the order that the specification fixes: the one freed last comes
//! back first. Index 0 is never used.

use crate::error::{Result, Trap};
use crate::support::{Limit, Vec};

/// `Table.MAX_LENGTH`
const MAX_LENGTH: u32 = (1 << 28) - 1;

/// Entries by index. Free places form a list through the table itself.
#[derive(Debug)]
pub struct Table<T> {
    slots: Vec<Slot<T>>,
    /// The free place to use next; 0 where there is none.
    free: u32,
    limit: u32,
}

#[derive(Debug)]
enum Slot<T> {
    Free { next: u32 },
    Used(T),
}

impl<T> Table<T> {
    /// An empty table for at most `limit` entries; allocates nothing.
    pub const fn new(limit: u32) -> Self {
        Self { slots: Vec::new(), free: 0, limit }
    }

    /// `Table.get`
    pub fn get(&self, index: u32) -> Result<&T> {
        match Self::place(index).and_then(|at| self.slots.get(at)) {
            Some(Slot::Used(entry)) => Ok(entry),
            _ => Err(unknown(index)),
        }
    }

    /// `Table.get`, to change the entry.
    pub fn get_mut(&mut self, index: u32) -> Result<&mut T> {
        match Self::place(index).and_then(|at| self.slots.get_mut(at)) {
            Some(Slot::Used(entry)) => Ok(entry),
            _ => Err(unknown(index)),
        }
    }

    /// `Table.add`
    pub fn add(&mut self, entry: T) -> Result<u32> {
        if let Some(slot) = Self::place(self.free).and_then(|at| self.slots.get_mut(at))
            && let Slot::Free { next } = *slot
        {
            *slot = Slot::Used(entry);
            return Ok(core::mem::replace(&mut self.free, next));
        }
        let index = next_index(self.slots.len(), self.limit)?;
        self.slots.grow()?;
        self.slots.push(Slot::Used(entry))?;
        Ok(index)
    }

    /// `Table.remove`
    pub fn remove(&mut self, index: u32) -> Result<T> {
        let slot = Self::place(index).and_then(|at| self.slots.get_mut(at));
        let Some(slot @ Slot::Used(_)) = slot else { return Err(unknown(index)) };
        match core::mem::replace(slot, Slot::Free { next: self.free }) {
            Slot::Used(entry) => {
                self.free = index;
                Ok(entry)
            }
            Slot::Free { .. } => Err(unknown(index)),
        }
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All entries with their indices.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.slots.iter().enumerate().filter_map(|(at, slot)| match slot {
            Slot::Used(entry) => Some((at as u32 + 1, entry)),
            Slot::Free { .. } => None,
        })
    }

    fn place(index: u32) -> Option<usize> {
        index.checked_sub(1).map(|at| at as usize)
    }
}

/// The index of an entry behind `len` others.
fn next_index(len: usize, limit: u32) -> Result<u32> {
    if len >= MAX_LENGTH as usize {
        return Err(Trap::HandleTableFull.into());
    }
    if len >= limit as usize {
        return Err(Limit::Handles.into());
    }
    Ok(len as u32 + 1)
}

#[cold]
fn unknown(index: u32) -> crate::Error {
    Trap::UnknownHandle { index }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Table` of `definitions.py`, as literally as Rust allows.
    struct Model {
        array: std::vec::Vec<Option<u32>>,
        free: std::vec::Vec<u32>,
    }

    impl Model {
        fn add(&mut self, entry: u32) -> u32 {
            let index = self.free.pop().unwrap_or_else(|| {
                self.array.push(None);
                self.array.len() as u32 - 1
            });
            self.array[index as usize] = Some(entry);
            index
        }

        fn remove(&mut self, index: u32) -> Option<u32> {
            let entry = self.array.get_mut(index as usize)?.take()?;
            self.free.push(index);
            Some(entry)
        }
    }

    #[test]
    fn indices_come_back_as_in_the_model() {
        let mut table = Table::new(u32::MAX);
        let mut model = Model { array: std::vec![None], free: std::vec![] };
        let mut choice = crate::support::choice::Choice::Seeded(7);
        for step in 0..10_000 {
            if choice.pick(5) < 3 {
                assert_eq!(table.add(step).unwrap(), model.add(step));
            } else {
                let index = choice.pick(model.array.len() as u32 + 2);
                assert_eq!(table.remove(index).ok(), model.remove(index));
            }
        }
        assert!(table.iter().all(|(index, entry)| model.array[index as usize] == Some(*entry)));
        assert_eq!(table.len(), model.array.iter().flatten().count());
    }

    #[test]
    fn what_was_never_given_out_is_unknown() {
        let mut table = Table::new(2);
        for index in [0, 1, u32::MAX] {
            let trap = table.get(index).err().and_then(|error| error.trap());
            assert_eq!(trap, Some(Trap::UnknownHandle { index }));
        }
        assert_eq!(table.add('a').unwrap(), 1);
        assert_eq!(table.add('b').unwrap(), 2);
        assert_eq!(table.add('c').unwrap_err().kind(), crate::ErrorKind::Limit(Limit::Handles));
        assert_eq!(table.remove(1).unwrap(), 'a');
        assert!(table.remove(1).is_err());
        assert_eq!(table.add('d').unwrap(), 1);
    }

    #[test]
    fn a_table_is_full_where_the_specification_says() {
        let most = (1 << 28) - 1;
        assert_eq!(next_index(most - 1, u32::MAX).unwrap(), most as u32);
        let trap = next_index(most, u32::MAX).err().and_then(|error| error.trap());
        assert_eq!(trap, Some(Trap::HandleTableFull));
    }
}
