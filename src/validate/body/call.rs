//! Calls (core spec, Control Instructions): direct, indirect, through references. Tail calls are in
//! `tail_call.rs`.

use super::{Body, Operand, Types};
use crate::error::Result;
use crate::syntax::{FuncIdx, RefType, TableIdx, TypeIdx, ValType};

impl<'m> Body<'m> {
    pub(super) fn call(&mut self, func: FuncIdx) -> Result<()> {
        let (params, results) = self.cx.func(func, self.at)?;
        self.pop_types(Types::Many(params))?;
        self.push_types(Types::Many(results))
    }

    pub(super) fn call_indirect(&mut self, ty: TypeIdx, table: TableIdx) -> Result<()> {
        let (params, results) = self.indirect_callee(ty, table)?;
        self.pop_types(Types::Many(params))?;
        self.push_types(Types::Many(results))
    }

    #[cfg(any(feature = "function-references", test))]
    pub(super) fn call_ref(&mut self, ty: TypeIdx) -> Result<()> {
        let (id, params, results) = self.cx.func_type(ty, self.at)?;
        self.pop(Operand::of_type(id, true))?;
        self.pop_types(Types::Many(params))?;
        self.push_types(Types::Many(results))
    }

    /// Takes the index into the table.
    pub(super) fn indirect_callee(&mut self, ty: TypeIdx, table: TableIdx) -> Result<(&'m [ValType], &'m [ValType])> {
        let table = self.table(table)?;
        let (_, params, results) = self.cx.func_type(ty, self.at)?;
        if !self.types().ref_matches(table.element, RefType::FUNCREF) {
            return Err(self.mismatch_with("a table of functions", Operand::of_ref(table.element)));
        }
        self.pop(Operand::of_addr(table.addr))?;
        Ok((params, results))
    }
}
