//! In and out of a component: what happens where core code calls a canonical function, and where
//! a call returns into the frame that was pushed for it.
//!
//! Entering a component is a frame on the caller's machine, whose token is the call's
//! [`TaskId`]. Nothing here recurses: what is to run next is left on the machine.

use super::abi::context::{Cx, Side};
use super::abi::lift_flat::FlatIn;
use super::abi::lower_flat::FlatOut;
use super::canon::{self, Options, lift, lower};
use super::state::{Caller, CanonId, ComponentInstanceId, FuncKind, HostFuncId, Phase, Task, TaskId};
use crate::error::{Misuse, Result, Trap, bug};
use crate::store;
use crate::syntax::AddrType;
use crate::types::component::ValType;

/// How a call out of core code went on.
#[derive(Clone, Copy, Debug)]
pub enum Entered {
    /// The machine runs on: the call has returned, or a callee is on top of it.
    Running,
    /// There was nothing to run.
    Finished,
    /// A function of the host is to be called: see [`host_side`] and [`finish_host`].
    Host {
        /// The call.
        task: TaskId,
        /// The function.
        func: HostFuncId,
    },
    /// A destructor of the host is to be called; the machine runs on afterwards.
    HostDtor {
        /// The destructor.
        func: HostFuncId,
        /// What it gets.
        rep: u32,
    },
}

/// How the return into a boundary went on.
#[derive(Clone, Copy, Debug)]
pub enum Left {
    /// The machine runs on.
    Running,
    /// The result is the host's to lift: see [`lift::result`] and [`lift::end`].
    HostResult(TaskId),
    /// A call of the host's has ended.
    Finished,
}

/// Calls the canonical function `id`, whose arguments are on top of the stack.
pub fn enter(cx: &mut Cx<'_>, id: CanonId) -> Result<Entered> {
    match canon::call(cx, id)? {
        Entered::Finished => Ok(Entered::Running),
        entered => Ok(entered),
    }
}

/// The canonical function behind a core function outside of WebAssembly. Components have no
/// others.
pub fn canon_of(core: &store::Store, func: store::FuncId) -> Result<CanonId> {
    match core.state.funcs.get(func).map(|func| func.kind) {
        Some(store::FuncKind::Canon(id)) => Ok(CanonId::new(id)),
        _ => Err(bug!("no canonical function").into()),
    }
}

/// One side of a call.
pub fn side<'a>(cx: &Cx<'a>, inst: ComponentInstanceId, opts: Options, task: TaskId) -> Result<Side<'a>> {
    let image = cx.live.instance(inst)?.image;
    let image = cx.images.get(image).ok_or_else(|| bug!("an image of another store"))?;
    Ok(Side { image, inst, opts, task })
}

/// A pointer in a slot, as wide as pointers of these options are.
pub fn pointer(opts: Options, slot: u64) -> u64 {
    match opts.pointer {
        AddrType::I32 => slot & 0xFFFF_FFFF,
        AddrType::I64 => slot,
    }
}

/// An instance that a trap has passed through is locked down (`Explainer.md`, Component
/// Invariants).
fn trap_if_poisoned(cx: &Cx<'_>, inst: ComponentInstanceId) -> Result<()> {
    if cx.live.instance(inst)?.poisoned { Err(Trap::CannotEnterInstance.into()) } else { Ok(()) }
}

/// The same where a call begins; and while a call is paused, which the specification knows
/// nothing of, nobody else enters.
pub fn check_entry(cx: &Cx<'_>, inst: ComponentInstanceId) -> Result<()> {
    trap_if_poisoned(cx, inst)?;
    if cx.live.instance(inst)?.paused { Err(Misuse::UnfinishedCall.into()) } else { Ok(()) }
}

/// Puts a call of a core function for `task` on top of the machine.
pub fn push_call(cx: &mut Cx<'_>, task: TaskId, func: store::FuncId, args: &[u64]) -> Result<()> {
    cx.machine.push_boundary(&cx.core.state.quota.limits, task.0)?;
    cx.machine.call(cx.core, func, args)
}

/// Begins a call of a core function that takes and returns nothing, of which nobody but the host
/// knows: a start function.
pub fn start_core(cx: &mut Cx<'_>, inst: ComponentInstanceId, func: store::FuncId) -> Result<()> {
    let task = cx.live.push_task(Task::new(Some(inst), Caller::Host, Phase::Start))?;
    push_call(cx, task, func, &[])
}

/// A call has returned into the boundary `token`.
pub fn leave(cx: &mut Cx<'_>, token: u32) -> Result<Left> {
    let task = TaskId(token);
    let (phase, caller) = {
        let task = cx.live.task(task)?;
        (task.phase, task.caller)
    };
    match phase {
        Phase::Callee(_) => match caller {
            Caller::Component { inst, lower, result_pointer } => {
                return_to_component(cx, task, inst, lower, result_pointer)?;
                after_result(cx, task)
            }
            _ => Ok(Left::HostResult(task)),
        },
        Phase::PostReturn(_) => {
            if let Some(inst) = cx.live.task(task)?.inst {
                cx.live.instance_mut(inst)?.may_leave = true;
            }
            finish(cx, task)
        }
        Phase::Dtor | Phase::Start => finish(cx, task),
        Phase::Realloc | Phase::Host => Err(bug!("a return into a call that has no boundary").into()),
    }
}

/// The result of a lifted function crosses to its caller.
fn return_to_component(
    cx: &mut Cx<'_>,
    task: TaskId,
    inst: ComponentInstanceId,
    lower: CanonId,
    result_pointer: u64,
) -> Result<()> {
    let (func, from, slot) = lift::result(cx, task)?;
    let lower = lower::of(cx.live.canon(lower)?.kind)?;
    let to = side(cx, inst, lower.opts, task)?;
    let types = (from.types().func(func.ty)?.result, to.types().func(lower.ty)?.result);
    let mut out = FlatOut::new();
    let slots = slot.as_slice();
    lower::cross_result(cx, from, to, types, FlatIn::new(slots), result_pointer, &mut out)?;
    cx.live.task(task)?.flat_result = out.slots().first().copied();
    Ok(())
}

/// The result of a lifted function has been lifted: `post-return` is called, or the call ends.
pub fn after_result(cx: &mut Cx<'_>, task: TaskId) -> Result<Left> {
    // `task.return_`
    let count = cx.live.task(task)?.num_borrows;
    if count > 0 {
        return Err(Trap::BorrowsRemain { count }.into());
    }
    let (id, func) = lift::callee(cx, task)?;
    let (_, from, slot) = lift::result(cx, task)?;
    #[cfg(feature = "text")]
    {
        let ends = [Some(func.inst), cx.live.task(task)?.caller.instance()];
        observe_result(cx, ends, func, (&from, func.ty), slot.as_slice())?;
    }
    cx.machine.pop(lift::result_slots(&from, func)?);
    let FuncKind::Lifted { opts: Options { post_return: Some(post_return), .. }, .. } = func.kind else {
        return finish(cx, task);
    };
    cx.live.instance_mut(func.inst)?.may_leave = false;
    cx.live.task(task)?.phase = Phase::PostReturn(id);
    push_call(cx, task, post_return, slot.as_slice())?;
    Ok(Left::Running)
}

#[cfg(feature = "text")]
fn observe_result(
    cx: &mut Cx<'_>,
    ends: [Option<ComponentInstanceId>; 2],
    func: super::state::Func,
    (side, ty): (&Side<'_>, crate::types::component::FuncTypeId),
    slots: &[u64],
) -> Result<()> {
    use super::observe::{OnSide, Which, crossed};
    let (which, max_flat) = (Which::Result, crate::types::flatten::MAX_FLAT_RESULTS);
    crossed(cx, ends, func, &OnSide { side, ty, which, max_flat, slots })
}

/// Ends a call: what was lent comes back, and the caller goes on.
fn finish(cx: &mut Cx<'_>, id: TaskId) -> Result<Left> {
    let task = cx.live.pop_task(id)?;
    // `subtask.deliver_resolve`
    if let Some(inst) = task.caller.instance() {
        let handles = &mut cx.live.instance_mut(inst)?.handles;
        for index in &task.lenders {
            handles.get_mut(*index)?.num_lends -= 1;
        }
    }
    return_host_lends(cx, &task);
    match task.caller {
        Caller::Handed { .. } => Err(bug!("a call that ends elsewhere").into()),
        Caller::Host => Ok(Left::Finished),
        Caller::Engine(_) => Ok(Left::Running),
        Caller::Component { inst, lower, .. } => {
            // The host may have entered the caller meanwhile, and it may have trapped there.
            trap_if_poisoned(cx, inst)?;
            let params = cx.live.canon(lower)?.params as usize;
            cx.machine.finish_call(&cx.core.state.quota.limits, params, task.flat_result.as_slice())?;
            Ok(Left::Running)
        }
    }
}

/// What the host has lent for a call comes back.
pub(super) fn return_host_lends(cx: &mut Cx<'_>, task: &Task) {
    for name in &task.host_lenders {
        if let Ok(handle) = cx.live.host.get(*name) {
            handle.num_lends -= 1;
        }
    }
}

/// The side of a component that calls the host, with the types of the function as it sees them,
/// its core arguments, and where results go that do not fit flat ones.
pub struct HostCall<'a> {
    /// The caller's side.
    pub side: Side<'a>,
    /// Types of the parameters, as fields.
    pub params: &'a [crate::types::component::Field],
    /// The type of the result.
    pub result: Option<ValType>,
    /// Core arguments.
    pub args: FlatOut,
    /// Where results go that do not fit flat ones.
    pub result_pointer: u64,
}

/// What the host needs for a call that it gets.
pub fn host_side<'a>(cx: &mut Cx<'a>, task: TaskId) -> Result<HostCall<'a>> {
    let (side, ty, params, result_pointer) = match cx.live.task(task)?.caller {
        Caller::Component { inst, lower, result_pointer } => {
            let canon = *cx.live.canon(lower)?;
            let lower = lower::of(canon.kind)?;
            (side(cx, inst, lower.opts, task)?, lower.ty, canon.params, result_pointer)
        }
        Caller::Handed { params, result_pointer, .. } => {
            let (_, func) = lift::callee(cx, task)?;
            (side(cx, func.inst, canon::handed::options(cx)?, task)?, func.ty, params, result_pointer)
        }
        _ => return Err(bug!("the host is called by nobody").into()),
    };
    let mut args = FlatOut::new();
    for slot in cx.machine.args(params as usize) {
        args.push(*slot)?;
    }
    let func = side.image.types.func(ty)?;
    Ok(HostCall { side, params: func.params, result: func.result, args, result_pointer })
}

/// Ends a call of the host's function; `results` are its lowered results.
pub fn finish_host(cx: &mut Cx<'_>, task: TaskId, results: &FlatOut) -> Result<()> {
    #[cfg(feature = "text")]
    if let Caller::Component { inst, lower, result_pointer } = cx.live.task(task)?.caller {
        let lower = lower::of(cx.live.canon(lower)?.kind)?;
        let (func, side) = (*cx.live.func(lower.func)?, side(cx, inst, lower.opts, task)?);
        let pointer = [result_pointer];
        let slots = if lower.result_pointer { &pointer } else { results.slots() };
        observe_result(cx, [None, Some(inst)], func, (&side, lower.ty), slots)?;
    }
    let call = cx.live.task(task)?;
    call.flat_result = results.slots().first().copied();
    if let Caller::Handed { params, .. } = call.caller {
        // The host has the result lifted before the call ends.
        cx.machine.pop(params as usize);
        return Ok(());
    }
    finish(cx, task).map(|_| ())
}
