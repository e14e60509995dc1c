//! A set of indices: a bit each, as many as the greatest one asks for.

use crate::support::{OutOfMemory, Vec};

/// Indices of one index space.
#[derive(Default)]
pub(super) struct IndexSet(Vec<u64>);

impl IndexSet {
    /// Adds an index, which something already has: so the bits are fewer than the input's.
    pub(super) fn insert(&mut self, index: u32) -> Result<(), OutOfMemory> {
        let word = index as usize / 64;
        if word >= self.0.len() {
            let missing = word + 1 - self.0.len();
            self.0.extend(core::iter::repeat_n(0, missing))?;
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << (index % 64);
        }
        Ok(())
    }

    /// Whether it has the index.
    pub(super) fn contains(&self, index: u32) -> bool {
        self.0.get(index as usize / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }
}
