//! Globals.

use super::Val;
use super::store::{AsContext, AsContextMut, StoreId};
use crate::error::{Misuse, Result};
use crate::store::{GlobalId, known};
use crate::syntax::GlobalType;

/// A global: a handle, good for its store only.
///
/// ```
/// use windlass::syntax::{GlobalType, ValType};
/// use windlass::{Engine, Global, Store, Val};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let global = Global::new(&mut store, GlobalType { content: ValType::I32, mutable: true }, Val::I32(1))?;
/// global.set(&mut store, Val::I32(2))?;
/// assert_eq!(global.get(&mut store)?, Val::I32(2));
/// assert!(global.set(&mut store, Val::I64(2)).is_err());
/// # Ok::<(), windlass::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Global {
    pub(crate) store: StoreId,
    pub(crate) id: GlobalId,
}

impl Global {
    /// A new global.
    pub fn new(mut store: impl AsContextMut, ty: GlobalType, value: Val) -> Result<Self> {
        let mut store = store.as_context_mut();
        let state = store.state();
        if !value.is_of(ty.content, state) {
            return Err(Misuse::ValueType.into());
        }
        let mut slots = [0; 2];
        value.write(&mut slots, state)?;
        let id = state.core.state.add_global(ty, slots)?;
        Ok(Self { store: state.id, id })
    }

    /// Its type.
    pub fn ty(&self, store: impl AsContext) -> Result<GlobalType> {
        let store = store.as_context();
        let state = &store.inner.state;
        state.own(self.store)?;
        Ok(known(state.core.state.globals.get(self.id))?.ty)
    }

    /// Its value.
    pub fn get(&self, mut store: impl AsContextMut) -> Result<Val> {
        let mut store = store.as_context_mut();
        let state = store.state();
        state.own(self.store)?;
        let global = *known(state.core.state.globals.get(self.id))?;
        Val::read(global.ty.content, &global.value, state)
    }

    /// Changes its value.
    pub fn set(&self, mut store: impl AsContextMut, value: Val) -> Result<()> {
        let mut store = store.as_context_mut();
        let state = store.state();
        state.own(self.store)?;
        let ty = known(state.core.state.globals.get(self.id))?.ty;
        if !ty.mutable || !value.is_of(ty.content, state) {
            return Err(Misuse::ValueType.into());
        }
        let mut slots = [0; 2];
        value.write(&mut slots, state)?;
        known(state.core.state.globals.get_mut(self.id))?.value = slots;
        Ok(())
    }
}
