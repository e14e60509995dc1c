//! Types as meant: canonical, comparable, with subtyping.

pub mod aggregate;
#[cfg(feature = "component")]
mod change;
#[cfg(feature = "component")]
pub mod component;
pub mod core_extern;
#[cfg(feature = "component")]
pub(crate) mod defined;
#[cfg(feature = "component")]
pub mod flatten;
#[cfg(feature = "component")]
mod intern;
#[cfg(feature = "component")]
pub mod layout;
#[cfg(feature = "component")]
pub mod matching;
#[cfg(feature = "component")]
pub mod number;
pub mod rec_group;
#[cfg(feature = "component")]
pub mod resource;
pub mod subtype;

#[cfg(feature = "component")]
pub use component::ComponentTypes;
pub use rec_group::{Composite, SubTypeDef, TypeId, TypeTable};
