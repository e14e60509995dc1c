//! Resource identity and substitution: what happens to types when a variable is replaced
//! (`Explainer.md`, Type Checking).

use super::change::Change;
use super::component::{
    ComponentEntry, ComponentTypeId, ComponentTypes, DefinedId, Extern, ExternType, FuncTypeId, InstanceTypeId,
    Mentions, Origin, Part, ResourceId, TypeRef, ValType,
};
use crate::error::{Error, bug};
use crate::support::{Map, Vec};

/// Resource variables and what replaces them, with the types that were already rewritten: a
/// part that many types share is rewritten once.
///
/// A variable may be replaced later than others if no type that mentions it was rewritten before.
#[derive(Debug, Default)]
pub struct Substitution {
    /// Whether variables are replaced.
    replaces: bool,
    /// Whether aliases of value types are replaced too.
    renames: bool,
    /// Variables and aliases with what replaces them, and types that were already rewritten.
    rewritten: Map<TypeRef, TypeRef>,
}

impl Substitution {
    /// Replaces nothing.
    pub const fn new() -> Self {
        Self { replaces: false, renames: false, rewritten: Map::new() }
    }

    /// Whether it changes a type.
    fn touches(&self, types: &ComponentTypes, ty: TypeRef) -> bool {
        let mentions = types.facts_of_type(ty).mentions;
        self.replaces && mentions.contains(Mentions::RESOURCE) || self.renames && mentions.contains(Mentions::ALIAS)
    }

    /// Replaces the variable `from`.
    pub fn replace(&mut self, from: ResourceId, to: ResourceId) -> Result<(), Error> {
        self.replaces = true;
        self.rewritten.insert(TypeRef::Resource(from), TypeRef::Resource(to))?;
        Ok(())
    }

    /// Replaces an alias, of a value type or of a resource variable.
    pub fn rename(&mut self, from: TypeRef, to: TypeRef) -> Result<(), Error> {
        self.renames = true;
        self.rewritten.insert(from, to)?;
        Ok(())
    }

    /// What replaces the variable `from`.
    pub fn replacement(&self, from: ResourceId) -> Option<ResourceId> {
        match self.rewritten.get(&TypeRef::Resource(from)) {
            Some(&TypeRef::Resource(to)) => Some(to),
            _ => None,
        }
    }

    /// Replaces each variable of these lists by a new one; returns all new ones.
    pub fn renew(
        &mut self,
        types: &mut ComponentTypes,
        lists: &[Part],
        origin: Origin,
    ) -> Result<impl Iterator<Item = ResourceId> + use<>, Error> {
        let first = types.resources.len() as u32;
        for list in lists {
            let mut at = 0;
            while let Some(id) = types.variable_at(*list, at) {
                self.replace(id, types.new_resource(origin)?)?;
                at += 1;
            }
        }
        Ok((first..types.resources.len() as u32).map(ResourceId::new))
    }

    /// What a type index stands for, rewritten.
    pub fn type_ref(&mut self, types: &mut ComponentTypes, ty: TypeRef) -> Result<TypeRef, Error> {
        if let TypeRef::Resource(id) = ty {
            return self.resource(types, id).map(TypeRef::Resource);
        }
        if !self.touches(types, ty) {
            return Ok(ty);
        }
        if let Some(&known) = self.rewritten.get(&ty) {
            return Ok(known);
        }
        let new = match ty {
            TypeRef::Value(ValType::Primitive(_)) | TypeRef::Resource(_) => ty,
            TypeRef::Value(ValType::Defined(id)) => TypeRef::Value(self.defined_anew(types, id)?),
            TypeRef::Func(id) => TypeRef::Func(FuncTypeId::new(types.changed(id.made(), self)?.raw())),
            TypeRef::Instance(id) => TypeRef::Instance(InstanceTypeId::at(self.component_anew(types, id.component())?)),
            TypeRef::Component(id) => TypeRef::Component(self.component_anew(types, id)?),
        };
        self.rewritten.insert(ty, new)?;
        Ok(new)
    }

    /// A component's type, rewritten. Variables that it binds stay as they are.
    pub fn component(&mut self, types: &mut ComponentTypes, id: ComponentTypeId) -> Result<ComponentTypeId, Error> {
        match self.type_ref(types, TypeRef::Component(id))? {
            TypeRef::Component(new) => Ok(new),
            _ => Err(of_other_kind()),
        }
    }

    /// Types are nested no deeper than `Limits::nesting_depth`, and so is this recursion.
    fn defined_anew(&mut self, types: &mut ComponentTypes, id: DefinedId) -> Result<ValType, Error> {
        let new = types.changed(id, self)?;
        if types.alias_of(id).is_some() && new != id {
            return Ok(types.alias_value(ValType::Defined(new))?);
        }
        Ok(ValType::Defined(new))
    }

    fn component_anew(&mut self, types: &mut ComponentTypes, id: ComponentTypeId) -> Result<ComponentTypeId, Error> {
        let &ComponentEntry { imports, exports, imported, defined, .. } = types.component_entry(id)?;
        let imports = self.externs(types, imports)?;
        let exports = self.externs(types, exports)?;
        Ok(types.add_component_of((&imports, &exports), (imported, defined))?)
    }

    /// Imports or exports, rewritten.
    pub fn externs(&mut self, types: &mut ComponentTypes, list: Part) -> Result<Vec<Extern>, Error> {
        let mut items = Vec::new();
        while let Some(item) = types.extern_at(list, items.len()) {
            items.push(Extern { ty: self.extern_type(types, item.ty)?, ..item })?;
        }
        Ok(items)
    }

    /// What an import or export stands for, rewritten.
    pub fn extern_type(&mut self, types: &mut ComponentTypes, ty: ExternType) -> Result<ExternType, Error> {
        let Some(old) = ty.type_ref() else { return Ok(ty) };
        Ok(match (ty, self.type_ref(types, old)?) {
            (ExternType::Type(_), new) => ExternType::Type(new),
            (_, TypeRef::Func(id)) => ExternType::Func(id),
            (_, TypeRef::Value(ty)) => ExternType::Value(ty),
            (_, TypeRef::Component(id)) => ExternType::Component(id),
            (_, TypeRef::Instance(id)) => ExternType::Instance(id),
            (_, TypeRef::Resource(_)) => return Err(of_other_kind()),
        })
    }
}

impl Change for Substitution {
    /// A value type, rewritten.
    fn value(&mut self, types: &mut ComponentTypes, ty: ValType) -> Result<ValType, Error> {
        match self.type_ref(types, TypeRef::Value(ty))? {
            TypeRef::Value(new) => Ok(new),
            _ => Err(of_other_kind()),
        }
    }

    /// A resource type, rewritten. An alias of a variable becomes a new alias of what replaces it.
    fn resource(&mut self, types: &mut ComponentTypes, id: ResourceId) -> Result<ResourceId, Error> {
        if let Some(known) = self.replacement(id) {
            return Ok(known);
        }
        // A variable itself was looked for just now.
        let root = types.root(id);
        let Some(to) = self.replacement(root) else { return Ok(id) };
        let new = types.alias_resource(to)?;
        self.rewritten.insert(TypeRef::Resource(id), TypeRef::Resource(new))?;
        Ok(new)
    }
}

#[cold]
fn of_other_kind() -> Error {
    bug!("a type was rewritten as one of another kind").into()
}
