//! Variables and parametric instructions (core spec, Variable and Parametric Instructions).

use super::{Body, Operand};
use crate::error::{Invalid, Result};
use crate::syntax::instr::ValTypes;
use crate::syntax::{GlobalIdx, GlobalType, LocalIdx};
use crate::validate::context::unknown;

impl<'m> Body<'m> {
    pub(super) fn drop(&mut self) -> Result<()> {
        self.pop_any().map(|_| ())
    }

    /// `select` without a type: numbers, or vectors, of one type.
    pub(super) fn select(&mut self) -> Result<()> {
        self.pop(Operand::I32)?;
        let (second, first) = (self.pop_any()?, self.pop_any()?);
        for ty in [first, second] {
            if !ty.is_number() && ty != Operand::V128 && ty != Operand::BOTTOM {
                return Err(self.mismatch_with("a number or vector", ty));
            }
        }
        if first == Operand::BOTTOM {
            return self.push(second);
        }
        if second != first && second != Operand::BOTTOM {
            return Err(self.mismatch(first, second));
        }
        self.push(first)
    }

    /// `select` with its type.
    pub(super) fn select_t(&mut self, types: ValTypes<'_>) -> Result<()> {
        if types.0.count != 1 {
            return Err(
                self.invalid(Invalid::ResultArity, format_args!("{} types where one is allowed", types.0.count))
            );
        }
        for ty in types.0.items() {
            let ty = self.resolve(ty?.1)?;
            self.apply([ty, ty, Operand::I32], [ty])?;
        }
        Ok(())
    }

    pub(super) fn local_get(&mut self, local: LocalIdx) -> Result<()> {
        let ty = self.local(local)?;
        if !self.locals.is_initialized(local, ty) {
            return Err(self.invalid(Invalid::UninitializedLocal, format_args!("{local}")));
        }
        self.push(ty)
    }

    pub(super) fn local_set(&mut self, local: LocalIdx) -> Result<()> {
        let ty = self.local(local)?;
        self.pop(ty)?;
        self.locals.initialize(local, ty)
    }

    pub(super) fn local_tee(&mut self, local: LocalIdx) -> Result<()> {
        let ty = self.local(local)?;
        self.pop(ty)?;
        self.push(ty)?;
        self.locals.initialize(local, ty)
    }

    #[inline]
    fn local(&self, local: LocalIdx) -> Result<Operand> {
        self.locals.get(local).ok_or_else(|| unknown(Invalid::UnknownLocal, local, self.at))
    }

    pub(super) fn global_get(&mut self, global: GlobalIdx) -> Result<()> {
        let content = self.global(global)?.content;
        self.push(Operand::from(content))
    }

    pub(super) fn global_set(&mut self, global: GlobalIdx) -> Result<()> {
        let ty = self.global(global)?;
        if !ty.mutable {
            return Err(self.invalid(Invalid::ImmutableGlobal, format_args!("{global}")));
        }
        self.pop(Operand::from(ty.content))
    }

    fn global(&self, global: GlobalIdx) -> Result<&'m GlobalType> {
        self.cx.global(global, self.at)
    }
}
