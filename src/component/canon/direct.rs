//! Synchronous calls from component to component that nobody looks at (`CanonicalABI.md`,
//! `canon lift`, `canon lower`): what `lower` and `lift` do for
//! such a call, without its task and thread.
//!
//! Where the caller lowers and the callee lifts synchronously, and the function is no async one,
//! there is no backpressure, the callee begins at once, and its caller waits until it has ended.
//! What would be read of its task and thread is in a [`Direct`], and whatever asks for them makes
//! them of it: see [`state::direct`](crate::component::state::direct).

use super::lift;
use super::lower::{cross_params, cross_result};
use super::{CanonFunc, Lower, Options};
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::load::normalize;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::abi::transfer::MaxFlat;
use crate::component::boundary;
use crate::component::run::Flow;
use crate::component::state::direct::{Direct, DirectCaller};
use crate::component::state::{CanonId, ComponentInstanceId, Func, FuncId, FuncKind, Phase, TaskId, Work};
use crate::error::{Result, bug};
use crate::store;
use crate::types::ComponentTypes;
use crate::types::component::{ExternType, FuncTypeId, Mentions, PrimValType, ValType};
use crate::types::flatten::{MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};

/// The token of a direct call's boundary, which no thread has.
const TOKEN: u32 = u32::MAX - 1;
/// The task of a side, where nothing asks for it.
const NOBODY: TaskId = TaskId::new(u32::MAX);

/// How values of a function's calls cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By way of a task.
    Task,
    /// Directly.
    Direct,
    /// Directly, and all of them are numbers in core parameters and results.
    Numbers,
}

impl Way {
    /// The way of a function that is lifted with these options.
    pub fn of(types: &ComponentTypes, id: FuncTypeId, opts: Options) -> Result<Self> {
        // Handles that are lent and ends of streams belong to the calls that they are passed in.
        let looked_at = Mentions::BORROW.union(Mentions::ASYNC_VALUE);
        let mentions = types.facts_of(ExternType::Func(id)).mentions;
        let ty = types.func(id)?;
        if opts.is_async || ty.is_async || mentions.intersects(looked_at) {
            return Ok(Way::Task);
        }
        let is_number = |ty: ValType| match ty {
            ValType::Primitive(PrimValType::String | PrimValType::ErrorContext) | ValType::Defined(_) => false,
            ValType::Primitive(_) => true,
        };
        let numbers = ty.params.iter().map(|param| param.ty).chain(ty.result).all(is_number);
        let few = ty.params.len() <= MAX_FLAT_PARAMS as usize;
        Ok(if numbers && few { Way::Numbers } else { Way::Direct })
    }
}

/// Whether a call may go that way: an observer is told of ordinary calls.
pub(in crate::component) fn is_open(cx: &Cx<'_>, way: Way) -> bool {
    #[cfg(feature = "text")]
    if cx.live.observed.observer.is_some() {
        return false;
    }
    #[cfg(not(feature = "text"))]
    let _ = cx;
    way != Way::Task
}

/// `canon lower` and `canon lift` up to where the callee runs.
pub(in crate::component) fn call(
    cx: &mut Cx<'_>,
    (id, canon, lower): (CanonId, CanonFunc, Lower),
    result_pointer: u64,
) -> Result<Flow> {
    let func = *cx.live.func(lower.func)?;
    let FuncKind::Lifted { callee, .. } = func.kind else { return Err(bug!("a direct call of the host's").into()) };
    boundary::check_entry(cx, func.inst)?;
    let caller = DirectCaller::Component { inst: canon.inst, lower: id, result_pointer };
    begin(cx, func.inst, Work::Func(lower.func), caller)?;
    let mut args = FlatOut::new();
    let slots = cx.machine.args(canon.params as usize);
    if lower.way == Way::Numbers {
        numbers(cx, func, slots, &mut args)?;
    } else {
        let slots = FlatOut::of(slots)?;
        let (from, to) = sides(cx, canon, lower, func)?;
        let (from_params, to_params) = (from.types().func(lower.ty)?.params, to.types().func(func.ty)?.params);
        let max = MaxFlat { from: MAX_FLAT_PARAMS, to: MAX_FLAT_PARAMS };
        cross_params(cx, (from, to), (from_params, to_params), max, FlatIn::new(slots.slots()), &mut args)?;
    }
    push_call(cx, callee, args.slots())?;
    Ok(Flow::Run)
}

/// Parameters that are numbers, from core values to core values.
fn numbers(cx: &Cx<'_>, func: Func, slots: &[u64], args: &mut FlatOut) -> Result<()> {
    let params = types(cx, func.inst)?.func(func.ty)?.params;
    params.iter().zip(slots).try_for_each(|(param, slot)| args.push(number(param.ty, *slot)?))
}

fn number(ty: ValType, slot: u64) -> Result<u64> {
    match ty {
        ValType::Primitive(ty) => normalize(ty, slot),
        ValType::Defined(_) => Err(bug!("a defined type is no number").into()),
    }
}

fn types<'a>(cx: &Cx<'a>, inst: ComponentInstanceId) -> Result<&'a ComponentTypes> {
    let image = cx.images.get(cx.live.instance(inst)?.image);
    Ok(&image.ok_or_else(|| bug!("an image of another store"))?.types)
}

/// The caller's side and the callee's.
fn sides<'a>(cx: &Cx<'a>, canon: CanonFunc, lower: Lower, func: Func) -> Result<(Side<'a>, Side<'a>)> {
    let (_, opts) = lift::lifted(func)?;
    let from = boundary::side(cx, canon.inst, lower.opts, NOBODY)?;
    Ok((from, boundary::side(cx, func.inst, opts, NOBODY)?))
}

/// Puts a call of a core function for the topmost direct call on top of the machine.
fn push_call(cx: &mut Cx<'_>, func: store::FuncId, args: &[u64]) -> Result<()> {
    boundary::push_marked(cx, TOKEN, func, args)
}

/// Begins a call, whose core function is still to be called.
fn begin(cx: &mut Cx<'_>, inst: ComponentInstanceId, work: Work, caller: DirectCaller) -> Result<()> {
    let (base, phase) = (cx.machine.depth(), Phase::Callee);
    Ok(cx.live.directs.push(Direct { inst, work, caller, base, phase, result: None })?)
}

/// The topmost call's core function has returned.
pub(in crate::component) fn returned(cx: &mut Cx<'_>, direct: Direct) -> Result<Flow> {
    if direct.phase == Phase::PostReturn {
        cx.live.instance_mut(direct.inst)?.may_leave = true;
        return end(cx, direct);
    }
    match direct.caller {
        DirectCaller::Host => Ok(Flow::DirectResult),
        DirectCaller::Engine(_) => end(cx, direct),
        DirectCaller::Component { lower, result_pointer, .. } => result(cx, direct, lower, result_pointer),
    }
}

/// The result crosses.
fn result(cx: &mut Cx<'_>, mut direct: Direct, lower: CanonId, result_pointer: u64) -> Result<Flow> {
    let canon = *cx.live.canon(lower)?;
    let lower = super::lower::of(canon.kind)?;
    let func = *cx.live.func(lower.func)?;
    let (_, opts) = lift::lifted(func)?;
    let ty = types(cx, func.inst)?.func(func.ty)?.result;
    let slot = result_slot(cx, ty);
    direct.result = match (lower.way, ty, slot) {
        (Way::Numbers, Some(ty), Some(slot)) => Some(number(ty, slot)?),
        (_, None, _) => None,
        _ => {
            let (to, from) = sides(cx, canon, lower, func)?;
            let types = (ty, to.types().func(lower.ty)?.result);
            let max = MaxFlat { from: MAX_FLAT_RESULTS, to: MAX_FLAT_RESULTS };
            let mut out = FlatOut::new();
            cross_result(cx, (from, to), types, max, FlatIn::new(slot.as_slice()), result_pointer, &mut out)?;
            out.slots().first().copied()
        }
    };
    leave(cx, direct, opts, slot)
}

/// The result has crossed: `post-return` is called, or the call ends.
fn leave(cx: &mut Cx<'_>, mut direct: Direct, opts: Options, slot: Option<u64>) -> Result<Flow> {
    cx.machine.pop(slot.as_slice().len());
    let Some(post_return) = opts.post_return else { return end(cx, direct) };
    cx.live.instance_mut(direct.inst)?.may_leave = false;
    direct.phase = Phase::PostReturn;
    if let Some(place) = cx.live.directs.last_mut() {
        *place = direct;
    }
    push_call(cx, post_return, slot.as_slice())?;
    Ok(Flow::Run)
}

/// The core value that a function with such a result returned: the value, or a pointer to it.
fn result_slot(cx: &Cx<'_>, ty: Option<ValType>) -> Option<u64> {
    ty.and_then(|_| cx.machine.args(1).first().copied())
}

/// The call has ended: its caller goes on with the result.
fn end(cx: &mut Cx<'_>, direct: Direct) -> Result<Flow> {
    cx.live.directs.pop();
    let DirectCaller::Component { inst, lower, .. } = direct.caller else { return Ok(Flow::Run) };
    // The host may have entered the caller meanwhile, and it may have trapped there.
    boundary::trap_if_poisoned(cx, inst)?;
    let params = cx.live.canon(lower)?.params as usize;
    cx.machine.finish_call(&cx.core.state.quota.limits, params, direct.result.as_slice())?;
    Ok(Flow::Run)
}

/// Calls a destructor that takes a handle's number, for a component that has dropped the handle.
pub(in crate::component) fn call_dtor(
    cx: &mut Cx<'_>,
    (inst, func): (ComponentInstanceId, store::FuncId),
    by: ComponentInstanceId,
    rep: u32,
) -> Result<Flow> {
    begin(cx, inst, Work::Dtor, DirectCaller::Engine(by))?;
    push_call(cx, func, &[u64::from(rep)])?;
    Ok(Flow::Run)
}

/// Begins a call of an instance's `realloc`, which the engine runs to its end.
pub(in crate::component) fn begin_realloc(cx: &mut Cx<'_>, inst: ComponentInstanceId) -> Result<()> {
    begin(cx, inst, Work::Realloc, DirectCaller::Engine(inst))
}

/// Its end.
pub(in crate::component) fn end_realloc(cx: &mut Cx<'_>) -> Result<()> {
    match cx.live.directs.pop() {
        Some(_) => Ok(()),
        // It has used the storage of its thread.
        None => {
            let task = cx.live.current_task()?;
            lift::end_unnoticed(cx, task)
        }
    }
}

/// Begins a call of the host's; `None` where it has to be an ordinary one. The host lowers the
/// arguments to that side, and then there is [`start_host`].
pub fn begin_host<'a>(cx: &mut Cx<'a>, id: FuncId) -> Result<Option<(Func, Side<'a>)>> {
    let func = *cx.live.func(id)?;
    match func.kind {
        FuncKind::Lifted { opts, way, .. } if is_open(cx, way) => {
            boundary::check_entry(cx, func.inst)?;
            begin(cx, func.inst, Work::Func(id), DirectCaller::Host)?;
            Ok(Some((func, boundary::side(cx, func.inst, opts, NOBODY)?)))
        }
        _ => Ok(None),
    }
}

/// Calls the function with its lowered arguments.
pub fn start_host(cx: &mut Cx<'_>, func: Func, args: &FlatOut) -> Result<()> {
    let (callee, _) = lift::lifted(func)?;
    push_call(cx, callee, args.slots())
}

/// After [`Flow::DirectResult`]: the core value that the host lifts the result from, and the side
/// that it is of.
pub fn host_result<'a>(cx: &Cx<'a>, func: Func) -> Result<(Option<u64>, Side<'a>)> {
    let (_, opts) = lift::lifted(func)?;
    let side = boundary::side(cx, func.inst, opts, NOBODY)?;
    let ty = side.types().func(func.ty)?.result;
    Ok((result_slot(cx, ty), side))
}

/// The host has lifted the result from that value.
pub fn end_host(cx: &mut Cx<'_>, func: Func, slot: Option<u64>) -> Result<Flow> {
    let (_, opts) = lift::lifted(func)?;
    let direct = cx.live.directs.last().copied().ok_or_else(|| bug!("a direct call that is not there"))?;
    leave(cx, direct, opts, slot)
}
