//! From bytes to an image: judges a module in one pass (core spec, Validation).
//!
//! Time and memory are linear in the input: whatever could cost more has a limit with a name.
//! What passes here, `exec` runs without looking again; what this engine cannot run yet is
//! refused by the name of its feature.

mod body;
mod code_metadata;
#[cfg(feature = "component")]
pub mod component;
mod const_expr;
mod context;
mod core_type;
mod index_set;
mod module;
mod segment;
#[cfg(test)]
mod tests;

pub use code_metadata::code_metadata;
pub use module::{image, module, module_of_any_feature};
