//! Calls (core spec, Control Instructions; Invocation of Functions).

use crate::error::{Trap, bug};
use crate::exec::activation::{Exit, Step};
use crate::exec::registers::Registers;
#[cfg(feature = "function-references")]
use crate::store::Ref;
use crate::store::{FuncId, FuncInst, FuncKind};
use crate::syntax::{TableIdx, TypeIdx};

/// `call`
#[inline(always)]
pub(in crate::exec) fn call<'a>(a: &mut impl Registers<'a>) -> Step {
    let func = a.index();
    match func.checked_sub(a.cx().here.module.imported_funcs) {
        Some(defined) => a.call(defined),
        None => {
            if let Some(halted) = a.elsewhere() {
                return Err(halted);
            }
            let (id, found) = imported_callee(a, func)?;
            call_id(a, id, found)
        }
    }
}

/// `call_indirect`
#[inline(always)]
pub(in crate::exec) fn call_indirect<'a>(a: &mut impl Registers<'a>) -> Step {
    let (id, func) = indirect_callee(a)?;
    call_id(a, id, func)
}

/// `call_ref`
#[cfg(feature = "function-references")]
#[inline(always)]
pub(in crate::exec) fn call_ref<'a>(a: &mut impl Registers<'a>) -> Step {
    let (id, func) = referred_callee(a)?;
    call_id(a, id, func)
}

/// The callee that is imported under that index.
#[inline(always)]
pub(super) fn imported_callee<'a>(a: &mut impl Registers<'a>, index: u32) -> Step<(FuncId, FuncInst)> {
    let cx = a.cx();
    let Some(id) = cx.here.instance.imported_funcs.get(index as usize) else {
        return Err(a.halt(bug!("an import is missing")));
    };
    match cx.funcs.get(*id) {
        Some(func) => Ok((*id, *func)),
        None => Err(a.halt(bug!("an import leads nowhere"))),
    }
}

/// The callee that an indirect call finds in its table.
#[inline(always)]
pub(super) fn indirect_callee<'a>(a: &mut impl Registers<'a>) -> Step<(FuncId, FuncInst)> {
    let (ty, table) = (TypeIdx::new(a.index()), TableIdx::new(a.index()));
    let index = a.pop();
    let Some(table) = a.cx().table(table) else {
        return Err(a.halt(bug!("a table is missing")));
    };
    let Some(element) = table.get(index) else { return Err(a.halt(Trap::UndefinedElement)) };
    let Some(id) = element.func() else { return Err(a.halt(Trap::UninitializedElement { index })) };
    let cx = a.cx();
    let (Some(func), Some(ty)) = (cx.funcs.get(id).copied(), cx.here.instance.type_at(cx.here.module, ty)) else {
        return Err(a.halt(bug!("a function or type is missing")));
    };
    if func.ty != ty && !cx.types.is_subtype(func.ty, ty) {
        return Err(a.halt(Trap::IndirectCallTypeMismatch));
    }
    Ok((id, func))
}

/// The callee that a reference stands for; validation knows its type.
#[cfg(feature = "function-references")]
#[inline(always)]
pub(super) fn referred_callee<'a>(a: &mut impl Registers<'a>) -> Step<(FuncId, FuncInst)> {
    a.skip_number();
    let Some(id) = Ref::from_slot(a.pop()).func() else { return Err(a.halt(Trap::NullFunctionReference)) };
    match a.cx().funcs.get(id) {
        Some(func) => Ok((id, *func)),
        None => Err(a.halt(bug!("a reference leads nowhere"))),
    }
}

/// Calls any function of the store.
#[inline(always)]
fn call_id<'a>(a: &mut impl Registers<'a>, id: FuncId, func: FuncInst) -> Step {
    match func.kind {
        FuncKind::Wasm { instance, func } if instance == a.cx().here.id => a.call(func),
        FuncKind::Wasm { instance, func } => Err(a.halt(Exit::Enter(instance, func))),
        _ => Err(a.halt(Exit::Call(id))),
    }
}
