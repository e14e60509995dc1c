//! Structures and arrays: what works on one field or element (core spec, Aggregate
//! Instructions). Whatever allocates or works on many elements is in `object`.

use crate::error::{Trap, bug};
use crate::exec::activation::{Context, Step};
use crate::exec::registers::Registers;
use crate::store::Ref;
use crate::store::gc::{ELEMENTS, STRUCT_FIELDS};
use crate::syntax::{FieldType, StorageType, TypeIdx};
use crate::types::aggregate::storage_size;

/// How a packed value is filled up to 32 bits (core spec, Field Types: unpacking).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extend {
    Signed,
    /// Values that are not packed stay as they are.
    Unsigned,
}

impl Extend {
    #[inline(always)]
    fn apply(self, storage: StorageType, value: u64) -> u64 {
        let signed = match (self, storage) {
            (Extend::Signed, StorageType::I8) => i32::from(value as u8 as i8),
            (Extend::Signed, StorageType::I16) => i32::from(value as u16 as i16),
            _ => return value,
        };
        u64::from(signed.cast_unsigned())
    }
}

impl Context<'_> {
    /// A field of a structure type of the module, and where it lies in an object.
    #[inline(always)]
    fn field(&self, ty: TypeIdx, field: u32) -> Option<(FieldType, u64)> {
        let (field, offset) = self.here.module.types.field(*self.here.module.type_ids.get(ty.index())?, field)?;
        Some((field, u64::from(STRUCT_FIELDS) + u64::from(offset)))
    }

    /// What an array type of the module holds.
    #[inline(always)]
    fn element(&self, ty: TypeIdx) -> Option<FieldType> {
        self.here.module.types.element(*self.here.module.type_ids.get(ty.index())?)
    }

    /// Where an element lies in an array; traps where there is no such array or element.
    #[inline(always)]
    fn element_at(&mut self, array: Ref, index: u64, storage: StorageType) -> Step<u64> {
        if array.is_null() {
            return Err(self.halt(Trap::NullArrayReference));
        }
        let Some(len) = self.heap.array_len(array) else { return Err(self.halt(bug!("an array is not in the heap"))) };
        // An index has 32 bits, so this does not overflow.
        let index = index & 0xFFFF_FFFF;
        if index >= u64::from(len) {
            return Err(self.halt(Trap::OutOfBoundsArrayAccess));
        }
        Ok(u64::from(ELEMENTS) + index * u64::from(storage_size(storage)))
    }
}

#[inline(always)]
fn read_field<'a>(a: &mut impl Registers<'a>, extend: Extend) -> Step {
    let (ty, field) = (TypeIdx::new(a.index()), a.index());
    let object = Ref::from_slot(a.pop());
    if object.is_null() {
        return Err(a.halt(Trap::NullStructureReference));
    }
    let cx = a.cx();
    let Some((field, offset)) = cx.field(ty, field) else { return Err(a.halt(bug!("a field is missing"))) };
    let Some([low, high]) = cx.heap.read(object, offset, field.storage) else {
        return Err(a.halt(bug!("a structure is not in the heap")));
    };
    a.push_value([extend.apply(field.storage, low), high]);
    Ok(())
}

/// `struct.get`
#[inline(always)]
pub(in crate::exec) fn struct_get<'a>(a: &mut impl Registers<'a>) -> Step {
    read_field(a, Extend::Unsigned)
}

/// `struct.get_s`
#[inline(always)]
pub(in crate::exec) fn struct_get_s<'a>(a: &mut impl Registers<'a>) -> Step {
    read_field(a, Extend::Signed)
}

/// `struct.get_u`
#[inline(always)]
pub(in crate::exec) fn struct_get_u<'a>(a: &mut impl Registers<'a>) -> Step {
    read_field(a, Extend::Unsigned)
}

/// `struct.set`
#[inline(always)]
pub(in crate::exec) fn struct_set<'a>(a: &mut impl Registers<'a>) -> Step {
    let (ty, field) = (TypeIdx::new(a.index()), a.index());
    let value = a.pop_value();
    let object = Ref::from_slot(a.pop());
    if object.is_null() {
        return Err(a.halt(Trap::NullStructureReference));
    }
    let cx = a.cx();
    let Some((field, offset)) = cx.field(ty, field) else { return Err(a.halt(bug!("a field is missing"))) };
    let written = cx.heap.write(object, offset, field.storage, value);
    written.ok_or_else(|| cx.halt(bug!("a structure is not in the heap")))
}

#[inline(always)]
fn read_element<'a>(a: &mut impl Registers<'a>, extend: Extend) -> Step {
    let ty = TypeIdx::new(a.index());
    let index = a.pop();
    let array = Ref::from_slot(a.pop());
    let cx = a.cx();
    let Some(element) = cx.element(ty) else { return Err(a.halt(bug!("an array type is missing"))) };
    let offset = cx.element_at(array, index, element.storage)?;
    let Some([low, high]) = cx.heap.read(array, offset, element.storage) else {
        return Err(a.halt(bug!("an element is not in the heap")));
    };
    a.push_value([extend.apply(element.storage, low), high]);
    Ok(())
}

/// `array.get`
#[inline(always)]
pub(in crate::exec) fn array_get<'a>(a: &mut impl Registers<'a>) -> Step {
    read_element(a, Extend::Unsigned)
}

/// `array.get_s`
#[inline(always)]
pub(in crate::exec) fn array_get_s<'a>(a: &mut impl Registers<'a>) -> Step {
    read_element(a, Extend::Signed)
}

/// `array.get_u`
#[inline(always)]
pub(in crate::exec) fn array_get_u<'a>(a: &mut impl Registers<'a>) -> Step {
    read_element(a, Extend::Unsigned)
}

/// `array.set`
#[inline(always)]
pub(in crate::exec) fn array_set<'a>(a: &mut impl Registers<'a>) -> Step {
    let ty = TypeIdx::new(a.index());
    let value = a.pop_value();
    let index = a.pop();
    let array = Ref::from_slot(a.pop());
    let cx = a.cx();
    let Some(element) = cx.element(ty) else { return Err(a.halt(bug!("an array type is missing"))) };
    let offset = cx.element_at(array, index, element.storage)?;
    let written = cx.heap.write(array, offset, element.storage, value);
    written.ok_or_else(|| cx.halt(bug!("an element is not in the heap")))
}

/// `array.len`
#[inline(always)]
pub(in crate::exec) fn array_len<'a>(a: &mut impl Registers<'a>) -> Step {
    let array = Ref::from_slot(a.pop());
    if array.is_null() {
        return Err(a.halt(Trap::NullArrayReference));
    }
    let Some(len) = a.cx().heap.array_len(array) else { return Err(a.halt(bug!("an array is not in the heap"))) };
    a.push(len.into());
    Ok(())
}

slow! {
    struct_new struct_new_default
    array_new array_new_default array_new_fixed array_new_data array_new_elem
    array_fill array_copy array_init_data array_init_elem
}
