//! Tail calls (core spec, Control Instructions; Administrative Instructions, `return_invoke`):
//! the callee's frame takes the place of the caller's.

use super::call::{imported_callee, indirect_callee, referred_callee};
use crate::exec::activation::{Exit, Step};
use crate::exec::registers::Registers;
use crate::store::{FuncId, FuncInst, FuncKind};

/// `return_call`
#[inline(always)]
pub(in crate::exec) fn return_call<'a>(a: &mut impl Registers<'a>) -> Step {
    let func = a.index();
    match func.checked_sub(a.cx().here.module.imported_funcs) {
        Some(defined) => a.tail_call(defined),
        None => {
            let (id, found) = imported_callee(a, func)?;
            tail_call_id(a, id, found)
        }
    }
}

/// `return_call_indirect`
#[inline(always)]
pub(in crate::exec) fn return_call_indirect<'a>(a: &mut impl Registers<'a>) -> Step {
    let (id, func) = indirect_callee(a)?;
    tail_call_id(a, id, func)
}

/// `return_call_ref`
#[inline(always)]
pub(in crate::exec) fn return_call_ref<'a>(a: &mut impl Registers<'a>) -> Step {
    let (id, func) = referred_callee(a)?;
    tail_call_id(a, id, func)
}

/// Calls any function of the store in the place of the running one.
#[inline(always)]
fn tail_call_id<'a>(a: &mut impl Registers<'a>, id: FuncId, func: FuncInst) -> Step {
    match func.kind {
        FuncKind::Wasm { instance, func } if instance == a.cx().here.id => a.tail_call(func),
        FuncKind::Wasm { instance, func } => Err(a.halt(Exit::Replace(instance, func))),
        // The frame stays while somebody else does the work, to say who called; all that is left
        // for it to do is to return.
        _ => {
            a.skip_to_end();
            Err(a.halt(Exit::Call(id)))
        }
    }
}
