//! Resources of the host, and handles that the host holds.

use super::event_loop;
use super::run::{self, Ran};
use crate::api::store::AsContextMut;
use crate::component::abi::resource::Resource;
use crate::component::abi::val::ResourceAny;
use crate::component::canon::resource::drop_owned;
use crate::component::flow::Flow;
use crate::component::state::direct::DirectCaller;
use crate::component::state::{self, Dtor, HostType, ResourceHandle};
use crate::error::{Misuse, Result};
use crate::support::{Box, DynBox, OutOfMemory, Vec};
use core::any::Any;

impl ResourceAny {
    /// The host's own resource that this is: an error if it is of another type. An owned one is
    /// used up.
    pub fn try_into_resource<T: 'static>(self, mut store: impl AsContextMut) -> Result<Resource<T>> {
        let mut store = store.as_context_mut();
        let component = &mut store.state().component.state;
        if component.live.host_types.get(&HostType::host::<T>()) != Some(&self.rt) {
            return Err(Misuse::ResourceType.into());
        }
        let host = &mut component.live.host;
        Ok(match self.owned {
            true => Resource::new_own(host.remove(self.handle)?.rep),
            false => Resource::new_borrow(host.get(self.handle)?.rep),
        })
    }

    /// Drops a resource that the host owns: runs its destructor. One that was lent to the host
    /// is only forgotten.
    pub fn resource_drop(self, mut store: impl AsContextMut) -> Result<()> {
        let mut store = store.as_context_mut();
        if !self.owned() {
            return Ok(());
        }
        let handle = store.state().component.state.live.host.remove(self.handle)?;
        run::to_end(&mut store, |store, machine| {
            let mut cx = run::cx(store.state(), machine);
            match drop_owned(&mut cx, DirectCaller::Host, handle)? {
                Flow::HostDtor(func) => event_loop::call_dtor(store, machine, func).map(|_| Ran::ToEnd(())),
                _ => event_loop::finish(store, machine),
            }
        })
    }
}

impl<T: 'static> Resource<T> {
    /// The resource as a value of any type, which the host owns until it gives it away.
    pub fn try_into_resource_any(self, mut store: impl AsContextMut) -> Result<ResourceAny> {
        if !self.owned() {
            return Err(Misuse::ResourceLent.into());
        }
        let mut store = store.as_context_mut();
        let live = &mut store.state().component.state.live;
        let ty = HostType::host::<T>();
        let rt = match live.host_types.get(&ty) {
            Some(rt) => *rt,
            None => {
                // A linker that defines the type brings the destructor.
                let unknown = state::ResourceType { inst: None, dtor: Dtor::None };
                let rt = live.resource_types.push(unknown)?;
                live.host_types.insert(ty, rt)?;
                rt
            }
        };
        let handle = live.host.add(ResourceHandle::own(rt, self.rep()))?;
        Ok(ResourceAny { handle, rt, owned: true })
    }
}

/// Values behind the resources of the host.
#[derive(Default)]
pub struct ResourceTable {
    places: Vec<Option<DynBox<dyn AnyOne>>>,
    free: Vec<u32>,
}

/// Any value; a trait of our own, so that a box of it can be made without aborting.
trait AnyOne: Send {
    fn any(&self) -> &dyn Any;
    fn any_mut(&mut self) -> &mut dyn Any;
    fn into_any(self: DynBox<Self>) -> DynBox<dyn Any>;
}

impl<V: Send + 'static> AnyOne for [V; 1] {
    fn any(&self) -> &dyn Any {
        self
    }
    fn any_mut(&mut self) -> &mut dyn Any {
        self
    }
    fn into_any(self: DynBox<Self>) -> DynBox<dyn Any> {
        self
    }
}

/// Why a [`ResourceTable`] did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceTableError {
    /// There is no memory left.
    Full,
    /// Nothing has this number.
    NotPresent,
    /// What has this number is of another type.
    WrongType,
}

impl core::fmt::Display for ResourceTableError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            ResourceTableError::Full => "resource table has no free places",
            ResourceTableError::NotPresent => "resource not present",
            ResourceTableError::WrongType => "resource is of another type",
        })
    }
}

impl core::error::Error for ResourceTableError {}

impl From<OutOfMemory> for ResourceTableError {
    fn from(_: OutOfMemory) -> Self {
        ResourceTableError::Full
    }
}

impl ResourceTable {
    /// An empty table.
    pub const fn new() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }

    /// Keeps a value; the resource that stands for it owns it.
    pub fn push<V: Send + 'static>(&mut self, value: V) -> Result<Resource<V>, ResourceTableError> {
        let boxed: DynBox<dyn AnyOne> = Box::new(value)?.into_array();
        if let Some(rep) = self.free.pop()
            && let Some(place) = self.places.get_mut(rep as usize)
        {
            *place = Some(boxed);
            return Ok(Resource::new_own(rep));
        }
        let rep = u32::try_from(self.places.len()).map_err(|_| ResourceTableError::Full)?;
        // Room to free every place, so that deleting cannot fail.
        self.free.reserve(self.places.len() + 1)?;
        self.places.push(Some(boxed))?;
        Ok(Resource::new_own(rep))
    }

    /// The value behind a resource.
    pub fn get<V: 'static>(&self, resource: &Resource<V>) -> Result<&V, ResourceTableError> {
        let place = self.places.get(resource.rep() as usize).and_then(Option::as_ref);
        let value = place.ok_or(ResourceTableError::NotPresent)?.any().downcast_ref::<[V; 1]>();
        let [value] = value.ok_or(ResourceTableError::WrongType)?;
        Ok(value)
    }

    /// The value behind a resource, to change.
    pub fn get_mut<V: 'static>(&mut self, resource: &Resource<V>) -> Result<&mut V, ResourceTableError> {
        let place = self.places.get_mut(resource.rep() as usize).and_then(Option::as_mut);
        let value = place.ok_or(ResourceTableError::NotPresent)?.any_mut().downcast_mut::<[V; 1]>();
        let [value] = value.ok_or(ResourceTableError::WrongType)?;
        Ok(value)
    }

    /// Takes a value out.
    pub fn delete<V: 'static>(&mut self, resource: Resource<V>) -> Result<V, ResourceTableError> {
        self.get(&resource)?;
        let place = self.places.get_mut(resource.rep() as usize).and_then(Option::take);
        let boxed = place.ok_or(ResourceTableError::NotPresent)?;
        let boxed = boxed.into_any().downcast::<[V; 1]>().map_err(|_| ResourceTableError::WrongType)?;
        self.free.push(resource.rep())?;
        let [value] = *boxed;
        Ok(value)
    }
}
