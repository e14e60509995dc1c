//! Calls into a component from the host (`CanonicalABI.md`, `canon lift`).
//!
//! What the host does of a call, lowering arguments and lifting the result, happens between
//! these steps: [`begin`], [`start`], then the machine runs, then [`result`] and [`end`].

use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lower_flat::FlatOut;
use crate::component::boundary::{self, Left};
use crate::component::state::{Caller, Func, FuncId, FuncKind, Phase, Task, TaskId};
use crate::error::{Error, ErrorKind, Result, bug};
use crate::types::flatten::MAX_FLAT_RESULTS;
#[cfg(feature = "text")]
use crate::{
    component::observe::{self, OnSide, Which},
    types::flatten::MAX_FLAT_PARAMS,
};

/// Begins a call of the host: arguments are lowered to the side that this returns.
pub fn begin<'a>(cx: &mut Cx<'a>, id: FuncId) -> Result<Side<'a>> {
    let func = *cx.live.func(id)?;
    let opts = match func.kind {
        FuncKind::Lifted { opts, .. } => opts,
        FuncKind::Unsupported(feature) => return Err(Error::new(ErrorKind::Unsupported(feature))),
        FuncKind::Host(_) => return Err(bug!("a function of the host is called like one of a component").into()),
    };
    boundary::check_entry(cx, func.inst)?;
    let task = cx.live.push_task(Task::new(Some(func.inst), Caller::Host, Phase::Callee(id)))?;
    boundary::side(cx, func.inst, opts, task)
}

/// Starts the function with its lowered arguments.
pub fn start(cx: &mut Cx<'_>, task: TaskId, args: &FlatOut) -> Result<()> {
    let (_, func) = callee(cx, task)?;
    let FuncKind::Lifted { callee, .. } = func.kind else {
        return Err(bug!("a function of the host is called like one of a component").into());
    };
    #[cfg(feature = "text")]
    {
        let (_, side) = callee_side(cx, task)?;
        let (ty, which, slots) = (func.ty, Which::Params, args.slots());
        let values = OnSide { side: &side, ty, which, max_flat: MAX_FLAT_PARAMS, slots };
        observe::crossed(cx, [None, Some(func.inst)], func, &values)?;
    }
    boundary::push_call(cx, task, callee, args.slots())
}

/// The function that a call runs.
pub(in crate::component) fn callee(cx: &mut Cx<'_>, task: TaskId) -> Result<(FuncId, Func)> {
    match cx.live.task(task)?.phase {
        Phase::Callee(id) | Phase::PostReturn(id) => Ok((id, *cx.live.func(id)?)),
        _ => Err(bug!("a call that runs no lifted function").into()),
    }
}

/// The side of a call's callee, whose options `canon lift` has.
pub(in crate::component) fn callee_side<'a>(cx: &mut Cx<'a>, task: TaskId) -> Result<(Func, Side<'a>)> {
    let (_, func) = callee(cx, task)?;
    let FuncKind::Lifted { opts, .. } = func.kind else {
        return Err(bug!("a call of the host's runs no lifted function").into());
    };
    Ok((func, boundary::side(cx, func.inst, opts, task)?))
}

/// The callee has returned to the host: the result is lifted from this side and this core value.
pub fn result<'a>(cx: &mut Cx<'a>, task: TaskId) -> Result<(Func, Side<'a>, Option<u64>)> {
    let (func, side) = callee_side(cx, task)?;
    let count = result_slots(&side, func)?;
    Ok((func, side, cx.machine.args(count).first().copied()))
}

/// How many core results a lifted function has.
pub(in crate::component) fn result_slots(side: &Side<'_>, func: Func) -> Result<usize> {
    let flat = side.types().flatten_result(func.ty, side.opts.pointer)?;
    Ok(flat.count().min(MAX_FLAT_RESULTS) as usize)
}

/// `task.return_` has happened: `post-return` is called, or the call ends.
pub fn end(cx: &mut Cx<'_>, task: TaskId) -> Result<Left> {
    boundary::after_result(cx, task)
}
