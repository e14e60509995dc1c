//! Building component-level types: equal value and function types become one, and what is known
//! of a type is computed from what is known of its parts.
//!
//! Types of instances, components and modules are not interned: they are compared by subtyping
//! only, and those with variables of their own are never equal.

use super::change::Plain;
use super::component::{
    ComponentEntry, ComponentTypeId, ComponentTypes, CoreExtern, DefinedEntry, DefinedId, Extern, ExternType, Facts,
    InstanceTypeId, Mentions, ModuleEntry, ModuleTypeId, Origin, Part, PrimValType, ResourceEntry, ResourceId, ValType,
    foreign,
};
use super::defined::{Form, Made};
use crate::error::Error;
use crate::support::{OutOfMemory, Vec, sort_positions};
use crate::syntax::AddrType;
use crate::syntax::component::{CoreSort, Sort};
use core::cmp::Ordering;

impl Facts {
    /// Of a type without parts.
    pub const LEAF: Facts = Facts { mentions: Mentions::empty(), depth: 1, size: 1 };

    /// Of a primitive type.
    pub const fn of_primitive(ty: PrimValType) -> Facts {
        let mentions = match ty {
            PrimValType::String => Mentions::POINTER.union(Mentions::CHECKED),
            // Not every bit pattern is a value; NaNs are made canonical; handles mean another thing.
            PrimValType::Bool | PrimValType::Char | PrimValType::F32 | PrimValType::F64 | PrimValType::ErrorContext => {
                Mentions::CHECKED
            }
            _ => Mentions::empty(),
        };
        Facts { mentions, ..Facts::LEAF }
    }

    /// Of a type with another part.
    fn with(self, part: Facts) -> Facts {
        Facts {
            mentions: self.mentions | part.mentions,
            depth: self.depth.max(part.depth.saturating_add(1)),
            size: self.size.saturating_add(part.size),
        }
    }

    fn mentioning(self, mentions: Mentions) -> Facts {
        Facts { mentions: self.mentions | mentions, ..self }
    }
}

/// The next id of a list; there are fewer than 2³².
fn next<T>(items: &[T]) -> Result<u32, OutOfMemory> {
    u32::try_from(items.len()).map_err(|_| OutOfMemory)
}

/// Appends `items` to a pool.
fn part<T: Clone>(pool: &mut Vec<T>, items: &[T]) -> Result<Part, OutOfMemory> {
    let start = next(pool)?;
    let len = next(items)?;
    pool.extend_from_slice(items)?;
    next(pool)?;
    Ok(Part { start, len })
}

impl ComponentTypes {
    /// A new resource variable.
    pub fn new_resource(&mut self, origin: Origin) -> Result<ResourceId, OutOfMemory> {
        let root = ResourceId::new(next(&self.resources)?);
        self.resources.push(ResourceEntry { root, of: root, origin })?;
        Ok(root)
    }

    /// A new alias of a resource variable.
    pub fn alias_resource(&mut self, of: ResourceId) -> Result<ResourceId, OutOfMemory> {
        let id = ResourceId::new(next(&self.resources)?);
        let origin = self.resources.get(of.index()).map_or(Origin::Component, |entry| entry.origin);
        self.resources.push(ResourceEntry { root: self.root(of), of, origin })?;
        Ok(id)
    }

    /// What is known of a resource type.
    pub(super) fn resource_facts(&self, id: ResourceId) -> Facts {
        let mut mentions = Mentions::RESOURCE | Mentions::NOMINAL;
        if let Some(entry) = self.resources.get(id.index()) {
            mentions.set(Mentions::ALIAS, entry.root != id);
            mentions.set(Mentions::FREE, entry.origin == Origin::Component);
        }
        Facts::LEAF.mentioning(mentions)
    }

    /// The id of a value or function type; it is made of types of this table.
    pub(crate) fn intern(&mut self, made: Made<'_>) -> Result<DefinedId, Error> {
        let older = self.interned.position_by(|other| self.compare(made, *other));
        if let Some((&id, ())) = older.and_then(|at| self.interned.get_index(at)) {
            return Ok(id);
        }
        let facts = self.facts_of_made(made);
        let layouts = [self.layout_of(made, AddrType::I32), self.layout_of(made, AddrType::I64)];
        let members = part(&mut self.members, made.members)?;
        let id = DefinedId::new(next(&self.defined)?);
        self.defined.push(DefinedEntry {
            form: made.form,
            members,
            facts,
            layouts,
            plain: id,
            base: id,
            alias_of: None,
        })?;
        if facts.mentions.contains(Mentions::ALIAS) {
            // What is plain mentions no alias, so this goes no deeper.
            let plain = self.changed(id, &mut Plain)?;
            self.defined.get_mut(id.index()).ok_or_else(foreign)?.plain = plain;
        }
        let mut interned = core::mem::take(&mut self.interned);
        let done = interned.insert_by(id, (), |_, other| self.compare(made, *other));
        self.interned = interned;
        done?;
        Ok(id)
    }

    fn compare(&self, made: Made<'_>, other: DefinedId) -> Ordering {
        self.made(other).map_or(Ordering::Less, |other| made.cmp(&other))
    }

    /// A new alias of a value type; primitive types have none.
    pub fn alias_value(&mut self, ty: ValType) -> Result<ValType, OutOfMemory> {
        let ValType::Defined(id) = ty else { return Ok(ty) };
        let Some(&entry) = self.defined.get(id.index()) else { return Ok(ty) };
        let alias = DefinedId::new(next(&self.defined)?);
        let facts = entry.facts.mentioning(Mentions::ALIAS);
        self.defined.push(DefinedEntry { alias_of: Some(id), facts, ..entry })?;
        Ok(ValType::Defined(alias))
    }

    fn facts_of_made(&self, made: Made<'_>) -> Facts {
        let labels = made.members.len() as u32;
        let (own, mentions) = match made.form {
            Form::Record => (Facts::LEAF, Mentions::NOMINAL),
            Form::Variant | Form::Flags | Form::Enum => {
                (Facts { size: labels.saturating_add(1), ..Facts::LEAF }, Mentions::NOMINAL)
            }
            Form::List | Form::Map => (Facts::LEAF, Mentions::POINTER),
            Form::Tuple | Form::FixedLengthList(_) | Form::Option | Form::Result | Form::Func { .. } => {
                (Facts::LEAF, Mentions::empty())
            }
            Form::Own(id) => (self.resource_facts(id), Mentions::empty()),
            Form::Borrow(id) => (self.resource_facts(id), Mentions::BORROW),
            Form::Stream | Form::Future => (Facts::LEAF, Mentions::ASYNC_VALUE),
        };
        let mut facts = made.types().fold(own.mentioning(mentions), |facts, ty| facts.with(self.facts(ty)));
        if mentions == Mentions::ASYNC_VALUE {
            // What a stream or future carries is lifted and lowered by copies of its own.
            facts.mentions.remove(Mentions::POINTER);
        }
        if self.is_checked(made) { facts.mentioning(Mentions::CHECKED) } else { facts }
    }

    fn is_checked(&self, made: Made<'_>) -> bool {
        // What is not checked has no pointers, so that one kind of them stands for both.
        let size = |ty| self.layout(ty, AddrType::I32).size;
        match made.form {
            Form::Record | Form::Tuple => {
                let bytes = made.types().fold(0u32, |bytes, ty| bytes.saturating_add(size(ty)));
                bytes != self.layout_of(made, AddrType::I32).size
            }
            Form::Flags => !matches!(made.members.len(), 8 | 16 | 32),
            Form::FixedLengthList(_) | Form::Func { .. } => false,
            _ => true,
        }
    }

    /// Adds the type of an instance, with the variables that it binds.
    pub fn add_instance(&mut self, exports: &[Extern], bound: &[ResourceId]) -> Result<InstanceTypeId, OutOfMemory> {
        self.add_component(&[], exports, &[], bound).map(InstanceTypeId::at)
    }

    /// Adds the type of a component, with the variables that its imports bring in and those that
    /// it makes anew.
    pub fn add_component(
        &mut self,
        imports: &[Extern],
        exports: &[Extern],
        imported: &[ResourceId],
        defined: &[ResourceId],
    ) -> Result<ComponentTypeId, OutOfMemory> {
        let imported = part(&mut self.variables, imported)?;
        let defined = part(&mut self.variables, defined)?;
        self.add_component_of((imports, exports), (imported, defined))
    }

    /// The same, with variables that are in the table.
    pub(super) fn add_component_of(
        &mut self,
        (imports, exports): (&[Extern], &[Extern]),
        (imported, defined): (Part, Part),
    ) -> Result<ComponentTypeId, OutOfMemory> {
        let facts = self.facts_of_externs(self.facts_of_externs(Facts::LEAF, imports), exports);
        let (imports, sorted_imports) = self.push_externs(imports)?;
        let (exports, sorted_exports) = self.push_externs(exports)?;
        let id = ComponentTypeId::new(next(&self.components)?);
        self.components.push(ComponentEntry {
            imports,
            sorted_imports,
            exports,
            sorted_exports,
            imported,
            defined,
            facts,
        })?;
        Ok(id)
    }

    /// Adds the type of a core module or core instance. Names are unique.
    pub fn add_module(&mut self, imports: &[CoreExtern], exports: &[CoreExtern]) -> Result<ModuleTypeId, OutOfMemory> {
        let size = imports.len().saturating_add(exports.len()).saturating_add(1);
        let facts = Facts { size: u32::try_from(size).unwrap_or(u32::MAX), ..Facts::LEAF };
        let (imports, sorted_imports) = self.push_core_externs(imports)?;
        let (exports, sorted_exports) = self.push_core_externs(exports)?;
        let id = ModuleTypeId::new(next(&self.modules)?);
        self.modules.push(ModuleEntry { imports, sorted_imports, exports, sorted_exports, facts })?;
        Ok(id)
    }

    fn push_core_externs(&mut self, items: &[CoreExtern]) -> Result<(Part, u32), OutOfMemory> {
        let sorted = self.push_sorted(items, |a, b| a.key().cmp(&b.key()))?;
        Ok((part(&mut self.core_externs, items)?, sorted))
    }

    fn facts_of_externs(&self, facts: Facts, items: &[Extern]) -> Facts {
        items.iter().fold(facts, |facts, item| facts.with(self.facts_of(item.ty)))
    }

    fn push_externs(&mut self, items: &[Extern]) -> Result<(Part, u32), OutOfMemory> {
        let sorted = self.push_sorted(items, |a, b| a.name.cmp(&b.name))?;
        Ok((part(&mut self.externs, items)?, sorted))
    }

    /// Appends the positions of `items` in their order; returns where they begin.
    fn push_sorted<T>(&mut self, items: &[T], compare: impl Fn(&T, &T) -> Ordering) -> Result<u32, OutOfMemory> {
        let start = next(&self.sorted)?;
        self.sorted.extend(0..next(items)?)?;
        let order = self.sorted.get_mut(start as usize..).unwrap_or_default();
        sort_positions(order, &|a, b| match (items.get(a as usize), items.get(b as usize)) {
            (Some(a), Some(b)) => compare(a, b),
            _ => a.cmp(&b),
        });
        Ok(start)
    }
}

impl ExternType {
    /// What sort of thing it is of.
    pub const fn sort(self) -> Sort {
        match self {
            ExternType::Module(_) => Sort::Core(CoreSort::Module),
            ExternType::Func(_) => Sort::Func,
            ExternType::Value(_) => Sort::Value,
            ExternType::Type(_) => Sort::Type,
            ExternType::Component(_) => Sort::Component,
            ExternType::Instance(_) => Sort::Instance,
        }
    }

    /// The word of the text format for what it is.
    pub const fn sort_name(self) -> &'static str {
        match self {
            ExternType::Module(_) => "core module",
            ExternType::Func(_) => "func",
            ExternType::Value(_) => "value",
            ExternType::Type(_) => "type",
            ExternType::Component(_) => "component",
            ExternType::Instance(_) => "instance",
        }
    }
}
