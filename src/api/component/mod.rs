//! The public face of components: Wasmtime's names and order of arguments.

mod definition;
mod func;
mod host;
mod instance;
mod linker;
mod resource;
mod run;
pub mod types;

pub use crate::component::abi::val::{ResourceAny, Val};
pub use definition::Component;
pub use func::Func;
pub use instance::{ComponentExportIndex, Instance};
pub use linker::{Linker, LinkerInstance};
pub use resource::{Resource, ResourceTable, ResourceTableError, ResourceType};

pub(crate) use host::HostItem;

use crate::component::state::{ResourceTypeId, State};
use crate::support::Map;

/// The component half of a store, with what the host's own resource types are known by.
#[derive(Default)]
pub(crate) struct ComponentState {
    pub(crate) state: State,
    pub(crate) host_types: Map<ResourceType, ResourceTypeId>,
}
