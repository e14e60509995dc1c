//! The slots of an [`Activation`]: locals, and the values on the stack, of which it may hold the topmost one.

use super::Activation;

impl<const WIDE: bool> Activation<'_, '_, WIDE> {
    /// Whether the value on top of the stack is in [`Activation::held`], so that what is computed next need not wait for
    /// memory. Where the frame has none on its stack, it is that of whichever slot lies below: so what is held may be
    /// put back at any time, and no case is another.
    pub(super) const HOLDS: bool = !WIDE && cfg!(not(compact));

    /// Puts what is held where it belongs.
    #[inline(always)]
    pub(in crate::exec) fn put_held(&mut self) {
        if Self::HOLDS
            && let Some(slot) = self.slots.get_mut(self.top.wrapping_sub(1))
        {
            *slot = self.held;
        }
    }

    /// Holds what is below the first free slot.
    #[inline(always)]
    pub(in crate::exec) fn hold(&mut self) {
        if Self::HOLDS {
            self.held = self.slots.get(self.top.wrapping_sub(1)).copied().unwrap_or_default();
        }
    }

    /// How many slots so many values take.
    #[inline(always)]
    pub(super) const fn slots_of(values: usize) -> usize {
        values << WIDE as usize
    }

    /// The slots of the value at `at`, which is one of the frame's.
    #[inline(always)]
    pub(super) fn get_value(&self, at: usize) -> [u64; 2] {
        if !WIDE {
            return [self.get(at), 0];
        }
        match self.slots.get(at..).and_then(|slots| slots.first_chunk()) {
            Some(value) => *value,
            None => {
                debug_assert!(false, "a value past the stack");
                [0; 2]
            }
        }
    }

    /// Changes the value at `at`, which is one of the frame's.
    #[inline(always)]
    pub(super) fn set_value(&mut self, at: usize, value: [u64; 2]) {
        if !WIDE {
            let [slot, _] = value;
            return self.set(at, slot);
        }
        match self.slots.get_mut(at..).and_then(|slots| slots.first_chunk_mut()) {
            Some(place) => *place = value,
            None => debug_assert!(false, "a value past the stack"),
        }
    }

    /// The slot at `at`, which is one of the frame's.
    #[inline(always)]
    pub(super) fn get(&self, at: usize) -> u64 {
        match self.slots.get(at) {
            Some(slot) => *slot,
            None => {
                debug_assert!(false, "a slot past the stack");
                0
            }
        }
    }

    /// Changes the slot at `at`, which is one of the frame's.
    #[inline(always)]
    pub(super) fn set(&mut self, at: usize, value: u64) {
        match self.slots.get_mut(at) {
            Some(slot) => *slot = value,
            None => debug_assert!(false, "a slot past the stack"),
        }
    }
}
