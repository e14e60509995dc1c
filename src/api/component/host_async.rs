//! Functions of the host that may not be ready at once: closures that return futures.

use super::host::{Called, Check, Convention, Dynamic, Typed, dynamic_args, lower_results, typed_args};
use super::run::cx;
use crate::api::run::parked;
use crate::api::store::{AsContextMut, StoreContextMut};
use crate::component::abi::context::Cx;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::abi::typed::{ComponentNamedList, Lift, Lower, Ty, Types, lower_values};
use crate::component::abi::val::Val;
use crate::component::host_call::{self, HostCall};
use crate::component::state::TaskId;
use crate::component::state::host_call::HostFuture;
use crate::error::{Misuse, Result, bug};
use crate::exec::Machine;
use crate::support::{Box, DynBox, OutOfMemory, Vec};
use crate::types::component::FuncType;
use core::future::Future;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

/// A future that the host has boxed.
pub type BoxFuture<R> = Pin<DynBox<dyn Future<Output = Result<R>> + Send>>;

/// Boxes a future. Where there is no room, the box is that of a future which fails for lack of memory.
pub fn boxed<R: 'static>(future: impl Future<Output = Result<R>> + Send + 'static) -> BoxFuture<R> {
    // The standard library cannot fail to make a box that can be pinned: ask before whether there is room.
    match room_for(&future) {
        Ok(()) => DynBox::pin(future),
        Err(_) => DynBox::pin(NoRoom(PhantomData)),
    }
}

fn room_for<F>(_: &F) -> Result<(), OutOfMemory> {
    Vec::<F>::with_capacity(1).map(drop)
}

/// What is boxed where there is no room: it takes none.
struct NoRoom<R>(PhantomData<fn() -> R>);

impl<R> Future for NoRoom<R> {
    type Output = Result<R>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<R>> {
        Poll::Ready(Err(OutOfMemory.into()))
    }
}

/// A future with its result.
struct Running<R> {
    future: BoxFuture<R>,
    result: Option<R>,
}

impl<R> Running<R> {
    fn new(future: BoxFuture<R>) -> Self {
        Self { future, result: None }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.future.as_mut().poll(context).map_ok(|result| self.result = Some(result))
    }

    fn result(&self) -> Result<&R> {
        self.result.as_ref().ok_or_else(|| bug!("a future without result is ready").into())
    }
}

impl<R: ComponentNamedList + Lower + Send> HostFuture for [Running<R>; 1] {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        let [running] = self;
        running.poll(context)
    }

    fn lower(&mut self, cx: &mut Cx<'_>, call: &HostCall<'_>) -> Result<FlatOut> {
        let [running] = self;
        let mut out = FlatOut::new();
        let ty = call.result.map_or(Ty::None, Ty::Result);
        let pointer = Some(call.result_pointer);
        lower_values(cx, &call.side, (call.max_flat_results, ty), running.result()?, pointer, &mut out)?;
        Ok(out)
    }
}

/// The same for values of any type.
struct RunningVals(Running<Vec<Val>>);

impl HostFuture for [RunningVals; 1] {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        let [RunningVals(running)] = self;
        running.poll(context)
    }

    fn lower(&mut self, cx: &mut Cx<'_>, call: &HostCall<'_>) -> Result<FlatOut> {
        let [RunningVals(running)] = self;
        let values = running.result()?;
        if values.len() != usize::from(call.result.is_some()) {
            return Err(Misuse::ResultCount.into());
        }
        lower_results(cx, call, values)
    }
}

/// Asks the future of a call for the first time: it may be ready.
fn begin<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    task: TaskId,
    mut future: DynBox<dyn HostFuture>,
) -> Result<Called> {
    let waker = store.state().component.waker.as_ref().unwrap_or(Waker::noop());
    match future.poll(&mut Context::from_waker(waker)) {
        Poll::Pending => Ok(Called::Waits(future)),
        Poll::Ready(done) => {
            done?;
            let mut cx = cx(store.state(), machine);
            let call = host_call::host_side(&mut cx, task)?;
            let out = future.lower(&mut cx, &call)?;
            host_call::finish_host(&mut cx, task, &out)?;
            Ok(Called::Returned)
        }
    }
}

/// The same convention for a closure that returns a future.
pub(super) struct Later<C>(PhantomData<fn() -> C>);

impl<C: Check> Check for Later<C> {
    fn check(types: &Types<'_>, ty: FuncType<'_>) -> Result<()> {
        C::check(types, ty)
    }
}

impl<T: 'static, F> Convention<T, F> for Later<Dynamic>
where
    F: Fn(StoreContextMut<'_, T>, Vec<Val>) -> BoxFuture<Vec<Val>>,
{
    fn call(closure: &F, mut store: StoreContextMut<'_, T>, machine: &mut Machine, task: TaskId) -> Result<Called> {
        let (args, _) = dynamic_args(&mut store, machine, task)?;
        let future = parked(&mut store, machine, |store| Ok(closure(store.as_context_mut(), args)))?;
        let running = Box::new(RunningVals(Running::new(future)))?.into_array();
        begin(&mut store, machine, task, running)
    }
}

impl<T: 'static, F, Params, Return> Convention<T, F> for Later<Typed<Params, Return>>
where
    F: Fn(StoreContextMut<'_, T>, Params) -> BoxFuture<Return>,
    Params: ComponentNamedList + Lift + 'static,
    Return: ComponentNamedList + Lower + Send + 'static,
{
    fn call(closure: &F, mut store: StoreContextMut<'_, T>, machine: &mut Machine, task: TaskId) -> Result<Called> {
        let args = typed_args(&mut store, machine, task)?;
        let future = parked(&mut store, machine, |store| Ok(closure(store.as_context_mut(), args)))?;
        let running = Box::new(Running::new(future))?.into_array();
        begin(&mut store, machine, task, running)
    }
}
