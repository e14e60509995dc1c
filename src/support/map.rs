//! An ordered map whose growth can fail and whose cost no input can spoil.
//!
//! An AA tree (Andersson, "Balanced search trees made simple", 1993) in a vector: O(log n)
//! in the worst case, so hostile names or types cannot make it slow as they could a hash
//! table, and one allocation for all nodes. Entries are never removed one by one.

use super::{OutOfMemory, Vec};
use core::borrow::Borrow;
use core::cmp::Ordering;

/// An ordered map from `K` to `V`. Entries keep the position at which they were inserted.
pub struct Map<K, V> {
    entries: Vec<(K, V)>,
    tree: Tree,
}

/// The order of a map's entries, which it knows by their positions only: so there is one of it for all maps.
struct Tree {
    /// What hangs below each entry.
    links: Vec<Link>,
    root: u32,
}

/// What hangs below an entry.
#[derive(Clone, Copy)]
struct Link {
    left: u32,
    right: u32,
    level: u8,
}

/// No entry.
const NIL: u32 = u32::MAX;
/// How many entries there may be at most: their positions leave a bit free.
const MAX: usize = 1 << 31;
/// An AA tree of as many nodes is less deep.
const MAX_DEPTH: usize = 64;

impl<K, V> Map<K, V> {
    /// An empty map; allocates nothing.
    pub const fn new() -> Self {
        Self { entries: Vec::new(), tree: Tree { links: Vec::new(), root: NIL } }
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets every entry, keeps the memory.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.tree.links.clear();
        self.tree.root = NIL;
    }

    /// The entries in the order in which they were inserted.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> + DoubleEndedIterator {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// The entry that was inserted as number `position`, counted from 0.
    pub fn get_index(&self, position: usize) -> Option<(&K, &V)> {
        self.entries.get(position).map(|(key, value)| (key, value))
    }

    /// The value that was inserted as number `position`, to change.
    pub fn get_index_mut(&mut self, position: usize) -> Option<&mut V> {
        self.entries.get_mut(position).map(|(_, value)| value)
    }

    /// The position of the entry that `compare` finds equal. `compare` says how the key sought
    /// stands to the one given, by the order that [`insert_by`](Self::insert_by) used.
    pub fn position_by(&self, mut compare: impl FnMut(&K) -> Ordering) -> Option<usize> {
        self.tree.find(&mut |at| self.entries.get(at).map(|(key, _)| compare(key)))
    }

    /// Inserts an entry where `compare` puts its key (the first argument) among the others, or
    /// replaces the value of an equal key and returns the old one.
    pub fn insert_by(
        &mut self,
        key: K,
        value: V,
        mut compare: impl FnMut(&K, &K) -> Ordering,
    ) -> Result<Option<V>, OutOfMemory> {
        // First, as then nothing has changed where there is none.
        self.entries.reserve(1)?;
        let entries = &self.entries;
        let at = self.tree.insert(&mut |at| entries.get(at).map(|(other, _)| compare(&key, other)))?;
        match self.entries.get_mut(at) {
            Some((_, old)) => Ok(Some(core::mem::replace(old, value))),
            None => {
                self.entries.push_within_capacity((key, value));
                Ok(None)
            }
        }
    }
}

/// How the key sought stands to that of the entry at a position; `None` past the last one.
type Compare<'a> = &'a mut dyn FnMut(usize) -> Option<Ordering>;

impl Tree {
    /// The position of the entry that is equal.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    fn find(&self, compare: Compare<'_>) -> Option<usize> {
        let mut at = self.root;
        while let Some(link) = self.links.get(at as usize) {
            at = match compare(at as usize)? {
                Ordering::Less => link.left,
                Ordering::Greater => link.right,
                Ordering::Equal => return Some(at as usize),
            };
        }
        None
    }

    /// Hangs a new entry, which comes last by position, where it belongs; returns its position. Where there is an equal one
    /// it is that one's, and nothing changes.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    fn insert(&mut self, compare: Compare<'_>) -> Result<usize, OutOfMemory> {
        let mut path = Path::new();
        let mut at = self.root;
        while let Some(link) = self.links.get(at as usize) {
            let right = match compare(at as usize) {
                Some(Ordering::Less) => false,
                Some(Ordering::Greater) => true,
                Some(Ordering::Equal) => return Ok(at as usize),
                None => break,
            };
            path.push(at, right)?;
            at = if right { link.right } else { link.left };
        }
        if self.links.len() >= MAX {
            return Err(OutOfMemory);
        }
        let new = self.links.len() as u32;
        self.links.push(Link { level: 1, left: NIL, right: NIL })?;
        self.root = path.hang(&mut self.links, new);
        Ok(new as usize)
    }
}

/// The way down: the positions, and [`RIGHT`](Self::RIGHT) where it went right.
struct Path {
    steps: [u32; MAX_DEPTH],
    depth: usize,
}

impl Path {
    const RIGHT: u32 = 1 << 31;

    const fn new() -> Self {
        Self { steps: [NIL; MAX_DEPTH], depth: 0 }
    }

    fn push(&mut self, at: u32, right: bool) -> Result<(), OutOfMemory> {
        *self.steps.get_mut(self.depth).ok_or(OutOfMemory)? = if right { at | Self::RIGHT } else { at };
        self.depth += 1;
        Ok(())
    }

    /// Hangs the node `new` below the last step and balances the tree up to its root, which it returns.
    fn hang(&self, links: &mut [Link], new: u32) -> u32 {
        let mut below = new;
        for &step in self.steps.iter().take(self.depth).rev() {
            let parent = step & !Self::RIGHT;
            if let Some(link) = links.get_mut(parent as usize) {
                *(if step == parent { &mut link.left } else { &mut link.right }) = below;
            }
            let skewed = skew(links, parent);
            below = split(links, skewed);
        }
        below
    }
}

fn level(links: &[Link], at: u32) -> u8 {
    links.get(at as usize).map_or(0, |link| link.level)
}

/// Removes a horizontal left link: rotates right. Returns the new top.
fn skew(links: &mut [Link], top: u32) -> u32 {
    let Some(&mut Link { left, level: height, .. }) = links.get_mut(top as usize) else { return top };
    if left == NIL || level(links, left) != height {
        return top;
    }
    let Some(raised) = links.get_mut(left as usize) else { return top };
    let inner = core::mem::replace(&mut raised.right, top);
    if let Some(lowered) = links.get_mut(top as usize) {
        lowered.left = inner;
    }
    left
}

/// Removes two horizontal right links in a row: rotates left. Returns the new top.
fn split(links: &mut [Link], top: u32) -> u32 {
    let Some(&mut Link { right, level: height, .. }) = links.get_mut(top as usize) else { return top };
    let Some(&mut Link { right: outer, left: inner, .. }) = links.get_mut(right as usize) else { return top };
    if level(links, outer) != height {
        return top;
    }
    let Some(raised) = links.get_mut(right as usize) else { return top };
    raised.left = top;
    raised.level += 1;
    if let Some(lowered) = links.get_mut(top as usize) {
        lowered.right = inner;
    }
    right
}

impl<K: Ord, V> Map<K, V> {
    /// The position of the entry of `key`.
    pub fn position<Q: Ord + ?Sized>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
    {
        self.position_by(|other| key.cmp(other.borrow()))
    }

    /// The value of `key`.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let at = self.position(key)?;
        self.entries.get(at).map(|(_, value)| value)
    }

    /// The value of `key`, to change.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.position(key)?;
        self.entries.get_mut(at).map(|(_, value)| value)
    }

    /// Whether `key` has an entry.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.position(key).is_some()
    }

    /// Inserts an entry, or replaces the value of an equal key and returns the old one.
    pub fn insert(&mut self, key: K, value: V) -> Result<Option<V>, OutOfMemory> {
        self.insert_by(key, value, K::cmp)
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: core::fmt::Debug, V: core::fmt::Debug> core::fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_inserted_in_any_order() {
        for order in 0..4u32 {
            let mut map = Map::new();
            let key = |i: u32| match order {
                0 => i,
                1 => 5_000 - i,
                2 => i.wrapping_mul(2_654_435_761) % 10_007,
                _ => i % 71,
            };
            let mut model = std::collections::BTreeMap::new();
            for i in 0..5_000 {
                assert_eq!(map.insert(key(i), i).unwrap(), model.insert(key(i), i));
            }
            assert_eq!(map.len(), model.len());
            for k in 0..10_010 {
                assert_eq!(map.get(&k), model.get(&k), "key {k} in order {order}");
            }
        }
    }

    #[test]
    fn stays_shallow() {
        let mut map = Map::new();
        for i in 0..100_000u32 {
            map.insert(i, ()).unwrap();
        }
        assert!(map.tree.links[map.tree.root as usize].level <= 17);
    }
}
