//! Core instances and index spaces of core sorts (`Explainer.md`, Core Instance Definitions; Alias
//! Definitions).

use super::{Flow, Frame, find_name, missing};
use crate::component::linking::Linking;
use crate::component::state::CoreModule;
use crate::error::{Bug, Result};
use crate::exec;
use crate::image::{Image, ModuleId};
use crate::store;
use crate::support::{Map, OutOfMemory, Vec, sort_positions};
use crate::syntax::component::{CoreInstance, CoreSort, CoreSortIdx};
use crate::syntax::{ExternKind, FuncIdx, MemIdx};
use crate::types::component::NameId;

/// A core instance.
#[derive(Debug)]
pub(super) enum CoreInst {
    /// Of a module, with the positions of its exports in the order of their names.
    Module(store::InstanceId, Vec<u32>),
    /// Definitions bundled.
    Exports(Map<NameId, store::Extern>),
}

impl Frame {
    pub(super) fn core_func(&self, index: FuncIdx) -> Result<store::FuncId, Bug> {
        match self.core_at(ExternKind::Func, index.raw())? {
            store::Extern::Func(id) => Ok(id),
            _ => Err(missing()),
        }
    }

    pub(super) fn memory(&self, index: MemIdx) -> Result<store::MemoryId, Bug> {
        match self.core_at(ExternKind::Memory, index.raw())? {
            store::Extern::Memory(id) => Ok(id),
            _ => Err(missing()),
        }
    }

    pub(super) fn core_of(&self, kind: ExternKind) -> &Vec<store::Extern> {
        &self.core[kind as usize]
    }

    pub(super) fn core_at(&self, kind: ExternKind, index: u32) -> Result<store::Extern, Bug> {
        self.core_of(kind).get(index as usize).copied().ok_or_else(missing)
    }

    #[inline(never)]
    pub(super) fn core_instance(
        &mut self,
        cx: &mut Linking<'_>,
        image: &Image,
        instance: CoreInstance<'_>,
    ) -> Result<Flow> {
        let (module, args) = match instance {
            CoreInstance::Instantiate(module, args) => (module, args),
            CoreInstance::Exports(items) => {
                let mut exports = Map::new();
                for item in items.judged() {
                    let export = item?;
                    let name = find_name(image, export.name)?;
                    exports.insert(name, self.core_item(export.item)?)?;
                }
                self.core_instances.push(CoreInst::Exports(exports))?;
                return Ok(Flow::Next);
            }
        };
        let modules = &cx.live.instance(self.inst)?.modules;
        let CoreModule { image: of, module } = *modules.get(module.index()).ok_or_else(missing)?;
        let of = cx.images.get(of).ok_or_else(missing)?;
        let mut named: Map<&str, usize> = Map::new();
        for arg in args.judged() {
            let arg = arg?;
            named.insert(arg.name, arg.instance.index())?;
        }
        let wanted = &of.module(module).ok_or_else(missing)?.imports;
        let mut imports = Vec::with_capacity(wanted.len())?;
        for import in wanted {
            let from = *named.get(import.module.text(&of.bytes)).ok_or_else(missing)?;
            let from = self.core_instances.get(from).ok_or_else(missing)?;
            imports.push(core_export(cx, image, from, import.name.text(&of.bytes))?)?;
        }
        let sorted = sorted_exports(of, module)?;
        let of = cx.core.add_image(of)?;
        let made = exec::instantiate(cx.core, of, module, &imports)?;
        self.core_instances.push(CoreInst::Module(made.instance, sorted))?;
        Ok(made.start.map_or(Flow::Next, Flow::Start))
    }

    /// What an index of a core sort stands for.
    pub(super) fn core_item(&self, item: CoreSortIdx) -> Result<store::Extern, Bug> {
        match item.sort {
            CoreSort::Extern(kind) => self.core_at(kind, item.index),
            CoreSort::Type | CoreSort::Module | CoreSort::Instance => Err(missing()),
        }
    }

    pub(super) fn add_core(&mut self, item: store::Extern) -> Result<(), OutOfMemory> {
        self.core[item.kind() as usize].push(item)
    }
}

/// An export of a core instance of a component in `image`.
pub(super) fn core_export(cx: &Linking<'_>, image: &Image, from: &CoreInst, name: &str) -> Result<store::Extern, Bug> {
    let found = match from {
        CoreInst::Module(instance, sorted) => {
            let (of, module) = cx.core.module(*instance).ok_or_else(missing)?;
            let name_at = |at: &u32| module.exports.get(*at as usize).map(|export| export.name.of(&of.bytes));
            let found = sorted.binary_search_by(|at| name_at(at).cmp(&Some(name.as_bytes())));
            let position = found.ok().and_then(|at| sorted.get(at));
            position.and_then(|position| cx.core.export_at(*instance, *position as usize))
        }
        CoreInst::Exports(exports) => exports.get(&find_name(image, name)?).copied(),
    };
    found.ok_or_else(missing)
}

/// The positions of a module's exports in the order of their names.
fn sorted_exports(image: &Image, module: ModuleId) -> Result<Vec<u32>> {
    let exports = &image.module(module).ok_or_else(missing)?.exports;
    let mut sorted = Vec::collect(0..exports.len() as u32)?;
    let name = |at: u32| exports.get(at as usize).map(|export| export.name.of(&image.bytes));
    sort_positions(&mut sorted, &|a, b| name(a).cmp(&name(b)));
    Ok(sorted)
}
