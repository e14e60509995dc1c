//! References as numbers: the one place that knows which number stands for what.

use super::FuncId;

/// A reference, in four bytes. Null is 0 for all types; the others by their lowest bits:
///
/// | bits | what | type |
/// |---|---|---|
/// | `…1` | an `i31` in the 31 bits above, or a function's number there | `any`, `extern`; `func` |
/// | `…10` | a number of the host's in the 30 bits above | `extern`, `any` |
/// | `…00` | an object of the heap: its first granule in the 30 bits above | all but `func` |
///
/// No type mixes functions with the others, so both may be odd. Values of `any` and of `extern`
/// look the same: to convert one into the other (core spec, `any.convert_extern`) does nothing.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Ref(u32);

/// The upper half of a slot that holds a reference to an object. No `i32` or `f32` has it, and few
/// other numbers: so a collection, which looks at slots of any type, hardly ever takes one for
/// a reference.
#[cfg(feature = "heap")]
const OBJECT: u64 = 0xA5C3_5A3C << 32;

/// The lowest bit of functions and of `i31`.
const ODD: u32 = 1;
/// The lowest bits of the host's numbers.
const HOST: u32 = 2;

impl Ref {
    /// `ref.null`
    pub const NULL: Ref = Ref(0);

    /// Whether it is null.
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }

    /// A reference to a function.
    pub const fn from_func(func: FuncId) -> Self {
        // A store holds fewer than 2³¹ functions: see `State::add_func`.
        Ref(func.raw() << 1 | ODD)
    }

    /// The function that it refers to, if it is not null. It must be of a function type.
    #[inline]
    pub const fn func(self) -> Option<FuncId> {
        if self.0 & ODD != 0 { Some(FuncId::new(self.0 >> 1)) } else { None }
    }

    /// An external reference, by a number that the host chose; `None` from 2³⁰ on.
    pub const fn from_host(number: u32) -> Option<Self> {
        if number >> 30 == 0 { Some(Ref(number << 2 | HOST)) } else { None }
    }

    /// The host's number, if it is one. It must not be of a function type.
    pub const fn host(self) -> Option<u32> {
        if self.0 & 3 == HOST { Some(self.0 >> 2) } else { None }
    }

    /// `ref.i31`: the upper bit is cut off, as the specification says.
    #[inline]
    pub const fn from_i31(value: u32) -> Self {
        Ref(value << 1 | ODD)
    }

    /// The 31 bits, if it is an `i31`. It must not be of a function type.
    #[inline]
    pub const fn i31(self) -> Option<u32> {
        if self.0 & ODD != 0 { Some(self.0 >> 1) } else { None }
    }

    /// A reference to the object of the heap that begins at `granule`, which has 30 bits.
    #[inline]
    #[cfg(feature = "heap")]
    pub(super) const fn from_granule(granule: u32) -> Self {
        Ref(granule << 2)
    }

    /// Where the object begins in the heap, if it is one. It must not be of a function type.
    #[inline]
    pub(super) const fn granule(self) -> Option<u32> {
        if self.0 & 3 == 0 && self.0 != 0 { Some(self.0 >> 2) } else { None }
    }

    /// Whether it is a reference to an object of the heap.
    #[inline]
    pub const fn is_object(self) -> bool {
        self.granule().is_some()
    }

    /// The granule that a slot of any type would lead to, were it a reference to an object.
    #[inline]
    #[cfg(feature = "heap")]
    pub(super) const fn candidate(slot: u64) -> Option<u32> {
        if slot >> 32 == OBJECT >> 32 { Ref(slot as u32).granule() } else { None }
    }

    /// The reference that four bytes of an object hold.
    #[inline]
    #[cfg(feature = "heap")]
    pub(super) const fn from_bytes(bytes: [u8; 4]) -> Self {
        Ref(u32::from_le_bytes(bytes))
    }

    /// The reference in a slot of the value stack.
    #[inline]
    pub const fn from_slot(slot: u64) -> Self {
        // Slots of a reference type only ever hold what `into_slot` made, or zeros. The lower half
        // says it all.
        Ref(slot as u32)
    }

    /// The reference as a slot of the value stack.
    #[inline]
    pub const fn into_slot(self) -> u64 {
        #[cfg(feature = "heap")]
        if self.is_object() {
            return OBJECT | self.0 as u64;
        }
        self.0 as u64
    }
}

impl core::fmt::Debug for Ref {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match (self.func(), self.host(), self.granule()) {
            (Some(func), ..) => write!(f, "function or i31 {}", func.raw()),
            (_, Some(number), _) => write!(f, "host {number}"),
            (.., Some(granule)) => write!(f, "object {granule}"),
            _ => f.write_str("null"),
        }
    }
}
