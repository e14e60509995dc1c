//! Types like others that there are, with every part changed.

use super::component::{ComponentTypes, DefinedId, ResourceId, ValType, foreign};
use super::defined::{Form, Made};
use crate::error::Error;
use crate::support::Vec;

/// What becomes of the parts of a type.
pub trait Change {
    /// Of a value type.
    fn value(&mut self, types: &mut ComponentTypes, ty: ValType) -> Result<ValType, Error>;
    /// Of a resource type.
    fn resource(&mut self, types: &mut ComponentTypes, id: ResourceId) -> Result<ResourceId, Error>;
}

/// Takes aliases away.
pub struct Plain;

impl Change for Plain {
    fn value(&mut self, types: &mut ComponentTypes, ty: ValType) -> Result<ValType, Error> {
        Ok(types.plain(ty))
    }

    fn resource(&mut self, types: &mut ComponentTypes, id: ResourceId) -> Result<ResourceId, Error> {
        Ok(types.root(id))
    }
}

impl ComponentTypes {
    /// A value or function type with its parts changed; `id` itself where that makes no difference, so that an alias stays
    /// one.
    pub(super) fn changed(&mut self, id: DefinedId, change: &mut dyn Change) -> Result<DefinedId, Error> {
        let Made { form, members } = self.made(id)?;
        let mut members = Vec::from_slice(members)?;
        let form = match form {
            Form::Own(id) => Form::Own(change.resource(self, id)?),
            Form::Borrow(id) => Form::Borrow(change.resource(self, id)?),
            form => form,
        };
        for member in &mut members {
            if let Some(ty) = &mut member.ty {
                *ty = change.value(self, *ty)?;
            }
        }
        let new = self.intern(Made { form, members: &members })?;
        // Types are interned: it makes no difference where it is the same one.
        let old = self.defined.get(id.index()).ok_or_else(foreign)?;
        Ok(if old.base == new { id } else { new })
    }
}
