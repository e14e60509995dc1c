//! What handles of a component instance stand for (`CanonicalABI.md`, Component Instances).

use super::ResourceHandle;
#[cfg(feature = "component-async")]
use super::waitable::WaitableId;
#[cfg(feature = "component-async")]
use super::{EndId, ErrorContextId, TaskId, WaitableSetId};
use crate::error::{Result, Trap};

/// An entry of `handles`.
#[derive(Clone, Copy, Debug)]
pub enum Handle {
    /// `ResourceHandle`
    Resource(ResourceHandle),
    /// `Subtask`
    #[cfg(feature = "component-async")]
    Subtask(TaskId),
    /// `End`
    #[cfg(feature = "component-async")]
    End(EndId),
    /// `WaitableSet`
    #[cfg(feature = "component-async")]
    WaitableSet(WaitableSetId),
    /// `ErrorContext`
    #[cfg(feature = "component-async")]
    ErrorContext(ErrorContextId),
}

impl Handle {
    /// `trap_if(not isinstance(h, ResourceHandle))`
    pub fn resource(self, index: u32) -> Result<ResourceHandle> {
        match self {
            Handle::Resource(handle) => Ok(handle),
            #[allow(unreachable_patterns, reason = "without async functions there is nothing else")]
            _ => Err(Trap::HandleType { index }.into()),
        }
    }

    /// The same, to change it.
    pub fn resource_mut(&mut self, index: u32) -> Result<&mut ResourceHandle> {
        match self {
            Handle::Resource(handle) => Ok(handle),
            #[allow(unreachable_patterns, reason = "without async functions there is nothing else")]
            _ => Err(Trap::HandleType { index }.into()),
        }
    }
}

#[cfg(feature = "component-async")]
impl Handle {
    /// `trap_if(not isinstance(s, Subtask))`
    pub fn subtask(self, index: u32) -> Result<TaskId> {
        match self {
            Handle::Subtask(id) => Ok(id),
            _ => Err(Trap::HandleType { index }.into()),
        }
    }

    /// An end of a stream or future, of any kind.
    pub fn end(self, index: u32) -> Result<EndId> {
        match self {
            Handle::End(id) => Ok(id),
            _ => Err(Trap::HandleType { index }.into()),
        }
    }

    /// `trap_if(not isinstance(wset, WaitableSet))`
    pub fn waitable_set(self, index: u32) -> Result<WaitableSetId> {
        match self {
            Handle::WaitableSet(id) => Ok(id),
            _ => Err(Trap::HandleType { index }.into()),
        }
    }

    /// `trap_if(not isinstance(w, Waitable))`
    pub fn waitable(self, index: u32) -> Result<WaitableId> {
        match self {
            Handle::Subtask(id) => Ok(WaitableId::Subtask(id)),
            Handle::End(id) => Ok(WaitableId::End(id)),
            _ => Err(Trap::HandleType { index }.into()),
        }
    }

    /// `trap_if(not isinstance(errctx, ErrorContext))`
    pub fn error_context(self, index: u32) -> Result<ErrorContextId> {
        match self {
            Handle::ErrorContext(id) => Ok(id),
            _ => Err(Trap::HandleType { index }.into()),
        }
    }
}
