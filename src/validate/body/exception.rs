//! Exceptions (core spec, Control Instructions: `throw`, `throw_ref`, `try_table`).

use super::control::Kind;
use super::{Body, Operand, Types};
use crate::error::{Invalid, Result};
use crate::support::Limit;
use crate::syntax::instr::{Catch, Catches};
use crate::syntax::{BlockType, LabelIdx, RefType, TagIdx, ValType};

impl<'m> Body<'m> {
    /// The values that exceptions of the tag carry.
    fn tag(&self, tag: TagIdx) -> Result<&'m [ValType]> {
        self.cx.tag(tag, self.at)
    }

    pub(super) fn throw(&mut self, tag: TagIdx) -> Result<()> {
        let params = self.tag(tag)?;
        self.pop_types(Types::Many(params))?;
        self.set_unreachable();
        Ok(())
    }

    pub(super) fn throw_ref(&mut self) -> Result<()> {
        self.pop(Operand::of_ref(RefType::EXNREF))?;
        self.set_unreachable();
        Ok(())
    }

    pub(super) fn try_table(&mut self, ty: BlockType, catches: Catches<'_>) -> Result<()> {
        self.cx.limit_at(Limit::Catches, catches.0.count, self.at)?;
        let signature = self.block_type(ty)?;
        self.enter(Kind::TryTable, signature)?;
        self.branches.table.add_catching(self.side)?;
        self.lead_to_end()?;
        catches.0.items().try_for_each(|clause| self.catch_clause(clause?.1))
    }

    /// Core spec, Catch Clauses. The block itself is open, but clauses count labels from outside.
    fn catch_clause(&mut self, clause: Catch) -> Result<()> {
        let label = LabelIdx::new(clause.label.raw().saturating_add(1));
        let wanted = self.label(label)?;
        let params = match clause.tag {
            Some(tag) => self.tag(tag)?,
            None => &[],
        };
        let exn = clause.by_ref.then_some(Operand::of_ref(RefType::EXNREF.as_non_null()));
        let passed = || params.iter().map(|ty| Operand::from(*ty)).chain(exn);
        let same = wanted.len() == params.len() + usize::from(clause.by_ref)
            && passed().enumerate().all(|(at, ty)| ty.matches(wanted.get(at), self.types()));
        if !same {
            let message = format_args!("a catch clause does not pass what its label takes");
            return Err(self.invalid(Invalid::TypeMismatch, message));
        }
        self.catch(label, wanted.len())
    }
}
