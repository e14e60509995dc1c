//! A box whose making can fail.

use super::OutOfMemory;
use core::fmt;
use core::ops::{Deref, DerefMut};

/// One value on the heap. Stable Rust has no `Box::try_new`; an array of one that came from
/// a vector is the same thing.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Box<T>(alloc::boxed::Box<[T; 1]>);

/// A trait object on the heap. It is made by [`Box::into_array`], so its making can fail.
pub type DynBox<T> = alloc::boxed::Box<T>;

impl<T> Box<T> {
    /// Moves `value` to the heap.
    pub fn new(value: T) -> Result<Self, OutOfMemory> {
        let mut one = alloc::vec::Vec::new();
        one.try_reserve_exact(1).map_err(|_| OutOfMemory)?;
        one.push(value);
        // The length is one, so this cannot fail; and there is no other error to report.
        one.try_into().map(Self).map_err(|_| OutOfMemory)
    }

    /// Moves the value back.
    pub fn into_inner(self) -> T {
        let [value] = *self.0;
        value
    }

    /// The box of an array of one, which unsizes to a trait object where the trait is
    /// implemented for `[T; 1]`.
    pub fn into_array(self) -> alloc::boxed::Box<[T; 1]> {
        self.0
    }
}

impl<T> Deref for Box<T> {
    type Target = T;
    fn deref(&self) -> &T {
        let [value] = &*self.0;
        value
    }
}

impl<T> DerefMut for Box<T> {
    fn deref_mut(&mut self) -> &mut T {
        let [value] = &mut *self.0;
        value
    }
}

impl<T: fmt::Debug> fmt::Debug for Box<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
