//! A heap whose growth can fail: the least item comes out first.

use super::OutOfMemory;
use alloc::collections::BinaryHeap;
use core::cmp::Reverse;

/// Items in no order but that the least one comes first.
#[derive(Debug)]
pub struct MinHeap<T>(BinaryHeap<Reverse<T>>);

impl<T: Ord> MinHeap<T> {
    /// An empty heap; allocates nothing.
    pub const fn new() -> Self {
        Self(BinaryHeap::new())
    }

    /// Makes room for `more` items, so that pushing them cannot fail.
    pub fn reserve(&mut self, more: usize) -> Result<(), OutOfMemory> {
        self.0.try_reserve(more).map_err(|_| OutOfMemory)
    }

    /// Adds an item.
    pub fn push(&mut self, item: T) -> Result<(), OutOfMemory> {
        self.reserve(1)?;
        self.0.push(Reverse(item));
        Ok(())
    }

    /// Takes the least item.
    pub fn pop(&mut self) -> Option<T> {
        self.0.pop().map(|Reverse(item)| item)
    }

    /// Keeps the items of which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.0.retain(|Reverse(item)| keep(item));
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Ord> Default for MinHeap<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_comes_first() {
        let mut heap = MinHeap::new();
        [3, 1, 4, 1, 5].into_iter().for_each(|item| heap.push(item).unwrap());
        heap.retain(|item| *item != 4);
        assert_eq!((heap.len(), heap.is_empty()), (4, false));
        assert_eq!(core::iter::from_fn(|| heap.pop()).collect::<std::vec::Vec<_>>(), [1, 1, 3, 5]);
    }
}
