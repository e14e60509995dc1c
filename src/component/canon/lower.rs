//! Calls out of a component (`CanonicalABI.md`, `canon lower`).

use super::{CanonKind, Lower, direct};
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::abi::step::Parts;
use crate::component::abi::transfer::{self, Both, Leg, MaxFlat, Transfer};
use crate::component::boundary;
use crate::component::flow::Flow;
use crate::component::state::CanonId;
#[cfg(feature = "component-async")]
use crate::component::state::SubtaskState;
use crate::error::{Result, bug};
use crate::types::component::{Field, Members, ValType};
use crate::types::flatten::{MAX_FLAT_ASYNC_PARAMS, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};

/// The lowered function of a canonical core function.
pub(in crate::component) fn of(kind: &CanonKind) -> Result<&Lower> {
    match kind {
        CanonKind::Lower(lower) => Ok(lower),
        _ => Err(bug!("a call through something else than a lowered function").into()),
    }
}

impl Lower {
    /// `max_flat_params`
    pub(in crate::component) const fn max_flat_params(&self) -> u32 {
        if self.opts.is_async() { MAX_FLAT_ASYNC_PARAMS } else { MAX_FLAT_PARAMS }
    }

    /// Where results go that are in memory: the last argument, on top of the stack.
    #[inline]
    pub(super) fn result_pointer(&self, cx: &Cx<'_>) -> u64 {
        match cx.machine.args(1) {
            [ptr] if self.result_pointer => boundary::pointer(&self.opts, *ptr),
            _ => 0,
        }
    }

    /// What the core function returns where its callee has returned that.
    #[inline]
    pub(super) fn returned(&self, result: Option<u64>) -> Option<u64> {
        #[cfg(feature = "component-async")]
        if self.opts.is_async {
            return Some(SubtaskState::Returned as u64);
        }
        result
    }

    /// `max_flat_results`
    pub(in crate::component) const fn max_flat_results(&self) -> u32 {
        if self.opts.is_async() { 0 } else { MAX_FLAT_RESULTS }
    }
}

/// `canon lower`: begins the call.
pub fn lower<'a>(cx: &mut Cx<'a>, id: CanonId, canon: &'a super::CanonFunc, lower: &'a Lower) -> Result<Flow> {
    cx.live.instance(canon.inst)?.trap_unless_may_leave()?;
    let result_pointer = lower.result_pointer(cx);
    #[cfg(feature = "component-async")]
    if !direct::is_open(cx, &lower.way) || direct::is_held_back(cx, lower)? {
        return super::progress::begin(cx, id, canon, lower, result_pointer);
    }
    direct::call(cx, id, (canon, lower), result_pointer)
}

/// Parameters cross.
pub(super) fn cross_params(
    cx: &mut Cx<'_>,
    sides: (Side<'_>, Side<'_>),
    (from, to): (Members<'_, Field>, Members<'_, Field>),
    max: MaxFlat,
    flat: FlatIn<'_>,
    out: &mut FlatOut,
) -> Result<()> {
    let parts = Both { from: Parts::Params(from), to: Parts::Params(to) };
    cross(cx, sides, parts, max, flat, None, out)
}

/// A result crosses, to `pointer` if it does not fit flat ones.
pub(super) fn cross_result(
    cx: &mut Cx<'_>,
    sides: (Side<'_>, Side<'_>),
    (from, to): (Option<ValType>, Option<ValType>),
    max: MaxFlat,
    flat: FlatIn<'_>,
    pointer: u64,
    out: &mut FlatOut,
) -> Result<()> {
    let parts = Both { from: Parts::Result(from), to: Parts::Result(to) };
    cross(cx, sides, parts, max, flat, Some(pointer), out)
}

fn cross(
    cx: &mut Cx<'_>,
    (from, to): (Side<'_>, Side<'_>),
    parts: Both<Parts<'_>>,
    max: MaxFlat,
    flat: FlatIn<'_>,
    wanted: Option<u64>,
    out: &mut FlatOut,
) -> Result<()> {
    if from.inst != to.inst {
        return Transfer { cx, from, to, leg: Leg::Whole }.values(max, flat, parts, wanted, out);
    }
    transfer::aside(cx, (from, to), max, flat, parts, wanted, out)
}
