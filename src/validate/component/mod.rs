//! Components: from bytes to an image with everything nested in it (`Explainer.md`,
//! `Binary.md`; `CanonicalABI.md` for canonical definitions).
//!
//! Components nest without recursion: the ones around the current one wait on a stack, up to
//! `Limits::nesting_depth`. Sections are judged as they come. A definition is small work, or
//! its work is counted: `Judge::charge` adds up the sizes of the types that instantiations,
//! imports and exports go through, shared parts counted wherever they stand.

mod alias;
mod canon;
mod canon_builtin;
mod core_instance;
mod core_type;
mod declarator;
mod defined;
mod extern_name;
mod import_export;
mod instance;
mod scope;
mod value;
mod visibility;

#[cfg(test)]
mod tests;

use super::context::Options;
use super::module;
use crate::binary::component::{ComponentSections, is_component};
use crate::binary::{Read, Reader};
use crate::error::{Error, Invalid, Result};
use crate::image::{Bytes, Component, ComponentId, Image, Module, ModuleId, Span};
use crate::support::{Box, Limit, Limits, Vec};
use crate::syntax::component::ComponentSection;
use crate::syntax::{Encoded, Features};
use crate::types::ComponentTypes;
use crate::types::component::{Facts, Part};
use core::mem;
use scope::{Kind, Scope};

/// Judges an input that is a component or a module.
pub fn any_image(bytes: Bytes, features: Features, limits: &Limits) -> Result<Image> {
    if is_component(&bytes) {
        return component_image(bytes, features, limits);
    }
    super::image(bytes, features, limits)
}

/// Judges an input that is a component.
pub fn component_image(bytes: Bytes, features: Features, limits: &Limits) -> Result<Image> {
    judge(bytes, Options { features, runnable: Features::IMPLEMENTED, limits })
}

/// Judges a component by all rules this engine knows, also those of features that it cannot run
/// yet: for tests of the rules themselves. The component must not be run.
#[doc(hidden)]
pub fn component_of_any_feature(bytes: Bytes, features: Features, limits: &Limits) -> Result<Image> {
    judge(bytes, Options { features, runnable: Features::all(), limits })
}

/// Judges a component that may need features of the Component Model that this engine cannot run
/// yet: where it comes to that, instantiating or calling fails.
#[doc(hidden)]
pub fn component_with_gaps(bytes: Bytes, features: Features, limits: &Limits) -> Result<Image> {
    let runnable = Features::IMPLEMENTED.union(Features::all().difference(Features::CORE));
    judge(bytes, Options { features, runnable, limits })
}

fn judge(bytes: Bytes, options: Options<'_>) -> Result<Image> {
    let span = module::whole(&bytes)?;
    options.limit(Limit::ModuleSize, span.len)?;
    options.require(Features::COMPONENT_MODEL, "a component", 0)?;
    let (modules, components, types) = {
        let mut judge = boxed(&bytes, options)?;
        judge.component(span)?;
        let Judge { modules, components, types, .. } = &mut *judge;
        (mem::take(modules), mem::take(components), mem::take(types))
    };
    Ok(Image { bytes, modules, components, types })
}

/// On the heap, and out of line: a judge is large, and so is what it is put together from, and a board's stack is
/// not.
#[inline(never)]
fn boxed<'b>(bytes: &'b [u8], options: Options<'b>) -> Result<Box<Judge<'b>>> {
    Ok(Box::new(Judge::new(bytes, options)?)?)
}

/// An input while it is judged.
struct Judge<'b> {
    bytes: &'b [u8],
    options: Options<'b>,
    types: ComponentTypes,
    modules: Vec<Module>,
    components: Vec<Component>,
    /// The component or type that is being judged.
    scope: Box<Scope>,
    /// The components and types around it, outermost first.
    outer: Vec<Box<Scope>>,
    /// What [`charge`](Self::charge) added up, over the whole input.
    work: u32,
}

impl<'b> Judge<'b> {
    fn new(bytes: &'b [u8], options: Options<'b>) -> Result<Self> {
        Ok(Judge {
            bytes,
            options,
            types: ComponentTypes::default(),
            modules: Vec::new(),
            components: Vec::new(),
            scope: Scope::new(Kind::Component(ComponentId::new(0)))?,
            outer: Vec::new(),
            work: 0,
        })
    }

    /// Judges the outermost component.
    fn component(&mut self, span: Span) -> Result<()> {
        self.open_component(span, None)?;
        let mut open: Vec<ComponentSections<'b>> = Vec::new();
        let mut sections = ComponentSections::new(Reader::new(span.of(self.bytes), span.start));
        loop {
            let at = sections.position();
            match sections.next_section()? {
                Some(ComponentSection::Component { bytes, offset }) => {
                    let span = self.span(bytes, offset)?;
                    self.enter_component(span)?;
                    let nested = ComponentSections::new(Reader::new(bytes, offset));
                    open.push(mem::replace(&mut sections, nested))?;
                }
                Some(section) => self.section(section, at)?,
                None => {
                    self.close_component(sections.position())?;
                    match open.pop() {
                        Some(around) => sections = around,
                        None => return Ok(()),
                    }
                }
            }
        }
    }

    fn span(&self, bytes: &[u8], offset: u32) -> Result<Span> {
        let len = u32::try_from(bytes.len()).map_err(|_| Error::from(Limit::ModuleSize))?;
        Ok(Span { start: offset, len })
    }

    /// Begins the component that the current scope is of.
    fn open_component(&mut self, span: Span, parent: Option<ComponentId>) -> Result<()> {
        self.components.push(Component::default())?;
        (self.scope.space.span, self.scope.space.parent) = (span, parent);
        Ok(())
    }

    fn enter_component(&mut self, span: Span) -> Result<()> {
        let parent = match self.scope.kind {
            Kind::Component(id) => Some(id),
            _ => None,
        };
        let id = ComponentId::new(self.components.len() as u32);
        self.scope.space.nested_components.push(id)?;
        self.nest(Kind::Component(id), span.start)?;
        self.open_component(span, parent)
    }

    /// Opens a scope in the current one, which waits meanwhile.
    fn nest(&mut self, kind: Kind, at: u32) -> Result<()> {
        self.options.limit_len_at(Limit::NestingDepth, self.outer.len() + 1, at)?;
        let inner = Scope::new(kind)?;
        Ok(self.outer.push(mem::replace(&mut self.scope, inner))?)
    }

    /// Ends the current component: gives it its type, and goes on in the one around it.
    fn close_component(&mut self, at: u32) -> Result<()> {
        self.check_values_used(at)?;
        let defined = self.free_variables(&self.scope.exports, &self.scope.imported)?;
        let scope = &mut *self.scope;
        let ty = self.types.add_component(&scope.imports, &scope.exports, &scope.imported, &defined)?;
        scope.space.ty = Some(ty);
        if let Kind::Component(id) = scope.kind
            && let Some(place) = self.components.get_mut(id.index())
        {
            mem::swap(place, &mut scope.space);
        }
        if let Some(around) = self.outer.pop() {
            self.scope = around;
            self.limit_definitions(self.scope.space.components.len(), at)?;
            self.scope.space.components.push(ty)?;
        }
        Ok(())
    }

    fn section(&mut self, section: ComponentSection<'b>, at: u32) -> Result<()> {
        match section {
            ComponentSection::Custom(_) | ComponentSection::Component { .. } => Ok(()),
            ComponentSection::CoreModule { bytes, offset } => self.core_module(bytes, offset),
            ComponentSection::CoreInstance(instances) => self.each(instances, Self::core_instance),
            ComponentSection::CoreType(types) => self.each(types, Self::core_type),
            ComponentSection::Instance(instances) => self.each(instances, Self::instance),
            ComponentSection::Alias(aliases) => self.each(aliases, Self::alias),
            ComponentSection::Type(types) => self.types(types),
            ComponentSection::Canon(canons) => self.each(canons, Self::canon),
            ComponentSection::Start(start) => self.start(start, at),
            ComponentSection::Import(imports) => self.each(imports, Self::import),
            ComponentSection::Export(exports) => self.each(exports, Self::export),
            ComponentSection::Value(values) => {
                self.options.require(Features::CM_VALUES, "a value section", at)?;
                self.each(values, Self::value_definition)
            }
        }
    }

    /// Judges each item of a list, which is told where it lies.
    fn each<'a, T: Read<'a>>(
        &mut self,
        list: Encoded<'a, T>,
        mut judge: impl FnMut(&mut Self, T, u32) -> Result<()>,
    ) -> Result<()> {
        list.each(|item, at| judge(self, item, at))
    }

    #[inline(never)]
    fn core_module(&mut self, bytes: &[u8], offset: u32) -> Result<()> {
        let span = self.span(bytes, offset)?;
        let module = super::module::judge(self.bytes, span, self.options)?;
        let ty = self.module_type(&module, offset)?;
        let id = ModuleId::new(self.modules.len() as u32);
        self.modules.push(module)?;
        self.scope.space.nested_modules.push(id)?;
        self.add_core_module(ty, offset)
    }

    /// That a type is neither too large nor too deep, and that the definition that brings it
    /// here does not make the component, or the whole input, too large.
    fn charge(&mut self, facts: Facts, at: u32) -> Result<()> {
        self.check_facts(facts, at)?;
        self.scope.size = self.scope.size.saturating_add(facts.size);
        self.options.limit_at(Limit::TypeSize, self.scope.size, at)?;
        self.work = self.work.saturating_add(facts.size);
        self.options.limit_at(Limit::TypeWork, self.work, at)
    }

    fn check_facts(&self, facts: Facts, at: u32) -> Result<()> {
        self.options.limit_at(Limit::TypeSize, facts.size, at)?;
        self.options.limit_at(Limit::NestingDepth, u32::from(facts.depth), at)
    }

    /// [`charge`](Self::charge) for imports or exports.
    fn charge_externs(&mut self, list: Part, at: u32) -> Result<()> {
        let mut position = 0;
        while let Some(item) = self.types.extern_at(list, position) {
            self.charge(self.types.facts_of(item.ty), at)?;
            position += 1;
        }
        Ok(())
    }

    fn limit_definitions(&self, len: usize, at: u32) -> Result<()> {
        self.options.limit_len_at(Limit::Definitions, len, at)
    }
}

/// A broken rule, with what is special about this case.
#[cold]
#[inline(never)]
fn invalid(why: Invalid, at: u32, message: core::fmt::Arguments<'_>) -> Error {
    Error::invalid(why, at).with_message(message)
}
