//! A judged component: the types of everything in its index spaces. What its definitions *do*
//! is read again from its bytes when it is instantiated.

use super::ModuleId;
use crate::support::Vec;
use crate::support::index::index_type;
use crate::syntax::Span;
use crate::syntax::component::SortIdx;
use crate::types::TypeId;
use crate::types::component::{
    ComponentTypeId, ExternType, FuncTypeId, InstanceTypeId, ModuleTypeId, NameId, TypeRef, ValType,
};

index_type! {
    /// A component of an image, nested ones included, in the order of their first bytes: the
    /// outermost is 0.
    ComponentId;
}

/// What a core type index of a component stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoreTypeRef {
    /// A type of the image's [`ComponentTypes::core`](crate::types::ComponentTypes::core).
    Rec(TypeId),
    /// A module type.
    Module(ModuleTypeId),
}

/// A judged component.
///
/// Each list is an index space: it has an item for whatever adds to that index space, be it a
/// definition, an alias, an import or an export, in the order of the bytes.
#[derive(Debug, Default)]
pub struct Component {
    /// The whole component within the input, its header included.
    pub span: Span,
    /// Its own type: imports, exports, and the resource variables of both. `None` while it is
    /// being judged.
    pub ty: Option<ComponentTypeId>,
    /// The component around it.
    pub parent: Option<ComponentId>,
    /// Types.
    pub types: Vec<TypeRef>,
    /// Functions.
    pub funcs: Vec<FuncTypeId>,
    /// Values (🪙).
    pub values: Vec<ValType>,
    /// Components.
    pub components: Vec<ComponentTypeId>,
    /// Instances.
    pub instances: Vec<InstanceTypeId>,
    /// Core types.
    pub core_types: Vec<CoreTypeRef>,
    /// Core modules.
    pub core_modules: Vec<ModuleTypeId>,
    /// Core instances: module types without imports.
    pub core_instances: Vec<ModuleTypeId>,
    /// Core functions, their types in the image's
    /// [`ComponentTypes::core`](crate::types::ComponentTypes::core).
    pub core_funcs: Vec<TypeId>,
    /// Components nested directly in it, in the order of their sections.
    pub nested_components: Vec<ComponentId>,
    /// Core modules nested directly in it, in the order of their sections.
    pub nested_modules: Vec<ModuleId>,
    /// Exports in their order.
    pub exports: Vec<Export>,
}

/// An export of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: NameId,
    /// What is exported.
    pub item: SortIdx,
    /// The type that it is exported with.
    pub ty: ExternType,
}
