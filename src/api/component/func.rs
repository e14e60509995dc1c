//! Component-level functions, as handles.

use super::call::CallBody;
#[cfg(feature = "component-async")]
use super::call::StartedBody;
#[cfg(feature = "component-async")]
use super::poll::{self, At};
#[cfg(feature = "component-async")]
use super::started::Started;
use super::types;
use super::{event_loop, run};
use crate::api::Progress;
use crate::api::store::{AsContext, AsContextMut, StoreId};
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::{FlatIn, lift_flat_values};
use crate::component::abi::lower_flat::{FlatOut, lower_flat_values};
use crate::component::abi::step::Parts;
use crate::component::abi::val::{Val, clone_all};
use crate::component::boundary;
use crate::component::canon::Options;
use crate::component::state::{FuncId, TaskId};
use crate::error::{Error, Misuse, Result};
#[cfg(feature = "component-async")]
use crate::exec::Machine;
#[cfg(feature = "component-async")]
use crate::support::Box;
use crate::support::Vec;
use crate::types::component::FuncType;
use crate::types::flatten::MAX_FLAT_PARAMS;
#[cfg(feature = "component-async")]
use core::any::Any;

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
        let func = component.linked.func(self.id)?;
        let image = component.live.instance(func.inst)?.image;
        let image = component.linked.images.get(image).ok_or(Misuse::WrongStore)?;
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
        run::to_end(&mut store, |store, machine| {
            event_loop::call(store, machine, self.id, &mut Vals { params, results })
        })
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
        let count = results.len();
        let progress = run::on_machine(&mut store, |store, machine| {
            event_loop::call(store, machine, self.id, &mut Vals { params, results })
        })?;
        // Where the callee holds the call back its arguments are still wanted.
        let params = match &progress {
            Progress::Done(()) => Vec::new(),
            _ => clone_all(params)?,
        };
        Ok(PausedCall::after(progress, params, count))
    }

    /// Starts a call, which goes on whenever the store runs: with [`Store::poll`](crate::Store::poll)
    /// or any other call. The store is not borrowed meanwhile.
    #[cfg(feature = "component-async")]
    pub fn start(&self, mut store: impl AsContextMut, params: Vec<Val>) -> Result<Started<Vec<Val>>> {
        let mut store = store.as_context_mut();
        store.state().own(self.store)?;
        let mut results = Vec::new();
        for _ in 0..self.result_count(store.state())? {
            results.push(Val::Bool(false))?;
        }
        self.check(store.state(), &params, &results)?;
        let body = StartedVals { params, results: Some(results) };
        Started::new(&mut store, self.id, Box::new(body)?.into_array())
    }

    /// Calls the function, as a Rust future that ends with the call. Dropping it cancels the call.
    ///
    /// Where the call cannot go on before a function of the host is ready, the future is pending;
    /// where it cannot go on at all, that is a trap.
    #[cfg(feature = "component-async")]
    pub async fn call_async(&self, mut store: impl AsContextMut, params: &[Val], results: &mut [Val]) -> Result<()> {
        let mut store = store.as_context_mut();
        store.state().own(self.store)?;
        self.check(store.state(), params, results)?;
        let mut body = Vals { params, results };
        poll::to_end(&mut store, move |store, machine, at| match at {
            At::Begin => event_loop::call(store, machine, self.id, &mut body),
            At::Resume => event_loop::go_on(store, machine, &mut body),
        })
        .await
    }

    /// How many results there are.
    #[cfg(feature = "component-async")]
    fn result_count(&self, state: &mut crate::api::store::State) -> Result<usize> {
        let mut machine = Machine::new();
        let cx = run::cx(state, &mut machine);
        let func = *cx.linked.func(self.id)?;
        let side = boundary::side(&cx, func.inst, &Options::DEFAULT, TaskId::new(0))?;
        Ok(usize::from(side.types().func(func.ty)?.result.is_some()))
    }

    /// Everything that can be checked before anything happens.
    fn check(&self, state: &mut crate::api::store::State, params: &[Val], results: &[Val]) -> Result<()> {
        let mut machine = crate::exec::Machine::new();
        let cx = run::cx(state, &mut machine);
        let func = *cx.linked.func(self.id)?;
        // Checking reads types only: options and call do not matter.
        let side = boundary::side(&cx, func.inst, &Options::DEFAULT, TaskId::new(0))?;
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

/// A call that ran out of fuel. Where it is not to go on, [`cancel`](Self::cancel) gives back what it holds;
/// otherwise the store keeps that as long as it lives, and the component instances that take part in it can be
/// entered by nobody.
#[must_use = "a call that is only dropped keeps what it holds"]
pub struct PausedCall {
    paused: run::Paused,
    params: Vec<Val>,
    results: usize,
}

impl PausedCall {
    fn after(progress: Progress<run::Paused>, params: Vec<Val>, results: usize) -> Progress<PausedCall> {
        progress.map_paused(|paused| PausedCall { paused, params, results })
    }

    /// Goes on where the call stopped; see [`Func::call_resumable`].
    pub fn resume(self, mut store: impl AsContextMut, results: &mut [Val]) -> Result<Progress<PausedCall>> {
        let mut store = store.as_context_mut();
        if results.len() != self.results {
            return Err(Misuse::ResultCount.into());
        }
        let params = self.params;
        let progress = run::resume(&mut store, self.paused, |store, machine| {
            event_loop::go_on(store, machine, &mut Vals { params: &params, results })
        })?;
        Ok(PausedCall::after(progress, params, self.results))
    }

    /// Ends the call where it stands, and frees its frames. Component instances of which threads were running are
    /// locked down, as after a trap; a call that only waits is asked to stop.
    pub fn cancel(self, mut store: impl AsContextMut) -> Result<()> {
        run::give_up(&mut store.as_context_mut(), self.paused)
    }
}

/// Arguments of any type, and places for results.
struct Vals<'a> {
    params: &'a [Val],
    results: &'a mut [Val],
}

impl CallBody for Vals<'_> {
    fn lower(&mut self, cx: &mut Cx<'_>, side: &Side<'_>, ty: &FuncType<'_>, out: &mut FlatOut) -> Result<()> {
        lower_flat_values(cx, side, MAX_FLAT_PARAMS, (Parts::Params(ty.params), self.params), None, out)
    }

    fn lift(
        &mut self,
        cx: &mut Cx<'_>,
        side: &Side<'_>,
        ty: &FuncType<'_>,
        max_flat: u32,
        flat: &mut FlatIn<'_>,
    ) -> Result<()> {
        let values = lift_flat_values(cx, side, max_flat, *flat, Parts::Result(ty.result))?;
        for (place, value) in self.results.iter_mut().zip(values) {
            *place = value;
        }
        Ok(())
    }
}

/// The same, kept by the store.
#[cfg(feature = "component-async")]
struct StartedVals {
    params: Vec<Val>,
    results: Option<Vec<Val>>,
}

#[cfg(feature = "component-async")]
impl CallBody for StartedVals {
    fn lower(&mut self, cx: &mut Cx<'_>, side: &Side<'_>, ty: &FuncType<'_>, out: &mut FlatOut) -> Result<()> {
        Vals { params: &self.params, results: &mut [] }.lower(cx, side, ty, out)
    }

    fn lift(
        &mut self,
        cx: &mut Cx<'_>,
        side: &Side<'_>,
        ty: &FuncType<'_>,
        max_flat: u32,
        flat: &mut FlatIn<'_>,
    ) -> Result<()> {
        let results = self.results.as_deref_mut().unwrap_or_default();
        Vals { params: &[], results }.lift(cx, side, ty, max_flat, flat)
    }
}

#[cfg(feature = "component-async")]
impl StartedBody for [StartedVals; 1] {
    fn result(&mut self) -> &mut dyn Any {
        let [StartedVals { results, .. }] = self;
        results
    }
}
