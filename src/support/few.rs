//! Lists that have one item at most, mostly: that one needs no memory of its own.

use super::{Box, OutOfMemory, Vec};
use core::ops::Deref;

/// Items in the order in which they came.
#[derive(Debug, Default)]
pub enum Few<T> {
    /// There is none.
    #[default]
    None,
    /// The only one.
    One(T),
    /// All of them.
    Many(Box<Vec<T>>),
}

impl<T: Copy> Few<T> {
    /// Appends an item.
    pub fn push(&mut self, item: T) -> Result<(), OutOfMemory> {
        match self {
            Few::None => *self = Few::One(item),
            Few::One(first) => {
                let mut items = Vec::new();
                items.push(*first)?;
                items.push(item)?;
                *self = Few::Many(Box::new(items)?);
            }
            Few::Many(items) => items.push(item)?,
        }
        Ok(())
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Few::None => &[],
            Few::One(item) => core::slice::from_ref(item),
            Few::Many(items) => items,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_in_their_order() {
        let mut few = Few::default();
        for count in 0..5 {
            assert_eq!(*few, *(0..count).collect::<std::vec::Vec<_>>());
            few.push(count).unwrap();
        }
        assert_eq!(core::mem::take(&mut few).len(), 5);
        assert!(few.is_empty());
    }
}
