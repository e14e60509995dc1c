//! Names for what components import: functions and resources of the host, instances of them,
//! modules, and what other instances export.

use super::ResourceType;
use super::definition::{Component, ROOT};
use super::host::{self, Define, InStore};
#[cfg(feature = "component-async")]
use super::host_async::{BoxFuture, Later};
use super::instance::{ComponentExportIndex, Instance};
#[cfg(feature = "component-async")]
use super::poll::{self, At};
use super::run;
use crate::api::store::{AsContextMut, StoreContextMut, StoreId};
use crate::api::{Engine, Module, Progress};
use crate::component::abi::typed::{ComponentNamedList, Lift, Lower};
use crate::component::abi::val::Val;
use crate::component::instantiate::{self, Instantiation};
use crate::component::link::{self, Import, Provide, Provided};
use crate::component::linking::Linking;
use crate::component::state::{ComponentDef, ComponentInstanceId, CoreModule, Item, Linked};
use crate::error::{Error, Misuse, Result};
use crate::image::{Image, ModuleId, Shareable};
#[cfg(feature = "component-async")]
use crate::support::Vec;
use crate::support::{Box, DynBox, Map, OutOfMemory, String};

/// Finds the imports of components by their names, and instantiates.
///
/// Functions in a linker can be used in any number of stores, so a closure has to be `Clone`:
/// each store gets its own.
pub struct Linker<T: 'static> {
    engine: Engine,
    root: Names<T>,
    allow_shadowing: bool,
}

/// Names on one level, once there are some: programs that define nothing have no code that looks for it.
struct Names<T: 'static>(Option<DynBox<dyn Level<T>>>);

/// See [`Names`].
trait Level<T: 'static>: Shareable {
    fn items(&self) -> &Items<T>;
    fn items_mut(&mut self) -> &mut Items<T>;

    /// Sees to it that the store has the images of all modules.
    fn prepare(&self, linked: &mut Linked) -> Result<()>;

    /// What satisfies an import.
    fn supply(&self, cx: &mut Linking<'_>, store: InStore<'_, T>, import: &Import<'_>) -> Result<Item>;
}

type Items<T> = Map<String, Definition<T>>;

enum Definition<T: 'static> {
    Instance(Names<T>),
    Item(DynBox<dyn Define<T>>),
}

impl<T> Names<T> {
    fn get(&self, name: &str) -> Option<&Definition<T>> {
        let items = self.0.as_deref()?.items();
        let at = items.position_by(|key| name.cmp(key.as_str()))?;
        items.get_index(at).map(|(_, definition)| definition)
    }

    fn items_mut(&mut self) -> Result<&mut Items<T>, OutOfMemory> {
        let level = match self.0.take() {
            Some(level) => level,
            None => Box::new(Items::new())?.into_array(),
        };
        Ok(self.0.insert(level).items_mut())
    }
}

/// The names of a linker on one level: of its root, or of an instance in it.
pub struct LinkerInstance<'a, T: 'static> {
    names: &'a mut Names<T>,
    allow_shadowing: bool,
}

impl<T> Linker<T> {
    /// A linker without names.
    pub fn new(engine: &Engine) -> Self {
        Self { engine: engine.clone(), root: Names(None), allow_shadowing: false }
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

    /// The names that a component imports directly.
    pub fn root(&mut self) -> LinkerInstance<'_, T> {
        LinkerInstance { names: &mut self.root, allow_shadowing: self.allow_shadowing }
    }

    /// The names within an instance that a component imports, such as `wasi:cli/run@0.2.0`. An
    /// instance that is there already gets more names.
    pub fn instance(&mut self, name: &str) -> Result<LinkerInstance<'_, T>> {
        self.root().into_instance(name)
    }

    /// Instantiates a component with imports found by their names, and runs start functions of
    /// its core modules.
    pub fn instantiate(&self, mut store: impl AsContextMut<Data = T>, component: &Component) -> Result<Instance> {
        let mut store = store.as_context_mut();
        let mut instantiation = self.begin(&mut store, component)?;
        let id = run::to_end(&mut store, |store, machine| run::instantiate(store, machine, &mut instantiation, false))?;
        Ok(Instance { store: store.state().id, id })
    }

    /// Instantiates until that is done or a start function has no fuel left.
    pub fn instantiate_resumable(
        &self,
        mut store: impl AsContextMut<Data = T>,
        component: &Component,
    ) -> Result<Progress<PausedInstantiation, Instance>> {
        let mut store = store.as_context_mut();
        let mut instantiation = self.begin(&mut store, component)?;
        let progress =
            run::on_machine(&mut store, |store, machine| run::instantiate(store, machine, &mut instantiation, false))?;
        Ok(PausedInstantiation::after(store.state().id, progress, instantiation))
    }

    /// Instantiates, as a Rust future: start functions may call functions of the host that are not
    /// ready at once. Dropping the future leaves what is there.
    #[cfg(feature = "component-async")]
    pub async fn instantiate_async(
        &self,
        mut store: impl AsContextMut<Data = T>,
        component: &Component,
    ) -> Result<Instance> {
        let mut store = store.as_context_mut();
        let mut instantiation = self.begin(&mut store, component)?;
        let made = poll::to_end(&mut store, |store, machine, at| {
            run::instantiate(store, machine, &mut instantiation, at == At::Resume)
        });
        let id = made.await?;
        Ok(Instance { store: store.state().id, id })
    }

    /// Finds the imports of a component.
    fn begin(&self, store: &mut StoreContextMut<'_, T>, component: &Component) -> Result<Instantiation> {
        let image = store.state().component.state.linked.add_image(component.image())?;
        let level = self.root.0.as_deref();
        if let Some(level) = level {
            level.prepare(&mut store.state().component.state.linked)?;
        }
        let (hosts, id) = (store.hosts, store.state().id);
        let state = store.state();
        let mut cx = Linking::new(&mut state.core, &mut state.component.state);
        let def = ComponentDef { image, component: ROOT, outer: None };
        let inst = instantiate::new_instance(&mut cx, def)?;
        let args = link::supply(&mut cx, inst, &mut |cx, import| match level {
            Some(level) => level.supply(cx, InStore { hosts, store: id }, import),
            None => import.unsupplied(cx),
        })?;
        Instantiation::resume(&mut cx, inst, args)
    }
}

/// An instantiation of which a start function ran out of fuel. Where it is not to go on,
/// [`cancel`](Self::cancel) gives back what the start function holds.
#[must_use = "an instantiation that is only dropped keeps what it holds"]
pub struct PausedInstantiation {
    paused: run::Paused,
    instantiation: Instantiation,
}

impl PausedInstantiation {
    fn after(
        store: StoreId,
        progress: Progress<run::Paused, ComponentInstanceId>,
        instantiation: Instantiation,
    ) -> Progress<Self, Instance> {
        match progress.map_paused(|paused| Self { paused, instantiation }) {
            Progress::Done(id) => Progress::Done(Instance { store, id }),
            Progress::OutOfFuel(paused) => Progress::OutOfFuel(paused),
            Progress::Waiting(paused) => Progress::Waiting(paused),
        }
    }

    /// Goes on where it stopped.
    pub fn resume(self, mut store: impl AsContextMut) -> Result<Progress<Self, Instance>> {
        let mut store = store.as_context_mut();
        let Self { paused, mut instantiation } = self;
        let progress = run::resume(&mut store, paused, |store, machine| {
            run::instantiate(store, machine, &mut instantiation, true)
        })?;
        Ok(Self::after(store.state().id, progress, instantiation))
    }

    /// Ends the start function where it stands; see [`PausedCall::cancel`](super::PausedCall::cancel). What was
    /// instantiated before stays in the store.
    pub fn cancel(self, mut store: impl AsContextMut) -> Result<()> {
        run::give_up(&mut store.as_context_mut(), self.paused)
    }
}

impl<T: 'static> Level<T> for [Items<T>; 1] {
    fn items(&self) -> &Items<T> {
        let [items] = self;
        items
    }

    fn items_mut(&mut self) -> &mut Items<T> {
        let [items] = self;
        items
    }

    fn prepare(&self, linked: &mut Linked) -> Result<()> {
        for (_, definition) in self.items().iter() {
            match definition {
                Definition::Instance(Names(Some(level))) => level.prepare(linked)?,
                Definition::Instance(Names(None)) => {}
                Definition::Item(item) => item.prepare(linked)?,
            }
        }
        Ok(())
    }

    fn supply(&self, cx: &mut Linking<'_>, store: InStore<'_, T>, import: &Import<'_>) -> Result<Item> {
        let [items] = self;
        link::find(cx, &mut Provider { root: items, store }, import)
    }
}

/// What a name means. A name with a version stands for every compatible one: of those the
/// newest is taken.
fn find<'n, T>(items: &'n Items<T>, name: &str) -> Option<&'n Definition<T>> {
    if let Some(at) = items.position_by(|key| name.cmp(key.as_str())) {
        return items.get_index(at).map(|(_, definition)| definition);
    }
    let (wanted, _) = link::version_track(name)?;
    let known = items.iter().filter_map(|(key, definition)| {
        let (track, version) = link::version_track(key)?;
        (track == wanted).then_some((version, definition))
    });
    known.max_by_key(|(version, _)| *version).map(|(_, definition)| definition)
}

/// Makes what a linker defines known to a store.
struct Provider<'p, T: 'static> {
    root: &'p Items<T>,
    store: InStore<'p, T>,
}

impl<T> Provide for Provider<'_, T> {
    fn find(&mut self, cx: &mut Linking<'_>, path: &[&str], import: &Import<'_>) -> Result<Provided> {
        let mut items = self.root;
        for step in path {
            match find(items, step) {
                Some(Definition::Instance(Names(Some(inner)))) => items = inner.items(),
                _ => return Ok(Provided::Nothing),
            }
        }
        match find(items, import.name()) {
            None => Ok(Provided::Nothing),
            Some(Definition::Instance(_)) => Ok(Provided::Instance),
            Some(Definition::Item(item)) => item.define(cx, &self.store, import).map(Provided::Item),
        }
    }
}

impl<T: 'static> Define<T> for [Module; 1] {
    fn prepare(&self, linked: &mut Linked) -> Result<()> {
        let [module] = self;
        linked.add_image(module.image())?;
        Ok(())
    }

    fn define(&self, cx: &mut Linking<'_>, _: &InStore<'_, T>, import: &Import<'_>) -> Result<Item> {
        let [module] = self;
        let image = module.image();
        let mut images = cx.images.iter();
        let found = images.find(|(_, other)| core::ptr::eq::<Image>(&***other, &**image));
        let (image, _) = found.ok_or(Misuse::WrongStore)?;
        import.module(cx, CoreModule { image, module: ModuleId::new(0) })
    }
}

impl<T: 'static> Define<T> for [ComponentExportIndex; 1] {
    fn define(&self, cx: &mut Linking<'_>, store: &InStore<'_, T>, import: &Import<'_>) -> Result<Item> {
        let [index] = self;
        if index.store != store.store {
            return Err(Misuse::WrongStore.into());
        }
        import.existing(cx, index.item, index.ty)
    }
}

impl<T> LinkerInstance<'_, T> {
    /// Whether the name is defined on this level.
    pub(super) fn is_defined(&self, name: &str) -> bool {
        self.names.get(name).is_some()
    }

    fn insert(&mut self, name: &str, definition: Definition<T>) -> Result<()> {
        if !self.allow_shadowing && self.names.get(name).is_some() {
            return Err(Error::from(Misuse::DuplicateName).with_message(format_args!("`{name}`")));
        }
        self.names.items_mut()?.insert(String::from_text(name)?, definition)?;
        Ok(())
    }

    /// Defines a function of the host, whose type is that of the import that it satisfies. The
    /// closure gets the arguments, and a place for each result, which it must fill with a value
    /// of the right type.
    pub fn func_new(
        &mut self,
        name: &str,
        closure: impl Fn(StoreContextMut<'_, T>, &[Val], &mut [Val]) -> Result<()> + Clone + Send + Sync + 'static,
    ) -> Result<()> {
        let closure = host::closure::<host::Dynamic, _, _>(closure)?;
        self.insert(name, Definition::Item(closure))
    }

    /// Defines a function of the host from a closure over Rust types: values go straight from the
    /// guest's memory into Rust and back. `Params` is a tuple of the parameters, `Return` is
    /// `(R,)` or, where there is no result, `()`. Whether the import has these types is checked
    /// once, when a component is instantiated.
    ///
    /// ```
    /// use windlass::component::{Component, Linker};
    /// use windlass::{Engine, Store, StoreContextMut};
    ///
    /// # const WAT: &str = r#"(component
    /// #   (import "host:math/add@1.0.0" (instance $host
    /// #     (export "add" (func (param "a" u32) (param "b" u32) (result u32)))))
    /// #   (core func $add (canon lower (func $host "add")))
    /// #   (core module $M
    /// #     (import "" "add" (func $add (param i32 i32) (result i32)))
    /// #     (func (export "run") (result i32) (call $add (i32.const 40) (i32.const 2))))
    /// #   (core instance $m (instantiate $M (with "" (instance (export "add" (func $add))))))
    /// #   (func (export "run") (result u32) (canon lift (core func $m "run"))))"#;
    /// # let bytes = wat::parse_str(WAT).unwrap();
    /// let engine = Engine::default();
    /// let component = Component::new(&engine, bytes)?;
    /// let mut linker = Linker::<u32>::new(&engine);
    /// let mut host = linker.instance("host:math/add@1.0.0")?;
    /// // add: func(a: u32, b: u32) -> u32
    /// host.func_wrap("add", |mut store: StoreContextMut<'_, u32>, (a, b): (u32, u32)| {
    ///     *store.data_mut() += 1;
    ///     Ok((a + b,))
    /// })?;
    ///
    /// let mut store = Store::new(&engine, 0);
    /// let instance = linker.instantiate(&mut store, &component)?;
    /// let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run")?;
    /// assert_eq!(run.call(&mut store, ())?.0, 42);
    /// assert_eq!(*store.data(), 1);
    /// # Ok::<(), windlass::Error>(())
    /// ```
    pub fn func_wrap<F, Params, Return>(&mut self, name: &str, closure: F) -> Result<()>
    where
        F: Fn(StoreContextMut<'_, T>, Params) -> Result<Return> + Clone + Send + Sync + 'static,
        Params: ComponentNamedList + Lift + 'static,
        Return: ComponentNamedList + Lower + 'static,
    {
        let closure = host::closure::<host::Typed<Params, Return>, _, _>(closure)?;
        self.insert(name, Definition::Item(closure))
    }

    /// Defines a function of the host that may not be ready at once, from a closure over Rust types:
    /// see [`func_wrap`](Self::func_wrap). The caller boxes the future; no runtime is assumed.
    ///
    /// A component that imports the function as `async` goes on meanwhile, as far as it can, and
    /// may cancel the call: then the future is dropped. To any other the call is as if it had
    /// returned at once.
    #[cfg(feature = "component-async")]
    pub fn func_wrap_async<F, Params, Return>(&mut self, name: &str, closure: F) -> Result<()>
    where
        F: Fn(StoreContextMut<'_, T>, Params) -> BoxFuture<Return> + Clone + Send + Sync + 'static,
        Params: ComponentNamedList + Lift + 'static,
        Return: ComponentNamedList + Lower + Send + 'static,
    {
        let closure = host::closure::<Later<host::Typed<Params, Return>>, _, _>(closure)?;
        self.insert(name, Definition::Item(closure))
    }

    /// The same for values of any type: see [`func_new`](Self::func_new).
    #[cfg(feature = "component-async")]
    pub fn func_new_async<F>(&mut self, name: &str, closure: F) -> Result<()>
    where
        F: Fn(StoreContextMut<'_, T>, Vec<Val>) -> BoxFuture<Vec<Val>> + Clone + Send + Sync + 'static,
    {
        let closure = host::closure::<Later<host::Dynamic>, _, _>(closure)?;
        self.insert(name, Definition::Item(closure))
    }

    /// Defines a resource type of the host, and what is to be done when a component drops one.
    pub fn resource(
        &mut self,
        name: &str,
        ty: ResourceType,
        dtor: impl Fn(StoreContextMut<'_, T>, u32) -> Result<()> + Clone + Send + Sync + 'static,
    ) -> Result<()> {
        self.insert(name, Definition::Item(host::resource(ty, dtor)?))
    }

    /// Defines a core module.
    pub fn module(&mut self, name: &str, module: &Module) -> Result<()> {
        self.insert(name, Definition::Item(Box::new(module.clone())?.into_array()))
    }

    /// Defines something that an instance exports; only components instantiated in the same
    /// store can import it.
    pub fn export(&mut self, name: &str, export: &ComponentExportIndex) -> Result<()> {
        self.insert(name, Definition::Item(Box::new(*export)?.into_array()))
    }

    /// The names within an instance; one that is there already gets more names.
    pub fn instance(&mut self, name: &str) -> Result<LinkerInstance<'_, T>> {
        LinkerInstance { names: self.names, allow_shadowing: self.allow_shadowing }.into_instance(name)
    }
}

impl<'a, T> LinkerInstance<'a, T> {
    /// The same, without borrowing this level any longer.
    pub fn into_instance(mut self, name: &str) -> Result<LinkerInstance<'a, T>> {
        if !matches!(self.names.get(name), Some(Definition::Instance(_))) {
            self.insert(name, Definition::Instance(Names(None)))?;
        }
        let items = self.names.items_mut()?;
        let at = items.position_by(|key| name.cmp(key.as_str()));
        match at.and_then(|at| items.get_index_mut(at)) {
            Some(Definition::Instance(names)) => Ok(LinkerInstance { names, allow_shadowing: self.allow_shadowing }),
            _ => Err(Misuse::DuplicateName.into()),
        }
    }
}
