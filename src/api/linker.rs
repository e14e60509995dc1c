//! Names for what modules import: host functions, handles, whole instances.

use super::engine::Engine;
use super::host::BoxedSharedHostFunc;
use super::store::{AsContext, AsContextMut, State, StoreContextMut};
use super::typed::{self, IntoFunc};
use super::{Caller, Extern, Func, FuncType, Instance, Module, Val, func, run};
use crate::error::{Error, Misuse, Result, Unlinkable};
use crate::store::{self, known};
use crate::support::{Map, String, Vec};
use core::cmp::Ordering;

/// Finds the imports of modules by their two names, and instantiates.
///
/// Host functions in a linker can be used in any number of stores, so a closure has to be
/// `Clone`: each store gets its own. What a closure shares between stores it holds behind a
/// pointer.
///
/// ```
/// use windlass::{Engine, Linker, Module, Store};
///
/// // (module (import "host" "next" (func (result i32))) (export "next" (func 0)))
/// const BYTES: &[u8] = b"\0asm\x01\0\0\0\x01\x05\x01\x60\0\x01\x7f\x02\x0d\x01\x04host\x04next\0\0\x07\x08\x01\x04next\0\0";
///
/// let engine = Engine::default();
/// let mut linker = Linker::new(&engine);
/// linker.func_wrap("host", "next", |mut caller: windlass::Caller<'_, i32>| {
///     *caller.data_mut() += 1;
///     *caller.data()
/// })?;
/// let mut store = Store::new(&engine, 6);
/// let instance = linker.instantiate(&mut store, &Module::new(&engine, BYTES)?)?;
/// let next = instance.get_typed_func::<(), i32>(&mut store, "next")?;
/// assert_eq!(next.call(&mut store, ())?, 7);
/// # Ok::<(), windlass::Error>(())
/// ```
pub struct Linker<T: 'static> {
    engine: Engine,
    items: Map<Name, Definition<T>>,
    allow_shadowing: bool,
}

/// The two names of an import.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    module: String,
    name: String,
}

enum Definition<T> {
    Extern(Extern),
    Host { ty: FuncType, closure: BoxedSharedHostFunc<T> },
}

impl<T> Linker<T> {
    /// A linker without names.
    pub fn new(engine: &Engine) -> Self {
        Self { engine: engine.clone(), items: Map::new(), allow_shadowing: false }
    }

    /// The engine that it was made for.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whether a name may be defined again, replacing what it meant.
    pub fn allow_shadowing(&mut self, allow: bool) -> &mut Self {
        self.allow_shadowing = allow;
        self
    }

    /// Defines a host function whose types are those of a closure; a [`Caller`] may come first.
    pub fn func_wrap<Params: 'static, Results: 'static>(
        &mut self,
        module: &str,
        name: &str,
        closure: impl IntoFunc<T, Params, Results> + Clone,
    ) -> Result<&mut Self> {
        let ty = typed::func_type(&closure)?;
        let closure = typed::shared(closure)?;
        self.insert(module, name, Definition::Host { ty, closure })
    }

    /// Defines a host function of any type: the closure gets its arguments and places for its
    /// results as slices.
    pub fn func_new(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        closure: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Clone + Send + Sync + 'static,
    ) -> Result<&mut Self> {
        let closure = func::shared_dynamic(ty.try_clone()?, closure)?;
        self.insert(module, name, Definition::Host { ty, closure })
    }

    /// Defines a name for something that is already in a store; only modules instantiated in
    /// that store can import it.
    pub fn define(
        &mut self,
        store: impl AsContext<Data = T>,
        module: &str,
        name: &str,
        item: impl Into<Extern>,
    ) -> Result<&mut Self> {
        let item = item.into();
        item.to_store(&store.as_context().inner.state)?;
        self.insert(module, name, Definition::Extern(item))
    }

    /// Defines every export of an instance under its own name and that of a module.
    pub fn instance(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module: &str,
        instance: Instance,
    ) -> Result<&mut Self> {
        let mut store = store.as_context_mut();
        let state = store.state();
        state.own(instance.store)?;
        let (image, judged) = known(state.core.module(instance.id))?;
        for (position, export) in judged.exports.iter().enumerate() {
            let item = known(state.core.export_at(instance.id, position))?;
            let item = Definition::Extern(Extern::from_store(instance.store, item));
            self.insert(module, export.name.text(&image.bytes), item)?;
        }
        Ok(self)
    }

    /// Instantiates a module, and defines its exports under the name of a module.
    pub fn module(&mut self, mut store: impl AsContextMut<Data = T>, name: &str, module: &Module) -> Result<&mut Self> {
        let instance = self.instantiate(store.as_context_mut(), module)?;
        self.instance(store, name, instance)
    }

    /// Instantiates a module with imports found by their names, and runs its start function.
    pub fn instantiate(&self, mut store: impl AsContextMut<Data = T>, module: &Module) -> Result<Instance> {
        let mut store = store.as_context_mut();
        let mut imports = Vec::with_capacity(module.imports().len())?;
        for import in module.imports() {
            let definition = self.find(import.module, import.name);
            let definition = definition.ok_or_else(|| unknown_import(import.module, import.name))?;
            imports.push(definition.in_store(&mut store)?)?;
        }
        run::instantiate(&mut store, module, &imports)
    }

    /// What a name means, in a store.
    pub fn get(&self, mut store: impl AsContextMut<Data = T>, module: &str, name: &str) -> Option<Extern> {
        let mut store = store.as_context_mut();
        let item = self.find(module, name)?.in_store(&mut store).ok()?;
        Some(Extern::from_store(store.state().id, item))
    }

    fn find(&self, module: &str, name: &str) -> Option<&Definition<T>> {
        let position = self.items.position_by(|key| compare(module, name, key))?;
        self.items.get_index(position).map(|(_, definition)| definition)
    }

    fn insert(&mut self, module: &str, name: &str, definition: Definition<T>) -> Result<&mut Self> {
        if !self.allow_shadowing && self.find(module, name).is_some() {
            let error = Error::from(Misuse::DuplicateName);
            return Err(error.with_message(format_args!("`{module}` `{name}`")));
        }
        let key = Name { module: String::from_text(module)?, name: String::from_text(name)? };
        self.items.insert(key, definition)?;
        Ok(self)
    }
}

impl<T> Definition<T> {
    fn in_store(&self, store: &mut StoreContextMut<'_, T>) -> Result<store::Extern> {
        match self {
            Definition::Extern(item) => item.to_store(store.state()),
            Definition::Host { ty, closure } => {
                let func = Func::from_boxed(store, ty, closure.for_store()?)?;
                Ok(store::Extern::Func(func.id))
            }
        }
    }
}

/// How the names sought stand to a key.
fn compare(module: &str, name: &str, key: &Name) -> Ordering {
    module.cmp(key.module.as_str()).then_with(|| name.cmp(key.name.as_str()))
}

/// Handles as items of this store.
pub(crate) fn to_store(items: &[Extern], state: &State) -> Result<Vec<store::Extern>> {
    let mut found = Vec::with_capacity(items.len())?;
    for item in items {
        found.push(item.to_store(state)?)?;
    }
    Ok(found)
}

#[cold]
fn unknown_import(module: &str, name: &str) -> Error {
    Error::from(Unlinkable::UnknownImport).with_message(format_args!("`{module}` `{name}`"))
}
