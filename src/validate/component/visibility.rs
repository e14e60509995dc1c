//! Which types imports and exports may refer to (`Explainer.md`, External Visibility of Types),
//! and which resource types a component makes anew.

use super::Judge;
use super::scope::{Kind, Scope};
use crate::error::{Bug, Result};
use crate::support::{Map, Vec};
use crate::syntax::component_type::{ComponentExternType, TypeBound};
use crate::types::ComponentTypes;
use crate::types::component::{
    ComponentTypeId, DefinedId, Extern, ExternType, InstanceTypeId, Mentions, ResourceId, TypeRef, ValType,
};
use crate::types::defined::Form;

/// What may refer to a type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Visible {
    /// Nothing: it is a resource variable of which an alias is visible.
    Named,
    /// Exports.
    ToExports,
    /// Imports, and exports, which may refer to what is imported.
    ToImports,
}

impl Visible {
    const fn to(is_import: bool) -> Self {
        if is_import { Visible::ToImports } else { Visible::ToExports }
    }
}

/// Where names of types are looked up.
struct Sight<'s> {
    scope: &'s Scope,
    /// Who looks.
    needed: Visible,
    /// Those that a type of an instance gives to its own types.
    own: Map<TypeRef, ()>,
}

impl Sight<'_> {
    fn contains(&self, name: TypeRef) -> bool {
        self.scope.visible.get(&name) >= Some(&self.needed) || self.own.contains_key(&name)
    }
}

impl Judge<'_> {
    /// That an import or export refers to visible types only; what it names is visible from now
    /// on. Types of instances are looked at where they are used.
    pub(super) fn make_visible(&mut self, ty: ExternType, is_import: bool, at: u32) -> Result<()> {
        if self.scope.kind == Kind::InstanceType {
            return Ok(());
        }
        if !self.name_extern(ty, is_import)? {
            return Err(self.not_visible(ty, is_import, at));
        }
        Ok(())
    }

    /// Notes that an export introduces the next index of the sort of `ty`, itself or through an
    /// instance.
    pub(super) fn mark_exported(&mut self, ty: ExternType) -> Result<()> {
        let scope = &mut *self.scope;
        let (indices, next) = match ty {
            ExternType::Type(_) => (&mut scope.exported_types, scope.space.types.len()),
            ExternType::Instance(_) => (&mut scope.exported_instances, scope.space.instances.len()),
            _ => return Ok(()),
        };
        Ok(indices.push(next as u32)?)
    }

    /// Imported types cannot refer to the external names of exported types.
    pub(super) fn check_bound(&self, import: ComponentExternType, ty: ExternType, at: u32) -> Result<()> {
        match import {
            ComponentExternType::Type(TypeBound::Eq(index)) if self.scope.is_exported_type(index.raw()) => {
                Err(self.not_visible(ty, true, at))
            }
            _ => Ok(()),
        }
    }

    fn sight(&self, is_import: bool) -> Sight<'_> {
        Sight { scope: &self.scope, needed: Visible::to(is_import), own: Map::new() }
    }

    /// Whether a type may be given a name by an import: not if it has its name from an export,
    /// nor if it is a resource type that comes from elsewhere than imports.
    fn is_importable(&self, name: TypeRef) -> bool {
        let of = match name {
            TypeRef::Value(ValType::Defined(id)) => {
                self.types.alias_of(id).map(|of| TypeRef::Value(ValType::Defined(of)))
            }
            TypeRef::Resource(id) => self.types.resource_alias_of(id).map(TypeRef::Resource),
            _ => None,
        };
        let only_exported = of.is_some_and(|of| self.scope.visible.get(&of) == Some(&Visible::ToExports));
        let foreign = match name {
            TypeRef::Resource(id) => !self.is_from_imports(self.types.root(id)),
            _ => false,
        };
        !only_exported && !foreign
    }

    /// Whether an import may refer to a resource variable. A type may also refer to those of the
    /// component around it, which are looked at where that component uses the type.
    fn is_from_imports(&self, root: ResourceId) -> bool {
        match self.scope.is_component() {
            true => self.scope.imported.binary_search(&root).is_ok(),
            false => self.scope.exported.binary_search(&root).is_err(),
        }
    }

    /// Whether the resource types that the type of a component, or the declared type of an
    /// instance, has from outside of it are named here. What else it refers to, it names itself.
    fn resources_are_named(&self, ty: TypeRef, is_import: bool) -> Result<bool> {
        let mut walk = Walk::new(&self.types, Mentions::RESOURCE);
        walk.type_ref(ty)?;
        let scope = &self.scope;
        Ok(walk.found.iter().all(|root| {
            let imported = self.is_from_imports(*root);
            imported || !is_import && (!scope.is_component() || scope.visible.contains_key(&TypeRef::Resource(*root)))
        }))
    }

    /// Whether all types are visible. Instances are nested no deeper than
    /// `Limits::nesting_depth`, and so is this recursion; its steps were charged for.
    fn name_extern(&mut self, ty: ExternType, is_import: bool) -> Result<bool> {
        let has_names = match ty {
            ExternType::Component(id) => Some(TypeRef::Component(id)),
            ExternType::Type(ty @ (TypeRef::Component(_) | TypeRef::Instance(_))) => Some(ty),
            _ => None,
        };
        if let Some(ty) = has_names
            && !self.resources_are_named(ty, is_import)?
        {
            return Ok(false);
        }
        let mut sight = self.sight(is_import);
        Ok(match ty {
            ExternType::Func(id) => made_is_visible(&self.types, id.made(), &sight)?,
            ExternType::Value(ty) => value_is_visible(&self.types, ty, &sight)?,
            ExternType::Type(ty) => {
                if !parts_are_visible(&self.types, ty, &mut sight)? {
                    return Ok(false);
                }
                if let Some(name) = visible(&self.types, ty)? {
                    if is_import && !self.is_importable(name) {
                        return Ok(false);
                    }
                    self.scope.see(name, Visible::to(is_import))?;
                    if let TypeRef::Resource(id) = name {
                        let root = TypeRef::Resource(self.types.root(id));
                        self.scope.see(root, Visible::Named)?;
                    }
                }
                true
            }
            ExternType::Instance(id) => {
                let (exports, mut at) = (self.types.component_entry(id.component())?.exports, 0);
                while let Some(export) = self.types.extern_at(exports, at) {
                    if !self.name_extern(export.ty, is_import)? {
                        return Ok(false);
                    }
                    at += 1;
                }
                true
            }
            ExternType::Component(_) | ExternType::Module(_) => true,
        })
    }

    /// The resource variables in `exports` that are of this component, but not imported: each
    /// instance has new ones.
    pub(super) fn free_variables(&self, exports: &[Extern], imported: &[ResourceId]) -> Result<Vec<ResourceId>> {
        let mut walk = Walk::new(&self.types, Mentions::FREE);
        for id in imported {
            walk.seen_resources.insert(*id, ())?;
        }
        walk.items(exports)?;
        Ok(walk.found)
    }
}

/// What a type is visible as, if it is of a kind that source languages name.
fn visible(types: &ComponentTypes, ty: TypeRef) -> Result<Option<TypeRef>, Bug> {
    let named = match ty {
        TypeRef::Resource(_) => true,
        TypeRef::Value(ValType::Defined(id)) => types.made(id)?.form.is_nominal(),
        _ => false,
    };
    Ok(named.then_some(ty))
}

fn value_is_visible(types: &ComponentTypes, ty: ValType, sight: &Sight<'_>) -> Result<bool, Bug> {
    let ValType::Defined(id) = ty else { return Ok(true) };
    if !types.facts(ty).mentions.contains(Mentions::NOMINAL) {
        return Ok(true);
    }
    if types.made(id)?.form.is_nominal() {
        return Ok(sight.contains(TypeRef::Value(ty)));
    }
    made_is_visible(types, id, sight)
}

/// Whether what a value or function type is made of is visible.
fn made_is_visible(types: &ComponentTypes, id: DefinedId, sight: &Sight<'_>) -> Result<bool, Bug> {
    let made = types.made(id)?;
    if let Form::Own(id) | Form::Borrow(id) = made.form {
        return Ok(sight.contains(TypeRef::Resource(id)));
    }
    for ty in made.types() {
        if !value_is_visible(types, ty, sight)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether what a type is made of is visible; the type itself need not be.
fn parts_are_visible(types: &ComponentTypes, ty: TypeRef, sight: &mut Sight<'_>) -> Result<bool> {
    match ty {
        TypeRef::Value(ValType::Defined(id)) => Ok(made_is_visible(types, id, sight)?),
        TypeRef::Func(id) => Ok(made_is_visible(types, id.made(), sight)?),
        TypeRef::Instance(id) => instance_parts_are_visible(types, id, sight),
        TypeRef::Value(ValType::Primitive(_)) | TypeRef::Component(_) | TypeRef::Resource(_) => Ok(true),
    }
}

fn instance_parts_are_visible(types: &ComponentTypes, id: InstanceTypeId, sight: &mut Sight<'_>) -> Result<bool> {
    for export in types.instance(id)?.exports {
        let visible = match export.ty {
            ExternType::Func(id) => made_is_visible(types, id.made(), sight)?,
            ExternType::Type(ty) => {
                let parts = parts_are_visible(types, ty, sight)?;
                if let Some(name) = visible(types, ty)? {
                    sight.own.insert(name, ())?;
                }
                parts
            }
            ExternType::Value(ValType::Defined(id)) => made_is_visible(types, id, sight)?,
            ExternType::Instance(id) => instance_parts_are_visible(types, id, sight)?,
            ExternType::Value(ValType::Primitive(_)) | ExternType::Module(_) | ExternType::Component(_) => true,
        };
        if !visible {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Finds resource variables in types that do not bind them, each once.
struct Walk<'t> {
    types: &'t ComponentTypes,
    /// What the variables are that are looked for: all, or those of a component.
    wanted: Mentions,
    found: Vec<ResourceId>,
    seen_resources: Map<ResourceId, ()>,
    seen_items: Map<TypeRef, ()>,
}

impl<'t> Walk<'t> {
    fn new(types: &'t ComponentTypes, wanted: Mentions) -> Self {
        let found = Vec::new();
        Walk { types, wanted, found, seen_resources: Map::new(), seen_items: Map::new() }
    }

    fn resource(&mut self, id: ResourceId) -> Result<()> {
        let root = self.types.root(id);
        let ty = TypeRef::Resource(root);
        if self.types.facts_of_type(ty).mentions.contains(self.wanted)
            && self.seen_resources.insert(root, ())?.is_none()
        {
            self.found.push(root)?;
        }
        Ok(())
    }

    fn parts(&mut self, id: DefinedId) -> Result<()> {
        let made = self.types.made(id)?;
        match made.form {
            Form::Own(id) | Form::Borrow(id) => self.resource(id),
            _ => made.types().try_for_each(|ty| self.type_ref(TypeRef::Value(ty))),
        }
    }

    /// Types are nested no deeper than `Limits::nesting_depth`, and so is this recursion.
    fn type_ref(&mut self, ty: TypeRef) -> Result<()> {
        if !self.types.facts_of_type(ty).mentions.contains(self.wanted) || self.seen_items.insert(ty, ())?.is_some() {
            return Ok(());
        }
        match ty {
            TypeRef::Func(id) => self.parts(id.made()),
            TypeRef::Value(ValType::Defined(id)) => self.parts(id),
            TypeRef::Value(ValType::Primitive(_)) => Ok(()),
            TypeRef::Resource(id) => self.resource(id),
            TypeRef::Instance(id) => self.component(id.component()),
            TypeRef::Component(id) => self.component(id),
        }
    }

    fn items(&mut self, items: &[Extern]) -> Result<()> {
        items.iter().filter_map(|item| item.ty.type_ref()).try_for_each(|ty| self.type_ref(ty))
    }

    fn component(&mut self, id: ComponentTypeId) -> Result<()> {
        let component = self.types.component(id)?;
        // Its own variables are not ours.
        for own in component.imported.iter().chain(component.defined) {
            self.seen_resources.insert(*own, ())?;
        }
        self.items(component.imports)?;
        self.items(component.exports)
    }
}
