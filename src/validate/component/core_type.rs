//! Core types in components (`Explainer.md`, Definition types; `Binary.md`, Type Definitions).

use super::{Judge, invalid};
use crate::error::{Invalid, Result};
use crate::image::Module;
use crate::image::component::CoreTypeRef;
use crate::support::{Map, Vec};
use crate::syntax::component_type::{CoreType, ModuleDecl};
use crate::syntax::{Encoded, Features, GlobalType, RecType, Span};
use crate::types::TypeId;
use crate::types::component::{CoreExtern, CoreExternType, ModuleTypeId, NameId};
use crate::types::core_extern::map_extern;
use crate::types::rec_group::imported;
use crate::validate::core_type::add_group;
use crate::validate::module;
use core::mem;

impl<'b> Judge<'b> {
    /// `core:type`
    pub(super) fn core_type(&mut self, ty: CoreType<'b>, at: u32) -> Result<()> {
        match ty {
            CoreType::Rec(group) => {
                let mut ids = mem::take(&mut self.scope.core_ids);
                let before = ids.len();
                let added = self.add_group(group, at, &mut ids);
                let new = Vec::from_slice(ids.get(before..).unwrap_or_default())?;
                ids.truncate(before);
                self.scope.core_ids = ids;
                added?;
                new.iter().try_for_each(|id| self.add_core_type(CoreTypeRef::Rec(*id), at))
            }
            CoreType::Module(declarators) => {
                let id = self.module_declarators(declarators, at)?;
                self.add_core_type(CoreTypeRef::Module(id), at)
            }
        }
    }

    /// Lets core rules judge with the types of the component level, of which `ids` are in scope.
    fn with_core<R>(
        &mut self,
        ids: &mut Vec<TypeId>,
        judge: impl FnOnce(&mut module::Judge<'b>) -> Result<R>,
    ) -> Result<R> {
        let core = match &mut self.core {
            Some(core) => core,
            none => none.insert(module::Judge::new(self.bytes, Span::default(), self.options)?),
        };
        mem::swap(&mut core.module.types, &mut self.types.core);
        mem::swap(&mut core.module.type_ids, ids);
        let judged = judge(core);
        mem::swap(&mut core.module.types, &mut self.types.core);
        mem::swap(&mut core.module.type_ids, ids);
        judged
    }

    fn add_group(&mut self, group: RecType<'b>, at: u32, ids: &mut Vec<TypeId>) -> Result<()> {
        self.with_core(ids, |judge| {
            let mut parts = mem::take(&mut judge.parts);
            let added = add_group(judge, group, at, &mut parts);
            judge.parts = parts;
            added
        })
    }

    /// `core:moduletype`: its types are in an index space of its own.
    fn module_declarators(&mut self, declarators: Encoded<'b, ModuleDecl<'b>>, at: u32) -> Result<ModuleTypeId> {
        let mut ids = Vec::new();
        let (mut imports, mut exports) = (CoreItems::default(), CoreItems::default());
        self.each(declarators, |judge, declarator, at| match declarator {
            ModuleDecl::Type(group) => judge.add_group(group, at, &mut ids),
            ModuleDecl::Alias { count, index } => {
                let id = judge.outer_core_type(count, index, &ids, at)?;
                Ok(ids.push(id)?)
            }
            ModuleDecl::Import(import) => {
                let ty = judge.core_extern_type(import.ty, &mut ids, at)?;
                let (module, name) = (judge.name(import.module, at)?, judge.name(import.name, at)?);
                judge.add_core_item(&mut imports, CoreExtern { module, name, ty }, at)
            }
            ModuleDecl::Export { name, ty } => {
                let ty = judge.core_extern_type(ty, &mut ids, at)?;
                let name = judge.name(name, at)?;
                judge.add_core_item(&mut exports, CoreExtern { module: NameId::NONE, name, ty }, at)
            }
        })?;
        let id = self.types.add_module(&imports.items, &exports.items)?;
        self.check_facts(self.types.facts_of(crate::types::component::ExternType::Module(id)), at)?;
        Ok(id)
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

    /// Core spec, External Types: the same type with canonical type indices.
    fn core_extern_type(&mut self, ty: CoreExternType, ids: &mut Vec<TypeId>, at: u32) -> Result<CoreExternType> {
        self.with_core(ids, |judge| {
            let cx = judge.context();
            Ok(match ty {
                CoreExternType::Func { ty, is_exact } => {
                    if is_exact {
                        cx.require(Features::CUSTOM_DESCRIPTORS, "an exact function in a module type", at)?;
                    }
                    CoreExternType::Func { ty: cx.func_type(ty, at)?.0.as_index(), is_exact }
                }
                CoreExternType::Table(ty) => CoreExternType::Table(cx.table_type(ty, at)?),
                CoreExternType::Memory(ty) => {
                    cx.check_memory_type(&ty, at)?;
                    CoreExternType::Memory(ty)
                }
                CoreExternType::Global(ty) => {
                    if ty.mutable {
                        cx.require(Features::MUTABLE_GLOBAL, "a mutable global", at)?;
                    }
                    CoreExternType::Global(GlobalType { content: cx.val_type(ty.content, at)?, ..ty })
                }
                CoreExternType::Tag(index) => CoreExternType::Tag(cx.tag_type(index, at)?.as_index()),
            })
        })
    }

    /// The type of a module that was judged.
    pub(super) fn module_type(&mut self, module: &Module, at: u32) -> Result<ModuleTypeId> {
        let ids = self.types.core.import(&module.types)?;
        let map = imported(&ids);
        let extern_of = |kind, index| Some(map_extern(module.extern_type(kind, index)?, map));
        let (mut imports, mut exports) = (CoreItems::default(), CoreItems::default());
        for import in &module.imports {
            let (module, name) = (self.name_at(import.module)?, self.name_at(import.name)?);
            if let Some(ty) = extern_of(import.kind, import.index) {
                self.add_core_item(&mut imports, CoreExtern { module, name, ty }, at)?;
            }
        }
        for export in &module.exports {
            let name = self.name_at(export.name)?;
            if let Some(ty) = extern_of(export.kind, export.index) {
                self.add_core_item(&mut exports, CoreExtern { module: NameId::NONE, name, ty }, at)?;
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
