//! Types as meant: canonical, comparable, with subtyping.

pub mod rec_group;
pub mod subtype;

pub use rec_group::{Composite, SubTypeDef, TypeId, TypeTable};
