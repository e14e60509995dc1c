//! Calls into a component (`CanonicalABI.md`, `canon lift`; Tasks).
//!
//! What the host does of a call of its own, lowering arguments and lifting the result, happens
//! between these steps: [`begin`], [`start`], then the machine runs, then [`result`] and [`end`].

use super::progress;
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lower_flat::FlatOut;
use crate::component::boundary;
use crate::component::flow::Flow;
#[cfg(feature = "text")]
use crate::component::observe::{self, OnSide, Which};
use crate::component::run;
use crate::component::state::thread::{Ready, Then};
use crate::component::state::{
    Active, After, CallNumber, Caller, Func, FuncId, Phase, SubtaskState, Task, TaskId, TaskState, ThreadId, Work,
};
use crate::error::{Result, Trap, bug};
use crate::types::flatten::{MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};

/// A call of a lifted function that begins.
pub(in crate::component) fn new_task(
    cx: &mut Cx<'_>,
    id: FuncId,
    caller: Caller,
    root: Option<CallNumber>,
) -> Result<TaskId> {
    let func = cx.linked.func(id)?;
    let (_, opts) = func.lifted()?;
    boundary::check_entry(cx, func.inst)?;
    let image = cx.linked.image(cx.live.instance(func.inst)?.image)?;
    let mut task = Task::new(Some(func.inst), caller, Work::Func(id));
    task.is_async = image.types.func(func.ty)?.is_async;
    task.needs_exclusive = opts.needs_exclusive();
    task.root = root;
    Ok(cx.live.add_task(task)?)
}

/// Begins a call of the host. What comes is [`Flow::HostStart`], at once unless the instance
/// holds it back.
pub fn begin(cx: &mut Cx<'_>, id: FuncId, number: CallNumber) -> Result<(TaskId, Flow)> {
    let task = new_task(cx, id, Caller::Host, Some(number))?;
    let flow = begin_task(cx, task)?;
    Ok((task, run::proceed(cx, flow)?))
}

/// `canon_lift`, up to where the new thread is resumed: it runs above the current one.
pub(in crate::component) fn begin_task(cx: &mut Cx<'_>, task: TaskId) -> Result<Flow> {
    let thread = push_thread(cx, task)?;
    enter_implicit_thread(cx, task, thread)
}

/// The same for what the engine calls, which no backpressure holds back and whose arguments it
/// knows: destructors and start functions.
pub(in crate::component) fn begin_unnoticed(cx: &mut Cx<'_>, task: TaskId) -> Result<ThreadId> {
    let thread = push_thread(cx, task)?;
    cx.live.task(task)?.state = TaskState::Started;
    register_thread(cx, thread)?;
    Ok(thread)
}

/// Ends a call of [`begin_unnoticed`] that ran to its end at once: `realloc`.
pub(in crate::component) fn end_unnoticed(cx: &mut Cx<'_>, task: TaskId) -> Result<()> {
    cx.live.task(task)?.state = TaskState::Resolved;
    exit_implicit_thread(cx)?;
    cx.live.active.pop();
    // The call is no longer in progress, and its caller knows.
    cx.live.release(task)?;
    Ok(cx.live.release(task)?)
}

fn push_thread(cx: &mut Cx<'_>, task: TaskId) -> Result<ThreadId> {
    cx.live.identify()?;
    cx.live.active.reserve(1)?;
    let thread = cx.live.add_thread(task)?;
    let entry = cx.live.task(task)?;
    entry.holds += 1;
    entry.implicit_thread = Some(thread);
    cx.live.active.push(Active { thread, base: cx.machine.depth(), after: After::Lift(task) })?;
    Ok(thread)
}

/// `enter_implicit_thread`
fn enter_implicit_thread(cx: &mut Cx<'_>, task: TaskId, thread: ThreadId) -> Result<Flow> {
    let entry = cx.live.task(task)?;
    let (is_async, needs_exclusive, caller) = (entry.is_async, entry.needs_exclusive, entry.caller);
    let inst = instance_of(entry)?;
    if is_async {
        let entry = cx.live.instance(inst)?;
        if run::has_backpressure(entry, needs_exclusive) || entry.num_waiting_to_enter > 0 {
            cx.live.change(inst, |inst| inst.num_waiting_to_enter += 1)?;
            progress::keep_args(cx, task, caller)?;
            return run::wait_until(cx, Ready::MayEnter, Then::Enter);
        }
    }
    entered(cx, task, thread)
}

/// The rest of `enter_implicit_thread`, once there is no backpressure.
pub(in crate::component) fn enter_again(cx: &mut Cx<'_>) -> Result<Flow> {
    let thread = cx.live.current()?;
    let task = cx.live.thread_mut(thread)?.task;
    let entry = cx.live.task(task)?;
    let cancelled = entry.deliver_pending_cancel();
    let inst = instance_of(entry)?;
    cx.live.change(inst, |inst| inst.num_waiting_to_enter -= 1)?;
    if cancelled {
        super::task::cancel(cx, task)?;
        cx.live.remove_thread(thread)?;
        cx.live.wake_entering(inst)?;
        return Ok(Flow::Ended);
    }
    let flow = entered(cx, task, thread)?;
    cx.live.wake_entering(inst)?;
    Ok(flow)
}

fn instance_of(task: &Task) -> Result<crate::component::state::ComponentInstanceId> {
    Ok(task.inst.ok_or_else(|| bug!("a thread outside of any instance"))?)
}

fn entered(cx: &mut Cx<'_>, task: TaskId, thread: ThreadId) -> Result<Flow> {
    let entry = cx.live.task(task)?;
    if entry.is_async && entry.needs_exclusive {
        let inst = instance_of(entry)?;
        cx.live.change(inst, |inst| inst.exclusive_thread = Some(thread))?;
    }
    register_thread(cx, thread)?;
    // `Task.start`
    let entry = cx.live.task(task)?;
    entry.state = TaskState::Started;
    match entry.caller {
        Caller::Host => Ok(Flow::HostStart(task)),
        Caller::Component { .. } => {
            let mut args = FlatOut::new();
            progress::on_start(cx, task, &mut args)?;
            push_callee(cx, task, &args)?;
            Ok(Flow::Run)
        }
        Caller::Engine(_) | Caller::Handed { .. } => Err(bug!("the engine calls no lifted function").into()),
    }
}

/// Starts the function of a call of the host's with its lowered arguments.
pub fn start(cx: &mut Cx<'_>, task: TaskId, args: &FlatOut) -> Result<()> {
    #[cfg(feature = "text")]
    {
        let (func, side) = callee_side(cx, task)?;
        let (ty, which, slots) = (func.ty, Which::Params, args.slots());
        let values = OnSide { side: &side, ty, which, max_flat: MAX_FLAT_PARAMS, slots };
        observe::crossed(cx, [None, Some(func.inst)], func, &values)?;
    }
    push_callee(cx, task, args)
}

fn push_callee(cx: &mut Cx<'_>, task: TaskId, args: &FlatOut) -> Result<()> {
    let (callee, _) = callee(cx, task)?.lifted()?;
    let thread = cx.live.current()?;
    boundary::push_call(cx, thread, callee, args.slots())
}

/// `register_thread`
pub(in crate::component) fn register_thread(cx: &mut Cx<'_>, thread: ThreadId) -> Result<u32> {
    let task = cx.live.thread_mut(thread)?.task;
    let entry = cx.live.task(task)?;
    entry.num_threads += 1;
    let inst = instance_of(entry)?;
    let index = cx.live.instance_mut(inst)?.threads.add(thread)?;
    cx.live.thread_mut(thread)?.index = Some(index);
    Ok(index)
}

/// `unregister_thread`
pub(in crate::component) fn unregister_thread(cx: &mut Cx<'_>, thread: ThreadId) -> Result<()> {
    let entry = cx.live.thread_mut(thread)?;
    let (task, index) = (entry.task, entry.index.take());
    let entry = cx.live.task(task)?;
    entry.num_threads -= 1;
    if entry.num_threads == 0 && entry.state != TaskState::Resolved {
        return Err(Trap::TaskNotResolved.into());
    }
    let inst = instance_of(entry)?;
    if let Some(index) = index {
        cx.live.instance_mut(inst)?.threads.remove(index)?;
    }
    Ok(())
}

/// `exit_implicit_thread`
pub(in crate::component) fn exit_implicit_thread(cx: &mut Cx<'_>) -> Result<Flow> {
    let thread = cx.live.current()?;
    unregister_thread(cx, thread)?;
    let task = cx.live.thread_mut(thread)?.task;
    let entry = cx.live.task(task)?;
    if entry.is_async && entry.needs_exclusive {
        let inst = instance_of(entry)?;
        debug_assert_eq!(cx.live.instance(inst)?.exclusive_thread, Some(thread));
        cx.live.unlock(inst)?;
    }
    cx.live.remove_thread(thread)?;
    Ok(Flow::Ended)
}

/// The function that a call runs.
pub fn callee<'a>(cx: &mut Cx<'a>, task: TaskId) -> Result<&'a Func> {
    match cx.live.task(task)?.work {
        Work::Func(id) => Ok(cx.linked.func(id)?),
        _ => Err(bug!("a call that runs no lifted function").into()),
    }
}

/// The side of a call's callee, whose options `canon lift` has.
pub fn callee_side<'a>(cx: &mut Cx<'a>, task: TaskId) -> Result<(&'a Func, Side<'a>)> {
    let func = callee(cx, task)?;
    let (_, opts) = func.lifted()?;
    Ok((func, boundary::side(cx, func.inst, opts, task)?))
}

/// The core function of a lifted one has returned.
pub(in crate::component) fn callee_returned(cx: &mut Cx<'_>, task: TaskId) -> Result<Flow> {
    let (func, from) = callee_side(cx, task)?;
    if from.opts.is_async {
        return match from.opts.callback {
            Some(_) => super::callback::callback_returned(cx),
            None => exit_implicit_thread(cx),
        };
    }
    if let Caller::Host = cx.live.task(task)?.caller {
        return Ok(Flow::HostResult(task));
    }
    let slot = cx.machine.args(result_slots(&from, func)?).first().copied();
    progress::on_resolve(cx, task, from, slot.as_slice(), MAX_FLAT_RESULTS)?;
    after_result(cx, task)
}

/// `Task.return_`, apart from `on_resolve`.
pub(in crate::component) fn return_(cx: &mut Cx<'_>, task: TaskId) -> Result<()> {
    let task = cx.live.task(task)?;
    if task.num_borrows > 0 {
        return Err(Trap::BorrowsRemain { count: task.num_borrows }.into());
    }
    task.state = TaskState::Resolved;
    Ok(())
}

/// The result of a function lifted synchronously has been lifted: `post-return` is called, or
/// the thread ends.
pub(super) fn after_result(cx: &mut Cx<'_>, task: TaskId) -> Result<Flow> {
    return_(cx, task)?;
    let (func, from) = callee_side(cx, task)?;
    let count = result_slots(&from, func)?;
    let slot = cx.machine.args(count).first().copied();
    #[cfg(feature = "text")]
    observe_result(cx, task)?;
    cx.machine.pop(count);
    let Some(post_return) = from.opts.post_return else { return exit_implicit_thread(cx) };
    cx.live.set_may_leave(func.inst, false)?;
    let thread = cx.live.current()?;
    cx.live.thread_mut(thread)?.phase = Phase::PostReturn;
    boundary::push_call(cx, thread, post_return, slot.as_slice())?;
    Ok(Flow::Run)
}

/// Tells an observer of the result on top of the stack.
#[cfg(feature = "text")]
pub(in crate::component) fn observe_result(cx: &mut Cx<'_>, task: TaskId) -> Result<()> {
    let HostResult { func, side, flat, max_flat } = result(cx, task)?;
    let ends = [Some(func.inst), cx.live.task(task)?.caller.instance()];
    let (ty, which, slots) = (func.ty, Which::Result, flat.slots());
    observe::crossed(cx, ends, func, &OnSide { side: &side, ty, which, max_flat, slots })
}

/// The result of a call of the host's, still to be lifted.
pub struct HostResult<'a> {
    /// The function.
    pub func: &'a Func,
    /// The side that it is lifted from.
    pub side: Side<'a>,
    /// Its core values.
    pub flat: FlatOut,
    /// How many of them there may be before they are in memory.
    pub max_flat: u32,
}

/// A call of the host's has a result, which is to be lifted from this.
pub fn result<'a>(cx: &mut Cx<'a>, task: TaskId) -> Result<HostResult<'a>> {
    let (func, side) = callee_side(cx, task)?;
    let (count, max_flat) = (result_slots(&side, func)?, max_flat_results(&side));
    let mut flat = FlatOut::new();
    for slot in cx.machine.args(count) {
        flat.push(*slot)?;
    }
    Ok(HostResult { func, side, flat, max_flat })
}

/// How many core values a result may be: those of `task.return` are parameters.
fn max_flat_results(side: &Side<'_>) -> u32 {
    if side.opts.is_async { MAX_FLAT_PARAMS } else { MAX_FLAT_RESULTS }
}

/// How many core values the result of a lifted function is.
fn result_slots(side: &Side<'_>, func: &Func) -> Result<usize> {
    let flat = side.types().flatten_result(func.ty, side.opts.pointer())?;
    Ok(if flat.exceeds(max_flat_results(side)) { 1 } else { flat.count() as usize })
}

/// The host has lifted the result.
pub fn end(cx: &mut Cx<'_>, task: TaskId) -> Result<Flow> {
    cx.live.task(task)?.subtask.state = SubtaskState::Returned;
    // The host knows at once.
    cx.live.deliver_resolve(task)?;
    let (func, side) = callee_side(cx, task)?;
    if side.opts.is_async {
        return_(cx, task)?;
        #[cfg(feature = "text")]
        observe_result(cx, task)?;
        cx.machine.pop(result_slots(&side, func)?);
        return Ok(Flow::Run);
    }
    let flow = after_result(cx, task)?;
    run::proceed(cx, flow)
}

/// The rest of `canon_lift`, once the thread that it resumed has blocked or ended.
pub(in crate::component) fn resumed(cx: &mut Cx<'_>, task: TaskId) -> Result<Flow> {
    let entry = cx.live.task(task)?;
    if !entry.is_async && entry.state != TaskState::Resolved {
        let inst = entry.inst;
        return match run::pick(cx.live, inst)? {
            Some(thread) => run::resume(cx, thread, After::Lift(task)),
            None => {
                // Its threads are blocked for good, so it is none of those that the trap finds.
                cx.live.poison(cx.linked, task);
                cx.live.release(task)?;
                Err(Trap::CannotBlock.into())
            }
        };
    }
    progress::resumed(cx, task)
}
