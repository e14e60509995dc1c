//! Values as slots of the value stack (core spec, Values): 64 bits each, a vector two.
//!
//! A slot of a 32-bit value holds zeros above it: an address can be used without knowing
//! whether its memory has 32-bit or 64-bit addresses.

use crate::store::Ref;
use crate::syntax::instr::V128;

/// A value that takes one slot.
pub trait Slot: Copy {
    /// The value in a slot that holds one of this type.
    fn from_slot(slot: u64) -> Self;
    /// The value as a slot.
    fn into_slot(self) -> u64;
}

/// A value of any type, as the slots of a vector: all others have zero in the second one.
pub trait Value: Copy {
    /// The value in slots that hold one of this type.
    fn from_slots(slots: [u64; 2]) -> Self;
    /// The value as slots.
    fn into_slots(self) -> [u64; 2];
}

impl<T: Slot> Value for T {
    #[inline(always)]
    fn from_slots([slot, _]: [u64; 2]) -> Self {
        T::from_slot(slot)
    }
    #[inline(always)]
    fn into_slots(self) -> [u64; 2] {
        [self.into_slot(), 0]
    }
}

impl Value for V128 {
    #[inline(always)]
    fn from_slots([low, high]: [u64; 2]) -> Self {
        V128((u128::from(low) | u128::from(high) << 64).to_le_bytes())
    }
    #[inline(always)]
    fn into_slots(self) -> [u64; 2] {
        let bits = u128::from_le_bytes(self.0);
        // Cut to its halves.
        [bits as u64, (bits >> 64) as u64]
    }
}

impl Slot for i32 {
    #[inline(always)]
    fn from_slot(slot: u64) -> Self {
        slot as i32
    }
    #[inline(always)]
    fn into_slot(self) -> u64 {
        u64::from(self.cast_unsigned())
    }
}

impl Slot for u32 {
    #[inline(always)]
    fn from_slot(slot: u64) -> Self {
        slot as u32
    }
    #[inline(always)]
    fn into_slot(self) -> u64 {
        u64::from(self)
    }
}

impl Slot for i64 {
    #[inline(always)]
    fn from_slot(slot: u64) -> Self {
        slot.cast_signed()
    }
    #[inline(always)]
    fn into_slot(self) -> u64 {
        self.cast_unsigned()
    }
}

impl Slot for u64 {
    #[inline(always)]
    fn from_slot(slot: u64) -> Self {
        slot
    }
    #[inline(always)]
    fn into_slot(self) -> u64 {
        self
    }
}

impl Slot for f32 {
    #[inline(always)]
    fn from_slot(slot: u64) -> Self {
        f32::from_bits(slot as u32)
    }
    #[inline(always)]
    fn into_slot(self) -> u64 {
        u64::from(self.to_bits())
    }
}

impl Slot for f64 {
    #[inline(always)]
    fn from_slot(slot: u64) -> Self {
        f64::from_bits(slot)
    }
    #[inline(always)]
    fn into_slot(self) -> u64 {
        self.to_bits()
    }
}

impl Slot for Ref {
    #[inline(always)]
    fn from_slot(slot: u64) -> Self {
        Ref::from_slot(slot)
    }
    #[inline(always)]
    fn into_slot(self) -> u64 {
        self.into_slot()
    }
}
