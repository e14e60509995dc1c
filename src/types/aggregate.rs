//! Where the fields of structures lie (core spec, Aggregate Types).
//!
//! Fields follow one another in their order, without padding, each as many bytes as it needs: so
//! a field lies where it lies in every subtype, and nothing is lost between small ones.

use super::rec_group::{Kind, range};
use super::{TypeId, TypeTable};
use crate::support::OutOfMemory;
use crate::syntax::{FieldType, StorageType, ValType};

/// Bytes of a value of this type in a structure or array. References take four.
pub const fn storage_size(storage: StorageType) -> u32 {
    match storage {
        StorageType::I8 => 1,
        StorageType::I16 => 2,
        StorageType::Val(ValType::I32 | ValType::F32 | ValType::Ref(_)) => 4,
        StorageType::Val(ValType::I64 | ValType::F64) => 8,
        StorageType::Val(ValType::V128) => 16,
    }
}

/// Bytes of the reference to a descriptor, which lies before the fields (custom descriptors).
const DESCRIPTOR_SIZE: u32 = 4;

impl TypeTable {
    /// A field of a structure type, and how many bytes of other fields lie before it.
    #[inline]
    pub fn field(&self, id: TypeId, index: u32) -> Option<(FieldType, u32)> {
        let ty = self.types.get(id.index()).filter(|ty| ty.kind() == Kind::Struct && index < ty.count)?;
        let at = ty.start as usize + index as usize;
        Some((*self.fields.get(at)?, *self.offsets.get(at)?))
    }

    /// All fields of a structure type, each with the bytes before it.
    pub fn fields(&self, id: TypeId) -> Option<impl DoubleEndedIterator<Item = (FieldType, u32)> + ExactSizeIterator> {
        let ty = self.types.get(id.index()).filter(|ty| ty.kind() == Kind::Struct)?;
        let parts = range(ty.start, ty.count);
        let offsets = self.offsets.get(parts.clone())?;
        Some(self.fields.get(parts)?.iter().copied().zip(offsets.iter().copied()))
    }

    /// What an array type holds.
    #[inline]
    pub fn element(&self, id: TypeId) -> Option<FieldType> {
        let ty = self.types.get(id.index()).filter(|ty| ty.kind() == Kind::Array)?;
        self.fields.get(ty.start as usize).copied()
    }

    /// Bytes of all fields of a structure type.
    #[inline]
    pub fn struct_size(&self, id: TypeId) -> Option<u32> {
        let ty = self.types.get(id.index())?;
        let Some(last) = ty.count.checked_sub(1) else {
            return Some(if ty.links().descriptor.is_some() { DESCRIPTOR_SIZE } else { 0 });
        };
        let (field, offset) = self.field(id, last)?;
        Some(offset.saturating_add(storage_size(field.storage)))
    }

    /// Moves the fields from `start` on, which are of one type, behind the reference to a descriptor.
    /// All subtypes have one as well, so fields still lie where they lie in them.
    pub(super) fn make_room_for_descriptor(&mut self, start: u32) {
        for offset in self.offsets.iter_mut().skip(start as usize) {
            *offset = offset.saturating_add(DESCRIPTOR_SIZE);
        }
    }

    /// Lays out the fields from `start` on, which are of one type.
    pub(super) fn lay_out(&mut self, start: u32) -> Result<(), OutOfMemory> {
        let mut offset = 0u32;
        for field in self.fields.get(start as usize..).unwrap_or_default() {
            self.offsets.push(offset)?;
            // Too large for any heap, should it ever stop here.
            offset = offset.saturating_add(storage_size(field.storage));
        }
        Ok(())
    }
}
