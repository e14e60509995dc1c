//! Calls from component to component that nobody looks at (`CanonicalABI.md`, `canon lift`,
//! `canon lower`): what `lower` and `lift` do for such a call, without its task and thread.
//!
//! Where nothing holds the callee back it begins at once, and its caller waits until it has ended,
//! unless it blocks. What would be read of its task and thread is in a [`Direct`], and whatever
//! asks for them, as one that blocks does, makes them of it: see
//! [`state::direct`](crate::component::state::direct).

#[cfg(feature = "component-async")]
use super::lift;
use super::lower::{cross_params, cross_result};
use super::{CanonFunc, CanonKind, Lower, Options};
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::load::normalize;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::abi::transfer::MaxFlat;
use crate::component::boundary;
use crate::component::flow::Flow;
#[cfg(feature = "component-async")]
use crate::component::run;
#[cfg(feature = "component-async")]
use crate::component::state::SubtaskState;
use crate::component::state::direct::{Direct, DirectCaller, NOBODY};
use crate::component::state::{CanonId, ComponentInstanceId, Func, FuncId, FuncKind, Phase, Work};
use crate::error::{Bug, Result, bug};
#[cfg(feature = "component-async")]
use crate::exec::Stop;
use crate::store;
use crate::types::ComponentTypes;
#[cfg(feature = "component-async")]
use crate::types::component::{ExternType, Mentions};
use crate::types::component::{FuncType, FuncTypeId, PrimValType, ValType};
#[cfg(feature = "component-async")]
use crate::types::flatten::MAX_FLAT_ASYNC_PARAMS;
use crate::types::flatten::{MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};

/// The token of a direct call's boundary, which no thread has.
pub(super) const TOKEN: u32 = u32::MAX - 1;

/// How values of a function's calls cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By way of a task.
    #[cfg(feature = "component-async")]
    Task,
    /// Directly.
    Direct,
    /// Directly, if a component calls: handles are lent.
    #[cfg(feature = "component-async")]
    Lends,
    /// Directly, if a component calls and nothing holds the call back. All values may be numbers here, too.
    #[cfg(feature = "component-async")]
    Async(Option<Numbers>),
    /// Directly, and all of them are numbers in core parameters and results. There is no
    /// `post-return`.
    Numbers(Numbers),
}

/// The types of a function's values, all of them numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    params: [PrimValType; MAX_FLAT_PARAMS as usize],
    count: u8,
    pub(super) result: Option<PrimValType>,
    /// `ft.async_`
    is_async: bool,
}

impl Numbers {
    /// `None` where a value is no number, or there are more parameters than core ones.
    fn of(ty: FuncType<'_>) -> Option<Self> {
        let mut params = [PrimValType::U32; MAX_FLAT_PARAMS as usize];
        for (place, param) in params.get_mut(..ty.params.len())?.iter_mut().zip(ty.params) {
            *place = number(param.ty)?;
        }
        let result = match ty.result {
            Some(ty) => Some(number(ty)?),
            None => None,
        };
        Some(Self { params, count: ty.params.len() as u8, result, is_async: ty.is_async })
    }

    /// What crosses of each, where all are integers and there are not more than that.
    #[cfg(crossings)]
    pub(super) fn integers(&self) -> Option<store::Integers> {
        let mut params = [0; 4];
        for (place, ty) in params.get_mut(..usize::from(self.count))?.iter_mut().zip(&self.params) {
            *place = ty.mask()?;
        }
        let result = match self.result {
            Some(ty) => Some(ty.mask()?),
            None => None,
        };
        Some(store::Integers { params, result })
    }

    /// Parameters from core values to core values.
    fn cross(&self, slots: &mut [u64]) -> Result<()> {
        debug_assert_eq!(slots.len(), usize::from(self.count));
        slots.iter_mut().zip(&self.params).try_for_each(|(slot, ty)| {
            *slot = normalize(*ty, *slot)?;
            Ok(())
        })
    }
}

/// A type that is a number's.
pub(super) fn number(ty: ValType) -> Option<PrimValType> {
    match ty {
        ValType::Primitive(PrimValType::String | PrimValType::ErrorContext) | ValType::Defined(_) => None,
        ValType::Primitive(ty) => Some(ty),
    }
}

impl Way {
    /// That of functions that no component has lifted.
    #[cfg(feature = "component-async")]
    pub const OF_OTHERS: Self = Way::Task;
    /// That of functions that no component has lifted.
    #[cfg(not(feature = "component-async"))]
    pub const OF_OTHERS: Self = Way::Direct;

    /// The way of a function that is lifted with these options.
    pub fn of(types: &ComponentTypes, id: FuncTypeId, opts: &Options) -> Result<Self> {
        let ty = types.func(id)?;
        #[cfg(feature = "component-async")]
        if let Some(way) = Self::special(types, id, ty, opts) {
            return Ok(way);
        }
        let numbers = if opts.post_return.is_none() { Numbers::of(ty) } else { None };
        Ok(numbers.map_or(Way::Direct, Way::Numbers))
    }

    /// The way of an async function, and of one that is passed what belongs to the call.
    #[cfg(feature = "component-async")]
    fn special(types: &ComponentTypes, id: FuncTypeId, ty: FuncType<'_>, opts: &Options) -> Option<Self> {
        let mentions = types.facts_of(ExternType::Func(id)).mentions;
        // Ends of streams belong to the calls that they are passed in.
        if mentions.intersects(Mentions::ASYNC_VALUE) {
            return Some(Way::Task);
        }
        if opts.is_async || ty.is_async {
            let lends = mentions.intersects(Mentions::BORROW);
            return Some(if lends { Way::Task } else { Way::Async(Numbers::of(ty)) });
        }
        mentions.intersects(Mentions::BORROW).then_some(Way::Lends)
    }

    /// The way of a call of such a function, lowered with the option `async`.
    pub fn lowered_async(self) -> Self {
        match self {
            // Results are in memory, and parameters may be.
            Way::Direct | Way::Numbers(_) => Way::Direct,
            #[cfg(feature = "component-async")]
            Way::Lends | Way::Task => Way::Task,
            #[cfg(feature = "component-async")]
            Way::Async(numbers) => {
                Way::Async(numbers.filter(|numbers| u32::from(numbers.count) <= MAX_FLAT_ASYNC_PARAMS))
            }
        }
    }
}

/// Whether a call may go that way: an observer is told of ordinary calls.
#[inline]
#[cfg(feature = "component-async")]
pub(in crate::component) fn is_open(cx: &Cx<'_>, way: &Way) -> bool {
    #[cfg(feature = "text")]
    if cx.live.observed.observer.is_some() {
        return false;
    }
    #[cfg(not(feature = "text"))]
    let _ = cx;
    !matches!(way, Way::Task)
}

/// Whether a call that may go the direct way might have to wait before it begins.
#[cfg(feature = "component-async")]
pub(super) fn is_held_back(cx: &Cx<'_>, lower: &Lower) -> Result<bool> {
    let Way::Async(_) = lower.way else { return Ok(false) };
    Ok(cx.live.instance(cx.linked.func(lower.func)?.inst)?.is_held())
}

/// [`call`] for a function of numbers, of which nothing is copied. `false` if it is another one,
/// and nothing is done.
#[inline]
pub(in crate::component) fn call_numbers(cx: &mut Cx<'_>, id: CanonId) -> Result<bool> {
    let Some((canon, lower, numbers)) = cx.linked.canons.get(id).and_then(of_numbers) else { return Ok(false) };
    #[cfg(feature = "component-async")]
    if !is_open(cx, &lower.way) {
        return Ok(false);
    }
    cx.live.instance(canon.inst)?.trap_unless_may_leave()?;
    #[cfg(feature = "component-async")]
    if is_held_back(cx, lower)? {
        return Ok(false);
    }
    let func = cx.linked.func(lower.func)?;
    let FuncKind::Lifted { callee, .. } = func.kind else { return Err(not_lifted().into()) };
    let inst = func.inst;
    boundary::check_entry(cx, inst)?;
    let result_pointer = lower.result_pointer(cx);
    let caller = DirectCaller::Component { inst: canon.inst, lower: id, result_pointer };
    let direct = new(cx, inst, Work::Func(lower.func), caller);
    begin(cx, direct.with(numbers.is_async, func.needs_exclusive()))?;
    let slots = (usize::from(numbers.count), usize::from(lower.result_pointer));
    cx.machine.call_above_with(cx.core, TOKEN, callee, slots, |slots| numbers.cross(slots))?;
    Ok(true)
}

/// What there is to know of a canonical function that lowers one of numbers.
#[inline]
pub(super) fn of_numbers(canon: &CanonFunc) -> Option<(&CanonFunc, &Lower, &Numbers)> {
    match &canon.kind {
        CanonKind::Lower(lower @ Lower { way: Way::Numbers(numbers), .. }) => Some((canon, lower, numbers)),
        #[cfg(feature = "component-async")]
        CanonKind::Lower(lower @ Lower { way: Way::Async(Some(numbers)), .. }) => Some((canon, lower, numbers)),
        _ => None,
    }
}

#[cold]
fn not_lifted() -> Bug {
    bug!("a direct call of the host's")
}

/// `canon lower` and `canon lift` up to where the callee runs.
pub(in crate::component) fn call<'a>(
    cx: &mut Cx<'a>,
    id: CanonId,
    (canon, lower): (&'a CanonFunc, &'a Lower),
    result_pointer: u64,
) -> Result<Flow> {
    let func = cx.linked.func(lower.func)?;
    let caller = DirectCaller::Component { inst: canon.inst, lower: id, result_pointer };
    let callee = match func.kind {
        FuncKind::Lifted { callee, .. } => callee,
        #[cfg(not(feature = "component-async"))]
        FuncKind::Host(host) => {
            begin(cx, new(cx, canon.inst, Work::Host(host), caller))?;
            return Ok(Flow::Host(host));
        }
        #[cfg(feature = "component-async")]
        FuncKind::Host(_) => return Err(not_lifted().into()),
    };
    boundary::check_entry(cx, func.inst)?;
    let (from, to) = sides(cx, canon, lower, func)?;
    let (from_params, ty) = (from.types().func(lower.ty)?.params, to.types().func(func.ty)?);
    let direct = new(cx, func.inst, Work::Func(lower.func), caller);
    begin(cx, direct.with(ty.is_async, func.needs_exclusive()))?;
    let slots = FlatOut::of(cx.machine.args(canon.params as usize))?;
    let max = MaxFlat { from: lower.max_flat_params(), to: MAX_FLAT_PARAMS };
    let mut args = FlatOut::new();
    cross_params(cx, (from, to), (from_params, ty.params), max, FlatIn::new(slots.slots()), &mut args)?;
    push_call(cx, callee, args.slots())?;
    Ok(Flow::Run)
}

/// The caller's side and the callee's.
#[inline(always)]
pub(super) fn sides<'a>(
    cx: &Cx<'a>,
    canon: &CanonFunc,
    lower: &'a Lower,
    func: &'a Func,
) -> Result<(Side<'a>, Side<'a>)> {
    let FuncKind::Lifted { opts, .. } = &func.kind else { return Err(not_lifted().into()) };
    let from = boundary::side(cx, canon.inst, &lower.opts, NOBODY)?;
    Ok((from, boundary::side(cx, func.inst, opts, NOBODY)?))
}

/// Puts a call of a core function for the topmost direct call on top of the machine.
pub fn push_call(cx: &mut Cx<'_>, func: store::FuncId, args: &[u64]) -> Result<()> {
    boundary::push_marked(cx, TOKEN, func, args)
}

/// A call that begins now.
#[inline(always)]
fn new(cx: &Cx<'_>, inst: ComponentInstanceId, work: Work, caller: DirectCaller) -> Direct {
    Direct::new(inst, work, caller, cx.machine.depth(), cx.live.lent.len())
}

/// Begins a call, whose core function is still to be called. Inlined, so that its parts are written where they stay:
/// what is written in parts and moved as a whole would be waited for.
#[inline(always)]
fn begin(cx: &mut Cx<'_>, direct: Direct) -> Result<()> {
    cx.live.lock_directly(&direct, true)?;
    let directs = &mut cx.live.directs;
    if directs.len() == directs.capacity() {
        directs.grow()?;
    }
    directs.push_within_capacity(direct);
    Ok(())
}

/// The topmost call's core function has returned.
#[inline]
pub(in crate::component) fn returned(cx: &mut Cx<'_>) -> Result<Flow> {
    let direct = cx.live.directs.last().ok_or_else(gone)?;
    if direct.phase == Phase::PostReturn {
        let (inst, caller, result) = (direct.inst, direct.caller, direct.result);
        cx.live.set_may_leave(inst, true)?;
        return end(cx, caller, result);
    }
    match direct.caller {
        DirectCaller::Host | DirectCaller::Handed { .. } | DirectCaller::Engine(_) => end(cx, direct.caller, None),
        DirectCaller::Component { inst, lower, result_pointer } => {
            let canon = cx.linked.canon(lower)?;
            let lower = super::lower::of(&canon.kind)?;
            let Way::Numbers(numbers) = &lower.way else { return returned_with(cx, canon, lower, result_pointer) };
            let result = match (numbers.result, cx.machine.args(1)) {
                (Some(ty), [slot]) => Some(normalize(ty, *slot)?),
                (None, _) => None,
                _ => return Err(bug!("a function without its result").into()),
            };
            finish(cx, inst, canon.params as usize + result.as_slice().len(), result)
        }
    }
}

/// The same, where values are not all numbers or the function is an async one.
fn returned_with<'a>(cx: &mut Cx<'a>, canon: &'a CanonFunc, lower: &'a Lower, result_pointer: u64) -> Result<Flow> {
    let func = cx.linked.func(lower.func)?;
    #[cfg(feature = "component-async")]
    if let FuncKind::Lifted { opts, .. } = &func.kind
        && opts.is_async
    {
        return super::direct_async::returned(cx, opts.callback.is_some());
    }
    let (to, from) = sides(cx, canon, lower, func)?;
    let ty = from.types().func(func.ty)?.result;
    let slot = result_slot(cx, ty);
    let mut result = None;
    if ty.is_some() {
        let types = (ty, to.types().func(lower.ty)?.result);
        let max = MaxFlat { from: MAX_FLAT_RESULTS, to: lower.max_flat_results() };
        let mut out = FlatOut::new();
        cross_result(cx, (from, to), types, max, FlatIn::new(slot.as_slice()), result_pointer, &mut out)?;
        result = out.slots().first().copied();
    }
    result_crossed(cx, (canon, lower), &from, slot, result)
}

/// The result, which the callee returned in that slot, has crossed from that side.
pub(super) fn result_crossed(
    cx: &mut Cx<'_>,
    (canon, lower): (&CanonFunc, &Lower),
    from: &Side<'_>,
    slot: Option<u64>,
    result: Option<u64>,
) -> Result<Flow> {
    #[cfg(feature = "component-async")]
    if cx.live.directs.is_empty() {
        return resolved(cx, result);
    }
    #[cfg(not(feature = "component-async"))]
    cx.live.check_borrows()?;
    if from.opts.post_return.is_some() {
        return post_return(cx, from, slot, result);
    }
    finish(cx, canon.inst, canon.params as usize + slot.as_slice().len(), lower.returned(result))
}

/// The result has crossed, and `realloc` has asked for the current thread meanwhile: the call goes
/// on as an ordinary one.
#[cold]
#[cfg(feature = "component-async")]
fn resolved(cx: &mut Cx<'_>, result: Option<u64>) -> Result<Flow> {
    let task = cx.live.current_task()?;
    let subtask = &mut cx.live.task(task)?.subtask;
    (subtask.state, subtask.flat_result) = (SubtaskState::Returned, result);
    let flow = lift::after_result(cx, task)?;
    run::proceed(cx, flow)
}

/// The result has crossed, from that side, which has a `post-return`: it gets the core value that was returned.
fn post_return(cx: &mut Cx<'_>, from: &Side<'_>, slot: Option<u64>, result: Option<u64>) -> Result<Flow> {
    let post_return = from.opts.post_return.ok_or_else(gone)?;
    cx.machine.pop(slot.as_slice().len());
    cx.live.set_may_leave(from.inst, false)?;
    let direct = cx.live.directs.last_mut().ok_or_else(gone)?;
    (direct.phase, direct.result) = (Phase::PostReturn, result);
    push_call(cx, post_return, slot.as_slice())?;
    Ok(Flow::Run)
}

/// The core value that a function with such a result returned: the value, or a pointer to it.
fn result_slot(cx: &Cx<'_>, ty: Option<ValType>) -> Option<u64> {
    ty.and_then(|_| cx.machine.args(1).first().copied())
}

/// The call has ended: its caller goes on with the result.
pub(super) fn end(cx: &mut Cx<'_>, caller: DirectCaller, result: Option<u64>) -> Result<Flow> {
    let DirectCaller::Component { inst, lower, .. } = caller else {
        cx.live.directs.pop();
        return Ok(Flow::Run);
    };
    let canon = cx.linked.canon(lower)?;
    let result = super::lower::of(&canon.kind)?.returned(result);
    finish(cx, inst, canon.params as usize, result)
}

/// The same where the caller is a component; the result takes the place of so many slots.
fn finish(cx: &mut Cx<'_>, caller: ComponentInstanceId, slots: usize, result: Option<u64>) -> Result<Flow> {
    let direct = cx.live.directs.pop().ok_or_else(gone)?;
    cx.live.lock_directly(&direct, false)?;
    #[cfg(feature = "component-async")]
    cx.live.return_lent(caller, direct.lent)?;
    #[cfg(not(feature = "component-async"))]
    cx.live.return_lent(Some(caller), direct.lent)?;
    // The host may have entered the caller meanwhile, and it may have trapped there.
    boundary::trap_if_poisoned(cx, caller)?;
    cx.machine.finish_call(&cx.core.state.quota.limits, slots, result.as_slice())?;
    Ok(Flow::Run)
}

#[cold]
pub(super) fn gone() -> Bug {
    bug!("a direct call that is not there")
}

/// Calls a destructor that takes a handle's number, for a component that has dropped the handle, or for the host.
pub(in crate::component) fn call_dtor(
    cx: &mut Cx<'_>,
    (inst, func): (ComponentInstanceId, store::FuncId),
    by: DirectCaller,
    rep: u32,
) -> Result<Flow> {
    begin(cx, new(cx, inst, Work::Dtor, by))?;
    push_call(cx, func, &[u64::from(rep)])?;
    Ok(Flow::Run)
}

/// Calls the start function of a core module, of which nobody but the host knows.
#[cfg(not(feature = "component-async"))]
pub(in crate::component) fn call_start(cx: &mut Cx<'_>, inst: ComponentInstanceId, func: store::FuncId) -> Result<()> {
    begin(cx, new(cx, inst, Work::Start, DirectCaller::Host))?;
    push_call(cx, func, &[])
}

/// Begins a call of the host's to a function of its own that a component, that instance, has handed on.
#[cfg(not(feature = "component-async"))]
pub(super) fn begin_handed(cx: &mut Cx<'_>, inst: ComponentInstanceId, id: FuncId) -> Result<()> {
    begin(cx, new(cx, inst, Work::Func(id), DirectCaller::Handed { params: 0, result_pointer: 0 }))
}

/// A function of the host has returned: its caller, a component, goes on.
#[cfg(not(feature = "component-async"))]
pub(in crate::component) fn finish_host(cx: &mut Cx<'_>, result: Option<u64>) -> Result<()> {
    let DirectCaller::Component { inst, lower, .. } = cx.live.running()?.caller else { return Err(gone().into()) };
    let params = cx.linked.canon(lower)?.params as usize;
    finish(cx, inst, params, result).map(|_| ())
}

/// Begins a call of an instance's `realloc`, which the engine runs to its end.
pub(in crate::component) fn begin_realloc(cx: &mut Cx<'_>, inst: ComponentInstanceId) -> Result<()> {
    begin(cx, new(cx, inst, Work::Realloc, DirectCaller::Engine(inst)))
}

/// Its end.
pub(in crate::component) fn end_realloc(cx: &mut Cx<'_>) -> Result<()> {
    match cx.live.directs.pop() {
        Some(_) => Ok(()),
        // It has used the storage of its thread.
        #[cfg(feature = "component-async")]
        None => {
            let task = cx.live.current_task()?;
            lift::end_unnoticed(cx, task)
        }
        #[cfg(not(feature = "component-async"))]
        None => Err(gone().into()),
    }
}

/// A call of the host's: the core function, its type, and the side that values are lowered to and lifted from.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub struct HostCall<'a> {
    pub callee: store::FuncId,
    pub ty: FuncType<'a>,
    pub side: Side<'a>,
}

/// What there is to know of a call.
#[inline(always)]
pub fn host_call<'a>(cx: &Cx<'a>, func: &'a Func) -> Result<HostCall<'a>> {
    let (callee, opts) = func.lifted()?;
    let side = boundary::side(cx, func.inst, opts, NOBODY)?;
    Ok(HostCall { callee, ty: side.types().func(func.ty)?, side })
}

/// Begins a call of the host's; `None` where it has to be an ordinary one. The host lowers the
/// arguments to that side, and then there is [`start_host`].
#[cfg(feature = "component-async")]
#[inline(always)]
pub fn begin_host<'a>(cx: &mut Cx<'a>, id: FuncId) -> Result<Option<HostCall<'a>>> {
    let func = cx.linked.func(id)?;
    match &func.kind {
        // What the host lends, it lends to a task; and it may want to know when others go on.
        FuncKind::Lifted { way: way @ (Way::Direct | Way::Numbers(_)), .. } if is_open(cx, way) => {
            boundary::check_entry(cx, func.inst)?;
            begin(cx, new(cx, func.inst, Work::Func(id), DirectCaller::Host))?;
            host_call(cx, func).map(Some)
        }
        _ => Ok(None),
    }
}

/// Begins a call of the host's. The host lowers the arguments to that side, and then calls the function with them.
#[cfg(not(feature = "component-async"))]
pub fn begin_host<'a>(cx: &mut Cx<'a>, id: FuncId) -> Result<HostCall<'a>> {
    let func = cx.linked.func(id)?;
    let call = host_call(cx, func)?;
    boundary::check_entry(cx, func.inst)?;
    begin(cx, new(cx, func.inst, Work::Func(id), DirectCaller::Host))?;
    Ok(call)
}

/// Calls the function with its lowered arguments, and runs until something is needed.
#[cfg(feature = "component-async")]
#[inline(always)]
pub fn start_host(cx: &mut Cx<'_>, call: &HostCall<'_>, args: &FlatOut) -> Result<Stop> {
    #[cfg(crossings)]
    if let Some(callee) = super::crossed::may_run(cx, call.callee) {
        return super::crossed::run_call(cx, callee, args.slots());
    }
    push_call(cx, call.callee, args.slots())?;
    boundary::run(cx)
}

/// Whether the call that the host waits for has returned.
#[cfg(feature = "component-async")]
#[inline(always)]
pub fn has_returned(cx: &Cx<'_>) -> bool {
    matches!(cx.live.directs.last(), Some(Direct { caller: DirectCaller::Host, phase: Phase::Callee, .. }))
}

/// The call that the host waits for, where its function has returned.
#[cfg(not(feature = "component-async"))]
pub fn returned_to_host<'a>(cx: &Cx<'a>) -> Result<Option<HostCall<'a>>> {
    match cx.live.directs.last() {
        Some(&Direct { caller: DirectCaller::Host, phase: Phase::Callee, work: Work::Func(id), .. }) => {
            host_call(cx, cx.linked.func(id)?).map(Some)
        }
        _ => Ok(None),
    }
}

/// Then: the core value that the host lifts the result from.
#[inline(always)]
pub fn host_result(cx: &Cx<'_>, call: &HostCall<'_>) -> Option<u64> {
    result_slot(cx, call.ty.result)
}

/// The host has lifted the result from that value.
pub fn end_host(cx: &mut Cx<'_>, from: &Side<'_>, slot: Option<u64>) -> Result<()> {
    #[cfg(not(feature = "component-async"))]
    {
        let lent = cx.live.running()?.lent;
        cx.live.return_lent(None, lent)?;
        cx.live.check_borrows()?;
    }
    if from.opts.post_return.is_some() {
        return post_return(cx, from, slot, None).map(|_| ());
    }
    cx.machine.pop(slot.as_slice().len());
    cx.live.directs.pop();
    Ok(())
}
