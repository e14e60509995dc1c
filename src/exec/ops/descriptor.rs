//! What describes structures (custom descriptors proposal). What allocates is in `object`.

use super::cast::TO_NULLABLE;
use crate::error::Trap;
use crate::exec::activation::{Context, Step};
use crate::exec::registers::Registers;
use crate::store::Ref;

/// `ref.get_desc`
#[inline(always)]
pub(in crate::exec) fn ref_get_desc<'a>(a: &mut impl Registers<'a>) -> Step {
    a.skip_number();
    let reference = Ref::from_slot(a.top());
    if reference.is_null() {
        return Err(a.halt(Trap::NullReference));
    }
    let descriptor = a.cx().descriptor(reference);
    a.set_top(descriptor.into_slot());
    Ok(())
}

impl Context<'_> {
    /// What describes a value; null where nothing does.
    #[inline(always)]
    fn descriptor(&self, reference: Ref) -> Ref {
        self.heap.descriptor(self.types, reference).unwrap_or(Ref::NULL)
    }
}

/// Pops a descriptor: whether it is that of the reference below, which stays.
#[inline(always)]
fn is_described<'a>(a: &mut impl Registers<'a>, nullable: bool) -> Step<bool> {
    let descriptor = Ref::from_slot(a.pop());
    if descriptor.is_null() {
        return Err(a.halt(Trap::NullDescriptorReference));
    }
    let reference = Ref::from_slot(a.top());
    Ok(if reference.is_null() { nullable } else { a.cx().descriptor(reference) == descriptor })
}

#[inline(always)]
fn cast<'a>(a: &mut impl Registers<'a>, nullable: bool) -> Step {
    a.skip_heap_type();
    if is_described(a, nullable)? { Ok(()) } else { Err(a.halt(Trap::CastFailure)) }
}

/// `ref.cast_desc_eq`
#[inline(always)]
pub(in crate::exec) fn ref_cast_desc_eq<'a>(a: &mut impl Registers<'a>) -> Step {
    cast(a, false)
}

/// `ref.cast_desc_eq` to a type with null.
#[inline(always)]
pub(in crate::exec) fn ref_cast_desc_eq_null<'a>(a: &mut impl Registers<'a>) -> Step {
    cast(a, true)
}

/// Branches where the test has that outcome; the reference stays in either case.
#[inline(always)]
fn branch_on<'a>(a: &mut impl Registers<'a>, outcome: bool) -> Step {
    let [flags] = a.array();
    a.skip_number();
    a.skip_heap_type();
    a.skip_heap_type();
    if is_described(a, flags & TO_NULLABLE != 0)? == outcome {
        return a.branch();
    }
    a.skip_entries(1);
    Ok(())
}

/// `br_on_cast_desc_eq`
#[inline(always)]
pub(in crate::exec) fn br_on_cast_desc_eq<'a>(a: &mut impl Registers<'a>) -> Step {
    branch_on(a, true)
}

/// `br_on_cast_desc_eq_fail`
#[inline(always)]
pub(in crate::exec) fn br_on_cast_desc_eq_fail<'a>(a: &mut impl Registers<'a>) -> Step {
    branch_on(a, false)
}

slow! { struct_new_desc struct_new_default_desc }
