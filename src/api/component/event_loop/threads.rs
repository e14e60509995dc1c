//! The loop where threads wait and go on.

use super::{call_dtor, call_handed, call_host, end_handed, is_handed_on};
use crate::api::component::ComponentState;
use crate::api::component::call::{CallBody, Calls};
use crate::api::component::direct;
use crate::api::component::host::no_such_item;
use crate::api::component::poll::{self, Next, Turns};
use crate::api::component::run::{Outcome, Ran, cx, cx_and_calls};
use crate::api::store::StoreContextMut;
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::canon::lift;
use crate::component::flow::Flow;
use crate::component::state::{self, FuncId, TaskId, Work};
use crate::component::{boundary, host_call};
use crate::error::{Error, Result, bug};
use crate::exec::{Depth, Machine, Stop};

/// Calls a function, and runs until it has its result, or cannot go on for now. What the call
/// leaves behind goes on with the next one.
#[inline(never)]
pub(in crate::api::component) fn call<T>(
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
pub(in crate::api::component) fn go_on<T>(
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
    if host_call::is_handed(&store.state().component.state.live, task) {
        return end_handed(store, machine, task, body);
    }
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
pub(in crate::api::component) fn finish<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine) -> Outcome<()> {
    run_until(store, machine, Flow::Run, Until::Idle, None)
}

/// Runs whatever can run.
pub(in crate::api::component) fn everything<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
) -> Outcome<()> {
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
    let mut turns = Turns::new();
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
                match poll::next(store, machine, &mut turns) {
                    Ok(Next::Flow(next)) => Ok(next),
                    Ok(Next::Waiting) if until != Until::Quiet => return Ok(Ran::Waiting),
                    Ok(Next::Nothing) if until != Until::Quiet => return Err(poll::deadlock(store)),
                    Ok(_) => return Ok(Ran::ToEnd(())),
                    Err(error) => Err(error),
                }
            }
            Flow::Run => match step(store, machine) {
                Ok(Some(Flow::Run)) => continue,
                Ok(Some(next)) => Ok(next),
                Ok(None) => return Ok(Ran::OutOfFuel),
                Err(error) => Err(error),
            },
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
pub(in crate::api::component) fn is_idle<T>(store: &mut StoreContextMut<'_, T>) -> bool {
    let live = &store.state().component.state.live;
    live.active.len() == live.scope.floor
}

/// Whether nothing more has to run.
fn is_over<T>(store: &mut StoreContextMut<'_, T>, until: Until) -> Result<bool> {
    match until {
        Until::Resolved(task) => Ok(store.state().component.state.live.task(task)?.subtask.resolved()),
        Until::Idle => Ok(true),
        Until::Quiet => Ok(false),
    }
}

/// An error is that of the call in which it arose, if that was started; else of whoever runs the
/// store.
fn failed<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine, error: Error) -> Result<Flow> {
    let ComponentState { state: component, calls, .. } = &mut store.state().component;
    let (live, linked) = (&mut component.live, &component.linked);
    if let Some(root) = live.root().filter(|root| calls.get(*root).is_some()) {
        live.poison_active(linked);
        machine.unwind_to(Depth::default());
        calls.end(root, live, Err(error))?;
        calls.end_poisoned(live);
        return Ok(Flow::Run);
    }
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
    calls: &'b mut Calls,
    task: TaskId,
    own: &'b mut Option<&mut dyn CallBody>,
) -> Option<&'b mut dyn CallBody> {
    if live.scope.awaited == Some(task) {
        return match own {
            Some(own) => Some(&mut **own),
            None => None,
        };
    }
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
    let (root, is_own) = (cx.live.task(task)?.root, cx.live.scope.awaited == Some(task));
    let flow = lift::end(&mut cx, task)?;
    if let Some(root) = root.filter(|root| !is_own && calls.get(*root).is_some()) {
        forget_result(cx.live, task)?;
        calls.end(root, cx.live, Ok(()))?;
    }
    Ok(flow)
}
