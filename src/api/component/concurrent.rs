//! Rust futures that share a store: each looks at it for a moment, none borrows it.

use super::Func;
use super::poll::Step;
use super::started::Started;
use super::typed::TypedFunc;
use crate::api::store::{AsContextMut, Store, StoreContextMut};
use crate::component::abi::typed::{ComponentNamedList, Lift, Lower};
use crate::component::abi::val::Val;
use crate::error::{Error, ErrorKind, Result};
use crate::support::Vec;
use core::cell::RefCell;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

/// A store that several Rust futures share: see [`Store::run_concurrent`].
pub struct Accessor<'a, T: 'static> {
    store: RefCell<StoreContextMut<'a, T>>,
}

impl<T> Accessor<'_, T> {
    /// Does something with the store.
    ///
    /// # Panics
    ///
    /// Where it is called by what it does.
    pub fn with<R>(&self, action: impl FnOnce(StoreContextMut<'_, T>) -> R) -> R {
        action(self.store.borrow_mut().as_context_mut())
    }
}

impl<T> Store<T> {
    /// Runs the store, and a Rust future that shares it, until the future ends. Calls that the
    /// future makes with [`TypedFunc::call_concurrent`] run at the same time.
    ///
    /// ```
    /// # use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
    /// use windlass::component::{Component, Linker};
    /// use windlass::{Engine, Store};
    ///
    /// # const WAT: &str = r#"(component
    /// #   (core module $M (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))
    /// #   (core instance $m (instantiate $M))
    /// #   (func (export "twice") (param "n" u32) (result u32) (canon lift (core func $m "twice"))))"#;
    /// # let bytes = wat::parse_str(WAT).unwrap();
    /// let engine = Engine::default();
    /// let component = Component::new(&engine, bytes)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
    /// let twice = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "twice")?;
    ///
    /// let both = store.run_concurrent(async |store| {
    ///     let (four,) = twice.call_concurrent(store, (2,)).await?;
    ///     twice.call_concurrent(store, (four,)).await
    /// });
    /// # let Poll::Ready(both) = pin!(both).poll(&mut Context::from_waker(Waker::noop())) else { panic!() };
    /// # let result = both?;
    /// // let result = both.await?;
    /// assert_eq!(result?, (8,));
    /// # Ok::<(), windlass::Error>(())
    /// ```
    pub async fn run_concurrent<R>(&mut self, future: impl AsyncFnOnce(&Accessor<'_, T>) -> R) -> Result<R> {
        self.as_context_mut().run_concurrent(future).await
    }
}

impl<T> StoreContextMut<'_, T> {
    /// See [`Store::run_concurrent`].
    pub async fn run_concurrent<R>(&mut self, future: impl AsyncFnOnce(&Accessor<'_, T>) -> R) -> Result<R> {
        let accessor = Accessor { store: RefCell::new(self.as_context_mut()) };
        let mut future = pin!(future(&accessor));
        poll_fn(|cx| {
            loop {
                if let Poll::Ready(result) = future.as_mut().poll(cx) {
                    return Poll::Ready(Ok(result));
                }
                let mut store = accessor.store.borrow_mut();
                let before = store.state().component.steps;
                match store.poll(cx, u64::MAX) {
                    Ok(Step::OutOfFuel) => return Poll::Ready(Err(Error::new(ErrorKind::OutOfFuel))),
                    Ok(Step::Done | Step::Blocked) => {}
                    Err(error) => return Poll::Ready(Err(error)),
                }
                if store.state().component.steps == before {
                    return Poll::Pending;
                }
            }
        })
        .await
    }
}

/// A call that a Rust future waits for, and that ends with that.
struct Waits<'a, 's, T: 'static, R: 'static> {
    store: &'a Accessor<'s, T>,
    call: Started<R>,
}

impl<T, R> Drop for Waits<'_, '_, T, R> {
    fn drop(&mut self) {
        // Where the store is in use, which it never is while a future is dropped in its turn, the
        // call goes on.
        if let Ok(mut store) = self.store.store.try_borrow_mut() {
            let _ = self.call.copy().cancel(&mut *store);
        }
    }
}

async fn wait<T, R: 'static>(store: &Accessor<'_, T>, call: Started<R>) -> Result<R> {
    let waits = Waits { store, call };
    poll_fn(|cx| waits.store.with(|store| waits.call.poll(store, cx))).await
}

impl Func {
    /// Calls the function while others run; see [`Store::run_concurrent`].
    pub async fn call_concurrent<T>(&self, store: &Accessor<'_, T>, params: Vec<Val>) -> Result<Vec<Val>> {
        let call = store.with(|store| self.start(store, params))?;
        wait(store, call).await
    }
}

impl<Params, Return> TypedFunc<Params, Return>
where
    Params: ComponentNamedList + Lower + Send + 'static,
    Return: ComponentNamedList + Lift + Send + 'static,
{
    /// Calls the function while others run; see [`Store::run_concurrent`]. Dropping the future
    /// cancels the call.
    pub async fn call_concurrent<T>(&self, store: &Accessor<'_, T>, params: Params) -> Result<Return> {
        let call = store.with(|store| self.start(store, params))?;
        wait(store, call).await
    }
}
