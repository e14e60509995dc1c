//! How a call ends that nobody has looked at, of a function lifted with the option `async`
//! (`CanonicalABI.md`, `canon lift`, `canon task.return`): see the parent of this kind of calls,
//! [`direct`](super::direct).

use super::lower::{self, cross_result};
use super::{CanonFunc, Options, callback, direct, lift, task};
use crate::component::abi::context::{Cx, check_alignment};
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::load::normalize;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::abi::string::range_mut;
use crate::component::abi::transfer::MaxFlat;
use crate::component::flow::Flow;
use crate::component::run;
use crate::component::state::direct::{Direct, DirectCaller};
use crate::component::state::{FuncKind, SubtaskState, Work};
use crate::error::{Result, Trap};
use crate::types::component::ValType;
use crate::types::flatten::MAX_FLAT_PARAMS;

/// `canon task.return` in such a call; `None` where the current call is an ordinary one, or is to
/// be one.
pub(super) fn task_return(
    cx: &mut Cx<'_>,
    canon: &CanonFunc,
    ty: Option<ValType>,
    opts: &Options,
) -> Result<Option<Flow>> {
    if return_number(cx, canon, ty, opts)? {
        return canon.done(cx, &[]).map(Some);
    }
    let Some(Direct { work: Work::Func(id), caller, has_returned: false, .. }) = cx.live.directs.last() else {
        return Ok(None);
    };
    let DirectCaller::Component { inst, lower, result_pointer } = *caller else { return Ok(None) };
    let func = cx.linked.func(*id)?;
    if !matches!(&func.kind, FuncKind::Lifted { opts, .. } if opts.is_async) || cx.live.instance(inst)?.poisoned {
        return Ok(None);
    }
    let caller = cx.linked.canon(lower)?;
    let lower = lower::of(&caller.kind)?;
    let (to, from) = direct::sides(cx, caller, lower, func)?;
    task::check_return(&from, func, ty, opts)?;
    let flat = FlatOut::of(cx.machine.args(canon.params as usize))?;
    let types = (from.types().func(func.ty)?.result, to.types().func(lower.ty)?.result);
    let max = MaxFlat { from: MAX_FLAT_PARAMS, to: lower.max_flat_results() };
    let mut out = FlatOut::new();
    cross_result(cx, (from, to), types, max, FlatIn::new(flat.slots()), result_pointer, &mut out)?;
    let result = out.slots().first().copied();
    match cx.live.directs.last_mut() {
        Some(direct) => (direct.result, direct.has_returned) = (result, true),
        // `realloc` has asked for the current thread meanwhile.
        None => {
            let task = cx.live.current_task()?;
            lift::return_(cx, task)?;
            let subtask = &mut cx.live.task(task)?.subtask;
            (subtask.state, subtask.flat_result) = (SubtaskState::Returned, result);
        }
    }
    canon.done(cx, &[]).map(Some)
}

/// The same where values are numbers; `false` where it is to be done, or to fail, the longer way.
fn return_number(cx: &mut Cx<'_>, canon: &CanonFunc, ty: Option<ValType>, opts: &Options) -> Result<bool> {
    let Some(Direct { work: Work::Func(id), caller, has_returned: false, .. }) = cx.live.directs.last() else {
        return Ok(false);
    };
    let DirectCaller::Component { inst, lower, result_pointer } = *caller else { return Ok(false) };
    let Some((_, lower, numbers)) = cx.linked.canons.get(lower).and_then(direct::of_numbers) else { return Ok(false) };
    let (FuncKind::Lifted { opts: lifted, .. }, ty) = (&cx.linked.func(*id)?.kind, ty) else { return Ok(false) };
    if !lifted.is_async || !task::equal_options(opts, lifted) || cx.live.instance(inst)?.poisoned {
        return Ok(false);
    }
    let number = match (ty, numbers.result, cx.machine.args(canon.params as usize)) {
        (Some(ValType::Primitive(ty)), Some(expected), [slot]) if ty == expected => Some((ty, normalize(ty, *slot)?)),
        (None, None, []) => None,
        _ => return Ok(false),
    };
    let mut result = number.map(|(_, bits)| bits);
    if let (Some((ty, bits)), true) = (number, lower.opts.is_async) {
        let memory = lower.opts.memory.and_then(|memory| cx.core.state.memories.get_mut(memory));
        if memory.and_then(|memory| store_number(memory.bytes_mut(), result_pointer, ty.size(), bits)).is_none() {
            return Ok(false);
        }
        result = None;
    }
    if let Some(direct) = cx.live.directs.last_mut() {
        (direct.result, direct.has_returned) = (result, true);
    }
    Ok(true)
}

/// `store` of a number; `None` where the address is no good one.
fn store_number(memory: &mut [u8], ptr: u64, size: u32, bits: u64) -> Option<()> {
    check_alignment(ptr, size).ok()?;
    let place = range_mut(memory, ptr, u64::from(size))?;
    place.copy_from_slice(bits.to_le_bytes().get(..place.len())?);
    Some(())
}

/// The core function has returned.
pub(super) fn returned(cx: &mut Cx<'_>, has_callback: bool) -> Result<Flow> {
    if has_callback {
        if !callback::is_exit(cx) {
            cx.live.identify()?;
            let flow = callback::callback_returned(cx)?;
            return run::proceed(cx, flow);
        }
        cx.machine.pop(1);
    }
    match cx.live.directs.last() {
        Some(Direct { has_returned: true, caller, result, .. }) => direct::end(cx, *caller, *result),
        _ => Err(Trap::TaskNotResolved.into()),
    }
}
