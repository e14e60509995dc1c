//! A vector whose growth can fail.

use super::OutOfMemory;
use core::fmt;
use core::ops::{Deref, DerefMut};

/// The vector of the standard library, for the embedder's own values.
pub type Std<T> = alloc::vec::Vec<T>;

/// `alloc::vec::Vec` without the operations that abort when memory is short.
///
/// It dereferences to a slice; only growing is different.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vec<T>(alloc::vec::Vec<T>);

impl<T> Vec<T> {
    /// For how many items there is room at first: of what is large there is often only one.
    const FIRST: usize = if size_of::<T>() <= 16 { 4 } else { 1 };

    /// An empty vector; allocates nothing.
    pub const fn new() -> Self {
        Self(alloc::vec::Vec::new())
    }

    /// An empty vector with room for exactly `capacity` items.
    pub fn with_capacity(capacity: usize) -> Result<Self, OutOfMemory> {
        let mut vec = Self::new();
        vec.reserve_exact(capacity)?;
        Ok(vec)
    }

    /// Makes room for `more` items, growing in amortized steps.
    pub fn reserve(&mut self, more: usize) -> Result<(), OutOfMemory> {
        self.0.try_reserve(more).map_err(|_| OutOfMemory)
    }

    /// Makes room for one more item, and for a quarter of what there is: for collections of many items,
    /// of whose room less is left unused than by doubling.
    pub fn grow(&mut self) -> Result<(), OutOfMemory> {
        if self.0.len() < self.0.capacity() {
            return Ok(());
        }
        self.reserve_exact(self.0.len() / 4 + 1).or_else(|_| self.reserve_exact(1))
    }

    /// Makes room for exactly `more` items.
    pub fn reserve_exact(&mut self, more: usize) -> Result<(), OutOfMemory> {
        self.0.try_reserve_exact(more).map_err(|_| OutOfMemory)
    }

    /// Appends an item. Small processors have one copy for each type of items.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    pub fn push(&mut self, item: T) -> Result<(), OutOfMemory> {
        if self.0.len() == self.0.capacity() {
            // Where that fails there is no room below.
            let _ = self.reserve_exact(self.0.len().max(Self::FIRST));
        }
        // So the compiler knows that there is room, and leaves out the standard library's growth, which aborts.
        if self.push_within_capacity(item) { Ok(()) } else { Err(OutOfMemory) }
    }

    /// Appends an item if that needs no memory; says whether.
    #[inline(always)]
    pub fn push_within_capacity(&mut self, item: T) -> bool {
        let fits = self.0.len() < self.0.capacity();
        if fits {
            self.0.push(item);
        }
        fits
    }

    /// Where the items lie, and room for [`capacity`](Self::capacity) of them.
    pub fn as_mut_ptr(&mut self) -> *mut T {
        self.0.as_mut_ptr()
    }

    /// Removes the last item.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        self.0.pop()
    }

    /// Inserts `item` before `at`; past the end counts as the end.
    pub fn insert(&mut self, at: usize, item: T) -> Result<(), OutOfMemory> {
        self.reserve(1)?;
        self.0.insert(at.min(self.0.len()), item);
        Ok(())
    }

    /// Removes the item at `at` and moves the rest up.
    pub fn remove(&mut self, at: usize) -> Option<T> {
        (at < self.0.len()).then(|| self.0.remove(at))
    }

    /// Appends every item of `items`.
    pub fn extend(&mut self, items: impl IntoIterator<Item = T>) -> Result<(), OutOfMemory> {
        let items = items.into_iter();
        self.reserve(items.size_hint().0)?;
        for item in items {
            self.push(item)?;
        }
        Ok(())
    }

    /// Collects every item of `items`.
    pub fn collect(items: impl IntoIterator<Item = T>) -> Result<Self, OutOfMemory> {
        let mut vec = Self::new();
        vec.extend(items)?;
        Ok(vec)
    }

    /// Collects the items of a slice, each changed: for loops over many small ones.
    #[inline]
    pub fn collect_map<I>(items: &[I], change: impl FnMut(&I) -> T) -> Result<Self, OutOfMemory> {
        let mut vec = Self::with_capacity(items.len())?;
        // There is room for all of them.
        vec.0.extend(items.iter().map(change));
        Ok(vec)
    }

    /// Keeps the first `len` items.
    pub fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    /// Forgets every item, keeps the memory.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Keeps the items of which `keep` is true, in their order.
    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.0.retain(keep);
    }

    /// Removes the items in `range` and returns them one by one.
    pub fn drain_from(&mut self, start: usize) -> alloc::vec::Drain<'_, T> {
        let start = start.min(self.0.len());
        self.0.drain(start..)
    }

    /// Gives back memory that is not used. The items move to a room of their size where there is one: to
    /// shrink in place, allocators may allocate, and the standard library aborts where they cannot.
    pub fn shrink_to_fit(&mut self) {
        let mut exact = alloc::vec::Vec::new();
        if self.0.len() < self.0.capacity() && exact.try_reserve_exact(self.0.len()).is_ok() {
            exact.append(&mut self.0);
            self.0 = exact;
        }
    }

    /// How many items fit without growing.
    pub fn capacity(&self) -> usize {
        self.0.capacity()
    }

    /// The vector of the standard library, whose growth aborts: for handing values to the host.
    pub fn into_inner(self) -> alloc::vec::Vec<T> {
        self.0
    }
}

impl<T: Clone> Vec<T> {
    /// Appends a copy of `items`.
    pub fn extend_from_slice(&mut self, items: &[T]) -> Result<(), OutOfMemory> {
        self.reserve(items.len())?;
        self.0.extend_from_slice(items);
        Ok(())
    }

    /// A vector with a copy of `items`.
    pub fn from_slice(items: &[T]) -> Result<Self, OutOfMemory> {
        let mut vec = Self::with_capacity(items.len())?;
        vec.0.extend_from_slice(items);
        Ok(vec)
    }

    /// A vector of `len` copies of `item`.
    pub fn from_elem(item: T, len: usize) -> Result<Self, OutOfMemory> {
        let mut vec = Self::new();
        vec.resize(len, item)?;
        Ok(vec)
    }

    /// Cuts or fills up with copies of `item` to `len` items.
    pub fn resize(&mut self, len: usize, item: T) -> Result<(), OutOfMemory> {
        self.reserve_exact(len.saturating_sub(self.0.len()))?;
        self.0.resize(len, item);
        Ok(())
    }

    /// A copy.
    pub fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Self::from_slice(&self.0)
    }
}

impl Vec<u8> {
    /// Appends zeros, many at a time: where code is built for size, [`resize`](Self::resize) writes byte after byte.
    pub fn extend_zeros(&mut self, count: usize) -> Result<(), OutOfMemory> {
        const ZEROS: &[u8] = &[0; 128];
        self.reserve_exact(count)?;
        let mut left = count;
        while let Some(rest) = left.checked_sub(ZEROS.len()) {
            self.0.extend_from_slice(ZEROS);
            left = rest;
        }
        self.resize(self.0.len() + left, 0)
    }
}

impl<T> Default for Vec<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<alloc::vec::Vec<T>> for Vec<T> {
    fn from(vec: alloc::vec::Vec<T>) -> Self {
        Self(vec)
    }
}

impl<T> Deref for Vec<T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> DerefMut for Vec<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T> IntoIterator for Vec<T> {
    type Item = T;
    type IntoIter = alloc::vec::IntoIter<T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Vec<T> {
    type Item = &'a T;
    type IntoIter = core::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut Vec<T> {
    type Item = &'a mut T;
    type IntoIter = core::slice::IterMut<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter_mut()
    }
}

impl<T: fmt::Debug> fmt::Debug for Vec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
