//! Module instances (core spec, Module Instances).

use super::{FuncId, GlobalId, ImageId, MemoryId, Ref, TableId, TagId};
use crate::image::{Module, ModuleId};
use crate::support::Vec;
use crate::syntax::{ElemIdx, FuncIdx, GlobalIdx, MemIdx, TableIdx, TagIdx, TypeIdx};
use crate::types::TypeId;

/// An instance of a module: what each of its indices stands for.
#[derive(Debug)]
pub struct Instance {
    /// The image with its module.
    pub image: ImageId,
    /// The module in the image.
    pub module: ModuleId,
    /// The store's type of each canonical type of the module: `TypeId`s of `Module::types`
    /// index it, type indices go through `Module::type_ids` first.
    pub types: Vec<TypeId>,
    /// The functions that it imports.
    pub imported_funcs: Vec<FuncId>,
    /// The first of the functions that it defines; the others follow without gaps.
    pub first_func: FuncId,
    /// Tables, imported ones first.
    pub tables: Vec<TableId>,
    /// Memories, imported ones first.
    pub memories: Vec<MemoryId>,
    /// Globals, imported ones first.
    pub globals: Vec<GlobalId>,
    /// Tags, imported ones first.
    pub tags: Vec<TagId>,
    /// The items of element segments that were evaluated when the instance was made, as they may
    /// be new objects of the heap; by the index of the segment, in its order.
    pub(crate) elements: Vec<(ElemIdx, Vec<Ref>)>,
    /// The element segments that have been dropped.
    pub(crate) dropped_elements: Vec<bool>,
    /// The data segments that have been dropped.
    pub(crate) dropped_data: Vec<bool>,
}

impl Instance {
    /// The store's type of a canonical type of the module.
    #[inline]
    pub fn ty(&self, id: TypeId) -> Option<TypeId> {
        self.types.get(id.index()).copied()
    }

    /// The store's type of a type index of its `module`.
    #[inline]
    pub fn type_at(&self, module: &Module, index: TypeIdx) -> Option<TypeId> {
        self.ty(*module.type_ids.get(index.index())?)
    }

    /// The items of an element segment, if they were evaluated when the instance was made.
    pub(crate) fn elements(&self, elem: ElemIdx) -> Option<&[Ref]> {
        let at = self.elements.binary_search_by_key(&elem, |(elem, _)| *elem).ok()?;
        self.elements.get(at).map(|(_, items)| &**items)
    }

    /// The function with that index, which must exist.
    #[inline]
    pub fn func(&self, index: FuncIdx) -> FuncId {
        match self.imported_funcs.get(index.index()) {
            Some(func) => *func,
            None => {
                // Validation saw to it that the index is in the module; a wrong one would be
                // past the end of the arena or another instance's.
                let defined = index.raw().wrapping_sub(self.imported_funcs.len() as u32);
                FuncId::new(self.first_func.raw().wrapping_add(defined))
            }
        }
    }

    /// The table with that index.
    #[inline]
    pub fn table(&self, index: TableIdx) -> Option<TableId> {
        self.tables.get(index.index()).copied()
    }

    /// The memory with that index.
    #[inline]
    pub fn memory(&self, index: MemIdx) -> Option<MemoryId> {
        self.memories.get(index.index()).copied()
    }

    /// The global with that index.
    #[inline]
    pub fn global(&self, index: GlobalIdx) -> Option<GlobalId> {
        self.globals.get(index.index()).copied()
    }

    /// The tag with that index.
    #[inline]
    pub fn tag(&self, index: TagIdx) -> Option<TagId> {
        self.tags.get(index.index()).copied()
    }
}
