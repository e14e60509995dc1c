//! Bytes to syntax: reads, never judges, copies nothing.
//!
//! Lists stay [`Encoded`](crate::syntax::Encoded) until somebody reads their [`Items`].

pub mod core_type;
pub mod instr;
pub mod items;
pub mod leb128;
pub mod module;
pub mod name_section;
pub mod reader;

pub use items::Items;
pub use reader::{Judged, Read, Reader, Trust, Unjudged};
