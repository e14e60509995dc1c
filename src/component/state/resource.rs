//! Resource types and handles (`CanonicalABI.md`, Resource State), and the host's own handles.

use super::{ComponentInstanceId, HostFuncId, ResourceTypeId, TaskId};
use crate::error::{Misuse, Result};
use crate::store;
use crate::support::Vec;
use core::any::TypeId;

/// `ResourceType`
#[derive(Clone, Copy, Debug)]
pub struct ResourceType {
    /// `impl`: the component instance that defines it; `None` for the host.
    pub inst: Option<ComponentInstanceId>,
    /// What is called when the last handle is dropped.
    pub dtor: Dtor,
}

/// A resource type of the host, in any store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostType(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Host(TypeId),
    Dynamic(u32),
}

impl HostType {
    /// The resource type whose values the host keeps as `T`.
    pub fn host<T: 'static>() -> Self {
        HostType(Kind::Host(TypeId::of::<T>()))
    }

    /// A resource type that the host tells from others by a number.
    pub fn host_dynamic(number: u32) -> Self {
        HostType(Kind::Dynamic(number))
    }
}

/// The destructor of a resource type.
#[derive(Clone, Copy, Debug)]
pub enum Dtor {
    /// Nothing is called.
    None,
    /// A core function of the instance that defines the type.
    Core(store::FuncId),
    /// A function of the host.
    Host(HostFuncId),
}

/// `ResourceHandle`
#[derive(Clone, Copy, Debug)]
pub struct ResourceHandle {
    /// Its type.
    pub rt: ResourceTypeId,
    /// What the defining instance knows the resource by.
    pub rep: u32,
    /// `borrow_scope` of a borrowed handle; `None` where it is owned.
    pub borrow_scope: Option<TaskId>,
    /// `num_lends`
    pub num_lends: u32,
}

impl ResourceHandle {
    /// An owned handle.
    pub const fn own(rt: ResourceTypeId, rep: u32) -> Self {
        Self { rt, rep, borrow_scope: None, num_lends: 0 }
    }

    /// A handle borrowed for the length of a call.
    pub const fn borrow(rt: ResourceTypeId, rep: u32, task: TaskId) -> Self {
        Self { rt, rep, borrow_scope: Some(task), num_lends: 0 }
    }
}

/// The host's name for a handle that it holds. It is used up when the handle is given away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HostHandle {
    index: u32,
    /// How often the place was used before: an old name never reaches a new handle.
    generation: u32,
}

impl HostHandle {
    /// What an observer sees of a handle of a guest's. It is good for nothing.
    #[cfg(feature = "text")]
    pub const fn of_guest(index: u32) -> Self {
        Self { index, generation: u32::MAX }
    }

    /// The index.
    pub const fn index(self) -> u32 {
        self.index
    }
}

/// Handles that the host holds.
#[derive(Debug, Default)]
pub struct HostHandles {
    places: Vec<(u32, Option<ResourceHandle>)>,
    free: Vec<u32>,
}

impl HostHandles {
    /// Keeps a handle.
    pub fn add(&mut self, handle: ResourceHandle) -> Result<HostHandle> {
        // Room for it in the free list first: giving back must not fail.
        self.free.reserve(self.places.len() + 1 - self.free.len().min(self.places.len()))?;
        if let Some(index) = self.free.pop()
            && let Some((generation, place)) = self.places.get_mut(index as usize)
        {
            *place = Some(handle);
            return Ok(HostHandle { index, generation: *generation });
        }
        let index = self.places.len() as u32;
        self.places.push((0, Some(handle)))?;
        Ok(HostHandle { index, generation: 0 })
    }

    /// A handle that the host holds.
    pub fn get(&mut self, name: HostHandle) -> Result<&mut ResourceHandle> {
        match self.places.get_mut(name.index as usize) {
            Some((generation, Some(handle))) if *generation == name.generation => Ok(handle),
            _ => Err(Misuse::StaleResource.into()),
        }
    }

    /// Takes a handle away from the host.
    pub fn remove(&mut self, name: HostHandle) -> Result<ResourceHandle> {
        let handle = *self.get(name)?;
        if handle.num_lends > 0 {
            return Err(Misuse::ResourceLent.into());
        }
        self.release(name.index);
        Ok(handle)
    }

    fn release(&mut self, index: u32) {
        let Some((generation, place)) = self.places.get_mut(index as usize) else { return };
        *place = None;
        *generation = generation.wrapping_add(1);
        // `add` made room.
        let _ = self.free.push(index);
    }

    /// Forgets handles that were lent to the host for a call that has ended.
    pub fn forget(&mut self, borrows: &[HostHandle]) {
        for name in borrows {
            if self.get(*name).is_ok() {
                self.release(name.index);
            }
        }
    }
}
