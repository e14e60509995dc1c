//! Core types in components (`Explainer.md`, Definition types; `Binary.md`, Type Definitions).

use super::{Judge, invalid};
use crate::error::{Invalid, Result, bug};
use crate::image::Module;
use crate::image::component::CoreTypeRef;
use crate::support::{Map, Vec};
use crate::syntax::component_type::{CoreType, ModuleDecl};
use crate::syntax::{Encoded, Span};
use crate::types::TypeId;
use crate::types::component::{CoreExtern, ExternType, ModuleTypeId, NameId};
use crate::types::core_extern::map_extern;
use crate::types::rec_group::imported;
use crate::validate::module;
use core::mem;

impl<'b> Judge<'b> {
    /// `core:type`
    #[inline(never)]
    pub(super) fn core_type(&mut self, ty: CoreType<'b>, at: u32) -> Result<()> {
        // A module that has only types and imports judges by core rules, with the types of the component level.
        let mut core = module::Judge::new(self.bytes, Span::default(), self.options)?;
        mem::swap(&mut core.module.types, &mut self.types.core);
        match ty {
            CoreType::Rec(group) => {
                mem::swap(&mut core.module.type_ids, &mut self.scope.core_ids);
                let before = core.module.type_ids.len();
                core.group(group, at)?;
                let new = Vec::from_slice(core.module.type_ids.get(before..).unwrap_or_default())?;
                core.module.type_ids.truncate(before);
                mem::swap(&mut core.module.type_ids, &mut self.scope.core_ids);
                mem::swap(&mut core.module.types, &mut self.types.core);
                new.iter().try_for_each(|id| self.add_core_type(CoreTypeRef::Rec(*id), at))
            }
            CoreType::Module(declarators) => {
                let (imports, exports) = self.module_declarators(&mut core, declarators)?;
                mem::swap(&mut core.module.types, &mut self.types.core);
                let id = self.types.add_module(&imports.items, &exports.items)?;
                self.check_facts(self.types.facts_of(ExternType::Module(id)), at)?;
                self.add_core_type(CoreTypeRef::Module(id), at)
            }
        }
    }

    /// `core:moduletype`: its types are in an index space of its own. What it exports is judged as its imports are.
    fn module_declarators(
        &mut self,
        core: &mut module::Judge<'b>,
        declarators: Encoded<'b, ModuleDecl<'b>>,
    ) -> Result<(CoreItems, CoreItems)> {
        let (mut imports, mut exports) = (CoreItems::default(), CoreItems::default());
        self.each(declarators, |judge, declarator, at| {
            let (is_import, item) = match declarator {
                ModuleDecl::Type(group) => return core.group(group, at),
                ModuleDecl::Alias { count, index } => {
                    let id = judge.outer_core_type(count, index, &core.module.type_ids, at)?;
                    return Ok(core.module.type_ids.push(id)?);
                }
                ModuleDecl::Extern { is_import, item } => (is_import, item),
            };
            let (module, list) = match is_import {
                true => (judge.name(item.module, at)?, &mut imports),
                false => (NameId::NONE, &mut exports),
            };
            let name = judge.name(item.name, at)?;
            core.import(item, at)?;
            let ty = core.module.imports.last().and_then(|last| core.module.extern_type(last.kind, last.index));
            let ty = ty.ok_or_else(|| bug!("an import that was just added"))?;
            // The memory that it exports may be the one that it imports, under any number of names.
            core.keep_types();
            judge.add_core_item(list, CoreExtern { module, name, ty }, at)
        })?;
        Ok((imports, exports))
    }

    /// A core type `count` scopes outward, 0 being the module type itself.
    fn outer_core_type(&self, count: u32, index: u32, own: &[TypeId], at: u32) -> Result<TypeId> {
        let ids = match count.checked_sub(1) {
            None => own,
            Some(count) => &self.outer_scope(count, at)?.0.core_ids,
        };
        match ids.get(index as usize) {
            Some(&id) if id != crate::validate::context::NO_TYPE => Ok(id),
            _ => Err(invalid(Invalid::UnknownType, at, format_args!("core type {index}"))),
        }
    }

    /// The type of a module that was judged.
    pub(super) fn module_type(&mut self, module: &Module, at: u32) -> Result<ModuleTypeId> {
        let ids = self.types.core.import(&module.types)?;
        let map = imported(&ids);
        let extern_of = |kind, index| Some(map_extern(module.extern_type(kind, index)?, map));
        let (mut imports, mut exports) = (CoreItems::default(), CoreItems::default());
        let imported =
            module.imports.iter().map(|import| (Some(import.module), import.name, import.kind, import.index));
        let exported = module.exports.iter().map(|export| (None, export.name, export.kind, export.index));
        for (module, name, kind, index) in imported.chain(exported) {
            let list = if module.is_some() { &mut imports } else { &mut exports };
            let module = module.map_or(Ok(NameId::NONE), |module| self.name_at(module))?;
            let name = self.name_at(name)?;
            if let Some(ty) = extern_of(kind, index) {
                self.add_core_item(list, CoreExtern { module, name, ty }, at)?;
            }
        }
        Ok(self.types.add_module(&imports.items, &exports.items)?)
    }

    /// Names are unique: two imports of one name would be one argument of two types.
    pub(super) fn add_core_item(&mut self, list: &mut CoreItems, item: CoreExtern, at: u32) -> Result<()> {
        let CoreExtern { module, name, .. } = item;
        if list.names.insert((module, name), ())?.is_none() {
            return Ok(list.items.push(item)?);
        }
        let name = self.text(name);
        if module == NameId::NONE {
            return Err(invalid(Invalid::DuplicateExport, at, format_args!("{name}")));
        }
        let message = format_args!("duplicate import name `{}` `{name}`", self.text(module));
        Err(invalid(Invalid::NameConflict, at, message))
    }

    /// The name in this place of the input.
    pub(super) fn name_at(&mut self, span: Span) -> Result<NameId> {
        Ok(self.types.intern_name(self.bytes, span)?)
    }
}

/// Imports or exports of a core module.
#[derive(Default)]
pub(super) struct CoreItems {
    pub items: Vec<CoreExtern>,
    names: Map<(NameId, NameId), ()>,
}
