//! Component instances (`Explainer.md`, Instance Definitions; Type Checking).

use super::scope::Names;
use super::{Judge, invalid};
use crate::error::{Invalid, Result};
use crate::support::{Map, Vec};
use crate::syntax::Encoded;
use crate::syntax::component::{InlineExport, Instance, InstantiateArg};
use crate::types::component::{ComponentEntry, ComponentTypeId, Extern, ExternType, InstanceTypeId, Origin};
use crate::types::matching::Found;

impl<'b> Judge<'b> {
    /// `instance`
    #[inline(never)]
    pub(super) fn instance(&mut self, instance: Instance<'b>, at: u32) -> Result<()> {
        let ty = match instance {
            Instance::Instantiate(component, args) => {
                let component = self.component_at(component.raw(), at)?;
                self.instantiate(component, args, at)?
            }
            Instance::Exports(exports) => self.bag_of_exports(exports, at)?,
        };
        self.add_extern(ExternType::Instance(ty), at)
    }

    /// Matches arguments with imports, in the order of the imports: what is supplied for a
    /// resource type takes its place in everything after it.
    #[inline(never)]
    fn instantiate(
        &mut self,
        component: ComponentTypeId,
        args: Encoded<'b, InstantiateArg<'b>>,
        at: u32,
    ) -> Result<InstanceTypeId> {
        self.charge(self.types.facts_of(ExternType::Component(component)), at)?;
        let mut supplied = Map::new();
        self.each(args, |judge, arg, at| {
            let ty = judge.extern_of(arg.item, at)?;
            judge.charge(judge.types.facts_of(ty), at)?;
            if supplied.insert(arg.name, (ty, at))?.is_some() {
                let message = format_args!("duplicate instantiation argument `{}`", arg.name);
                return Err(invalid(Invalid::NameConflict, at, message));
            }
            Ok(())
        })?;
        let &ComponentEntry { imports, exports, defined, .. } = self.types.component_entry(component)?;
        let mut found = Found::new(self.types.component(component)?.imported)?;
        let mut position = 0;
        while let Some(import) = self.types.extern_at(imports, position) {
            let Some(&(actual, at)) = supplied.get(self.text(import.name)) else {
                let message = format_args!("`{}`", self.text(import.name));
                return Err(invalid(Invalid::MissingArgument, at, message));
            };
            let matched = self.matcher().extern_type(actual, import.ty, &mut found);
            matched.map_err(|error| {
                error.at(at).context(format_args!("instantiation argument `{}`", self.text(import.name)))
            })?;
            position += 1;
        }
        let _new = found.substitution.renew(&mut self.types, &[defined], Origin::Component)?;
        let exports = found.substitution.externs(&mut self.types, exports)?;
        Ok(self.types.add_instance(&exports, &[])?)
    }

    /// `inlineexport`
    fn bag_of_exports(&mut self, list: Encoded<'b, InlineExport<'b>>, at: u32) -> Result<InstanceTypeId> {
        let mut names = Names { is_bag: true, ..Names::default() };
        let mut exports = Vec::new();
        self.each(list, |judge, export, at| {
            let ty = judge.extern_of(export.item, at)?;
            let name = judge.extern_name(&export.name, ty, &mut names, at)?;
            judge.charge(judge.types.facts_of(ty), at)?;
            Ok(exports.push(Extern { name, ty })?)
        })?;
        let id = self.types.add_instance(&exports, &[])?;
        self.check_facts(self.types.facts_of(ExternType::Instance(id)), at)?;
        Ok(id)
    }
}
