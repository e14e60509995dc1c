//! Free runs of the heap, in lists by size: a run is found and taken in constant time.
//!
//! A class holds runs of one size, or, from [`EXACT`] granules on, of a quarter between two
//! powers of two (Masmano, Ripoll, Crespo and Real, "TLSF: a new dynamic memory allocator for
//! real-time systems", 2004). The lists go through the runs themselves: size, then the first
//! granule of the next one. Runs are never merged here: a collection builds all lists anew.

use super::GRANULE;
use crate::support::{OutOfMemory, Vec};

/// Runs below this size have a class for each size.
const EXACT: u32 = 8;
/// log₂ of the classes between two powers of two.
const PARTS_LOG2: u32 = 2;
/// Classes for sizes of 30 bits.
const CLASSES: usize = (EXACT + ((30 - EXACT.ilog2()) << PARTS_LOG2)) as usize;

const _: () = assert!(CLASSES <= u128::BITS as usize);

/// Lists of free runs, by class.
#[derive(Debug, Default)]
pub(super) struct FreeLists {
    /// The first run of each class, 0 for none; empty before anything is free.
    heads: Vec<u32>,
    /// The classes that have runs.
    filled: u128,
}

/// The class of runs of `size` granules, which is not 0.
const fn class_of(size: u32) -> u32 {
    if size < EXACT {
        return size;
    }
    let log2 = size.ilog2();
    let part = size >> (log2 - PARTS_LOG2) & ((1 << PARTS_LOG2) - 1);
    EXACT + ((log2 - EXACT.ilog2()) << PARTS_LOG2) + part
}

/// The first class all of whose runs have at least `size` granules.
const fn class_for(size: u32) -> u32 {
    if size < EXACT {
        return size;
    }
    class_of(size + (1 << (size.ilog2() - PARTS_LOG2)) - 1)
}

/// The size of the free run at `at`, and the next one of its list.
fn read(bytes: &[u8], at: u32) -> (u32, u32) {
    let start = at as usize * GRANULE;
    let words = bytes.get(start..start + GRANULE).and_then(|run| run.split_first_chunk::<4>());
    let Some((size, next)) = words else { return (0, 0) };
    (u32::from_le_bytes(*size), next.try_into().map_or(0, u32::from_le_bytes))
}

fn write(bytes: &mut [u8], at: u32, size: u32, next: u32) {
    let start = at as usize * GRANULE;
    if let Some((first, last)) = bytes.get_mut(start..start + GRANULE).and_then(|run| run.split_first_chunk_mut::<4>())
    {
        *first = size.to_le_bytes();
        last.copy_from_slice(&next.to_le_bytes());
    }
}

impl FreeLists {
    /// Makes room for the lists themselves.
    pub(super) fn prepare(&mut self) -> Result<(), OutOfMemory> {
        self.heads.resize(CLASSES, 0)
    }

    pub(super) fn clear(&mut self) {
        self.heads.fill(0);
        self.filled = 0;
    }

    /// Adds a run, at the front of its list; one of no granules is none.
    pub(super) fn add(&mut self, bytes: &mut [u8], at: u32, size: u32) {
        let class = class_of(size);
        if let Some(head) = self.heads.get_mut(class as usize).filter(|_| size > 0) {
            write(bytes, at, size, *head);
            *head = at;
            self.filled |= 1 << class;
        }
    }

    /// Takes `size` granules, more than none, from the smallest class whose runs are all large
    /// enough.
    #[inline]
    pub(super) fn take(&mut self, bytes: &mut [u8], size: u32) -> Option<u32> {
        let first = class_for(size);
        let fitting = self.filled.checked_shr(first)?;
        if fitting == 0 {
            return None;
        }
        let class = first + fitting.trailing_zeros();
        let head = self.heads.get_mut(class as usize)?;
        let at = *head;
        let (found, next) = read(bytes, at);
        *head = next;
        if next == 0 {
            self.filled &= !(1 << class);
        }
        self.add(bytes, at + size, found.checked_sub(size)?);
        Some(at)
    }

    /// Takes `size` granules from the first run that has them, of a class in which some may not:
    /// where [`take`](Self::take) finds nothing, this finds whatever there is. Takes time linear in
    /// the class.
    pub(super) fn take_any(&mut self, bytes: &mut [u8], size: u32) -> Option<u32> {
        let class = class_of(size);
        let mut before = 0;
        let mut at = *self.heads.get(class as usize)?;
        while at != 0 {
            let (found, next) = read(bytes, at);
            if let Some(rest) = found.checked_sub(size) {
                match before {
                    0 => *self.heads.get_mut(class as usize)? = next,
                    before => write(bytes, before, read(bytes, before).0, next),
                }
                if self.heads.get(class as usize) == Some(&0) {
                    self.filled &= !(1 << class);
                }
                self.add(bytes, at + size, rest);
                return Some(at);
            }
            (before, at) = (at, next);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_holds_what_it_promises() {
        for size in (1..5000).chain([1 << 20, (1 << 20) + 1, (1 << 29) - 1, 1 << 29, (1 << 30) - 1]) {
            assert!((class_of(size) as usize) < CLASSES, "{size}");
            assert!(class_of(size) <= class_for(size), "{size}");
            assert!(class_of(size) >= class_of(size - 1).min(class_of(size)), "{size}");
            // Nothing in the class of a request is smaller than the request.
            let smallest = (size.saturating_sub(size / 2).max(1)..=size + size / 2 + 1)
                .find(|other| class_of(*other) == class_for(size));
            assert!(size > 100_000 || smallest.is_none_or(|smallest| smallest >= size), "{size}");
        }
    }
}
