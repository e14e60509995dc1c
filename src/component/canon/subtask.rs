//! Calls that go on (`CanonicalABI.md`, `canon subtask.cancel`, `canon subtask.drop`).

use super::{BLOCKED, CanonFunc};
use crate::component::abi::context::Cx;
use crate::component::flow::Flow;
use crate::component::host_call;
use crate::component::run;
use crate::component::state::thread::{CancelMode, Ready, Then};
use crate::component::state::waitable::WaitableId;
use crate::component::state::{After, TaskId, TaskState, ThreadId};
use crate::error::{Result, Trap, bug};

/// `canon subtask.cancel`
pub fn subtask_cancel(cx: &mut Cx<'_>, canon: &CanonFunc, mode: CancelMode) -> Result<Flow> {
    let [index] = canon.arguments(cx)?;
    let inst = cx.live.instance(canon.inst)?;
    inst.trap_unless_may_leave()?;
    let task = inst.handles.get(index as u32)?.subtask(index as u32)?;
    let subtask = &mut cx.live.task(task)?.subtask;
    if subtask.resolve_delivered {
        return Err(Trap::SubtaskResolved.into());
    }
    if subtask.cancellation_requested {
        return Err(Trap::SubtaskCancelled.into());
    }
    if subtask.waitable.set.is_some() {
        return Err(Trap::WaitableInSet.into());
    }
    cx.machine.pop(canon.params as usize);
    if subtask.resolved() {
        return delivered(cx, task);
    }
    subtask.cancellation_requested = true;
    subtask.waitable.has_sync_waiter = true;
    request_cancellation(cx, task, mode)
}

/// `Task.request_cancellation`
fn request_cancellation(cx: &mut Cx<'_>, task: TaskId, mode: CancelMode) -> Result<Flow> {
    if cx.live.task(task)?.pending.is_some() {
        host_call::cancel(cx, task)?;
        return after_request(cx, task, mode);
    }
    let entry = cx.live.task(task)?;
    let (state, waiting) = (core::mem::replace(&mut entry.state, TaskState::PendingCancel), entry.implicit_thread);
    cx.live.wake_task(task);
    if state != TaskState::Initial {
        return next_candidate(cx, task, mode);
    }
    let waiting = waiting.ok_or_else(|| bug!("a call that has not started has no thread"))?;
    run::resume(cx, waiting, After::Cancel(task, mode))
}

/// One turn of the loop of `request_cancellation`. Any ready thread of the instance may come next;
/// the task's own comes first, so that cancellation completes at once where it can.
fn next_candidate(cx: &mut Cx<'_>, task: TaskId, mode: CancelMode) -> Result<Flow> {
    let entry = cx.live.task(task)?;
    let (inst, own) = (entry.inst, entry.implicit_thread);
    let is_own = |id: &ThreadId| cx.live.threads.get(*id).is_some_and(|thread| thread.task == task);
    let own = own.filter(|id| is_own(id) && cx.live.is_ready(*id));
    let next = match own {
        Some(own) if cx.live.choice.pick(2) == 0 => Some(own),
        _ => run::pick(cx.live, inst)?,
    };
    match next {
        Some(thread) => run::resume(cx, thread, After::Cancel(task, mode)),
        None => after_request(cx, task, mode),
    }
}

/// A thread that `request_cancellation` resumed has blocked or ended: one is enough, with a seed
/// there may be more.
pub(in crate::component) fn requested(cx: &mut Cx<'_>, task: TaskId, mode: CancelMode) -> Result<Flow> {
    let resolved = cx.live.task(task)?.state == TaskState::Resolved;
    if !resolved && cx.live.choice.pick(2) == 1 {
        return next_candidate(cx, task, mode);
    }
    after_request(cx, task, mode)
}

/// The rest of `subtask.cancel`, once cancellation was requested.
fn after_request(cx: &mut Cx<'_>, task: TaskId, mode: CancelMode) -> Result<Flow> {
    let subtask = &mut cx.live.task(task)?.subtask;
    if subtask.resolved() {
        return cancelled(cx, task);
    }
    if mode == CancelMode::Sync {
        return run::wait_until(cx, Ready::Resolved(task), Then::SubtaskCancel(task));
    }
    subtask.waitable.has_sync_waiter = false;
    run::return_from_builtin(cx, &[BLOCKED])
}

/// The subtask has resolved.
pub(in crate::component) fn cancelled(cx: &mut Cx<'_>, task: TaskId) -> Result<Flow> {
    cx.live.task(task)?.subtask.waitable.has_sync_waiter = false;
    delivered(cx, task)
}

fn delivered(cx: &mut Cx<'_>, task: TaskId) -> Result<Flow> {
    let event = cx.live.get_pending_event(WaitableId::Subtask(task))?;
    let event = event.ok_or_else(|| bug!("a subtask has resolved without event"))?;
    run::return_from_builtin(cx, &[u64::from(event.payload)])
}

/// `canon subtask.drop`
pub fn subtask_drop(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Flow> {
    let [index] = canon.arguments(cx)?;
    let inst = cx.live.instance_mut(canon.inst)?;
    inst.trap_unless_may_leave()?;
    let task = inst.handles.remove(index as u32)?.subtask(index as u32)?;
    // `Subtask.drop`
    if !cx.live.task(task)?.subtask.resolve_delivered {
        return Err(Trap::SubtaskNotResolved.into());
    }
    cx.live.drop_waitable(WaitableId::Subtask(task))?;
    cx.live.release(task)?;
    canon.done(cx, &[])
}
