//! References (core spec, Reference Instructions).

#[cfg(feature = "function-references")]
use crate::error::Trap;
use crate::exec::activation::Step;
use crate::exec::registers::Registers;
use crate::store::Ref;
use crate::syntax::FuncIdx;

/// `ref.null`
#[inline(always)]
pub(in crate::exec) fn ref_null<'a>(a: &mut impl Registers<'a>) -> Step {
    a.skip_heap_type();
    a.push(Ref::NULL.into_slot());
    Ok(())
}

/// `ref.is_null`
#[inline(always)]
pub(in crate::exec) fn ref_is_null<'a>(a: &mut impl Registers<'a>) -> Step {
    let reference = Ref::from_slot(a.pop());
    a.push(u64::from(reference.is_null()));
    Ok(())
}

/// `ref.func`
#[inline(always)]
pub(in crate::exec) fn ref_func<'a>(a: &mut impl Registers<'a>) -> Step {
    let func = FuncIdx::new(a.index());
    let id = a.cx().here.instance.func(func);
    a.push(Ref::from_func(id).into_slot());
    Ok(())
}

/// `ref.as_non_null`
#[cfg(feature = "function-references")]
#[inline(always)]
pub(in crate::exec) fn ref_as_non_null<'a>(a: &mut impl Registers<'a>) -> Step {
    if Ref::from_slot(a.top()).is_null() { Err(a.halt(Trap::NullReference)) } else { Ok(()) }
}

/// `br_on_null`: without the reference when it branches.
#[cfg(feature = "function-references")]
#[inline(always)]
pub(in crate::exec) fn br_on_null<'a>(a: &mut impl Registers<'a>) -> Step {
    if Ref::from_slot(a.top()).is_null() {
        a.pop();
        return a.branch();
    }
    a.skip_number();
    a.skip_entries(1);
    Ok(())
}

/// `br_on_non_null`: with the reference when it branches.
#[cfg(feature = "function-references")]
#[inline(always)]
pub(in crate::exec) fn br_on_non_null<'a>(a: &mut impl Registers<'a>) -> Step {
    if !Ref::from_slot(a.top()).is_null() {
        return a.branch();
    }
    a.pop();
    a.skip_number();
    a.skip_entries(1);
    Ok(())
}
