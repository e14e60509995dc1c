//! Functions: calls from the host with values, and host functions of any type.

use super::host::{BoxedHostFunc, BoxedSharedHostFunc, Caller, HostFunc, SharedHostFunc};
use super::run::{self, Progress};
use super::slots::Slots;
use super::store::{AsContext, AsContextMut, State, StoreContextMut, StoreId};
use super::typed::{self, IntoFunc, WasmList};
use super::{TypedFunc, Val};
use crate::error::{Misuse, Result};
use crate::exec::Machine;
use crate::store::{FuncId, FuncKind, known};
use crate::support::{Box, OutOfMemory, Vec};
use crate::syntax::ValType;

/// The types of a function's parameters and results.
#[derive(Debug, PartialEq, Eq)]
pub struct FuncType {
    params: Vec<ValType>,
    results: Vec<ValType>,
}

impl FuncType {
    /// A function type. Concrete heap types in it count in a store's table of types.
    pub fn new(
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Result<Self, OutOfMemory> {
        Ok(Self { params: Vec::collect(params)?, results: Vec::collect(results)? })
    }

    /// Types of the parameters.
    pub fn params(&self) -> &[ValType] {
        &self.params
    }

    /// Types of the results.
    pub fn results(&self) -> &[ValType] {
        &self.results
    }

    /// A copy.
    pub fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Ok(Self { params: self.params.try_clone()?, results: self.results.try_clone()? })
    }
}

/// A function: a handle, good for its store only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Func {
    pub(crate) store: StoreId,
    pub(crate) id: FuncId,
}

impl Func {
    /// A host function whose types are those of a closure; a [`Caller`] may come first.
    ///
    /// ```
    /// use windlass::{Engine, Func, Store};
    ///
    /// let mut store = Store::new(&Engine::default(), ());
    /// let add = Func::wrap(&mut store, |a: i32, b: i32| a + b)?;
    /// let add = add.typed::<(i32, i32), i32>(&store)?;
    /// assert_eq!(add.call(&mut store, (1, 2))?, 3);
    /// # Ok::<(), windlass::Error>(())
    /// ```
    pub fn wrap<T: 'static, Params: 'static, Results: 'static>(
        mut store: impl AsContextMut<Data = T>,
        closure: impl IntoFunc<T, Params, Results>,
    ) -> Result<Self> {
        let ty = typed::func_type(&closure)?;
        Self::from_boxed(&mut store.as_context_mut(), &ty, typed::boxed(closure)?)
    }

    /// A host function of any type: the closure gets its arguments and places for its results
    /// as slices. The places hold zeros and nulls at first.
    ///
    /// ```
    /// use windlass::syntax::ValType;
    /// use windlass::{Engine, Func, FuncType, Store, Val};
    ///
    /// let mut store = Store::new(&Engine::default(), 40);
    /// let ty = FuncType::new([ValType::I32], [ValType::I32])?;
    /// let add = Func::new(&mut store, ty, |caller, params, results| {
    ///     results[0] = Val::I32(caller.data() + params[0].i32().unwrap_or_default());
    ///     Ok(())
    /// })?;
    /// let mut results = [Val::I32(0)];
    /// add.call(&mut store, &[Val::I32(2)], &mut results)?;
    /// assert_eq!(results, [Val::I32(42)]);
    /// # Ok::<(), windlass::Error>(())
    /// ```
    pub fn new<T: 'static>(
        mut store: impl AsContextMut<Data = T>,
        ty: FuncType,
        closure: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<Self> {
        let boxed = Box::new(Dynamic { ty: ty.try_clone()?, closure })?.into_array();
        Self::from_boxed(&mut store.as_context_mut(), &ty, boxed)
    }

    pub(crate) fn from_boxed<T>(
        store: &mut StoreContextMut<'_, T>,
        ty: &FuncType,
        closure: BoxedHostFunc<T>,
    ) -> Result<Self> {
        let state = &mut store.inner.state;
        let ty = state.core.state.add_func_type(&ty.params, &ty.results)?;
        let number = store.hosts.core.push(closure)?;
        let id = state.core.state.add_func(ty, FuncKind::Host(number))?;
        Ok(Self { store: state.id, id })
    }

    /// Its type.
    pub fn ty(&self, store: impl AsContext) -> Result<FuncType> {
        let store = store.as_context();
        let state = &store.inner.state;
        let (params, results) = self.types(state)?;
        Ok(FuncType::new(params.iter().copied(), results.iter().copied())?)
    }

    fn types<'s>(&self, state: &'s State) -> Result<(&'s [ValType], &'s [ValType])> {
        state.own(self.store)?;
        known(state.core.state.func_type(self.id))
    }

    /// Calls the function and runs it to the end.
    ///
    /// `params` must be of the function's types, and `results` have as many places as it has
    /// results. Running out of fuel is the error [`OutOfFuel`](crate::ErrorKind::OutOfFuel), and
    /// what was done until then stays done; for calls that can go on there is
    /// [`call_resumable`](Self::call_resumable). As nothing else runs before the call ends, a
    /// `memory.atomic.wait` times out at once, or is the trap [`Deadlock`](crate::Trap::Deadlock)
    /// where it has no timeout.
    pub fn call(&self, mut store: impl AsContextMut, params: &[Val], results: &mut [Val]) -> Result<()> {
        let mut store = store.as_context_mut();
        let mut slots = self.lower(store.state(), params, results)?;
        run::call(&mut store, self.id, &mut slots)?;
        self.lift(store.state(), &slots, results)
    }

    /// Calls the function and runs it until it ends, waits for another call, or has no fuel left.
    ///
    /// Calls of one store that are paused at the same time are its threads: they share its
    /// memories, and which one goes on is up to who resumes them. So equal inputs give equal runs.
    ///
    /// ```
    /// use windlass::{Config, Engine, Instance, Module, Progress, Store};
    ///
    /// // (module (func (export "spin") (loop $again (br $again))))
    /// const BYTES: &[u8] =
    ///     b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x08\x01\x04spin\0\0\x0a\x09\x01\x07\0\x03\x40\x0c\0\x0b\x0b";
    ///
    /// let engine = Engine::new(Config::new().consume_fuel(true));
    /// let mut store = Store::new(&engine, ());
    /// store.set_fuel(1_000)?;
    /// let instance = Instance::new(&mut store, &Module::new(&engine, BYTES)?, &[])?;
    /// let spin = instance.get_func(&mut store, "spin").unwrap();
    /// let Progress::OutOfFuel(paused) = spin.call_resumable(&mut store, &[], &mut [])? else { panic!() };
    /// store.set_fuel(1_000)?;
    /// assert!(matches!(paused.resume(&mut store, &mut [])?, Progress::OutOfFuel(_)));
    /// # Ok::<(), windlass::Error>(())
    /// ```
    pub fn call_resumable(
        &self,
        mut store: impl AsContextMut,
        params: &[Val],
        results: &mut [Val],
    ) -> Result<Progress<PausedCall>> {
        let mut store = store.as_context_mut();
        let mut slots = self.lower(store.state(), params, results)?;
        let progress = run::start(&mut store, self.id, &mut slots)?;
        self.after(store.state(), progress, slots, results)
    }

    fn after(
        self,
        state: &mut State,
        progress: Progress<Box<Machine>>,
        slots: Slots,
        results: &mut [Val],
    ) -> Result<Progress<PausedCall>> {
        Ok(match progress {
            Progress::Done(()) => {
                self.lift(state, &slots, results)?;
                Progress::Done(())
            }
            Progress::OutOfFuel(machine) => Progress::OutOfFuel(self.pause(state, machine, slots)?),
            Progress::Waiting(machine) => Progress::Waiting(self.pause(state, machine, slots)?),
        })
    }

    /// Keeps a machine that may go on in the store, where a collection finds what it refers to.
    fn pause(self, state: &mut State, machine: Box<Machine>, slots: Slots) -> Result<PausedCall> {
        let timeout = machine.timeout();
        Ok(PausedCall { func: self, machine: state.pause(machine)?, timeout, slots })
    }

    /// The same function with its types checked once: calls need no further check.
    pub fn typed<Params: WasmList, Results: WasmList>(
        &self,
        store: impl AsContext,
    ) -> Result<TypedFunc<Params, Results>> {
        let store = store.as_context();
        let state = &store.inner.state;
        let (params, results) = self.types(state)?;
        // The host passes what it has where the guest takes more, and reads what is more
        // special than it needs (core spec, Function Types).
        let matches = |sub: &[ValType], sup: &[ValType]| {
            sub.len() == sup.len()
                && sub.iter().zip(sup).all(|(sub, sup)| state.core.state.types.val_matches(*sub, *sup))
        };
        if !matches(Params::TYPES, params) || !matches(results, Results::TYPES) {
            return Err(Misuse::ArgumentTypes.into());
        }
        Ok(TypedFunc::new_unchecked(*self))
    }

    /// The arguments as slots, with room for the results.
    fn lower(&self, state: &State, params: &[Val], results: &[Val]) -> Result<Slots> {
        let (param_types, result_types) = self.types(state)?;
        if params.len() != param_types.len() || !params.iter().zip(param_types).all(|(val, ty)| val.is_of(*ty, state)) {
            return Err(Misuse::ArgumentTypes.into());
        }
        if results.len() != result_types.len() {
            return Err(Misuse::ResultCount.into());
        }
        let mut slots = Slots::new(slot_count(param_types), slot_count(result_types))?;
        let mut at = 0;
        for param in params {
            at += param.write(slots.from(at), state)?;
        }
        Ok(slots)
    }

    fn lift(&self, state: &mut State, slots: &Slots, results: &mut [Val]) -> Result<()> {
        let mut at = 0;
        for (position, place) in results.iter_mut().enumerate() {
            let Some(&ty) = self.types(state)?.1.get(position) else { break };
            *place = Val::read(ty, slots.get(at), state)?;
            at += ty.slots() as usize;
        }
        Ok(())
    }
}

/// How many slots values of these types take.
pub(crate) fn slot_count(types: &[ValType]) -> usize {
    types.iter().map(|ty| ty.slots() as usize).sum()
}

/// A call that ran out of fuel or waits. Where it is not to go on, [`cancel`](Self::cancel) gives back
/// what it holds; otherwise the store keeps that as long as it lives, and a call that waits keeps its
/// place among those that `memory.atomic.notify` counts.
pub struct PausedCall {
    func: Func,
    /// Which of the store's paused machines it is.
    machine: usize,
    timeout: Option<u64>,
    slots: Slots,
}

impl PausedCall {
    /// Goes on where the call stopped; see [`Func::call_resumable`].
    pub fn resume(self, mut store: impl AsContextMut, results: &mut [Val]) -> Result<Progress<PausedCall>> {
        let machine = self.take(store.as_context_mut().state())?;
        let Self { func, mut slots, .. } = self;
        let mut store = store.as_context_mut();
        if func.types(store.state())?.1.len() != results.len() {
            return Err(Misuse::ResultCount.into());
        }
        let progress = run::resume(&mut store, machine, &mut slots)?;
        func.after(store.state(), progress, slots, results)
    }

    /// Whether the call waits and no other has woken it yet.
    pub fn is_waiting(&self, store: impl AsContext) -> bool {
        let state = &store.as_context().inner.state;
        let machine = state.paused.get(self.machine).and_then(Option::as_ref);
        machine.is_some_and(|machine| machine.is_waiting(&state.core))
    }

    /// For how many nanoseconds the call waits at most; `None` where it does not wait, or for
    /// ever. The engine has no clock: see [`stop_waiting`](Self::stop_waiting).
    pub fn timeout(&self) -> Option<u64> {
        self.timeout
    }

    /// Goes on with a call that waits although no other has woken it: its time is up. Where it has
    /// no timeout that is the trap [`Deadlock`](crate::Trap::Deadlock).
    pub fn stop_waiting(self, mut store: impl AsContextMut, results: &mut [Val]) -> Result<Progress<PausedCall>> {
        let machine = self.take(store.as_context_mut().state())?;
        let Self { func, mut slots, .. } = self;
        let mut store = store.as_context_mut();
        if func.types(store.state())?.1.len() != results.len() {
            return Err(Misuse::ResultCount.into());
        }
        let progress = run::stop_waiting(&mut store, machine, &mut slots)?;
        func.after(store.state(), progress, slots, results)
    }

    /// Ends the call where it stands.
    pub fn cancel(self, mut store: impl AsContextMut) -> Result<()> {
        self.take(store.as_context_mut().state()).map(|_| ())
    }

    fn take(&self, state: &mut State) -> Result<Box<Machine>> {
        state.own(self.func.store)?;
        state.unpause(self.machine)
    }
}

/// A closure over slices of values.
struct Dynamic<F> {
    ty: FuncType,
    closure: F,
}

impl<T: 'static, F> HostFunc<T> for [Dynamic<F>; 1]
where
    F: Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
{
    fn call(&self, mut caller: Caller<'_, T>, slots: &mut [u64]) -> Result<()> {
        let [Dynamic { ty, closure }] = self;
        let state = caller.store.state();
        let mut params = Vec::with_capacity(ty.params.len())?;
        let mut at = 0;
        for param in &ty.params {
            params.push(Val::read(*param, slots.get(at..).unwrap_or_default(), state)?)?;
            at += param.slots() as usize;
        }
        let mut results = Vec::with_capacity(ty.results.len())?;
        for result in &ty.results {
            results.push(Val::default_for_ty(*result).unwrap_or(Val::AnyRef(None)))?;
        }
        let inner = Caller { store: caller.store.as_context_mut(), instance: caller.instance };
        closure(inner, &params, &mut results)?;
        let state = caller.store.state();
        let mut at = 0;
        for (result, ty) in results.iter().zip(&ty.results) {
            if !result.is_of(*ty, state) {
                return Err(Misuse::ValueType.into());
            }
            at += result.write(slots.get_mut(at..).unwrap_or_default(), state)?;
        }
        Ok(())
    }
}

impl<T: 'static, F> SharedHostFunc<T> for [Dynamic<F>; 1]
where
    F: Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Clone + Send + Sync + 'static,
{
    fn for_store(&self) -> Result<BoxedHostFunc<T>, OutOfMemory> {
        let [this] = self;
        Ok(Box::new(Dynamic { ty: this.ty.try_clone()?, closure: this.closure.clone() })?.into_array())
    }
}

/// A closure over slices of values, for a linker.
pub(crate) fn shared_dynamic<T: 'static>(
    ty: FuncType,
    closure: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Clone + Send + Sync + 'static,
) -> Result<BoxedSharedHostFunc<T>, OutOfMemory> {
    Ok(Box::new(Dynamic { ty, closure })?.into_array())
}
