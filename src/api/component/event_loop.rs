//! The loop around the machine for components: calls of the host's functions happen here.

#[cfg(feature = "component-async")]
use super::ComponentState;
use super::call::{CallBody, Calls};
use super::direct;
use super::host::{Called, HostFunc, HostItem, no_such_item};
#[cfg(feature = "component-async")]
use super::poll::{self, Next, Turns};
use super::run::{Outcome, Ran, cx, cx_and_calls};
use crate::api::run::parked;
use crate::api::store::{AsContextMut, StoreContextMut};
use crate::component::abi::context::Cx;
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::canon::{handed, lift};
use crate::component::run::Flow;
use crate::component::state::{self, FuncId, FuncKind, HostFuncId, TaskId, Work};
use crate::component::{boundary, host_call};
#[cfg(not(feature = "component-async"))]
use crate::error::Trap;
use crate::error::{Error, Result, bug};
#[cfg(feature = "component-async")]
use crate::exec::Depth;
use crate::exec::{Machine, Stop};
use crate::types::flatten::MAX_FLAT_RESULTS;

/// Calls a function, and runs until it has its result, or cannot go on for now. What the call
/// leaves behind goes on with the next one.
#[inline(never)]
pub(super) fn call<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    func: FuncId,
    body: &mut dyn CallBody,
) -> Outcome<()> {
    if is_handed_on(&cx(store.state(), machine), func)? {
        let Some(task) = call_handed(store, machine, func, body)? else { return Ok(Ran::ToEnd(())) };
        store.state().component.state.live.scope.awaited = Some(task);
        return drive(store, machine, Flow::Run, body);
    }
    let flow = match direct::call(store, machine, func, body)? {
        direct::Called::Ended => return Ok(Ran::ToEnd(())),
        direct::Called::GoesOn(flow) => flow,
        direct::Called::Not => {
            let (mut cx, calls) = cx_and_calls(store.state(), machine);
            let (task, flow) = lift::begin(&mut cx, func, calls.number())?;
            cx.live.scope.awaited = Some(task);
            flow
        }
    };
    drive(store, machine, flow, body)
}

/// Goes on with what [`call`] began.
pub(super) fn go_on<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    body: &mut dyn CallBody,
) -> Outcome<()> {
    drive(store, machine, Flow::Run, body)
}

fn drive<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    flow: Flow,
    body: &mut dyn CallBody,
) -> Outcome<()> {
    let awaited = store.state().component.state.live.scope.awaited;
    let task = awaited.ok_or_else(|| bug!("a call that did not begin"))?;
    match run_until(store, machine, flow, Until::Resolved(task), Some(&mut *body))? {
        Ran::ToEnd(()) => end_awaited(store, machine, task, body).map(Ran::ToEnd),
        ran => Ok(ran),
    }
}

/// The call that the host waits for has resolved.
fn end_awaited<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    task: TaskId,
    body: &mut dyn CallBody,
) -> Result<()> {
    store.state().component.state.live.scope.awaited = None;
    #[cfg(feature = "component-async")]
    if host_call::is_handed(&store.state().component.state.live, task) {
        return end_handed(store, machine, task, body);
    }
    let _ = (machine, body);
    let live = &mut store.state().component.state.live;
    forget_result(live, task)?;
    Ok(live.release(task)?)
}

/// What was lent to the host for a call is gone once the call has ended.
fn forget_result(live: &mut state::Live, task: TaskId) -> Result<()> {
    let borrows = core::mem::take(&mut live.task(task)?.host_borrows);
    live.host.forget(&borrows);
    Ok(())
}

/// Runs what is on the machine, of which the host wants no result, until it ends or cannot go on
/// for now.
pub(super) fn finish<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine) -> Outcome<()> {
    run_until(store, machine, Flow::Run, Until::Idle, None)
}

/// Runs whatever can run.
#[cfg(feature = "component-async")]
pub(super) fn everything<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine) -> Outcome<()> {
    run_until(store, machine, Flow::Run, Until::Quiet, None)
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// A call of the host's has resolved, and nothing runs.
    Resolved(TaskId),
    /// Nothing runs.
    Idle,
    /// Nothing can run.
    #[cfg(feature = "component-async")]
    Quiet,
}

/// Runs threads until what is waited for has happened, or cannot for now. `own` is the call's that
/// the host waits for; others that were started go on meanwhile.
fn run_until<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    mut flow: Flow,
    until: Until,
    mut own: Option<&mut dyn CallBody>,
) -> Outcome<()> {
    #[cfg(feature = "component-async")]
    let mut turns = Turns::new();
    #[cfg(feature = "component-async")]
    match poll::unstall(store, machine) {
        Ok(true) => {}
        Ok(false) => return Ok(Ran::Waiting),
        Err(error) => flow = failed(store, machine, error)?,
    }
    loop {
        let done = match flow {
            Flow::Run if is_idle(store) => {
                if is_over(store, until)? {
                    return Ok(Ran::ToEnd(()));
                }
                #[cfg(feature = "component-async")]
                match poll::next(store, machine, &mut turns) {
                    Ok(Next::Flow(next)) => Ok(next),
                    Ok(Next::Waiting) if until != Until::Quiet => return Ok(Ran::Waiting),
                    Ok(Next::Nothing) if until != Until::Quiet => return Err(poll::deadlock(store)),
                    Ok(_) => return Ok(Ran::ToEnd(())),
                    Err(error) => Err(error),
                }
                #[cfg(not(feature = "component-async"))]
                return Err(Trap::Deadlock.into());
            }
            Flow::Run => match step(store, machine) {
                Ok(Some(Flow::Run)) => continue,
                Ok(Some(next)) => Ok(next),
                Ok(None) => return Ok(Ran::OutOfFuel),
                Err(error) => Err(error),
            },
            #[cfg(feature = "component-async")]
            Flow::Stalled => return Ok(Ran::Waiting),
            flow => serve(store, machine, flow, &mut own),
        };
        flow = match done {
            Ok(flow) => flow,
            Err(error) => failed(store, machine, error)?,
        };
    }
}

/// Whether no thread runs that belongs to the current scope.
pub(super) fn is_idle<T>(store: &mut StoreContextMut<'_, T>) -> bool {
    let live = &store.state().component.state.live;
    live.active.len() == live.scope.floor
}

/// Whether nothing more has to run.
fn is_over<T>(store: &mut StoreContextMut<'_, T>, until: Until) -> Result<bool> {
    match until {
        Until::Resolved(task) => Ok(store.state().component.state.live.task(task)?.subtask.resolved()),
        Until::Idle => Ok(true),
        #[cfg(feature = "component-async")]
        Until::Quiet => Ok(false),
    }
}

/// An error is that of the call in which it arose, if that was started; else of whoever runs the
/// store.
fn failed<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine, error: Error) -> Result<Flow> {
    #[cfg(feature = "component-async")]
    {
        let ComponentState { state: component, calls, .. } = &mut store.state().component;
        let (live, linked) = (&mut component.live, &component.linked);
        if let Some(root) = live.root().filter(|root| calls.get(*root).is_some()) {
            live.poison_active(linked);
            machine.unwind_to(Depth::default());
            calls.end(root, live, Err(error))?;
            calls.end_poisoned(live);
            return Ok(Flow::Run);
        }
    }
    let _ = (store, machine);
    Err(error)
}

/// Runs the machine until it needs something; `None` where there is no fuel left.
fn step<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine) -> Result<Option<Flow>> {
    let mut cx = cx(store.state(), machine);
    let flow = match boundary::run(&mut cx) {
        Ok(Stop::Call(func)) => boundary::enter(&mut cx, func),
        Ok(Stop::ReturnInto(_)) => boundary::leave(&mut cx),
        // No other thread of core code runs meanwhile.
        Ok(Stop::Wait) => machine.stop_waiting(&mut store.state().core).map(|()| Flow::Run),
        Ok(Stop::OutOfFuel) => return Ok(None),
        #[cfg(feature = "heap")]
        Ok(Stop::Collect) => {
            store.state().collect(Some(machine));
            Ok(Flow::Run)
        }
        Ok(Stop::Done) => Err(bug!("a call without boundary").into()),
        Err(error) => Err(error),
    };
    // Looked at by parts: what was written in parts and is moved as a whole would be waited for.
    match flow {
        Ok(Flow::Run) => Ok(Some(Flow::Run)),
        other => other.map(Some),
    }
}

/// Does what the host is needed for.
fn serve<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    flow: Flow,
    own: &mut Option<&mut dyn CallBody>,
) -> Result<Flow> {
    match flow {
        Flow::Host(task) => match store.state().component.state.live.task(task)?.work {
            Work::Host(func) => call_host(store, machine, task, func),
            _ => Err(no_such_item()),
        },
        Flow::HostDtor(func) => call_dtor(store, machine, func),
        Flow::HostStart(task) => host_start(store, machine, task, own),
        Flow::HostResult(task) => host_result(store, machine, task, own),
        _ => Err(bug!("a flow that never leaves the component runtime").into()),
    }
}

/// Whose arguments or result are wanted: those of the call that the host waits for, or of one
/// that was started.
fn body<'b>(
    live: &state::Live,
    #[cfg_attr(not(feature = "component-async"), allow(unused_variables))] calls: &'b mut Calls,
    task: TaskId,
    own: &'b mut Option<&mut dyn CallBody>,
) -> Option<&'b mut dyn CallBody> {
    if live.scope.awaited == Some(task) {
        return match own {
            Some(own) => Some(&mut **own),
            None => None,
        };
    }
    #[cfg(feature = "component-async")]
    if let Some(root) = live.tasks.get(task)?.root {
        let body = calls.get(root)?.body.as_deref_mut()?;
        return Some(body);
    }
    None
}

/// A call of the host's has begun: its arguments are lowered.
fn host_start<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    task: TaskId,
    own: &mut Option<&mut dyn CallBody>,
) -> Result<Flow> {
    let (mut cx, calls) = cx_and_calls(store.state(), machine);
    let (func, side) = lift::callee_side(&mut cx, task)?;
    let ty = side.types().func(func.ty)?;
    let body = body(cx.live, calls, task, own).ok_or_else(|| bug!("a call begins that nobody made"))?;
    let mut flat = FlatOut::new();
    body.lower(&mut cx, &side, &ty, &mut flat)?;
    lift::start(&mut cx, task, &flat)?;
    Ok(Flow::Run)
}

/// A call of the host's has a result, which is lifted, or discarded where nobody wants it.
fn host_result<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    task: TaskId,
    own: &mut Option<&mut dyn CallBody>,
) -> Result<Flow> {
    let (mut cx, calls) = cx_and_calls(store.state(), machine);
    if let Some(body) = body(cx.live, calls, task, own) {
        let lift::HostResult { func, side, flat, max_flat } = lift::result(&mut cx, task)?;
        let ty = side.types().func(func.ty)?;
        body.lift(&mut cx, &side, &ty, max_flat, &mut FlatIn::new(flat.slots()))?;
    }
    #[cfg(feature = "component-async")]
    let (root, is_own) = (cx.live.task(task)?.root, cx.live.scope.awaited == Some(task));
    let flow = lift::end(&mut cx, task)?;
    #[cfg(feature = "component-async")]
    if let Some(root) = root.filter(|root| !is_own && calls.get(*root).is_some()) {
        forget_result(cx.live, task)?;
        calls.end(root, cx.live, Ok(()))?;
    }
    Ok(flow)
}

/// Whether a component has only handed on the function, which is the host's.
pub(super) fn is_handed_on(cx: &Cx<'_>, id: FuncId) -> Result<bool> {
    Ok(matches!(cx.linked.func(id)?.kind, FuncKind::Host(_)))
}

/// Calls a function of the host that a component has handed on. Where it is not ready there is a task.
pub(super) fn call_handed<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    id: FuncId,
    body: &mut dyn CallBody,
) -> Result<Option<TaskId>> {
    let FuncKind::Host(host) = store.state().component.state.linked.func(id)?.kind else { return Err(no_such_item()) };
    let Some(HostItem::Func(closure)) = store.hosts.component.get(host.raw()) else { return Err(no_such_item()) };
    closure.call_handed(store, machine, id, body)
}

/// The same, once the function is found. It is called by functions of the host, so that programs without such have no
/// code for it.
pub(super) fn run_handed<T>(
    closure: &dyn HostFunc<T>,
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    id: FuncId,
    body: &mut dyn CallBody,
) -> Result<Option<TaskId>> {
    let depth = machine.depth();
    let task = handed::begin(&mut cx(store.state(), machine), id)?;
    let begun = start_handed(store, machine, task, body).and_then(|()| run_host(closure, store, machine, task));
    match begun {
        Ok(Flow::Run) => end_handed(store, machine, task, body).map(|()| None),
        Ok(_) => Ok(Some(task)),
        Err(error) => {
            machine.unwind_to(depth);
            handed::give_up(&mut store.state().component.state.live, task)?;
            Err(error)
        }
    }
}

fn start_handed<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    task: TaskId,
    body: &mut dyn CallBody,
) -> Result<()> {
    let mut cx = cx(store.state(), machine);
    let side = handed::side(&mut cx, task)?;
    let ty = side.types().func(lift::callee(&mut cx, task)?.ty)?;
    let mut flat = FlatOut::new();
    body.lower(&mut cx, &side, &ty, &mut flat)?;
    handed::start(&mut cx, &side, &flat)
}

/// Lifts the result of a function of the host that a component has handed on, which is ready: the call ends.
pub(super) fn end_handed<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    task: TaskId,
    body: &mut dyn CallBody,
) -> Result<()> {
    let mut cx = cx(store.state(), machine);
    let (side, slot) = handed::result(&mut cx, task)?;
    let ty = side.types().func(lift::callee(&mut cx, task)?.ty)?;
    match body.lift(&mut cx, &side, &ty, MAX_FLAT_RESULTS, &mut FlatIn::new(slot.as_slice())) {
        Ok(()) => handed::end(&mut cx, &side),
        Err(error) => {
            handed::give_up(cx.live, task)?;
            Err(error)
        }
    }
}

fn call_host<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    task: TaskId,
    func: HostFuncId,
) -> Result<Flow> {
    let Some(HostItem::Func(closure)) = store.hosts.component.get(func.raw()) else { return Err(no_such_item()) };
    run_host(&**closure, store, machine, task)
}

fn run_host<T>(
    closure: &dyn HostFunc<T>,
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    task: TaskId,
) -> Result<Flow> {
    match closure.call(store.as_context_mut(), machine, task) {
        Ok(Called::Returned) => Ok(Flow::Run),
        #[cfg(feature = "component-async")]
        Ok(Called::Waits(future)) => host_call::wait(&mut cx(store.state(), machine), task, future),
        Err(error) => {
            host_call::abandon_host(&mut cx(store.state(), machine), task);
            Err(error)
        }
    }
}

/// Calls a destructor of the host with the number on top of the stack.
pub(super) fn call_dtor<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    func: HostFuncId,
) -> Result<Flow> {
    let rep = machine.args(1).first().map_or(0, |slot| *slot as u32);
    machine.pop(1);
    parked(store, machine, |store| match store.hosts.component.get(func.raw()) {
        Some(HostItem::Dtor(closure)) => closure.call(store.as_context_mut(), rep),
        _ => Err(no_such_item()),
    })?;
    Ok(Flow::Run)
}
