//! Tags: what exceptions are of.

use super::FuncType;
use super::store::{AsContext, AsContextMut, StoreId};
use crate::error::{Error, Misuse, Result};
use crate::store::{TagId, known};

/// The type of a tag: what exceptions of it carry are the parameters of a function type.
#[derive(Debug, PartialEq, Eq)]
pub struct TagType {
    ty: FuncType,
}

impl TagType {
    /// The type of tags whose exceptions carry the parameters of `ty`.
    pub fn new(ty: FuncType) -> Self {
        Self { ty }
    }

    /// The function type.
    pub fn ty(&self) -> &FuncType {
        &self.ty
    }
}

/// A tag: a handle, good for its store only. Two tags of one type are not the same.
///
/// ```
/// use windlass::syntax::ValType;
/// use windlass::{Engine, FuncType, Store, Tag, TagType};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let ty = TagType::new(FuncType::new([ValType::I32], [])?);
/// let tag = Tag::new(&mut store, &ty)?;
/// assert_eq!(tag.ty(&store)?, ty);
/// assert!(!Tag::eq(&tag, &Tag::new(&mut store, &ty)?, &store));
/// # Ok::<(), windlass::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    pub(crate) store: StoreId,
    pub(crate) id: TagId,
}

impl Tag {
    /// A new tag. An error where the type has results.
    pub fn new(mut store: impl AsContextMut, ty: &TagType) -> Result<Self> {
        let mut store = store.as_context_mut();
        let state = store.state();
        if !ty.ty.results().is_empty() {
            return Err(Error::from(Misuse::ValueType).with_message(format_args!("the type of a tag has no results")));
        }
        let core = &mut state.core.state;
        let ty = core.add_func_type(ty.ty.params(), &[])?;
        Ok(Self { store: state.id, id: core.tags.push(ty)? })
    }

    /// Its type.
    pub fn ty(&self, store: impl AsContext) -> Result<TagType> {
        let store = store.as_context();
        let state = &store.inner.state;
        state.own(self.store)?;
        let core = &state.core.state;
        let (params, _) = known(core.types.func(*known(core.tags.get(self.id))?))?;
        Ok(TagType { ty: FuncType::new(params.iter().copied(), [])? })
    }

    /// Whether both are the same tag.
    pub fn eq(a: &Tag, b: &Tag, _store: impl AsContext) -> bool {
        a == b
    }
}
