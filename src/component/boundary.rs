//! In and out of a component: what happens where core code calls a canonical function, and where
//! a call returns into the frame that was pushed for it.
//!
//! Entering a component is a frame on the caller's machine, whose token is the thread that the
//! call begins. Nothing here recurses: what is to run next is left on the machine.

use super::abi::context::{Cx, Side};
use super::canon::{self, Options};
use super::flow::Flow;
use super::state::{CanonId, ComponentInstanceId, TaskId};
#[cfg(feature = "component-async")]
use super::{
    canon::lift,
    run,
    state::{Caller, Phase, SubtaskState, Task, ThreadId, Work},
};
use crate::error::{Misuse, Result, Trap, bug};
use crate::exec::Stop;
use crate::store;
use crate::syntax::AddrType;

/// Calls the canonical function behind `func`, whose arguments are on top of the stack.
#[inline]
pub fn enter(cx: &mut Cx<'_>, func: store::FuncId) -> Result<Flow> {
    let id = canon_of(cx.core, func)?;
    if canon::direct::call_numbers(cx, id)? {
        return Ok(Flow::Run);
    }
    let flow = canon::call(cx, id)?;
    #[cfg(feature = "component-async")]
    return run::proceed(cx, flow);
    #[cfg(not(feature = "component-async"))]
    Ok(flow)
}

/// The same for a `realloc`: whatever does not return at once leaves the instance, which it may not.
pub(in crate::component) fn enter_inside(cx: &mut Cx<'_>, func: store::FuncId) -> Result<()> {
    match enter(cx, func)? {
        Flow::Run => Ok(()),
        _ => Err(bug!("realloc left its instance").into()),
    }
}

/// Runs core code until it needs something.
#[inline]
pub fn run(cx: &mut Cx<'_>) -> Result<Stop> {
    #[cfg(crossings)]
    let stop = canon::crossed::run(cx);
    #[cfg(not(crossings))]
    let stop = cx.machine.run(cx.core);
    stop
}

/// The canonical function behind a core function outside of WebAssembly. Components have no
/// others.
fn canon_of(core: &store::Store, func: store::FuncId) -> Result<CanonId> {
    match core.state.funcs.get(func).map(|func| func.kind) {
        Some(store::FuncKind::Canon(id)) => Ok(CanonId::new(id)),
        #[cfg(crossings)]
        Some(store::FuncKind::Crossing(id)) => match core.state.crossings.funcs.get(id) {
            Some(crossing) => Ok(CanonId::new(crossing.canon)),
            None => Err(bug!("a crossing of another store").into()),
        },
        _ => Err(bug!("no canonical function").into()),
    }
}

/// One side of a call.
#[inline(always)]
pub fn side<'t, 'a: 't>(cx: &Cx<'a>, inst: ComponentInstanceId, opts: &'t Options, task: TaskId) -> Result<Side<'t>> {
    let image = cx.linked.image(cx.live.instance(inst)?.image)?;
    Ok(Side { image, inst, opts, task })
}

/// A pointer in a slot, as wide as pointers of these options are.
pub fn pointer(opts: &Options, slot: u64) -> u64 {
    match opts.pointer() {
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
    let inst = cx.live.instance(inst)?;
    if inst.poisoned {
        return Err(Trap::CannotEnterInstance.into());
    }
    if inst.paused { Err(Misuse::UnfinishedCall.into()) } else { Ok(()) }
}

/// Puts a call of a core function for `thread` on top of the machine.
#[cfg(feature = "component-async")]
pub fn push_call(cx: &mut Cx<'_>, thread: ThreadId, func: store::FuncId, args: &[u64]) -> Result<()> {
    push_marked(cx, thread.raw(), func, args)
}

/// Puts a call of a core function on top of the machine, with a boundary of that token.
pub(in crate::component) fn push_marked(cx: &mut Cx<'_>, token: u32, func: store::FuncId, args: &[u64]) -> Result<()> {
    cx.machine.call_above(cx.core, token, func, args)
}

/// Begins a call of a core function that takes and returns nothing, of which nobody but the host
/// knows: a start function.
pub fn start_core(cx: &mut Cx<'_>, inst: ComponentInstanceId, func: store::FuncId) -> Result<()> {
    #[cfg(feature = "component-async")]
    {
        let task = cx.live.add_task(Task::new(Some(inst), Caller::Host, Work::Start))?;
        let thread = lift::begin_unnoticed(cx, task)?;
        push_call(cx, thread, func, &[])
    }
    #[cfg(not(feature = "component-async"))]
    canon::direct::call_start(cx, inst, func)
}

/// A call has returned into its boundary.
#[inline]
pub fn leave(cx: &mut Cx<'_>) -> Result<Flow> {
    #[cfg(feature = "component-async")]
    if cx.live.directs.is_empty() {
        return leave_thread(cx);
    }
    canon::direct::returned(cx)
}

/// The same where the call has a thread.
#[cfg(feature = "component-async")]
fn leave_thread(cx: &mut Cx<'_>) -> Result<Flow> {
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
            Work::Realloc | Work::Host(_) => Err(bug!("a return into a call that has no boundary").into()),
        },
        Phase::PostReturn => {
            if let Some(inst) = cx.live.task(task)?.inst {
                cx.live.set_may_leave(inst, true)?;
            }
            lift::exit_implicit_thread(cx)
        }
        Phase::Callback => canon::callback::callback_returned(cx),
        Phase::Explicit => {
            lift::unregister_thread(cx, thread)?;
            cx.live.remove_thread(thread)?;
            Ok(Flow::Ended)
        }
    };
    run::proceed(cx, flow?)
}
