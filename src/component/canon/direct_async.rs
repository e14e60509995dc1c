//! How a call ends that nobody has looked at, of a function lifted with the option `async`
//! (`CanonicalABI.md`, `canon lift`, `canon task.return`): see the parent of this kind of calls,
//! [`direct`](super::direct).

use super::lower::{self, cross_result};
use super::{CanonFunc, Options, callback, direct, lift, task};
use crate::component::abi::context::Cx;
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::abi::transfer::MaxFlat;
use crate::component::run::{self, Flow};
use crate::component::state::direct::{Direct, DirectCaller};
use crate::component::state::{FuncKind, SubtaskState, Work};
use crate::error::{Result, Trap};
use crate::types::component::ValType;
use crate::types::flatten::MAX_FLAT_PARAMS;

/// `canon task.return` in such a call; `None` where the current call is an ordinary one, or is to
/// be one.
pub(super) fn task_return(
    cx: &mut Cx<'_>,
    canon: CanonFunc,
    ty: Option<ValType>,
    opts: Options,
) -> Result<Option<Flow>> {
    let Some(Direct { work: Work::Func(id), caller, has_returned: false, .. }) = cx.live.directs.last() else {
        return Ok(None);
    };
    let DirectCaller::Component { inst, lower, result_pointer } = *caller else { return Ok(None) };
    let func = *cx.live.func(*id)?;
    if !matches!(func.kind, FuncKind::Lifted { opts, .. } if opts.is_async) || cx.live.instance(inst)?.poisoned {
        return Ok(None);
    }
    let caller = *cx.live.canon(lower)?;
    let lower = lower::of(&caller.kind)?;
    let (to, from) = direct::sides(cx, &caller, lower, &func)?;
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

/// The core function has returned.
pub(super) fn returned(cx: &mut Cx<'_>, direct: &Direct, opts: Options) -> Result<Flow> {
    if opts.callback.is_some() {
        if !callback::is_exit(cx) {
            cx.live.identify()?;
            let flow = callback::callback_returned(cx)?;
            return run::proceed(cx, flow);
        }
        cx.machine.pop(1);
    }
    if !direct.has_returned {
        return Err(Trap::TaskNotResolved.into());
    }
    direct::end(cx, direct)
}
