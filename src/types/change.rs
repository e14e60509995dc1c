//! Types like others that there are, with every part changed.

use super::component::{ComponentTypes, Defined, DefinedId, Field, FuncType, FuncTypeId, ResourceId, ValType, foreign};
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
    /// A value type with its parts changed; `id` itself where that makes no difference, so that an alias stays one.
    pub(super) fn changed_defined(&mut self, id: DefinedId, change: &mut dyn Change) -> Result<DefinedId, Error> {
        let new = match self.defined(id)? {
            Defined::Record(fields) => {
                let fields = Vec::from_slice(fields)?;
                let fields = self.changed_fields(fields, change)?;
                return self.keep(id, Defined::Record(&fields));
            }
            Defined::Variant(cases) => {
                let mut cases = Vec::from_slice(cases)?;
                for case in &mut cases {
                    case.ty = self.changed(case.ty, change)?;
                }
                return self.keep(id, Defined::Variant(&cases));
            }
            Defined::Tuple(items) => {
                let mut items = Vec::from_slice(items)?;
                for item in &mut items {
                    *item = change.value(self, *item)?;
                }
                return self.keep(id, Defined::Tuple(&items));
            }
            Defined::Flags(_) | Defined::Enum(_) => return Ok(id),
            Defined::List(ty) => Defined::List(change.value(self, ty)?),
            Defined::FixedLengthList(ty, len) => Defined::FixedLengthList(change.value(self, ty)?, len),
            Defined::Option(ty) => Defined::Option(change.value(self, ty)?),
            Defined::Result { ok, err } => {
                Defined::Result { ok: self.changed(ok, change)?, err: self.changed(err, change)? }
            }
            Defined::Own(id) => Defined::Own(change.resource(self, id)?),
            Defined::Borrow(id) => Defined::Borrow(change.resource(self, id)?),
            Defined::Stream(ty) => Defined::Stream(self.changed(ty, change)?),
            Defined::Future(ty) => Defined::Future(self.changed(ty, change)?),
            Defined::Map(key, value) => Defined::Map(change.value(self, key)?, change.value(self, value)?),
        };
        self.keep(id, new)
    }

    /// A function type with its parts changed.
    pub(super) fn changed_func(&mut self, id: FuncTypeId, change: &mut dyn Change) -> Result<FuncTypeId, Error> {
        let FuncType { is_async, params, result } = self.func(id)?;
        let params = Vec::from_slice(params)?;
        let params = self.changed_fields(params, change)?;
        let result = self.changed(result, change)?;
        self.intern_func(FuncType { is_async, params: &params, result })
    }

    fn changed(&mut self, ty: Option<ValType>, change: &mut dyn Change) -> Result<Option<ValType>, Error> {
        ty.map(|ty| change.value(self, ty)).transpose()
    }

    fn changed_fields(&mut self, mut fields: Vec<Field>, change: &mut dyn Change) -> Result<Vec<Field>, Error> {
        for field in &mut fields {
            field.ty = change.value(self, field.ty)?;
        }
        Ok(fields)
    }

    fn keep(&mut self, id: DefinedId, new: Defined<'_>) -> Result<DefinedId, Error> {
        let new = self.intern_defined(new)?;
        // Types are interned: it makes no difference where it is the same one.
        let old = self.defined.get(id.index()).ok_or_else(foreign)?;
        Ok(if old.base == new { id } else { new })
    }
}
