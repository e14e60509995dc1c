//! What handles of a component instance stand for (`CanonicalABI.md`, Component Instances).

use super::table::Table;
#[cfg(feature = "component-async")]
use super::waitable::WaitableId;
#[cfg(feature = "component-async")]
use super::{EndId, ErrorContextId, TaskId, WaitableSetId};
use super::{ResourceHandle, ResourceTypeId};
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

/// Handles of resources. Where one of these traps, the table is as it was.
impl Table<Handle> {
    /// A handle of that type.
    fn of_type(&mut self, index: u32, rt: ResourceTypeId) -> Result<&mut ResourceHandle> {
        let handle = self.get_mut(index)?.resource_mut(index)?;
        if handle.rt == rt { Ok(handle) } else { Err(Trap::HandleType { index }.into()) }
    }

    /// The same, which nobody has lent.
    fn unlent(&mut self, index: u32, rt: ResourceTypeId) -> Result<ResourceHandle> {
        let handle = *self.of_type(index, rt)?;
        if handle.num_lends == 0 { Ok(handle) } else { Err(Trap::HandleLent { index }.into()) }
    }

    /// `canon resource.rep`
    pub fn rep(&mut self, index: u32, rt: ResourceTypeId) -> Result<u32> {
        Ok(self.of_type(index, rt)?.rep)
    }

    /// `canon resource.drop`: takes the handle out.
    pub fn take_dropped(&mut self, index: u32, rt: ResourceTypeId) -> Result<ResourceHandle> {
        let handle = self.unlent(index, rt)?;
        self.remove(index)?;
        Ok(handle)
    }

    /// `lift_own`: takes the handle out, and returns what its resource is known by.
    pub fn take_own(&mut self, index: u32, rt: ResourceTypeId) -> Result<u32> {
        let handle = self.unlent(index, rt)?;
        if handle.borrow_scope.is_some() {
            return Err(Trap::NotOwned { index }.into());
        }
        self.remove(index)?;
        Ok(handle.rep)
    }

    /// `lift_borrow`: counts what is lent, and returns what the resource is known by.
    pub fn lend(&mut self, index: u32, rt: ResourceTypeId) -> Result<u32> {
        let handle = self.of_type(index, rt)?;
        handle.num_lends += 1;
        Ok(handle.rep)
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
