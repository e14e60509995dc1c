//! What a reference refers to: identity, casts, `i31` (core spec, Reference Instructions; the
//! branches under Control Instructions).

use crate::binary::core_type::EXACT;
use crate::error::{Trap, bug};
use crate::exec::activation::{Context, Step};
use crate::exec::registers::Registers;
use crate::store::Ref;
use crate::syntax::{AbstractHeapType, HeapType, TypeIdx};

/// Flags of `br_on_cast` (core spec, Binary Format, Control Instructions): whether the type tested
/// for has null among its values.
pub(super) const TO_NULLABLE: u8 = 2;

/// A heap type as it stands in code.
struct ReadHeapType {
    is_exact: bool,
    /// An index; negative where the type is abstract.
    code: i64,
}

/// Reads a heap type.
#[inline(always)]
fn heap_type<'a>(a: &mut impl Registers<'a>) -> ReadHeapType {
    let is_exact = cfg!(feature = "custom-descriptors") && a.next_byte() == EXACT;
    if is_exact {
        a.skip_byte();
    }
    ReadHeapType { is_exact, code: a.signed() }
}

impl Context<'_> {
    /// Whether a reference, which may be null, is of a heap type as it was read. It must be of
    /// the type's hierarchy.
    #[inline(always)]
    fn is_of(&mut self, reference: Ref, nullable: bool, read: ReadHeapType) -> Step<bool> {
        if reference.is_null() {
            return Ok(nullable);
        }
        let ReadHeapType { is_exact, code } = read;
        let heap = match u32::try_from(code) {
            Ok(index) => match self.here.instance.type_at(self.here.module, TypeIdx::new(index)) {
                Some(ty) if is_exact => ty.exact_heap(),
                Some(ty) => ty.heap(),
                None => return Err(self.halt(bug!("a type is missing"))),
            },
            // The byte of an abstract heap type reads as a negative number of seven bits.
            Err(_) => match AbstractHeapType::from_byte(code as u8 & 0x7F) {
                Some(heap) => HeapType::Abstract(heap),
                None => return Err(self.halt(bug!("a heap type that is none"))),
            },
        };
        Ok(self.heap.is_of(self.types, self.funcs, reference, heap))
    }
}

/// `ref.eq`
#[inline(always)]
pub(in crate::exec) fn ref_eq<'a>(a: &mut impl Registers<'a>) -> Step {
    let (right, left) = (Ref::from_slot(a.pop()), Ref::from_slot(a.pop()));
    a.push(u64::from(left == right));
    Ok(())
}

#[inline(always)]
fn test<'a>(a: &mut impl Registers<'a>, nullable: bool) -> Step {
    let heap = heap_type(a);
    let reference = Ref::from_slot(a.pop());
    let found = a.cx().is_of(reference, nullable, heap)?;
    a.push(u64::from(found));
    Ok(())
}

/// `ref.test`
#[inline(always)]
pub(in crate::exec) fn ref_test<'a>(a: &mut impl Registers<'a>) -> Step {
    test(a, false)
}

/// `ref.test` for a type with null.
#[inline(always)]
pub(in crate::exec) fn ref_test_null<'a>(a: &mut impl Registers<'a>) -> Step {
    test(a, true)
}

#[inline(always)]
fn cast<'a>(a: &mut impl Registers<'a>, nullable: bool) -> Step {
    let heap = heap_type(a);
    let reference = Ref::from_slot(a.top());
    if a.cx().is_of(reference, nullable, heap)? { Ok(()) } else { Err(a.halt(Trap::CastFailure)) }
}

/// `ref.cast`
#[inline(always)]
pub(in crate::exec) fn ref_cast<'a>(a: &mut impl Registers<'a>) -> Step {
    cast(a, false)
}

/// `ref.cast` for a type with null.
#[inline(always)]
pub(in crate::exec) fn ref_cast_null<'a>(a: &mut impl Registers<'a>) -> Step {
    cast(a, true)
}

/// Branches where the test has that outcome; the reference stays in either case.
#[inline(always)]
fn branch_on<'a>(a: &mut impl Registers<'a>, outcome: bool) -> Step {
    let [flags] = a.array();
    a.skip_number();
    a.skip_heap_type();
    let heap = heap_type(a);
    let reference = Ref::from_slot(a.top());
    if a.cx().is_of(reference, flags & TO_NULLABLE != 0, heap)? == outcome {
        return a.branch();
    }
    a.skip_entries(1);
    Ok(())
}

/// `br_on_cast`
#[inline(always)]
pub(in crate::exec) fn br_on_cast<'a>(a: &mut impl Registers<'a>) -> Step {
    branch_on(a, true)
}

/// `br_on_cast_fail`
#[inline(always)]
pub(in crate::exec) fn br_on_cast_fail<'a>(a: &mut impl Registers<'a>) -> Step {
    branch_on(a, false)
}

/// `any.convert_extern`: both look the same, see [`Ref`].
#[inline(always)]
pub(in crate::exec) fn any_convert_extern<'a>(_: &mut impl Registers<'a>) -> Step {
    Ok(())
}

/// `extern.convert_any`: both look the same, see [`Ref`].
#[inline(always)]
pub(in crate::exec) fn extern_convert_any<'a>(_: &mut impl Registers<'a>) -> Step {
    Ok(())
}

/// `ref.i31`
#[inline(always)]
pub(in crate::exec) fn ref_i31<'a>(a: &mut impl Registers<'a>) -> Step {
    let value = a.top();
    // An `i32`, so the upper half is nothing.
    a.set_top(Ref::from_i31(value as u32).into_slot());
    Ok(())
}

/// `i31.get_s`
#[inline(always)]
pub(in crate::exec) fn i31_get_s<'a>(a: &mut impl Registers<'a>) -> Step {
    let Some(value) = Ref::from_slot(a.top()).i31() else { return Err(a.halt(Trap::NullI31Reference)) };
    let signed = (value << 1).cast_signed() >> 1;
    a.set_top(u64::from(signed.cast_unsigned()));
    Ok(())
}

/// `i31.get_u`
#[inline(always)]
pub(in crate::exec) fn i31_get_u<'a>(a: &mut impl Registers<'a>) -> Step {
    let Some(value) = Ref::from_slot(a.top()).i31() else { return Err(a.halt(Trap::NullI31Reference)) };
    a.set_top(value.into());
    Ok(())
}
