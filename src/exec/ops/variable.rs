//! Parametric and variable instructions (core spec, Parametric Instructions, Variable
//! Instructions).

use crate::exec::vm::{Step, Vm};
use crate::syntax::{GlobalIdx, ValType};

#[inline(always)]
pub fn drop(mut vm: Vm<'_>) -> Step<'_> {
    vm.sp = vm.sp.wrapping_sub(1);
    Ok(vm)
}

#[inline(always)]
pub fn select(mut vm: Vm<'_>) -> Step<'_> {
    let condition = vm.pop::<u32>();
    let second = vm.pop::<u64>();
    let first = vm.pop::<u64>();
    vm.push(if condition != 0 { first } else { second });
    Ok(vm)
}

pub fn select_t(mut vm: Vm<'_>) -> Step<'_> {
    // One type, of a number or a reference: the code of the latter may be longer than a byte.
    for _ in 0..vm.u32() {
        if matches!(vm.byte(), Some(0x63 | 0x64)) {
            while vm.byte().is_some_and(|byte| byte & 0x80 != 0) {}
        }
    }
    select(vm)
}

#[inline(always)]
pub fn local_get(mut vm: Vm<'_>) -> Step<'_> {
    let index = vm.base + vm.u32() as usize;
    let value = vm.stack.get(index).copied().unwrap_or(0);
    vm.push(value);
    Ok(vm)
}

#[inline(always)]
pub fn local_set(mut vm: Vm<'_>) -> Step<'_> {
    let index = vm.base + vm.u32() as usize;
    let value = vm.pop::<u64>();
    if let Some(local) = vm.stack.get_mut(index) {
        *local = value;
    }
    Ok(vm)
}

#[inline(always)]
pub fn local_tee(mut vm: Vm<'_>) -> Step<'_> {
    let index = vm.base + vm.u32() as usize;
    let value = vm.stack.get(vm.sp.wrapping_sub(1)).copied().unwrap_or(0);
    if let Some(local) = vm.stack.get_mut(index) {
        *local = value;
    }
    Ok(vm)
}

pub fn global_get(mut vm: Vm<'_>) -> Step<'_> {
    let index = vm.u32();
    let id = vm.instance().and_then(|instance| instance.global(GlobalIdx::new(index)));
    let Some(global) = id.and_then(|id| vm.run.state.globals.get(id).copied()) else {
        return vm.bug("no such global");
    };
    vm.push(global.value[0]);
    if global.ty.content == ValType::V128 {
        vm.push(global.value[1]);
    }
    Ok(vm)
}

pub fn global_set(mut vm: Vm<'_>) -> Step<'_> {
    let index = vm.u32();
    let top = vm.pop::<u64>();
    let id = vm.instance().and_then(|instance| instance.global(GlobalIdx::new(index)));
    let Some(global) = id.and_then(|id| vm.run.state.globals.get_mut(id)) else { return vm.bug("no such global") };
    if global.ty.content != ValType::V128 {
        global.value[0] = top;
        return Ok(vm);
    }
    global.value[1] = top;
    vm.sp = vm.sp.wrapping_sub(1);
    let low = vm.stack.get(vm.sp).copied().unwrap_or(0);
    if let Some(global) = id.and_then(|id| vm.run.state.globals.get_mut(id)) {
        global.value[0] = low;
    }
    Ok(vm)
}
