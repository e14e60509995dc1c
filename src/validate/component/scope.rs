//! What is defined so far in a component or type (`Explainer.md`, Index Spaces).

use super::visibility::Visible;
use super::{Judge, invalid};
use crate::error::{Invalid, Result};
use crate::image::component::CoreTypeRef;
use crate::image::{Component, ComponentId};
use crate::support::{Box, Limit, Map, Vec};
use crate::syntax::component::{CoreSort, Sort, SortIdx};
use crate::syntax::component_type::{ComponentTypeIdx, CoreTypeIdx};
use crate::syntax::{ExternKind, FuncIdx, ValType as CoreValType};
use crate::types::TypeId;
use crate::types::component::{
    ComponentTypeId, CoreExternType, Extern, ExternType, FuncTypeId, InstanceTypeId, ModuleTypeId, NameId, ResourceId,
    TypeRef,
};

/// What a scope is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    Component(ComponentId),
    ComponentType,
    #[default]
    InstanceType,
}

/// Where names must differ, and what they make visible.
#[derive(Default)]
pub(super) struct Names {
    /// In an order in which names that are not strongly unique are equal.
    pub strong: Map<NameId, ExternType>,
    /// Whether they are of exports bundled as an instance. Such have no index space, so nothing
    /// can refer to the types that these names are given to.
    pub is_bag: bool,
}

/// A component or type while it is judged.
#[derive(Default)]
pub(super) struct Scope {
    pub kind: Kind,
    pub space: Component,
    /// The canonical type of each core type; [`module::NO_TYPE`](super::module::NO_TYPE) for
    /// module types.
    pub core_ids: Vec<TypeId>,
    /// The types of core tables, memories, globals and tags, each list by the number of their kind. That of functions is
    /// empty: theirs stay with the component.
    pub core_externs: [Vec<CoreExternType>; 5],
    pub imports: Vec<Extern>,
    pub exports: Vec<Extern>,
    /// Resource variables that imports bring in, in the order in which they were made, as those below.
    pub imported: Vec<ResourceId>,
    /// Resource variables that exports bring in.
    pub exported: Vec<ResourceId>,
    /// Resource types defined here, with the core type of their representation.
    pub local: Vec<(ResourceId, CoreValType)>,
    pub import_names: Names,
    pub export_names: Names,
    /// Types that imports or exports may use, because they have a name there.
    pub visible: Map<TypeRef, Visible>,
    /// Type indices that exports introduced, in their order.
    pub exported_types: Vec<u32>,
    /// Instance indices that exports introduced, in their order.
    pub exported_instances: Vec<u32>,
    /// Which values have been used.
    pub used: Vec<bool>,
    /// How many types or declarators of it are still to come.
    pub left: u32,
    /// The type of `context.get` and `context.set`, once there is one.
    pub context_type: Option<CoreValType>,
    /// See [`Judge::charge`].
    pub size: u32,
}

impl Scope {
    /// An empty one, on the heap and out of line: it is large, and a board's stack is not.
    #[inline(never)]
    pub fn new(kind: Kind) -> Result<Box<Self>> {
        Ok(Box::new(Scope { kind, ..Scope::default() })?)
    }

    pub fn is_component(&self) -> bool {
        matches!(self.kind, Kind::Component(_))
    }

    /// Whether an export introduced that type index.
    pub fn is_exported_type(&self, index: u32) -> bool {
        self.exported_types.binary_search(&index).is_ok()
    }

    /// Notes what may refer to a type from now on.
    pub fn see(&mut self, name: TypeRef, by: Visible) -> Result<()> {
        match self.visible.get_mut(&name) {
            Some(before) => *before = by.max(*before),
            None => drop(self.visible.insert(name, by)?),
        }
        Ok(())
    }
}

/// An item of an index space.
fn get<T: Copy>(space: &[T], index: u32, why: Invalid, what: &str, at: u32) -> Result<T> {
    let item = space.get(index as usize).copied();
    item.ok_or_else(|| invalid(why, at, format_args!("{what} {index}")))
}

impl Judge<'_> {
    pub(super) fn type_ref(&self, index: ComponentTypeIdx, at: u32) -> Result<TypeRef> {
        get(&self.scope.space.types, index.raw(), Invalid::UnknownType, "type", at)
    }

    pub(super) fn func_type(&self, index: ComponentTypeIdx, at: u32) -> Result<FuncTypeId> {
        match self.type_ref(index, at)? {
            TypeRef::Func(id) => Ok(id),
            _ => Err(self.not_that(index, "a function type", at)),
        }
    }

    pub(super) fn resource_type(&self, index: ComponentTypeIdx, at: u32) -> Result<ResourceId> {
        match self.type_ref(index, at)? {
            TypeRef::Resource(id) => Ok(id),
            _ => Err(self.not_that(index, "a resource type", at)),
        }
    }

    pub(super) fn not_that(&self, index: ComponentTypeIdx, what: &str, at: u32) -> crate::error::Error {
        invalid(Invalid::NotThatType, at, format_args!("type {index} is not {what}"))
    }

    pub(super) fn core_type_ref(&self, index: CoreTypeIdx, at: u32) -> Result<CoreTypeRef> {
        get(&self.scope.space.core_types, index.raw(), Invalid::UnknownType, "core type", at)
    }

    pub(super) fn core_module_type(&self, index: CoreTypeIdx, at: u32) -> Result<ModuleTypeId> {
        match self.core_type_ref(index, at)? {
            CoreTypeRef::Module(id) => Ok(id),
            CoreTypeRef::Rec(_) => {
                Err(invalid(Invalid::NotThatType, at, format_args!("core type {index} is not a module type")))
            }
        }
    }

    pub(super) fn func(&self, index: u32, at: u32) -> Result<FuncTypeId> {
        get(&self.scope.space.funcs, index, Invalid::UnknownFunction, "function", at)
    }

    pub(super) fn instance_at(&self, index: u32, at: u32) -> Result<InstanceTypeId> {
        get(&self.scope.space.instances, index, Invalid::UnknownInstance, "instance", at)
    }

    pub(super) fn component_at(&self, index: u32, at: u32) -> Result<ComponentTypeId> {
        get(&self.scope.space.components, index, Invalid::UnknownComponent, "component", at)
    }

    pub(super) fn core_module_at(&self, index: u32, at: u32) -> Result<ModuleTypeId> {
        get(&self.scope.space.core_modules, index, Invalid::UnknownModule, "core module", at)
    }

    pub(super) fn core_instance_at(&self, index: u32, at: u32) -> Result<ModuleTypeId> {
        get(&self.scope.space.core_instances, index, Invalid::UnknownInstance, "core instance", at)
    }

    pub(super) fn core_func(&self, index: FuncIdx, at: u32) -> Result<TypeId> {
        get(&self.scope.space.core_funcs, index.raw(), Invalid::UnknownFunction, "core function", at)
    }

    /// What a core definition is to whoever imports it.
    pub(super) fn core_extern(&self, kind: ExternKind, index: u32, at: u32) -> Result<CoreExternType> {
        let (why, what) = match kind {
            ExternKind::Func => {
                let ty = self.core_func(FuncIdx::new(index), at)?.as_index();
                // Core functions of a component have a type that may be a supertype of theirs.
                return Ok(CoreExternType::Func { ty, is_exact: false });
            }
            ExternKind::Table => (Invalid::UnknownTable, "core table"),
            ExternKind::Memory => (Invalid::UnknownMemory, "core memory"),
            ExternKind::Global => (Invalid::UnknownGlobal, "core global"),
            ExternKind::Tag => (Invalid::UnknownTag, "core tag"),
        };
        let space = self.scope.core_externs.get(kind as usize);
        get(space.map_or(&[], |space| space), index, why, what, at)
    }

    /// What a definition is to whoever imports it. A value counts as used.
    pub(super) fn extern_of(&mut self, item: SortIdx, at: u32) -> Result<ExternType> {
        let index = item.index;
        Ok(match item.sort {
            Sort::Core(CoreSort::Module) => ExternType::Module(self.core_module_at(index, at)?),
            Sort::Core(_) => {
                let message = format_args!("of the core sorts only modules can be passed between components");
                return Err(invalid(Invalid::Sort, at, message));
            }
            Sort::Func => ExternType::Func(self.func(index, at)?),
            Sort::Value => ExternType::Value(self.use_value(index, at)?),
            Sort::Type => ExternType::Type(self.type_ref(ComponentTypeIdx::new(index), at)?),
            Sort::Component => ExternType::Component(self.component_at(index, at)?),
            Sort::Instance => ExternType::Instance(self.instance_at(index, at)?),
        })
    }

    /// Adds what an import, export or alias brings to the index space of its sort.
    pub(super) fn add_extern(&mut self, ty: ExternType, at: u32) -> Result<()> {
        match ty {
            ExternType::Module(id) => return self.add_core_module(id, at),
            ExternType::Func(id) => {
                self.limit_definitions(self.scope.space.funcs.len(), at)?;
                self.scope.space.funcs.push(id)?;
            }
            ExternType::Value(ty) => return self.add_value(ty, at),
            ExternType::Type(ty) => return self.add_type(ty, at),
            ExternType::Component(id) => {
                self.limit_definitions(self.scope.space.components.len(), at)?;
                self.scope.space.components.push(id)?;
            }
            ExternType::Instance(id) => {
                self.limit_definitions(self.scope.space.instances.len(), at)?;
                self.scope.space.instances.push(id)?;
            }
        }
        Ok(())
    }

    pub(super) fn add_type(&mut self, ty: TypeRef, at: u32) -> Result<()> {
        self.limit_definitions(self.scope.space.types.len(), at)?;
        Ok(self.scope.space.types.push(ty)?)
    }

    pub(super) fn add_core_module(&mut self, ty: ModuleTypeId, at: u32) -> Result<()> {
        self.limit_definitions(self.scope.space.core_modules.len(), at)?;
        Ok(self.scope.space.core_modules.push(ty)?)
    }

    pub(super) fn add_core_instance(&mut self, ty: ModuleTypeId, at: u32) -> Result<()> {
        self.limit_definitions(self.scope.space.core_instances.len(), at)?;
        Ok(self.scope.space.core_instances.push(ty)?)
    }

    pub(super) fn add_core_func(&mut self, ty: TypeId, at: u32) -> Result<()> {
        self.limit_definitions(self.scope.space.core_funcs.len(), at)?;
        Ok(self.scope.space.core_funcs.push(ty)?)
    }

    pub(super) fn add_core_extern(&mut self, ty: CoreExternType, at: u32) -> Result<()> {
        if let CoreExternType::Func { ty, .. } = ty {
            return self.add_core_func(TypeId::from_index(ty), at);
        }
        let Some(space) = self.scope.core_externs.get_mut(ty.kind() as usize) else { return Ok(()) };
        self.options.limit_len_at(Limit::Definitions, space.len(), at)?;
        Ok(space.push(ty)?)
    }

    /// Adds a core type to the index space.
    pub(super) fn add_core_type(&mut self, ty: CoreTypeRef, at: u32) -> Result<()> {
        self.limit_definitions(self.scope.space.core_types.len(), at)?;
        self.scope.core_ids.push(match ty {
            CoreTypeRef::Rec(id) => id,
            CoreTypeRef::Module(_) => crate::validate::context::NO_TYPE,
        })?;
        Ok(self.scope.space.core_types.push(ty)?)
    }
}
