//! Type definitions, and what is declared in component and instance types (`Explainer.md`,
//! Declarators).
//!
//! Types nest without recursion: the declarators of those around the current one wait on a
//! stack.

use super::Judge;
use super::scope::{Kind, Scope};
use crate::binary::Items;
use crate::error::Result;
use crate::support::Vec;
use crate::syntax::component_type::{ComponentDecl, ComponentType, InstanceDecl};
use crate::types::component::{ExternType, InstanceTypeId, TypeRef};

/// Declarators of a type that is being judged.
enum Declarators<'b> {
    Component(Items<'b, ComponentDecl<'b>>),
    Instance(Items<'b, InstanceDecl<'b>>),
}

impl<'b> Iterator for Declarators<'b> {
    type Item = Result<(u32, ComponentDecl<'b>)>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Declarators::Component(items) => items.next(),
            Declarators::Instance(items) => {
                Some(items.next()?.map(|(at, declarator)| (at, ComponentDecl::Instance(declarator))))
            }
        }
    }
}

impl<'b> Judge<'b> {
    /// `type`
    #[inline(never)]
    pub(super) fn type_definition(&mut self, ty: ComponentType<'b>, at: u32) -> Result<()> {
        let mut open = Vec::new();
        self.type_or_open(ty, &mut open, at)?;
        while let Some(innermost) = open.last_mut() {
            match innermost.next() {
                Some(declarator) => {
                    let (at, declarator) = declarator?;
                    self.declarator(declarator, &mut open, at)?;
                }
                None => {
                    open.pop();
                    let ty = self.close_type(at)?;
                    self.add_type(ty, at)?;
                }
            }
        }
        Ok(())
    }

    /// Adds a type, or opens one whose declarators come first.
    fn type_or_open(&mut self, ty: ComponentType<'b>, open: &mut Vec<Declarators<'b>>, at: u32) -> Result<()> {
        let ty = match ty {
            ComponentType::Defined(ty) => TypeRef::Value(self.defined_type(ty, at)?),
            ComponentType::Func(ty) => TypeRef::Func(self.func_type_definition(ty, at)?),
            ComponentType::Resource(ty) => TypeRef::Resource(self.resource_definition(ty, at)?),
            ComponentType::Component(list) => {
                self.nest(Kind::ComponentType, at)?;
                return Ok(open.push(Declarators::Component(list.items()))?);
            }
            ComponentType::Instance(list) => {
                self.nest(Kind::InstanceType, at)?;
                return Ok(open.push(Declarators::Instance(list.items()))?);
            }
        };
        self.add_type(ty, at)
    }

    fn declarator(&mut self, declarator: ComponentDecl<'b>, open: &mut Vec<Declarators<'b>>, at: u32) -> Result<()> {
        match declarator {
            ComponentDecl::Import(import) => self.import(import, at),
            ComponentDecl::Instance(InstanceDecl::CoreType(ty)) => self.core_type(ty, at),
            ComponentDecl::Instance(InstanceDecl::Type(ty)) => self.type_or_open(ty, open, at),
            ComponentDecl::Instance(InstanceDecl::Alias(alias)) => self.alias(alias, at),
            ComponentDecl::Instance(InstanceDecl::Export(export)) => self.export_declarator(export, at),
        }
    }

    /// Ends the current type, and goes on in what is around it.
    #[inline(never)]
    fn close_type(&mut self, at: u32) -> Result<TypeRef> {
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
        Ok(ty)
    }
}
