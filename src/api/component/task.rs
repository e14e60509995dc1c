//! What the host does beside its calls: tasks that see the store each time they go on.

use crate::api::run::parked;
use crate::api::store::{AsContextMut, Store, StoreContextMut};
use crate::error::Result;
use crate::exec::Machine;
use crate::support::{Box, DynBox, Vec};
use core::task::{Context, Poll, Waker};

/// A task of the host.
trait HostTask<T: 'static>: Send {
    fn poll(&mut self, store: StoreContextMut<'_, T>, cx: &mut Context<'_>) -> Poll<Result<()>>;
}

impl<T: 'static, F> HostTask<T> for [F; 1]
where
    F: FnMut(StoreContextMut<'_, T>, &mut Context<'_>) -> Poll<Result<()>> + Send,
{
    fn poll(&mut self, store: StoreContextMut<'_, T>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let [task] = self;
        task(store, cx)
    }
}

/// The tasks of a store.
pub(crate) struct HostTasks<T: 'static> {
    /// `None` while one runs.
    all: Vec<Option<DynBox<dyn HostTask<T>>>>,
    /// The turn at which they were asked last.
    asked: u64,
}

impl<T> Default for HostTasks<T> {
    fn default() -> Self {
        Self { all: Vec::new(), asked: 0 }
    }
}

impl<T> HostTasks<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl<T> Store<T> {
    /// Does something beside calls, whenever the store runs, until it is `Ready`: for example it
    /// [feeds a stream](super::StreamWriter::poll_write). It gets the store each time, and wakes
    /// the waker of its context when it can go on. Its error is that of whoever runs the store.
    pub fn spawn<F>(&mut self, task: F) -> Result<()>
    where
        F: FnMut(StoreContextMut<'_, T>, &mut Context<'_>) -> Poll<Result<()>> + Send + 'static,
    {
        self.as_context_mut().spawn(task)
    }
}

impl<T> StoreContextMut<'_, T> {
    /// See [`Store::spawn`].
    pub fn spawn<F>(&mut self, task: F) -> Result<()>
    where
        F: FnMut(StoreContextMut<'_, T>, &mut Context<'_>) -> Poll<Result<()>> + Send + 'static,
    {
        let task: DynBox<dyn HostTask<T>> = Box::new(task)?.into_array();
        self.inner.tasks.all.push(Some(task))?;
        // It is asked at this turn, too.
        self.inner.tasks.asked = 0;
        Ok(())
    }
}

/// Asks each task once at each turn; whether any was asked, and so may have done something.
pub(super) fn poll_tasks<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine) -> Result<bool> {
    let component = &store.inner.state.component;
    let (turn, waker) = (component.state.live.turn, component.waker.clone());
    let tasks = &mut store.inner.tasks;
    if tasks.is_empty() || core::mem::replace(&mut tasks.asked, turn) == turn {
        return Ok(false);
    }
    let waker = waker.as_ref().unwrap_or(Waker::noop());
    let mut at = 0;
    while let Some(place) = store.inner.tasks.all.get_mut(at) {
        let Some(mut task) = place.take() else {
            at += 1;
            continue;
        };
        let polled =
            parked(store, machine, |store| Ok(task.poll(store.as_context_mut(), &mut Context::from_waker(waker))))?;
        match polled {
            Poll::Pending => {
                if let Some(place) = store.inner.tasks.all.get_mut(at) {
                    *place = Some(task);
                }
                at += 1;
            }
            Poll::Ready(done) => {
                store.inner.tasks.all.remove(at);
                done?;
            }
        }
    }
    Ok(true)
}
