//! Table instructions (core spec, Table Instructions).

use super::memory::shorter;
use super::{Body, Operand};
use crate::error::{Invalid, Result};
use crate::syntax::{ElemIdx, RefType, TableIdx, TableType};
use crate::validate::context::unknown;

impl<'m> Body<'m> {
    pub(super) fn table(&self, table: TableIdx) -> Result<&'m TableType> {
        self.cx.table(table, self.at)
    }

    /// The types of the table's indices and of its elements.
    fn index_and_element(&self, table: TableIdx) -> Result<(Operand, Operand)> {
        let ty = self.table(table)?;
        Ok((Operand::of_addr(ty.addr), Operand::of_ref(ty.element)))
    }

    /// The type of a segment's items.
    pub(super) fn segment(&self, elem: ElemIdx) -> Result<RefType> {
        let segment = self.cx.module.elements.get(elem.index());
        segment.map(|segment| segment.ty).ok_or_else(|| unknown(Invalid::UnknownElement, elem, self.at))
    }

    /// That values of type `from` can be put where `to` are held.
    pub(super) fn check_element(&self, from: Operand, to: Operand) -> Result<()> {
        if from.matches(to, self.types()) { Ok(()) } else { Err(self.mismatch(to, from)) }
    }

    pub(super) fn table_get(&mut self, table: TableIdx) -> Result<()> {
        let (index, element) = self.index_and_element(table)?;
        self.apply([index], [element])
    }

    pub(super) fn table_set(&mut self, table: TableIdx) -> Result<()> {
        let (index, element) = self.index_and_element(table)?;
        self.apply([index, element], [])
    }

    pub(super) fn table_size(&mut self, table: TableIdx) -> Result<()> {
        let (index, _) = self.index_and_element(table)?;
        self.push(index)
    }

    pub(super) fn table_grow(&mut self, table: TableIdx) -> Result<()> {
        let (index, element) = self.index_and_element(table)?;
        self.apply([element, index], [index])
    }

    pub(super) fn table_fill(&mut self, table: TableIdx) -> Result<()> {
        let (index, element) = self.index_and_element(table)?;
        self.apply([index, element, index], [])
    }

    pub(super) fn table_copy(&mut self, to: TableIdx, from: TableIdx) -> Result<()> {
        let (to, held) = self.index_and_element(to)?;
        let (from, copied) = self.index_and_element(from)?;
        self.check_element(copied, held)?;
        self.apply([to, from, shorter(to, from)], [])
    }

    pub(super) fn table_init(&mut self, elem: ElemIdx, table: TableIdx) -> Result<()> {
        let (index, element) = self.index_and_element(table)?;
        let items = self.segment(elem)?;
        self.check_element(Operand::of_ref(items), element)?;
        self.apply([index, Operand::I32, Operand::I32], [])
    }

    pub(super) fn elem_drop(&mut self, elem: ElemIdx) -> Result<()> {
        self.segment(elem).map(|_| ())
    }
}
