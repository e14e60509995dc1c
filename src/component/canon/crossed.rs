//! Calls from component to component that the dispatcher runs by itself (see [`exec::crossing`](crate::exec::crossing)):
//! which functions are called so, and what is made of such calls once core code stops.
//!
//! What decides whether a call may begin is the same for all of them as long as no instance of the store is
//! locked down or paused or may not be left, and nobody looks on. Then nothing of a call is written down but
//! its frame; it is a [`Direct`] one once anything else happens. Calls of async functions may be held back besides: see
//! [`Live::held`].

use super::async_builtin::AsyncBuiltin;
use super::direct::{TOKEN, Way, number};
use super::{CanonFunc, CanonKind, Lower, Options, lower};
use crate::component::abi::context::Cx;
use crate::component::boundary;
use crate::component::linking::Linking;
use crate::component::state::direct::{Direct, DirectCaller};
use crate::component::state::{CanonId, FuncKind, Linked, Live, Work};
use crate::error::Result;
use crate::exec::Stop;
use crate::exec::crossing::Crossed;
use crate::store::{self, Crossing, CrossingCall, CrossingId, CrossingKind, CrossingTask, TaskReturn};
use crate::syntax::AddrType;
use crate::types::ComponentTypes;
use crate::types::component::{Defined, ExternType, FuncType, Mentions, PrimValType, ValType};
use crate::types::flatten::{Flat, MAX_FLAT_PARAMS};

/// Bytes of a value at most: larger ones take fuel, which the owner charges.
const MOST_BYTES: u32 = 256;
/// Types that one is made of at most, shared ones counted wherever they stand: each function's are looked at.
const MOST_PARTS: u32 = 256;

/// [`Machine::run`](crate::exec::Machine::run), with such calls.
pub(in crate::component) fn run(cx: &mut Cx<'_>) -> Result<Stop> {
    let Cx { linked, core, live, machine, .. } = cx;
    #[cfg(feature = "text")]
    let is_observed = live.observed.observer.is_some();
    #[cfg(not(feature = "text"))]
    let is_observed = false;
    let is_open = live.closed == 0 && !is_observed;
    core::mem::swap(&mut live.held, &mut core.state.crossings.calls.held);
    let stop = machine.run_across(core, is_open, TOKEN, |crossed| known(linked, live, crossed));
    core::mem::swap(&mut live.held, &mut core.state.crossings.calls.held);
    stop
}

/// Such a call has begun, and anything may happen now.
fn known(linked: &Linked, live: &mut Live, crossed: Crossed) -> Result<()> {
    let Crossed { canon: id, base, last_argument, has_returned } = crossed;
    let id = CanonId::new(id);
    let canon = linked.canon(id)?;
    let lower = lower::of(&canon.kind)?;
    let func = linked.func(lower.func)?;
    let result_pointer = if lower.result_pointer { boundary::pointer(&lower.opts, last_argument) } else { 0 };
    let caller = DirectCaller::Component { inst: canon.inst, lower: id, result_pointer };
    let direct = Direct::new(func.inst, Work::Func(lower.func), caller, base, live.lent.len());
    let is_async = lower.opts.is_async;
    let direct = Direct { is_async, has_returned, needs_exclusive: func.needs_exclusive(), ..direct };
    // Dispatchers have noted the same themselves.
    live.lock_directly(&direct, true)?;
    if let Err(error) = live.directs.push(direct) {
        // Nobody will know of the call when the others are given up.
        live.poison_instance(canon.inst);
        live.poison_instance(func.inst);
        return Err(error.into());
    }
    Ok(())
}

/// Makes a canonical function known to the dispatcher, if that can run it.
pub(in crate::component) fn add(cx: &mut Linking<'_>, id: CanonId, canon: &CanonFunc) -> Result<Option<CrossingId>> {
    let kind = match &canon.kind {
        CanonKind::Lower(lower) => call(cx, canon, lower)?.map(CrossingKind::Call),
        CanonKind::Async(AsyncBuiltin::TaskReturn(ty, opts)) => {
            let result = ty.and_then(number);
            (result.is_some() == ty.is_some()).then(|| CrossingKind::TaskReturn(returns(result, opts)))
        }
        _ => None,
    };
    let Some(kind) = kind else { return Ok(None) };
    Ok(Some(cx.core.state.crossings.funcs.push(Crossing { canon: id.raw(), kind })?))
}

/// A function that an instance has lowered.
fn call(cx: &mut Linking<'_>, canon: &CanonFunc, lower: &Lower) -> Result<Option<CrossingCall>> {
    let func = *cx.func(lower.func)?;
    let FuncKind::Lifted { callee, opts, way } = &func.kind else { return Ok(None) };
    let Some(store::FuncKind::Wasm { instance, func: callee }) = cx.core.state.funcs.get(*callee).map(|func| func.kind)
    else {
        return Ok(None);
    };
    let inst = cx.live.instance(func.inst)?;
    let is_plain = opts.post_return.is_none() && func.inst != canon.inst;
    let Some(image) = cx.images.get(inst.image).filter(|_| is_plain) else { return Ok(None) };
    let ty = image.types.func(func.ty)?;
    let narrow = opts.pointer == AddrType::I32 && lower.opts.pointer == AddrType::I32;
    let result = match (way, lower.result_pointer, opts.memory, lower.opts.memory) {
        (Way::Async(_), true, _, Some(_)) if narrow => None,
        (_, false, ..) => None,
        (_, true, Some(from), Some(to)) if from != to && narrow => Some((from, to)),
        _ => return Ok(None),
    };
    let task = match way.lowered_async() {
        Way::Async(Some(numbers)) if opts.callback.is_some() && lower.opts.is_async => {
            let memory = lower.opts.memory.filter(|_| lower.result_pointer);
            Some(CrossingTask { inst: func.inst.raw(), returns: returns(numbers.result, opts), memory })
        }
        _ => None,
    };
    let is_sync = matches!(way, Way::Direct | Way::Numbers(_)) && !lower.opts.is_async;
    if !crosses(&image.types, ty) || !(is_sync || task.is_some()) {
        return Ok(None);
    }
    let integers = match way {
        Way::Numbers(numbers) | Way::Async(Some(numbers)) => numbers.integers(),
        _ => None,
    };
    let image = cx.core.add_image(image)?;
    Ok(Some(CrossingCall { instance, func: callee, image, ty: func.ty, params: canon.params, result, integers, task }))
}

/// How `task.return` is made known, or what it has to be.
fn returns(result: Option<PrimValType>, opts: &Options) -> TaskReturn {
    TaskReturn { result, string_encoding: opts.string_encoding, memory: opts.memory }
}

/// Whether values of such a function are few and small, and made of numbers.
fn crosses(types: &ComponentTypes, ty: FuncType<'_>) -> bool {
    let layout = |ty: ValType| types.layout(ty, AddrType::I32);
    let flat = ty.params.iter().fold(Flat::NONE, |flat, param| flat.then(layout(param.ty).flat));
    let is_small = |ty| layout(ty).size <= MOST_BYTES && types.facts_of(ExternType::Value(ty)).size <= MOST_PARTS;
    let mut values = ty.params.iter().map(|param| param.ty).chain(ty.result);
    !flat.exceeds(MAX_FLAT_PARAMS) && values.all(|ty| is_small(ty) && is_simple(types, ty))
}

/// Whether a type is made of numbers. Types are nested no deeper than `Limits::nesting_depth`, and so is this recursion.
fn is_simple(types: &ComponentTypes, ty: ValType) -> bool {
    let mentions = types.facts_of(ExternType::Value(ty)).mentions;
    if mentions.intersects(Mentions::POINTER | Mentions::RESOURCE | Mentions::ASYNC_VALUE) {
        return false;
    }
    let ValType::Defined(id) = ty else { return ty != ValType::Primitive(PrimValType::ErrorContext) };
    let all = |ty: Option<ValType>| ty.is_none_or(|ty| is_simple(types, ty));
    match types.defined(id) {
        Ok(Defined::Record(fields)) => fields.iter().all(|field| is_simple(types, field.ty)),
        Ok(Defined::Tuple(items)) => items.iter().all(|ty| is_simple(types, *ty)),
        Ok(Defined::Variant(cases)) => cases.iter().all(|case| all(case.ty)),
        Ok(Defined::Option(ty)) => is_simple(types, ty),
        Ok(Defined::Result { ok, err }) => all(ok) && all(err),
        Ok(Defined::Flags(_) | Defined::Enum(_)) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
