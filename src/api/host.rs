//! Host functions: closures over the host's `T`, kept where the machine cannot see them.
//!
//! A host function runs while its store is borrowed to be changed, and may define further host
//! functions. So they lie in a list that grows through a shared reference and never moves what
//! it holds: chunks of doubling size.

use super::store::{AsContext, AsContextMut, StoreContext, StoreContextMut};
use super::{Extern, Instance};
use crate::error::Result;
use crate::store::InstanceId;
use crate::support::{DynBox, OutOfMemory, Vec};
use core::cell::{Cell, OnceCell};

/// What a host function sees of the store that calls it.
pub struct Caller<'a, T: 'static> {
    pub(crate) store: StoreContextMut<'a, T>,
    pub(crate) instance: Option<InstanceId>,
}

impl<T> Caller<'_, T> {
    /// The host's data.
    pub fn data(&self) -> &T {
        &self.store.inner.data
    }

    /// The host's data, to change.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.store.inner.data
    }

    /// What the calling instance exports under that name; nothing if the host itself calls.
    pub fn get_export(&mut self, name: &str) -> Option<Extern> {
        let id = self.instance?;
        let instance = Instance { store: self.store.inner.state.id, id };
        instance.get_export(&mut self.store, name)
    }
}

impl<T> AsContext for Caller<'_, T> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        self.store.as_context()
    }
}

impl<T> AsContextMut for Caller<'_, T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        self.store.as_context_mut()
    }
}

/// A host function as the run loop calls it: `slots` holds the arguments and, after the call,
/// the results; it is as long as the longer of both.
pub(crate) trait HostFunc<T>: Send + Sync {
    fn call(&self, caller: Caller<'_, T>, slots: &mut [u64]) -> Result<()>;
}

/// A host function that a linker can give to several stores.
pub(crate) trait SharedHostFunc<T>: HostFunc<T> {
    fn for_store(&self) -> Result<BoxedHostFunc<T>, OutOfMemory>;
}

pub(crate) type BoxedHostFunc<T> = DynBox<dyn HostFunc<T>>;
pub(crate) type BoxedSharedHostFunc<T> = DynBox<dyn SharedHostFunc<T>>;

/// What a store has of the host.
pub(crate) struct Hosts<T: 'static> {
    /// Host functions by the number that `FuncKind::Host` holds.
    pub(crate) core: Pool<BoxedHostFunc<T>>,
    /// Component-level functions and destructors by the number that `HostFuncId` holds.
    #[cfg(feature = "component")]
    pub(crate) component: Pool<super::component::HostItem<T>>,
}

impl<T> Hosts<T> {
    pub(crate) fn new() -> Self {
        Self {
            core: Pool::new(),
            #[cfg(feature = "component")]
            component: Pool::new(),
        }
    }
}

/// A list that grows through a shared reference and never moves what it holds.
pub(crate) struct Pool<F> {
    /// Chunk `n` has room for `1 << n` items, from number `(1 << n) - 1` on.
    chunks: [OnceCell<Vec<OnceCell<F>>>; CHUNKS],
    len: Cell<u32>,
}

const CHUNKS: usize = 31;

impl<F> Pool<F> {
    pub(crate) fn new() -> Self {
        Self { chunks: [const { OnceCell::new() }; CHUNKS], len: Cell::new(0) }
    }

    /// The chunk of item `number`, and its place there.
    fn place(number: u32) -> (usize, usize) {
        let from_one = u64::from(number) + 1;
        let chunk = from_one.ilog2();
        (chunk as usize, (from_one - (1 << chunk)) as usize)
    }

    pub(crate) fn get(&self, number: u32) -> Option<&F> {
        let (chunk, place) = Self::place(number);
        self.chunks.get(chunk)?.get()?.get(place)?.get()
    }

    /// Keeps an item; returns its number.
    pub(crate) fn push(&self, item: F) -> Result<u32, OutOfMemory> {
        let number = self.len.get();
        let (chunk, place) = Self::place(number);
        let cell = self.chunks.get(chunk).ok_or(OutOfMemory)?;
        if cell.get().is_none() {
            let empty = Vec::collect((0..1usize << chunk).map(|_| OnceCell::new()))?;
            // The cell is empty, so setting it works; and nobody else holds it.
            let _ = cell.set(empty);
        }
        let free = cell.get().and_then(|items| items.get(place)).ok_or(OutOfMemory)?;
        let _ = free.set(item);
        self.len.set(number + 1);
        Ok(number)
    }
}
