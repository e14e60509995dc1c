//! Calls that were started: they go on whenever the store runs, many at once.

use super::ComponentState;
use super::call::StartedBody;
use crate::api::store::{AsContextMut, StoreContextMut, StoreId};
use crate::component::state::{CallNumber, FuncId};
use crate::error::{Misuse, Result};
use crate::support::DynBox;
use core::marker::PhantomData;
use core::task::{Context, Poll, Waker};

/// A call that was started, with a result of type `R`: what names it in its store, which it does
/// not borrow. [`Store::poll`](crate::Store::poll), and every other call, lets it go on.
///
/// The store keeps the result until it is taken. Dropping this forgets neither the call nor its
/// result: that is what [`cancel`](Self::cancel) is for.
#[derive(Debug)]
#[must_use = "its result stays in the store until it is taken"]
pub struct Started<R> {
    store: StoreId,
    number: CallNumber,
    result: PhantomData<fn() -> R>,
}

impl<R: 'static> Started<R> {
    pub(super) fn new<T>(
        store: &mut StoreContextMut<'_, T>,
        func: FuncId,
        body: DynBox<dyn StartedBody>,
    ) -> Result<Self> {
        let number = store.state().component.calls.start(func, body)?;
        Ok(Self { store: store.state().id, number, result: PhantomData })
    }

    /// The result, once: `None` while the call runs. An error if the call has failed, or its result
    /// was taken before.
    pub fn take(&self, mut store: impl AsContextMut) -> Result<Option<R>> {
        match self.look(&mut store.as_context_mut(), None)? {
            Poll::Ready(result) => result.map(Some),
            Poll::Pending => Ok(None),
        }
    }

    /// The result, once it is there; until then the waker of `cx` is woken when the call has ended.
    /// This does not run anything.
    pub fn poll(&self, mut store: impl AsContextMut, cx: &mut Context<'_>) -> Poll<Result<R>> {
        match self.look(&mut store.as_context_mut(), Some(cx.waker())) {
            Ok(result) => result,
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// Forgets the call. One that has not begun never does; one that runs is asked to stop, as by
    /// `subtask.cancel`, and its result is discarded.
    pub fn cancel(self, mut store: impl AsContextMut) -> Result<()> {
        let mut store = store.as_context_mut();
        store.state().own(self.store)?;
        let ComponentState { state, calls, .. } = &mut store.state().component;
        calls.cancel(self.number, &mut state.live);
        Ok(())
    }

    /// The same call by another name.
    pub(super) fn copy(&self) -> Self {
        Self { store: self.store, number: self.number, result: PhantomData }
    }

    fn look<T>(&self, store: &mut StoreContextMut<'_, T>, waker: Option<&Waker>) -> Result<Poll<Result<R>>> {
        store.state().own(self.store)?;
        Ok(store.state().component.calls.take(self.number, waker).ok_or(Misuse::ResultTaken)?)
    }
}
