//! The public face of components: Wasmtime's names and order of arguments.

#[cfg(feature = "component-async")]
mod async_any;
mod call;
#[cfg(feature = "component-async")]
mod concurrent;
mod definition;
#[cfg(feature = "component-async")]
mod direct;
#[cfg(feature = "component-async")]
mod end;
mod event_loop;
mod func;
mod host;
#[cfg(feature = "component-async")]
mod host_async;
mod instance;
mod linker;
#[cfg(feature = "component-async")]
mod poll;
mod resource;
mod run;
#[cfg(feature = "component-async")]
mod started;
#[cfg(feature = "component-async")]
mod task;
mod typed;
pub mod types;
mod unknown;

#[cfg(feature = "component-async")]
pub use crate::component::abi::async_any::{ErrorContextAny, FutureAny, StreamAny};
pub use crate::component::abi::resource::Resource;
pub use crate::component::abi::typed::{ComponentNamedList, ComponentType, Lift, Lower};
#[cfg(feature = "component-async")]
pub use crate::component::abi::typed::{FutureReader, StreamReader};
pub use crate::component::abi::val::{ResourceAny, Val};
pub use crate::component::state::HostType as ResourceType;
#[cfg(feature = "component-async")]
pub use crate::component::state::end::EndKind;
#[cfg(feature = "component-async")]
pub use crate::component::waiting::{Waitable, Waiting, WaitsFor};
#[cfg(feature = "component-async")]
pub use concurrent::Accessor;
pub use definition::Component;
#[cfg(feature = "component-async")]
pub use end::{FutureWriter, StreamWriter, future, stream};
pub use func::{Func, PausedCall};
#[cfg(feature = "component-async")]
pub use host_async::{BoxFuture, boxed};
pub use instance::{ComponentExportIndex, Instance, InstanceExportLookup};
pub use linker::{Linker, LinkerInstance, PausedInstantiation};
#[cfg(feature = "component-async")]
pub use poll::Step;
pub use resource::{ResourceTable, ResourceTableError};
#[cfg(feature = "component-async")]
pub use started::Started;
pub use typed::{PausedTypedCall, TypedFunc};

pub(crate) use host::HostItem;
#[cfg(feature = "component-async")]
pub(crate) use task::HostTasks;

/// The component half of a store.
#[derive(Default)]
pub(crate) struct ComponentState {
    pub(crate) state: crate::component::state::State,
    #[cfg(feature = "component-async")]
    calls: call::Calls,
    /// Who is woken when a function of the host may be ready; nobody, where nobody can wait.
    #[cfg(feature = "component-async")]
    waker: Option<core::task::Waker>,
    /// What `poll` goes on with.
    #[cfg(feature = "component-async")]
    resting: Option<run::Paused>,
    /// How often something was run that was ready.
    #[cfg(feature = "component-async")]
    steps: u64,
}
