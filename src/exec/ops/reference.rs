//! Reference instructions (core spec, Reference Instructions).

use crate::exec::vm::{Step, Vm};
use crate::store::Ref;
use crate::syntax::FuncIdx;

pub fn ref_null(mut vm: Vm<'_>) -> Step<'_> {
    // The heap type means nothing any more: null is null.
    while vm.byte().is_some_and(|byte| byte & 0x80 != 0) {}
    vm.push(Ref::NULL);
    Ok(vm)
}

pub fn ref_is_null(mut vm: Vm<'_>) -> Step<'_> {
    let reference = vm.pop::<Ref>();
    vm.push(u32::from(reference.is_null()));
    Ok(vm)
}

pub fn ref_func(mut vm: Vm<'_>) -> Step<'_> {
    let index = vm.u32();
    match vm.instance().map(|instance| instance.func(FuncIdx::new(index))) {
        Some(id) => {
            vm.push(Ref::from_func(id));
            Ok(vm)
        }
        None => vm.bug("no current instance"),
    }
}
