//! Calls and returns: frames come and go, nothing recurses (core spec, Calls).

use crate::error::Trap;
use crate::exec::frame::Frame;
use crate::exec::vm::{Regs, Vm, Why};
use crate::store::{FuncId, FuncInst, FuncKind};
use crate::syntax::{FuncIdx, TableIdx, TypeIdx};

#[inline(always)]
pub fn call(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let index = vm.u32(&mut r);
    match index.checked_sub(vm.run.module.imported_funcs) {
        Some(func) => enter(vm, r, func),
        None => match vm.instance().map(|instance| instance.func(FuncIdx::new(index))) {
            Some(id) => call_id(vm, r, id),
            None => vm.bug(r, "no current instance"),
        },
    }
}

pub fn call_indirect(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let ty = vm.u32(&mut r);
    let table = vm.u32(&mut r);
    let index = vm.pop::<u64>(&mut r);
    match callee(vm, ty, table, index) {
        Ok(id) => call_id(vm, r, id),
        Err(trap) => vm.trap(r, trap),
    }
}

/// What `call_indirect` calls.
#[inline(always)]
fn callee(vm: &Vm<'_>, ty: u32, table: u32, index: u64) -> Result<FuncId, Trap> {
    let found = (|| {
        let instance = vm.instance()?;
        let table = vm.run.state.tables.get(instance.table(TableIdx::new(table))?)?;
        let wanted = instance.type_at(vm.run.module, TypeIdx::new(ty))?;
        Some((table, wanted))
    })();
    let (table, wanted) = found.ok_or(Trap::UndefinedElement)?;
    let element = table.get(index).ok_or(Trap::UndefinedElement)?;
    let id = element.func().ok_or(Trap::UninitializedElement { index })?;
    let func = vm.run.state.funcs.get(id).ok_or(Trap::UninitializedElement { index })?;
    if func.ty == wanted || vm.run.state.types.is_subtype(func.ty, wanted) {
        Ok(id)
    } else {
        Err(Trap::IndirectCallTypeMismatch)
    }
}

/// Calls any function of the store.
fn call_id(vm: &mut Vm<'_>, r: Regs, id: FuncId) -> Regs {
    match vm.run.state.funcs.get(id) {
        Some(&FuncInst { kind: FuncKind::Wasm { instance, func }, .. }) => {
            if instance == vm.run.instance {
                return enter(vm, r, func);
            }
            vm.charge(r);
            vm.save_frame(r);
            if let Err(why) = vm.switch_instance(instance) {
                return vm.exit(r, why);
            }
            enter_switched(vm, r, func)
        }
        Some(_) => {
            vm.charge(r);
            vm.save_frame(r);
            vm.exit(r, Why::Call(id))
        }
        None => vm.bug(r, "no such function"),
    }
}

/// Calls a function that the current module defines.
#[inline(always)]
fn enter(vm: &mut Vm<'_>, r: Regs, func: u32) -> Regs {
    vm.charge(r);
    vm.save_frame(r);
    enter_switched(vm, r, func)
}

/// Makes a frame for a function of the current instance and begins it. The caller's frame is
/// saved and charged. A check point.
#[inline(always)]
fn enter_switched(vm: &mut Vm<'_>, mut r: Regs, func: u32) -> Regs {
    let Some(&meta) = vm.run.module.funcs.get(func as usize) else { return vm.bug(r, "no such function") };
    let Some(prologue) = vm.side.prologue(meta.side) else { return vm.bug(r, "a function without prologue") };
    if vm.run.frames.len() >= vm.run.state.quota.limits.call_depth as usize {
        return vm.trap(r, Trap::CallStackExhausted);
    }
    if let Err(why) = vm.ensure(r, (prologue.locals + prologue.height) as usize) {
        return vm.exit(r, why);
    }
    let base = r.sp.wrapping_sub(prologue.params as usize);
    let frame = Frame { instance: vm.run.instance, func, ip: meta.code, stp: meta.side + 1, base: base as u32 };
    if vm.run.frames.push(frame).is_err() {
        return vm.exit(r, Why::OutOfMemory);
    }
    if let Some(locals) = vm.stack.get_mut(r.sp..r.sp + prologue.locals as usize) {
        locals.fill(0);
    }
    r.sp += prologue.locals as usize;
    (vm.run.func, vm.run.start) = (func, meta.code);
    vm.code = vm.run.bytes.get(meta.code as usize..meta.end as usize).unwrap_or_default();
    (r.ip, vm.mark, vm.base, vm.stp) = (0, 0, base, meta.side + 1);
    if vm.fuel < 0 {
        return vm.pause(r);
    }
    r
}

/// Leaves the current function; its results take the place of its frame. A check point.
pub fn return_(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    vm.charge(r);
    let results = vm.prologue().results as usize;
    let from = r.sp.wrapping_sub(results);
    if from > vm.base {
        vm.drop_below(&mut r, results, from - vm.base);
    }
    if vm.run.frames.pop().is_none() {
        return vm.bug(r, "a return without frame");
    }
    if let Err(why) = vm.load_frame(&mut r) {
        return vm.exit(r, why);
    }
    if vm.fuel < 0 {
        return vm.pause(r);
    }
    r
}
