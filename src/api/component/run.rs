//! The loop around the machine for components: calls of the host's functions happen here.

use super::ComponentState;
use super::host::{HostItem, no_such_item};
use crate::api::Progress;
use crate::api::run::parked;
use crate::api::store::{AsContextMut, State, StoreContextMut, StoreId};
use crate::component::abi::context::Cx;
use crate::component::abi::context::Side;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::boundary::{self, Entered, Left};
use crate::component::canon::{handed, lift};
use crate::component::instantiate::{Instantiation, Step};
use crate::component::state::{ComponentInstanceId, FuncId, FuncKind, HostFuncId, PausedTasks, TaskId};
use crate::error::{Error, ErrorKind, Result, bug};
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
    tasks: Option<PausedTasks>,
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
    let floor = state.component.state.live.tasks.innermost();
    let machine = state.idle.take().unwrap_or_default();
    run(store, machine, floor, action)
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
    let floor = live.tasks.innermost();
    if let Some(tasks) = paused.tasks {
        live.resume(tasks)?;
    }
    run(store, machine, floor, action)
}

fn run<T, R>(
    store: &mut StoreContextMut<'_, T>,
    mut machine: Machine,
    floor: Option<TaskId>,
    action: impl FnOnce(&mut StoreContextMut<'_, T>, &mut Machine) -> Outcome<R>,
) -> Result<Progress<Paused, R>> {
    store.state().host_depth += 1;
    let done = action(store, &mut machine);
    let state = store.state();
    state.host_depth -= 1;
    let live = &mut state.component.state.live;
    let done = match done {
        Ok(Ran::OutOfFuel) => {
            let (tasks, store) = (live.pause_above(floor), state.id);
            let machine = state.pause(machine)?;
            return Ok(Progress::OutOfFuel(Paused { store, machine, tasks }));
        }
        Ok(Ran::ToEnd(result)) => Ok(Progress::Done(result)),
        Err(error) => {
            live.poison_above(floor);
            Err(error)
        }
    };
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
    let floor = live.tasks.innermost();
    if let Some(tasks) = paused.tasks
        && live.resume(tasks).is_ok()
    {
        live.poison_above(floor);
    }
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

/// Runs a call of the host's until it ends or there is no fuel left.
pub(super) fn drive<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    on_result: OnResult<'_>,
) -> Outcome<()> {
    loop {
        let stop = machine.run(&mut store.state().core)?;
        #[cfg(feature = "heap")]
        if let Stop::Collect(_) = stop {
            store.state().collect(Some(machine));
            continue;
        }
        let mut cx = cx(store.state(), machine);
        match stop {
            Stop::Call(func) => {
                let id = boundary::canon_of(cx.core, func)?;
                match boundary::enter(&mut cx, id)? {
                    Entered::Running | Entered::Finished => {}
                    Entered::Host { task, func } => call_host(store, machine, task, func)?,
                    Entered::HostDtor { func, rep } => {
                        parked(store, machine, |store| call_dtor(store, func, rep))?;
                    }
                }
            }
            Stop::ReturnInto(token) => match boundary::leave(&mut cx, token)? {
                Left::Running => {}
                Left::Finished => return Ok(Ran::ToEnd(())),
                Left::HostResult(task) => {
                    on_result(&mut cx, task)?;
                    if let Left::Finished = lift::end(&mut cx, task)? {
                        return Ok(Ran::ToEnd(()));
                    }
                }
            },
            // Nothing else runs core code of a component until the call ends.
            Stop::Wait => machine.stop_waiting(&mut store.state().core)?,
            Stop::OutOfFuel => return Ok(Ran::OutOfFuel),
            #[cfg(feature = "heap")]
            Stop::Collect(_) => return Err(bug!("a collection that was not made").into()),
            Stop::Done => return Err(bug!("a call without boundary").into()),
        }
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
        Some(HostItem::Func(closure)) => closure.call(store.as_context_mut(), machine, task),
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
        if running {
            let no_result: OnResult<'_> = &mut |_, _| Err(bug!("a start function has no result").into());
            if let Ran::OutOfFuel = drive(store, machine, no_result)? {
                return Ok(Ran::OutOfFuel);
            }
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
