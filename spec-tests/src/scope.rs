//! What the names of a script mean: instances and definitions.

use crate::components::{Component, ComponentInstance};
use crate::runner::Outcome;
use std::collections::HashMap;
use wast::token::Id;
use windlass::{Instance, Module};

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

/// What the names of a script mean; a thread of a script has its own. What is registered, all see.
#[derive(Default)]
pub(crate) struct Scope {
    pub(crate) instances: HashMap<String, Instantiated>,
    pub(crate) current: Option<Instantiated>,
    pub(crate) definitions: HashMap<String, Definition>,
    pub(crate) last_definition: Option<Definition>,
}

impl Scope {
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
