//! The event loop of a function that is lifted with a callback (`CanonicalABI.md`, `canon lift`).

use super::lift::{callee_side, exit_implicit_thread};
use crate::component::abi::context::Cx;
use crate::component::boundary;
use crate::component::flow::Flow;
use crate::component::run;
use crate::component::state::thread::{Ready, Then};
use crate::component::state::waitable::{Event, EventCode};
use crate::component::state::{Phase, TaskId, WaitableSetId};
use crate::error::{Result, Trap, bug};

/// `CallbackCode`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CallbackCode {
    Exit,
    Yield,
    Wait,
}

/// `unpack_callback_result`
fn unpack_callback_result(packed: u32) -> Result<(CallbackCode, u32)> {
    let code = match packed & 0xF {
        0 => CallbackCode::Exit,
        1 => CallbackCode::Yield,
        2 => CallbackCode::Wait,
        code => return Err(Trap::CallbackCode { code }.into()),
    };
    Ok((code, packed >> 4))
}

/// What the function or its callback has returned.
fn packed(cx: &Cx<'_>) -> u32 {
    cx.machine.args(1).first().map_or(0, |slot| *slot as u32)
}

/// Whether the function that has returned waits for nothing.
pub(super) fn is_exit(cx: &Cx<'_>) -> bool {
    matches!(unpack_callback_result(packed(cx)), Ok((CallbackCode::Exit, _)))
}

/// The function or its callback has returned: it says what it waits for.
pub(in crate::component) fn callback_returned(cx: &mut Cx<'_>) -> Result<Flow> {
    let (code, index) = unpack_callback_result(packed(cx))?;
    cx.machine.pop(1);
    if code == CallbackCode::Exit {
        return exit_implicit_thread(cx);
    }
    let task = cx.live.current_task()?;
    let entry = cx.live.task(task)?;
    if entry.deliver_pending_cancel() {
        return call_callback(cx, task, Event::of(EventCode::TaskCancelled));
    }
    let inst = entry.inst.ok_or_else(|| bug!("a callback outside of any instance"))?;
    cx.live.unlock(inst)?;
    if code == CallbackCode::Yield {
        return run::wait_until(cx, Ready::NotExclusive, Then::CallbackYield);
    }
    // `wait_from_callback`
    let set = cx.live.instance(inst)?.handles.get(index)?.waitable_set(index)?;
    cx.live.set_mut(set)?.num_waiting += 1;
    run::wait_until(cx, Ready::CallbackEvent(set), Then::CallbackWait(set))
}

/// The rest of a callback's `YIELD`.
pub(in crate::component) fn yielded_from_callback(cx: &mut Cx<'_>) -> Result<Flow> {
    let task = cx.live.current_task()?;
    let cancelled = cx.live.task(task)?.deliver_pending_cancel();
    let event = Event::of(if cancelled { EventCode::TaskCancelled } else { EventCode::None });
    call_exclusively(cx, task, event)
}

/// The rest of `wait_from_callback`.
pub(in crate::component) fn waited_from_callback(cx: &mut Cx<'_>, set: WaitableSetId) -> Result<Flow> {
    cx.live.set_mut(set)?.num_waiting -= 1;
    let task = cx.live.current_task()?;
    let event = match cx.live.task(task)?.deliver_pending_cancel() {
        true => Event::of(EventCode::TaskCancelled),
        false => cx.live.set_event(set)?,
    };
    call_exclusively(cx, task, event)
}

/// Takes the exclusive lock again, and calls the callback.
fn call_exclusively(cx: &mut Cx<'_>, task: TaskId, event: Event) -> Result<Flow> {
    let thread = cx.live.current()?;
    let inst = cx.live.task(task)?.inst.ok_or_else(|| bug!("a callback outside of any instance"))?;
    debug_assert_eq!(cx.live.instance(inst)?.exclusive_thread, None);
    cx.live.change(inst, |inst| inst.exclusive_thread = Some(thread))?;
    call_callback(cx, task, event)
}

fn call_callback(cx: &mut Cx<'_>, task: TaskId, event: Event) -> Result<Flow> {
    let (_, side) = callee_side(cx, task)?;
    let callback = side.opts.callback.ok_or_else(|| bug!("an async lift without callback has no events"))?;
    let thread = cx.live.current()?;
    cx.live.thread_mut(thread)?.phase = Phase::Callback;
    let args = [event.code as u64, u64::from(event.index), u64::from(event.payload)];
    boundary::push_call(cx, thread, callback, &args)?;
    Ok(Flow::Run)
}
