//! Linear memories.

use super::store::{AsContext, AsContextMut, Store, StoreContext, StoreContextMut, StoreId};
use crate::error::{Error, ErrorKind, Misuse, Result};
use crate::store::{MemoryId, known};
use crate::support::Vec;
use crate::syntax::{Features, MemoryType};

/// A linear memory: a handle, good for its store only.
///
/// ```
/// use windlass::syntax::{AddrType, MemoryType};
/// use windlass::{Engine, Memory, Store};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let ty = MemoryType { addr: AddrType::I32, shared: false, min: 1, max: Some(2), custom_page_size: None };
/// let memory = Memory::new(&mut store, ty)?;
/// memory.write(&mut store, 65_530, b"hello")?;
/// assert!(memory.write(&mut store, 65_535, b"hello").is_err());
/// assert_eq!(memory.grow(&mut store, 1)?, 1);
/// assert_eq!(&memory.data(&store)?[65_530..65_536], b"hello\0");
/// assert!(memory.grow(&mut store, 1).is_err());
/// # Ok::<(), windlass::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    pub(crate) store: StoreId,
    pub(crate) id: MemoryId,
}

impl Memory {
    /// A new memory of zeros.
    pub fn new(mut store: impl AsContextMut, ty: MemoryType) -> Result<Self> {
        let mut store = store.as_context_mut();
        let state = store.state();
        if ty.addr != ty.addr.built() {
            return Err(Error::new(ErrorKind::Unsupported(Features::MEMORY64)));
        }
        if !ty.is_valid() {
            return Err(Misuse::MemoryType.into());
        }
        let id = state.core.state.add_memory(ty)?;
        Ok(Self { store: state.id, id })
    }

    /// Its type, with the pages that it has now as minimum.
    pub fn ty(&self, store: impl AsContext) -> Result<MemoryType> {
        let store = store.as_context();
        let state = &store.inner.state;
        state.own(self.store)?;
        Ok(known(state.core.state.memories.get(self.id))?.ty())
    }

    /// Its bytes.
    pub fn data<'a, T: 'static>(&self, store: impl Into<StoreContext<'a, T>>) -> Result<&'a [u8]> {
        let state = &store.into().inner.state;
        state.own(self.store)?;
        Ok(known(state.core.state.memories.get(self.id))?.bytes())
    }

    /// Its bytes, to change.
    pub fn data_mut<'a, T: 'static>(&self, store: impl Into<StoreContextMut<'a, T>>) -> Result<&'a mut [u8]> {
        let state = &mut store.into().inner.state;
        state.own(self.store)?;
        Ok(known(state.core.state.memories.get_mut(self.id))?.bytes_mut())
    }

    /// Its bytes and the host's data, both to change.
    pub fn data_and_store_mut<'a, T: 'static>(
        &self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> Result<(&'a mut [u8], &'a mut T)> {
        let inner = store.into().inner;
        inner.state.own(self.store)?;
        Ok((known(inner.state.core.state.memories.get_mut(self.id))?.bytes_mut(), &mut inner.data))
    }

    /// Copies bytes out.
    pub fn read(&self, store: impl AsContext, offset: usize, buffer: &mut [u8]) -> Result<()> {
        let store = store.as_context();
        let state = &store.inner.state;
        state.own(self.store)?;
        let bytes = known(state.core.state.memories.get(self.id))?.bytes();
        let end = offset.checked_add(buffer.len()).ok_or(Misuse::OutOfBounds)?;
        buffer.copy_from_slice(bytes.get(offset..end).ok_or(Misuse::OutOfBounds)?);
        Ok(())
    }

    /// Copies bytes in.
    pub fn write(&self, mut store: impl AsContextMut, offset: usize, buffer: &[u8]) -> Result<()> {
        let mut store = store.as_context_mut();
        let state = store.state();
        state.own(self.store)?;
        let bytes = known(state.core.state.memories.get_mut(self.id))?.bytes_mut();
        let end = offset.checked_add(buffer.len()).ok_or(Misuse::OutOfBounds)?;
        bytes.get_mut(offset..end).ok_or(Misuse::OutOfBounds)?.copy_from_slice(buffer);
        Ok(())
    }

    /// How many pages it has.
    pub fn size(&self, store: impl AsContext) -> Result<u64> {
        let store = store.as_context();
        let state = &store.inner.state;
        state.own(self.store)?;
        Ok(known(state.core.state.memories.get(self.id))?.pages())
    }

    /// Adds pages of zeros; returns how many it had. An error where its type, the limits or the
    /// allocator do not allow it; then nothing has changed.
    pub fn grow(&self, mut store: impl AsContextMut, delta: u64) -> Result<u64> {
        let mut store = store.as_context_mut();
        let state = store.state();
        state.own(self.store)?;
        state.core.state.grow_memory(self.id, delta).ok_or_else(|| Misuse::OutOfBounds.into())
    }
}

impl<T> Store<T> {
    /// Lends a buffer for one linear memory: a memory that is made from now on lies in the smallest
    /// buffer that is free and has room for its minimum, and grows no further than that buffer. A
    /// memory that no buffer has room for is allocated.
    ///
    /// ```
    /// use windlass::syntax::{AddrType, MemoryType};
    /// use windlass::{Engine, Memory, Store};
    ///
    /// let mut store = Store::new(&Engine::default(), ());
    /// // On a board: a `static` that is taken once, such as one of the crate `static_cell`.
    /// let buffer: &'static mut [u8] = Box::leak(Box::new([0; 2 << 16]));
    /// store.lend_memory(buffer)?;
    /// let ty = MemoryType { addr: AddrType::I32, shared: false, min: 1, max: None, custom_page_size: None };
    /// let memory = Memory::new(&mut store, ty)?;
    /// assert_eq!(memory.grow(&mut store, 1)?, 1);
    /// assert!(memory.grow(&mut store, 1).is_err());
    /// memory.write(&mut store, 0, b"left behind")?;
    /// let buffers = store.into_lent_memory();
    /// assert_eq!(buffers.len(), 1);
    /// # Ok::<(), windlass::Error>(())
    /// ```
    pub fn lend_memory(&mut self, buffer: &'static mut [u8]) -> Result<()> {
        Ok(self.inner.state.core.state.buffers.lend(buffer)?)
    }

    /// Ends the store; gives back the buffers that were [lent](Self::lend_memory), with what the
    /// guests left in them.
    pub fn into_lent_memory(self) -> Vec<&'static mut [u8]> {
        self.inner.state.core.state.into_lent()
    }
}
