//! Calls of the host's to functions of its own that a component has handed on, as an export.
//!
//! There is no component in between, only the types of the one that imported the function: values
//! go through a memory of the engine's own, and handles through that instance's table, as if it
//! had called.

use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lower_flat::FlatOut;
use crate::component::state::{Caller, FuncId, Lender, Live, Task, TaskId, Work};
use crate::component::{boundary, scratch};
use crate::error::Result;
use crate::types::flatten::MAX_FLAT_RESULTS;

/// Begins a call.
pub fn begin(cx: &mut Cx<'_>, id: FuncId) -> Result<TaskId> {
    let caller = Caller::Handed { params: 0, result_pointer: 0 };
    let task = cx.live.add_task(Task::new(None, caller, Work::Func(id)))?;
    scratch::begin(cx).inspect_err(|_| _ = cx.live.release(task))?;
    Ok(task)
}

/// Where values of a call are lowered to and lifted from.
pub fn side<'a>(cx: &mut Cx<'a>, task: TaskId) -> Result<Side<'a>> {
    let func = super::lift::callee(cx, task)?;
    boundary::side(cx, func.inst, &scratch::OPTIONS, task)
}

/// Hands over the lowered arguments. Where the result goes is made room for.
pub fn start(cx: &mut Cx<'_>, side: &Side<'_>, args: &FlatOut) -> Result<()> {
    let func = super::lift::callee(cx, side.task)?;
    let ty = side.types().func(func.ty)?.result;
    let result_pointer = match ty.map(|ty| side.types().tuple_layout([ty], side.opts.pointer())) {
        Some(layout) if layout.flat.exceeds(MAX_FLAT_RESULTS) => cx.allocate(side, layout.align, layout.size)?,
        _ => 0,
    };
    cx.machine.push(&cx.core.state.quota.limits, args.slots())?;
    if let Caller::Handed { params, result_pointer: place, .. } = &mut cx.live.task(side.task)?.caller {
        (*params, *place) = (args.len() as u32, result_pointer);
    }
    Ok(())
}

/// The function has returned: from where its result is lifted, and the core value of it or where
/// it lies.
pub fn result<'a>(cx: &mut Cx<'a>, task: TaskId) -> Result<(Side<'a>, Option<u64>)> {
    let side = side(cx, task)?;
    let task = cx.live.task(task)?;
    Ok(match task.caller {
        Caller::Handed { result_pointer, .. } if task.subtask.flat_result.is_none() => (side, Some(result_pointer)),
        _ => (side, task.subtask.flat_result),
    })
}

/// The function is not ready: its arguments were lifted, and the call keeps no others.
#[cfg(feature = "component-async")]
pub(in crate::component) fn wait(cx: &mut Cx<'_>, task: TaskId) -> Result<()> {
    if let Caller::Handed { params, .. } = &mut cx.live.task(task)?.caller {
        let count = core::mem::take(params);
        cx.machine.pop(count as usize);
    }
    Ok(())
}

/// The result has been lifted: the call ends, handles that were lent for it are gone.
pub fn end(cx: &mut Cx<'_>, side: &Side<'_>) -> Result<()> {
    let lenders = core::mem::take(&mut cx.live.task(side.task)?.subtask.lenders);
    let handles = &mut cx.live.instance_mut(side.inst)?.handles;
    for lender in lenders.iter() {
        let Lender::Guest(index) = *lender else { continue };
        let handle = handles.get_mut(index)?.resource_mut(index)?;
        handle.num_lends -= 1;
        if handle.borrow_scope == Some(side.task) && handle.num_lends == 0 {
            handles.remove(index)?;
        }
    }
    for lender in lenders.iter() {
        if let Lender::Host(name) = *lender {
            cx.live.return_host_lend(name);
        }
    }
    give_up(cx.live, side.task)
}

/// Frees what a call has, whether it has ended or not.
pub fn give_up(live: &mut Live, task: TaskId) -> Result<()> {
    #[cfg(feature = "component-async")]
    if let Some(pending) = live.task(task)?.pending {
        drop(live.take_pending(pending)?);
        live.release(task)?;
    }
    scratch::end(live);
    Ok(live.release(task)?)
}
