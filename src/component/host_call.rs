//! Calls of a component to a function of the host: at once, or through a future that is not
//! ready (`CanonicalABI.md`, `canon lower`, for a callee that is the host).

use super::abi::context::{Cx, Side};
use super::abi::lower_flat::FlatOut;
use super::boundary::side;
#[cfg(not(feature = "component-async"))]
use super::canon::direct;
#[cfg(feature = "component-async")]
use super::canon::progress;
use super::canon::{handed, lower};
use super::state::TaskId;
use super::state::direct::DirectCaller;
#[cfg(feature = "component-async")]
use super::{
    flow::Flow,
    run,
    state::host_call::HostFuture,
    state::{Caller, Live, SubtaskState},
};
use crate::error::{Result, bug};
#[cfg(feature = "component-async")]
use crate::support::DynBox;
use crate::types::component::{Field, Members, ValType};
use crate::types::flatten::{MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};

/// The side of a component that calls the host, with the types of the function as it sees them,
/// its core arguments, and where results go that do not fit flat ones.
pub struct HostCall<'a> {
    /// The caller's side.
    pub side: Side<'a>,
    /// Types of the parameters, as fields.
    pub params: Members<'a, Field>,
    /// How many of them may be flat.
    pub max_flat_params: u32,
    /// The type of the result.
    pub result: Option<ValType>,
    /// How many results may be flat.
    pub max_flat_results: u32,
    /// Core arguments; none once the call has begun to wait.
    pub args: FlatOut,
    /// Where results go that do not fit flat ones.
    pub result_pointer: u64,
}

/// What the host needs for a call that it gets.
pub fn host_side<'a>(cx: &mut Cx<'a>, task: TaskId) -> Result<HostCall<'a>> {
    let call = match cx.live.host_caller(task)? {
        DirectCaller::Component { inst, lower, result_pointer } => {
            let canon = cx.linked.canon(lower)?;
            let lower = lower::of(&canon.kind)?;
            let max_flat = (lower.max_flat_params(), lower.max_flat_results());
            (side(cx, inst, &lower.opts, task)?, lower.ty, canon.params, result_pointer, max_flat)
        }
        DirectCaller::Handed { params, result_pointer } => {
            let func = handed::callee(cx, task)?;
            let side = side(cx, func.inst, &super::scratch::OPTIONS, task)?;
            (side, func.ty, params, result_pointer, (MAX_FLAT_PARAMS, MAX_FLAT_RESULTS))
        }
        _ => return Err(bug!("the host is called by nobody").into()),
    };
    let (side, ty, params, result_pointer, (max_flat_params, max_flat_results)) = call;
    let mut args = FlatOut::new();
    for slot in cx.machine.args(params as usize) {
        args.push(*slot)?;
    }
    let func = side.image.types.func(ty)?;
    let (params, result) = (func.params, func.result);
    Ok(HostCall { side, params, max_flat_params, result, max_flat_results, args, result_pointer })
}

/// Ends a call of the host's function; `results` are its lowered results.
#[cfg(not(feature = "component-async"))]
pub fn finish_host(cx: &mut Cx<'_>, _: TaskId, results: &FlatOut) -> Result<()> {
    let result = results.slots().first().copied();
    let call = cx.live.running()?;
    if let DirectCaller::Handed { params, .. } = call.caller {
        // The host has the result lifted before the call ends.
        call.result = result;
        cx.machine.pop(params as usize);
        return Ok(());
    }
    direct::finish_host(cx, result)
}

/// Ends a call of the host's function; `results` are its lowered results.
#[cfg(feature = "component-async")]
pub fn finish_host(cx: &mut Cx<'_>, task: TaskId, results: &FlatOut) -> Result<()> {
    resolve(cx, task, results)?;
    if let Caller::Handed { params, .. } = cx.live.task(task)?.caller {
        // The host has the result lifted before the call ends.
        cx.machine.pop(params as usize);
        return Ok(());
    }
    forget_borrows(cx, task)?;
    progress::finish_at_once(cx, task)?;
    Ok(())
}

/// `on_resolve`, for results that the host has lowered.
#[cfg(feature = "component-async")]
fn resolve(cx: &mut Cx<'_>, task: TaskId, results: &FlatOut) -> Result<()> {
    #[cfg(feature = "text")]
    progress::observe_host_result(cx, task, results.slots())?;
    let subtask = &mut cx.live.task(task)?.subtask;
    (subtask.flat_result, subtask.state) = (results.slots().first().copied(), SubtaskState::Returned);
    Ok(())
}

/// What was lent to the host for the call is gone.
#[cfg(feature = "component-async")]
fn forget_borrows(cx: &mut Cx<'_>, task: TaskId) -> Result<()> {
    let borrows = core::mem::take(&mut cx.live.task(task)?.host_borrows);
    cx.live.host.forget(&borrows);
    Ok(())
}

/// Gives up a call of the host's function that has failed.
#[cfg(feature = "component-async")]
pub fn abandon_host(cx: &mut Cx<'_>, task: TaskId) {
    if is_handed(cx.live, task) {
        // Whoever has begun the call ends it.
        return;
    }
    // What is gone already needs no release.
    let _ = cx.live.release(task);
}

/// Whether the host has called a function of its own.
#[cfg(feature = "component-async")]
pub fn is_handed(live: &Live, task: TaskId) -> bool {
    live.tasks.get(task).is_some_and(|task| matches!(task.caller, Caller::Handed { .. }))
}

/// The host's function is not ready. Where its type is async the caller's thread goes on with a
/// subtask or blocks, as with any callee that has blocked; else nothing may run in between.
#[cfg(feature = "component-async")]
pub fn wait(cx: &mut Cx<'_>, task: TaskId, future: DynBox<dyn HostFuture>) -> Result<Flow> {
    let is_async = match cx.live.task(task)?.caller {
        Caller::Component { inst, lower, .. } => {
            let lower = lower::of(&cx.linked.canon(lower)?.kind)?;
            side(cx, inst, &lower.opts, task)?.types().func(lower.ty)?.is_async
        }
        _ => false,
    };
    cx.live.add_pending(task, future)?;
    cx.live.task(task)?.subtask.state = SubtaskState::Started;
    if is_handed(cx.live, task) {
        super::canon::handed::wait(cx, task)?;
        return Ok(Flow::Stalled);
    }
    if !is_async {
        cx.live.scope.stalled = Some(task);
        return Ok(Flow::Stalled);
    }
    let flow = progress::blocked(cx, task)?;
    run::proceed(cx, flow)
}

/// The future of the call is ready: the result is lowered, and the caller knows of it.
#[cfg(feature = "component-async")]
pub fn ready(cx: &mut Cx<'_>, task: TaskId, future: &mut dyn HostFuture) -> Result<()> {
    if let Caller::Component { inst, .. } = cx.live.task(task)?.caller {
        super::boundary::trap_if_poisoned(cx, inst)?;
    }
    let call = host_side(cx, task)?;
    let results = future.lower(cx, &call)?;
    if cx.live.scope.stalled == Some(task) {
        cx.live.scope.stalled = None;
        finish_host(cx, task, &results)?;
        return Ok(cx.live.release(task)?);
    }
    progress::on_progress(cx, task)?;
    resolve(cx, task, &results)?;
    if !is_handed(cx.live, task) {
        forget_borrows(cx, task)?;
    }
    Ok(cx.live.release(task)?)
}

/// `subtask.cancel` of a function of the host that is not ready: its future is dropped.
#[cfg(feature = "component-async")]
pub fn cancel(cx: &mut Cx<'_>, task: TaskId) -> Result<()> {
    let Some(pending) = cx.live.task(task)?.pending else { return Ok(()) };
    drop(cx.live.take_pending(pending)?);
    forget_borrows(cx, task)?;
    progress::on_cancelled(cx, task)?;
    Ok(cx.live.release(task)?)
}
