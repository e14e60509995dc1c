//! Reference instructions (core spec, Reference Instructions).

use crate::exec::vm::{Regs, Vm};
use crate::store::Ref;
use crate::syntax::FuncIdx;

pub fn ref_null(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    // The heap type means nothing any more: null is null.
    while vm.byte(&mut r).is_some_and(|byte| byte & 0x80 != 0) {}
    vm.push(&mut r, Ref::NULL);
    r
}

pub fn ref_is_null(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let reference = vm.pop::<Ref>(&mut r);
    vm.push(&mut r, u32::from(reference.is_null()));
    r
}

pub fn ref_func(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let index = vm.u32(&mut r);
    match vm.instance().map(|instance| instance.func(FuncIdx::new(index))) {
        Some(id) => {
            vm.push(&mut r, Ref::from_func(id));
            r
        }
        None => vm.bug(r, "no current instance"),
    }
}
