//! Control instructions (core spec, Control Instructions): branches follow the side table.

use crate::error::Trap;
use crate::exec::vm::{Regs, Vm, Why};
use crate::image::side_table::Branch;

pub fn unreachable(vm: &mut Vm<'_>, r: Regs) -> Regs {
    vm.trap(r, Trap::Unreachable)
}

/// Passes over a block type; in code it means nothing.
#[inline(always)]
pub fn block(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    vm.block_type(&mut r);
    r
}

#[inline(always)]
pub fn loop_(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    vm.block_type(&mut r);
    r
}

#[inline(always)]
pub fn if_(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    if vm.pop::<u32>(&mut r) == 0 {
        return branch(vm, r);
    }
    vm.block_type(&mut r);
    vm.stp += 1;
    r
}

/// Reached from above: the block is done.
#[inline(always)]
pub fn else_(vm: &mut Vm<'_>, r: Regs) -> Regs {
    branch(vm, r)
}

/// The end of a block does nothing, the end of a function returns.
#[inline(always)]
pub fn end(vm: &mut Vm<'_>, r: Regs) -> Regs {
    if r.ip < vm.code.len() { r } else { super::call::return_(vm, r) }
}

#[inline(always)]
pub fn br(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    vm.u32(&mut r);
    branch(vm, r)
}

#[inline(always)]
pub fn br_if(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    vm.u32(&mut r);
    if vm.pop::<u32>(&mut r) != 0 {
        return branch(vm, r);
    }
    vm.stp += 1;
    r
}

#[inline(always)]
pub fn br_table(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let index = vm.pop::<u32>(&mut r);
    // The labels are in the side table; the code counts them.
    let count = vm.u32(&mut r);
    vm.stp += index.min(count);
    branch(vm, r)
}

impl Vm<'_> {
    /// Passes over a block type.
    #[inline(always)]
    fn block_type(&self, r: &mut Regs) {
        match self.code.get(r.ip) {
            // A block without type, with a numeric result, or a type index below 64.
            Some(byte) if *byte < 0x80 && !matches!(*byte, 0x63 | 0x64) => r.ip += 1,
            _ => self.long_block_type(r),
        }
    }

    #[cold]
    fn long_block_type(&self, r: &mut Regs) {
        if matches!(self.code.get(r.ip), Some(0x63 | 0x64)) {
            r.ip += 1;
        }
        while self.byte(r).is_some_and(|byte| byte & 0x80 != 0) {}
    }
}

/// Takes the branch of the current instruction: a check point.
#[inline(always)]
pub(super) fn branch(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let Some(Branch { delta_ip, delta_stp, keep, drop }) = vm.side.branch(vm.stp) else {
        return vm.bug(r, "a branch without entry");
    };
    vm.charge(r);
    r.ip = vm.op.wrapping_add_signed(delta_ip as isize);
    vm.mark = r.ip;
    vm.stp = vm.stp.wrapping_add_signed(delta_stp);
    if drop > 0 {
        vm.drop_below(&mut r, keep as usize, drop as usize);
    }
    if vm.fuel < 0 {
        return vm.pause(r);
    }
    r
}

impl Vm<'_> {
    /// Removes `drop` slots below the top `keep` ones.
    #[inline(always)]
    pub(super) fn drop_below(&mut self, r: &mut Regs, keep: usize, drop: usize) {
        let from = r.sp.wrapping_sub(keep);
        let to = from.wrapping_sub(drop);
        if keep == 1 {
            if let Some(value) = self.stack.get(from).copied()
                && let Some(place) = self.stack.get_mut(to)
            {
                *place = value;
            }
        } else if keep > 1 && from <= r.sp && to <= from && r.sp <= self.stack.len() {
            self.stack.copy_within(from..r.sp, to);
        }
        r.sp = r.sp.wrapping_sub(drop);
    }

    /// Stops for want of fuel, between two instructions.
    #[cold]
    #[inline(never)]
    pub(super) fn pause(&mut self, r: Regs) -> Regs {
        self.exit(r, Why::OutOfFuel)
    }
}
