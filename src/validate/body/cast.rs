//! Casts, conversions and 31-bit integers (core spec, Reference Instructions; branches on casts
//! under Control Instructions).

use super::{Body, Operand};
use crate::error::Result;
use crate::syntax::instr::BrOnCast;
use crate::syntax::{AbstractHeapType, Features, HeapType, LabelIdx, RefType};

/// `(ref null? heap)`
const fn abstract_ref(heap: AbstractHeapType, nullable: bool) -> Operand {
    Operand::of_ref(RefType::of(nullable, HeapType::Abstract(heap)))
}

const ANY: Operand = abstract_ref(AbstractHeapType::Any, true);
const EQ: Operand = abstract_ref(AbstractHeapType::Eq, true);
const I31: Operand = abstract_ref(AbstractHeapType::I31, true);
const EXTERN: Operand = abstract_ref(AbstractHeapType::Extern, true);

impl Body<'_> {
    pub(super) fn ref_eq(&mut self) -> Result<()> {
        self.apply([EQ, EQ], [Operand::I32])
    }

    pub(super) fn br_on_cast(&mut self, cast: BrOnCast) -> Result<()> {
        let (from, to) = self.cast(cast)?;
        self.br_on_cast_to(cast.label, from, to, difference(from, to))
    }

    pub(super) fn br_on_cast_fail(&mut self, cast: BrOnCast) -> Result<()> {
        let (from, to) = self.cast(cast)?;
        self.br_on_cast_to(cast.label, from, difference(from, to), to)
    }

    /// The types of a cast; the second one matches the first one. With custom descriptors they need
    /// only be of one hierarchy.
    pub(super) fn cast(&self, cast: BrOnCast) -> Result<(RefType, RefType)> {
        let from = self.cx.ref_type(cast.from, self.at)?;
        let to = self.cx.ref_type(cast.to, self.at)?;
        let types = self.types();
        if self.cx.features.contains(Features::CUSTOM_DESCRIPTORS) && types.top(from.heap()) == types.top(to.heap()) {
            return Ok((from, to));
        }
        self.check_element(Operand::of_ref(to), Operand::of_ref(from))?;
        Ok((from, to))
    }

    /// Takes a reference `from`; branches with it as `taken` or goes on with it as `otherwise`.
    pub(super) fn br_on_cast_to(
        &mut self,
        label: LabelIdx,
        from: RefType,
        taken: RefType,
        otherwise: RefType,
    ) -> Result<()> {
        let (rest, last) = self.label_with_ref(label)?;
        self.check_element(Operand::of_ref(taken), last)?;
        let height = self.operands.len();
        self.pop(Operand::of_ref(from))?;
        self.pop_types(rest)?;
        self.push_types(rest)?;
        // The entry counts from the last byte, where the machine stands when it knows whether to
        // branch.
        let opcode = core::mem::replace(&mut self.at, self.next.wrapping_sub(1));
        let branched = self.branch(label, rest.len() + 1, height);
        self.at = opcode;
        branched?;
        self.push(Operand::of_ref(otherwise))
    }

    pub(super) fn ref_test(&mut self, heap: HeapType) -> Result<()> {
        self.test(heap)?;
        self.push(Operand::I32)
    }

    pub(super) fn ref_test_null(&mut self, heap: HeapType) -> Result<()> {
        self.ref_test(heap)
    }

    pub(super) fn ref_cast(&mut self, heap: HeapType) -> Result<()> {
        let heap = self.test(heap)?;
        self.push(Operand::of_ref(RefType::of(false, heap)))
    }

    pub(super) fn ref_cast_null(&mut self, heap: HeapType) -> Result<()> {
        let heap = self.test(heap)?;
        self.push(Operand::of_ref(RefType::of(true, heap)))
    }

    /// Takes a reference that can be tested for `heap`: any of the same hierarchy.
    fn test(&mut self, heap: HeapType) -> Result<HeapType> {
        let heap = self.cx.heap_type(heap, self.at)?;
        self.pop_testable(heap)?;
        Ok(heap)
    }

    /// Takes a reference of the hierarchy of `heap`.
    pub(super) fn pop_testable(&mut self, heap: HeapType) -> Result<()> {
        let top = self.types().top(heap);
        self.pop(abstract_ref(top, true))?;
        Ok(())
    }

    pub(super) fn any_convert_extern(&mut self) -> Result<()> {
        self.convert(EXTERN, ANY)
    }

    pub(super) fn extern_convert_any(&mut self) -> Result<()> {
        self.convert(ANY, EXTERN)
    }

    /// A reference of another hierarchy, null or not as before.
    fn convert(&mut self, from: Operand, to: Operand) -> Result<()> {
        let ty = self.pop_ref()?;
        self.check_element(ty, from)?;
        let nullable = ty.as_ref().is_some_and(|ty| ty.is_nullable());
        self.push(if nullable { to } else { to.as_non_null() })
    }

    pub(super) fn ref_i31(&mut self) -> Result<()> {
        self.apply([Operand::I32], [I31.as_non_null()])
    }

    pub(super) fn i31_get_s(&mut self) -> Result<()> {
        self.apply([I31], [Operand::I32])
    }

    pub(super) fn i31_get_u(&mut self) -> Result<()> {
        self.i31_get_s()
    }
}

/// The references of `from` that are left when those of `to` are taken away (core spec,
/// Reference Types: difference).
pub(super) fn difference(from: RefType, to: RefType) -> RefType {
    if to.is_nullable() { from.as_non_null() } else { from }
}
