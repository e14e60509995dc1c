//! Component-level types as written (`Binary.md`, Type Definitions).

use super::component::{Alias, NameAttributes};
use super::valtype::PrimValType;
use super::{Encoded, FuncIdx, Import, RecType};
use crate::support::index::index_type;

index_type! {
    /// A component-level type.
    ComponentTypeIdx;
    /// A core type of a component: a core module's type, or a type for core functions.
    CoreTypeIdx;
    /// A component-level function.
    ComponentFuncIdx;
    /// A component-level value (🪙).
    ValueIdx;
    /// A component.
    ComponentIdx;
    /// A component-level instance.
    InstanceIdx;
    /// A core module of a component.
    CoreModuleIdx;
    /// A core instance of a component.
    CoreInstanceIdx;
}

/// `valtype`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComponentValType {
    /// A primitive one.
    Primitive(PrimValType),
    /// One that the component defined.
    Type(ComponentTypeIdx),
}

/// `deftype`
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum ComponentType<'a> {
    Defined(DefValType<'a>),
    Func(ComponentFuncType<'a>),
    /// So many declarators follow it.
    Component(u32),
    /// The same.
    Instance(u32),
    Resource(ResourceType),
}

impl ComponentType<'_> {
    /// How many declarators follow it.
    pub const fn declarators(&self) -> u32 {
        match self {
            ComponentType::Component(count) | ComponentType::Instance(count) => *count,
            _ => 0,
        }
    }
}

/// `defvaltype`
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum DefValType<'a> {
    Primitive(PrimValType),
    Record(Encoded<'a, LabelValType<'a>>),
    Variant(Encoded<'a, Case<'a>>),
    List(ComponentValType),
    FixedLengthList(ComponentValType, u32),
    Tuple(Encoded<'a, ComponentValType>),
    Flags(Encoded<'a, Label<'a>>),
    Enum(Encoded<'a, Label<'a>>),
    Option(ComponentValType),
    Result { ok: Option<ComponentValType>, err: Option<ComponentValType> },
    Own(ComponentTypeIdx),
    Borrow(ComponentTypeIdx),
    Stream(Option<ComponentValType>),
    Future(Option<ComponentValType>),
    Map(ComponentValType, ComponentValType),
}

/// `labellit`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label<'a>(pub &'a str);

/// `labelvaltype`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelValType<'a> {
    /// The label.
    pub label: &'a str,
    /// Its type.
    pub ty: ComponentValType,
}

/// `case`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case<'a> {
    /// The label.
    pub label: &'a str,
    /// The type of the payload.
    pub ty: Option<ComponentValType>,
}

/// `functype`
#[derive(Clone, Copy, Debug)]
pub struct ComponentFuncType<'a> {
    /// Whether it is declared `async` (🔀).
    pub is_async: bool,
    /// Parameters.
    pub params: Encoded<'a, LabelValType<'a>>,
    /// The result.
    pub result: Option<ComponentValType>,
}

/// `resourcetype`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// The core type of the representation.
    pub rep: super::ValType,
    /// The core function to call when a handle is dropped.
    pub dtor: Option<FuncIdx>,
}

/// `componentdecl`, and `instancedecl`, which is no import
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Declarator<'a> {
    CoreType(CoreType<'a>),
    Type(ComponentType<'a>),
    Alias(Alias<'a>),
    Import(ExternDecl<'a>),
    Export(ExternDecl<'a>),
}

/// `importdecl` and `exportdecl`
#[derive(Clone, Copy, Debug)]
pub struct ExternDecl<'a> {
    /// The name.
    pub name: NameAttributes<'a>,
    /// What it stands for.
    pub ty: ComponentExternType,
}

/// `externtype`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ComponentExternType {
    CoreModule(CoreTypeIdx),
    Func(ComponentTypeIdx),
    Value(ValueBound),
    Type(TypeBound),
    Component(ComponentTypeIdx),
    Instance(ComponentTypeIdx),
}

/// `typebound`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeBound {
    /// This type.
    Eq(ComponentTypeIdx),
    /// A resource type that nothing is known of.
    SubResource,
}

/// `valuebound` (🪙)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueBound {
    /// This value.
    Eq(ValueIdx),
    /// A value of this type.
    Type(ComponentValType),
}

/// `core:type`
#[derive(Clone, Copy, Debug)]
pub enum CoreType<'a> {
    /// Types for core functions and aggregates.
    Rec(RecType<'a>),
    /// The type of a core module.
    Module(Encoded<'a, ModuleDecl<'a>>),
}

/// `core:moduledecl`
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum ModuleDecl<'a> {
    /// An import, or an export, which has no first name.
    Extern {
        is_import: bool,
        item: Import<'a>,
    },
    Type(RecType<'a>),
    /// An outer alias of a type: how many scopes outward, and its index there.
    Alias {
        count: u32,
        index: u32,
    },
}
