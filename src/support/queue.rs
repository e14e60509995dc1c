//! A queue whose growth can fail.

use super::OutOfMemory;

/// First in, first out.
#[derive(Debug)]
pub struct Queue<T>(alloc::collections::VecDeque<T>);

impl<T> Queue<T> {
    /// An empty queue; allocates nothing.
    pub const fn new() -> Self {
        Self(alloc::collections::VecDeque::new())
    }

    /// Makes room for one more item, so that the next push cannot fail.
    pub fn reserve(&mut self, more: usize) -> Result<(), OutOfMemory> {
        self.0.try_reserve(more).map_err(|_| OutOfMemory)
    }

    /// Adds an item at the end.
    pub fn push(&mut self, item: T) -> Result<(), OutOfMemory> {
        self.reserve(1)?;
        self.0.push_back(item);
        Ok(())
    }

    /// Takes the first item.
    pub fn pop(&mut self) -> Option<T> {
        self.0.pop_front()
    }

    /// The item at a place, counted from the first one.
    pub fn get(&self, at: usize) -> Option<&T> {
        self.0.get(at)
    }

    /// Takes an item from its place, counted from the first one.
    pub fn remove(&mut self, at: usize) -> Option<T> {
        self.0.remove(at)
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All items, the first one coming first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_in_first_out() {
        let mut queue = Queue::new();
        (0..4).for_each(|item| queue.push(item).unwrap());
        assert_eq!((queue.pop(), queue.remove(1), queue.remove(2)), (Some(0), Some(2), None));
        assert_eq!(queue.iter().copied().collect::<std::vec::Vec<_>>(), [1, 3]);
        assert_eq!((queue.len(), queue.is_empty()), (2, false));
    }
}
