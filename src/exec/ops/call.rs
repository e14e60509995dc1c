//! Calls and returns: frames come and go, nothing recurses (core spec, Calls).

use crate::error::Trap;
use crate::exec::frame::Frame;
use crate::exec::vm::{Step, Vm, Why};
use crate::store::{FuncId, FuncInst, FuncKind};
use crate::syntax::{FuncIdx, TableIdx, TypeIdx};

#[inline(always)]
pub fn call(mut vm: Vm<'_>) -> Step<'_> {
    let index = vm.u32();
    match index.checked_sub(vm.run.module.imported_funcs) {
        Some(func) => enter(vm, func),
        None => match vm.instance().map(|instance| instance.func(FuncIdx::new(index))) {
            Some(id) => call_id(vm, id),
            None => vm.bug("no current instance"),
        },
    }
}

pub fn call_indirect(mut vm: Vm<'_>) -> Step<'_> {
    let ty = vm.u32();
    let table = vm.u32();
    let index = vm.pop::<u64>();
    match callee(&vm, ty, table, index) {
        Ok(id) => call_id(vm, id),
        Err(trap) => vm.trap(trap),
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
fn call_id(mut vm: Vm<'_>, id: FuncId) -> Step<'_> {
    match vm.run.state.funcs.get(id) {
        Some(&FuncInst { kind: FuncKind::Wasm { instance, func }, .. }) => {
            if instance == vm.run.instance {
                return enter(vm, func);
            }
            vm.charge();
            vm.save_frame();
            if let Err(why) = vm.switch_instance(instance) {
                return vm.exit(why);
            }
            enter_switched(vm, func)
        }
        Some(_) => {
            vm.charge();
            vm.save_frame();
            vm.exit(Why::Call(id))
        }
        None => vm.bug("no such function"),
    }
}

/// Calls a function that the current module defines.
#[inline(always)]
fn enter(mut vm: Vm<'_>, func: u32) -> Step<'_> {
    vm.charge();
    vm.save_frame();
    enter_switched(vm, func)
}

/// Makes a frame for a function of the current instance and begins it. The caller's frame is
/// saved and charged. A check point.
#[inline(always)]
fn enter_switched(mut vm: Vm<'_>, func: u32) -> Step<'_> {
    let Some(&meta) = vm.run.module.funcs.get(func as usize) else { return vm.bug("no such function") };
    let Some(prologue) = vm.side.prologue(meta.side) else { return vm.bug("a function without prologue") };
    if vm.run.frames.len() >= vm.run.state.quota.limits.call_depth as usize {
        return vm.trap(Trap::CallStackExhausted);
    }
    if let Err(why) = vm.ensure((prologue.locals + prologue.height) as usize) {
        return vm.exit(why);
    }
    let base = vm.sp.wrapping_sub(prologue.params as usize);
    let frame = Frame { instance: vm.run.instance, func, ip: meta.code, stp: meta.side + 1, base: base as u32 };
    if vm.run.frames.push(frame).is_err() {
        return vm.exit(Why::OutOfMemory);
    }
    if let Some(locals) = vm.stack.get_mut(vm.sp..vm.sp + prologue.locals as usize) {
        locals.fill(0);
    }
    vm.sp += prologue.locals as usize;
    (vm.run.func, vm.run.start) = (func, meta.code);
    vm.code = vm.run.bytes.get(meta.code as usize..meta.end as usize).unwrap_or_default();
    (vm.ip, vm.mark, vm.base, vm.stp) = (0, 0, base, meta.side + 1);
    if vm.fuel < 0 {
        return vm.pause();
    }
    Ok(vm)
}

/// Leaves the current function; its results take the place of its frame. A check point.
pub fn return_(mut vm: Vm<'_>) -> Step<'_> {
    vm.charge();
    let results = vm.prologue().results as usize;
    let from = vm.sp.wrapping_sub(results);
    if from > vm.base {
        vm.drop_below(results, from - vm.base);
    }
    if vm.run.frames.pop().is_none() {
        return vm.bug("a return without frame");
    }
    if let Err(why) = vm.load_frame() {
        return vm.exit(why);
    }
    if vm.fuel < 0 {
        return vm.pause();
    }
    Ok(vm)
}
