//! Calls out of a component (`CanonicalABI.md`, `canon lower`; Subtask State).

use super::{CanonKind, Lower, direct, lift};
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::abi::step::Parts;
use crate::component::abi::transfer::{self, Both, Leg, MaxFlat, Transfer};
use crate::component::boundary;
use crate::component::run::Flow;
use crate::component::state::{Caller, CanonId, FuncKind, SubtaskState, Task, TaskId, Work};
#[cfg(feature = "text")]
use crate::component::{
    observe::{self, OnSide, Which},
    state::{ComponentInstanceId, Func},
};
use crate::error::{Error, ErrorKind, Result, bug};
use crate::types::component::{Field, ValType};
use crate::types::flatten::{MAX_FLAT_ASYNC_PARAMS, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};

/// The lowered function of a canonical core function.
pub(in crate::component) fn of(kind: &CanonKind) -> Result<&Lower> {
    match kind {
        CanonKind::Lower(lower) => Ok(lower),
        _ => Err(bug!("a call through something else than a lowered function").into()),
    }
}

impl Lower {
    /// `max_flat_params`
    pub(in crate::component) const fn max_flat_params(&self) -> u32 {
        if self.opts.is_async { MAX_FLAT_ASYNC_PARAMS } else { MAX_FLAT_PARAMS }
    }

    /// Where results go that are in memory: the last argument, on top of the stack.
    #[inline]
    pub(super) fn result_pointer(&self, cx: &Cx<'_>) -> u64 {
        match cx.machine.args(1) {
            [ptr] if self.result_pointer => boundary::pointer(&self.opts, *ptr),
            _ => 0,
        }
    }

    /// `max_flat_results`
    pub(in crate::component) const fn max_flat_results(&self) -> u32 {
        if self.opts.is_async { 0 } else { MAX_FLAT_RESULTS }
    }
}

/// `canon lower`: begins the call.
pub fn lower<'a>(cx: &mut Cx<'a>, id: CanonId, canon: &'a super::CanonFunc, lower: &'a Lower) -> Result<Flow> {
    cx.live.instance(canon.inst)?.trap_unless_may_leave()?;
    let result_pointer = lower.result_pointer(cx);
    if direct::is_open(cx, &lower.way) && !direct::is_held_back(cx, lower)? {
        return direct::call(cx, id, (canon, lower), result_pointer);
    }
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
        FuncKind::Unsupported(feature) => Err(Error::new(ErrorKind::Unsupported(feature))),
        FuncKind::Lifted { .. } => {
            let root = cx.live.current_root()?;
            let task = lift::new_task(cx, lower.func, caller, root)?;
            lift::begin_task(cx, task)
        }
    }
}

/// Tells an observer of the parameters on top of the stack, which go to the host.
#[cfg(feature = "text")]
fn observe_params(cx: &mut Cx<'_>, canon: &super::CanonFunc, lower: &Lower) -> Result<()> {
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
fn caller<'a>(cx: &mut Cx<'a>, task: TaskId) -> Result<(&'a super::CanonFunc, &'a Lower, u64)> {
    let Caller::Component { lower, result_pointer, .. } = cx.live.task(task)?.caller else {
        return Err(bug!("a call by no component").into());
    };
    let canon = cx.linked.canon(lower)?;
    Ok((canon, of(&canon.kind)?, result_pointer))
}

/// Keeps what [`on_start`] lifts: the callee cannot start yet, and its caller may go on.
#[cfg(feature = "component-async")]
pub(in crate::component) fn keep_args(cx: &mut Cx<'_>, task: TaskId, caller: Caller) -> Result<()> {
    if let Caller::Component { lower, .. } = caller {
        let params = cx.linked.canon(lower)?.params as usize;
        let args = crate::support::Vec::from_slice(cx.machine.args(params))?;
        cx.live.task(task)?.subtask.flat_args = Some(crate::support::Box::new(args)?);
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

/// Parameters cross.
pub(super) fn cross_params(
    cx: &mut Cx<'_>,
    sides: (Side<'_>, Side<'_>),
    (from, to): (&[Field], &[Field]),
    max: MaxFlat,
    flat: FlatIn<'_>,
    out: &mut FlatOut,
) -> Result<()> {
    let parts = Both { from: Parts::Params(from), to: Parts::Params(to) };
    cross(cx, sides, parts, max, flat, None, out)
}

/// A result crosses, to `pointer` if it does not fit flat ones.
pub(super) fn cross_result(
    cx: &mut Cx<'_>,
    sides: (Side<'_>, Side<'_>),
    (from, to): (Option<ValType>, Option<ValType>),
    max: MaxFlat,
    flat: FlatIn<'_>,
    pointer: u64,
    out: &mut FlatOut,
) -> Result<()> {
    let parts = Both { from: Parts::Result(from), to: Parts::Result(to) };
    cross(cx, sides, parts, max, flat, Some(pointer), out)
}

fn cross(
    cx: &mut Cx<'_>,
    (from, to): (Side<'_>, Side<'_>),
    parts: Both<Parts<'_>>,
    max: MaxFlat,
    flat: FlatIn<'_>,
    wanted: Option<u64>,
    out: &mut FlatOut,
) -> Result<()> {
    if from.inst != to.inst {
        return Transfer { cx, from, to, leg: Leg::Whole }.values(max, flat, parts, wanted, out);
    }
    transfer::aside(cx, (from, to), max, flat, parts, wanted, out)
}

/// What was kept by [`keep_args`].
#[cfg(feature = "component-async")]
fn kept_args(task: &Task) -> Option<&[u64]> {
    task.subtask.flat_args.as_deref().map(|args| &**args)
}

/// Nothing is ever kept: every callee starts at once.
#[cfg(not(feature = "component-async"))]
fn kept_args(_: &Task) -> Option<&[u64]> {
    None
}

/// `on_progress`, once the caller has a handle of the subtask.
#[cfg(feature = "component-async")]
pub(in crate::component) fn on_progress(cx: &mut Cx<'_>, task: TaskId) -> Result<()> {
    use crate::component::state::waitable::WaitableId;
    if cx.live.task(task)?.subtask.index.is_some() {
        return Ok(cx.live.set_pending_event(WaitableId::Subtask(task), 0)?);
    }
    Ok(cx.live.wake_waiters(WaitableId::Subtask(task))?)
}

/// Nobody ever has a handle of the subtask.
#[cfg(not(feature = "component-async"))]
fn on_progress(_: &mut Cx<'_>, _: TaskId) -> Result<()> {
    Ok(())
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
#[cfg(feature = "component-async")]
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
#[cfg(feature = "component-async")]
pub(in crate::component) fn blocked(cx: &mut Cx<'_>, task: TaskId) -> Result<Flow> {
    use crate::component::run;
    use crate::component::state::Handle;
    use crate::component::state::thread::{Ready, Then};
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

/// No callee blocks.
#[cfg(not(feature = "component-async"))]
fn blocked(_: &mut Cx<'_>, _: TaskId) -> Result<Flow> {
    Err(bug!("a callee has blocked").into())
}

/// The rest of a synchronous call whose callee had blocked.
#[cfg(feature = "component-async")]
pub(in crate::component) fn finish_sync(cx: &mut Cx<'_>, task: TaskId) -> Result<Flow> {
    cx.live.deliver_resolve(task)?;
    let result = cx.live.task(task)?.subtask.flat_result;
    cx.live.release(task)?;
    crate::component::run::return_from_builtin(cx, result.as_slice())
}
