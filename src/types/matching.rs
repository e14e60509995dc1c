//! Subtyping of component-level types (`Explainer.md`, Type Checking).
//!
//! Value and function types match when they are equal. Instances may export more than is
//! expected, components export more and import less, modules likewise. Types that stand for
//! resources are found out on the way: where an abstract type is expected, whatever resource
//! type is there takes its place in everything that comes after.

use super::component::{
    ComponentEntry, ComponentTypeId, ComponentTypes, Extern, ExternType, InstanceTypeId, Mentions, ModuleTypeId,
    NameId, Origin, Part, ResourceId, TypeRef, ValType,
};
use super::core_extern::extern_matches;
use super::resource::Substitution;
use crate::error::{Error, ErrorKind, Result};
use crate::support::Map;
use core::fmt;

/// Matches what is there against what is expected.
pub struct Matcher<'t> {
    /// The types of both.
    pub types: &'t mut ComponentTypes,
    /// The bytes in which names lie.
    pub bytes: &'t [u8],
    /// What a mismatch is.
    pub kind: ErrorKind,
}

/// Abstract types of the expected side, and what was found for them.
#[derive(Debug, Default)]
pub struct Found {
    variables: Map<ResourceId, Variable>,
    /// Whether types have to be equal.
    is_equality: bool,
    /// What was found, to be put into the expected side's types.
    pub substitution: Substitution,
}

/// What an abstract type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variable {
    /// One of the expected side.
    Open,
    /// Where types have to be equal: one of what is there, for which one of the expected side may stand, and nothing else.
    Free,
    /// The same once it has its partner.
    Taken,
}

impl Found {
    /// Nothing yet for each of `open`.
    pub fn new(open: &[ResourceId]) -> Result<Self> {
        let mut found = Found::default();
        found.note(&mut open.iter().copied(), Variable::Open)?;
        Ok(found)
    }

    fn note(&mut self, ids: &mut dyn Iterator<Item = ResourceId>, what: Variable) -> Result<()> {
        for id in ids {
            self.variables.insert(id, what)?;
        }
        Ok(())
    }

    fn is_open(&self, root: ResourceId) -> bool {
        self.variables.get(&root) == Some(&Variable::Open)
    }

    /// Whether an abstract type may stand for `root`; it may not do so twice where types have to
    /// be equal.
    fn take(&mut self, root: ResourceId) -> bool {
        if !self.is_equality {
            return true;
        }
        match self.variables.get_mut(&root) {
            Some(variable @ Variable::Free) => {
                *variable = Variable::Taken;
                true
            }
            _ => false,
        }
    }
}

impl Matcher<'_> {
    #[cold]
    fn mismatch<T>(&self, message: fmt::Arguments<'_>) -> Result<T> {
        Err(Error::new(self.kind).with_message(message))
    }

    fn text(&self, name: NameId) -> &str {
        self.types.name(name).text(self.bytes)
    }

    /// Whether what is there may stand where `expected` is asked for. Types are nested no deeper
    /// than `Limits::nesting_depth`, and so is this recursion.
    pub fn extern_type(&mut self, actual: ExternType, expected: ExternType, found: &mut Found) -> Result<()> {
        match (actual, expected) {
            (ExternType::Module(actual), ExternType::Module(expected)) => {
                self.module(actual, expected)?;
                return if found.is_equality { self.module(expected, actual) } else { Ok(()) };
            }
            (ExternType::Instance(actual), ExternType::Instance(expected)) => {
                return self.instance(actual, expected, found);
            }
            (ExternType::Type(TypeRef::Resource(actual)), ExternType::Type(TypeRef::Resource(expected))) => {
                return self.resource(actual, expected, found);
            }
            _ => {}
        }
        match (actual, found.substitution.extern_type(self.types, expected)?) {
            (ExternType::Func(actual), ExternType::Func(wanted))
            | (ExternType::Type(TypeRef::Func(actual)), ExternType::Type(TypeRef::Func(wanted)))
                if self.types.plain_func(actual) == self.types.plain_func(wanted) =>
            {
                Ok(())
            }
            (ExternType::Value(actual), ExternType::Value(wanted))
                if self.types.plain(actual) == self.types.plain(wanted) =>
            {
                Ok(())
            }
            (ExternType::Type(TypeRef::Value(actual)), ExternType::Type(TypeRef::Value(wanted)))
                if self.types.plain(actual) == self.types.plain(wanted) =>
            {
                // What is supplied goes by its own name from here on.
                match expected.type_ref() {
                    Some(name @ TypeRef::Value(ValType::Defined(id))) if self.types.alias_of(id).is_some() => {
                        found.substitution.rename(name, TypeRef::Value(actual))
                    }
                    _ => Ok(()),
                }
            }
            (ExternType::Component(actual), ExternType::Component(wanted)) if !found.is_equality => {
                self.component(actual, wanted)
            }
            (ExternType::Component(actual), ExternType::Component(wanted))
            | (ExternType::Type(TypeRef::Component(actual)), ExternType::Type(TypeRef::Component(wanted))) => {
                self.equal_components(actual, wanted)
            }
            (ExternType::Type(TypeRef::Instance(actual)), ExternType::Type(TypeRef::Instance(wanted))) => {
                self.equal_components(actual.component(), wanted.component())
            }
            _ => self.different(actual, expected),
        }
    }

    #[cold]
    fn different(&self, actual: ExternType, expected: ExternType) -> Result<()> {
        match (actual.type_ref(), expected.type_ref()) {
            _ if actual.sort() != expected.sort() => {
                self.mismatch(format_args!("expected {}, found {}", expected.sort_name(), actual.sort_name()))
            }
            (Some(TypeRef::Func(_)), Some(TypeRef::Func(_))) => self.mismatch(format_args!("function types differ")),
            (Some(TypeRef::Value(_)), Some(TypeRef::Value(_))) => self.mismatch(format_args!("value types differ")),
            _ => self.mismatch(format_args!("types of different kinds")),
        }
    }

    fn resource(&mut self, actual: ResourceId, expected: ResourceId, found: &mut Found) -> Result<()> {
        let (root, name) = (self.types.root(expected), expected);
        let expected = match found.substitution.replacement(root) {
            Some(replacement) => replacement,
            None if found.is_open(root) && found.take(self.types.root(actual)) => {
                return found.substitution.replace(root, actual);
            }
            None => expected,
        };
        if self.types.root(actual) == self.types.root(expected) {
            // What is supplied goes by its own name from here on.
            if name == root {
                return Ok(());
            }
            return found.substitution.rename(TypeRef::Resource(name), TypeRef::Resource(actual));
        }
        self.mismatch(format_args!("resource types are not the same"))
    }

    /// Types of instances that there are: they bind no variables.
    fn instance(&mut self, actual: InstanceTypeId, expected: InstanceTypeId, found: &mut Found) -> Result<()> {
        if actual == expected && !self.mentions_resources(ExternType::Instance(expected)) {
            return Ok(());
        }
        let (actual, expected) = (actual.component(), expected.component());
        if found.is_equality {
            self.same_counts(actual, expected)?;
        }
        self.exports(actual, expected, found)
    }

    fn mentions_resources(&self, ty: ExternType) -> bool {
        self.types.facts_of(ty).mentions.contains(Mentions::RESOURCE)
    }

    /// Each of `wanted` is there, where `find` looks.
    fn items(
        &mut self,
        wanted: Part,
        what: &str,
        found: &mut Found,
        find: impl Fn(&ComponentTypes, NameId) -> Option<&Extern>,
    ) -> Result<()> {
        let mut at = 0;
        while let Some(item) = self.types.extern_at(wanted, at) {
            let there = find(self.types, item.name).copied();
            self.item(there, item, what, found)?;
            at += 1;
        }
        Ok(())
    }

    /// An import or export that was found under the name of the one expected, or none.
    fn item(&mut self, actual: Option<Extern>, expected: Extern, what: &str, found: &mut Found) -> Result<()> {
        let Some(actual) = actual else {
            return self.mismatch(format_args!("{what} `{}` is missing", self.text(expected.name)));
        };
        let matched = self.extern_type(actual.ty, expected.ty, found);
        matched.map_err(|error| error.context(format_args!("{what} `{}`", self.text(expected.name))))
    }

    /// Types of components, or declared types of instances, with the variables that they bind, where each has to be a
    /// subtype of the other. One walk finds that out: two would double at every level.
    fn equal_components(&mut self, actual: ComponentTypeId, expected: ComponentTypeId) -> Result<()> {
        if actual == expected && !self.mentions_resources(ExternType::Component(expected)) {
            return Ok(());
        }
        let &ComponentEntry { imported, defined, .. } = self.types.component_entry(actual)?;
        let (mut fresh, mut new) = self.renamed(&[imported, defined])?;
        let actual = fresh.component(self.types, actual)?;
        self.same_counts(actual, expected)?;
        let wanted = self.types.component(expected)?;
        // Each variable that is expected is to be found among those of the other side.
        let mut found = Found { is_equality: true, ..Found::default() };
        found.note(&mut wanted.imported.iter().chain(wanted.defined).copied(), Variable::Open)?;
        found.note(&mut new, Variable::Free)?;
        self.imports(actual, expected, &mut found)?;
        self.exports(actual, expected, &mut found)
    }

    /// That one imports and exports as much as the other.
    fn same_counts(&self, actual: ComponentTypeId, expected: ComponentTypeId) -> Result<()> {
        let (is, wanted) = (self.types.component_entry(actual)?, self.types.component_entry(expected)?);
        if is.imports.len == wanted.imports.len && is.exports.len == wanted.exports.len {
            return Ok(());
        }
        self.mismatch(format_args!("types of components or instances differ"))
    }

    /// What `expected` imports is among the imports of a component.
    fn imports(&mut self, component: ComponentTypeId, expected: ComponentTypeId, found: &mut Found) -> Result<()> {
        let wanted = self.types.component_entry(expected)?.imports;
        self.items(wanted, "import", found, |types, name| types.find_component_import(component, name))
    }

    /// What `expected` exports is among the exports of a component or instance.
    fn exports(&mut self, component: ComponentTypeId, expected: ComponentTypeId, found: &mut Found) -> Result<()> {
        let wanted = self.types.component_entry(expected)?.exports;
        self.items(wanted, "export", found, |types, name| types.find_component_export(component, name))
    }

    /// A substitution by new variables: what is bound on one side must not be taken for what is
    /// bound on the other.
    fn renamed(&mut self, bound: &[Part]) -> Result<(Substitution, impl Iterator<Item = ResourceId> + use<>)> {
        let mut fresh = Substitution::new();
        let new = fresh.renew(self.types, bound, Origin::Declaration)?;
        Ok((fresh, new))
    }

    /// A component may stand for another that imports more and exports less.
    fn component(&mut self, actual: ComponentTypeId, expected: ComponentTypeId) -> Result<()> {
        if actual == expected && !self.mentions_resources(ExternType::Component(expected)) {
            return Ok(());
        }
        let &ComponentEntry { imported, defined, .. } = self.types.component_entry(actual)?;
        let (mut fresh, new) = self.renamed(&[imported, defined])?;
        // What the expected type imports is what the component will get.
        let mut supplied = Found::default();
        supplied.note(&mut new.take(imported.len as usize), Variable::Open)?;
        let actual = fresh.component(self.types, actual)?;
        self.imports(expected, actual, &mut supplied)?;
        let actual = supplied.substitution.component(self.types, actual)?;
        let mut abstracted = Found::new(self.types.component(expected)?.defined)?;
        self.exports(actual, expected, &mut abstracted)
    }

    /// A module may stand for another that imports more and exports less.
    fn module(&mut self, actual: ModuleTypeId, expected: ModuleTypeId) -> Result<()> {
        if actual == expected {
            return Ok(());
        }
        let (is, wanted) = (self.types.module(actual)?, self.types.module(expected)?);
        for import in is.imports {
            let (module, name) = (self.text(import.module), self.text(import.name));
            match self.types.find_core_import(expected, import.module, import.name) {
                None => return self.mismatch(format_args!("module import `{module}` `{name}` is not expected")),
                Some(there) if extern_matches(&self.types.core, there.ty, import.ty) => {}
                Some(_) => return self.mismatch(format_args!("types of import `{module}` `{name}` differ")),
            }
        }
        for export in wanted.exports {
            match self.types.find_core_export(actual, export.name) {
                None => return self.mismatch(format_args!("module export `{}` is missing", self.text(export.name))),
                Some(there) if extern_matches(&self.types.core, there.ty, export.ty) => {}
                Some(_) => return self.mismatch(format_args!("types of export `{}` differ", self.text(export.name))),
            }
        }
        Ok(())
    }
}
