//! Indices that cannot be mixed up, 32 bits wide.
//!
//! An *index* (`FuncIdx`) counts within a module or component as written; an *id* (`FuncId`)
//! names something in an arena at run time. Both are made by `index_type!`.

/// A 32-bit index that only fits the collection it was made for.
pub trait Index: Copy + Eq + Ord + core::fmt::Debug {
    /// Wraps a raw number.
    fn new(raw: u32) -> Self;
    /// The raw number.
    fn raw(self) -> u32;
    /// The raw number as a position in memory.
    fn index(self) -> usize {
        self.raw() as usize
    }
}

/// Declares 32-bit index types, each with a doc comment.
macro_rules! index_type {
    ($($(#[$doc:meta])* $name:ident;)+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// Wraps a raw number.
            pub const fn new(raw: u32) -> Self { Self(raw) }
            /// The raw number.
            pub const fn raw(self) -> u32 { self.0 }
            /// The raw number as a position in memory.
            pub const fn index(self) -> usize { self.0 as usize }
        }

        impl $crate::support::index::Index for $name {
            fn new(raw: u32) -> Self { Self(raw) }
            fn raw(self) -> u32 { self.0 }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+ };
}
pub(crate) use index_type;
