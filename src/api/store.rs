//! A store: the state of everything instantiated in it, with the host's own `T`.
//!
//! The machine and everything below it never see `T`: they work on [`State`], and code that
//! needs the host goes through [`Hosts`](super::host::Hosts).

use super::engine::Engine;
use super::host::Hosts;
use super::rooted::Roots;
use crate::error::{Error, Misuse, Result};
use crate::exec::Machine;
use crate::store::Fuel;
#[cfg(feature = "heap")]
use crate::store::gc::Refused;
use crate::support::{Box, OutOfMemory, Vec};
use core::sync::atomic::{AtomicUsize, Ordering};

/// Tells stores apart, so that no handle is used with another store than its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StoreId(usize);

impl StoreId {
    fn next() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        #[cfg(target_has_atomic = "ptr")]
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        // Without atomic addition (ARMv6-M) two stores that are made at the same time, one of
        // them in an interrupt, could get one id; then only the check for mixed-up handles
        // suffers: ids are tested wherever they are used.
        #[cfg(not(target_has_atomic = "ptr"))]
        let id = {
            let id = NEXT.load(Ordering::Relaxed);
            NEXT.store(id.wrapping_add(1), Ordering::Relaxed);
            id
        };
        StoreId(id)
    }
}

/// Everything of a store that does not depend on the host's `T`.
pub struct State {
    pub(crate) id: StoreId,
    pub(crate) engine: Engine,
    pub(crate) core: crate::store::Store,
    /// A machine that nothing runs on, kept so that calls need not allocate one.
    pub(crate) idle: Option<Box<Machine>>,
    /// Machines of calls that the host was called from, the innermost last.
    pub(crate) suspended: Vec<Machine>,
    /// Machines of calls that ran out of fuel and may go on.
    pub(crate) paused: Vec<Option<Box<Machine>>>,
    /// What the host holds.
    pub(crate) roots: Roots,
    /// How many calls from the host are active, one within the other.
    pub(crate) host_depth: u32,
    /// The component half.
    #[cfg(feature = "component")]
    pub(crate) component: super::component::ComponentState,
}

impl State {
    /// An error unless the handle that says it is of store `id` belongs here.
    pub(crate) fn own(&self, id: StoreId) -> Result<()> {
        if id == self.id { Ok(()) } else { Err(wrong_store()) }
    }

    /// A machine that nothing runs on. It stays where it is: moving it, parts of which were just written, would be
    /// waited for.
    pub(crate) fn take_machine(&mut self) -> Result<Box<Machine>, OutOfMemory> {
        match self.idle.take() {
            Some(machine) => Ok(machine),
            None => Box::new(Machine::new()),
        }
    }

    /// Keeps a machine that may go on; returns its number.
    pub(crate) fn pause(&mut self, machine: Box<Machine>) -> Result<usize> {
        let at = self.paused.iter().position(Option::is_none).unwrap_or(self.paused.len());
        match self.paused.get_mut(at) {
            Some(place) => *place = Some(machine),
            None => self.paused.push(Some(machine))?,
        }
        Ok(at)
    }

    /// The machine with that number, which goes on.
    pub(crate) fn unpause(&mut self, at: usize) -> Result<Box<Machine>> {
        Ok(self.paused.get_mut(at).and_then(Option::take).ok_or(Misuse::NotPaused)?)
    }

    /// Frees what nothing refers to: no machine, `running` included, nor the host, nor the store.
    #[cfg(feature = "heap")]
    pub(crate) fn collect(&mut self, running: Option<&Machine>) {
        let machines =
            self.suspended.iter().chain(self.paused.iter().flatten().map(|machine| &**machine)).chain(running);
        #[cfg(feature = "component-async")]
        let machines = machines.chain(self.component.state.live.blocked_machines());
        self.core.state.collect(machines.flat_map(Machine::roots).chain(self.roots.iter()));
    }

    /// Makes an object of the heap for the host, after a collection where that is needed.
    #[cfg(feature = "heap")]
    pub(crate) fn make<R>(&mut self, mut make: impl FnMut(&mut Self) -> Result<R, Refused>) -> Result<R> {
        match make(self) {
            Err(Refused::Collect(_)) => {
                self.collect(None);
                Ok(make(self)?)
            }
            made => Ok(made?),
        }
    }
}

#[cold]
fn wrong_store() -> Error {
    Misuse::WrongStore.into()
}

/// What a [`Store`] holds besides host functions.
pub(crate) struct Inner<T: 'static> {
    pub(crate) state: State,
    pub(crate) data: T,
    /// What the host does beside its calls.
    #[cfg(feature = "component-async")]
    pub(crate) tasks: super::component::HostTasks<T>,
}

/// Owns instances and all that belongs to them: memories, tables, globals, functions. Dropping
/// it frees everything. Handles such as [`Func`](super::Func) are only good with their store.
///
/// ```
/// use windlass::{Engine, Store};
///
/// let mut store = Store::new(&Engine::default(), 41);
/// *store.data_mut() += 1;
/// assert_eq!(*store.data(), 42);
/// ```
pub struct Store<T: 'static> {
    hosts: Hosts<T>,
    pub(super) inner: Inner<T>,
}

impl<T> Store<T> {
    /// An empty store with the host's own `data`.
    // Out of line: on a small stack what it is put together from does not stay beside it.
    #[inline(never)]
    pub fn new(engine: &Engine, data: T) -> Self {
        let config = engine.config();
        let fuel = if config.is_consuming_fuel() { Fuel::EMPTY } else { Fuel::UNMETERED };
        let mut core = crate::store::Store::new(config.get_limits().clone(), fuel);
        #[cfg(feature = "heap")]
        core.state.heap.set_stress(config.get_gc_stress());
        core.state.dispatch = config.get_dispatch();
        #[cfg_attr(not(feature = "component-async"), allow(unused_mut))]
        let mut state = State {
            id: StoreId::next(),
            engine: engine.clone(),
            core,
            idle: None,
            suspended: Vec::new(),
            paused: Vec::new(),
            roots: Roots::default(),
            host_depth: 0,
            #[cfg(feature = "component")]
            component: Default::default(),
        };
        #[cfg(feature = "component-async")]
        {
            state.component.state.live.choice = config.get_choice().clone();
        }
        Self {
            hosts: Hosts::new(),
            inner: Inner {
                state,
                data,
                #[cfg(feature = "component-async")]
                tasks: Default::default(),
            },
        }
    }

    /// The engine that it was made with.
    pub fn engine(&self) -> &Engine {
        &self.inner.state.engine
    }

    /// The host's data.
    pub fn data(&self) -> &T {
        &self.inner.data
    }

    /// The host's data, to change.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.inner.data
    }

    /// Ends the store, gives back the host's data.
    pub fn into_data(self) -> T {
        self.inner.data
    }

    /// Bytes of all linear memories in the store, as they are now.
    pub fn memory_bytes(&self) -> u64 {
        self.inner.state.core.state.quota.memory_bytes()
    }

    /// Frees what nothing refers to any more. It happens by itself where memory is needed.
    #[cfg(feature = "heap")]
    pub fn gc(&mut self) {
        self.as_context_mut().gc();
    }

    /// Shows an observer what crosses between components and the host from now on, for example a
    /// [`Trace`](crate::text::trace::Trace); `None` ends it.
    #[cfg(feature = "text")]
    pub fn observe<O: crate::component::observe::Observer + 'static>(&mut self, observer: Option<O>) -> Result<()> {
        let observer = observer.map(crate::component::observe::boxed).transpose()?;
        self.inner.state.component.state.live.observed.observer = observer;
        Ok(())
    }

    /// Sets the fuel that is left; one unit is one byte of code. An error unless
    /// [`Config::consume_fuel`](super::Config::consume_fuel) is on.
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.as_context_mut().set_fuel(fuel)
    }

    /// Adds to the fuel that is left, or pays off what was used beyond it: between two check
    /// points a call may use a little more than there is.
    pub fn add_fuel(&mut self, fuel: u64) -> Result<()> {
        self.as_context_mut().add_fuel(fuel)
    }

    /// The fuel that is left.
    pub fn get_fuel(&self) -> Result<u64> {
        self.as_context().get_fuel()
    }
}

/// A store borrowed to be read.
pub struct StoreContext<'a, T: 'static> {
    pub(crate) inner: &'a Inner<T>,
}

/// A store borrowed to be changed.
pub struct StoreContextMut<'a, T: 'static> {
    pub(crate) hosts: &'a Hosts<T>,
    pub(crate) inner: &'a mut Inner<T>,
}

impl<'a, T> StoreContext<'a, T> {
    /// What is behind the loan, for as long as it lasts.
    #[cfg(feature = "heap")]
    pub(crate) fn into_inner(self) -> &'a Inner<T> {
        self.inner
    }
}

impl<'a, T> StoreContextMut<'a, T> {
    /// What is behind the loan, for as long as it lasts.
    #[cfg(feature = "heap")]
    pub(crate) fn into_inner(self) -> &'a mut Inner<T> {
        self.inner
    }
}

impl<T> StoreContext<'_, T> {
    /// The host's data.
    pub fn data(&self) -> &T {
        &self.inner.data
    }

    /// The fuel that is left.
    pub fn get_fuel(&self) -> Result<u64> {
        let fuel = &self.inner.state.core.state.fuel;
        if !fuel.is_metered() {
            return Err(Misuse::NoFuel.into());
        }
        // Costs are taken off when they have arisen, so the balance may be a little below zero.
        Ok(u64::try_from(fuel.balance()).unwrap_or(0))
    }
}

impl<T> StoreContextMut<'_, T> {
    /// The host's data.
    pub fn data(&self) -> &T {
        &self.inner.data
    }

    /// The host's data, to change.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.inner.data
    }

    /// The fuel that is left.
    pub fn get_fuel(&self) -> Result<u64> {
        self.as_context().get_fuel()
    }

    /// Frees what nothing refers to any more; see [`Store::gc`].
    #[cfg(feature = "heap")]
    pub fn gc(&mut self) {
        self.inner.state.collect(None);
    }

    /// Sets the fuel that is left; see [`Store::set_fuel`].
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        let state = &mut self.inner.state.core.state;
        if !state.fuel.is_metered() {
            return Err(Misuse::NoFuel.into());
        }
        state.fuel.set(i64::try_from(fuel).unwrap_or(i64::MAX));
        Ok(())
    }

    /// Adds to the fuel that is left; see [`Store::add_fuel`].
    pub fn add_fuel(&mut self, fuel: u64) -> Result<()> {
        let state = &mut self.inner.state.core.state;
        if !state.fuel.is_metered() {
            return Err(Misuse::NoFuel.into());
        }
        state.fuel.add(fuel);
        Ok(())
    }

    pub(crate) fn state(&mut self) -> &mut State {
        &mut self.inner.state
    }
}

/// What a store can be read through: the store itself, a [`Caller`](super::Caller), or a context.
pub trait AsContext {
    /// The host's data.
    type Data: 'static;
    /// The store, to read.
    fn as_context(&self) -> StoreContext<'_, Self::Data>;
}

/// What a store can be changed through: the store itself, a [`Caller`](super::Caller), or a context.
pub trait AsContextMut: AsContext {
    /// The store, to change.
    fn as_context_mut(&mut self) -> StoreContextMut<'_, Self::Data>;
}

impl<T> AsContext for Store<T> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext { inner: &self.inner }
    }
}

impl<T> AsContextMut for Store<T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut { hosts: &self.hosts, inner: &mut self.inner }
    }
}

impl<T> AsContext for StoreContext<'_, T> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext { inner: self.inner }
    }
}

impl<T> AsContext for StoreContextMut<'_, T> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext { inner: self.inner }
    }
}

impl<T> AsContextMut for StoreContextMut<'_, T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut { hosts: self.hosts, inner: self.inner }
    }
}

impl<C: AsContext> AsContext for &C {
    type Data = C::Data;
    fn as_context(&self) -> StoreContext<'_, C::Data> {
        (**self).as_context()
    }
}

impl<C: AsContext> AsContext for &mut C {
    type Data = C::Data;
    fn as_context(&self) -> StoreContext<'_, C::Data> {
        (**self).as_context()
    }
}

impl<C: AsContextMut> AsContextMut for &mut C {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, C::Data> {
        (**self).as_context_mut()
    }
}

impl<'a, T: 'static, C: AsContext<Data = T>> From<&'a C> for StoreContext<'a, T> {
    fn from(store: &'a C) -> Self {
        store.as_context()
    }
}

impl<'a, T: 'static, C: AsContext<Data = T>> From<&'a mut C> for StoreContext<'a, T> {
    fn from(store: &'a mut C) -> Self {
        C::as_context(store)
    }
}

impl<'a, T: 'static, C: AsContextMut<Data = T>> From<&'a mut C> for StoreContextMut<'a, T> {
    fn from(store: &'a mut C) -> Self {
        store.as_context_mut()
    }
}
