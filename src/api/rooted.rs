//! References that the host holds: what keeps their objects, and how long.
//!
//! A reference to an object of the heap is an entry in a list of the store, and the host has its
//! number: so a collection finds what the host holds. Values that are no objects (an `i31`, a
//! number of the host's own) need no entry.

use super::store::{AsContext, AsContextMut, State, StoreContextMut, StoreId};
use crate::error::{Misuse, Result};
use crate::store::Ref;
use crate::support::Vec;
use core::ops::Deref;

/// What stands behind a reference that the host holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Handle {
    /// The value itself, which is no object.
    Value(u32),
    /// An entry in the list of a store.
    Root { store: StoreId, index: u32, generation: u32 },
}

/// The objects that the host holds, the newest last.
#[derive(Debug, Default)]
pub(crate) struct Roots {
    entries: Vec<(Ref, u32)>,
    /// Counted up whenever entries go, so that an index that is used again is known as another.
    generation: u32,
}

impl Roots {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Forgets the newest entries until `len` are left.
    pub(crate) fn truncate(&mut self, len: usize) {
        if len < self.entries.len() {
            self.entries.truncate(len);
            self.generation = self.generation.wrapping_add(1);
        }
    }

    #[cfg(feature = "heap")]
    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> {
        self.entries.iter().map(|(reference, _)| reference.into_slot())
    }
}

impl Handle {
    /// A handle of a reference that is neither null nor of a function.
    pub(crate) fn new(state: &mut State, reference: Ref) -> Result<Self> {
        if !reference.is_object() {
            // The bits of a reference fit: see `Ref`.
            return Ok(Handle::Value(reference.into_slot() as u32));
        }
        let Roots { entries, generation } = &mut state.roots;
        let (index, generation) = (entries.len() as u32, *generation);
        entries.push((reference, generation))?;
        Ok(Handle::Root { store: state.id, index, generation })
    }

    pub(crate) fn of_value(reference: Ref) -> Self {
        Handle::Value(reference.into_slot() as u32)
    }

    /// The reference; an error where it belongs to another store or its scope has ended.
    pub(crate) fn get(self, state: &State) -> Result<Ref> {
        match self {
            Handle::Value(value) => Ok(Ref::from_slot(value.into())),
            Handle::Root { store, index, generation } => {
                state.own(store)?;
                let entry = state.roots.entries.get(index as usize).filter(|entry| entry.1 == generation);
                Ok(entry.ok_or(Misuse::Unrooted)?.0)
            }
        }
    }
}

/// What a [`Rooted`] can refer to: [`AnyRef`](super::AnyRef), [`ExternRef`](super::ExternRef) and others.
pub trait GcRef: Copy {
    #[doc(hidden)]
    fn from_handle(handle: HandleOf) -> Self;
    #[doc(hidden)]
    fn handle(self) -> HandleOf;
}

/// A handle, opaque outside of the engine.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HandleOf(pub(crate) Handle);

/// A reference to something of the guest's, held by the host: what it refers to stays in the heap
/// until the innermost [`RootScope`] that was open when it came to the host ends; a host function has one of
/// its own. Later uses are an error. Without a scope it stays as long as the store.
///
/// ```
/// use windlass::{AnyRef, Engine, ExternRef, RootScope, Store};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let name = {
///     let mut scope = RootScope::new(&mut store);
///     let name = ExternRef::new(&mut scope, "Ada")?;
///     assert_eq!(name.data(&scope)?.and_then(|data| data.downcast_ref()), Some(&"Ada"));
///     name
/// };
/// assert!(name.data(&store).is_err());
/// # Ok::<(), windlass::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rooted<T>(T);

impl<T: GcRef> Rooted<T> {
    pub(crate) fn from_handle(handle: Handle) -> Self {
        Rooted(T::from_handle(HandleOf(handle)))
    }

    pub(crate) fn handle(self) -> Handle {
        self.0.handle().0
    }

    /// Whether both refer to the same object, or are the same value (core spec, `ref.eq`).
    pub fn ref_eq(store: impl AsContext, a: &Self, b: &Self) -> Result<bool> {
        let state = &store.as_context().inner.state;
        Ok(a.handle().get(state)? == b.handle().get(state)?)
    }
}

impl<T> Deref for Rooted<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

/// Where what the host gets references to is held no longer than the scope: see [`Rooted`].
pub struct RootScope<C: AsContextMut> {
    store: C,
    roots: usize,
}

impl<C: AsContextMut> RootScope<C> {
    /// Opens a scope in a store.
    pub fn new(store: C) -> Self {
        let roots = store.as_context().inner.state.roots.len();
        Self { store, roots }
    }
}

impl<C: AsContextMut> Drop for RootScope<C> {
    fn drop(&mut self) {
        let roots = self.roots;
        self.store.as_context_mut().state().roots.truncate(roots);
    }
}

impl<C: AsContextMut> AsContext for RootScope<C> {
    type Data = C::Data;
    fn as_context(&self) -> super::StoreContext<'_, C::Data> {
        self.store.as_context()
    }
}

impl<C: AsContextMut> AsContextMut for RootScope<C> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, C::Data> {
        self.store.as_context_mut()
    }
}
