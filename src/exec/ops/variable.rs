//! Parametric and variable instructions (core spec, Parametric Instructions, Variable
//! Instructions).

use crate::exec::vm::{Regs, Vm};
use crate::syntax::{GlobalIdx, ValType};

#[inline(always)]
pub fn drop(_: &mut Vm<'_>, mut r: Regs) -> Regs {
    r.sp = r.sp.wrapping_sub(1);
    r
}

#[inline(always)]
pub fn select(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let condition = vm.pop::<u32>(&mut r);
    let second = vm.pop::<u64>(&mut r);
    let first = vm.pop::<u64>(&mut r);
    vm.push(&mut r, if condition != 0 { first } else { second });
    r
}

pub fn select_t(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    // One type, of a number or a reference: the code of the latter may be longer than a byte.
    for _ in 0..vm.u32(&mut r) {
        if matches!(vm.byte(&mut r), Some(0x63 | 0x64)) {
            while vm.byte(&mut r).is_some_and(|byte| byte & 0x80 != 0) {}
        }
    }
    select(vm, r)
}

#[inline(always)]
pub fn local_get(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let index = vm.base + vm.u32(&mut r) as usize;
    let value = vm.stack.get(index).copied().unwrap_or(0);
    vm.push(&mut r, value);
    r
}

#[inline(always)]
pub fn local_set(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let index = vm.base + vm.u32(&mut r) as usize;
    let value = vm.pop::<u64>(&mut r);
    if let Some(local) = vm.stack.get_mut(index) {
        *local = value;
    }
    r
}

#[inline(always)]
pub fn local_tee(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let index = vm.base + vm.u32(&mut r) as usize;
    let value = vm.stack.get(r.sp.wrapping_sub(1)).copied().unwrap_or(0);
    if let Some(local) = vm.stack.get_mut(index) {
        *local = value;
    }
    r
}

pub fn global_get(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let index = vm.u32(&mut r);
    let id = vm.instance().and_then(|instance| instance.global(GlobalIdx::new(index)));
    let Some(global) = id.and_then(|id| vm.run.state.globals.get(id).copied()) else {
        return vm.bug(r, "no such global");
    };
    vm.push(&mut r, global.value[0]);
    if global.ty.content == ValType::V128 {
        vm.push(&mut r, global.value[1]);
    }
    r
}

pub fn global_set(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let index = vm.u32(&mut r);
    let top = vm.pop::<u64>(&mut r);
    let id = vm.instance().and_then(|instance| instance.global(GlobalIdx::new(index)));
    let Some(global) = id.and_then(|id| vm.run.state.globals.get_mut(id)) else { return vm.bug(r, "no such global") };
    if global.ty.content != ValType::V128 {
        global.value[0] = top;
        return r;
    }
    global.value[1] = top;
    r.sp = r.sp.wrapping_sub(1);
    let low = vm.stack.get(r.sp).copied().unwrap_or(0);
    if let Some(global) = id.and_then(|id| vm.run.state.globals.get_mut(id)) {
        global.value[0] = low;
    }
    r
}
