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
    nodes: Vec<Node<K, V>>,
    root: u32,
}

struct Node<K, V> {
    key: K,
    value: V,
    link: Link,
}

/// What hangs below a node.
#[derive(Clone, Copy)]
struct Link {
    left: u32,
    right: u32,
    level: u8,
}

/// No node.
const NIL: u32 = u32::MAX;
/// An AA tree of fewer than 2³² nodes is at most 64 deep.
const MAX_DEPTH: usize = 64;

impl<K, V> Map<K, V> {
    /// An empty map; allocates nothing.
    pub const fn new() -> Self {
        Self { nodes: Vec::new(), root: NIL }
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Forgets every entry, keeps the memory.
    pub fn clear(&mut self) {
        self.nodes.clear();
        self.root = NIL;
    }

    /// The entries in the order in which they were inserted.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> + DoubleEndedIterator {
        self.nodes.iter().map(|node| (&node.key, &node.value))
    }

    /// The entry that was inserted as number `position`, counted from 0.
    pub fn get_index(&self, position: usize) -> Option<(&K, &V)> {
        self.nodes.get(position).map(|node| (&node.key, &node.value))
    }

    /// The value that was inserted as number `position`, to change.
    pub fn get_index_mut(&mut self, position: usize) -> Option<&mut V> {
        self.nodes.get_mut(position).map(|node| &mut node.value)
    }

    /// The position of the entry that `compare` finds equal. `compare` says how the key sought
    /// stands to the one given, by the order that [`insert_by`](Self::insert_by) used.
    pub fn position_by(&self, mut compare: impl FnMut(&K) -> Ordering) -> Option<usize> {
        let mut at = self.root;
        while let Some(node) = self.node(at) {
            at = match compare(&node.key) {
                Ordering::Less => node.link.left,
                Ordering::Greater => node.link.right,
                Ordering::Equal => return Some(at as usize),
            };
        }
        None
    }

    fn node(&self, at: u32) -> Option<&Node<K, V>> {
        self.nodes.get(at as usize)
    }

    /// Inserts an entry where `compare` puts its key (the first argument) among the others, or
    /// replaces the value of an equal key and returns the old one.
    pub fn insert_by(
        &mut self,
        key: K,
        value: V,
        mut compare: impl FnMut(&K, &K) -> Ordering,
    ) -> Result<Option<V>, OutOfMemory> {
        let mut path = Path::new();
        let mut at = self.root;
        while let Some(node) = self.nodes.get_mut(at as usize) {
            let right = match compare(&key, &node.key) {
                Ordering::Less => false,
                Ordering::Greater => true,
                Ordering::Equal => return Ok(Some(core::mem::replace(&mut node.value, value))),
            };
            let link = node.link;
            path.push(at, right)?;
            at = if right { link.right } else { link.left };
        }
        let new = u32::try_from(self.nodes.len()).map_err(|_| OutOfMemory)?;
        self.nodes.push(Node { key, value, link: Link { level: 1, left: NIL, right: NIL } })?;
        self.root = path.hang(&mut self.nodes, new);
        Ok(None)
    }
}

/// The links of a map's nodes: what hangs a node into the tree need not know what the nodes hold, so that there is one of it.
trait Links {
    fn link(&mut self, at: u32) -> Option<&mut Link>;
}

impl<K, V> Links for Vec<Node<K, V>> {
    fn link(&mut self, at: u32) -> Option<&mut Link> {
        self.get_mut(at as usize).map(|node| &mut node.link)
    }
}

/// The way down, with `true` where it went right.
struct Path {
    steps: [(u32, bool); MAX_DEPTH],
    depth: usize,
}

impl Path {
    const fn new() -> Self {
        Self { steps: [(NIL, false); MAX_DEPTH], depth: 0 }
    }

    fn push(&mut self, at: u32, right: bool) -> Result<(), OutOfMemory> {
        *self.steps.get_mut(self.depth).ok_or(OutOfMemory)? = (at, right);
        self.depth += 1;
        Ok(())
    }

    /// Hangs the node `new` below the last step and balances the tree up to its root, which it returns.
    fn hang(&self, links: &mut dyn Links, new: u32) -> u32 {
        let mut below = new;
        for &(parent, right) in self.steps.iter().take(self.depth).rev() {
            if let Some(link) = links.link(parent) {
                *(if right { &mut link.right } else { &mut link.left }) = below;
            }
            let skewed = skew(links, parent);
            below = split(links, skewed);
        }
        below
    }
}

fn level(links: &mut dyn Links, at: u32) -> u8 {
    links.link(at).map_or(0, |link| link.level)
}

/// Removes a horizontal left link: rotates right. Returns the new top.
fn skew(links: &mut dyn Links, top: u32) -> u32 {
    let Some(&mut Link { left, level: height, .. }) = links.link(top) else { return top };
    if left == NIL || level(links, left) != height {
        return top;
    }
    let Some(raised) = links.link(left) else { return top };
    let inner = core::mem::replace(&mut raised.right, top);
    if let Some(lowered) = links.link(top) {
        lowered.left = inner;
    }
    left
}

/// Removes two horizontal right links in a row: rotates left. Returns the new top.
fn split(links: &mut dyn Links, top: u32) -> u32 {
    let Some(&mut Link { right, level: height, .. }) = links.link(top) else { return top };
    let Some(&mut Link { right: outer, left: inner, .. }) = links.link(right) else { return top };
    if level(links, outer) != height {
        return top;
    }
    let Some(raised) = links.link(right) else { return top };
    raised.left = top;
    raised.level += 1;
    if let Some(lowered) = links.link(top) {
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
        self.nodes.get(at).map(|node| &node.value)
    }

    /// The value of `key`, to change.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.position(key)?;
        self.nodes.get_mut(at).map(|node| &mut node.value)
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
        assert!(map.node(map.root).unwrap().link.level <= 17);
    }
}
