//! Locals and globals (core spec, Variable Instructions).

use crate::error::bug;
use crate::exec::activation::{Activation, Step};
use crate::syntax::GlobalIdx;

/// `local.get`
#[inline(always)]
pub(in crate::exec) fn local_get(a: &mut Activation<'_, '_>) -> Step {
    let local = a.index() as usize;
    let value = a.get(a.base.wrapping_add(local));
    a.push(value);
    Ok(())
}

/// `local.set`
#[inline(always)]
pub(in crate::exec) fn local_set(a: &mut Activation<'_, '_>) -> Step {
    let local = a.index() as usize;
    let value = a.pop();
    a.set(a.base.wrapping_add(local), value);
    Ok(())
}

/// `local.tee`
#[inline(always)]
pub(in crate::exec) fn local_tee(a: &mut Activation<'_, '_>) -> Step {
    let local = a.index() as usize;
    let value = a.get(a.top.wrapping_sub(1));
    a.set(a.base.wrapping_add(local), value);
    Ok(())
}

/// `global.get`
#[inline(always)]
pub(in crate::exec) fn global_get(a: &mut Activation<'_, '_>) -> Step {
    let global = GlobalIdx::new(a.index());
    let Some(global) = a.cx.instance.global(global).and_then(|id| a.cx.globals.get(id)) else {
        return Err(bug!("a global is missing").into());
    };
    let [value, _] = global.value;
    a.push(value);
    Ok(())
}

/// `global.set`
#[inline(always)]
pub(in crate::exec) fn global_set(a: &mut Activation<'_, '_>) -> Step {
    let global = GlobalIdx::new(a.index());
    let value = a.pop();
    let Some(global) = a.cx.instance.global(global).and_then(|id| a.cx.globals.get_mut(id)) else {
        return Err(bug!("a global is missing").into());
    };
    global.value = [value, 0];
    Ok(())
}
