//! A list still in its binary form.

use core::marker::PhantomData;

/// `count` items of type `T`, still encoded in `bytes`, which lie at `offset` in the input.
pub struct Encoded<'a, T> {
    /// How many items there are.
    pub count: u32,
    /// The items' bytes, and nothing after them where the end was known.
    pub bytes: &'a [u8],
    /// Where `bytes` begin, counted from the start of the whole input.
    pub offset: u32,
    item: PhantomData<fn() -> T>,
}

impl<'a, T> Encoded<'a, T> {
    /// `count` items in `bytes`, which begin at `offset`.
    pub const fn new(count: u32, bytes: &'a [u8], offset: u32) -> Self {
        Self { count, bytes, offset, item: PhantomData }
    }

    /// The same bytes as items of another type.
    pub const fn of<U>(self) -> Encoded<'a, U> {
        Encoded::new(self.count, self.bytes, self.offset)
    }
}

impl<T> Clone for Encoded<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Encoded<'_, T> {}

impl<T> core::fmt::Debug for Encoded<'_, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} encoded items at 0x{:x}", self.count, self.offset)
    }
}
