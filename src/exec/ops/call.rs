//! Calls (core spec, Control Instructions; Invocation of Functions).

use crate::error::{Trap, bug};
use crate::exec::activation::{Exit, Step};
use crate::exec::registers::Registers;
use crate::store::{FuncId, FuncInst, FuncKind};
use crate::syntax::{TableIdx, TypeIdx};

/// `call`
#[inline(always)]
pub(in crate::exec) fn call<'a>(a: &mut impl Registers<'a>) -> Step {
    let func = a.index();
    let cx = a.cx();
    match func.checked_sub(cx.module.imported_funcs) {
        Some(defined) => a.call(defined),
        None => {
            let Some(id) = cx.instance.imported_funcs.get(func as usize) else {
                return Err(bug!("an import is missing").into());
            };
            let Some(found) = cx.funcs.get(*id) else { return Err(bug!("an import leads nowhere").into()) };
            call_id(a, *id, *found)
        }
    }
}

/// `call_indirect`
#[inline(always)]
pub(in crate::exec) fn call_indirect<'a>(a: &mut impl Registers<'a>) -> Step {
    let (ty, table) = (TypeIdx::new(a.index()), TableIdx::new(a.index()));
    let index = a.pop();
    let Some(table) = a.cx().table(table) else {
        return Err(bug!("a table is missing").into());
    };
    let Some(element) = table.get(index) else { return Err(Trap::UndefinedElement.into()) };
    let Some(id) = element.func() else { return Err(Trap::UninitializedElement { index }.into()) };
    let cx = a.cx();
    let (Some(func), Some(ty)) = (cx.funcs.get(id).copied(), cx.instance.type_at(cx.module, ty)) else {
        return Err(bug!("a function or type is missing").into());
    };
    if func.ty != ty && !cx.types.is_subtype(func.ty, ty) {
        return Err(Trap::IndirectCallTypeMismatch.into());
    }
    call_id(a, id, func)
}

/// Calls any function of the store.
#[inline(always)]
fn call_id<'a>(a: &mut impl Registers<'a>, id: FuncId, func: FuncInst) -> Step {
    match func.kind {
        FuncKind::Wasm { instance, func } if instance == a.cx().id => a.call(func),
        FuncKind::Wasm { instance, func } => Err(Exit::Enter(instance, func)),
        FuncKind::Host(_) | FuncKind::Canon(_) => Err(Exit::Call(id)),
    }
}
