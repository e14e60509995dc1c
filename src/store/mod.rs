//! Core run-time state, owned in arenas by id (core spec, Runtime Structure).
//!
//! The store knows nothing of components, tasks or the host's data. Types in it are its own:
//! `HeapType::Concrete` of every table, global or function type here holds a [`TypeId`] of
//! [`State::types`]. Ids are made here only, so a wrong one comes from another store; it is
//! found out where the embedder hands it in.

pub mod bytes;
#[cfg(crossings)]
pub mod crossing;
mod dispatch;
pub mod fuel;
#[cfg(feature = "heap")]
pub mod gc;
pub mod instance;
pub mod memory;
pub mod quota;
pub mod reference;
pub mod table;
pub mod waiters;

pub use bytes::{Buffers, Lent};
#[cfg(crossings)]
pub use crossing::{
    CrossedCalls, Crossing, CrossingCall, CrossingId, CrossingKind, CrossingTask, Crossings, HostCall, Inner, Integers,
    OwnedCrossing, TaskReturn,
};
pub use dispatch::Dispatch;
pub use fuel::Fuel;
#[cfg(feature = "heap")]
pub use gc::Heap;
pub use instance::Instance;
pub use memory::Memory;
pub use quota::Quota;
pub use reference::Ref;
pub use table::Table;
pub use waiters::{Ticket, Waiters};

use crate::error::{Result, bug};
use crate::image::{Image, ImageRef, Module};
use crate::support::index::index_type;
use crate::support::{Arena, Limit, Limits, OutOfMemory, Vec};
use crate::syntax::{ExternKind, ExternType, GlobalType, TableType, ValType};
use crate::types::{TypeId, TypeTable};

index_type! {
    /// An image of a store.
    ImageId;
    /// A module instance of a store.
    InstanceId;
    /// A function of a store.
    FuncId;
    /// A table of a store.
    TableId;
    /// A memory of a store.
    MemoryId;
    /// A global of a store.
    GlobalId;
    /// A tag of a store.
    TagId;
}

/// Owns everything at run time. The images are apart from the rest, so that code can be read
/// in place while the rest changes.
#[derive(Debug)]
pub struct Store {
    images: Arena<ImageId, ImageRef>,
    /// All that changes.
    pub state: State,
}

/// What changes while code runs.
#[derive(Debug)]
pub struct State {
    /// Types of all modules, equal ones merged.
    pub types: TypeTable,
    /// Functions.
    pub funcs: Arena<FuncId, FuncInst>,
    /// Tables.
    pub tables: Arena<TableId, Table>,
    /// Memories.
    pub memories: Arena<MemoryId, Memory>,
    /// Where memories are made first.
    pub buffers: Buffers,
    /// Globals.
    pub globals: Arena<GlobalId, Global>,
    /// The function type of each tag.
    pub tags: Arena<TagId, TypeId>,
    /// The exception that nobody caught last, or that the host throws; null if there is none.
    pub pending_exception: Ref,
    /// Module instances.
    pub instances: Arena<InstanceId, Instance>,
    /// Threads that wait for others.
    pub waiters: Waiters,
    /// Structures, arrays, exceptions, data of the host.
    #[cfg(feature = "heap")]
    pub heap: Heap,
    /// What the store may hold.
    pub quota: Quota,
    /// What running costs.
    pub fuel: Fuel,
    /// What runs it.
    pub dispatch: Dispatch,
    /// Calls between components that a dispatcher can run by itself.
    #[cfg(crossings)]
    pub crossings: Crossings,
}

/// A function (core spec, Function Instances).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FuncInst {
    /// Its type, in the store's types.
    pub ty: TypeId,
    /// Where its code is.
    pub kind: FuncKind,
}

const _: () = assert!(size_of::<FuncInst>() <= 16);

/// Where the code of a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FuncKind {
    /// In an instance.
    Wasm {
        /// The instance.
        instance: InstanceId,
        /// Its number among the functions that the module defines.
        func: u32,
    },
    /// In the host; the number is the embedder's.
    Host(u32),
    /// In the component runtime; the number is the runtime's.
    Canon(u32),
    /// In another component, where a dispatcher may call it by itself.
    #[cfg(crossings)]
    Crossing(CrossingId),
}

/// A global (core spec, Global Instances).
#[derive(Clone, Copy, Debug)]
pub struct Global {
    /// Its type, in the store's types.
    pub ty: GlobalType,
    /// Its value as slots of the value stack; all but vectors use the first one only.
    pub value: [u64; 2],
}

/// Anything that can be imported or exported (core spec, External Addresses).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Extern {
    Func(FuncId),
    Table(TableId),
    Memory(MemoryId),
    Global(GlobalId),
    Tag(TagId),
}

impl Extern {
    /// Its kind.
    pub const fn kind(self) -> ExternKind {
        match self {
            Extern::Func(_) => ExternKind::Func,
            Extern::Table(_) => ExternKind::Table,
            Extern::Memory(_) => ExternKind::Memory,
            Extern::Global(_) => ExternKind::Global,
            Extern::Tag(_) => ExternKind::Tag,
        }
    }
}

/// How much a store held at some time: what was added since can be forgotten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    funcs: usize,
    tables: usize,
    memories: usize,
    globals: usize,
    tags: usize,
    instances: usize,
}

impl Store {
    /// An empty store; allocates nothing.
    pub fn new(limits: Limits, fuel: Fuel) -> Self {
        let state = State {
            types: TypeTable::new(),
            funcs: Arena::new(),
            tables: Arena::new(),
            memories: Arena::new(),
            buffers: Buffers::default(),
            globals: Arena::new(),
            tags: Arena::new(),
            pending_exception: Ref::NULL,
            instances: Arena::new(),
            waiters: Waiters::new(),
            #[cfg(feature = "heap")]
            heap: Heap::new(limits.gc_heap),
            quota: Quota::new(limits),
            fuel,
            dispatch: Dispatch::default(),
            #[cfg(crossings)]
            crossings: Crossings::default(),
        };
        Self { images: Arena::new(), state }
    }

    /// Images and all the rest, apart.
    pub fn split(&mut self) -> (&Arena<ImageId, ImageRef>, &mut State) {
        (&self.images, &mut self.state)
    }

    /// Keeps an image for as long as the store lives. One that it has already is found again.
    pub fn add_image(&mut self, image: &ImageRef) -> Result<ImageId, OutOfMemory> {
        let same = |(_, other): &(ImageId, &ImageRef)| core::ptr::eq::<Image>(&***other, &**image);
        if let Some((id, _)) = self.images.iter().find(same) {
            return Ok(id);
        }
        self.images.push(image.clone())
    }

    /// An image.
    pub fn image(&self, id: ImageId) -> Option<&ImageRef> {
        self.images.get(id)
    }

    /// The image and the module of an instance.
    pub fn module(&self, id: InstanceId) -> Option<(&Image, &Module)> {
        let instance = self.state.instances.get(id)?;
        let image = self.images.get(instance.image)?;
        Some((image, image.module(instance.module)?))
    }

    /// What an instance exports under `name`. Takes time linear in its exports.
    pub fn export(&self, id: InstanceId, name: &str) -> Option<Extern> {
        let (image, module) = self.module(id)?;
        let at = module.exports.iter().position(|export| export.name.of(&image.bytes) == name.as_bytes())?;
        self.export_at(id, at)
    }

    /// What an instance exports, by position in its module's list of exports.
    pub fn export_at(&self, id: InstanceId, position: usize) -> Option<Extern> {
        let instance = self.state.instances.get(id)?;
        let export = self.module(id)?.1.exports.get(position)?;
        let at = export.index as usize;
        Some(match export.kind {
            ExternKind::Func => Extern::Func(instance.func(crate::syntax::FuncIdx::new(export.index))),
            ExternKind::Table => Extern::Table(*instance.tables.get(at)?),
            ExternKind::Memory => Extern::Memory(*instance.memories.get(at)?),
            ExternKind::Global => Extern::Global(*instance.globals.get(at)?),
            ExternKind::Tag => Extern::Tag(*instance.tags.get(at)?),
        })
    }
}

impl State {
    /// Parameters and results of a function, in the store's types.
    pub fn func_type(&self, id: FuncId) -> Option<(&[ValType], &[ValType])> {
        self.types.func(self.funcs.get(id)?.ty)
    }

    /// The type of anything, in the store's types: the index of a function's or tag's type is
    /// the number of its `TypeId`. Sizes are those of now.
    pub fn extern_type(&self, item: Extern) -> Option<ExternType> {
        Some(match item {
            Extern::Func(id) => ExternType::Func { ty: self.funcs.get(id)?.ty.as_index(), is_exact: true },
            Extern::Table(id) => ExternType::Table(self.tables.get(id)?.ty()),
            Extern::Memory(id) => ExternType::Memory(self.memories.get(id)?.ty()),
            Extern::Global(id) => ExternType::Global(self.globals.get(id)?.ty),
            Extern::Tag(id) => ExternType::Tag(self.tags.get(id)?.as_index()),
        })
    }

    /// Adds a function whose code is the owner's (core spec, `allochostfunc`).
    pub fn add_func(&mut self, ty: TypeId, kind: FuncKind) -> Result<FuncId> {
        // A reference has 31 bits for the number of a function.
        if self.funcs.len() >> 31 != 0 {
            return Err(OutOfMemory.into());
        }
        Ok(self.funcs.push(FuncInst { ty, kind })?)
    }

    /// The canonical type of a function with these parameters and results, in the store's types.
    pub fn add_func_type(&mut self, params: &[ValType], results: &[ValType]) -> Result<TypeId> {
        let first = self.types.open_group();
        let def = crate::types::SubTypeDef { is_final: true, supertype: None };
        self.types.add_func(def, params.iter().copied(), results.iter().copied())?;
        Ok(self.types.close_group(first)?)
    }

    /// Adds a table whose elements are all `init` (core spec, `alloctable`).
    pub fn add_table(&mut self, ty: TableType, init: Ref) -> Result<TableId> {
        self.quota.take_elements(ty.min)?;
        let added = Table::new(ty, init).and_then(|table| self.tables.push(table));
        if added.is_err() {
            self.quota.give_elements(ty.min);
        }
        Ok(added?)
    }

    /// Adds a global (core spec, `allocglobal`).
    pub fn add_global(&mut self, ty: GlobalType, value: [u64; 2]) -> Result<GlobalId> {
        Ok(self.globals.push(Global { ty, value })?)
    }

    /// Adds an instance.
    pub(crate) fn add_instance(&mut self, instance: Instance) -> Result<InstanceId> {
        if self.instances.len() >= self.quota.limits.instances as usize {
            return Err(Limit::Instances.into());
        }
        Ok(self.instances.push(instance)?)
    }

    /// Grows a table by `elements`, each `init`; returns how many it had. `None` where its
    /// type, a limit or the allocator does not allow it: then nothing changes (core spec,
    /// `table.grow`).
    pub fn grow_table(&mut self, id: TableId, elements: u64, init: Ref) -> Option<u64> {
        let table = self.tables.get_mut(id)?;
        let old = table.size();
        let new = old.checked_add(elements).filter(|new| *new <= table.max_size())?;
        self.quota.take_elements(elements).ok()?;
        if table.resize(new, init).is_err() {
            self.quota.give_elements(elements);
            return None;
        }
        Some(old)
    }

    /// Frees every object of the heap that nothing leads to: neither the roots, slots of any type
    /// that the owner of all machines knows, nor what is in the store itself. Costs fuel.
    #[cfg(feature = "heap")]
    pub fn collect(&mut self, roots: impl Iterator<Item = u64>) {
        let Self { types, tables, globals, instances, heap, fuel, pending_exception, .. } = self;
        let globals = globals.iter().flat_map(|(_, global)| global.value);
        let tables = tables.iter().flat_map(|(_, table)| table.elements());
        let elements = instances.iter().flat_map(|(_, instance)| instance.elements.iter().flat_map(|(_, items)| items));
        let references = tables.chain(elements).chain([&*pending_exception]).map(|reference| reference.into_slot());
        fuel.charge(heap.collect(types, roots.chain(globals).chain(references)));
    }

    /// Ends the store; gives back the buffers that the host has lent.
    pub(crate) fn into_lent(mut self) -> Vec<Lent> {
        for (_, memory) in self.memories.iter_mut() {
            self.buffers.give_back(memory.take_bytes());
        }
        self.buffers.into_free()
    }

    /// How much it holds now.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            funcs: self.funcs.len(),
            tables: self.tables.len(),
            memories: self.memories.len(),
            globals: self.globals.len(),
            tags: self.tags.len(),
            instances: self.instances.len(),
        }
    }

    /// Forgets all that was added since `mark`, which nothing older may refer to. Types stay.
    pub(crate) fn forget_since(&mut self, mark: Mark) {
        for table in self.tables.since(mark.tables) {
            self.quota.give_elements(table.size());
        }
        for memory in self.memories.since(mark.memories) {
            self.quota.give_memory(memory.bytes().len() as u64);
            self.buffers.give_back(memory.take_bytes());
        }
        self.funcs.truncate(mark.funcs);
        self.tables.truncate(mark.tables);
        self.memories.truncate(mark.memories);
        self.globals.truncate(mark.globals);
        self.tags.truncate(mark.tags);
        self.instances.truncate(mark.instances);
    }
}

/// What was asked for by an id that the store itself keeps.
pub(crate) fn known<T>(found: Option<T>) -> Result<T> {
    found.ok_or_else(|| bug!("an id of the store leads nowhere").into())
}
