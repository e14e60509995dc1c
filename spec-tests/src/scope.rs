//! What the names of a script mean: instances, definitions, what is registered.

use crate::components::{Component, ComponentInstance};
use crate::runner::{Options, Outcome};
use crate::spectest;
use std::collections::HashMap;
use wast::token::Id;
use windlass::syntax::Features;
use windlass::{Engine, Instance, Linker, Module, Store};

/// Something that was defined but not instantiated.
#[derive(Clone)]
pub(crate) enum Definition {
    Module(Module),
    Component(Component),
}

/// Something that functions can be called in.
#[derive(Clone)]
pub(crate) enum Instantiated {
    Module(Instance),
    Component(ComponentInstance),
}

/// What the names of a script mean; a thread of a script has its own.
pub(crate) struct Scope {
    pub(crate) linker: Linker<()>,
    pub(crate) instances: HashMap<String, Instantiated>,
    pub(crate) current: Option<Instantiated>,
    pub(crate) definitions: HashMap<String, Definition>,
    pub(crate) last_definition: Option<Definition>,
    pub(crate) threads: HashMap<String, ()>,
}

impl Scope {
    pub(crate) fn new(
        engine: &Engine,
        store: &mut Store<()>,
        options: &Options,
        features: Features,
    ) -> windlass::Result<Self> {
        let mut linker = Linker::new(engine);
        linker.allow_shadowing(true);
        spectest::define(store, &mut linker, features)?;
        if let Some(imports) = &options.imports {
            imports(store, &mut linker)?;
        }
        Ok(Self {
            linker,
            instances: HashMap::new(),
            current: None,
            definitions: HashMap::new(),
            last_definition: None,
            threads: HashMap::new(),
        })
    }

    pub(crate) fn name_instance(&mut self, name: Option<Id<'_>>, instance: Instantiated) {
        if let Some(name) = name {
            self.instances.insert(name.name().to_owned(), instance.clone());
        }
        self.current = Some(instance);
    }

    pub(crate) fn name_definition(&mut self, name: Option<Id<'_>>, definition: Definition) {
        if let Some(name) = name {
            self.definitions.insert(name.name().to_owned(), definition.clone());
        }
        self.last_definition = Some(definition);
    }

    pub(crate) fn instance(&self, name: Option<Id<'_>>) -> Outcome<Instantiated> {
        match name {
            Some(name) => {
                self.instances.get(name.name()).cloned().ok_or_else(|| format!("no instance is called {}", name.name()))
            }
            None => self.current.clone().ok_or_else(|| "no instance: the last module was not instantiated".into()),
        }
    }

    pub(crate) fn definition(&self, name: Option<Id<'_>>) -> Outcome<Definition> {
        let found = match name {
            Some(name) => self.definitions.get(name.name()),
            None => self.last_definition.as_ref(),
        };
        found.cloned().ok_or_else(|| "no such module was defined".into())
    }
}
