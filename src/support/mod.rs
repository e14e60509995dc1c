//! What every layer stands on: collections that can fail, typed indices, limits, choices.
//!
//! Nothing here knows WebAssembly. `Vec`, `Box`, `String` and `Map` of this module are the
//! only door to the allocator in the engine: each of their growing operations returns
//! [`OutOfMemory`] where the standard ones would abort.

pub mod arena;
pub mod boxed;
pub mod choice;
pub mod cut;
pub mod few;
pub mod heap;
pub mod index;
pub mod limits;
pub mod map;
pub mod pool;
pub mod queue;
pub mod sort;
pub mod string;
pub mod vec;

pub use arena::Arena;
pub use boxed::{Box, DynBox};
pub use few::Few;
pub use heap::MinHeap;
pub use limits::{Limit, Limits};
pub use map::Map;
pub use pool::Pool;
pub use queue::Queue;
pub use sort::sort_positions;
pub use string::String;
pub use vec::Vec;

/// The allocator had no memory left. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

impl core::fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("out of memory")
    }
}
