//! References as numbers: the one place that knows which number stands for what.

use super::FuncId;

/// A reference, in four bytes. Its type says what it can be; null is the same for all types.
///
/// Functions and host references are their number and one. The numbers of structures, arrays,
/// exceptions and of `i31` have room beside these, as no type mixes them with functions.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Ref(u32);

impl Ref {
    /// `ref.null`
    pub const NULL: Ref = Ref(0);

    /// Whether it is null.
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }

    /// A reference to a function.
    pub const fn from_func(func: FuncId) -> Self {
        // An arena holds fewer than 2³² values.
        Ref(func.raw().saturating_add(1))
    }

    /// The function that it refers to, if it is not null. It must be of a function type.
    pub fn func(self) -> Option<FuncId> {
        self.0.checked_sub(1).map(FuncId::new)
    }

    /// An external reference, by a number that the host chose; `None` for `u32::MAX`, which
    /// has no room.
    pub fn from_host(number: u32) -> Option<Self> {
        number.checked_add(1).map(Ref)
    }

    /// The host's number, if it is not null. It must be of an external type.
    pub fn host(self) -> Option<u32> {
        self.0.checked_sub(1)
    }

    /// A reference to an exception.
    #[cfg(feature = "exceptions")]
    pub const fn from_exception(exception: super::ExnId) -> Self {
        Ref(exception.raw().saturating_add(1))
    }

    /// The exception that it refers to, if it is not null. It must be of an exception type.
    #[cfg(feature = "exceptions")]
    pub fn exception(self) -> Option<super::ExnId> {
        self.0.checked_sub(1).map(super::ExnId::new)
    }

    /// The reference in a slot of the value stack.
    pub const fn from_slot(slot: u64) -> Self {
        // Slots of a reference type only ever hold what `into_slot` made.
        Ref(slot as u32)
    }

    /// The reference as a slot of the value stack.
    pub const fn into_slot(self) -> u64 {
        self.0 as u64
    }
}

impl core::fmt::Debug for Ref {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0.checked_sub(1) {
            Some(number) => write!(f, "ref {number}"),
            None => f.write_str("null"),
        }
    }
}
