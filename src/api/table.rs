//! Tables.

use super::store::{AsContext, AsContextMut, State, StoreId};
use super::{Ref, Val};
use crate::error::{Error, ErrorKind, Misuse, Result};
use crate::store::{self, TableId, known};
use crate::syntax::{Features, RefType, TableType, ValType};

/// A table: a handle, good for its store only.
///
/// ```
/// use windlass::syntax::{AddrType, RefType, TableType};
/// use windlass::{Engine, Func, Ref, Store, Table};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let ty = TableType { element: RefType::FUNCREF, addr: AddrType::I32, min: 1, max: None };
/// let table = Table::new(&mut store, ty, Ref::Func(None))?;
/// let func = Func::wrap(&mut store, || ())?;
/// assert_eq!(table.grow(&mut store, 2, func.into())?, 1);
/// assert_eq!(table.get(&mut store, 0), Some(Ref::Func(None)));
/// assert_eq!(table.get(&mut store, 2), Some(func.into()));
/// assert_eq!(table.get(&mut store, 3), None);
/// # Ok::<(), windlass::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    pub(crate) store: StoreId,
    pub(crate) id: TableId,
}

impl Table {
    /// A new table, every element of it `init`.
    pub fn new(mut store: impl AsContextMut, ty: TableType, init: Ref) -> Result<Self> {
        let mut store = store.as_context_mut();
        let state = store.state();
        let init = element(init, ty.element, state)?;
        if ty.addr != ty.addr.built() {
            return Err(Error::new(ErrorKind::Unsupported(Features::MEMORY64)));
        }
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

    /// The element at `index`, if there is one.
    pub fn get(&self, mut store: impl AsContextMut, index: u64) -> Option<Ref> {
        let mut store = store.as_context_mut();
        let state = store.state();
        state.own(self.store).ok()?;
        let table = state.core.state.tables.get(self.id)?;
        let (ty, raw) = (table.ty().element, table.get(index)?);
        Val::from_ref(ty, raw, state).ok()?.ref_()
    }

    /// Changes the element at `index`.
    pub fn set(&self, store: impl AsContextMut, index: u64, value: Ref) -> Result<()> {
        self.fill(store, index, value, 1)
    }

    /// Changes `len` elements from `start` on to `value`.
    pub fn fill(&self, mut store: impl AsContextMut, start: u64, value: Ref, len: u64) -> Result<()> {
        let mut store = store.as_context_mut();
        let state = store.state();
        state.own(self.store)?;
        let raw = element(value, known(state.core.state.tables.get(self.id))?.ty().element, state)?;
        let elements = known(state.core.state.tables.get_mut(self.id))?.elements_mut();
        range(elements, start, len)?.fill(raw);
        Ok(())
    }

    /// Adds elements; returns how many it had. An error where its type, the limits or the
    /// allocator do not allow it; then nothing has changed.
    pub fn grow(&self, mut store: impl AsContextMut, delta: u64, init: Ref) -> Result<u64> {
        let mut store = store.as_context_mut();
        let state = store.state();
        state.own(self.store)?;
        let init = element(init, known(state.core.state.tables.get(self.id))?.ty().element, state)?;
        state.core.state.grow_table(self.id, delta, init).ok_or_else(|| Misuse::OutOfBounds.into())
    }
}

impl Table {
    /// Copies `len` elements of one table to another, or within one; all or none.
    pub fn copy(
        mut store: impl AsContextMut,
        dst_table: &Table,
        dst_index: u64,
        src_table: &Table,
        src_index: u64,
        len: u64,
    ) -> Result<()> {
        let mut store = store.as_context_mut();
        let state = store.state();
        state.own(dst_table.store)?;
        state.own(src_table.store)?;
        let core = &mut state.core.state;
        let (to, from) =
            (known(core.tables.get(dst_table.id))?.ty().element, known(core.tables.get(src_table.id))?.ty().element);
        if !core.types.ref_matches(from, to) {
            return Err(Misuse::ValueType.into());
        }
        match core.tables.get_two_mut(dst_table.id, src_table.id) {
            Some((to, from)) => {
                let from = range(from.elements_mut(), src_index, len)?;
                range(to.elements_mut(), dst_index, len)?.copy_from_slice(from);
            }
            None => {
                let elements = known(core.tables.get_mut(dst_table.id))?.elements_mut();
                range(elements, dst_index, len)?;
                range(elements, src_index, len)?;
                // Both are within the table, so these fit and nothing panics.
                let (to, from) = (dst_index as usize, src_index as usize);
                elements.copy_within(from..from + len as usize, to);
            }
        }
        Ok(())
    }
}

/// `len` elements from `start` on.
fn range(elements: &mut [store::Ref], start: u64, len: u64) -> Result<&mut [store::Ref]> {
    let end = start.checked_add(len).and_then(|end| usize::try_from(end).ok());
    // The start is not above the end, which fits.
    let range = end.and_then(|end| elements.get_mut(start as usize..end));
    range.ok_or_else(|| Misuse::OutOfBounds.into())
}

/// A reference as an element of a table of `ty`.
fn element(value: Ref, ty: RefType, state: &State) -> Result<store::Ref> {
    let value = Val::from(value);
    if !value.is_of(ValType::Ref(ty), state) {
        return Err(Misuse::ValueType.into());
    }
    value.to_ref(state)
}
