//! Element and data segments (core spec, Element Segments and Data Segments).

use super::body::Operand;
use super::module::Judge;
use crate::error::{Error, Invalid, Result};
use crate::image::Span;
use crate::image::module::{Data, Element, SegmentMode};
use crate::support::Limit;
use crate::syntax::module::{self as syntax, ConstExpr, DataMode, ElementItems, ElementMode};
use crate::syntax::{Encoded, Features, FuncIdx, RefType, TableIdx};

impl Judge<'_> {
    #[inline(never)]
    pub(super) fn element(&mut self, element: syntax::Element<'_>, at: u32) -> Result<()> {
        self.options.limit_len_at(Limit::ElementSegments, self.module.elements.len(), at)?;
        let (ty, items, count, exprs) = match element.items {
            ElementItems::Funcs(funcs) => {
                self.declare_all(funcs)?;
                // What `ref.func` gives is never null.
                (RefType::FUNCREF.as_non_null(), self.span(funcs.bytes), funcs.count, false)
            }
            ElementItems::Exprs(exprs) => {
                self.options.require(Features::BULK_MEMORY, "an element segment of expressions", at)?;
                let ty = self.context().ref_type(element.ty, at)?;
                self.items(exprs, Operand::of_ref(ty))?;
                (ty, self.span(exprs.bytes), exprs.count, true)
            }
        };
        let mode = match element.mode {
            ElementMode::Active { table, start } => self.active_element(table, &start, ty, at)?,
            ElementMode::Passive => {
                self.options.require(Features::BULK_MEMORY, "a passive segment", at)?;
                SegmentMode::Passive
            }
            ElementMode::Declared => {
                self.options.require(Features::REFERENCE_TYPES, "a declared segment", at)?;
                SegmentMode::Declared
            }
        };
        Ok(self.module.elements.push(Element { mode, ty, items, count, exprs })?)
    }

    fn declare_all(&mut self, funcs: Encoded<'_, FuncIdx>) -> Result<()> {
        self.each(funcs, Self::declare)
    }

    fn items(&mut self, exprs: Encoded<'_, ConstExpr<'_>>, ty: Operand) -> Result<()> {
        self.code(&mut |judge| exprs.items().try_for_each(|expr| judge.constant(&expr?.1, ty)))
    }

    fn active_element(
        &mut self,
        table: TableIdx,
        start: &ConstExpr<'_>,
        ty: RefType,
        at: u32,
    ) -> Result<SegmentMode<TableIdx>> {
        let held = *self.context().table(table, at)?;
        if !self.module.types.ref_matches(ty, held.element) {
            let message = format_args!("the segment's type does not match the table's");
            return Err(Error::invalid(Invalid::TypeMismatch, at).with_message(message));
        }
        let start = self.constant(start, Operand::of_addr(held.addr))?;
        Ok(SegmentMode::Active(table, start))
    }

    #[inline(never)]
    pub(super) fn data(&mut self, data: syntax::Data<'_>, at: u32) -> Result<()> {
        self.options.limit_len_at(Limit::DataSegments, self.module.data.len(), at)?;
        let mode = match data.mode {
            DataMode::Active { memory, start } => {
                let address = self.context().memory(memory, at)?.addr;
                SegmentMode::Active(memory, self.constant(&start, Operand::of_addr(address))?)
            }
            DataMode::Passive => {
                self.options.require(Features::BULK_MEMORY, "a passive segment", at)?;
                SegmentMode::Passive
            }
        };
        let bytes: Span = self.span(data.bytes);
        Ok(self.module.data.push(Data { mode, bytes })?)
    }
}
