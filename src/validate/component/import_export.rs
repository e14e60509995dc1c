//! Imports and exports, as definitions and as declarators (`Explainer.md`, Import and Export
//! Definitions; `Binary.md`, Import and Export Definitions).

use super::scope::Kind;
use super::{Judge, invalid};
use crate::error::{ErrorKind, Invalid, Result};
use crate::image::component::Export;
use crate::support::{Limit, Vec};
use crate::syntax::component::ComponentExport;
use crate::syntax::component_type::{ComponentExternType, ExternDecl, TypeBound};
use crate::types::component::{
    ComponentEntry, Extern, ExternType, InstanceTypeId, Origin, ResourceId, TypeRef, ValType,
};
use crate::types::matching::{Found, Matcher};
use crate::types::resource::Substitution;
use core::mem;

impl<'b> Judge<'b> {
    /// `import` and `importdecl`
    pub(super) fn import(&mut self, import: ExternDecl<'b>, at: u32) -> Result<()> {
        self.options.limit_len_at(Limit::Imports, self.scope.imports.len(), at)?;
        let mut variables = Vec::new();
        let ty = self.extern_type(import.ty, &mut variables, at)?;
        self.scope.imported.extend_from_slice(&variables)?;
        let mut names = mem::take(&mut self.scope.import_names);
        let name = self.extern_name(&import.name, ty, &mut names, at);
        self.scope.import_names = names;
        let name = name?;
        self.charge(self.types.facts_of(ty), at)?;
        self.check_bound(import.ty, ty, at)?;
        self.make_visible(ty, true, at)?;
        self.add_extern(ty, at)?;
        Ok(self.scope.imports.push(Extern { name, ty })?)
    }

    /// `exportdecl`
    pub(super) fn export_declarator(&mut self, export: ExternDecl<'b>, at: u32) -> Result<()> {
        let mut variables = Vec::new();
        let ty = self.extern_type(export.ty, &mut variables, at)?;
        self.scope.exported.extend_from_slice(&variables)?;
        self.add_export(&export.name, ty, at).map(|_| ())
    }

    /// `export`
    #[inline(never)]
    pub(super) fn export(&mut self, export: ComponentExport<'b>, at: u32) -> Result<()> {
        let inferred = self.extern_of(export.item, at)?;
        let ty = match export.ty {
            None => match inferred {
                ExternType::Type(ty) => ExternType::Type(self.alias_type(ty)?),
                ty => ty,
            },
            Some(ascribed) => {
                let mut variables = Vec::new();
                let ascribed = self.extern_type(ascribed, &mut variables, at)?;
                let mut found = Found::new(&variables)?;
                self.charge(self.types.facts_of(inferred), at)?;
                self.matcher().extern_type(inferred, ascribed, &mut found).map_err(|error| error.at(at))?;
                self.scope.exported.extend_from_slice(&variables)?;
                ascribed
            }
        };
        let name = self.add_export(&export.name, ty, at)?;
        Ok(self.scope.space.exports.push(Export { name, item: export.item, ty })?)
    }

    fn add_export(
        &mut self,
        name: &crate::syntax::component::NameAttributes<'b>,
        ty: ExternType,
        at: u32,
    ) -> Result<crate::types::component::NameId> {
        self.options.limit_len_at(Limit::Exports, self.scope.exports.len(), at)?;
        let mut names = mem::take(&mut self.scope.export_names);
        let name = self.extern_name(name, ty, &mut names, at);
        self.scope.export_names = names;
        let name = name?;
        if let ExternType::Value(ty) = ty {
            self.check_no_borrow(ty, "an exported value", at)?;
        }
        self.charge(self.types.facts_of(ty), at)?;
        self.make_visible(ty, false, at)?;
        self.mark_exported(ty)?;
        self.add_extern(ty, at)?;
        if matches!(ty, ExternType::Value(_)) {
            // The new index is the exported value again, which is used now.
            self.mark_last_value();
        }
        self.scope.exports.push(Extern { name, ty })?;
        Ok(name)
    }

    /// What matches types, as a rule of validation.
    pub(super) fn matcher(&mut self) -> Matcher<'_> {
        let kind = ErrorKind::Invalid(Invalid::TypeMismatch);
        Matcher { types: &mut self.types, bytes: self.bytes, kind }
    }

    /// Where resource variables come from that this scope declares.
    fn origin(&self) -> Origin {
        match self.scope.kind {
            Kind::Component(_) => Origin::Component,
            Kind::ComponentType | Kind::InstanceType => Origin::Declaration,
        }
    }

    /// `externtype`: what an import or export is declared to be. New resource variables are
    /// appended to `variables`.
    fn extern_type(&mut self, ty: ComponentExternType, variables: &mut Vec<ResourceId>, at: u32) -> Result<ExternType> {
        Ok(match ty {
            ComponentExternType::CoreModule(index) => ExternType::Module(self.core_module_type(index, at)?),
            ComponentExternType::Func(index) => ExternType::Func(self.func_type(index, at)?),
            ComponentExternType::Value(bound) => ExternType::Value(self.value_bound(bound, at)?),
            ComponentExternType::Type(TypeBound::Eq(index)) => {
                let ty = self.type_ref(index, at)?;
                ExternType::Type(self.alias_type(ty)?)
            }
            ComponentExternType::Type(TypeBound::SubResource) => {
                let id = self.types.new_resource(self.origin())?;
                variables.push(id)?;
                ExternType::Type(TypeRef::Resource(id))
            }
            ComponentExternType::Component(index) => match self.type_ref(index, at)? {
                TypeRef::Component(id) => ExternType::Component(id),
                _ => return Err(self.not_that(index, "a component type", at)),
            },
            ComponentExternType::Instance(index) => match self.type_ref(index, at)? {
                TypeRef::Instance(id) => ExternType::Instance(self.open_instance(id, variables, at)?),
                _ => return Err(self.not_that(index, "an instance type", at)),
            },
        })
    }

    /// The type of an instance of a declared type: each has resource types of its own.
    fn open_instance(
        &mut self,
        id: InstanceTypeId,
        variables: &mut Vec<ResourceId>,
        at: u32,
    ) -> Result<InstanceTypeId> {
        let &ComponentEntry { exports, defined: bound, .. } = self.types.component_entry(id.component())?;
        if bound.is_empty() {
            return Ok(id);
        }
        self.charge_externs(exports, at)?;
        let (mut fresh, origin) = (Substitution::new(), self.origin());
        let new = fresh.renew(&mut self.types, &[bound], origin)?;
        variables.extend(new)?;
        let exports = fresh.externs(&mut self.types, exports)?;
        Ok(self.types.add_instance(&exports, &[])?)
    }

    /// A type under a new name (`Explainer.md`, External Visibility of Types).
    pub(super) fn alias_type(&mut self, ty: TypeRef) -> Result<TypeRef> {
        Ok(match ty {
            TypeRef::Resource(id) => TypeRef::Resource(self.types.alias_resource(id)?),
            TypeRef::Value(ValType::Defined(id)) if self.types.made(id)?.form.is_nominal() => {
                TypeRef::Value(self.types.alias_value(ValType::Defined(id))?)
            }
            ty => ty,
        })
    }

    /// What is wrong with a name that is used here.
    #[cold]
    pub(super) fn not_visible(&self, what: ExternType, is_import: bool, at: u32) -> crate::error::Error {
        let place = if is_import { "import" } else { "export" };
        invalid(Invalid::UnnamedType, at, format_args!("{} not valid to be used as {place}", what.sort_name()))
    }
}
