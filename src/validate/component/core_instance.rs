//! Core instances (`Explainer.md`, Instance Definitions).

use super::core_type::CoreItems;
use super::{Judge, invalid};
use crate::error::{Invalid, Result};
use crate::support::Map;
use crate::syntax::Encoded;
use crate::syntax::component::{CoreInlineExport, CoreInstance, CoreInstantiateArg, CoreSort};
use crate::types::component::{CoreExtern, ExternType, ModuleTypeId, NameId};
use crate::types::core_extern::extern_matches;

impl<'b> Judge<'b> {
    /// `core:instance`
    #[inline(never)]
    pub(super) fn core_instance(&mut self, instance: CoreInstance<'b>, at: u32) -> Result<()> {
        let ty = match instance {
            CoreInstance::Instantiate(module, args) => {
                let module = self.core_module_at(module.raw(), at)?;
                self.charge(self.types.facts_of(ExternType::Module(module)), at)?;
                self.check_core_arguments(module, args, at)?;
                module
            }
            CoreInstance::Exports(exports) => self.core_exports(exports)?,
        };
        self.add_core_instance(ty, at)
    }

    /// Each import's first name is an argument's, its second one an export's of that argument.
    fn check_core_arguments(
        &mut self,
        module: ModuleTypeId,
        args: Encoded<'b, CoreInstantiateArg<'b>>,
        at: u32,
    ) -> Result<()> {
        let mut supplied = Map::new();
        self.each(args, |judge, arg, at| {
            let instance = judge.core_instance_at(arg.instance.raw(), at)?;
            if supplied.insert(arg.name, instance)?.is_some() {
                let message = format_args!("duplicate module instantiation argument `{}`", arg.name);
                return Err(invalid(Invalid::NameConflict, at, message));
            }
            Ok(())
        })?;
        for import in self.types.module(module)?.imports {
            let (module, name) = (self.text(import.module), self.text(import.name));
            let Some(&instance) = supplied.get(module) else {
                return Err(invalid(Invalid::MissingArgument, at, format_args!("`{module}`")));
            };
            let Some(export) = self.types.find_core_export(instance, import.name) else {
                let message = format_args!("`{module}` does not export `{name}`");
                return Err(invalid(Invalid::UnknownExport, at, message));
            };
            if !extern_matches(&self.types.core, export.ty, import.ty) {
                let message = format_args!("import `{module}` `{name}`");
                return Err(invalid(Invalid::TypeMismatch, at, message));
            }
        }
        Ok(())
    }

    /// `core:inlineexport`
    fn core_exports(&mut self, list: Encoded<'b, CoreInlineExport<'b>>) -> Result<ModuleTypeId> {
        let mut exports = CoreItems::default();
        self.each(list, |judge, export, at| {
            let CoreSort::Extern(kind) = export.item.sort else {
                let message = format_args!("core instances export what core modules can export");
                return Err(invalid(Invalid::Sort, at, message));
            };
            let ty = judge.core_extern(kind, export.item.index, at)?;
            let name = judge.name(export.name, at)?;
            judge.add_core_item(&mut exports, CoreExtern { module: NameId::NONE, name, ty }, at)
        })?;
        Ok(self.types.add_module(&[], &exports.items)?)
    }
}
