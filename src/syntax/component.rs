//! A component as written (`Binary.md`, Component Definitions).

use super::canon::Canon;
use super::component_type::{
    ComponentExternType, ComponentFuncIdx, ComponentIdx, ComponentType, CoreInstanceIdx, CoreModuleIdx, CoreType,
    ExternDecl, InstanceIdx,
};
use super::module::CustomSection;
use super::{Encoded, ExternKind, component_type::ComponentValType, component_type::ValueIdx};

/// A section of a component, its items still encoded.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum ComponentSection<'a> {
    Custom(CustomSection<'a>),
    /// A core module: all its bytes, its header included.
    CoreModule {
        bytes: &'a [u8],
        offset: u32,
    },
    CoreInstance(Encoded<'a, CoreInstance<'a>>),
    CoreType(Encoded<'a, CoreType<'a>>),
    /// A component: all its bytes, its header included.
    Component {
        bytes: &'a [u8],
        offset: u32,
    },
    Instance(Encoded<'a, Instance<'a>>),
    Alias(Encoded<'a, Alias<'a>>),
    Type(Encoded<'a, ComponentType<'a>>),
    Canon(Encoded<'a, Canon<'a>>),
    Start(ComponentStart<'a>),
    Import(Encoded<'a, ExternDecl<'a>>),
    Export(Encoded<'a, ComponentExport<'a>>),
    Value(Encoded<'a, Value<'a>>),
}

/// `core:sort`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CoreSort {
    /// What a core module can export.
    Extern(ExternKind),
    /// A core type.
    Type,
    /// A core module.
    Module,
    /// A core instance.
    Instance,
}

/// `sort`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Sort {
    Core(CoreSort),
    Func,
    Value,
    Type,
    Component,
    Instance,
}

/// `core:sortidx`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreSortIdx {
    /// Which index space.
    pub sort: CoreSort,
    /// The index in it.
    pub index: u32,
}

/// `sortidx`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortIdx {
    /// Which index space.
    pub sort: Sort,
    /// The index in it.
    pub index: u32,
}

/// `core:instance`
#[derive(Clone, Copy, Debug)]
pub enum CoreInstance<'a> {
    /// A module is instantiated; each argument is a core instance.
    Instantiate(CoreModuleIdx, Encoded<'a, CoreInstantiateArg<'a>>),
    /// Definitions are bundled.
    Exports(Encoded<'a, CoreInlineExport<'a>>),
}

/// `core:instantiatearg`
#[derive(Clone, Copy, Debug)]
pub struct CoreInstantiateArg<'a> {
    /// The module name of the imports that it satisfies.
    pub name: &'a str,
    /// Its exports satisfy them.
    pub instance: CoreInstanceIdx,
}

/// `core:inlineexport`
#[derive(Clone, Copy, Debug)]
pub struct CoreInlineExport<'a> {
    /// The name.
    pub name: &'a str,
    /// What is exported.
    pub item: CoreSortIdx,
}

/// `instance`
#[derive(Clone, Copy, Debug)]
pub enum Instance<'a> {
    /// A component is instantiated.
    Instantiate(ComponentIdx, Encoded<'a, InstantiateArg<'a>>),
    /// Definitions are bundled.
    Exports(Encoded<'a, InlineExport<'a>>),
}

/// `instantiatearg`
#[derive(Clone, Copy, Debug)]
pub struct InstantiateArg<'a> {
    /// The name of the import.
    pub name: &'a str,
    /// What satisfies it.
    pub item: SortIdx,
}

/// `inlineexport`
#[derive(Clone, Copy, Debug)]
pub struct InlineExport<'a> {
    /// The name.
    pub name: NameAttributes<'a>,
    /// What is exported.
    pub item: SortIdx,
}

/// `alias`
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Alias<'a> {
    Export {
        sort: Sort,
        instance: InstanceIdx,
        name: &'a str,
    },
    CoreExport {
        sort: CoreSort,
        instance: CoreInstanceIdx,
        name: &'a str,
    },
    /// `count` scopes outward, 0 the current one.
    Outer {
        sort: Sort,
        count: u32,
        index: u32,
    },
}

/// `start` (🪙)
#[derive(Clone, Copy, Debug)]
pub struct ComponentStart<'a> {
    /// The function to call.
    pub func: ComponentFuncIdx,
    /// Its arguments.
    pub args: Encoded<'a, ValueIdx>,
    /// How many results it has.
    pub results: u32,
}

/// `value` (🪙)
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    /// Its type.
    pub ty: ComponentValType,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Where `bytes` begin in the whole input.
    pub offset: u32,
}

/// `export`
#[derive(Clone, Copy, Debug)]
pub struct ComponentExport<'a> {
    /// The name.
    pub name: NameAttributes<'a>,
    /// What is exported.
    pub item: SortIdx,
    /// The type that it is exported with.
    pub ty: Option<ComponentExternType>,
}

/// `nameattributes`
#[derive(Clone, Copy, Debug)]
pub struct NameAttributes<'a> {
    /// `externname`
    pub name: &'a str,
    /// Attributes (🏷️, 🔗).
    pub attributes: Encoded<'a, Attribute<'a>>,
}

/// `attribute`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Attribute<'a> {
    Implements(&'a str),
    VersionSuffix(&'a str),
    ExternalId(&'a str),
}
