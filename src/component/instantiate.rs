//! Instantiation of components (`Explainer.md`, Instance Definitions): definitions are read again
//! in place, in their order, and each adds to the index spaces of the instance in the making.
//!
//! Components within components make a stack of their own, so nothing here recurses on what is
//! nested. Where a core module has a start function, instantiation pauses until its owner has
//! run it.

#[cfg(feature = "component-async")]
mod async_canon;
mod core_space;

use self::core_space::{CoreInst, core_export};
use super::canon::direct::Way;
use super::canon::{CanonFunc, CanonKind, Lower, Options, Realloc};
use super::link;
use super::linking::Linking;
use super::state::{
    CanonId, ComponentDef, ComponentDefId, ComponentInstance, ComponentInstanceId, CoreModule, Dtor, Exports,
    ExportsId, Func, FuncId, FuncKind, ImageId, Item, ResourceType, ResourceTypeId,
};
use crate::binary::Judged;
use crate::error::{Bug, Error, ErrorKind, Result, bug};
use crate::image::{Component, ComponentId, Image};
use crate::store;
use crate::support::{Box, Limit, Map, Vec};
#[cfg(feature = "component-async")]
use crate::syntax::AddrType;
use crate::syntax::canon::{Canon, CanonOpt, Opts};
use crate::syntax::component::{Alias, CoreSort, Instance, Sort, SortIdx};
use crate::syntax::component_type::{ComponentFuncIdx, ComponentType, Declarator, ResourceType as ResourceTypeDef};
use crate::syntax::{ExternKind, Features};
use crate::types::component::{ComponentTypes, ExternType, NameId, TypeRef};
use crate::types::flatten::FlattenContext;

/// What must happen before instantiation goes on.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// The owner calls this start function of a core module.
    Start {
        /// The component instance that it runs in.
        inst: ComponentInstanceId,
        /// The function.
        func: store::FuncId,
    },
    /// The instance is whole.
    Done(ComponentInstanceId),
}

/// A component that is being instantiated.
#[derive(Debug)]
pub struct Instantiation {
    frames: Vec<Frame>,
}

/// An instance in the making: where its definitions are read, and its index spaces. Core modules
/// and components are with the instance itself, where nested components find them.
#[derive(Debug)]
struct Frame {
    inst: ComponentInstanceId,
    image: ImageId,
    component: ComponentId,
    /// What its imports get.
    args: Map<NameId, Item>,
    /// The next section.
    at: u32,
    /// The section that is being read.
    section: Section,
    imports: u32,
    exported: u32,
    types: u32,
    nested_components: u32,
    nested_modules: u32,
    /// Core definitions, by their [`ExternKind`].
    core: [Vec<store::Extern>; 5],
    core_instances: Vec<CoreInst>,
    funcs: Vec<FuncId>,
    instances: Vec<ExportsId>,
    exports: Exports,
}

/// The items of a section that are still to come.
#[derive(Clone, Copy, Debug, Default)]
struct Section {
    id: u8,
    left: u32,
    at: u32,
    end: u32,
}

/// How reading goes on.
enum Flow {
    Next,
    Start(store::FuncId),
    Nested(Box<Frame>),
}

#[cold]
fn missing() -> Bug {
    bug!("an index or name that was not validated")
}

#[cold]
fn unsupported(feature: Features) -> Error {
    Error::new(ErrorKind::Unsupported(feature))
}

impl Instantiation {
    /// Begins with a component of an image that the store has; `args` are its imports.
    pub fn new(cx: &mut Linking<'_>, def: ComponentDef, args: Map<NameId, Item>) -> Result<Self> {
        let inst = new_instance(cx, def)?;
        Self::resume(cx, inst, args)
    }

    /// The same with an instance that was made before, so that its imports could be checked.
    pub fn resume(cx: &mut Linking<'_>, inst: ComponentInstanceId, args: Map<NameId, Item>) -> Result<Self> {
        let mut frames = Vec::new();
        frames.push(Frame::new(cx, inst, args)?)?;
        Ok(Self { frames })
    }

    /// Goes on until a start function must run or all is done.
    pub fn run(&mut self, cx: &mut Linking<'_>) -> Result<Step> {
        loop {
            let frame = self.frames.last_mut().ok_or_else(missing)?;
            let Some(flow) = frame.advance(cx)? else {
                let (inst, exports) = (frame.inst, frame.finish(cx)?);
                self.frames.pop();
                match self.frames.last_mut() {
                    None => return Ok(Step::Done(inst)),
                    Some(parent) => parent.add_instance(cx, exports)?,
                }
                continue;
            };
            match flow {
                Flow::Next => {}
                Flow::Start(func) => return Ok(Step::Start { inst: frame.inst, func }),
                Flow::Nested(nested) => self.frames.push(nested.into_inner())?,
            }
        }
    }
}

/// An instance of a component with nothing in it yet.
pub fn new_instance(cx: &mut Linking<'_>, def: ComponentDef) -> Result<ComponentInstanceId> {
    let limits = &cx.core.state.quota.limits;
    if cx.live.instances.len() >= limits.instances as usize {
        return Err(Limit::Instances.into());
    }
    let inst = ComponentInstance::new(def.image, def.component, def.outer, limits.handles);
    Ok(cx.live.add_instance(inst)?)
}

/// What the dispatcher sees of a canonical function.
fn core_kind(cx: &mut Linking<'_>, id: CanonId, canon: &CanonFunc) -> Result<store::FuncKind> {
    #[cfg(crossings)]
    if let Some(crossing) = super::canon::crossed::add(cx, id, canon)? {
        return Ok(store::FuncKind::Crossing(crossing));
    }
    let _ = (cx, canon);
    Ok(store::FuncKind::Canon(id.raw()))
}

/// A reader of a piece of an image.
fn reader(image: &Image, at: u32, end: u32) -> Judged<'_> {
    Judged::new(image.bytes.get(at as usize..end as usize).unwrap_or_default(), at)
}

impl Frame {
    fn new(cx: &Linking<'_>, inst: ComponentInstanceId, args: Map<NameId, Item>) -> Result<Self> {
        let &ComponentInstance { image, component, .. } = cx.live.instance(inst)?;
        let judged = cx.images.get(image).and_then(|image| image.component(component)).ok_or_else(missing)?;
        Ok(Frame {
            inst,
            image,
            component,
            args,
            // Magic, version and layer were checked.
            at: judged.span.start + 8,
            section: Section::default(),
            imports: 0,
            exported: 0,
            types: 0,
            nested_components: 0,
            nested_modules: 0,
            core: Default::default(),
            core_instances: Vec::new(),
            funcs: Vec::new(),
            instances: Vec::new(),
            exports: Exports::new(image),
        })
    }

    fn image<'a>(&self, cx: &Linking<'a>) -> Result<&'a Image, Bug> {
        cx.images.get(self.image).map(|image| &**image).ok_or_else(missing)
    }

    fn judged<'a>(&self, cx: &Linking<'a>) -> Result<&'a Component, Bug> {
        self.image(cx)?.component(self.component).ok_or_else(missing)
    }

    /// Reads the next item; `None` at the end of the component.
    fn advance(&mut self, cx: &mut Linking<'_>) -> Result<Option<Flow>> {
        let image = self.image(cx)?;
        let span = self.judged(cx)?.span;
        let Section { id, left, at, end } = self.section;
        if left == 0 {
            if self.at >= span.start + span.len {
                return Ok(None);
            }
            let mut reader = reader(image, self.at, span.start + span.len);
            let id = reader.byte()?;
            let len = reader.u32()?;
            let at = reader.position();
            self.at = at + len;
            self.open(cx, image, id, at)?;
            return Ok(Some(Flow::Next));
        }
        cx.core.state.quota.take_definitions(1)?;
        let mut reader = reader(image, at, end);
        let flow = match id {
            2 => self.core_instance(cx, image, reader.read()?)?,
            5 => self.instance(cx, image, reader.read()?)?,
            6 => self.alias(cx, image, reader.read()?)?,
            7 => self.ty(cx, &mut reader)?,
            8 => self.canon(cx, image, reader.read()?)?,
            10 => self.import(cx, image)?,
            _ => self.export(cx)?,
        };
        self.section = Section { left: left - 1, at: reader.position(), ..self.section };
        Ok(Some(flow))
    }

    /// Begins a section. Imports and exports are not read again: the image has all of them.
    #[inline(never)]
    fn open(&mut self, cx: &mut Linking<'_>, image: &Image, id: u8, at: u32) -> Result<()> {
        cx.core.state.quota.take_definitions(1)?;
        match id {
            1 => {
                let module = *self.judged(cx)?.nested_modules.get(self.nested_modules as usize).ok_or_else(missing)?;
                self.nested_modules += 1;
                let module = CoreModule { image: self.image, module };
                cx.live.instance_mut(self.inst)?.modules.push(module)?;
            }
            4 => {
                let nested = &self.judged(cx)?.nested_components;
                let component = *nested.get(self.nested_components as usize).ok_or_else(missing)?;
                self.nested_components += 1;
                let def = ComponentDef { image: self.image, component, outer: Some(self.inst) };
                let def = cx.live.components.push(def)?;
                cx.live.instance_mut(self.inst)?.components.push(def)?;
            }
            2 | 5 | 6 | 7 | 8 | 10 | 11 => {
                let mut reader = reader(image, at, self.at);
                let left = reader.u32()?;
                self.section = Section { id, left, at: reader.position(), end: self.at };
            }
            9 | 12 => return Err(unsupported(Features::CM_VALUES)),
            // Custom sections and core types, of which there is nothing at run time.
            _ => {}
        }
        Ok(())
    }

    #[inline(never)]
    fn import(&mut self, cx: &mut Linking<'_>, image: &Image) -> Result<Flow> {
        let ty = self.judged(cx)?.ty.ok_or_else(missing)?;
        let import = *image.types.component(ty)?.imports.get(self.imports as usize).ok_or_else(missing)?;
        self.imports += 1;
        let item = *self.args.get(&import.name).ok_or_else(missing)?;
        self.add(cx, item)?;
        Ok(Flow::Next)
    }

    /// Adds to the index space of the item's sort.
    fn add(&mut self, cx: &mut Linking<'_>, item: Item) -> Result<()> {
        match item {
            Item::Module(module) => cx.live.instance_mut(self.inst)?.modules.push(module)?,
            Item::Func(func) => self.funcs.push(func)?,
            Item::Component(def) => cx.live.instance_mut(self.inst)?.components.push(def)?,
            Item::Instance(exports) => self.add_instance(cx, exports)?,
            Item::Type => self.types += 1,
            Item::Resource(rt) => {
                if let Some(TypeRef::Resource(id)) = self.judged(cx)?.types.get(self.types as usize) {
                    let root = self.image(cx)?.types.root(*id);
                    cx.live.instance_mut(self.inst)?.resources.insert(root, rt)?;
                }
                self.types += 1;
            }
        }
        Ok(())
    }

    /// Adds an instance, and what the resource variables of its type stand for.
    fn add_instance(&mut self, cx: &mut Linking<'_>, exports: ExportsId) -> Result<()> {
        let ty = *self.judged(cx)?.instances.get(self.instances.len()).ok_or_else(missing)?;
        link::bind_instance(cx, self.inst, ty, exports)?;
        Ok(self.instances.push(exports)?)
    }

    #[inline(never)]
    fn export(&mut self, cx: &mut Linking<'_>) -> Result<Flow> {
        let export = *self.judged(cx)?.exports.get(self.exported as usize).ok_or_else(missing)?;
        self.exported += 1;
        let item = self.item(cx, export.item)?;
        self.name(cx, item, export.name)?;
        self.exports.items.insert(export.name, item)?;
        self.add(cx, item)?;
        Ok(Flow::Next)
    }

    /// A function is known by the name that it was exported by first.
    fn name(&self, cx: &mut Linking<'_>, item: Item, name: NameId) -> Result<()> {
        if let Item::Func(func) = item {
            let of = cx.func(func)?.inst;
            let own = cx.live.instance(of)?.image == self.image;
            let known = &mut cx.funcs.get_mut(func).ok_or_else(missing)?.name;
            if own && known.is_none() {
                *known = Some(name);
            }
        }
        Ok(())
    }

    /// What an index stands for.
    fn item(&self, cx: &Linking<'_>, item: SortIdx) -> Result<Item> {
        let at = item.index as usize;
        let instance = cx.live.instance(self.inst)?;
        let found = match item.sort {
            Sort::Core(CoreSort::Module) => instance.modules.get(at).map(|module| Item::Module(*module)),
            Sort::Func => self.funcs.get(at).map(|func| Item::Func(*func)),
            Sort::Component => instance.components.get(at).map(|def| Item::Component(*def)),
            Sort::Instance => self.instances.get(at).map(|exports| Item::Instance(*exports)),
            Sort::Type => match self.judged(cx)?.types.get(at) {
                Some(TypeRef::Resource(id)) => {
                    Some(Item::Resource(instance.resource(self.image(cx)?.types.root(*id))?))
                }
                Some(_) => Some(Item::Type),
                None => None,
            },
            Sort::Value => return Err(unsupported(Features::CM_VALUES)),
            Sort::Core(_) => None,
        };
        Ok(found.ok_or_else(missing)?)
    }

    #[inline(never)]
    fn ty(&mut self, cx: &mut Linking<'_>, reader: &mut Judged<'_>) -> Result<Flow> {
        let ty = reader.read::<ComponentType<'_>>()?;
        // What a type declares is nothing at run time.
        let mut declarators = ty.declarators();
        while let Some(left) = declarators.checked_sub(1) {
            declarators = left;
            if let Declarator::Type(nested) = reader.read()? {
                declarators = declarators.saturating_add(nested.declarators());
            }
        }
        if let ComponentType::Resource(ResourceTypeDef { dtor, .. }) = ty {
            let dtor = match dtor {
                Some(func) => Dtor::Core(self.core_func(func)?),
                None => Dtor::None,
            };
            let rt = cx.live.resource_types.push(ResourceType { inst: Some(self.inst), dtor })?;
            return self.add(cx, Item::Resource(rt)).map(|()| Flow::Next);
        }
        self.types += 1;
        Ok(Flow::Next)
    }

    #[inline(never)]
    fn instance(&mut self, cx: &mut Linking<'_>, image: &Image, instance: Instance<'_>) -> Result<Flow> {
        match instance {
            Instance::Exports(items) => {
                let mut exports = Exports::new(self.image);
                for item in items.judged() {
                    let export = item?;
                    cx.core.state.quota.take_definitions(1)?;
                    let name = find_name(image, export.name.name)?;
                    let item = self.item(cx, export.item)?;
                    self.name(cx, item, name)?;
                    exports.items.insert(name, item)?;
                }
                let exports = cx.live.exports.push(exports)?;
                self.add_instance(cx, exports)?;
                Ok(Flow::Next)
            }
            Instance::Instantiate(component, args) => {
                let components = &cx.live.instance(self.inst)?.components;
                let def = *components.get(component.index()).ok_or_else(missing)?;
                let def = *cx.live.component(def)?;
                let of = cx.images.get(def.image).ok_or_else(missing)?;
                let mut supplied = Map::new();
                for arg in args.judged() {
                    let arg = arg?;
                    cx.core.state.quota.take_definitions(1)?;
                    // What the component does not import has no name there.
                    if let Some(name) = of.types.find_name(&of.bytes, arg.name) {
                        supplied.insert(name, self.item(cx, arg.item)?)?;
                    }
                }
                let inst = new_instance(cx, def)?;
                cx.live.instance_mut(inst)?.made_by = Some((self.inst, self.instances.len() as u32));
                Ok(Flow::Nested(Box::new(Frame::new(cx, inst, supplied)?)?))
            }
        }
    }

    #[inline(never)]
    fn alias(&mut self, cx: &mut Linking<'_>, image: &Image, alias: Alias<'_>) -> Result<Flow> {
        match alias {
            Alias::Export { instance, name, .. } => {
                let exports = *self.instances.get(instance.index()).ok_or_else(missing)?;
                let item = link::export(cx.images, cx.live, exports, name)?.ok_or_else(missing)?;
                self.add(cx, item)?;
            }
            Alias::CoreExport { instance, name, .. } => {
                let from = self.core_instances.get(instance.index()).ok_or_else(missing)?;
                let item = core_export(cx, image, from, name)?;
                self.add_core(item)?;
            }
            Alias::Outer { sort, count, index } => {
                let mut inst = self.inst;
                for _ in 0..count {
                    inst = cx.live.instance(inst)?.outer.ok_or_else(missing)?;
                }
                let outer = cx.live.instance(inst)?;
                match sort {
                    Sort::Type => self.types += 1,
                    Sort::Component => {
                        let def: ComponentDefId = *outer.components.get(index as usize).ok_or_else(missing)?;
                        self.add(cx, Item::Component(def))?;
                    }
                    Sort::Core(CoreSort::Module) => {
                        let module = *outer.modules.get(index as usize).ok_or_else(missing)?;
                        self.add(cx, Item::Module(module))?;
                    }
                    // Core types, of which there is nothing at run time.
                    _ => {}
                }
            }
        }
        Ok(Flow::Next)
    }

    #[inline(never)]
    fn canon(&mut self, cx: &mut Linking<'_>, image: &Image, canon: Canon<'_>) -> Result<Flow> {
        let judged = self.judged(cx)?;
        let kind = match canon {
            Canon::lift { func, opts, .. } => {
                let ty = *judged.funcs.get(self.funcs.len()).ok_or_else(missing)?;
                let opts = self.options(cx, opts)?;
                let way = Way::of(&image.types, ty, &opts)?;
                let kind = FuncKind::Lifted { callee: self.core_func(func)?, opts, way };
                self.funcs.push(cx.funcs.push(Func { ty, inst: self.inst, kind, name: None })?)?;
                return Ok(Flow::Next);
            }
            Canon::lower { func, opts } => {
                let opts = self.options(cx, opts)?;
                self.lower(cx, image, func, opts)?
            }
            Canon::resource_new { ty } => CanonKind::ResourceNew(self.resource(cx, &image.types, ty.index())?),
            Canon::resource_drop { ty } => CanonKind::ResourceDrop(self.resource(cx, &image.types, ty.index())?),
            Canon::resource_rep { ty } => CanonKind::ResourceRep(self.resource(cx, &image.types, ty.index())?),
            #[cfg(feature = "component-async")]
            Canon::backpressure_inc {} => CanonKind::BackpressureInc,
            #[cfg(feature = "component-async")]
            Canon::backpressure_dec {} => CanonKind::BackpressureDec,
            #[cfg(feature = "component-async")]
            Canon::context_get { ty, index } => CanonKind::ContextGet(index, width(ty)),
            #[cfg(feature = "component-async")]
            Canon::context_set { ty, index } => CanonKind::ContextSet(index, width(ty)),
            #[cfg(feature = "component-async")]
            other => self.async_builtin(cx, image, other)?,
            #[cfg(not(feature = "component-async"))]
            other => return Err(unsupported(other.feature())),
        };
        let ty = *judged.core_funcs.get(self.core_of(ExternKind::Func).len()).ok_or_else(missing)?;
        let (params, results) = image.types.core.func(ty).ok_or_else(missing)?;
        let canon = CanonFunc { inst: self.inst, params: params.len() as u32, kind };
        let id: CanonId = cx.canons.push(canon)?;
        let kind = core_kind(cx, id, &canon)?;
        let ty = cx.core.state.add_func_type(params, results)?;
        self.add_core(store::Extern::Func(cx.core.state.add_func(ty, kind)?))?;
        Ok(Flow::Next)
    }

    /// `canon lower`
    fn lower(&self, cx: &Linking<'_>, image: &Image, func: ComponentFuncIdx, opts: Options) -> Result<CanonKind> {
        let ty = *self.judged(cx)?.funcs.get(func.index()).ok_or_else(missing)?;
        let context = if opts.is_async { FlattenContext::AsyncLower } else { FlattenContext::Lower };
        let flat = image.types.flatten_func(ty, opts.pointer(), context)?;
        let func = *self.funcs.get(func.index()).ok_or_else(missing)?;
        let way = match cx.func(func)?.kind {
            FuncKind::Lifted { way, .. } => {
                if opts.is_async {
                    way.lowered_async()
                } else {
                    way
                }
            }
            _ => Way::OF_OTHERS,
        };
        Ok(CanonKind::Lower(Lower { func, ty, opts, result_pointer: flat.result_pointer.is_some(), way }))
    }

    fn resource(&self, cx: &Linking<'_>, types: &ComponentTypes, index: usize) -> Result<ResourceTypeId, Bug> {
        match self.judged(cx)?.types.get(index) {
            Some(TypeRef::Resource(id)) => cx.live.instance(self.inst)?.resource(types.root(*id)),
            _ => Err(missing()),
        }
    }

    /// `CanonicalOptions`
    fn options(&self, cx: &Linking<'_>, opts: Opts<'_>) -> Result<Options> {
        let mut options = Options::DEFAULT;
        for opt in opts.judged() {
            match opt? {
                CanonOpt::StringEncoding(encoding) => options.string_encoding = encoding,
                CanonOpt::Memory(memory) => {
                    let id = self.memory(memory)?;
                    options.memory = Some(id);
                    options.pointer = cx.core.state.memories.get(id).ok_or_else(missing)?.ty().addr;
                }
                CanonOpt::Realloc(func) => options.realloc = Realloc::Func(self.core_func(func)?),
                CanonOpt::PostReturn(func) => options.post_return = Some(self.core_func(func)?),
                #[cfg(feature = "component-async")]
                CanonOpt::Async => options.is_async = true,
                #[cfg(not(feature = "component-async"))]
                CanonOpt::Async => return Err(unsupported(Features::CM_ASYNC)),
                CanonOpt::Callback(func) => options.callback = Some(self.core_func(func)?),
            }
        }
        Ok(options)
    }

    /// The instance is whole: what it exports is kept.
    fn finish(&mut self, cx: &mut Linking<'_>) -> Result<ExportsId> {
        let exports = core::mem::replace(&mut self.exports, Exports::new(self.image));
        let exports = cx.live.exports.push(exports)?;
        let nested = !self.judged(cx)?.nested_components.is_empty();
        let instance = cx.live.instance_mut(self.inst)?;
        instance.exports = Some(exports);
        if !nested {
            // Nobody is left who could see them.
            (instance.modules, instance.components) = (Vec::new(), Vec::new());
        }
        Ok(exports)
    }
}

fn find_name(image: &Image, text: &str) -> Result<NameId, Bug> {
    image.types.find_name(&image.bytes, text).ok_or_else(missing)
}

#[cfg(feature = "component-async")]
fn width(ty: crate::syntax::ValType) -> AddrType {
    if ty == crate::syntax::ValType::I64 { AddrType::I64 } else { AddrType::I32 }
}

/// The static type of what a component instance exports at `position`.
pub fn export_type(image: &Image, component: ComponentId, position: usize) -> Option<(NameId, ExternType)> {
    image.component(component)?.exports.get(position).map(|export| (export.name, export.ty))
}
