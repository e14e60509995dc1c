//! What an import of the outermost component may be satisfied by.

use super::subtype::{self, Difference};
use super::{Image, foreign};
use crate::component::abi::typed::Types;
use crate::component::linking::Linking;
use crate::component::state::{
    ComponentInstanceId, CoreModule, Func, FuncKind, HostFuncId, Item, ItemType, ResourceTypeId,
};
use crate::error::{Error, ErrorKind, Result, Unlinkable};
use crate::types::component::{ExternType, FuncType, NameId, TypeRef};

/// An import for which something is looked for. Whoever provides it asks whether that is of the right type.
pub struct Import<'i> {
    /// The instance that imports.
    pub(super) inst: ComponentInstanceId,
    /// Its image.
    pub(super) image: &'i Image,
    /// The name, and of what type it must be.
    pub(super) name: NameId,
    pub(super) ty: ExternType,
}

impl<'i> Import<'i> {
    /// Its name.
    pub fn name(&self) -> &'i str {
        self.image.name(self.name)
    }

    /// A type about which nothing is left to find.
    pub(super) fn known_type(&self, cx: &Linking<'_>) -> Result<Option<Item>> {
        Ok(match self.ty {
            ExternType::Type(TypeRef::Resource(id)) => {
                let known = &cx.live.instance(self.inst)?.resources;
                known.get(&self.image.types.root(id)).map(|rt| Item::Resource(*rt))
            }
            ExternType::Type(_) => Some(Item::Type),
            _ => None,
        })
    }

    /// What it gets where nobody provides anything.
    pub fn unsupplied(&self, cx: &Linking<'_>) -> Result<Item> {
        self.known_type(cx)?.ok_or_else(|| self.error(Unlinkable::UnknownImport))
    }

    /// A function of the host; `check` is an error unless it is of the type, and says what was expected and what was found.
    pub fn func(
        &self,
        cx: &mut Linking<'_>,
        host: HostFuncId,
        check: fn(&Types<'_>, FuncType<'_>) -> Result<()>,
    ) -> Result<Item> {
        let ExternType::Func(ty) = self.ty else { return Err(self.mismatch("func")) };
        let types = Types { image: self.image, live: cx.live, inst: self.inst };
        check(&types, self.image.types.func(ty)?).map_err(|error| self.refused(error))?;
        let func = Func { ty, inst: self.inst, kind: FuncKind::Host(host), name: Some(self.name) };
        Ok(Item::Func(cx.funcs.push(func)?))
    }

    /// A resource type.
    pub fn resource(&self, cx: &mut Linking<'_>, rt: ResourceTypeId) -> Result<Item> {
        let ExternType::Type(TypeRef::Resource(id)) = self.ty else { return Err(self.mismatch("resource")) };
        cx.live.instance_mut(self.inst)?.resources.insert(self.image.types.root(id), rt)?;
        Ok(Item::Resource(rt))
    }

    /// A core module.
    pub fn module(&self, cx: &mut Linking<'_>, module: CoreModule) -> Result<Item> {
        let ExternType::Module(id) = self.ty else { return Err(self.mismatch("core module")) };
        match subtype::module(cx.images, cx.core, module, self.image, id)? {
            true => Ok(Item::Module(module)),
            false => Err(self.error(Unlinkable::IncompatibleType)),
        }
    }

    /// Something that exists already, with its type.
    pub fn existing(&self, cx: &mut Linking<'_>, item: Item, found: ItemType) -> Result<Item> {
        match subtype::matches(cx, item, found, self.inst, self.ty)? {
            None => Ok(item),
            Some(at) => Err(self.differs(cx, found, at)?),
        }
    }

    /// It is of another sort than the import.
    #[cold]
    pub(super) fn mismatch(&self, found: &str) -> Error {
        let error = Error::from(Unlinkable::IncompatibleType);
        let error = error.with_message(format_args!("expected {}, found {found}", self.image.written(self.ty)));
        error.context(format_args!("{} `{}`", self.ty.sort_name(), self.name()))
    }

    /// A function of the host is of another type than the import.
    #[cold]
    fn refused(&self, error: Error) -> Error {
        let error = match error.kind() {
            ErrorKind::Misuse(_) => error.with_kind(ErrorKind::Unlinkable(Unlinkable::IncompatibleType)),
            _ => return error,
        };
        error.context(format_args!("func `{}`", self.name()))
    }

    /// Something that exists is of another type than the import, or a part of it is.
    #[cold]
    fn differs(&self, cx: &Linking<'_>, found: ItemType, at: Difference) -> Result<Error> {
        let image = cx.live.instance(found.scope)?.image;
        let found = cx.images.get(image).ok_or_else(foreign)?;
        let wanted_type = self.image.written(at.wanted);
        let mut error = match at.found {
            None => Error::from(Unlinkable::UnknownImport).with_message(format_args!("{wanted_type}")),
            Some(ty) => Error::from(Unlinkable::IncompatibleType)
                .with_message(format_args!("expected {wanted_type}, found {}", found.written(ty))),
        };
        for name in &at.path {
            error = error.context(format_args!("export `{}`", self.image.name(*name)));
        }
        Ok(error.context(format_args!("{} `{}`", self.ty.sort_name(), self.name())))
    }

    #[cold]
    pub(super) fn error(&self, why: Unlinkable) -> Error {
        Error::from(why).with_message(format_args!("{} `{}`", self.ty.sort_name(), self.name()))
    }
}
