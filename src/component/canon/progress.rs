//! What a caller sees of an ordinary call, from its begin to its end (`CanonicalABI.md`, `canon lower`; Subtask State).

use super::lower::{cross_params, cross_result, of};
use super::{CanonFunc, Lower, lift};
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::abi::transfer::MaxFlat;
use crate::component::flow::Flow;
use crate::component::state::thread::{Ready, Then};
use crate::component::state::waitable::WaitableId;
use crate::component::state::{Caller, CanonId, FuncKind, Handle, SubtaskState, Task, TaskId, Work};
use crate::component::{boundary, run};
#[cfg(feature = "text")]
use crate::component::{
    observe::{self, OnSide, Which},
    state::{ComponentInstanceId, Func},
};
use crate::error::{Result, bug};
use crate::support::{Box, Vec};
use crate::types::flatten::MAX_FLAT_PARAMS;

/// Begins an ordinary call of a lowered function.
pub(super) fn begin(
    cx: &mut Cx<'_>,
    id: CanonId,
    canon: &CanonFunc,
    lower: &Lower,
    result_pointer: u64,
) -> Result<Flow> {
    let thread = cx.live.current()?;
    let caller = Caller::Component { inst: canon.inst, lower: id, result_pointer, thread };
    match cx.linked.func(lower.func)?.kind {
        FuncKind::Host(func) => {
            #[cfg(feature = "text")]
            observe_params(cx, canon, lower)?;
            let mut task = Task::new(None, caller, Work::Host(func));
            task.root = cx.live.current_root()?;
            let task = cx.live.add_task(task)?;
            Ok(Flow::Host(task))
        }
        FuncKind::Lifted { .. } => {
            let root = cx.live.current_root()?;
            let task = lift::new_task(cx, lower.func, caller, root)?;
            lift::begin_task(cx, task)
        }
    }
}

/// Tells an observer of the parameters on top of the stack, which go to the host.
#[cfg(feature = "text")]
fn observe_params(cx: &mut Cx<'_>, canon: &CanonFunc, lower: &Lower) -> Result<()> {
    let mut args = FlatOut::new();
    for slot in cx.machine.args(canon.params as usize) {
        args.push(*slot)?;
    }
    let (func, side) = (cx.linked.func(lower.func)?, boundary::side(cx, canon.inst, &lower.opts, TaskId::new(0))?);
    observe_lowered(cx, [Some(canon.inst), None], &side, (lower, func), (Which::Params, args.slots()))
}

/// Tells an observer of the result of a function of the host.
#[cfg(feature = "text")]
pub(in crate::component) fn observe_host_result(cx: &mut Cx<'_>, task: TaskId, results: &[u64]) -> Result<()> {
    if let Caller::Component { inst, lower, result_pointer, .. } = cx.live.task(task)?.caller {
        let lower = of(&cx.linked.canon(lower)?.kind)?;
        let (func, side) = (cx.linked.func(lower.func)?, boundary::side(cx, inst, &lower.opts, task)?);
        let pointer = [result_pointer];
        let slots = if lower.result_pointer { &pointer } else { results };
        observe_lowered(cx, [None, Some(inst)], &side, (lower, func), (Which::Result, slots))?;
    }
    Ok(())
}

#[cfg(feature = "text")]
fn observe_lowered(
    cx: &mut Cx<'_>,
    ends: [Option<ComponentInstanceId>; 2],
    side: &Side<'_>,
    (lower, func): (&Lower, &Func),
    (which, slots): (Which, &[u64]),
) -> Result<()> {
    let max_flat = match which {
        Which::Params => lower.max_flat_params(),
        Which::Result => lower.max_flat_results(),
    };
    observe::crossed(cx, ends, func, &OnSide { side, ty: lower.ty, which, max_flat, slots })
}

/// The caller of a call, which is a component.
fn caller<'a>(cx: &mut Cx<'a>, task: TaskId) -> Result<(&'a CanonFunc, &'a Lower, u64)> {
    let Caller::Component { lower, result_pointer, .. } = cx.live.task(task)?.caller else {
        return Err(bug!("a call by no component").into());
    };
    let canon = cx.linked.canon(lower)?;
    Ok((canon, of(&canon.kind)?, result_pointer))
}

/// Keeps what [`on_start`] lifts: the callee cannot start yet, and its caller may go on.
pub(in crate::component) fn keep_args(cx: &mut Cx<'_>, task: TaskId, caller: Caller) -> Result<()> {
    if let Caller::Component { lower, .. } = caller {
        let params = cx.linked.canon(lower)?.params as usize;
        let args = Vec::from_slice(cx.machine.args(params))?;
        cx.live.task(task)?.subtask.flat_args = Some(Box::new(args)?);
    }
    Ok(())
}

/// `on_start`: parameters cross to the callee.
pub(in crate::component) fn on_start(cx: &mut Cx<'_>, task: TaskId, out: &mut FlatOut) -> Result<()> {
    on_progress(cx, task)?;
    let (canon, lower, _) = caller(cx, task)?;
    let mut slots = [0; MAX_FLAT_PARAMS as usize + 1];
    cx.live.task(task)?.subtask.state = SubtaskState::Started;
    let args = kept_args(cx.live.task(task)?).unwrap_or(cx.machine.args(canon.params as usize));
    let slots = slots.get_mut(..args.len()).ok_or_else(|| bug!("more parameters than any lowered function has"))?;
    slots.copy_from_slice(args);
    let from = boundary::side(cx, canon.inst, &lower.opts, task)?;
    let (func, to) = lift::callee_side(cx, task)?;
    let (from_params, to_params) = (from.types().func(lower.ty)?.params, to.types().func(func.ty)?.params);
    let max = MaxFlat { from: lower.max_flat_params(), to: MAX_FLAT_PARAMS };
    cross_params(cx, (from, to), (from_params, to_params), max, FlatIn::new(slots), out)?;
    #[cfg(feature = "text")]
    observe_lowered(cx, [Some(canon.inst), Some(func.inst)], &from, (lower, func), (Which::Params, slots))?;
    Ok(())
}

/// What was kept by [`keep_args`].
fn kept_args(task: &Task) -> Option<&[u64]> {
    task.subtask.flat_args.as_deref().map(|args| &**args)
}

/// `on_progress`, once the caller has a handle of the subtask.
pub(in crate::component) fn on_progress(cx: &mut Cx<'_>, task: TaskId) -> Result<()> {
    if cx.live.task(task)?.subtask.index.is_some() {
        return Ok(cx.live.set_pending_event(WaitableId::Subtask(task), 0)?);
    }
    Ok(cx.live.wake_waiters(WaitableId::Subtask(task))?)
}

/// `on_resolve` with a result, which crosses to the caller from `flat` on the side `from`.
pub(in crate::component) fn on_resolve(
    cx: &mut Cx<'_>,
    task: TaskId,
    from: Side<'_>,
    flat: &[u64],
    max_flat: u32,
) -> Result<()> {
    on_progress(cx, task)?;
    let func = lift::callee(cx, task)?;
    let (canon, lower, result_pointer) = caller(cx, task)?;
    if cx.live.instance(canon.inst)?.poisoned {
        // Nothing enters the caller any more, its `realloc` neither.
        cx.live.task(task)?.subtask.state = SubtaskState::Returned;
        return Ok(());
    }
    let to = boundary::side(cx, canon.inst, &lower.opts, task)?;
    let types = (from.types().func(func.ty)?.result, to.types().func(lower.ty)?.result);
    let mut out = FlatOut::new();
    let max = MaxFlat { from: max_flat, to: lower.max_flat_results() };
    cross_result(cx, (from, to), types, max, FlatIn::new(flat), result_pointer, &mut out)?;
    let subtask = &mut cx.live.task(task)?.subtask;
    (subtask.state, subtask.flat_result) = (SubtaskState::Returned, out.slots().first().copied());
    Ok(())
}

/// `on_resolve` without a result: the call was cancelled.
pub(in crate::component) fn on_cancelled(cx: &mut Cx<'_>, task: TaskId) -> Result<()> {
    on_progress(cx, task)?;
    let subtask = &mut cx.live.task(task)?.subtask;
    subtask.state = match subtask.state {
        SubtaskState::Starting => SubtaskState::CancelledBeforeStarted,
        _ => SubtaskState::CancelledBeforeReturned,
    };
    Ok(())
}

/// The rest of `canon_lower`, once `canon_lift` has returned: the current thread is the caller's.
pub(in crate::component) fn resumed(cx: &mut Cx<'_>, task: TaskId) -> Result<Flow> {
    let entry = cx.live.task(task)?;
    let (caller, work, resolved) = (entry.caller, entry.work, entry.subtask.resolved());
    // The call is no longer in progress. Of one that the host has given up nothing may be left.
    cx.live.release(task)?;
    match caller {
        Caller::Host if matches!(work, Work::Func(_)) => Ok(Flow::Run),
        Caller::Host | Caller::Handed { .. } | Caller::Engine(_) => {
            cx.live.release(task)?;
            Ok(Flow::Run)
        }
        Caller::Component { .. } if resolved => finish_at_once(cx, task),
        Caller::Component { .. } => blocked(cx, task),
    }
}

/// The callee has resolved before it blocked.
pub(in crate::component) fn finish_at_once(cx: &mut Cx<'_>, task: TaskId) -> Result<Flow> {
    let (canon, lower, _) = caller(cx, task)?;
    // The host may have entered the caller meanwhile, and it may have trapped there.
    boundary::trap_if_poisoned(cx, canon.inst)?;
    cx.live.deliver_resolve(task)?;
    let result = cx.live.task(task)?.subtask.flat_result;
    cx.live.release(task)?;
    if lower.opts.is_async {
        return canon.done(cx, &[SubtaskState::Returned as u64]);
    }
    canon.done(cx, result.as_slice())
}

/// The callee has blocked before it resolved.
pub(in crate::component) fn blocked(cx: &mut Cx<'_>, task: TaskId) -> Result<Flow> {
    let (canon, lower, _) = caller(cx, task)?;
    if !lower.opts.is_async {
        cx.machine.pop(canon.params as usize);
        return run::wait_until(cx, Ready::Resolved(task), Then::Lower(task));
    }
    let index = cx.live.instance_mut(canon.inst)?.handles.add(Handle::Subtask(task))?;
    let subtask = &mut cx.live.task(task)?.subtask;
    subtask.index = Some(index);
    let packed = subtask.state as u64 | u64::from(index) << 4;
    canon.done(cx, &[packed])
}

/// The rest of a synchronous call whose callee had blocked.
pub(in crate::component) fn finish_sync(cx: &mut Cx<'_>, task: TaskId) -> Result<Flow> {
    cx.live.deliver_resolve(task)?;
    let result = cx.live.task(task)?.subtask.flat_result;
    cx.live.release(task)?;
    run::return_from_builtin(cx, result.as_slice())
}
