//! Control instructions (core spec, Control Instructions): branches follow the side table.

use crate::error::Trap;
use crate::exec::vm::{Step, Vm, Why};
use crate::image::side_table::Branch;

pub fn unreachable(vm: Vm<'_>) -> Step<'_> {
    vm.trap(Trap::Unreachable)
}

/// Passes over a block type; in code it means nothing.
#[inline(always)]
pub fn block(mut vm: Vm<'_>) -> Step<'_> {
    vm.block_type();
    Ok(vm)
}

#[inline(always)]
pub fn loop_(mut vm: Vm<'_>) -> Step<'_> {
    vm.block_type();
    Ok(vm)
}

#[inline(always)]
pub fn if_(mut vm: Vm<'_>) -> Step<'_> {
    if vm.pop::<u32>() == 0 {
        return branch(vm);
    }
    vm.block_type();
    vm.stp += 1;
    Ok(vm)
}

/// Reached from above: the block is done.
#[inline(always)]
pub fn else_(vm: Vm<'_>) -> Step<'_> {
    branch(vm)
}

/// The end of a block does nothing, the end of a function returns.
#[inline(always)]
pub fn end(vm: Vm<'_>) -> Step<'_> {
    if vm.ip < vm.code.len() { Ok(vm) } else { super::call::return_(vm) }
}

#[inline(always)]
pub fn br(mut vm: Vm<'_>) -> Step<'_> {
    vm.u32();
    branch(vm)
}

#[inline(always)]
pub fn br_if(mut vm: Vm<'_>) -> Step<'_> {
    vm.u32();
    if vm.pop::<u32>() != 0 {
        return branch(vm);
    }
    vm.stp += 1;
    Ok(vm)
}

#[inline(always)]
pub fn br_table(mut vm: Vm<'_>) -> Step<'_> {
    let index = vm.pop::<u32>();
    // The labels are in the side table; the code counts them.
    let count = vm.u32();
    vm.stp += index.min(count);
    branch(vm)
}

impl Vm<'_> {
    /// Passes over a block type.
    #[inline(always)]
    fn block_type(&mut self) {
        match self.code.get(self.ip) {
            // A block without type, with a numeric result, or a type index below 64.
            Some(byte) if *byte < 0x80 && !matches!(*byte, 0x63 | 0x64) => self.ip += 1,
            _ => self.long_block_type(),
        }
    }

    #[cold]
    fn long_block_type(&mut self) {
        if matches!(self.code.get(self.ip), Some(0x63 | 0x64)) {
            self.ip += 1;
        }
        while self.byte().is_some_and(|byte| byte & 0x80 != 0) {}
    }
}

/// Takes the branch of the current instruction: a check point.
#[inline(always)]
pub(super) fn branch(mut vm: Vm<'_>) -> Step<'_> {
    let Some(Branch { delta_ip, delta_stp, keep, drop }) = vm.side.branch(vm.stp) else {
        return vm.bug("a branch without entry");
    };
    vm.charge();
    vm.ip = vm.op.wrapping_add_signed(delta_ip as isize);
    vm.mark = vm.ip;
    vm.stp = vm.stp.wrapping_add_signed(delta_stp);
    if drop > 0 {
        vm.drop_below(keep as usize, drop as usize);
    }
    if vm.fuel < 0 {
        return vm.pause();
    }
    Ok(vm)
}

impl<'s> Vm<'s> {
    /// Removes `drop` slots below the top `keep` ones.
    #[inline(always)]
    pub(super) fn drop_below(&mut self, keep: usize, drop: usize) {
        let from = self.sp.wrapping_sub(keep);
        let to = from.wrapping_sub(drop);
        if keep == 1 {
            if let Some(value) = self.stack.get(from).copied()
                && let Some(place) = self.stack.get_mut(to)
            {
                *place = value;
            }
        } else if keep > 1 && from <= self.sp && to <= from && self.sp <= self.stack.len() {
            self.stack.copy_within(from..self.sp, to);
        }
        self.sp = self.sp.wrapping_sub(drop);
    }

    /// Stops for want of fuel, between two instructions.
    #[cold]
    #[inline(never)]
    pub(super) fn pause(self) -> Step<'s> {
        self.exit(Why::OutOfFuel)
    }
}
