//! A growing list addressed by a typed id; nothing is ever moved to another id.

use super::index::Index;
use super::{OutOfMemory, Vec};
use core::marker::PhantomData;

/// Owns values of one kind, each named by an id of type `I`.
pub struct Arena<I, T> {
    items: Vec<T>,
    ids: PhantomData<fn() -> I>,
}

impl<I: Index, T> Arena<I, T> {
    /// An empty arena; allocates nothing.
    pub const fn new() -> Self {
        Self { items: Vec::new(), ids: PhantomData }
    }

    /// How many values it holds.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The id that the next [`push`](Self::push) will return.
    pub fn next_id(&self) -> I {
        I::new(self.items.len() as u32)
    }

    /// Makes room for one more value.
    pub fn grow(&mut self) -> Result<(), OutOfMemory> {
        self.items.grow()
    }

    /// Takes ownership of `value` and names it. An arena is full at 2³² − 1 values.
    pub fn push(&mut self, value: T) -> Result<I, OutOfMemory> {
        let raw = u32::try_from(self.items.len()).map_err(|_| OutOfMemory)?;
        self.items.push(value)?;
        Ok(I::new(raw))
    }

    /// The value named `id`.
    pub fn get(&self, id: I) -> Option<&T> {
        self.items.get(id.index())
    }

    /// The value named `id`, to change.
    pub fn get_mut(&mut self, id: I) -> Option<&mut T> {
        self.items.get_mut(id.index())
    }

    /// Two different values at once, to change.
    pub fn get_two_mut(&mut self, a: I, b: I) -> Option<(&mut T, &mut T)> {
        self.items.get_disjoint_mut([a.index(), b.index()]).ok().map(|[a, b]| (a, b))
    }

    /// All values in the order of their ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (I, &T)> {
        self.items.iter().enumerate().map(|(raw, item)| (I::new(raw as u32), item))
    }

    /// All values in the order of their ids, to change.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (I, &mut T)> {
        self.items.iter_mut().enumerate().map(|(raw, item)| (I::new(raw as u32), item))
    }

    /// All values but the first `len`.
    pub fn since(&mut self, len: usize) -> &mut [T] {
        self.items.get_mut(len..).unwrap_or_default()
    }

    /// Forgets the newest values until `len` are left: undoes pushes that did not work out.
    pub fn truncate(&mut self, len: usize) {
        self.items.truncate(len);
    }
}

impl<I: Index, T> Default for Arena<I, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Index, T: core::fmt::Debug> core::fmt::Debug for Arena<I, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
