//! Component-level types as meant: shared, comparable, over resource variables
//! (`Explainer.md`, Type Definitions; Type Checking).
//!
//! One table serves a whole image. Value and function types are interned: built twice, they
//! have one id. A type's parts are ids, so that a type which uses another many times stays
//! small.
//!
//! # Resources
//!
//! A [`ResourceId`] is a *variable*: each resource type that a component defines, imports, or
//! gets from an instance has its own. What it stands for is known at run time only, for each
//! component instance anew.
//!
//! # Names that make types visible
//!
//! A record, variant, enum, flags or resource type that is imported or exported gets a new id
//! there, an *alias* of the old one: `Explainer.md`, External Visibility of Types, tells the two
//! apart. Everybody else does not: [`ComponentTypes::plain`] and [`ComponentTypes::root`] take
//! aliases away, and two value types are equal when what `plain` makes of them is.

use super::TypeTable;
pub use super::defined::{Case, Defined, Field, FuncType, Member, Members, OfMember};
use super::defined::{Form, Made};
use super::layout::Layout;
use crate::error::{Bug, bug};
use crate::support::index::index_type;
use crate::support::{Map, OutOfMemory, Vec};
use crate::syntax::Span;
pub use crate::syntax::valtype::PrimValType;
use core::ops::Range;

index_type! {
    /// A name or label of an image, interned: equal texts have equal ids.
    NameId;
    /// A value type that is not primitive.
    DefinedId;
    /// A component-level function type.
    FuncTypeId;
    /// The type of a component instance.
    InstanceTypeId;
    /// The type of a component.
    ComponentTypeId;
    /// The type of a core module, or of a core instance, which has no imports.
    ModuleTypeId;
    /// A resource variable, or an alias of one.
    ResourceId;
}

impl NameId {
    /// No name.
    pub const NONE: NameId = NameId::new(u32::MAX);
}

impl InstanceTypeId {
    /// Its place in the table: the type of an instance is kept as that of a component without imports, which would have
    /// such instances.
    pub(crate) const fn component(self) -> ComponentTypeId {
        ComponentTypeId::new(self.raw())
    }

    /// The type whose place that is.
    pub(crate) const fn at(id: ComponentTypeId) -> Self {
        InstanceTypeId::new(id.raw())
    }
}

impl FuncTypeId {
    /// Its place in the table, which function types share with value types.
    pub(crate) const fn made(self) -> DefinedId {
        DefinedId::new(self.raw())
    }
}

/// A value type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValType {
    /// A primitive one.
    Primitive(PrimValType),
    /// Any other.
    Defined(DefinedId),
}

/// What a type index or a type export stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum TypeRef {
    Value(ValType),
    Func(FuncTypeId),
    Instance(InstanceTypeId),
    Component(ComponentTypeId),
    Resource(ResourceId),
}

/// What an import or export stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum ExternType {
    Module(ModuleTypeId),
    Func(FuncTypeId),
    Value(ValType),
    Type(TypeRef),
    Component(ComponentTypeId),
    Instance(InstanceTypeId),
}

impl ExternType {
    /// The type that it is, or that it is of; `None` for a core module.
    pub(crate) const fn type_ref(self) -> Option<TypeRef> {
        Some(match self {
            ExternType::Module(_) => return None,
            ExternType::Func(id) => TypeRef::Func(id),
            ExternType::Value(ty) => TypeRef::Value(ty),
            ExternType::Type(ty) => ty,
            ExternType::Component(id) => TypeRef::Component(id),
            ExternType::Instance(id) => TypeRef::Instance(id),
        })
    }
}

/// An import or export with its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Extern {
    /// Its name, without attributes.
    pub name: NameId,
    /// What it stands for.
    pub ty: ExternType,
}

/// The type of an instance.
#[derive(Clone, Copy, Debug)]
pub struct InstanceType<'t> {
    /// Its exports, in the order of their declaration.
    pub exports: &'t [Extern],
    /// Resource variables that the type binds: its exports `(sub resource)`. Empty in the type
    /// of an instance that there is, whose variables are those of the component around it.
    pub bound: &'t [ResourceId],
}

/// The type of a component.
#[derive(Clone, Copy, Debug)]
pub struct ComponentType<'t> {
    /// Its imports, in their order.
    pub imports: &'t [Extern],
    /// Its exports, in their order.
    pub exports: &'t [Extern],
    /// Resource variables that its imports bring in: whoever instantiates supplies them.
    pub imported: &'t [ResourceId],
    /// Resource variables that are new in every instance.
    pub defined: &'t [ResourceId],
}

/// What a core module imports or exports; type indices in it are [`TypeId`](super::TypeId)s of
/// [`ComponentTypes::core`].
pub type CoreExternType = crate::syntax::ExternType;

/// An import or export of a core module, or an export of a core instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreExtern {
    /// The first name of an import; [`NameId::NONE`] of an export.
    pub module: NameId,
    /// Its name, or second name.
    pub name: NameId,
    /// What it is.
    pub ty: CoreExternType,
}

impl CoreExtern {
    /// Its names, by which lists of imports and of exports are in order.
    pub(super) const fn key(&self) -> (NameId, NameId) {
        (self.module, self.name)
    }
}

/// The type of a core module.
#[derive(Clone, Copy, Debug)]
pub struct ModuleType<'t> {
    /// Its imports, in their order.
    pub imports: &'t [CoreExtern],
    /// Its exports, in their order.
    pub exports: &'t [CoreExtern],
}

bitflags::bitflags! {
    /// What is somewhere in a type.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
    pub struct Mentions: u8 {
        /// A resource variable.
        const RESOURCE = 1;
        /// A `borrow`.
        const BORROW = 2;
        /// A stream or future.
        const ASYNC_VALUE = 4;
        /// A list, map or string whose values lie outside of it, in linear memory.
        const POINTER = 8;
        /// An alias: a record, variant, enum, flags or resource type by its visible name.
        const ALIAS = 16;
        /// A record, variant, enum, flags or resource type, by any name.
        const NOMINAL = 32;
        /// A resource variable of a component, not one that a type declares for itself.
        const FREE = 64;
        /// Bytes that cannot be copied as they are from one side to another: they may be no value
        /// of the type, mean something else there, or be padding, which must not leak.
        const CHECKED = 128;
    }
}

/// What is known of a type from the time it is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What is in it.
    pub mentions: Mentions,
    /// How many types are nested in one another in it.
    pub depth: u16,
    /// How many types it is made of, shared ones counted wherever they stand.
    pub size: u32,
}

/// All component-level types of an image; see the module.
#[derive(Debug, Default)]
pub struct ComponentTypes {
    /// Core types: of core functions, and in module types.
    pub core: TypeTable,
    pub(super) names: Map<Span, ()>,
    /// Of all value and function types.
    pub(super) members: Vec<Member>,
    pub(super) externs: Vec<Extern>,
    pub(super) variables: Vec<ResourceId>,
    pub(super) core_externs: Vec<CoreExtern>,
    /// For each list of imports or exports, its positions in the order of the names.
    pub(super) sorted: Vec<u32>,
    pub(super) defined: Vec<DefinedEntry>,
    pub(super) interned: Map<DefinedId, ()>,
    /// Types of components, and of instances.
    pub(super) components: Vec<ComponentEntry>,
    pub(super) modules: Vec<ModuleEntry>,
    pub(super) resources: Vec<ResourceEntry>,
}

/// Where a resource variable comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A component defines or imports it, or one of its instances brings it along.
    Component,
    /// A component or instance type declares it.
    Declaration,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct ResourceEntry {
    /// The variable that it stands for: itself, if it is no alias.
    pub root: ResourceId,
    /// What it is an alias of, or itself.
    pub of: ResourceId,
    pub origin: Origin,
}

/// A list in the table: a stretch of one of the pools. It can be walked over while the table grows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part {
    pub(super) start: u32,
    pub(super) len: u32,
}

impl Part {
    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }

    pub(super) fn of<T>(self, pool: &[T]) -> &[T] {
        pool.get(self.range()).unwrap_or_default()
    }

    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}

/// A value or function type.
#[derive(Clone, Copy, Debug)]
pub(super) struct DefinedEntry {
    pub form: Form,
    pub members: Part,
    pub facts: Facts,
    /// For 32-bit and for 64-bit pointers.
    pub layouts: [Layout; 2],
    /// Itself without aliases.
    pub plain: DefinedId,
    /// What it is an alias of in the end, or itself: a type that is interned.
    pub base: DefinedId,
    /// What it is an alias of, if it is one: then it is not interned.
    pub alias_of: Option<DefinedId>,
}

/// [`ComponentType`] with stretches for slices.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct ComponentEntry {
    pub imports: Part,
    pub(super) sorted_imports: u32,
    pub exports: Part,
    pub(super) sorted_exports: u32,
    pub imported: Part,
    pub defined: Part,
    pub(super) facts: Facts,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct ModuleEntry {
    pub imports: Part,
    pub sorted_imports: u32,
    pub exports: Part,
    pub sorted_exports: u32,
    pub facts: Facts,
}

impl ComponentTypes {
    /// A value or function type as it is kept.
    #[cfg_attr(not(compact), inline(always))]
    pub(crate) fn made(&self, id: DefinedId) -> Result<Made<'_>, Bug> {
        let entry = self.defined.get(id.index()).ok_or_else(foreign)?;
        Ok(Made { form: entry.form, members: entry.members.of(&self.members) })
    }

    /// What a defined value type is made of. An alias is made of the same parts.
    // Looked at for each value that crosses: its caller wants one form only.
    #[cfg_attr(not(compact), inline(always))]
    pub fn defined(&self, id: DefinedId) -> Result<Defined<'_>, Bug> {
        let Made { form, members } = self.made(id)?;
        let ty = |at: usize| members.get(at).and_then(|member| member.ty);
        let (first, second) = (ty(0), ty(1));
        let one = |ty: Option<ValType>| ty.ok_or_else(foreign);
        Ok(match form {
            Form::Record => Defined::Record(Members::new(members)),
            Form::Variant => Defined::Variant(Members::new(members)),
            Form::Tuple => Defined::Tuple(Members::new(members)),
            Form::Flags => Defined::Flags(Members::new(members)),
            Form::Enum => Defined::Enum(Members::new(members)),
            Form::List => Defined::List(one(first)?),
            Form::FixedLengthList(len) => Defined::FixedLengthList(one(first)?, len),
            Form::Option => Defined::Option(one(second)?),
            Form::Result => Defined::Result { ok: first, err: second },
            Form::Own(id) => Defined::Own(id),
            Form::Borrow(id) => Defined::Borrow(id),
            Form::Stream => Defined::Stream(first),
            Form::Future => Defined::Future(first),
            Form::Map => Defined::Map(one(first)?, one(second)?),
            Form::Func { .. } => return Err(foreign()),
        })
    }

    /// A function type.
    #[cfg_attr(not(compact), inline(always))]
    pub fn func(&self, id: FuncTypeId) -> Result<FuncType<'_>, Bug> {
        match self.made(id.made())? {
            Made { form: Form::Func { is_async }, members: [params @ .., result] } => {
                Ok(FuncType { is_async, params: Members::new(params), result: result.ty })
            }
            _ => Err(foreign()),
        }
    }

    /// An instance's type.
    pub fn instance(&self, id: InstanceTypeId) -> Result<InstanceType<'_>, Bug> {
        let ComponentType { exports, defined, .. } = self.component(id.component())?;
        Ok(InstanceType { exports, bound: defined })
    }

    /// A component's type.
    pub fn component(&self, id: ComponentTypeId) -> Result<ComponentType<'_>, Bug> {
        let entry = self.component_entry(id)?;
        Ok(ComponentType {
            imports: entry.imports.of(&self.externs),
            exports: entry.exports.of(&self.externs),
            imported: entry.imported.of(&self.variables),
            defined: entry.defined.of(&self.variables),
        })
    }

    /// The lists of a component's or an instance's type.
    pub fn component_entry(&self, id: ComponentTypeId) -> Result<&ComponentEntry, Bug> {
        self.components.get(id.index()).ok_or_else(foreign)
    }

    /// An import or export of such a list.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub fn extern_at(&self, list: Part, at: usize) -> Option<Extern> {
        list.of(&self.externs).get(at).copied()
    }

    /// A resource variable of such a list.
    pub fn variable_at(&self, list: Part, at: usize) -> Option<ResourceId> {
        list.of(&self.variables).get(at).copied()
    }

    /// A core module's type.
    pub fn module(&self, id: ModuleTypeId) -> Result<ModuleType<'_>, Bug> {
        let entry = self.modules.get(id.index()).ok_or_else(foreign)?;
        Ok(ModuleType { imports: entry.imports.of(&self.core_externs), exports: entry.exports.of(&self.core_externs) })
    }

    /// An export of an instance's type.
    pub fn find_export(&self, id: InstanceTypeId, name: NameId) -> Option<&Extern> {
        self.find_component_export(id.component(), name)
    }

    /// An import of a component's type.
    pub fn find_component_import(&self, id: ComponentTypeId, name: NameId) -> Option<&Extern> {
        let entry = self.components.get(id.index())?;
        self.find_extern(entry.imports, entry.sorted_imports, name)
    }

    /// An export of a component's type.
    pub fn find_component_export(&self, id: ComponentTypeId, name: NameId) -> Option<&Extern> {
        let entry = self.components.get(id.index())?;
        self.find_extern(entry.exports, entry.sorted_exports, name)
    }

    /// An import of a core module's type.
    pub fn find_core_import(&self, id: ModuleTypeId, module: NameId, name: NameId) -> Option<&CoreExtern> {
        let entry = self.modules.get(id.index())?;
        self.find_core(entry.imports, entry.sorted_imports, (module, name))
    }

    /// An export of a core module's or core instance's type.
    pub fn find_core_export(&self, id: ModuleTypeId, name: NameId) -> Option<&CoreExtern> {
        let entry = self.modules.get(id.index())?;
        self.find_core(entry.exports, entry.sorted_exports, (NameId::NONE, name))
    }

    fn find_core(&self, items: Part, sorted: u32, key: (NameId, NameId)) -> Option<&CoreExtern> {
        let items = items.of(&self.core_externs);
        self.find(items, sorted, &mut |at| items.get(at as usize).map(|item| item.key().cmp(&key)))
    }

    fn find_extern(&self, items: Part, sorted: u32, name: NameId) -> Option<&Extern> {
        let items = items.of(&self.externs);
        self.find(items, sorted, &mut |at| items.get(at as usize).map(|item| item.name.cmp(&name)))
    }

    fn find<'i, T>(
        &self,
        items: &'i [T],
        sorted: u32,
        compare: &mut dyn FnMut(u32) -> Option<core::cmp::Ordering>,
    ) -> Option<&'i T> {
        items.get(self.find_sorted(Part { start: sorted, len: items.len() as u32 }, compare)?)
    }

    /// Which of the positions in that part of `sorted` is equal.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    fn find_sorted(&self, order: Part, compare: &mut dyn FnMut(u32) -> Option<core::cmp::Ordering>) -> Option<usize> {
        let order = order.of(&self.sorted);
        let at = order.binary_search_by(|at| compare(*at).unwrap_or(core::cmp::Ordering::Less)).ok()?;
        order.get(at).map(|at| *at as usize)
    }

    /// The variable that a resource id is an alias of, or itself.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub fn root(&self, id: ResourceId) -> ResourceId {
        self.resources.get(id.index()).map_or(id, |entry| entry.root)
    }

    /// A value type without aliases. Two value types of the table are equal exactly when these are.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub fn plain(&self, ty: ValType) -> ValType {
        match ty {
            ValType::Defined(id) => ValType::Defined(self.plain_id(id)),
            primitive => primitive,
        }
    }

    fn plain_id(&self, id: DefinedId) -> DefinedId {
        self.defined.get(id.index()).map_or(id, |entry| entry.plain)
    }

    /// A function type without aliases. Two function types are equal exactly when these are.
    pub fn plain_func(&self, id: FuncTypeId) -> FuncTypeId {
        FuncTypeId::new(self.plain_id(id.made()).raw())
    }

    /// What a value type is an alias of, if it is one.
    pub fn alias_of(&self, id: DefinedId) -> Option<DefinedId> {
        self.defined.get(id.index())?.alias_of
    }

    /// What a resource id is an alias of, if it is one.
    pub fn resource_alias_of(&self, id: ResourceId) -> Option<ResourceId> {
        self.resources.get(id.index()).map(|entry| entry.of).filter(|of| *of != id)
    }

    /// What is known of a value type.
    pub fn facts(&self, ty: ValType) -> Facts {
        match ty {
            ValType::Primitive(primitive) => Facts::of_primitive(primitive),
            ValType::Defined(id) => self.defined.get(id.index()).map_or(Facts::LEAF, |entry| entry.facts),
        }
    }

    /// What is known of what an import or export stands for.
    pub fn facts_of(&self, ty: ExternType) -> Facts {
        match ty {
            ExternType::Module(id) => self.modules.get(id.index()).map_or(Facts::LEAF, |entry| entry.facts),
            ty => ty.type_ref().map_or(Facts::LEAF, |ty| self.facts_of_type(ty)),
        }
    }

    /// What is known of a type.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub(crate) fn facts_of_type(&self, ty: TypeRef) -> Facts {
        let id = match ty {
            TypeRef::Value(ty) => return self.facts(ty),
            TypeRef::Func(id) => return self.facts(ValType::Defined(id.made())),
            TypeRef::Resource(id) => return self.resource_facts(id),
            TypeRef::Component(id) => id,
            TypeRef::Instance(id) => id.component(),
        };
        self.components.get(id.index()).map_or(Facts::LEAF, |entry| entry.facts)
    }

    /// Where a name lies in the bytes of the image.
    pub fn name(&self, id: NameId) -> Span {
        self.names.get_index(id.index()).map_or(Span::default(), |(span, ())| *span)
    }

    /// The name with this text; `bytes` are those of the image.
    pub fn find_name(&self, bytes: &[u8], text: &str) -> Option<NameId> {
        let at = self.names.position_by(|span| text.as_bytes().cmp(span.of(bytes)))?;
        Some(NameId::new(at as u32))
    }

    /// The name in this place of `bytes`, those of the image.
    pub fn intern_name(&mut self, bytes: &[u8], span: Span) -> Result<NameId, OutOfMemory> {
        let text = span.of(bytes);
        if let Some(at) = self.names.position_by(|other| text.cmp(other.of(bytes))) {
            return Ok(NameId::new(at as u32));
        }
        let id = NameId::new(self.names.len() as u32);
        self.names.insert_by(span, (), |a, b| a.of(bytes).cmp(b.of(bytes)))?;
        Ok(id)
    }
}

#[cold]
pub(super) fn foreign() -> Bug {
    bug!("a type id of another table")
}
