//! Functions of the host that components call: closures over the host's `T`.

use crate::api::run::parked;
use crate::api::store::{AsContextMut, StoreContextMut};
use crate::component::abi::context::Cx;
use crate::component::abi::lift_flat::{FlatIn, lift_flat_values};
use crate::component::abi::lower_flat::{FlatOut, lower_flat_values};
use crate::component::abi::step::Parts;
use crate::component::abi::typed::{ComponentNamedList, Lift, Lower, Ty, Types, lift_values, lower_values};
use crate::component::abi::val::Val;
use crate::component::host_call::{self, HostCall};
use crate::component::link::CheckFunc;
use crate::component::state::TaskId;
use crate::error::{Error, Misuse, Result};
use crate::exec::Machine;
use crate::support::{Box, DynBox, OutOfMemory, Vec};
use crate::types::component::FuncType;
use core::marker::PhantomData;

/// What a store keeps of the host for components.
pub(crate) enum HostItem<T: 'static> {
    /// A function.
    Func(DynBox<dyn HostFunc<T>>),
    /// A destructor.
    Dtor(DynBox<dyn HostDtor<T>>),
}

/// A function of the host: takes its arguments from the call `task`, ends the call.
pub(crate) trait HostFunc<T>: Send + Sync {
    fn call(&self, store: StoreContextMut<'_, T>, machine: &mut Machine, task: TaskId) -> Result<Called>;
}

/// How far a function of the host came.
pub(crate) enum Called {
    /// It has returned, and the call has ended.
    Returned,
    /// It is not ready: this is what is left of it.
    #[cfg(feature = "component-async")]
    Waits(DynBox<dyn crate::component::state::host_call::HostFuture>),
}

/// A function of the host that a linker can give to several stores.
pub(crate) trait SharedHostFunc<T>: HostFunc<T> + CheckFunc {
    fn for_store(&self) -> Result<DynBox<dyn HostFunc<T>>, OutOfMemory>;
}

/// What the host does when a resource of its own is dropped.
pub(crate) trait HostDtor<T>: Send + Sync {
    fn call(&self, store: StoreContextMut<'_, T>, rep: u32) -> Result<()>;
}

/// A destructor that a linker can give to several stores.
pub(crate) trait SharedHostDtor<T>: HostDtor<T> {
    fn for_store(&self) -> Result<DynBox<dyn HostDtor<T>>, OutOfMemory>;
}

/// How a closure takes its arguments and gives its results.
pub(super) trait Convention<T: 'static, F>: Check {
    fn call(closure: &F, store: StoreContextMut<'_, T>, machine: &mut Machine, task: TaskId) -> Result<Called>;
}

/// Which types a function of the host may have.
pub(super) trait Check: 'static {
    fn check(types: &Types<'_>, ty: FuncType<'_>) -> Result<()>;
}

/// A closure, with the convention that it follows.
struct Closure<F, C> {
    closure: F,
    convention: PhantomData<fn() -> C>,
}

impl<T: 'static, F: Send + Sync + 'static, C: Convention<T, F>> HostFunc<T> for [Closure<F, C>; 1] {
    fn call(&self, store: StoreContextMut<'_, T>, machine: &mut Machine, task: TaskId) -> Result<Called> {
        let [Closure { closure, .. }] = self;
        C::call(closure, store, machine, task)
    }
}

impl<F, C: Check> CheckFunc for [Closure<F, C>; 1] {
    fn check(&self, types: &Types<'_>, ty: FuncType<'_>) -> Result<()> {
        C::check(types, ty)
    }
}

impl<T: 'static, F: Clone + Send + Sync + 'static, C: Convention<T, F>> SharedHostFunc<T> for [Closure<F, C>; 1] {
    fn for_store(&self) -> Result<DynBox<dyn HostFunc<T>>, OutOfMemory> {
        let [Closure { closure, .. }] = self;
        Ok(Box::new(Closure::<F, C> { closure: closure.clone(), convention: PhantomData })?.into_array())
    }
}

/// A closure for a linker.
pub(super) fn closure<C, T, F>(closure: F) -> Result<DynBox<dyn SharedHostFunc<T>>, OutOfMemory>
where
    T: 'static,
    F: Clone + Send + Sync + 'static,
    C: Convention<T, F>,
{
    Ok(Box::new(Closure::<F, C> { closure, convention: PhantomData })?.into_array())
}

/// Values of any type: whatever the import that it satisfies says.
pub(super) struct Dynamic;

impl Check for Dynamic {
    fn check(_: &Types<'_>, _: FuncType<'_>) -> Result<()> {
        Ok(())
    }
}

impl<T: 'static, F> Convention<T, F> for Dynamic
where
    F: Fn(StoreContextMut<'_, T>, &[Val], &mut [Val]) -> Result<()>,
{
    fn call(closure: &F, mut store: StoreContextMut<'_, T>, machine: &mut Machine, task: TaskId) -> Result<Called> {
        let (args, results) = dynamic_args(&mut store, machine, task)?;
        let mut values = Vec::new();
        for _ in 0..results {
            values.push(Val::Bool(false))?;
        }
        parked(&mut store, machine, |store| closure(store.as_context_mut(), &args, &mut values))?;
        let mut cx = super::run::cx(store.state(), machine);
        let call = host_call::host_side(&mut cx, task)?;
        let out = lower_results(&mut cx, &call, &values)?;
        host_call::finish_host(&mut cx, task, &out)?;
        Ok(Called::Returned)
    }
}

/// Rust types.
pub(super) struct Typed<Params, Return>(PhantomData<fn(Params) -> Return>);

impl<Params, Return> Check for Typed<Params, Return>
where
    Params: ComponentNamedList + 'static,
    Return: ComponentNamedList + 'static,
{
    fn check(types: &Types<'_>, ty: FuncType<'_>) -> Result<()> {
        Params::typecheck(Ty::Params(ty.params), types)?;
        Return::typecheck(ty.result.map_or(Ty::None, Ty::Result), types)
    }
}

impl<T: 'static, F, Params, Return> Convention<T, F> for Typed<Params, Return>
where
    F: Fn(StoreContextMut<'_, T>, Params) -> Result<Return>,
    Params: ComponentNamedList + Lift + 'static,
    Return: ComponentNamedList + Lower + 'static,
{
    fn call(closure: &F, mut store: StoreContextMut<'_, T>, machine: &mut Machine, task: TaskId) -> Result<Called> {
        let args = typed_args(&mut store, machine, task)?;
        let result = parked(&mut store, machine, |store| closure(store.as_context_mut(), args))?;
        let mut cx = super::run::cx(store.state(), machine);
        let call = host_call::host_side(&mut cx, task)?;
        let mut out = FlatOut::new();
        let ty = call.result.map_or(Ty::None, Ty::Result);
        let pointer = Some(call.result_pointer);
        lower_values(&mut cx, &call.side, (call.max_flat_results, ty), &result, pointer, &mut out)?;
        host_call::finish_host(&mut cx, task, &out)?;
        Ok(Called::Returned)
    }
}

/// The arguments that a function of the host was called with, as values of any type, and how many results it has.
pub(super) fn dynamic_args<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    task: TaskId,
) -> Result<(Vec<Val>, usize)> {
    let mut cx = super::run::cx(store.state(), machine);
    let call = host_call::host_side(&mut cx, task)?;
    let flat = FlatIn::new(call.args.slots());
    let args = lift_flat_values(&mut cx, &call.side, call.max_flat_params, flat, Parts::Params(call.params))?;
    Ok((args, usize::from(call.result.is_some())))
}

/// The same as Rust types.
pub(super) fn typed_args<T, Params: ComponentNamedList + Lift>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    task: TaskId,
) -> Result<Params> {
    let mut cx = super::run::cx(store.state(), machine);
    let call = host_call::host_side(&mut cx, task)?;
    let mut flat = FlatIn::new(call.args.slots());
    lift_values(&mut cx, &call.side, (call.max_flat_params, Ty::Params(call.params)), &mut flat)
}

/// Lowers the results of a function of the host.
pub(super) fn lower_results(cx: &mut Cx<'_>, call: &HostCall<'_>, values: &[Val]) -> Result<FlatOut> {
    let mut out = FlatOut::new();
    for (ty, value) in call.result.iter().zip(values) {
        value.check(&call.side, *ty).map_err(|error| error.context(format_args!("result of a host function")))?;
    }
    let values = (Parts::Result(call.result), values);
    lower_flat_values(cx, &call.side, call.max_flat_results, values, Some(call.result_pointer), &mut out)?;
    Ok(out)
}

/// A closure that is a destructor.
struct DtorClosure<F>(F);

impl<T: 'static, F> HostDtor<T> for [DtorClosure<F>; 1]
where
    F: Fn(StoreContextMut<'_, T>, u32) -> Result<()> + Send + Sync + 'static,
{
    fn call(&self, store: StoreContextMut<'_, T>, rep: u32) -> Result<()> {
        let [DtorClosure(closure)] = self;
        closure(store, rep)
    }
}

impl<T: 'static, F> SharedHostDtor<T> for [DtorClosure<F>; 1]
where
    F: Fn(StoreContextMut<'_, T>, u32) -> Result<()> + Clone + Send + Sync + 'static,
{
    fn for_store(&self) -> Result<DynBox<dyn HostDtor<T>>, OutOfMemory> {
        let [DtorClosure(closure)] = self;
        Ok(Box::new(DtorClosure(closure.clone()))?.into_array())
    }
}

/// A destructor for a linker.
pub(super) fn dtor<T: 'static, F>(closure: F) -> Result<DynBox<dyn SharedHostDtor<T>>, OutOfMemory>
where
    F: Fn(StoreContextMut<'_, T>, u32) -> Result<()> + Clone + Send + Sync + 'static,
{
    Ok(Box::new(DtorClosure(closure))?.into_array())
}

/// A number that leads to no item, or to one of the other kind.
#[cold]
pub(super) fn no_such_item() -> Error {
    Misuse::WrongStore.into()
}
