//! Component instances and what they export, as handles.

use super::func::Func;
use super::types::ComponentItem;
use crate::api::store::{AsContextMut, StoreId};
use crate::component::state::{ComponentInstanceId, ExportsId, Item, ItemType};
use crate::types::component::ExternType;

/// An instantiated component: a handle, good for its store only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance {
    pub(super) store: StoreId,
    pub(super) id: ComponentInstanceId,
}

/// Something that an instance exports, found by name once.
#[derive(Clone, Copy, Debug)]
pub struct ComponentExportIndex {
    pub(super) store: StoreId,
    pub(super) item: Item,
    pub(super) ty: ItemType,
}

/// How an export is named: by its name, or by what [`Instance::get_export`] found.
pub trait InstanceExportLookup {
    #[doc(hidden)]
    fn lookup(
        &self,
        instance: Instance,
        find: &mut dyn FnMut(&str) -> Option<ComponentExportIndex>,
    ) -> Option<ComponentExportIndex>;
}

impl InstanceExportLookup for &str {
    fn lookup(
        &self,
        _: Instance,
        find: &mut dyn FnMut(&str) -> Option<ComponentExportIndex>,
    ) -> Option<ComponentExportIndex> {
        find(self)
    }
}

impl InstanceExportLookup for ComponentExportIndex {
    fn lookup(
        &self,
        instance: Instance,
        find: &mut dyn FnMut(&str) -> Option<ComponentExportIndex>,
    ) -> Option<ComponentExportIndex> {
        (&self).lookup(instance, find)
    }
}

impl InstanceExportLookup for &ComponentExportIndex {
    fn lookup(
        &self,
        instance: Instance,
        _: &mut dyn FnMut(&str) -> Option<ComponentExportIndex>,
    ) -> Option<ComponentExportIndex> {
        (self.store == instance.store).then_some(**self)
    }
}

impl Instance {
    /// What the instance exports under that name or, if an exported instance is given, what that
    /// one exports: its type, and how to get at it.
    pub fn get_export(
        &self,
        mut store: impl AsContextMut,
        instance: Option<&ComponentExportIndex>,
        name: &str,
    ) -> Option<(ComponentItem, ComponentExportIndex)> {
        let mut store = store.as_context_mut();
        let state = store.state();
        state.own(self.store).ok()?;
        let component = &state.component.state;
        let live = &component.live;
        let (exports, ty, scope): (ExportsId, ExternType, ComponentInstanceId) = match instance {
            Some(index) => {
                state.own(index.store).ok()?;
                let Item::Instance(exports) = index.item else { return None };
                (exports, index.ty.ty, index.ty.scope)
            }
            None => {
                let inst = live.instance(self.id).ok()?;
                let judged = component.linked.images.get(inst.image)?.component(inst.component)?;
                (inst.exports?, ExternType::Component(judged.ty?), self.id)
            }
        };
        let image = component.linked.images.get(live.instance(scope).ok()?.image)?;
        let name_id = image.types.find_name(&image.bytes, name)?;
        let declared = match ty {
            ExternType::Instance(id) => *image.types.find_export(id, name_id)?,
            ExternType::Component(id) => *image.types.find_component_export(id, name_id)?,
            _ => return None,
        };
        // What is behind the export may have names of another image.
        let found = live.exports(exports).ok()?;
        let of = component.linked.images.get(found.image)?;
        let item = *found.items.get(&of.types.find_name(&of.bytes, name)?)?;
        let index = ComponentExportIndex { store: self.store, item, ty: ItemType { ty: declared.ty, scope } };
        Some((ComponentItem::of(image, declared.ty), index))
    }

    /// The same without the type.
    pub fn get_export_index(
        &self,
        store: impl AsContextMut,
        instance: Option<&ComponentExportIndex>,
        name: &str,
    ) -> Option<ComponentExportIndex> {
        self.get_export(store, instance, name).map(|(_, index)| index)
    }

    /// The exported function of that name, or with that index.
    pub fn get_func(&self, mut store: impl AsContextMut, name: impl InstanceExportLookup) -> Option<Func> {
        let mut find = |name: &str| self.get_export_index(store.as_context_mut(), None, name);
        let index = name.lookup(*self, &mut find)?;
        index.func()
    }
}

impl ComponentExportIndex {
    /// The function, if it is one.
    pub fn func(&self) -> Option<Func> {
        match self.item {
            Item::Func(id) => Some(Func { store: self.store, id }),
            _ => None,
        }
    }
}
