//! Tail calls (core spec, Control Instructions: `return_call` and its kin).

use super::{Body, Operand, Types};
use crate::error::{Invalid, Result};
use crate::syntax::{FuncIdx, TableIdx, TypeIdx, ValType};

impl<'m> Body<'m> {
    pub(super) fn return_call(&mut self, func: FuncIdx) -> Result<()> {
        let (params, results) = self.cx.func(func, self.at)?;
        self.tail_call(params, results)
    }

    pub(super) fn return_call_indirect(&mut self, ty: TypeIdx, table: TableIdx) -> Result<()> {
        let (params, results) = self.indirect_callee(ty, table)?;
        self.tail_call(params, results)
    }

    pub(super) fn return_call_ref(&mut self, ty: TypeIdx) -> Result<()> {
        let (id, params, results) = self.cx.func_type(ty, self.at)?;
        self.pop(Operand::of_type(id, true))?;
        self.tail_call(params, results)
    }

    /// The callee's results are the function's own.
    fn tail_call(&mut self, params: &'m [ValType], results: &'m [ValType]) -> Result<()> {
        let wanted = self.function_results();
        let same = wanted.len() == results.len()
            && results.iter().enumerate().all(|(at, ty)| Operand::from(*ty).matches(wanted.get(at), self.types()));
        if !same {
            let message = format_args!("the results of the callee are not those of the function");
            return Err(self.invalid(Invalid::TypeMismatch, message));
        }
        self.pop_types(Types::Many(params))?;
        self.set_unreachable();
        Ok(())
    }
}
