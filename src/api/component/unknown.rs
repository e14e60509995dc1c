//! Imports that nobody provides, so that a component can be looked at without its world.

use super::linker::{Linker, LinkerInstance};
use super::types::ComponentItem;
use super::{Component, ResourceType};
use crate::error::{Result, Unlinkable};

impl<T: 'static> Linker<T> {
    /// Defines what `component` imports and this linker lacks: functions that fail when they are called, and
    /// resources that are never made. Modules and components cannot be stood in for; where they are missing,
    /// instantiation says so.
    ///
    /// ```
    /// use windlass::component::{Component, Linker};
    /// use windlass::{Engine, Store};
    ///
    /// # let bytes = wat::parse_str(r#"(component (import "log" (func (param "text" string))))"#).unwrap();
    /// let engine = Engine::default();
    /// let component = Component::new(&engine, bytes)?;
    /// let mut linker = Linker::<()>::new(&engine);
    /// linker.define_unknown_imports_as_traps(&component)?;
    /// linker.instantiate(Store::new(&engine, ()), &component)?;
    /// # Ok::<(), windlass::Error>(())
    /// ```
    pub fn define_unknown_imports_as_traps(&mut self, component: &Component) -> Result<()> {
        let ty = component.component_type();
        let mut resources = Resources::default();
        ty.imports().try_for_each(|(name, item)| define(&mut self.root(), name, item, &mut resources))
    }
}

/// How many resource types were defined: each is one of its own.
#[derive(Default)]
struct Resources(u32);

/// Recursion is bounded by `Limits::nesting_depth`, as the type was validated.
fn define<T: 'static>(
    names: &mut LinkerInstance<'_, T>,
    name: &str,
    item: ComponentItem,
    resources: &mut Resources,
) -> Result<()> {
    match item {
        ComponentItem::ComponentInstance(instance) => {
            let mut names = names.instance(name)?;
            instance.exports().try_for_each(|(name, item)| define(&mut names, name, item, resources))
        }
        _ if names.is_defined(name) => Ok(()),
        ComponentItem::ComponentFunc(_) => names.func_new(name, |_, _, _| Err(Unlinkable::UnknownImport.into())),
        ComponentItem::Resource(_) => {
            resources.0 += 1;
            names.resource(name, ResourceType::host_dynamic(u32::MAX - resources.0), |_, _| Ok(()))
        }
        _ => Ok(()),
    }
}
