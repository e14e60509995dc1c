//! Descriptors: values that describe structures, and exact references (custom descriptors
//! proposal).

use super::cast::difference;
use super::{Body, Operand};
use crate::error::{Invalid, Result};
use crate::syntax::instr::BrOnCast;
use crate::syntax::{HeapType, RefType, TypeIdx};
use crate::types::TypeId;

impl Body<'_> {
    /// The type of the descriptors of a type's values.
    fn descriptor_of(&self, id: TypeId) -> Result<TypeId> {
        let descriptor = self.types().links(id).descriptor;
        descriptor.ok_or_else(|| self.invalid(Invalid::Descriptor, format_args!("the type has no descriptor")))
    }

    /// Takes a descriptor, which is of exactly its type.
    fn pop_exact_descriptor(&mut self, id: TypeId) -> Result<()> {
        let descriptor = self.descriptor_of(id)?;
        self.pop(Operand::of_ref(RefType::of(true, descriptor.exact_heap())))?;
        Ok(())
    }

    pub(super) fn struct_new_desc(&mut self, ty: TypeIdx) -> Result<()> {
        let (id, fields) = self.cx.struct_type(ty, self.at)?;
        self.pop_exact_descriptor(id)?;
        self.pop_fields(fields)?;
        self.push(self.allocated(id))
    }

    pub(super) fn struct_new_default_desc(&mut self, ty: TypeIdx) -> Result<()> {
        let (id, fields) = self.cx.struct_type(ty, self.at)?;
        self.pop_exact_descriptor(id)?;
        self.check_all_defaultable(id, fields)?;
        self.push(self.allocated(id))
    }

    /// The descriptor of a value that is exact is exact as well.
    pub(super) fn ref_get_desc(&mut self, ty: TypeIdx) -> Result<()> {
        let id = self.cx.type_id(ty, self.at)?;
        let descriptor = self.descriptor_of(id)?;
        let found = self.pop_ref()?;
        self.check_element(found, Operand::of_type(id, true))?;
        let exact = Operand::of_ref(RefType::of(true, id.exact_heap()));
        self.push(match found.matches(exact, self.types()) {
            true => Operand::exactly(descriptor),
            false => Operand::of_type(descriptor, false),
        })
    }

    pub(super) fn ref_cast_desc_eq(&mut self, heap: HeapType) -> Result<()> {
        self.cast_by_descriptor(heap, false)
    }

    pub(super) fn ref_cast_desc_eq_null(&mut self, heap: HeapType) -> Result<()> {
        self.cast_by_descriptor(heap, true)
    }

    fn cast_by_descriptor(&mut self, heap: HeapType, nullable: bool) -> Result<()> {
        let heap = self.cx.heap_type(heap, self.at)?;
        self.pop_descriptor(heap)?;
        self.pop_testable(heap)?;
        self.push(Operand::of_ref(RefType::of(nullable, heap)))
    }

    /// Takes the descriptor that a value must have to be of type `heap`: an exact one where that
    /// is exact.
    fn pop_descriptor(&mut self, heap: HeapType) -> Result<()> {
        let (id, is_exact) = match heap {
            HeapType::Concrete(index) => (TypeId::from_index(index), false),
            HeapType::Exact(index) => (TypeId::from_index(index), true),
            HeapType::Abstract(_) => {
                return Err(self.invalid(Invalid::Descriptor, format_args!("no type of the module")));
            }
        };
        let descriptor = self.descriptor_of(id)?;
        let heap = if is_exact { descriptor.exact_heap() } else { descriptor.heap() };
        self.pop(Operand::of_ref(RefType::of(true, heap)))?;
        Ok(())
    }

    pub(super) fn br_on_cast_desc_eq(&mut self, cast: BrOnCast) -> Result<()> {
        let (from, to) = self.cast(cast)?;
        self.pop_descriptor(to.heap())?;
        self.br_on_cast_to(cast.label, from, to, difference(from, to))
    }

    pub(super) fn br_on_cast_desc_eq_fail(&mut self, cast: BrOnCast) -> Result<()> {
        let (from, to) = self.cast(cast)?;
        self.pop_descriptor(to.heap())?;
        self.br_on_cast_to(cast.label, from, difference(from, to), to)
    }
}
