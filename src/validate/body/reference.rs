//! References (core spec, Reference Instructions; branches on references under Control
//! Instructions). Casts and what else needs a hierarchy of types are in `cast.rs`.

use super::{Body, Operand};
use crate::error::{Invalid, Result};
use crate::syntax::{Features, FuncIdx, HeapType, RefType};
use crate::types::TypeId;
use crate::validate::context::unknown;
#[cfg(any(feature = "function-references", test))]
use {super::Types, crate::syntax::LabelIdx};

impl Operand {
    /// The same references without null; what is no reference stays as it is.
    #[cfg(any(feature = "function-references", test))]
    pub(super) fn as_non_null(self) -> Operand {
        self.as_ref().map_or(self, |ty| Operand::of_ref(ty.as_non_null()))
    }
}

impl<'m> Body<'m> {
    pub(super) fn ref_null(&mut self, heap: HeapType) -> Result<()> {
        let heap = self.cx.heap_type(heap, self.at)?;
        self.push(Operand::of_ref(RefType::of(true, heap)))
    }

    pub(super) fn ref_is_null(&mut self) -> Result<()> {
        self.pop_ref()?;
        self.push(Operand::I32)
    }

    /// In a constant expression the function becomes declared, in code it has to be.
    pub(super) fn ref_func(&mut self, func: FuncIdx) -> Result<()> {
        let ty = self.cx.module.func_types.get(func.index()).copied();
        let ty = ty.ok_or_else(|| unknown(Invalid::UnknownFunction, func, self.at))?;
        if self.is_constant {
            self.declared.insert(func.raw())?;
        } else if !self.declared.contains(func.raw()) {
            return Err(self.invalid(Invalid::UndeclaredFunction, format_args!("{func}")));
        }
        if !Features::JUDGED.contains(Features::FUNCTION_REFERENCES) {
            return self.push(Operand::of_ref(RefType::FUNCREF.as_non_null()));
        }
        self.push(if self.cx.module.is_exact(func) { self.allocated(ty) } else { Operand::of_type(ty, false) })
    }

    /// A reference to a new value: it is known to be of no subtype.
    pub(super) fn allocated(&self, id: TypeId) -> Operand {
        if self.cx.features.contains(Features::CUSTOM_DESCRIPTORS) {
            Operand::exactly(id)
        } else {
            Operand::of_type(id, false)
        }
    }

    #[cfg(any(feature = "function-references", test))]
    pub(super) fn ref_as_non_null(&mut self) -> Result<()> {
        let ty = self.pop_ref()?;
        self.push(ty.as_non_null())
    }

    #[cfg(any(feature = "function-references", test))]
    /// Branches without the reference, or goes on with it.
    pub(super) fn br_on_null(&mut self, label: LabelIdx) -> Result<()> {
        let ty = self.pop_ref()?;
        self.br_conditional(label)?;
        self.push(ty.as_non_null())
    }

    #[cfg(any(feature = "function-references", test))]
    /// Branches with the reference, or goes on without it.
    pub(super) fn br_on_non_null(&mut self, label: LabelIdx) -> Result<()> {
        let (rest, last) = self.label_with_ref(label)?;
        let height = self.operands.len();
        let nullable = last.as_ref().map_or(last, |ty| Operand::of_ref(ty.as_nullable()));
        self.pop(nullable)?;
        self.br_with(label, rest, height)
    }

    /// What a label takes: its last type, which must be a reference, and the ones before it.
    #[cfg(any(feature = "function-references", test))]
    pub(super) fn label_with_ref(&self, label: LabelIdx) -> Result<(Types<'m>, Operand)> {
        match self.label(label)?.split_last() {
            Some((rest, last)) if last.as_ref().is_some() => Ok((rest, last)),
            Some((_, last)) => Err(self.mismatch_with("a label with a reference", last)),
            None => Err(self.invalid(Invalid::TypeMismatch, format_args!("the label takes no reference"))),
        }
    }
}
