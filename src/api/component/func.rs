//! Component-level functions, as handles.

use super::direct::{self, Called};
use super::run::{self, Ran};
use super::types;
use crate::api::Progress;
use crate::api::store::{AsContext, AsContextMut, StoreContextMut, StoreId};
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::{FlatIn, lift_flat_values};
use crate::component::abi::lower_flat::{FlatOut, lower_flat_values};
use crate::component::abi::step;
use crate::component::abi::val::Val;
use crate::component::boundary;
use crate::component::canon::{Options, lift};
use crate::component::run::Flow;
use crate::component::state::{self, FuncId, TaskId};
use crate::error::{Error, Misuse, Result};
use crate::exec::Machine;
use crate::types::component::{FuncType, ValType};
use crate::types::flatten::{MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};

/// A function of a component instance: a handle, good for its store only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Func {
    pub(super) store: StoreId,
    pub(super) id: FuncId,
}

impl Func {
    /// Its type.
    pub fn ty(&self, store: impl AsContext) -> Result<types::ComponentFunc> {
        let store = store.as_context();
        let state = &store.inner.state;
        state.own(self.store)?;
        let component = &state.component.state;
        let func = component.live.func(self.id)?;
        let image = component.live.instance(func.inst)?.image;
        let image = component.images.get(image).ok_or(Misuse::WrongStore)?;
        Ok(types::ComponentFunc::of(image, func.ty))
    }

    /// Calls the function. `results` has a place for each result, whatever is in it.
    ///
    /// After a trap or any other error while the guest ran, every instance that took part is
    /// locked down: it can never be entered again.
    ///
    /// Running out of fuel is such an error; for calls that can go on there is
    /// [`call_resumable`](Self::call_resumable).
    pub fn call(&self, mut store: impl AsContextMut, params: &[Val], results: &mut [Val]) -> Result<()> {
        let mut store = store.as_context_mut();
        store.state().own(self.store)?;
        self.check(store.state(), params, results)?;
        run::to_end(&mut store, |store, machine| self.run(store, machine, params, results))
    }

    /// Calls the function and runs it until it ends or has no fuel left.
    ///
    /// While a call is paused nothing else enters the component instances that take part in it.
    ///
    /// ```
    /// use windlass::component::{Component, Linker, Val};
    /// use windlass::{Config, Engine, Progress, Store};
    ///
    /// # const WAT: &str = r#"(component
    /// #   (core module $M (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
    /// #   (core instance $m (instantiate $M))
    /// #   (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $m "add"))))"#;
    /// # let bytes = wat::parse_str(WAT).unwrap();
    /// let engine = Engine::new(Config::new().consume_fuel(true));
    /// let component = Component::new(&engine, bytes)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
    /// let add = instance.get_func(&mut store, "add").unwrap();
    ///
    /// let mut results = [Val::U32(0)];
    /// let mut progress = add.call_resumable(&mut store, &[Val::U32(1), Val::U32(2)], &mut results)?;
    /// while let Progress::OutOfFuel(paused) = progress {
    ///     store.add_fuel(1)?;
    ///     progress = paused.resume(&mut store, &mut results)?;
    /// }
    /// assert_eq!(results, [Val::U32(3)]);
    /// # Ok::<(), windlass::Error>(())
    /// ```
    pub fn call_resumable(
        &self,
        mut store: impl AsContextMut,
        params: &[Val],
        results: &mut [Val],
    ) -> Result<Progress<PausedCall>> {
        let mut store = store.as_context_mut();
        store.state().own(self.store)?;
        self.check(store.state(), params, results)?;
        let progress = run::on_machine(&mut store, |store, machine| self.run(store, machine, params, results))?;
        Ok(PausedCall::after(progress, results.len()))
    }

    fn run<T>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        machine: &mut Machine,
        params: &[Val],
        results: &mut [Val],
    ) -> run::Outcome<()> {
        if run::is_handed_on(&run::cx(store.state(), machine), self.id)? {
            return self.run_handed(store, machine, params, results);
        }
        let mut lower = |cx: &mut Cx<'_>, side: &Side<'_>, flat: &mut FlatOut| self.lower(cx, side, params, flat);
        let called = direct::call(store, machine, self.id, &mut lower, &mut |cx, side, slot| {
            let ty = func_type(cx, self.id, side)?.result;
            lift_into(cx, side, (ty, MAX_FLAT_RESULTS), slot.as_slice(), results)
        })?;
        let flow = match called {
            Called::Ended => return Ok(Ran::ToEnd(())),
            Called::GoesOn(flow) => flow,
            Called::Not => {
                let task = run::begin(store, machine, self.id)?;
                let mut cx = run::cx(store.state(), machine);
                let (_, side) = lift::callee_side(&mut cx, task)?;
                let mut flat = FlatOut::new();
                self.lower(&mut cx, &side, params, &mut flat)?;
                lift::start(&mut cx, task, &flat)?;
                Flow::Run
            }
        };
        run::drive(store, machine, flow, &mut |cx, task| lift_results(cx, task, results))
    }

    fn lower(&self, cx: &mut Cx<'_>, side: &Side<'_>, params: &[Val], flat: &mut FlatOut) -> Result<()> {
        let ty = func_type(cx, self.id, side)?;
        let values = ty.params.iter().map(|param| param.ty).zip(params);
        lower_flat_values(cx, side, MAX_FLAT_PARAMS, values, None, flat)
    }

    /// The same for a function of the host that a component has handed on.
    fn run_handed<T>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        machine: &mut Machine,
        params: &[Val],
        results: &mut [Val],
    ) -> run::Outcome<()> {
        let mut lower = |cx: &mut Cx<'_>, side: &Side<'_>, flat: &mut FlatOut| self.lower(cx, side, params, flat);
        run::handed(store, machine, self.id, &mut lower, &mut |cx, side, slot| {
            let ty = func_type(cx, self.id, side)?.result;
            lift_into(cx, side, (ty, MAX_FLAT_RESULTS), slot.as_slice(), results)
        })
    }

    /// Everything that can be checked before anything happens.
    fn check(&self, state: &mut crate::api::store::State, params: &[Val], results: &[Val]) -> Result<()> {
        let mut machine = crate::exec::Machine::new();
        let cx = run::cx(state, &mut machine);
        let func = *cx.live.func(self.id)?;
        // Checking reads types only: options and call do not matter.
        let side = boundary::side(&cx, func.inst, Options::default(), TaskId::new(0))?;
        let ty = side.types().func(func.ty)?;
        if params.len() != ty.params.len() {
            let message = format_args!("{} arguments for {} parameters", params.len(), ty.params.len());
            return Err(Error::from(Misuse::ArgumentTypes).with_message(message));
        }
        if results.len() != usize::from(ty.result.is_some()) {
            return Err(Misuse::ResultCount.into());
        }
        for (param, value) in ty.params.iter().zip(params) {
            let checked = value.check(&side, param.ty);
            checked.map_err(|error| error.context(format_args!("param {}", side.label(param.name))))?;
        }
        Ok(())
    }
}

/// A call that ran out of fuel. Dropping it leaves the component instances that take part in it
/// as they are: nothing can enter them any more.
pub struct PausedCall {
    paused: run::Paused,
    results: usize,
}

impl PausedCall {
    fn after(progress: Progress<run::Paused>, results: usize) -> Progress<PausedCall> {
        progress.map_paused(|paused| PausedCall { paused, results })
    }

    /// Goes on where the call stopped; see [`Func::call_resumable`].
    pub fn resume(self, mut store: impl AsContextMut, results: &mut [Val]) -> Result<Progress<PausedCall>> {
        let mut store = store.as_context_mut();
        if results.len() != self.results {
            return Err(Misuse::ResultCount.into());
        }
        let progress = run::resume(&mut store, self.paused, |store, machine| {
            run::drive(store, machine, Flow::Run, &mut |cx, task| lift_results(cx, task, results))
        })?;
        Ok(PausedCall::after(progress, self.results))
    }
}

fn func_type<'t>(cx: &Cx<'_>, id: FuncId, side: &Side<'t>) -> Result<FuncType<'t>> {
    let func: &state::Func = cx.live.func(id)?;
    Ok(side.types().func(func.ty)?)
}

/// Lifts the result of a function for the host.
fn lift_results(cx: &mut Cx<'_>, task: TaskId, results: &mut [Val]) -> Result<()> {
    let lift::HostResult { func, side, flat, max_flat } = lift::result(cx, task)?;
    let ty = side.types().func(func.ty)?.result;
    lift_into(cx, &side, (ty, max_flat), flat.slots(), results)
}

fn lift_into(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    (ty, max_flat): (Option<ValType>, u32),
    slots: &[u64],
    results: &mut [Val],
) -> Result<()> {
    let mut flat = FlatIn::new(slots);
    let values = lift_flat_values(cx, side, max_flat, &mut flat, step::result(ty))?;
    for (place, value) in results.iter_mut().zip(values) {
        *place = value;
    }
    Ok(())
}
