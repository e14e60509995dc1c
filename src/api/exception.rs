//! Exceptions as the host sees, makes and throws them.
//!
//! One that nobody catches ends the call with [`ErrorKind::UncaughtException`]; the exception
//! itself waits in the store. The other way round, a host function throws by what
//! [`Store::throw`] returns.

use super::rooted::{Handle, Rooted};
use super::store::{AsContext, AsContextMut, State, StoreContextMut};
use super::{Caller, ExnRef, Store, Tag, Val};
use crate::error::{Error, ErrorKind, Misuse, Result};
use crate::store::{Ref, known};
use crate::support::Vec;

impl ExnRef {
    /// A new exception of `tag`.
    ///
    /// ```
    /// use windlass::syntax::ValType;
    /// use windlass::{Engine, ErrorKind, ExnRef, Func, FuncType, Store, Tag, TagType, Val};
    ///
    /// let mut store = Store::new(&Engine::default(), ());
    /// let tag = Tag::new(&mut store, &TagType::new(FuncType::new([ValType::I32], [])?))?;
    /// let fail = Func::wrap(&mut store, move |mut caller: windlass::Caller<'_, ()>| -> windlass::Result<()> {
    ///     let exception = ExnRef::new(&mut caller, &tag, &[Val::I32(7)])?;
    ///     caller.throw(exception)
    /// })?;
    /// let error = fail.call(&mut store, &[], &mut []).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::UncaughtException);
    /// let exception = store.take_pending_exception().unwrap();
    /// assert_eq!(exception.tag(&store)?, tag);
    /// assert_eq!(exception.field(&mut store, 0)?, Val::I32(7));
    /// # Ok::<(), windlass::Error>(())
    /// ```
    pub fn new(mut store: impl AsContextMut, tag: &Tag, fields: &[Val]) -> Result<Rooted<ExnRef>> {
        let mut store = store.as_context_mut();
        let state = store.state();
        state.own(tag.store)?;
        let types = tag_fields(state, tag)?;
        if fields.len() != types.len() || !fields.iter().zip(types).all(|(val, ty)| val.is_of(*ty, state)) {
            return Err(Misuse::ArgumentTypes.into());
        }
        let mut slots = Vec::from_elem(0, super::func::slot_count(types))?;
        let mut at = 0;
        for field in fields {
            at += field.write(slots.get_mut(at..).unwrap_or_default(), state)?;
        }
        let made = state.make(|state| state.core.state.heap.allocate_exception(tag.id, &slots))?;
        Ok(Rooted::from_handle(Handle::new(state, made)?))
    }

    /// The tag that it is of.
    pub fn tag(&self, store: impl AsContext) -> Result<Tag> {
        let state = &store.as_context().inner.state;
        Ok(Tag { store: state.id, id: known(state.core.state.heap.exception(self.raw(state)?))?.0 })
    }

    /// What it carries.
    pub fn fields(&self, mut store: impl AsContextMut) -> Result<impl Iterator<Item = Val>> {
        let mut store = store.as_context_mut();
        let mut fields = Vec::new();
        self.each_field(store.state(), |field| Ok(fields.push(field)?))?;
        Ok(fields.into_inner().into_iter())
    }

    /// One of the values that it carries.
    pub fn field(&self, mut store: impl AsContextMut, index: usize) -> Result<Val> {
        let mut store = store.as_context_mut();
        let (mut at, mut found) = (0, None);
        self.each_field(store.state(), |field| {
            if at == index {
                found = Some(field);
            }
            at += 1;
            Ok(())
        })?;
        found.ok_or_else(|| Misuse::OutOfBounds.into())
    }

    fn each_field(&self, state: &mut State, mut each: impl FnMut(Val) -> Result<()>) -> Result<()> {
        let (tag, fields) = known(state.core.state.heap.exception(self.raw(state)?))?;
        let tag = Tag { store: state.id, id: tag };
        let slots = Vec::collect(fields)?;
        let (mut at, mut position) = (0, 0);
        while let Some(&ty) = tag_fields(state, &tag)?.get(position) {
            each(Val::read(ty, slots.get(at..).unwrap_or_default(), state)?)?;
            at += ty.slots() as usize;
            position += 1;
        }
        Ok(())
    }
}

/// Types of what exceptions of a tag carry.
fn tag_fields<'s>(state: &'s State, tag: &Tag) -> Result<&'s [crate::syntax::ValType]> {
    let core = &state.core.state;
    Ok(known(core.types.func(*known(core.tags.get(tag.id))?))?.0)
}

impl<T> Store<T> {
    /// Throws: a host function that returns this error throws the exception where it was called.
    pub fn throw<R>(&mut self, exception: Rooted<ExnRef>) -> Result<R> {
        self.as_context_mut().throw(exception)
    }

    /// The exception that ended the last call with [`ErrorKind::UncaughtException`]; from then
    /// on the store no longer keeps it for the host.
    pub fn take_pending_exception(&mut self) -> Option<Rooted<ExnRef>> {
        self.as_context_mut().take_pending_exception()
    }

    /// Whether there is such an exception.
    pub fn has_pending_exception(&self) -> bool {
        !self.as_context().inner.state.core.state.pending_exception.is_null()
    }
}

impl<T> StoreContextMut<'_, T> {
    /// Throws an exception; see [`Store::throw`].
    pub fn throw<R>(&mut self, exception: Rooted<ExnRef>) -> Result<R> {
        let state = self.state();
        state.core.state.pending_exception = exception.handle().get(state)?;
        Err(Error::new(ErrorKind::UncaughtException))
    }

    /// The exception that nobody caught; see [`Store::take_pending_exception`].
    pub fn take_pending_exception(&mut self) -> Option<Rooted<ExnRef>> {
        let state = self.state();
        let raw = core::mem::replace(&mut state.core.state.pending_exception, Ref::NULL);
        if raw.is_null() { None } else { Handle::new(state, raw).ok().map(Rooted::from_handle) }
    }
}

impl<T> Caller<'_, T> {
    /// Throws an exception; see [`Store::throw`].
    pub fn throw<R>(&mut self, exception: Rooted<ExnRef>) -> Result<R> {
        self.store.throw(exception)
    }

    /// The exception that nobody caught; see [`Store::take_pending_exception`].
    pub fn take_pending_exception(&mut self) -> Option<Rooted<ExnRef>> {
        self.store.take_pending_exception()
    }
}
