//! In and out of a component: what happens where core code calls a canonical function, and where
//! a call returns into the frame that was pushed for it.
//!
//! Entering a component is a frame on the caller's machine, whose token is the thread that the
//! call begins. Nothing here recurses: what is to run next is left on the machine.

use super::abi::context::{Cx, Side};
use super::abi::lower_flat::FlatOut;
use super::canon::{self, Options, lift, lower};
use super::run::{self, Flow};
use super::state::{Caller, CanonId, ComponentInstanceId, Phase, SubtaskState, Task, TaskId, ThreadId, Work};
use crate::error::{Misuse, Result, Trap, bug};
use crate::store;
use crate::syntax::AddrType;
use crate::types::component::ValType;
use crate::types::flatten::{MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};

/// Calls the canonical function `id`, whose arguments are on top of the stack.
pub fn enter(cx: &mut Cx<'_>, id: CanonId) -> Result<Flow> {
    let flow = canon::call(cx, id)?;
    run::proceed(cx, flow)
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
pub(in crate::component) fn trap_if_poisoned(cx: &Cx<'_>, inst: ComponentInstanceId) -> Result<()> {
    if cx.live.instance(inst)?.poisoned { Err(Trap::CannotEnterInstance.into()) } else { Ok(()) }
}

/// The same where a call begins; and while a call is paused, which the specification knows
/// nothing of, nobody else enters.
pub fn check_entry(cx: &Cx<'_>, inst: ComponentInstanceId) -> Result<()> {
    trap_if_poisoned(cx, inst)?;
    if cx.live.instance(inst)?.paused { Err(Misuse::UnfinishedCall.into()) } else { Ok(()) }
}

/// Puts a call of a core function for `thread` on top of the machine.
pub fn push_call(cx: &mut Cx<'_>, thread: ThreadId, func: store::FuncId, args: &[u64]) -> Result<()> {
    push_marked(cx, thread.raw(), func, args)
}

/// The same with a boundary of that token.
pub(in crate::component) fn push_marked(cx: &mut Cx<'_>, token: u32, func: store::FuncId, args: &[u64]) -> Result<()> {
    cx.machine.push_boundary(&cx.core.state.quota.limits, token)?;
    cx.machine.call(cx.core, func, args)
}

/// Begins a call of a core function that takes and returns nothing, of which nobody but the host
/// knows: a start function.
pub fn start_core(cx: &mut Cx<'_>, inst: ComponentInstanceId, func: store::FuncId) -> Result<()> {
    let task = cx.live.add_task(Task::new(Some(inst), Caller::Host, Work::Start))?;
    let thread = lift::begin_unnoticed(cx, task)?;
    push_call(cx, thread, func, &[])
}

/// A call has returned into its boundary.
pub fn leave(cx: &mut Cx<'_>) -> Result<Flow> {
    if let Some(direct) = cx.live.directs.last().copied() {
        return canon::direct::returned(cx, direct);
    }
    let thread = cx.live.current()?;
    let (phase, task) = {
        let thread = cx.live.thread_mut(thread)?;
        (thread.phase, thread.task)
    };
    let flow = match phase {
        Phase::Callee => match cx.live.task(task)?.work {
            Work::Func(_) => lift::callee_returned(cx, task),
            Work::Dtor | Work::Start => {
                lift::return_(cx, task)?;
                cx.live.task(task)?.subtask.state = SubtaskState::Returned;
                lift::exit_implicit_thread(cx)
            }
            Work::Realloc | Work::Host => Err(bug!("a return into a call that has no boundary").into()),
        },
        Phase::PostReturn => {
            if let Some(inst) = cx.live.task(task)?.inst {
                cx.live.instance_mut(inst)?.may_leave = true;
            }
            lift::exit_implicit_thread(cx)
        }
        #[cfg(feature = "component-async")]
        Phase::Callback => canon::callback::callback_returned(cx),
        #[cfg(feature = "component-async")]
        Phase::Explicit => {
            lift::unregister_thread(cx, thread)?;
            cx.live.remove_thread(thread)?;
            Ok(Flow::Ended)
        }
    };
    run::proceed(cx, flow?)
}

/// The side of a component that calls the host, with the types of the function as it sees them,
/// its core arguments, and where results go that do not fit flat ones.
pub struct HostCall<'a> {
    /// The caller's side.
    pub side: Side<'a>,
    /// Types of the parameters, as fields.
    pub params: &'a [crate::types::component::Field],
    /// How many of them may be flat.
    pub max_flat_params: u32,
    /// The type of the result.
    pub result: Option<ValType>,
    /// How many results may be flat.
    pub max_flat_results: u32,
    /// Core arguments.
    pub args: FlatOut,
    /// Where results go that do not fit flat ones.
    pub result_pointer: u64,
}

/// What the host needs for a call that it gets.
pub fn host_side<'a>(cx: &mut Cx<'a>, task: TaskId) -> Result<HostCall<'a>> {
    let call = match cx.live.task(task)?.caller {
        Caller::Component { inst, lower, result_pointer, .. } => {
            let canon = *cx.live.canon(lower)?;
            let lower = lower::of(canon.kind)?;
            let max_flat = (lower.max_flat_params(), lower.max_flat_results());
            (side(cx, inst, lower.opts, task)?, lower.ty, canon.params, result_pointer, max_flat)
        }
        Caller::Handed { params, result_pointer, .. } => {
            let func = lift::callee(cx, task)?;
            let side = side(cx, func.inst, canon::handed::options(cx)?, task)?;
            (side, func.ty, params, result_pointer, (MAX_FLAT_PARAMS, MAX_FLAT_RESULTS))
        }
        _ => return Err(bug!("the host is called by nobody").into()),
    };
    let (side, ty, params, result_pointer, (max_flat_params, max_flat_results)) = call;
    let mut args = FlatOut::new();
    for slot in cx.machine.args(params as usize) {
        args.push(*slot)?;
    }
    let func = side.image.types.func(ty)?;
    let (params, result) = (func.params, func.result);
    Ok(HostCall { side, params, max_flat_params, result, max_flat_results, args, result_pointer })
}

/// Ends a call of the host's function; `results` are its lowered results.
pub fn finish_host(cx: &mut Cx<'_>, task: TaskId, results: &FlatOut) -> Result<()> {
    #[cfg(feature = "text")]
    lower::observe_host_result(cx, task, results.slots())?;
    let call = cx.live.task(task)?;
    call.subtask.flat_result = results.slots().first().copied();
    call.subtask.state = SubtaskState::Returned;
    let borrows = core::mem::take(&mut call.host_borrows);
    if let Caller::Handed { params, .. } = call.caller {
        // The host has the result lifted before the call ends.
        call.host_borrows = borrows;
        cx.machine.pop(params as usize);
        return Ok(());
    }
    cx.live.host.forget(&borrows);
    lower::finish_at_once(cx, task)?;
    Ok(())
}

/// Gives up a call of the host's function that has failed.
pub fn abandon_host(cx: &mut Cx<'_>, task: TaskId) {
    // What is gone already needs no release.
    let _ = cx.live.release(task);
}
