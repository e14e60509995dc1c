//! Structures and arrays (core spec, Aggregate Instructions).

use super::{Body, Operand};
use crate::error::{Invalid, Result};
use crate::syntax::{AbstractHeapType, DataIdx, ElemIdx, FieldIdx, FieldType, HeapType, RefType, StorageType, TypeIdx};
use crate::types::TypeId;
use crate::validate::context::unknown;

/// `(ref null array)`
const ARRAY: Operand = Operand::of_ref(RefType::of(true, HeapType::Abstract(AbstractHeapType::Array)));

/// How an instruction reads a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Read {
    Whole,
    /// With its sign extended, or with zeros: only packed fields are read so.
    Extended,
}

/// What a field holds once on the stack (core spec, Field Types: unpacking).
fn unpacked(field: FieldType) -> Operand {
    match field.storage {
        StorageType::I8 | StorageType::I16 => Operand::I32,
        StorageType::Val(ty) => Operand::from(ty),
    }
}

fn is_defaultable(field: FieldType) -> bool {
    match field.storage {
        StorageType::I8 | StorageType::I16 => true,
        StorageType::Val(ty) => ty.is_defaultable(),
    }
}

impl Body<'_> {
    /// That values of the type have no descriptor, which an allocation would have to give.
    pub(super) fn check_undescribed(&self, id: TypeId) -> Result<()> {
        match self.types().links(id).descriptor {
            None => Ok(()),
            Some(_) => Err(self.invalid(Invalid::Descriptor, format_args!("an allocation without descriptor"))),
        }
    }

    pub(super) fn struct_new(&mut self, ty: TypeIdx) -> Result<()> {
        let (id, fields) = self.cx.struct_type(ty, self.at)?;
        self.check_undescribed(id)?;
        self.pop_fields(fields)?;
        self.push(self.allocated(id))
    }

    pub(super) fn pop_fields(&mut self, fields: &[FieldType]) -> Result<()> {
        for field in fields.iter().rev() {
            if self.has_any() {
                break;
            }
            self.pop(unpacked(*field))?;
        }
        Ok(())
    }

    pub(super) fn struct_new_default(&mut self, ty: TypeIdx) -> Result<()> {
        let (id, fields) = self.cx.struct_type(ty, self.at)?;
        self.check_undescribed(id)?;
        self.check_all_defaultable(id, fields)?;
        self.push(self.allocated(id))
    }

    /// That every field of a structure type has a default value.
    pub(super) fn check_all_defaultable(&mut self, id: TypeId, fields: &[FieldType]) -> Result<()> {
        // Once a type: an instruction of three bytes may not cost a look at 10 000 fields.
        if !self.defaultable.contains(id.raw()) {
            fields.iter().try_for_each(|field| self.check_defaultable(*field))?;
            self.defaultable.insert(id.raw())?;
        }
        Ok(())
    }

    fn check_defaultable(&self, field: FieldType) -> Result<()> {
        if is_defaultable(field) {
            return Ok(());
        }
        Err(self.mismatch_with("a type with a default value", unpacked(field)))
    }

    fn field(&self, ty: TypeIdx, field: FieldIdx) -> Result<(TypeId, FieldType)> {
        let (id, fields) = self.cx.struct_type(ty, self.at)?;
        let field = fields.get(field.index()).ok_or_else(|| unknown(Invalid::UnknownField, field, self.at))?;
        Ok((id, *field))
    }

    /// That a field which is packed, and no other, is read with an extension.
    fn check_read(&self, field: FieldType, read: Read) -> Result<()> {
        let packed = !matches!(field.storage, StorageType::Val(_));
        match (packed, read) {
            (true, Read::Extended) | (false, Read::Whole) => Ok(()),
            (true, Read::Whole) => Err(self.invalid(Invalid::TypeMismatch, format_args!("the field is packed"))),
            (false, Read::Extended) => Err(self.invalid(Invalid::TypeMismatch, format_args!("the field is unpacked"))),
        }
    }

    fn get_field(&mut self, ty: TypeIdx, field: FieldIdx, read: Read) -> Result<()> {
        let (id, field) = self.field(ty, field)?;
        self.check_read(field, read)?;
        self.apply([Operand::of_type(id, true)], [unpacked(field)])
    }

    pub(super) fn struct_get(&mut self, ty: TypeIdx, field: FieldIdx) -> Result<()> {
        self.get_field(ty, field, Read::Whole)
    }

    pub(super) fn struct_get_s(&mut self, ty: TypeIdx, field: FieldIdx) -> Result<()> {
        self.get_field(ty, field, Read::Extended)
    }

    pub(super) fn struct_get_u(&mut self, ty: TypeIdx, field: FieldIdx) -> Result<()> {
        self.get_field(ty, field, Read::Extended)
    }

    pub(super) fn struct_set(&mut self, ty: TypeIdx, field: FieldIdx) -> Result<()> {
        let (id, field) = self.field(ty, field)?;
        if !field.mutable {
            return Err(self.invalid(Invalid::ImmutableField, format_args!("of type {ty}")));
        }
        self.apply([Operand::of_type(id, true), unpacked(field)], [])
    }

    /// An array type whose elements can change.
    fn mutable_array(&self, ty: TypeIdx) -> Result<(TypeId, FieldType)> {
        let (id, element) = self.cx.array_type(ty, self.at)?;
        if element.mutable {
            return Ok((id, element));
        }
        Err(self.invalid(Invalid::ImmutableArray, format_args!("type {ty}")))
    }

    pub(super) fn array_new(&mut self, ty: TypeIdx) -> Result<()> {
        let (id, element) = self.cx.array_type(ty, self.at)?;
        self.apply([unpacked(element), Operand::I32], [self.allocated(id)])
    }

    pub(super) fn array_new_default(&mut self, ty: TypeIdx) -> Result<()> {
        let (id, element) = self.cx.array_type(ty, self.at)?;
        self.check_defaultable(element)?;
        self.apply([Operand::I32], [self.allocated(id)])
    }

    pub(super) fn array_new_fixed(&mut self, ty: TypeIdx, len: u32) -> Result<()> {
        let (id, element) = self.cx.array_type(ty, self.at)?;
        for _ in 0..len {
            if self.has_any() {
                break;
            }
            self.pop(unpacked(element))?;
        }
        self.push(self.allocated(id))
    }

    pub(super) fn array_new_data(&mut self, ty: TypeIdx, data: DataIdx) -> Result<()> {
        let (id, element) = self.cx.array_type(ty, self.at)?;
        self.check_data(data)?;
        self.check_numeric(element)?;
        self.apply([Operand::I32, Operand::I32], [self.allocated(id)])
    }

    pub(super) fn array_new_elem(&mut self, ty: TypeIdx, elem: ElemIdx) -> Result<()> {
        let (id, element) = self.cx.array_type(ty, self.at)?;
        let items = self.segment(elem)?;
        self.check_element(Operand::of_ref(items), unpacked(element))?;
        self.apply([Operand::I32, Operand::I32], [self.allocated(id)])
    }

    /// That bytes can be read as elements.
    fn check_numeric(&self, element: FieldType) -> Result<()> {
        match unpacked(element).as_ref() {
            None => Ok(()),
            Some(ty) => {
                let message = format_args!("it holds {}", self.show(Operand::of_ref(ty)));
                Err(self.invalid(Invalid::ArrayNotNumeric, message))
            }
        }
    }

    fn get_element(&mut self, ty: TypeIdx, read: Read) -> Result<()> {
        let (id, element) = self.cx.array_type(ty, self.at)?;
        self.check_read(element, read)?;
        self.apply([Operand::of_type(id, true), Operand::I32], [unpacked(element)])
    }

    pub(super) fn array_get(&mut self, ty: TypeIdx) -> Result<()> {
        self.get_element(ty, Read::Whole)
    }

    pub(super) fn array_get_s(&mut self, ty: TypeIdx) -> Result<()> {
        self.get_element(ty, Read::Extended)
    }

    pub(super) fn array_get_u(&mut self, ty: TypeIdx) -> Result<()> {
        self.get_element(ty, Read::Extended)
    }

    pub(super) fn array_set(&mut self, ty: TypeIdx) -> Result<()> {
        let (id, element) = self.mutable_array(ty)?;
        self.apply([Operand::of_type(id, true), Operand::I32, unpacked(element)], [])
    }

    pub(super) fn array_len(&mut self) -> Result<()> {
        self.apply([ARRAY], [Operand::I32])
    }

    pub(super) fn array_fill(&mut self, ty: TypeIdx) -> Result<()> {
        let (id, element) = self.mutable_array(ty)?;
        self.apply([Operand::of_type(id, true), Operand::I32, unpacked(element), Operand::I32], [])
    }

    pub(super) fn array_copy(&mut self, to: TypeIdx, from: TypeIdx) -> Result<()> {
        let (to, held) = self.mutable_array(to)?;
        let (from, copied) = self.cx.array_type(from, self.at)?;
        let same = match (copied.storage, held.storage) {
            (StorageType::Val(copied), StorageType::Val(held)) => self.types().val_matches(copied, held),
            (copied, held) => copied == held,
        };
        if !same {
            return Err(self.invalid(Invalid::ArrayTypes, format_args!("of array.copy")));
        }
        let (to, from) = (Operand::of_type(to, true), Operand::of_type(from, true));
        self.apply([to, Operand::I32, from, Operand::I32, Operand::I32], [])
    }

    pub(super) fn array_init_data(&mut self, ty: TypeIdx, data: DataIdx) -> Result<()> {
        let (id, element) = self.mutable_array(ty)?;
        self.check_data(data)?;
        self.check_numeric(element)?;
        self.apply([Operand::of_type(id, true), Operand::I32, Operand::I32, Operand::I32], [])
    }

    pub(super) fn array_init_elem(&mut self, ty: TypeIdx, elem: ElemIdx) -> Result<()> {
        let (id, element) = self.mutable_array(ty)?;
        let items = self.segment(elem)?;
        self.check_element(Operand::of_ref(items), unpacked(element))?;
        self.apply([Operand::of_type(id, true), Operand::I32, Operand::I32, Operand::I32], [])
    }
}
