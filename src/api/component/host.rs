//! Functions of the host that components call: closures over the host's `T`.

use super::call::CallBody;
use super::{ResourceType, event_loop};
use crate::api::host::Hosts;
use crate::api::run::parked;
use crate::api::store::{AsContextMut, StoreContextMut, StoreId};
use crate::component::abi::context::Cx;
use crate::component::abi::lift_flat::{FlatIn, lift_flat_values};
use crate::component::abi::lower_flat::{FlatOut, lower_flat_values};
use crate::component::abi::step::Parts;
use crate::component::abi::typed::{ComponentNamedList, Lift, Lower, Ty, Types, lift_values, lower_values};
use crate::component::abi::val::Val;
use crate::component::host_call::{self, HostCall};
use crate::component::link::Import;
use crate::component::linking::Linking;
use crate::component::state::{self, Dtor, FuncId, HostFuncId, Item, Linked, ResourceTypeId, TaskId};
use crate::error::{Error, Misuse, Result};
use crate::exec::Machine;
use crate::image::Shareable;
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

    /// The same for the host, to whom a component has handed it on: see [`event_loop::run_handed`].
    fn call_handed(
        &self,
        store: &mut StoreContextMut<'_, T>,
        machine: &mut Machine,
        id: FuncId,
        body: &mut dyn CallBody,
    ) -> Result<Option<TaskId>>;
}

/// How far a function of the host came.
pub(crate) enum Called {
    /// It has returned, and the call has ended.
    Returned,
    /// It is not ready: this is what is left of it.
    #[cfg(feature = "component-async")]
    Waits(DynBox<dyn crate::component::state::host_call::HostFuture>),
}

/// What the host does when a resource of its own is dropped.
pub(crate) trait HostDtor<T>: Send + Sync {
    fn call(&self, store: StoreContextMut<'_, T>, rep: u32) -> Result<()>;
}

/// The store in which names are looked up.
pub(super) struct InStore<'s, T: 'static> {
    pub(super) hosts: &'s Hosts<T>,
    pub(super) store: StoreId,
}

/// What a linker defines a name as: an item for each store that it is asked in. What no program defines is not in it.
pub(super) trait Define<T: 'static>: Shareable {
    /// Sees to it that the store has what it needs.
    fn prepare(&self, _: &mut Linked) -> Result<()> {
        Ok(())
    }

    /// An item for an import, if it is of the right type.
    fn define(&self, cx: &mut Linking<'_>, store: &InStore<'_, T>, import: &Import<'_>) -> Result<Item>;
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

    fn call_handed(
        &self,
        store: &mut StoreContextMut<'_, T>,
        machine: &mut Machine,
        id: FuncId,
        body: &mut dyn CallBody,
    ) -> Result<Option<TaskId>> {
        event_loop::run_handed(self, store, machine, id, body)
    }
}

impl<T: 'static, F: Clone + Send + Sync + 'static, C: Convention<T, F>> Define<T> for [Closure<F, C>; 1] {
    fn define(&self, cx: &mut Linking<'_>, store: &InStore<'_, T>, import: &Import<'_>) -> Result<Item> {
        let [Closure { closure, .. }] = self;
        let own = Box::new(Closure::<F, C> { closure: closure.clone(), convention: PhantomData })?.into_array();
        let number = store.hosts.component.push(HostItem::Func(own))?;
        import.func(cx, HostFuncId::new(number), C::check)
    }
}

/// A closure for a linker.
pub(super) fn closure<C, T, F>(closure: F) -> Result<DynBox<dyn Define<T>>, OutOfMemory>
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

/// A resource type of the host with its destructor.
struct Resource<F> {
    ty: ResourceType,
    dtor: F,
}

impl<T: 'static, F> Define<T> for [Resource<F>; 1]
where
    F: Fn(StoreContextMut<'_, T>, u32) -> Result<()> + Clone + Send + Sync + 'static,
{
    fn define(&self, cx: &mut Linking<'_>, store: &InStore<'_, T>, import: &Import<'_>) -> Result<Item> {
        let [Resource { ty, dtor }] = self;
        let mut add =
            || Ok(store.hosts.component.push(HostItem::Dtor(Box::new(DtorClosure(dtor.clone()))?.into_array()))?);
        let rt = resource_type(cx, *ty, &mut add)?;
        import.resource(cx, rt)
    }
}

/// The store's number for a resource type of the host, whose destructor `add` makes known to it.
fn resource_type(
    cx: &mut Linking<'_>,
    ty: ResourceType,
    add: &mut dyn FnMut() -> Result<u32>,
) -> Result<ResourceTypeId> {
    let known = cx.live.host_types.get(&ty).copied();
    if let Some(known) = known
        && !matches!(cx.live.resource_type(known)?.dtor, Dtor::None)
    {
        return Ok(known);
    }
    let dtor = Dtor::Host(HostFuncId::new(add()?));
    if let Some(known) = known {
        // The host made a resource before any component imported its type.
        cx.live.resource_type_mut(known)?.dtor = dtor;
        return Ok(known);
    }
    let rt = cx.live.resource_types.push(state::ResourceType { inst: None, dtor })?;
    cx.live.host_types.insert(ty, rt)?;
    Ok(rt)
}

/// A resource type for a linker.
pub(super) fn resource<T: 'static, F>(ty: ResourceType, dtor: F) -> Result<DynBox<dyn Define<T>>, OutOfMemory>
where
    F: Fn(StoreContextMut<'_, T>, u32) -> Result<()> + Clone + Send + Sync + 'static,
{
    Ok(Box::new(Resource { ty, dtor })?.into_array())
}

/// A number that leads to no item, or to one of the other kind.
#[cold]
pub(super) fn no_such_item() -> Error {
    Misuse::WrongStore.into()
}
