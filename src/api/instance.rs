//! Instances and what they export.

use super::store::{AsContextMut, State, StoreContext, StoreId};
use super::{Func, Global, Memory, Table, Tag};
use crate::error::{Misuse, Result};
use crate::store::{self, InstanceId, known};

/// Anything that can be imported or exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extern {
    /// A function.
    Func(Func),
    /// A table.
    Table(Table),
    /// A memory.
    Memory(Memory),
    /// A global.
    Global(Global),
    /// A tag.
    Tag(Tag),
}

impl Extern {
    pub(crate) fn from_store(store: StoreId, item: store::Extern) -> Self {
        match item {
            store::Extern::Func(id) => Extern::Func(Func { store, id }),
            store::Extern::Table(id) => Extern::Table(Table { store, id }),
            store::Extern::Memory(id) => Extern::Memory(Memory { store, id }),
            store::Extern::Global(id) => Extern::Global(Global { store, id }),
            store::Extern::Tag(id) => Extern::Tag(Tag { store, id }),
        }
    }

    /// The item in the store's arenas, which must be that store.
    pub(crate) fn to_store(self, state: &State) -> Result<store::Extern> {
        let (store, item) = match self {
            Extern::Func(item) => (item.store, store::Extern::Func(item.id)),
            Extern::Table(item) => (item.store, store::Extern::Table(item.id)),
            Extern::Memory(item) => (item.store, store::Extern::Memory(item.id)),
            Extern::Global(item) => (item.store, store::Extern::Global(item.id)),
            Extern::Tag(item) => (item.store, store::Extern::Tag(item.id)),
        };
        state.own(store)?;
        Ok(item)
    }

    /// The function, if it is one.
    pub fn into_func(self) -> Option<Func> {
        if let Extern::Func(item) = self { Some(item) } else { None }
    }

    /// The table, if it is one.
    pub fn into_table(self) -> Option<Table> {
        if let Extern::Table(item) = self { Some(item) } else { None }
    }

    /// The memory, if it is one.
    pub fn into_memory(self) -> Option<Memory> {
        if let Extern::Memory(item) = self { Some(item) } else { None }
    }

    /// The global, if it is one.
    pub fn into_global(self) -> Option<Global> {
        if let Extern::Global(item) = self { Some(item) } else { None }
    }

    /// The tag, if it is one.
    pub fn into_tag(self) -> Option<Tag> {
        if let Extern::Tag(item) = self { Some(item) } else { None }
    }
}

macro_rules! into_extern {
    ($($Item:ident)+) => { $(
        impl From<$Item> for Extern {
            fn from(item: $Item) -> Self { Extern::$Item(item) }
        }
    )+ };
}
into_extern! { Func Table Memory Global Tag }

/// An export of an [`Instance`].
#[derive(Clone, Copy, Debug)]
pub struct Export<'i> {
    name: &'i str,
    item: Extern,
}

impl<'i> Export<'i> {
    /// Its name.
    pub fn name(&self) -> &'i str {
        self.name
    }

    /// What is exported.
    pub fn into_extern(self) -> Extern {
        self.item
    }
}

/// An instantiated module: a handle, good for its store only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance {
    pub(crate) store: StoreId,
    pub(crate) id: InstanceId,
}

impl Instance {
    /// Instantiates a module with its imports in order, and runs its start function. With a
    /// [`Linker`](super::Linker) imports are found by name.
    pub fn new(mut store: impl AsContextMut, module: &super::Module, imports: &[Extern]) -> Result<Self> {
        let mut store = store.as_context_mut();
        let state = store.state();
        let imports = super::linker::to_store(imports, state)?;
        super::run::instantiate(&mut store, module, &imports)
    }

    /// All exports, in the order of the module.
    ///
    /// ```
    /// use windlass::{Engine, Linker, Module, Store};
    ///
    /// // (module (memory (export "m") 1))
    /// const BYTES: &[u8] = b"\0asm\x01\0\0\0\x05\x03\x01\0\x01\x07\x05\x01\x01m\x02\0";
    ///
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let instance = Linker::new(&engine).instantiate(&mut store, &Module::new(&engine, BYTES)?)?;
    /// let names: Vec<&str> = instance.exports(&store)?.map(|export| export.name()).collect();
    /// assert_eq!(names, ["m"]);
    /// # Ok::<(), windlass::Error>(())
    /// ```
    pub fn exports<'s, T: 'static>(
        &self,
        store: impl Into<StoreContext<'s, T>>,
    ) -> Result<impl Iterator<Item = Export<'s>>> {
        let state = &store.into().inner.state;
        state.own(self.store)?;
        let (image, module) = known(state.core.module(self.id))?;
        let instance = *self;
        let exports = module.exports.iter().enumerate().filter_map(move |(position, export)| {
            // It is there for every export of a judged module.
            let item = state.core.export_at(instance.id, position)?;
            Some(Export { name: export.name.text(&image.bytes), item: Extern::from_store(instance.store, item) })
        });
        Ok(exports)
    }

    /// What the instance exports under that name.
    pub fn get_export(&self, mut store: impl AsContextMut, name: &str) -> Option<Extern> {
        let mut store = store.as_context_mut();
        let state = store.state();
        state.own(self.store).ok()?;
        state.core.export(self.id, name).map(|item| Extern::from_store(self.store, item))
    }

    /// The function that the instance exports under that name.
    pub fn get_func(&self, store: impl AsContextMut, name: &str) -> Option<Func> {
        self.get_export(store, name)?.into_func()
    }

    /// The function of that name, with its types checked once: see
    /// [`TypedFunc`](super::TypedFunc).
    pub fn get_typed_func<Params: super::WasmList, Results: super::WasmList>(
        &self,
        mut store: impl AsContextMut,
        name: &str,
    ) -> Result<super::TypedFunc<Params, Results>> {
        let func = self.get_func(store.as_context_mut(), name);
        let func = func.ok_or_else(|| {
            crate::Error::from(Misuse::UnknownExport).with_message(format_args!("no function is exported as {name:?}"))
        })?;
        func.typed(store.as_context_mut())
    }

    /// The memory that the instance exports under that name.
    pub fn get_memory(&self, store: impl AsContextMut, name: &str) -> Option<Memory> {
        self.get_export(store, name)?.into_memory()
    }

    /// The table that the instance exports under that name.
    pub fn get_table(&self, store: impl AsContextMut, name: &str) -> Option<Table> {
        self.get_export(store, name)?.into_table()
    }

    /// The global that the instance exports under that name.
    pub fn get_global(&self, store: impl AsContextMut, name: &str) -> Option<Global> {
        self.get_export(store, name)?.into_global()
    }

    /// The tag that the instance exports under that name.
    pub fn get_tag(&self, store: impl AsContextMut, name: &str) -> Option<Tag> {
        self.get_export(store, name)?.into_tag()
    }
}
