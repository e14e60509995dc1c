//! Functions whose types were checked once against Rust's.

use super::direct::{self, Called};
use super::func::Func;
use super::instance::{Instance, InstanceExportLookup};
use super::run::{self, Ran};
use crate::api::Progress;
use crate::api::store::{AsContext, AsContextMut, StoreContextMut};
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::abi::typed::{ComponentNamedList, Lift, Lower, Ty, Types, lift_values, lower_values};
use crate::component::canon::lift;
use crate::component::run::Flow;
use crate::error::{Bug, Error, Misuse, Result, bug};
use crate::exec::Machine;
use crate::types::component::FuncType;
use crate::types::flatten::{MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};
use core::marker::PhantomData;

/// A function of a component instance whose parameters and result are Rust types: a call checks
/// no types, and values go straight from Rust into the guest's memory and back.
///
/// `Params` is a tuple of the parameters, `Return` is `(R,)` or, where there is no result, `()`.
///
/// ```
/// use windlass::component::{Component, Linker};
/// use windlass::{Engine, Store};
///
/// # const WAT: &str = r#"(component
/// #   (core module $M
/// #     (memory (export "memory") 1)
/// #     (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
/// #     (func (export "echo") (param i32 i32) (result i32)
/// #       (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0)))
/// #   (core instance $m (instantiate $M))
/// #   (func (export "echo") (param "text" string) (result string)
/// #     (canon lift (core func $m "echo") (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))"#;
/// # let bytes = wat::parse_str(WAT).unwrap();
/// let engine = Engine::default();
/// let component = Component::new(&engine, bytes)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
///
/// // echo: func(text: string) -> string
/// let echo = instance.get_typed_func::<(&str,), (String,)>(&mut store, "echo")?;
/// assert_eq!(echo.call(&mut store, ("Ada",))?.0, "Ada");
///
/// let wrong = instance.get_typed_func::<(u32,), (String,)>(&mut store, "echo").err().unwrap();
/// assert!(wrong.to_string().ends_with("param text: arguments do not fit the function's parameters: expected string, found u32"));
/// # Ok::<(), windlass::Error>(())
/// ```
pub struct TypedFunc<Params, Return> {
    func: Func,
    types: PhantomData<fn(Params) -> Return>,
}

impl<Params, Return> Clone for TypedFunc<Params, Return> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Params, Return> Copy for TypedFunc<Params, Return> {}

impl<Params, Return> TypedFunc<Params, Return>
where
    Params: ComponentNamedList + Lower,
    Return: ComponentNamedList + Lift,
{
    /// The function without its types.
    pub fn func(&self) -> &Func {
        &self.func
    }

    /// Calls the function and runs it to the end; see [`Func::call`].
    pub fn call(&self, mut store: impl AsContextMut, params: Params) -> Result<Return> {
        let mut store = store.as_context_mut();
        store.state().own(self.func.store)?;
        run::to_end(&mut store, |store, machine| self.run(store, machine, params))
    }

    /// Calls the function and runs it until it ends or has no fuel left; see
    /// [`Func::call_resumable`].
    pub fn call_resumable(
        &self,
        mut store: impl AsContextMut,
        params: Params,
    ) -> Result<Progress<PausedTypedCall<Return>, Return>> {
        let mut store = store.as_context_mut();
        store.state().own(self.func.store)?;
        let progress = run::on_machine(&mut store, |store, machine| self.run(store, machine, params))?;
        Ok(PausedTypedCall::after(progress))
    }

    fn run<T>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        machine: &mut Machine,
        params: Params,
    ) -> run::Outcome<Return> {
        let id = self.func.id;
        if run::is_handed_on(&run::cx(store.state(), machine), id)? {
            return self.run_handed(store, machine, params);
        }
        let mut result = None;
        let mut lower = |cx: &mut Cx<'_>, side: &Side<'_>, flat: &mut FlatOut| self.lower(cx, side, &params, flat);
        let called = direct::call(store, machine, id, &mut lower, &mut |cx, side, slot| {
            result = Some(self.lift(cx, side, slot)?);
            Ok(())
        })?;
        match (called, result) {
            (Called::Ended, result) => result.map(Ran::ToEnd).ok_or_else(|| no_result().into()),
            (Called::GoesOn(flow), result) => drive(store, machine, flow, result),
            (Called::Not, _) => {
                let task = run::begin(store, machine, id)?;
                let mut cx = run::cx(store.state(), machine);
                let (_, side) = lift::callee_side(&mut cx, task)?;
                let mut flat = FlatOut::new();
                self.lower(&mut cx, &side, &params, &mut flat)?;
                lift::start(&mut cx, task, &flat)?;
                drive(store, machine, Flow::Run, None)
            }
        }
    }

    #[inline]
    fn lower(&self, cx: &mut Cx<'_>, side: &Side<'_>, params: &Params, flat: &mut FlatOut) -> Result<()> {
        let ty = side.types().func(cx.live.func(self.func.id)?.ty)?;
        lower_values(cx, side, (MAX_FLAT_PARAMS, Ty::Params(ty.params)), params, None, flat)
    }

    #[inline]
    fn lift(&self, cx: &mut Cx<'_>, side: &Side<'_>, slot: Option<u64>) -> Result<Return> {
        let ty = result_type(side.types().func(cx.live.func(self.func.id)?.ty)?);
        lift_values(cx, side, (MAX_FLAT_RESULTS, ty), &mut FlatIn::new(slot.as_slice()))
    }

    /// The same for a function of the host that a component has handed on.
    fn run_handed<T>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        machine: &mut Machine,
        params: Params,
    ) -> run::Outcome<Return> {
        let id = self.func.id;
        let mut lower = |cx: &mut Cx<'_>, side: &Side<'_>, flat: &mut FlatOut| self.lower(cx, side, &params, flat);
        let mut result = None;
        run::handed(store, machine, id, &mut lower, &mut |cx, side, slot| {
            result = Some(self.lift(cx, side, slot)?);
            Ok(())
        })?;
        result.map(Ran::ToEnd).ok_or_else(|| no_result().into())
    }
}

/// The type of a result as that of a tuple.
fn result_type(ty: FuncType<'_>) -> Ty<'_> {
    ty.result.map_or(Ty::None, Ty::Result)
}

#[cold]
fn no_result() -> Bug {
    bug!("a call has ended without a result")
}

/// Runs a call until it ends or there is no fuel left; it may have its result already.
fn drive<T, Return: Lift>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    flow: Flow,
    mut result: Option<Return>,
) -> run::Outcome<Return> {
    let ran = run::drive(store, machine, flow, &mut |cx, task| {
        let lift::HostResult { func, side, flat, max_flat } = lift::result(cx, task)?;
        let ty = result_type(side.types().func(func.ty)?);
        let mut flat = FlatIn::new(flat.slots());
        result = Some(lift_values(cx, &side, (max_flat, ty), &mut flat)?);
        Ok(())
    })?;
    match (ran, result) {
        (Ran::ToEnd(()), Some(result)) => Ok(Ran::ToEnd(result)),
        (Ran::ToEnd(()), None) => Err(no_result().into()),
        (Ran::OutOfFuel, _) => Ok(Ran::OutOfFuel),
    }
}

/// A typed call that ran out of fuel. Dropping it leaves the component instances that take part
/// in it as they are: nothing can enter them any more.
pub struct PausedTypedCall<Return> {
    paused: run::Paused,
    result: PhantomData<fn() -> Return>,
}

impl<Return: ComponentNamedList + Lift> PausedTypedCall<Return> {
    fn after(progress: Progress<run::Paused, Return>) -> Progress<Self, Return> {
        progress.map_paused(|paused| Self { paused, result: PhantomData })
    }

    /// Goes on where the call stopped; see [`Func::call_resumable`].
    pub fn resume(self, mut store: impl AsContextMut) -> Result<Progress<Self, Return>> {
        let progress = run::resume(&mut store.as_context_mut(), self.paused, |store, machine| {
            drive(store, machine, Flow::Run, None)
        })?;
        Ok(Self::after(progress))
    }
}

impl Func {
    /// The same function with its types checked once: see [`TypedFunc`].
    pub fn typed<Params, Return>(&self, store: impl AsContext) -> Result<TypedFunc<Params, Return>>
    where
        Params: ComponentNamedList + Lower,
        Return: ComponentNamedList + Lift,
    {
        let store = store.as_context();
        let state = &store.inner.state;
        state.own(self.store)?;
        let state = &state.component.state;
        let func = state.live.func(self.id)?;
        let image = state.images.get(state.live.instance(func.inst)?.image).ok_or(Misuse::WrongStore)?;
        let types = Types { image, live: &state.live, inst: func.inst };
        let ty = image.types.func(func.ty)?;
        Params::typecheck(Ty::Params(ty.params), &types)?;
        Return::typecheck(ty.result.map_or(Ty::None, Ty::Result), &types)?;
        Ok(TypedFunc { func: *self, types: PhantomData })
    }
}

impl Instance {
    /// The exported function of that name, or with that index, with its types checked once: see
    /// [`TypedFunc`].
    pub fn get_typed_func<Params, Return>(
        &self,
        mut store: impl AsContextMut,
        name: impl InstanceExportLookup,
    ) -> Result<TypedFunc<Params, Return>>
    where
        Params: ComponentNamedList + Lower,
        Return: ComponentNamedList + Lift,
    {
        let mut store = store.as_context_mut();
        let func = self.get_func(&mut store, name).ok_or_else(|| Error::from(Misuse::UnknownExport))?;
        func.typed(&store)
    }
}
