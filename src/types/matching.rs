//! Subtyping of component-level types (`Explainer.md`, Type Checking).
//!
//! Value and function types match when they are equal. Instances may export more than is
//! expected, components export more and import less, modules likewise. Types that stand for
//! resources are found out on the way: where an abstract type is expected, whatever resource
//! type is there takes its place in everything that comes after.

use super::change::Change;
use super::component::{
    ComponentEntry, ComponentTypeId, ComponentTypes, Extern, ExternType, FuncTypeId, InstanceTypeId, Mentions,
    ModuleTypeId, NameId, Origin, Part, ResourceId, TypeRef, ValType,
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
                if found.is_equality { self.module(expected, actual) } else { Ok(()) }
            }
            (ExternType::Func(actual), ExternType::Func(expected)) => self.func(actual, expected, found),
            (ExternType::Value(actual), ExternType::Value(expected)) => self.value(actual, expected, found),
            (ExternType::Type(actual), ExternType::Type(expected)) => self.type_ref(actual, expected, found),
            (ExternType::Component(actual), ExternType::Component(expected)) => {
                let expected = found.substitution.component(self.types, expected)?;
                if found.is_equality {
                    return self.equal_components(actual, expected);
                }
                self.component(actual, expected)
            }
            (ExternType::Instance(actual), ExternType::Instance(expected)) => self.instance(actual, expected, found),
            _ => self.mismatch(format_args!("expected {}, found {}", expected.sort_name(), actual.sort_name())),
        }
    }

    fn func(&mut self, actual: FuncTypeId, expected: FuncTypeId, found: &mut Found) -> Result<()> {
        let expected = found.substitution.func(self.types, expected)?;
        if self.types.plain_func(actual) == self.types.plain_func(expected) {
            return Ok(());
        }
        self.mismatch(format_args!("function types differ"))
    }

    fn value(&mut self, actual: ValType, expected: ValType, found: &mut Found) -> Result<()> {
        let expected = found.substitution.value(self.types, expected)?;
        if self.types.plain(actual) == self.types.plain(expected) {
            return Ok(());
        }
        self.mismatch(format_args!("value types differ"))
    }

    fn type_ref(&mut self, actual: TypeRef, expected: TypeRef, found: &mut Found) -> Result<()> {
        match (actual, expected) {
            (TypeRef::Value(actual), TypeRef::Value(expected)) => {
                self.value(actual, expected, found)?;
                // What is supplied goes by its own name from here on.
                match (actual, expected) {
                    (ValType::Defined(_), ValType::Defined(id)) if self.types.alias_of(id).is_some() => {
                        found.substitution.rename(TypeRef::Value(expected), TypeRef::Value(actual))
                    }
                    _ => Ok(()),
                }
            }
            (TypeRef::Func(actual), TypeRef::Func(expected)) => self.func(actual, expected, found),
            (TypeRef::Resource(actual), TypeRef::Resource(expected)) => self.resource(actual, expected, found),
            (TypeRef::Instance(actual), TypeRef::Instance(expected)) => {
                let expected = found.substitution.instance(self.types, expected)?;
                self.equal_components(actual.component(), expected.component())
            }
            (TypeRef::Component(actual), TypeRef::Component(expected)) => {
                let expected = found.substitution.component(self.types, expected)?;
                self.equal_components(actual, expected)
            }
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
