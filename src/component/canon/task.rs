//! How a task ends (`CanonicalABI.md`, `canon task.return`, `canon task.cancel`).

use super::{CanonFunc, Options, direct_async, lift, progress};
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lower_flat::FlatOut;
use crate::component::flow::Flow;
use crate::component::state::{Caller, Func, TaskId, TaskState};
use crate::error::{Result, Trap, bug};
use crate::types::component::ValType;
use crate::types::flatten::MAX_FLAT_PARAMS;

/// `canon task.return`
pub fn task_return(cx: &mut Cx<'_>, canon: &CanonFunc, ty: Option<ValType>, opts: &Options) -> Result<Flow> {
    cx.live.instance(canon.inst)?.trap_unless_may_leave()?;
    if let Some(flow) = direct_async::task_return(cx, canon, ty, opts)? {
        return Ok(flow);
    }
    let task = cx.live.current_task()?;
    let (func, side) = async_task(cx, task)?;
    check_return(&side, func, ty, opts)?;
    // `Task.return_`
    let entry = cx.live.task(task)?;
    if entry.state == TaskState::Resolved {
        return Err(Trap::TaskResolved.into());
    }
    if let Caller::Host = entry.caller {
        return Ok(Flow::HostResult(task));
    }
    let mut flat = FlatOut::new();
    for slot in cx.machine.args(canon.params as usize) {
        flat.push(*slot)?;
    }
    progress::on_resolve(cx, task, side, flat.slots(), MAX_FLAT_PARAMS)?;
    lift::return_(cx, task)?;
    #[cfg(feature = "text")]
    lift::observe_result(cx, task)?;
    canon.done(cx, &[])
}

/// Whether `task.return` says of its call what `canon lift` has said.
pub(super) fn check_return(side: &Side<'_>, func: &Func, ty: Option<ValType>, opts: &Options) -> Result<()> {
    let types = side.types();
    let expected = types.func(func.ty)?.result.map(|ty| types.plain(ty));
    if ty.map(|ty| types.plain(ty)) != expected || !equal_options(opts, side.opts) {
        return Err(Trap::TaskReturnMismatch.into());
    }
    Ok(())
}

/// `LiftOptions.equal`. The suite lets `task.return` go without the memory that the task has for
/// its parameters: what needs none is lifted the same.
pub(super) fn equal_options(opts: &Options, task: &Options) -> bool {
    opts.string_encoding == task.string_encoding && (opts.memory.is_none() || opts.memory == task.memory)
}

/// `trap_if(not task.opts.async_)`
fn async_task<'a>(cx: &mut Cx<'a>, task: TaskId) -> Result<(&'a Func, Side<'a>)> {
    // What the engine calls is no async function.
    let Ok((func, side)) = lift::callee_side(cx, task) else { return Err(Trap::TaskReturnMismatch.into()) };
    if side.opts.is_async { Ok((func, side)) } else { Err(Trap::TaskReturnMismatch.into()) }
}

/// `canon task.cancel`
pub fn task_cancel(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Flow> {
    cx.live.instance(canon.inst)?.trap_unless_may_leave()?;
    let task = cx.live.current_task()?;
    async_task(cx, task)?;
    cancel(cx, task)?;
    canon.done(cx, &[])
}

/// `Task.cancel`
pub(in crate::component) fn cancel(cx: &mut Cx<'_>, task: TaskId) -> Result<()> {
    let entry = cx.live.task(task)?;
    match entry.state {
        TaskState::CancelDelivered => {}
        TaskState::Resolved => return Err(Trap::TaskResolved.into()),
        _ => return Err(Trap::TaskNotCancelled.into()),
    }
    if entry.num_borrows > 0 {
        return Err(Trap::BorrowsRemain { count: entry.num_borrows }.into());
    }
    if let Caller::Engine(_) | Caller::Handed { .. } = entry.caller {
        return Err(bug!("the engine cancels no call").into());
    }
    progress::on_cancelled(cx, task)?;
    let entry = cx.live.task(task)?;
    entry.state = TaskState::Resolved;
    if let Caller::Host = entry.caller {
        // The host knows at once.
        cx.live.deliver_resolve(task)?;
    }
    Ok(())
}
