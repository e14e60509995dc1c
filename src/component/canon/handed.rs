//! Calls of the host's to functions of its own that a component has handed on, as an export.
//!
//! There is no component in between, only the types of the one that imported the function: values
//! go through a memory of the engine's own, and handles through that instance's table, as if it
//! had called.

use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lower_flat::FlatOut;
use crate::component::state::direct::DirectCaller;
#[cfg(feature = "component-async")]
use crate::component::state::{Caller, Lender, Task};
#[cfg(not(feature = "component-async"))]
use crate::component::state::{Func, alone::Loan, direct::NOBODY};
use crate::component::state::{FuncId, Live, TaskId, Work};
use crate::component::{boundary, scratch};
use crate::error::Result;
use crate::types::flatten::MAX_FLAT_RESULTS;

/// Begins a call.
#[cfg(feature = "component-async")]
pub fn begin(cx: &mut Cx<'_>, id: FuncId) -> Result<TaskId> {
    let caller = Caller::Handed { params: 0, result_pointer: 0 };
    let task = cx.live.add_task(Task::new(None, caller, Work::Func(id)))?;
    scratch::begin(cx).inspect_err(|_| _ = cx.live.release(task))?;
    Ok(task)
}

/// Begins a call.
#[cfg(not(feature = "component-async"))]
pub fn begin(cx: &mut Cx<'_>, id: FuncId) -> Result<TaskId> {
    let inst = cx.linked.func(id)?.inst;
    scratch::begin(cx)?;
    match super::direct::begin_handed(cx, inst, id) {
        Ok(()) => Ok(NOBODY),
        Err(error) => {
            scratch::end(cx.live);
            Err(error)
        }
    }
}

/// The function that is called.
#[cfg(feature = "component-async")]
pub use super::lift::callee;

/// The function that is called.
#[cfg(not(feature = "component-async"))]
pub fn callee<'a>(cx: &mut Cx<'a>, _: TaskId) -> Result<&'a Func> {
    match cx.live.running()?.work {
        Work::Func(id) => Ok(cx.linked.func(id)?),
        _ => Err(super::direct::gone().into()),
    }
}

/// Where values of a call are lowered to and lifted from.
pub fn side<'a>(cx: &mut Cx<'a>, task: TaskId) -> Result<Side<'a>> {
    let func = callee(cx, task)?;
    boundary::side(cx, func.inst, &scratch::OPTIONS, task)
}

/// Hands over the lowered arguments. Where the result goes is made room for.
pub fn start(cx: &mut Cx<'_>, side: &Side<'_>, args: &FlatOut) -> Result<()> {
    let func = callee(cx, side.task)?;
    let ty = side.types().func(func.ty)?.result;
    let wanted = match ty.map(|ty| side.types().tuple_layout([ty], side.opts.pointer())) {
        Some(layout) if layout.flat.exceeds(MAX_FLAT_RESULTS) => cx.allocate(side, layout.align, layout.size)?,
        _ => 0,
    };
    cx.machine.push(&cx.core.state.quota.limits, args.slots())?;
    let count = args.len() as u32;
    #[cfg(feature = "component-async")]
    if let Caller::Handed { params, result_pointer } = &mut cx.live.task(side.task)?.caller {
        (*params, *result_pointer) = (count, wanted);
    }
    #[cfg(not(feature = "component-async"))]
    if let DirectCaller::Handed { params, result_pointer } = &mut cx.live.running()?.caller {
        (*params, *result_pointer) = (count, wanted);
    }
    Ok(())
}

/// The function has returned: from where its result is lifted, and the core value of it or where
/// it lies.
pub fn result<'a>(cx: &mut Cx<'a>, task: TaskId) -> Result<(Side<'a>, Option<u64>)> {
    let side = side(cx, task)?;
    #[cfg(feature = "component-async")]
    let flat = cx.live.task(task)?.subtask.flat_result;
    #[cfg(not(feature = "component-async"))]
    let flat = cx.live.running()?.result;
    Ok(match cx.live.host_caller(task)? {
        DirectCaller::Handed { result_pointer, .. } if flat.is_none() => (side, Some(result_pointer)),
        _ => (side, flat),
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
#[cfg(feature = "component-async")]
pub fn end(cx: &mut Cx<'_>, side: &Side<'_>) -> Result<()> {
    let lenders = core::mem::take(&mut cx.live.task(side.task)?.subtask.lenders);
    for lender in lenders.iter() {
        if let Lender::Guest(index) = *lender {
            return_handle(cx, side, index, side.task)?;
        }
    }
    for lender in lenders.iter() {
        if let Lender::Host(name) = *lender {
            cx.live.return_host_lend(name);
        }
    }
    give_up(cx.live, side.task)
}

/// The result has been lifted: the call ends, handles that were lent for it are gone.
#[cfg(not(feature = "component-async"))]
pub fn end(cx: &mut Cx<'_>, side: &Side<'_>) -> Result<()> {
    let (lent, task) = (cx.live.running()?.lent as usize, cx.live.running()?.own.id);
    while cx.live.lent.len() > lent
        && let Some(loan) = cx.live.lent.pop()
    {
        match loan {
            Loan::Guest(index) => return_handle(cx, side, index, task)?,
            Loan::Host(name) => cx.live.return_host_lend(name),
            Loan::ToHost(name) => cx.live.host.forget(&[name]),
        }
    }
    give_up(cx.live, side.task)
}

/// The instance's handle goes that was lent to the host, and that the host had lent for this call.
fn return_handle(cx: &mut Cx<'_>, side: &Side<'_>, index: u32, task: TaskId) -> Result<()> {
    let handles = &mut cx.live.instance_mut(side.inst)?.handles;
    let handle = handles.get_mut(index)?.resource_mut(index)?;
    handle.num_lends -= 1;
    if handle.borrow_scope == Some(task) && handle.num_lends == 0 {
        handles.remove(index)?;
    }
    Ok(())
}

/// Frees what a call has, whether it has ended or not.
#[cfg(feature = "component-async")]
pub fn give_up(live: &mut Live, task: TaskId) -> Result<()> {
    if let Some(pending) = live.task(task)?.pending {
        drop(live.take_pending(pending)?);
        live.release(task)?;
    }
    scratch::end(live);
    Ok(live.release(task)?)
}

/// Frees what a call has, whether it has ended or not.
#[cfg(not(feature = "component-async"))]
pub fn give_up(live: &mut Live, _: TaskId) -> Result<()> {
    scratch::end(live);
    if let Some(direct) = live.directs.pop() {
        live.give_up_lent(direct.lent);
    }
    Ok(())
}
