//! Calls out of a component (`CanonicalABI.md`, `canon lower`).

use super::{CanonKind, Lower};
use crate::component::abi::context::{Cx, Side, StringTags};
use crate::component::abi::lift_flat::{FlatIn, lift_flat_values};
use crate::component::abi::lower_flat::{FlatOut, lower_flat_values};
use crate::component::abi::step::{self, Step};
use crate::component::abi::transfer::{Both, Transfer};
use crate::component::boundary::{self, Entered};
use crate::component::state::{Caller, CanonId, Func, FuncKind, Phase, Task};
#[cfg(feature = "text")]
use crate::component::{
    observe::{self, OnSide, Which},
    state::{ComponentInstanceId, TaskId},
};
use crate::error::{Error, ErrorKind, Result, bug};
use crate::types::component::ValType;
use crate::types::flatten::{MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};

/// The lowered function of a canonical core function.
pub(in crate::component) fn of(kind: CanonKind) -> Result<Lower> {
    match kind {
        CanonKind::Lower(lower) => Ok(lower),
        _ => Err(bug!("a call through something else than a lowered function").into()),
    }
}

/// `canon lower`: begins the call; parameters cross.
pub fn lower(cx: &mut Cx<'_>, id: CanonId) -> Result<Entered> {
    let canon = *cx.live.canon(id)?;
    let lower = of(canon.kind)?;
    cx.live.instance(canon.inst)?.trap_unless_may_leave()?;
    let func = *cx.live.func(lower.func)?;
    let mut slots = [0; MAX_FLAT_PARAMS as usize + 1];
    let args = cx.machine.args(canon.params as usize);
    let slots = slots.get_mut(..args.len()).ok_or_else(|| bug!("more parameters than any lowered function has"))?;
    slots.copy_from_slice(args);
    let result_pointer = match slots.last() {
        Some(ptr) if lower.result_pointer => boundary::pointer(lower.opts, *ptr),
        _ => 0,
    };
    let caller = Caller::Component { inst: canon.inst, lower: id, result_pointer };
    match func.kind {
        FuncKind::Host(host) => {
            #[cfg(feature = "text")]
            {
                let from = boundary::side(cx, canon.inst, lower.opts, TaskId(0))?;
                observe_params(cx, [Some(canon.inst), None], &from, (lower, func), slots)?;
            }
            let task = cx.live.push_task(Task::new(None, caller, Phase::Host))?;
            Ok(Entered::Host { task, func: host })
        }
        FuncKind::Unsupported(feature) => Err(Error::new(ErrorKind::Unsupported(feature))),
        FuncKind::Lifted { callee, opts } => {
            boundary::check_entry(cx, func.inst)?;
            let task = cx.live.push_task(Task::new(Some(func.inst), caller, Phase::Callee(lower.func)))?;
            let from = boundary::side(cx, canon.inst, lower.opts, task)?;
            let to = boundary::side(cx, func.inst, opts, task)?;
            let mut out = FlatOut::new();
            cross_params(cx, from, to, lower, func, FlatIn::new(slots), &mut out)?;
            #[cfg(feature = "text")]
            observe_params(cx, [Some(canon.inst), Some(func.inst)], &from, (lower, func), slots)?;
            boundary::push_call(cx, task, callee, out.slots())?;
            Ok(Entered::Running)
        }
    }
}

#[cfg(feature = "text")]
fn observe_params(
    cx: &mut Cx<'_>,
    ends: [Option<ComponentInstanceId>; 2],
    side: &Side<'_>,
    (lower, func): (Lower, Func),
    slots: &[u64],
) -> Result<()> {
    let (ty, which) = (lower.ty, Which::Params);
    observe::crossed(cx, ends, func, &OnSide { side, ty, which, max_flat: MAX_FLAT_PARAMS, slots })
}

fn cross_params(
    cx: &mut Cx<'_>,
    from: Side<'_>,
    to: Side<'_>,
    lower: Lower,
    func: Func,
    mut flat: FlatIn<'_>,
    out: &mut FlatOut,
) -> Result<()> {
    let (from_params, to_params) = (from.types().func(lower.ty)?.params, to.types().func(func.ty)?.params);
    if from.inst != to.inst {
        let types = from_params.iter().zip(to_params);
        let types = types.map(|(from, to)| (Step::Param(from.name), Both { from: from.ty, to: to.ty }));
        let mut transfer = Transfer { cx, from, to };
        return transfer.values(MAX_FLAT_PARAMS, &mut flat, types, None, out);
    }
    // One instance on both sides: everything is lifted before anything is lowered.
    let outer = cx.strings.replace(StringTags::default());
    let values = lift_flat_values(cx, &from, MAX_FLAT_PARAMS, &mut flat, step::params(from_params))?;
    let values = to_params.iter().map(|param| param.ty).zip(values.iter());
    lower_flat_values(cx, &to, MAX_FLAT_PARAMS, values, None, out)?;
    cx.strings = outer;
    Ok(())
}

/// `on_resolve` of `canon lower`: the result crosses back from a lifted function.
pub(in crate::component) fn cross_result(
    cx: &mut Cx<'_>,
    from: Side<'_>,
    to: Side<'_>,
    types: (Option<ValType>, Option<ValType>),
    mut flat: FlatIn<'_>,
    result_pointer: u64,
    out: &mut FlatOut,
) -> Result<()> {
    let (Some(from_ty), Some(to_ty)) = types else { return Ok(()) };
    if from.inst != to.inst {
        let types = core::iter::once((Step::Result, Both { from: from_ty, to: to_ty }));
        let mut transfer = Transfer { cx, from, to };
        return transfer.values(MAX_FLAT_RESULTS, &mut flat, types, Some(result_pointer), out);
    }
    let outer = cx.strings.replace(StringTags::default());
    let values = lift_flat_values(cx, &from, MAX_FLAT_RESULTS, &mut flat, step::result(types.0))?;
    let values = core::iter::once(to_ty).zip(values.iter());
    lower_flat_values(cx, &to, MAX_FLAT_RESULTS, values, Some(result_pointer), out)?;
    cx.strings = outer;
    Ok(())
}
