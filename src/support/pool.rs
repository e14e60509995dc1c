//! Values by typed id, whose places are used again once they are free.

use super::index::Index;
use super::{OutOfMemory, Vec};
use core::marker::PhantomData;

/// The end of the list of free places.
const NONE: u32 = u32::MAX;

/// Owns values of one kind that come and go, each named by an id of type `I`.
#[derive(Debug)]
pub struct Pool<I, T> {
    places: Vec<Place<T>>,
    /// The free place to use next.
    free: u32,
    len: usize,
    ids: PhantomData<fn() -> I>,
}

#[derive(Debug)]
enum Place<T> {
    Free { next: u32 },
    Used(T),
}

impl<I: Index, T> Pool<I, T> {
    /// An empty pool; allocates nothing.
    pub const fn new() -> Self {
        Self { places: Vec::new(), free: NONE, len: 0, ids: PhantomData }
    }

    /// Takes ownership of `value` and names it: the place freed last is used first.
    pub fn insert(&mut self, value: T) -> Result<I, OutOfMemory> {
        let raw = self.free;
        match self.places.get_mut(raw as usize) {
            Some(place @ Place::Free { .. }) => {
                if let Place::Free { next } = core::mem::replace(place, Place::Used(value)) {
                    self.free = next;
                }
                self.len += 1;
                Ok(I::new(raw))
            }
            _ => {
                let raw = u32::try_from(self.places.len()).ok().filter(|raw| *raw != NONE).ok_or(OutOfMemory)?;
                self.places.grow()?;
                self.places.push(Place::Used(value))?;
                self.len += 1;
                Ok(I::new(raw))
            }
        }
    }

    /// The value named `id`.
    pub fn get(&self, id: I) -> Option<&T> {
        match self.places.get(id.index()) {
            Some(Place::Used(value)) => Some(value),
            _ => None,
        }
    }

    /// The value named `id`, to change.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub fn get_mut(&mut self, id: I) -> Option<&mut T> {
        match self.places.get_mut(id.index()) {
            Some(Place::Used(value)) => Some(value),
            _ => None,
        }
    }

    /// Gives up the value named `id`; its place is free.
    pub fn remove(&mut self, id: I) -> Option<T> {
        let place = self.places.get_mut(id.index()).filter(|place| matches!(place, Place::Used(_)))?;
        match core::mem::replace(place, Place::Free { next: self.free }) {
            Place::Used(value) => {
                self.free = id.raw();
                self.len -= 1;
                Some(value)
            }
            Place::Free { .. } => None,
        }
    }

    /// All values in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (I, &T)> {
        self.places.iter().enumerate().filter_map(|(raw, place)| match place {
            Place::Used(value) => Some((I::new(raw as u32), value)),
            Place::Free { .. } => None,
        })
    }

    /// Values in the order of their ids, from that place on.
    pub fn iter_from(&self, place: usize) -> impl Iterator<Item = (I, &T)> {
        self.places.iter().enumerate().skip(place).filter_map(|(raw, place)| match place {
            Place::Used(value) => Some((I::new(raw as u32), value)),
            Place::Free { .. } => None,
        })
    }

    /// All values in the order of their ids, to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (I, &mut T)> {
        self.places.iter_mut().enumerate().filter_map(|(raw, place)| match place {
            Place::Used(value) => Some((I::new(raw as u32), value)),
            Place::Free { .. } => None,
        })
    }

    /// How many values it holds.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds nothing.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<I: Index, T> Default for Pool<I, T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::support::index::index_type! {
        /// An id of the tests.
        TestId;
    }

    #[test]
    fn places_come_back_and_stale_ids_find_nothing() {
        let mut pool = Pool::<TestId, char>::new();
        let (a, b) = (pool.insert('a').unwrap(), pool.insert('b').unwrap());
        assert_eq!([a.index(), b.index()], [0, 1]);
        assert_ne!(a.raw(), b.raw());
        assert_eq!((pool.get(a), pool.get(b), pool.len()), (Some(&'a'), Some(&'b'), 2));
        assert_eq!((pool.remove(a), pool.remove(a), pool.get(a)), (Some('a'), None, None));
        assert_eq!(pool.remove(b), Some('b'));
        assert!(pool.is_empty());
        assert_eq!((pool.insert('c').unwrap(), pool.insert('d').unwrap()), (b, a));
        assert_eq!(pool.insert('e').unwrap(), TestId::new(2));
    }
}
