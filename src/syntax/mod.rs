//! Plain data as written in a binary, and the tables that list what can be written.
//!
//! Nothing here judges. Lists that a reader would have to copy stay [`Encoded`] and are read
//! where they lie by `binary`.

pub mod core_type;
mod display;
pub mod encoded;
pub mod feature;
pub mod instr;
pub mod module;
pub mod span;

#[cfg(feature = "component")]
pub mod canon;
#[cfg(feature = "component")]
pub mod component;
#[cfg(feature = "component")]
pub mod component_type;
#[cfg(feature = "component")]
pub mod name;
#[cfg(feature = "component")]
pub mod valtype;

pub use core_type::*;
pub use encoded::Encoded;
pub use feature::Features;
pub use instr::Instr;
pub use module::Import;
pub use span::Span;
