//! Calls (core spec, Control Instructions; Invocation of Functions).

use crate::error::{Trap, bug};
use crate::exec::activation::{Activation, Exit, Step};
use crate::exec::frame::Frame;
use crate::store::{FuncId, FuncInst, FuncKind};
use crate::syntax::{TableIdx, TypeIdx};

/// `call`
#[inline(always)]
pub(in crate::exec) fn call(a: &mut Activation<'_, '_>) -> Step {
    let func = a.index();
    match func.checked_sub(a.cx.module.imported_funcs) {
        Some(defined) => call_defined(a, defined),
        None => {
            let Some(id) = a.cx.instance.imported_funcs.get(func as usize) else {
                return Err(bug!("an import is missing").into());
            };
            let Some(found) = a.cx.funcs.get(*id) else { return Err(bug!("an import leads nowhere").into()) };
            call_id(a, *id, *found)
        }
    }
}

/// `call_indirect`
#[inline(always)]
pub(in crate::exec) fn call_indirect(a: &mut Activation<'_, '_>) -> Step {
    let (ty, table) = (TypeIdx::new(a.index()), TableIdx::new(a.index()));
    let index = a.pop();
    let Some(table) = a.cx.instance.table(table).and_then(|id| a.cx.tables.get(id)) else {
        return Err(bug!("a table is missing").into());
    };
    let Some(element) = table.get(index) else { return Err(Trap::UndefinedElement.into()) };
    let Some(id) = element.func() else { return Err(Trap::UninitializedElement { index }.into()) };
    let (Some(func), Some(ty)) = (a.cx.funcs.get(id).copied(), a.cx.instance.type_at(a.cx.module, ty)) else {
        return Err(bug!("a function or type is missing").into());
    };
    if func.ty != ty && !a.cx.types.is_subtype(func.ty, ty) {
        return Err(Trap::IndirectCallTypeMismatch.into());
    }
    call_id(a, id, func)
}

/// Calls any function of the store.
#[inline(always)]
fn call_id(a: &mut Activation<'_, '_>, id: FuncId, func: FuncInst) -> Step {
    match func.kind {
        FuncKind::Wasm { instance, func } if instance == a.cx.id => call_defined(a, func),
        FuncKind::Wasm { instance, func } => Err(Exit::Enter(instance, func)),
        FuncKind::Host(_) | FuncKind::Canon(_) => Err(Exit::Call(id)),
    }
}

/// Calls a function that the module defines, by its number among those.
#[inline(always)]
fn call_defined(a: &mut Activation<'_, '_>, index: u32) -> Step {
    a.charge();
    let module = a.cx.module;
    let Some(func) = module.funcs.get(index as usize) else { return Err(bug!("a function is missing").into()) };
    let Some(prologue) = module.side_table.prologue(func.side) else {
        return Err(bug!("a function has no prologue").into());
    };
    let base = a.top.wrapping_sub(prologue.params as usize);
    // The machine grows its stacks, or traps where it may not.
    let slots_fit = base.wrapping_add(prologue.frame_slots() as usize) <= a.slots.len();
    let frames_fit = a.cx.frames.len() < a.cx.call_depth;
    if !slots_fit || !frames_fit {
        return Err(Exit::Enter(a.cx.id, index));
    }
    let ip = a.ip();
    if let Some(caller) = a.cx.frames.last_mut() {
        (caller.ip, caller.stp) = (ip, a.stp);
    }
    let frame =
        Frame { instance: a.cx.id, func: index, ip: func.code, stp: func.side.wrapping_add(1), base: base as u32 };
    if a.cx.frames.push(frame).is_err() {
        return Err(Exit::Enter(a.cx.id, index));
    }
    for _ in 0..prologue.locals {
        a.push(0);
    }
    (a.base, a.stp, a.cx.code_end) = (base, frame.stp, func.end);
    a.go_to(func.code, func.end);
    a.check_point()
}
