//! Type definitions, and what is declared in component and instance types (`Explainer.md`,
//! Declarators).
//!
//! Types nest without recursion: those around the current one wait with their scopes, which know how many declarators they
//! still have.

use super::Judge;
use super::scope::{Kind, Scope};
use crate::binary::Reader;
use crate::error::{Error, Malformed, Result};
use crate::syntax::Encoded;
use crate::syntax::component_type::{ComponentType, Declarator};
use crate::types::component::{ExternType, InstanceTypeId, TypeRef};

impl<'b> Judge<'b> {
    /// A section of types: definitions, and the declarators that follow some of them.
    #[inline(never)]
    pub(super) fn types(&mut self, list: Encoded<'b, ComponentType<'b>>) -> Result<()> {
        let mut reader = Reader::new(list.bytes, list.offset);
        self.scope.left = list.count;
        loop {
            let at = reader.position();
            let is_component = self.scope.is_component();
            match self.scope.left.checked_sub(1) {
                Some(left) => {
                    self.scope.left = left;
                    let next = if is_component { Declarator::Type(reader.read()?) } else { reader.read()? };
                    self.declarator(next, at)?;
                }
                None if is_component => return reader.require(reader.is_empty(), Malformed::SectionSize),
                None => self.close_type(at)?,
            }
        }
    }

    fn declarator(&mut self, declarator: Declarator<'b>, at: u32) -> Result<()> {
        match declarator {
            Declarator::CoreType(ty) => self.core_type(ty, at),
            Declarator::Type(ty) => self.type_definition(ty, at),
            Declarator::Alias(alias) => self.alias(alias, at),
            Declarator::Import(_) if self.scope.kind == Kind::InstanceType => {
                Err(Error::malformed(Malformed::ComponentForm, at))
            }
            Declarator::Import(import) => self.import(import, at),
            Declarator::Export(export) => self.export_declarator(export, at),
        }
    }

    /// `type`: adds it, or opens one whose declarators come first.
    fn type_definition(&mut self, ty: ComponentType<'b>, at: u32) -> Result<()> {
        let ty = match ty {
            ComponentType::Defined(ty) => TypeRef::Value(self.defined_type(ty, at)?),
            ComponentType::Func(ty) => TypeRef::Func(self.func_type_definition(ty, at)?),
            ComponentType::Resource(ty) => TypeRef::Resource(self.resource_definition(ty, at)?),
            ComponentType::Component(count) => return self.open_type(Kind::ComponentType, count, at),
            ComponentType::Instance(count) => return self.open_type(Kind::InstanceType, count, at),
        };
        self.add_type(ty, at)
    }

    fn open_type(&mut self, kind: Kind, declarators: u32, at: u32) -> Result<()> {
        self.nest(kind, at)?;
        self.scope.left = declarators;
        Ok(())
    }

    /// Ends the current type, and goes on in what is around it.
    #[inline(never)]
    fn close_type(&mut self, at: u32) -> Result<()> {
        let Scope { kind, imports, exports, imported, exported, .. } = &*self.scope;
        let id = self.types.add_component(imports, exports, imported, exported)?;
        let ty = match kind {
            // It has no imports.
            Kind::InstanceType => TypeRef::Instance(InstanceTypeId::at(id)),
            _ => TypeRef::Component(id),
        };
        if let Some(around) = self.outer.pop() {
            self.scope = around;
        }
        self.check_facts(self.types.facts_of(ExternType::Type(ty)), at)?;
        self.add_type(ty, at)
    }
}
