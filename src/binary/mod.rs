//! Bytes to syntax: reads, never judges, copies nothing.
//!
//! Lists stay [`Encoded`](crate::syntax::Encoded) until somebody reads their [`Items`].

#[cfg(feature = "component")]
pub mod canon;
#[cfg(feature = "component")]
pub mod component;
#[cfg(feature = "component")]
pub mod component_type;
pub mod core_type;
pub mod instr;
pub mod items;
pub mod judged;
pub mod leb128;
pub mod module;
pub mod name_section;
pub mod reader;

pub use items::Items;
pub use judged::Judged;
pub use reader::{Read, Reader};
