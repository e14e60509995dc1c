//! Tables.

use super::Val;
use super::store::{AsContext, AsContextMut, State, StoreId};
use crate::error::{Misuse, Result};
use crate::store::{Ref, TableId, known};
use crate::syntax::{RefType, TableType, ValType};

/// A table: a handle, good for its store only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    pub(crate) store: StoreId,
    pub(crate) id: TableId,
}

impl Table {
    /// A new table, every element of it `init`.
    pub fn new(mut store: impl AsContextMut, ty: TableType, init: Val) -> Result<Self> {
        let mut store = store.as_context_mut();
        let state = store.state();
        let init = element(init, ty.element, state)?;
        let id = state.core.state.add_table(ty, init)?;
        Ok(Self { store: state.id, id })
    }

    /// Its type, with the elements that it has now as minimum.
    pub fn ty(&self, store: impl AsContext) -> Result<TableType> {
        let store = store.as_context();
        let state = &store.inner.state;
        state.own(self.store)?;
        Ok(known(state.core.state.tables.get(self.id))?.ty())
    }

    /// How many elements it has.
    pub fn size(&self, store: impl AsContext) -> Result<u64> {
        let store = store.as_context();
        let state = &store.inner.state;
        state.own(self.store)?;
        Ok(known(state.core.state.tables.get(self.id))?.size())
    }

    /// The element at `index`.
    pub fn get(&self, mut store: impl AsContextMut, index: u64) -> Result<Val> {
        let mut store = store.as_context_mut();
        let state = store.state();
        state.own(self.store)?;
        let table = known(state.core.state.tables.get(self.id))?;
        let raw = table.get(index).ok_or(Misuse::OutOfBounds)?;
        Ok(Val::from_ref(table.ty().element, raw, state))
    }

    /// Changes the element at `index`.
    pub fn set(&self, mut store: impl AsContextMut, index: u64, value: Val) -> Result<()> {
        let mut store = store.as_context_mut();
        let state = store.state();
        state.own(self.store)?;
        let raw = element(value, known(state.core.state.tables.get(self.id))?.ty().element, state)?;
        let table = known(state.core.state.tables.get_mut(self.id))?;
        let index = usize::try_from(index).map_err(|_| Misuse::OutOfBounds)?;
        *table.elements_mut().get_mut(index).ok_or(Misuse::OutOfBounds)? = raw;
        Ok(())
    }

    /// Adds elements; returns how many it had. An error where its type, the limits or the
    /// allocator do not allow it; then nothing has changed.
    pub fn grow(&self, mut store: impl AsContextMut, delta: u64, init: Val) -> Result<u64> {
        let mut store = store.as_context_mut();
        let state = store.state();
        state.own(self.store)?;
        let init = element(init, known(state.core.state.tables.get(self.id))?.ty().element, state)?;
        state.core.state.grow_table(self.id, delta, init).ok_or_else(|| Misuse::OutOfBounds.into())
    }
}

fn element(value: Val, ty: RefType, state: &State) -> Result<Ref> {
    if !value.is_of(ValType::Ref(ty), state) {
        return Err(Misuse::ValueType.into());
    }
    value.to_ref(state)
}
