//! Sets of granules, a bit each.

use crate::support::{OutOfMemory, Vec};

const BITS: u32 = u64::BITS;

/// The word and the bit of member `at`.
const fn place(at: u32) -> (usize, u64) {
    ((at / BITS) as usize, 1 << (at % BITS))
}

/// Words for members below `len`.
const fn words(len: usize) -> usize {
    len.div_ceil(BITS as usize)
}

/// A set.
#[derive(Debug, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// Makes room for members below `len`.
    pub(super) fn grow(&mut self, len: u32) -> Result<(), OutOfMemory> {
        self.0.resize(words(len as usize).max(self.0.len()), 0)
    }

    #[inline]
    pub(super) fn contains(&self, at: u32) -> bool {
        let (word, bit) = place(at);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Adds a member, for which there is room.
    #[inline]
    pub(super) fn insert(&mut self, at: u32) {
        let (word, bit) = place(at);
        match self.0.get_mut(word) {
            Some(word) => *word |= bit,
            None => debug_assert!(false, "a member past the end of the set"),
        }
    }

    pub(super) fn remove(&mut self, at: u32) {
        let (word, bit) = place(at);
        if let Some(word) = self.0.get_mut(word) {
            *word &= !bit;
        }
    }

    /// The greatest member below `limit`.
    pub(super) fn last_below(&self, limit: u32) -> Option<u32> {
        let (word, bit) = place(limit);
        let low = self.0.get(word).map_or(0, |word| word & (bit - 1));
        if low != 0 {
            return Some(word as u32 * BITS + low.ilog2());
        }
        let at = self.0.get(..word.min(self.0.len()))?.iter().rposition(|word| *word != 0)?;
        // As many words as there are below a limit of 32 bits.
        Some(at as u32 * BITS + self.0.get(at)?.ilog2())
    }

    /// How many members there are.
    pub(super) fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }
}

/// Levels of a [`Queue`]: enough for 2³⁰ members.
const LEVELS: usize = 5;

/// A set that gives out its members, the least first. Adding and taking one is a walk through a
/// few levels: a bit of each level says whether a word of the level below has any.
#[derive(Debug, Default)]
pub(super) struct Queue([Vec<u64>; LEVELS]);

impl Queue {
    /// Makes room for members below `len`. It must be empty.
    pub(super) fn grow(&mut self, len: u32) -> Result<(), OutOfMemory> {
        let mut len = len as usize;
        for level in &mut self.0 {
            len = words(len);
            level.resize(len.max(level.len()), 0)?;
            if len <= 1 {
                break;
            }
        }
        Ok(())
    }

    /// Adds a member, for which there is room.
    #[inline]
    pub(super) fn insert(&mut self, mut at: u32) {
        for level in &mut self.0 {
            let (word, bit) = place(at);
            let Some(word) = level.get_mut(word) else { return };
            let before = *word;
            *word |= bit;
            if before != 0 {
                return;
            }
            at /= BITS;
        }
    }

    /// Takes the least member out.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<u32> {
        let mut found = 0;
        for level in self.0.iter().rev().filter(|level| !level.is_empty()) {
            let word = *level.get(found as usize)?;
            if word == 0 {
                return None;
            }
            found = found * BITS + word.trailing_zeros();
        }
        let mut at = found;
        for level in &mut self.0 {
            let (word, bit) = place(at);
            let Some(word) = level.get_mut(word) else { break };
            *word &= !bit;
            if *word != 0 {
                break;
            }
            at /= BITS;
        }
        // Where there are no levels at all nothing is in the set.
        (!self.0.first()?.is_empty()).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn a_set_and_a_queue_hold_what_was_put_in(
            members in proptest::collection::vec(0u32..20_000, 0..200),
            removed in proptest::collection::vec(0usize..200, 0..50),
        ) {
            let (mut bits, mut queue, mut model) = (Bits::default(), Queue::default(), BTreeSet::new());
            bits.grow(20_000).unwrap();
            queue.grow(20_000).unwrap();
            for member in &members {
                bits.insert(*member);
                queue.insert(*member);
                model.insert(*member);
            }
            let popped: Vec<u32> = Vec::collect(core::iter::from_fn(|| queue.pop())).unwrap();
            prop_assert!(popped.iter().eq(model.iter()));
            for at in removed {
                if let Some(member) = members.get(at) {
                    bits.remove(*member);
                    model.remove(member);
                }
            }
            prop_assert_eq!(bits.count() as usize, model.len());
            let mut limit = 20_000;
            for member in model.iter().rev() {
                prop_assert!(bits.contains(*member));
                prop_assert_eq!(bits.last_below(limit), Some(*member));
                limit = *member;
            }
            prop_assert_eq!(bits.last_below(limit), None);
        }
    }

    #[test]
    fn a_queue_grows_through_all_levels() {
        let mut queue = Queue::default();
        assert_eq!(queue.pop(), None);
        for len in [1, 64, 65, 4096, 4097, 300_000] {
            queue.grow(len).unwrap();
            queue.insert(len - 1);
            queue.insert(0);
            assert_eq!(queue.pop(), Some(0));
            assert_eq!(queue.pop(), (len > 1).then_some(len - 1));
            assert_eq!(queue.pop(), None);
        }
    }
}
