//! Blocks and branches (core spec, Control Instructions).

use crate::error::{Trap, bug};
use crate::exec::activation::{Activation, Exit, Step};

/// `unreachable`
#[inline(always)]
pub(in crate::exec) fn unreachable(_: &mut Activation<'_, '_>) -> Step {
    Err(Trap::Unreachable.into())
}

/// `block`: branches know their targets, so nothing is remembered.
#[inline(always)]
pub(in crate::exec) fn block(a: &mut Activation<'_, '_>) -> Step {
    a.skip_block_type();
    Ok(())
}

/// `loop`
#[inline(always)]
pub(in crate::exec) fn loop_(a: &mut Activation<'_, '_>) -> Step {
    a.skip_block_type();
    Ok(())
}

/// `if`
#[inline(always)]
pub(in crate::exec) fn if_(a: &mut Activation<'_, '_>) -> Step {
    if a.pop() == 0 {
        return branch(a);
    }
    a.skip_block_type();
    a.stp = a.stp.wrapping_add(1);
    Ok(())
}

/// `else`, reached from above.
#[inline(always)]
pub(in crate::exec) fn else_(a: &mut Activation<'_, '_>) -> Step {
    branch(a)
}

/// `end`; that of a function returns.
#[inline(always)]
pub(in crate::exec) fn end(a: &mut Activation<'_, '_>) -> Step {
    if a.rest.is_empty() { return_(a) } else { Ok(()) }
}

/// `br`
#[inline(always)]
pub(in crate::exec) fn br(a: &mut Activation<'_, '_>) -> Step {
    branch(a)
}

/// `br_if`
#[inline(always)]
pub(in crate::exec) fn br_if(a: &mut Activation<'_, '_>) -> Step {
    if a.pop() != 0 {
        return branch(a);
    }
    a.skip_number();
    a.stp = a.stp.wrapping_add(1);
    Ok(())
}

/// `br_table`
#[inline(always)]
pub(in crate::exec) fn br_table(a: &mut Activation<'_, '_>) -> Step {
    // 32 bits, as the upper half of such a slot is zero.
    let wanted = a.pop();
    let after_opcode = a.rest;
    let labels = a.unsigned();
    a.rest = after_opcode;
    a.stp = a.stp.wrapping_add(wanted.min(labels) as u32);
    branch(a)
}

/// `return`
#[inline(always)]
pub(in crate::exec) fn return_(a: &mut Activation<'_, '_>) -> Step {
    a.charge();
    let module = a.cx.module;
    let frame = a.cx.frames.pop();
    let func = frame.and_then(|frame| module.funcs.get(frame.func as usize));
    let Some(prologue) = func.and_then(|func| module.side_table.prologue(func.side)) else {
        return Err(bug!("the returning function has no prologue").into());
    };
    a.move_down(a.top.wrapping_sub(prologue.results as usize), a.base, prologue.results);
    a.top = a.base.wrapping_add(prologue.results as usize);
    let Some(caller) = a.cx.frames.last().copied().filter(|frame| frame.instance == a.cx.id) else {
        return Err(Exit::Returned);
    };
    // A boundary has no function of the module, whatever its token is.
    let Some(func) = module.funcs.get(caller.func as usize) else { return Err(Exit::Returned) };
    (a.base, a.stp, a.cx.code_end) = (caller.base as usize, caller.stp, func.end);
    a.go_to(caller.ip, func.end);
    a.check_point()
}

/// Takes the branch at the current side-table entry, right behind the opcode that branches: so
/// far it is charged.
#[inline(always)]
fn branch(a: &mut Activation<'_, '_>) -> Step {
    a.charge();
    let Some(branch) = a.cx.module.side_table.branch(a.stp) else {
        return Err(bug!("a branch has no entry").into());
    };
    let target = a.ip().wrapping_sub(1).wrapping_add_signed(branch.delta_ip);
    if branch.drop != 0 {
        let from = a.top.wrapping_sub(branch.keep as usize);
        let to = from.wrapping_sub(branch.drop as usize);
        a.move_down(from, to, branch.keep);
        a.top = to.wrapping_add(branch.keep as usize);
    }
    a.stp = a.stp.wrapping_add_signed(branch.delta_stp);
    a.go_to(target, a.cx.code_end);
    a.check_point()
}
