//! Values as slots of the value stack (core spec, Values): 64 bits each, a vector two.
//!
//! A slot of a 32-bit value holds zeros above it: an address can be used without knowing
//! whether its memory has 32-bit or 64-bit addresses.

use crate::store::Ref;

/// A value that takes one slot.
pub trait Slot: Copy {
    /// The value in a slot that holds one of this type.
    fn from_slot(slot: u64) -> Self;
    /// The value as a slot.
    fn into_slot(self) -> u64;
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
