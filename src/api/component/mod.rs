//! The public face of components: Wasmtime's names and order of arguments.

mod definition;
mod direct;
mod func;
mod host;
mod instance;
mod linker;
mod resource;
mod run;
mod typed;
pub mod types;
mod unknown;

pub use crate::component::abi::resource::Resource;
pub use crate::component::abi::typed::{ComponentNamedList, ComponentType, Lift, Lower};
pub use crate::component::abi::val::{ResourceAny, Val};
pub use crate::component::state::HostType as ResourceType;
pub use definition::Component;
pub use func::{Func, PausedCall};
pub use instance::{ComponentExportIndex, Instance, InstanceExportLookup};
pub use linker::{Linker, LinkerInstance, PausedInstantiation};
pub use resource::{ResourceTable, ResourceTableError};
pub use typed::{PausedTypedCall, TypedFunc};

pub(crate) use host::HostItem;

/// The component half of a store.
#[derive(Default)]
pub(crate) struct ComponentState {
    pub(crate) state: crate::component::state::State,
}
