//! Calls of the host's to functions of its own that a component has handed on, as an export.
//!
//! There is no component in between, only the types of the one that imported the function: values
//! go through a memory of the engine's own, and handles through that instance's table, as if it
//! had called.

use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lower_flat::FlatOut;
use crate::component::boundary;
use crate::component::canon::{Options, Realloc};
use crate::component::state::{Caller, FuncId, FuncKind, HostFuncId, Scratch, Task, TaskId, Work};
use crate::error::{Result, bug};
use crate::syntax::{AddrType, MemoryType};
use crate::types::flatten::MAX_FLAT_RESULTS;

/// A call that has begun.
pub struct Handed<'a> {
    /// Where its values are lowered to and lifted from.
    pub side: Side<'a>,
    /// The function of the host.
    pub func: HostFuncId,
}

/// Begins a call: arguments are lowered to its side.
pub fn begin<'a>(cx: &mut Cx<'a>, id: FuncId) -> Result<Handed<'a>> {
    let func = *cx.live.func(id)?;
    let FuncKind::Host(host) = func.kind else { return Err(bug!("no function of the host").into()) };
    if cx.live.scratch.is_none() {
        let ty = MemoryType { addr: AddrType::I32, shared: false, min: 1, max: None, custom_page_size: None };
        cx.live.scratch = Some(Scratch { memory: cx.core.state.add_memory(ty)?, used: 0 });
    }
    let used = cx.live.scratch.map_or(0, |scratch| scratch.used);
    let opts = options(cx)?;
    let caller = Caller::Handed { params: 0, result_pointer: 0, used };
    let task = cx.live.add_task(Task::new(None, caller, Work::Func(id)))?;
    let side = boundary::side(cx, func.inst, opts, task)?;
    Ok(Handed { side, func: host })
}

/// Options of the engine's own memory.
pub(in crate::component) fn options(cx: &Cx<'_>) -> Result<Options> {
    let scratch = cx.live.scratch.ok_or_else(|| bug!("no scratch memory"))?;
    Ok(Options { memory: Some(scratch.memory), realloc: Realloc::Scratch, ..Options::default() })
}

/// Hands over the lowered arguments. Where the result goes is made room for.
pub fn start(cx: &mut Cx<'_>, call: &Handed<'_>, args: &FlatOut) -> Result<()> {
    let side = &call.side;
    let func = super::lift::callee(cx, side.task)?;
    let ty = side.types().func(func.ty)?.result;
    let result_pointer = match ty.map(|ty| side.types().tuple_layout([ty], side.opts.pointer)) {
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
    let func = super::lift::callee(cx, task)?;
    let side = boundary::side(cx, func.inst, options(cx)?, task)?;
    let task = cx.live.task(task)?;
    Ok(match task.caller {
        Caller::Handed { result_pointer, .. } if task.subtask.flat_result.is_none() => (side, Some(result_pointer)),
        _ => (side, task.subtask.flat_result),
    })
}

/// The result has been lifted: the call ends, handles that were lent for it are gone.
pub fn end(cx: &mut Cx<'_>, side: &Side<'_>) -> Result<()> {
    let task = cx.live.take_task(side.task)?;
    let handles = &mut cx.live.instance_mut(side.inst)?.handles;
    for index in &task.subtask.lenders {
        let handle = handles.get_mut(*index)?.resource_mut(*index)?;
        handle.num_lends -= 1;
        if handle.borrow_scope == Some(side.task) && handle.num_lends == 0 {
            handles.remove(*index)?;
        }
    }
    cx.live.return_host_lends(&task.subtask.host_lenders);
    if let (Some(scratch), Caller::Handed { used, .. }) = (&mut cx.live.scratch, task.caller) {
        scratch.used = used;
    }
    Ok(())
}
