//! Calls from component to component that the dispatcher runs by itself (see [`exec::crossing`](crate::exec::crossing)):
//! which functions are called so, and what is made of such calls once core code stops. Built-ins of resources and
//! of threads' storage go the same way.
//!
//! What decides whether a call may begin is the same for all of them as long as no instance of the store is
//! locked down or paused or may not be left, and nobody looks on. Then nothing of a call is written down but
//! its frame; it is a [`Direct`](crate::component::state::direct::Direct) one once anything else happens. Calls of async
//! functions may be held back besides: see [`Live::held`](crate::component::state::Live::held).

mod books;
pub mod hosted;
mod passing;

use self::books::{Books, Desk};
use self::hosted::Hosted;
use super::async_builtin::AsyncBuiltin;
use super::direct::{TOKEN, Way, number};
use super::{CanonFunc, CanonKind, Lower, Options, Realloc, stream};
use crate::component::abi::context::Cx;
use crate::component::linking::Linking;
use crate::component::state::{CanonId, Dtor, FuncKind, Live, ResourceTypeId, SubtaskState};
use crate::error::Result;
use crate::exec::{Stop, crossing};
use crate::store::{
    self, Crossing, CrossingCall, CrossingId, CrossingKind, CrossingTask, InstanceId, OwnedCrossing, TaskReturn,
};
use crate::syntax::AddrType;
use crate::types::ComponentTypes;
use crate::types::component::{Defined, ExternType, FuncType, Mentions, PrimValType, ValType};
use crate::types::flatten::{Flat, MAX_FLAT_PARAMS};

/// Bytes of a value at most: larger ones take fuel, which the owner charges.
const MOST_BYTES: u32 = 256;
/// Types that one is made of at most, shared ones counted wherever they stand: each function's are looked at.
const MOST_PARTS: u32 = 256;

const _: () = assert!(SubtaskState::Returned as u64 == crossing::RETURNED);

/// [`Machine::run`](crate::exec::Machine::run), with such calls.
#[inline]
pub(in crate::component) fn run(cx: &mut Cx<'_>) -> Result<Stop> {
    run_with(cx, None, &mut None)
}

/// Whether calls may cross at all.
#[inline]
fn may_cross(live: &Live) -> bool {
    #[cfg(feature = "text")]
    let is_observed = live.observed.observer.is_some();
    #[cfg(not(feature = "text"))]
    let is_observed = false;
    live.closed == 0 && !is_observed
}

/// The core function, if calls may cross and an instance defines it.
#[inline]
pub(super) fn may_run(cx: &Cx<'_>, func: store::FuncId) -> Option<Callee> {
    match cx.core.state.funcs.get(func)?.kind {
        store::FuncKind::Wasm { instance, func } if may_cross(cx.live) => Some((instance, func)),
        _ => None,
    }
}

/// Calls such a function for the topmost direct call, and runs.
pub(super) fn run_call(cx: &mut Cx<'_>, callee: Callee, args: &[u64]) -> Result<Stop> {
    let limits = &cx.core.state.quota.limits;
    cx.machine.push_boundary(limits, TOKEN)?;
    cx.machine.push(limits, args)?;
    run_with(cx, Some(callee), &mut None)
}

/// The same, from the beginning of that function if there is one, while a call of the host's waits for `realloc`.
#[inline(always)]
fn run_with(cx: &mut Cx<'_>, mut callee: Option<Callee>, hosted: &mut Option<Hosted<'_>>) -> Result<Stop> {
    let linked = cx.linked;
    // A guest can have as many calls go on the longer way as it likes.
    loop {
        let Cx { core, live, machine, .. } = &mut *cx;
        if !may_cross(live) {
            return machine.run(core);
        }
        // Handles are fewer than 2³².
        let lent = live.lent.len() as u32;
        core::mem::swap(&mut live.held, &mut core.state.crossings.calls.held);
        let mut books = Books { linked, desk: Desk { live, passing: None }, last: None, hosted };
        let stop = machine.run_across(core, &mut books, callee.take(), (TOKEN, lent));
        let passing = books.last.map(|(_, call)| call).zip(books.desk.passing);
        core::mem::swap(&mut live.held, &mut core.state.crossings.calls.held);
        let Some(passing) = passing else {
            return match stop {
                // Most often. What was just written in parts and is moved as a whole would be waited for.
                Ok(Stop::ReturnInto(token)) => Ok(Stop::ReturnInto(token)),
                stop => stop,
            };
        };
        passing::go_on(cx, passing, stop)?;
    }
}

/// Makes a canonical function known to the dispatcher, if that can run it.
pub(in crate::component) fn add(cx: &mut Linking<'_>, id: CanonId, canon: &CanonFunc) -> Result<Option<CrossingId>> {
    let kind = match &canon.kind {
        CanonKind::Lower(lower) => call(cx, canon, lower)?,
        CanonKind::ResourceDrop(rt) => dropping(cx, canon, *rt)?,
        CanonKind::ResourceNew(_)
        | CanonKind::ResourceRep(_)
        | CanonKind::ContextGet(..)
        | CanonKind::ContextSet(..) => Some(owned(canon, 0, None)),
        CanonKind::Async(AsyncBuiltin::TaskReturn(ty, opts)) => {
            let result = ty.and_then(number);
            (result.is_some() == ty.is_some()).then(|| CrossingKind::TaskReturn(returns(result, opts)))
        }
        CanonKind::Async(AsyncBuiltin::Copy(_, ty, _)) => stream::may_end_at_once(*ty).then(|| owned(canon, 0, None)),
        _ => None,
    };
    let Some(kind) = kind else { return Ok(None) };
    Ok(Some(cx.core.state.crossings.funcs.push(Crossing { canon: id.raw(), kind })?))
}

/// A core function that code defines.
type Callee = (InstanceId, u32);

fn defined(cx: &Linking<'_>, func: store::FuncId) -> Option<Callee> {
    match cx.core.state.funcs.get(func)?.kind {
        store::FuncKind::Wasm { instance, func } => Some((instance, func)),
        _ => None,
    }
}

/// A function that the owner is asked for, so many of whose arguments stay while its callee runs.
fn owned(canon: &CanonFunc, kept: u32, callee: Option<Callee>) -> CrossingKind {
    let (param_realloc, result_realloc, post_return) = (None, None, None);
    CrossingKind::Owned(OwnedCrossing {
        params: canon.params,
        kept,
        callee,
        param_realloc,
        result_realloc,
        has_result: true,
        post_return,
    })
}

/// `canon resource.drop`, which may call a destructor.
fn dropping(cx: &Linking<'_>, canon: &CanonFunc, rt: ResourceTypeId) -> Result<Option<CrossingKind>> {
    Ok(match cx.live.resource_type(rt)?.dtor {
        Dtor::None => Some(owned(canon, 0, None)),
        Dtor::Core(func) => defined(cx, func).map(|callee| owned(canon, 0, Some(callee))),
        Dtor::Host(_) => None,
    })
}

/// A function that an instance has lowered.
fn call(cx: &mut Linking<'_>, canon: &CanonFunc, lower: &Lower) -> Result<Option<CrossingKind>> {
    let func = *cx.func(lower.func)?;
    let FuncKind::Lifted { callee, opts, way } = &func.kind else { return Ok(None) };
    let Some((instance, callee)) = defined(cx, *callee) else { return Ok(None) };
    let inst = cx.live.instance(func.inst)?;
    let Some(image) = cx.images.get(inst.image).filter(|_| func.inst != canon.inst) else { return Ok(None) };
    let ty = image.types.func(func.ty)?;
    let narrow = opts.pointer() == AddrType::I32 && lower.opts.pointer() == AddrType::I32;
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
    let is_sync = matches!(way, Way::Direct | Way::Numbers(_) | Way::Lends) && !lower.opts.is_async;
    let Some(values) = crosses(&image.types, ty).filter(|_| is_sync || task.is_some()) else { return Ok(None) };
    if values.are_owned() || opts.post_return.is_some() {
        return Ok(if is_sync { owned_call(cx, (canon, lower), opts, (instance, callee), values) } else { None });
    }
    let integers = match way {
        Way::Numbers(numbers) | Way::Async(Some(numbers)) => numbers.integers(),
        _ => None,
    };
    let image = cx.core.add_image(image)?;
    let call =
        CrossingCall { instance, func: callee, image, ty: func.ty, params: canon.params, result, integers, task };
    Ok(Some(CrossingKind::Call(call)))
}

/// A call whose values the owner sees to, if what it runs besides its callee is there.
fn owned_call(
    cx: &Linking<'_>,
    (canon, lower): (&CanonFunc, &Lower),
    opts: &Options,
    callee: Callee,
    values: Values,
) -> Option<CrossingKind> {
    let core_func = |func: Option<store::FuncId>| match func {
        Some(func) => defined(cx, func).map(Some),
        None => Some(None),
    };
    let narrow = opts.pointer == AddrType::I32 && lower.opts.pointer == AddrType::I32;
    // Validation saw to it that there are memories where pointers are.
    if values.have_parts() && !(narrow && opts.memory != lower.opts.memory) {
        return None;
    }
    let realloc = |opts: &Options, parts: u32| match opts.realloc {
        _ if parts == 0 => Some(None),
        Realloc::Func(func) => core_func(Some(func)),
        Realloc::None | Realloc::Scratch => None,
    };
    Some(CrossingKind::Owned(OwnedCrossing {
        params: canon.params,
        kept: canon.params,
        callee: Some(callee),
        param_realloc: realloc(opts, values.params.parts)?,
        result_realloc: realloc(&lower.opts, values.result.parts)?,
        has_result: values.has_result && !lower.result_pointer,
        post_return: core_func(opts.post_return)?,
    }))
}

/// How `task.return` is made known, or what it has to be.
fn returns(result: Option<PrimValType>, opts: &Options) -> TaskReturn {
    TaskReturn { result, string_encoding: opts.string_encoding, memory: opts.memory }
}

/// What values have in them besides numbers.
#[derive(Clone, Copy, Debug, Default)]
struct Contents {
    handles: u32,
    /// Strings, and lists of bytes that are copied as they are.
    parts: u32,
}

/// What a function's values have in them.
#[derive(Clone, Copy, Debug)]
struct Values {
    has_result: bool,
    params: Contents,
    result: Contents,
}

impl Values {
    fn have_parts(self) -> bool {
        self.params.parts + self.result.parts > 0
    }

    /// Whether the owner is asked for them.
    fn are_owned(self) -> bool {
        self.params.handles + self.result.handles > 0 || self.have_parts()
    }
}

/// Whether values of such a function are few and small, and made of numbers, strings, lists that are copied as they are,
/// and at most one handle each way, so that nothing has changed when it turns out that it is none: if so, what of these.
/// The index of a handle in a result is written first, so there are no others in it.
fn crosses(types: &ComponentTypes, ty: FuncType<'_>) -> Option<Values> {
    let layout = |ty: ValType| types.layout(ty, AddrType::I32);
    let flat = ty.params.iter().fold(Flat::NONE, |flat, param| flat.then(layout(param.ty).flat));
    if flat.exceeds(MAX_FLAT_PARAMS) {
        return None;
    }
    let (mut params, mut result) = (Contents::default(), Contents::default());
    let add = |ty: ValType, sum: &mut Contents| {
        let is_small = layout(ty).size <= MOST_BYTES && types.facts_of(ExternType::Value(ty)).size <= MOST_PARTS;
        if is_small { contents(types, ty, sum) } else { None }
    };
    ty.params.iter().try_for_each(|param| add(param.ty, &mut params))?;
    ty.result.map_or(Some(()), |ty| add(ty, &mut result))?;
    let has_few = params.handles <= 1 && result.handles <= 1 && (result.handles == 0 || result.parts == 0);
    has_few.then_some(Values { has_result: ty.result.is_some(), params, result })
}

/// Adds what is in a type that is made of these. Types are nested no deeper than `Limits::nesting_depth`, and so is this
/// recursion.
fn contents(types: &ComponentTypes, ty: ValType, sum: &mut Contents) -> Option<()> {
    let mentions = |ty: ValType| types.facts_of(ExternType::Value(ty)).mentions;
    let id = match ty {
        ValType::Primitive(PrimValType::ErrorContext) => return None,
        ValType::Primitive(ty) => {
            sum.parts += u32::from(ty == PrimValType::String);
            return Some(());
        }
        ValType::Defined(id) => id,
    };
    if mentions(ty).intersects(Mentions::ASYNC_VALUE) {
        return None;
    }
    let mut add = |ty: Option<ValType>| ty.map_or(Some(()), |ty| contents(types, ty, sum));
    match types.defined(id).ok()? {
        Defined::Record(fields) => fields.iter().try_for_each(|field| add(Some(field.ty))),
        Defined::Tuple(items) => items.iter().try_for_each(|ty| add(Some(ty))),
        Defined::Variant(cases) => cases.iter().try_for_each(|case| add(case.ty)),
        Defined::Option(ty) => add(Some(ty)),
        Defined::Result { ok, err } => [ok, err].into_iter().try_for_each(add),
        Defined::Flags(_) | Defined::Enum(_) => Some(()),
        Defined::Own(_) | Defined::Borrow(_) => {
            sum.handles += 1;
            Some(())
        }
        Defined::List(elem) if !mentions(elem).contains(Mentions::CHECKED) => {
            sum.parts += 1;
            Some(())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
