//! Calls of the host's on a machine: begun, paused, gone on with, given up.

#[cfg(feature = "component-async")]
use super::call::Calls;
use super::{ComponentState, event_loop};
use crate::api::Progress;
use crate::api::store::{State, StoreContextMut, StoreId};
use crate::component::abi::context::Cx;
use crate::component::boundary;
use crate::component::instantiate::{Instantiation, Step};
use crate::component::linking::Linking;
use crate::component::state::{self, ComponentInstanceId, Scope};
#[cfg(feature = "component-async")]
use crate::error::Misuse;
use crate::error::{Error, ErrorKind, Result};
use crate::exec::{Depth, Machine};
use crate::support::{Box, Limit};

/// What lifting and lowering work on.
pub(super) fn cx<'a>(state: &'a mut State, machine: &'a mut Machine) -> Cx<'a> {
    let nodes = state.core.state.quota.limits.value_nodes;
    let ComponentState { state: component, .. } = &mut state.component;
    Cx::new(&component.linked, &mut state.core, &mut component.live, machine, nodes)
}

/// The same, with the calls that were started.
#[cfg(feature = "component-async")]
pub(super) fn cx_and_calls<'a>(state: &'a mut State, machine: &'a mut Machine) -> (Cx<'a>, &'a mut Calls) {
    let nodes = state.core.state.quota.limits.value_nodes;
    let ComponentState { state: component, calls, .. } = &mut state.component;
    (Cx::new(&component.linked, &mut state.core, &mut component.live, machine, nodes), calls)
}

/// A call of the host's that ran out of fuel, or waits for the host.
pub(crate) struct Paused {
    store: StoreId,
    /// Which of the store's paused machines it is.
    machine: usize,
    threads: state::Paused,
}

/// How far something came on a machine.
pub(super) type Outcome<R> = Result<Ran<R>>;

/// See [`Outcome`].
pub(super) enum Ran<R> {
    /// It ended.
    ToEnd(R),
    /// It has no fuel left.
    OutOfFuel,
    /// It waits for the host.
    #[cfg(feature = "component-async")]
    Waiting,
}

/// Does something on a machine; where it fails, every instance that took part is locked down.
pub(super) fn on_machine<T, R>(
    store: &mut StoreContextMut<'_, T>,
    action: impl FnOnce(&mut StoreContextMut<'_, T>, &mut Machine) -> Outcome<R>,
) -> Result<Progress<Paused, R>> {
    let machine = machine(store)?;
    let outer = enter_scope(store);
    run(store, machine, outer, action)
}

/// A machine for what begins.
fn machine<T>(store: &mut StoreContextMut<'_, T>) -> Result<Box<Machine>> {
    let state = store.state();
    if state.host_depth >= state.core.state.quota.limits.host_depth {
        return Err(Limit::HostDepth.into());
    }
    Ok(state.take_machine()?)
}

/// What runs from now on is a scope of its own. Returns the one around it: as such, since with something that may fail
/// around it, it would be read in parts, soon after it was written as a whole.
fn enter_scope<T>(store: &mut StoreContextMut<'_, T>) -> Scope {
    store.state().component.state.live.enter_scope()
}

/// Goes on with what was paused.
pub(super) fn resume<T, R>(
    store: &mut StoreContextMut<'_, T>,
    paused: Paused,
    action: impl FnOnce(&mut StoreContextMut<'_, T>, &mut Machine) -> Outcome<R>,
) -> Result<Progress<Paused, R>> {
    let state = store.state();
    state.own(paused.store)?;
    if state.host_depth >= state.core.state.quota.limits.host_depth {
        cancel(store, paused);
        return Err(Limit::HostDepth.into());
    }
    let machine = state.unpause(paused.machine)?;
    let live = &mut state.component.state.live;
    let outer = live.enter_scope();
    live.resume(paused.threads)?;
    run(store, machine, outer, action)
}

fn run<T, R>(
    store: &mut StoreContextMut<'_, T>,
    mut machine: Box<Machine>,
    outer: Scope,
    action: impl FnOnce(&mut StoreContextMut<'_, T>, &mut Machine) -> Outcome<R>,
) -> Result<Progress<Paused, R>> {
    let done = act(store, &mut machine, action);
    let state = store.state();
    match done {
        Ok(Ran::ToEnd(result)) => settle(state, machine, outer, Ok(result)).map(Progress::Done),
        Ok(Ran::OutOfFuel) => pause(state, machine, outer).map(Progress::OutOfFuel),
        #[cfg(feature = "component-async")]
        Ok(Ran::Waiting) => pause(state, machine, outer).map(Progress::Waiting),
        Err(error) => settle(state, machine, outer, Err(error)),
    }
}

fn act<T, R>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    action: impl FnOnce(&mut StoreContextMut<'_, T>, &mut Machine) -> Outcome<R>,
) -> Outcome<R> {
    store.state().host_depth += 1;
    #[cfg(feature = "component-async")]
    {
        store.state().component.state.live.turn += 1;
    }
    let done = action(store, machine);
    store.state().host_depth -= 1;
    done
}

/// What was done on a machine has ended, one way or the other.
fn settle<R>(state: &mut State, machine: Box<Machine>, outer: Scope, done: Result<R>) -> Result<R> {
    if done.is_err() {
        poison_scope(&mut state.component);
    }
    state.component.state.live.scope = outer;
    give_back(state, machine);
    done
}

fn pause(state: &mut State, machine: Box<Machine>, outer: Scope) -> Result<Paused> {
    let live = &mut state.component.state.live;
    let threads = live.pause_scope()?;
    live.scope = outer;
    let (store, machine) = (state.id, state.pause(machine)?);
    Ok(Paused { store, machine, threads })
}

/// Ends the current scope after a trap, and with it calls into instances that are locked down.
fn poison_scope(component: &mut ComponentState) {
    component.state.live.poison_scope(&component.state.linked);
    #[cfg(feature = "component-async")]
    component.calls.end_poisoned(&mut component.state.live);
}

fn give_back(state: &mut State, mut machine: Box<Machine>) {
    machine.unwind_to(Depth::default());
    state.idle = Some(machine);
}

/// Ends what was paused where it stands. Where threads were running every instance that takes part
/// is locked down; where all of them wait, the call is asked to stop.
pub(super) fn cancel<T>(store: &mut StoreContextMut<'_, T>, paused: Paused) {
    let state = store.state();
    let live = &mut state.component.state.live;
    let outer = live.enter_scope();
    let is_idle = paused.threads.is_idle();
    if live.resume(paused.threads).is_ok() {
        #[cfg(feature = "component-async")]
        if let Some(task) = live.scope.awaited.filter(|_| is_idle) {
            live.scope.awaited = None;
            // What is gone already is not asked.
            let _ = live.forget_call(task);
        }
        if !is_idle {
            poison_scope(&mut state.component);
        }
    }
    state.component.state.live.scope = outer;
    if let Ok(machine) = state.unpause(paused.machine) {
        give_back(state, machine);
    }
}

/// The same for the host, which says so.
pub(super) fn give_up<T>(store: &mut StoreContextMut<'_, T>, paused: Paused) -> Result<()> {
    store.state().own(paused.store)?;
    cancel(store, paused);
    Ok(())
}

/// Does something on a machine that is not to be paused: running out of fuel is an error.
pub(super) fn to_end<T, R>(
    store: &mut StoreContextMut<'_, T>,
    action: impl FnOnce(&mut StoreContextMut<'_, T>, &mut Machine) -> Outcome<R>,
) -> Result<R> {
    let mut machine = machine(store)?;
    let outer = enter_scope(store);
    let done = act(store, &mut machine, action);
    let done = match done {
        Ok(Ran::ToEnd(result)) => Ok(result),
        Ok(Ran::OutOfFuel) => Err(Error::new(ErrorKind::OutOfFuel)),
        #[cfg(feature = "component-async")]
        Ok(Ran::Waiting) => {
            // Nothing runs, so nothing is locked down.
            let paused = pause(store.state(), machine, outer)?;
            cancel(store, paused);
            return Err(Misuse::CannotWait.into());
        }
        Err(error) => Err(error),
    };
    settle(store.state(), machine, outer, done)
}

/// Goes on with an instantiation until it ends or there is no fuel left; first, if one is
/// `running`, with a start function.
#[inline(never)]
pub(super) fn instantiate<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    instantiation: &mut Instantiation,
    mut running: bool,
) -> Outcome<ComponentInstanceId> {
    loop {
        if running {
            match event_loop::finish(store, machine)? {
                Ran::ToEnd(()) => {}
                Ran::OutOfFuel => return Ok(Ran::OutOfFuel),
                #[cfg(feature = "component-async")]
                Ran::Waiting => return Ok(Ran::Waiting),
            }
        }
        // While an instance is being made there is no collection.
        #[cfg(feature = "heap")]
        if store.state().core.state.heap.is_due() {
            store.state().collect(Some(machine));
        }
        let state = store.state();
        match instantiation.run(&mut Linking::new(&mut state.core, &mut state.component.state))? {
            Step::Done(inst) => return Ok(Ran::ToEnd(inst)),
            Step::Start { inst, func } => boundary::start_core(&mut cx(state, machine), inst, func)?,
        }
        running = true;
    }
}
