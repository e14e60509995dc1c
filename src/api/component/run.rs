//! The loop around the machine for components: calls of the host's functions happen here.

use super::ComponentState;
use super::host::{HostItem, no_such_item};
use crate::api::Progress;
use crate::api::run::parked;
use crate::api::store::{AsContextMut, State, StoreContextMut, StoreId};
use crate::component::abi::context::Cx;
use crate::component::abi::context::Side;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::boundary;
use crate::component::canon::{handed, lift};
use crate::component::instantiate::{Instantiation, Step};
use crate::component::run::{self, Flow};
use crate::component::state::{self, ComponentInstanceId, FuncId, FuncKind, HostFuncId, Scope, TaskId};
use crate::error::{Error, ErrorKind, Result, Trap, bug};
use crate::exec::{Depth, Machine, Stop};
use crate::support::Limit;

/// What lifting and lowering work on.
pub(super) fn cx<'a>(state: &'a mut State, machine: &'a mut Machine) -> Cx<'a> {
    let nodes = state.core.state.quota.limits.value_nodes;
    let ComponentState { state: component } = &mut state.component;
    Cx::new(&component.images, &mut state.core, &mut component.live, machine, nodes)
}

/// Lifts the result of a call of the host's.
pub(super) type OnResult<'r> = &'r mut dyn FnMut(&mut Cx<'_>, TaskId) -> Result<()>;

/// A call of the host's that ran out of fuel.
pub(super) struct Paused {
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
}

/// Does something on a machine; where it fails, every instance that took part is locked down.
pub(super) fn on_machine<T, R>(
    store: &mut StoreContextMut<'_, T>,
    action: impl FnOnce(&mut StoreContextMut<'_, T>, &mut Machine) -> Outcome<R>,
) -> Result<Progress<Paused, R>> {
    let state = store.state();
    if state.host_depth >= state.core.state.quota.limits.host_depth {
        return Err(Limit::HostDepth.into());
    }
    let outer = state.component.state.live.enter_scope();
    let machine = state.idle.take().unwrap_or_default();
    run(store, machine, outer, action)
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
    mut machine: Machine,
    outer: Scope,
    action: impl FnOnce(&mut StoreContextMut<'_, T>, &mut Machine) -> Outcome<R>,
) -> Result<Progress<Paused, R>> {
    store.state().host_depth += 1;
    let done = action(store, &mut machine);
    let state = store.state();
    state.host_depth -= 1;
    let live = &mut state.component.state.live;
    let done = match done {
        Ok(Ran::OutOfFuel) => {
            let threads = live.pause_scope()?;
            live.scope = outer;
            let (store, machine) = (state.id, state.pause(machine)?);
            return Ok(Progress::OutOfFuel(Paused { store, machine, threads }));
        }
        Ok(Ran::ToEnd(result)) => Ok(Progress::Done(result)),
        Err(error) => {
            live.poison_scope();
            Err(error)
        }
    };
    live.scope = outer;
    give_back(state, machine);
    done
}

fn give_back(state: &mut State, mut machine: Machine) {
    machine.unwind_to(Depth::default());
    state.idle = Some(machine);
}

/// Ends what was paused where it stands: every instance that takes part is locked down.
pub(super) fn cancel<T>(store: &mut StoreContextMut<'_, T>, paused: Paused) {
    let state = store.state();
    let live = &mut state.component.state.live;
    let outer = live.enter_scope();
    if live.resume(paused.threads).is_ok() {
        live.poison_scope();
    }
    live.scope = outer;
    if let Ok(machine) = state.unpause(paused.machine) {
        give_back(state, machine);
    }
}

/// Does something on a machine that is not to be paused: running out of fuel is an error.
pub(super) fn to_end<T, R>(
    store: &mut StoreContextMut<'_, T>,
    action: impl FnOnce(&mut StoreContextMut<'_, T>, &mut Machine) -> Outcome<R>,
) -> Result<R> {
    match on_machine(store, action)? {
        Progress::Done(result) => Ok(result),
        Progress::OutOfFuel(paused) | Progress::Waiting(paused) => {
            cancel(store, paused);
            Err(Error::new(ErrorKind::OutOfFuel))
        }
    }
}

/// Begins a call of the host's, and runs until its arguments are wanted: at once, unless the
/// instance holds calls back. Such a wait cannot be paused.
pub(super) fn begin<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine, func: FuncId) -> Result<TaskId> {
    let mut cx = cx(store.state(), machine);
    let (task, flow) = lift::begin(&mut cx, func)?;
    cx.live.scope.awaited = Some(task);
    match run_until(store, machine, flow, Until::Start(task))? {
        Some(Until::Start(_)) => Ok(task),
        Some(_) => Err(bug!("a call has ended that did not begin").into()),
        None => Err(Error::new(ErrorKind::OutOfFuel)),
    }
}

/// Runs the call of the host's that [`begin`] began until it has its result, which `on_result`
/// lifts, or there is no fuel left. What the call leaves behind goes on with the next one.
pub(super) fn drive<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    mut flow: Flow,
    on_result: OnResult<'_>,
) -> Outcome<()> {
    let awaited = store.state().component.state.live.scope.awaited;
    let task = awaited.ok_or_else(|| bug!("a call that did not begin"))?;
    while let Some(Until::Result(_)) = match run_until(store, machine, flow, Until::Resolved(task))? {
        None => return Ok(Ran::OutOfFuel),
        until => until,
    } {
        let mut cx = cx(store.state(), machine);
        on_result(&mut cx, task)?;
        flow = lift::end(&mut cx, task)?;
    }
    let live = &mut store.state().component.state.live;
    live.scope.awaited = None;
    let borrows = core::mem::take(&mut live.task(task)?.host_borrows);
    live.host.forget(&borrows);
    live.release(task)?;
    Ok(Ran::ToEnd(()))
}

/// Runs what is on the machine, of which the host wants no result, until it ends or there is no
/// fuel left.
pub(super) fn finish<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine) -> Outcome<()> {
    match run_until(store, machine, Flow::Run, Until::Idle)? {
        Some(_) => Ok(Ran::ToEnd(())),
        None => Ok(Ran::OutOfFuel),
    }
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// A call of the host's wants its arguments.
    Start(TaskId),
    /// Its result is to be lifted.
    Result(TaskId),
    /// It has resolved, and nothing runs.
    Resolved(TaskId),
    /// Nothing runs.
    Idle,
}

/// Runs threads until what is waited for has happened or its result is there; `None` where there
/// is no fuel left.
fn run_until<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    mut flow: Flow,
    until: Until,
) -> Result<Option<Until>> {
    loop {
        match flow {
            Flow::Run => {}
            Flow::Host { task, func } => call_host(store, machine, task, func)?,
            Flow::HostDtor { func, rep } => parked(store, machine, |store| call_dtor(store, func, rep))?,
            Flow::HostStart(task) if until == Until::Start(task) => return Ok(Some(until)),
            Flow::HostResult(task) if until == Until::Resolved(task) => return Ok(Some(Until::Result(task))),
            _ => return Err(bug!("a call of the host's that nobody waits for").into()),
        }
        let mut cx = cx(store.state(), machine);
        if cx.live.active.len() == cx.live.scope.floor {
            if is_over(&mut cx, until)? {
                return Ok(Some(until));
            }
            flow = run::tick(&mut cx)?.ok_or(Trap::Deadlock)?;
            continue;
        }
        let stop = machine.run(&mut store.state().core)?;
        #[cfg(feature = "heap")]
        if let Stop::Collect(_) = stop {
            store.state().collect(Some(machine));
            flow = Flow::Run;
            continue;
        }
        let mut cx = self::cx(store.state(), machine);
        flow = match stop {
            Stop::Call(func) => {
                let id = boundary::canon_of(cx.core, func)?;
                boundary::enter(&mut cx, id)?
            }
            Stop::ReturnInto(_) => boundary::leave(&mut cx)?,
            // No other thread of core code runs meanwhile.
            Stop::Wait => {
                machine.stop_waiting(&mut store.state().core)?;
                Flow::Run
            }
            Stop::OutOfFuel => return Ok(None),
            #[cfg(feature = "heap")]
            Stop::Collect(_) => return Err(bug!("a collection that was not made").into()),
            Stop::Done => return Err(bug!("a call without boundary").into()),
        };
    }
}

/// Whether nothing more has to run.
fn is_over(cx: &mut Cx<'_>, until: Until) -> Result<bool> {
    match until {
        Until::Resolved(task) => Ok(cx.live.task(task)?.subtask.resolved()),
        Until::Idle => Ok(true),
        Until::Start(_) | Until::Result(_) => Ok(false),
    }
}

/// Lowers the arguments of a call.
pub(super) type Lower<'l> = &'l mut dyn FnMut(&mut Cx<'_>, &Side<'_>, &mut FlatOut) -> Result<()>;
/// Lifts the result of a call from core values.
pub(super) type Lift<'l> = &'l mut dyn FnMut(&mut Cx<'_>, &Side<'_>, Option<u64>) -> Result<()>;

/// Whether a component has only handed on the function, which is the host's.
pub(super) fn is_handed_on(cx: &Cx<'_>, id: FuncId) -> Result<bool> {
    Ok(matches!(cx.live.func(id)?.kind, FuncKind::Host(_)))
}

/// Runs a function of the host that a component has handed on.
pub(super) fn handed<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    id: FuncId,
    lower: Lower<'_>,
    lift: Lift<'_>,
) -> Outcome<()> {
    // What the call keeps borrows the images only, which are found again after the host has run.
    let (task, func) = {
        let mut cx = cx(store.state(), machine);
        let call = handed::begin(&mut cx, id)?;
        let mut flat = FlatOut::new();
        lower(&mut cx, &call.side, &mut flat)?;
        handed::start(&mut cx, &call, &flat)?;
        (call.side.task, call.func)
    };
    call_host(store, machine, task, func)?;
    let mut cx = cx(store.state(), machine);
    let (side, slot) = handed::result(&mut cx, task)?;
    lift(&mut cx, &side, slot)?;
    handed::end(&mut cx, &side)?;
    Ok(Ran::ToEnd(()))
}

fn call_host<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    task: TaskId,
    func: HostFuncId,
) -> Result<()> {
    match store.hosts.component.get(func.raw()) {
        Some(HostItem::Func(closure)) => {
            let done = closure.call(store.as_context_mut(), machine, task);
            if done.is_err() {
                boundary::abandon_host(&mut cx(store.state(), machine), task);
            }
            done
        }
        _ => Err(no_such_item()),
    }
}

/// Calls a destructor of the host.
pub(super) fn call_dtor<T>(store: &mut StoreContextMut<'_, T>, func: HostFuncId, rep: u32) -> Result<()> {
    match store.hosts.component.get(func.raw()) {
        Some(HostItem::Dtor(closure)) => closure.call(store.as_context_mut(), rep),
        _ => Err(no_such_item()),
    }
}

/// Goes on with an instantiation until it ends or there is no fuel left; first, if one is
/// `running`, with a start function.
pub(super) fn instantiate<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    instantiation: &mut Instantiation,
    mut running: bool,
) -> Outcome<ComponentInstanceId> {
    loop {
        if running && let Ran::OutOfFuel = finish(store, machine)? {
            return Ok(Ran::OutOfFuel);
        }
        // While an instance is being made there is no collection.
        #[cfg(feature = "heap")]
        if store.state().core.state.heap.is_due() {
            store.state().collect(Some(machine));
        }
        let mut cx = cx(store.state(), machine);
        match instantiation.run(&mut cx)? {
            Step::Done(inst) => return Ok(Ran::ToEnd(inst)),
            Step::Start { inst, func } => boundary::start_core(&mut cx, inst, func)?,
        }
        running = true;
    }
}
