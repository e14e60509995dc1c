//! Locals and globals (core spec, Variable Instructions).

use crate::error::bug;
use crate::exec::activation::Step;
use crate::exec::registers::Registers;
use crate::syntax::GlobalIdx;

/// `local.get`
#[inline(always)]
pub(in crate::exec) fn local_get<'a>(a: &mut impl Registers<'a>) -> Step {
    let local = a.index();
    let value = a.local_value(local);
    a.push_value(value);
    Ok(())
}

/// `local.set`
#[inline(always)]
pub(in crate::exec) fn local_set<'a>(a: &mut impl Registers<'a>) -> Step {
    let local = a.index();
    let value = a.top_value();
    a.set_local_value(local, value);
    // Only then: below it may be that very local, and it may be at hand from here on.
    a.pop_value();
    Ok(())
}

/// `local.tee`
#[inline(always)]
pub(in crate::exec) fn local_tee<'a>(a: &mut impl Registers<'a>) -> Step {
    let local = a.index();
    let value = a.top_value();
    a.set_local_value(local, value);
    Ok(())
}

/// `global.get`
#[inline(always)]
pub(in crate::exec) fn global_get<'a>(a: &mut impl Registers<'a>) -> Step {
    let global = GlobalIdx::new(a.index());
    let Some(global) = a.cx().global(global) else {
        return Err(a.halt(bug!("a global is missing")));
    };
    let value = global.value;
    a.push_value(value);
    Ok(())
}

/// `global.set`
#[inline(always)]
pub(in crate::exec) fn global_set<'a>(a: &mut impl Registers<'a>) -> Step {
    let global = GlobalIdx::new(a.index());
    let value = a.pop_value();
    let Some(global) = a.cx().global(global) else {
        return Err(a.halt(bug!("a global is missing")));
    };
    global.value = value;
    Ok(())
}
