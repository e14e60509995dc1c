//! Aliases (`Explainer.md`, Alias Definitions; `Binary.md`, Alias Definitions).

use super::scope::{Kind, Scope};
use super::{Judge, invalid};
use crate::error::{Invalid, Result};
use crate::image::component::CoreTypeRef;
use crate::syntax::component::{Alias, CoreSort, Sort};
use crate::types::component::{ExternType, Mentions, TypeRef};

impl<'b> Judge<'b> {
    /// `alias`, as a definition or as a declarator.
    pub(super) fn alias(&mut self, alias: Alias<'b>, at: u32) -> Result<()> {
        match alias {
            Alias::Export { sort, instance, name } => self.alias_export(sort, instance.raw(), name, at),
            Alias::CoreExport { sort, instance, name } => self.alias_core_export(sort, instance.raw(), name, at),
            Alias::Outer { sort, count, index } => self.alias_outer(sort, count, index, at),
        }
    }

    /// Declarators alias less than definitions.
    fn check_declarator(&self, allowed: bool, at: u32) -> Result<()> {
        if allowed || self.scope.is_component() {
            return Ok(());
        }
        Err(invalid(Invalid::Sort, at, format_args!("aliases in types are of types and instances only")))
    }

    fn alias_export(&mut self, sort: Sort, instance: u32, name: &str, at: u32) -> Result<()> {
        self.check_declarator(matches!(sort, Sort::Instance | Sort::Type), at)?;
        let instance_type = self.instance_at(instance, at)?;
        let found = self.types.find_name(self.bytes, name);
        let export = found.and_then(|name| self.types.find_export(instance_type, name));
        let Some(export) = export.copied() else {
            let message = format_args!("instance {instance} has no export `{name}`");
            return Err(invalid(Invalid::UnknownExport, at, message));
        };
        if sort != export.ty.sort() {
            let message = format_args!("export `{name}` is a {}", export.ty.sort_name());
            return Err(invalid(Invalid::Sort, at, message));
        }
        if self.scope.exported_instances.binary_search(&instance).is_ok() {
            self.mark_exported(export.ty)?;
        }
        self.add_extern(export.ty, at)
    }

    fn alias_core_export(&mut self, sort: CoreSort, instance: u32, name: &str, at: u32) -> Result<()> {
        self.check_declarator(false, at)?;
        let instance_type = self.core_instance_at(instance, at)?;
        let found = self.types.find_name(self.bytes, name);
        let export = found.and_then(|name| self.types.find_core_export(instance_type, name));
        let Some(export) = export.copied() else {
            let message = format_args!("core instance {instance} has no export `{name}`");
            return Err(invalid(Invalid::UnknownExport, at, message));
        };
        if sort != CoreSort::Extern(export.ty.kind()) {
            return Err(invalid(Invalid::Sort, at, format_args!("export `{name}` is of another sort")));
        }
        self.add_core_extern(export.ty, at)
    }

    /// The scope `count` outward, 0 the current one, and whether it is outside of a component
    /// that is around here.
    pub(super) fn outer_scope(&self, count: u32, at: u32) -> Result<(&Scope, bool)> {
        let Some(outward) = (count as usize).checked_sub(1) else { return Ok((&self.scope, false)) };
        let position = self.outer.len().checked_sub(outward + 1);
        let Some((position, scope)) = position.and_then(|at| Some((at, self.outer.get(at)?))) else {
            return Err(invalid(Invalid::OuterAlias, at, format_args!("{count}")));
        };
        let between = self.outer.get(position + 1..).unwrap_or_default().iter().chain([&self.scope]);
        let crosses = between.into_iter().any(|scope| matches!(scope.kind, Kind::Component(_)));
        Ok((scope, crosses))
    }

    fn alias_outer(&mut self, sort: Sort, count: u32, index: u32, at: u32) -> Result<()> {
        self.check_declarator(matches!(sort, Sort::Core(CoreSort::Type) | Sort::Type), at)?;
        let unknown = |why| invalid(why, at, format_args!("{index}, {count} scopes outward"));
        let (scope, crosses) = self.outer_scope(count, at)?;
        let position = index as usize;
        match sort {
            Sort::Core(CoreSort::Module) => {
                let ty = scope.space.core_modules.get(position).copied();
                self.add_core_module(ty.ok_or_else(|| unknown(Invalid::UnknownModule))?, at)
            }
            Sort::Core(CoreSort::Type) => {
                let ty: Option<CoreTypeRef> = scope.space.core_types.get(position).copied();
                self.add_core_type(ty.ok_or_else(|| unknown(Invalid::UnknownType))?, at)
            }
            Sort::Component => {
                let ty = scope.space.components.get(position).copied();
                let ty = ty.ok_or_else(|| unknown(Invalid::UnknownComponent))?;
                self.add_extern(ExternType::Component(ty), at)
            }
            Sort::Type => {
                let ty: Option<TypeRef> = scope.space.types.get(position).copied();
                let ty = ty.ok_or_else(|| unknown(Invalid::UnknownType))?;
                let facts = self.types.facts_of(ExternType::Type(ty));
                if crosses && facts.mentions.contains(Mentions::FREE) {
                    let message = format_args!("an outer alias of type {index}, which refers to resources");
                    return Err(invalid(Invalid::ResourceEscapes, at, message));
                }
                if crosses {
                    self.charge(facts, at)?;
                }
                if count == 0 && self.scope.is_exported_type(index) {
                    self.mark_exported(ExternType::Type(ty))?;
                }
                self.add_type(ty, at)
            }
            _ => Err(invalid(Invalid::Sort, at, format_args!("outer aliases are of modules, types and components"))),
        }
    }
}
