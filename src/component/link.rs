//! Names and types matched: what instances export, and what satisfies an import
//! (`Explainer.md`, Import and Export Definitions; Subtyping).

pub mod subtype;

use self::subtype::{Difference, Images};
use super::abi::typed::Types;
use super::linking::Linking;
use super::state::{
    ComponentInstance, ComponentInstanceId, CoreModule, Exports, ExportsId, Func, FuncKind, HostFuncId, ImageId, Item,
    ItemType, Live, ResourceTypeId,
};
use crate::error::{Bug, Error, ErrorKind, Result, Unlinkable, bug};
use crate::image::Image;
use crate::support::cut::{cut, cut_all, cut_last, has};
use crate::support::{Map, Vec};
use crate::types::component::{ExternType, FuncType, InstanceTypeId, Mentions, NameId, ResourceId, TypeRef};

#[cold]
fn foreign() -> Bug {
    bug!("an id of another store")
}

/// What an instance exports under that name.
pub fn export(images: &Images, live: &Live, exports: ExportsId, name: &str) -> Result<Option<Item>, Bug> {
    let exports = live.exports(exports)?;
    let image = images.get(exports.image).ok_or_else(foreign)?;
    let name = image.types.find_name(&image.bytes, name);
    Ok(name.and_then(|name| exports.items.get(&name).copied()))
}

/// An instance of that type has appeared in the index space of `inst`: the resource variables of
/// the type stand for what it exports. Types are nested no deeper than `Limits::nesting_depth`,
/// and so is this recursion.
pub fn bind_instance(
    cx: &mut Linking<'_>,
    inst: ComponentInstanceId,
    ty: InstanceTypeId,
    exports: ExportsId,
) -> Result<()> {
    let image = cx.live.instance(inst)?.image;
    let image = cx.images.get(image).ok_or_else(foreign)?;
    if !image.types.facts_of(ExternType::Instance(ty)).mentions.contains(Mentions::RESOURCE) {
        return Ok(());
    }
    let declared = image.types.instance(ty)?.exports;
    cx.core.state.quota.take_definitions(declared.len() as u64)?;
    for declared in declared {
        match declared.ty {
            ExternType::Type(TypeRef::Resource(id)) => {
                if let Some(Item::Resource(rt)) = export(cx.images, cx.live, exports, image.name(declared.name))? {
                    cx.live.instance_mut(inst)?.resources.insert(image.types.root(id), rt)?;
                }
            }
            ExternType::Instance(nested) => {
                if let Some(Item::Instance(exports)) = export(cx.images, cx.live, exports, image.name(declared.name))? {
                    bind_instance(cx, inst, nested, exports)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// What somebody provides under a name.
#[derive(Clone, Copy)]
pub enum Provided<'p> {
    /// A function of the host, and what says whether it is of the right type.
    Func(HostFuncId, &'p dyn CheckFunc),
    /// A resource type.
    Resource(ResourceTypeId),
    /// A core module.
    Module(CoreModule),
    /// An instance, whose items are asked for one by one.
    Instance,
    /// Something that exists already, with its type.
    Existing {
        /// What it is.
        item: Item,
        /// Its type.
        ty: ItemType,
    },
}

impl Provided<'_> {
    /// The word of the text format for what it is.
    const fn sort_name(&self) -> &'static str {
        match self {
            Provided::Func(..) => "func",
            Provided::Resource(_) => "resource",
            Provided::Module(_) => "core module",
            Provided::Instance => "instance",
            Provided::Existing { ty, .. } => ty.ty.sort_name(),
        }
    }
}

/// Says whether a function of the host is of a type.
pub trait CheckFunc {
    /// An error unless it is; it says what was expected and what was found.
    fn check(&self, types: &Types<'_>, ty: FuncType<'_>) -> Result<()>;
}

/// Who provides what the outermost component imports.
pub trait Provide<'p> {
    /// What the name means within the instances of `path`, if anything.
    fn find(&mut self, cx: &mut Linking<'_>, path: &[&str], name: &str) -> Result<Option<Provided<'p>>>;
}

/// Finds everything that the component of `inst`, an outermost one, imports.
pub fn supply(
    cx: &mut Linking<'_>,
    provider: &mut dyn Provide<'_>,
    inst: ComponentInstanceId,
) -> Result<Map<NameId, Item>> {
    let &ComponentInstance { image, component, .. } = cx.live.instance(inst)?;
    let image_of = cx.images.get(image).ok_or_else(foreign)?;
    let ty = image_of.component(component).and_then(|component| component.ty).ok_or_else(foreign)?;
    let mut args = Map::new();
    let mut supply = Supply { provider, inst, image_id: image, image: image_of, path: Vec::new() };
    for import in image_of.types.component(ty)?.imports {
        args.insert(import.name, supply.item(cx, import.name, import.ty)?)?;
    }
    Ok(args)
}

struct Supply<'s, 'p, 'i> {
    provider: &'s mut dyn Provide<'p>,
    inst: ComponentInstanceId,
    image_id: ImageId,
    image: &'i Image,
    /// Names of the instances around the item that is being looked for.
    path: Vec<&'i str>,
}

impl Supply<'_, '_, '_> {
    /// Finds an import, or an export of an imported instance. Types are nested no deeper than
    /// `Limits::nesting_depth`, and so is this recursion.
    fn item(&mut self, cx: &mut Linking<'_>, name: NameId, ty: ExternType) -> Result<Item> {
        if let Some(item) = self.known_type(cx, ty)? {
            return Ok(item);
        }
        let text = self.image.name(name);
        let Some(provided) = self.provider.find(cx, &self.path, text)? else {
            return Err(self.error(Unlinkable::UnknownImport, text, ty));
        };
        match (ty, provided) {
            (ExternType::Func(ty), Provided::Func(host, check)) => {
                let types = Types { image: self.image, live: cx.live, inst: self.inst };
                check.check(&types, self.image.types.func(ty)?).map_err(|error| self.refused(error, text))?;
                let func = Func { ty, inst: self.inst, kind: FuncKind::Host(host), name: Some(name) };
                Ok(Item::Func(cx.funcs.push(func)?))
            }
            (ExternType::Type(TypeRef::Resource(id)), Provided::Resource(rt)) => {
                self.bind(cx, id, rt)?;
                Ok(Item::Resource(rt))
            }
            (ExternType::Instance(id), Provided::Instance) => self.instance(cx, text, id),
            (ExternType::Module(id), Provided::Module(module)) => {
                match subtype::module(cx.images, cx.core, module, self.image, id)? {
                    true => Ok(Item::Module(module)),
                    false => Err(self.error(Unlinkable::IncompatibleType, text, ty)),
                }
            }
            (_, Provided::Existing { item, ty: found }) => match subtype::matches(cx, item, found, self.inst, ty)? {
                None => Ok(item),
                Some(at) => Err(self.differs(cx, text, ty, found, at)?),
            },
            (_, provided) => {
                let error = Error::from(Unlinkable::IncompatibleType);
                let found = provided.sort_name();
                let error = error.with_message(format_args!("expected {}, found {found}", self.image.written(ty)));
                Err(self.in_path(error.context(format_args!("{} `{text}`", ty.sort_name()))))
            }
        }
    }

    fn bind(&self, cx: &mut Linking<'_>, id: ResourceId, rt: ResourceTypeId) -> Result<()> {
        cx.live.instance_mut(self.inst)?.resources.insert(self.image.types.root(id), rt)?;
        Ok(())
    }

    /// A type about which nothing is left to find.
    fn known_type(&self, cx: &Linking<'_>, ty: ExternType) -> Result<Option<Item>> {
        Ok(match ty {
            ExternType::Type(TypeRef::Resource(id)) => {
                let known = &cx.live.instance(self.inst)?.resources;
                known.get(&self.image.types.root(id)).map(|rt| Item::Resource(*rt))
            }
            ExternType::Type(_) => Some(Item::Type),
            _ => None,
        })
    }

    fn instance(&mut self, cx: &mut Linking<'_>, name: &str, id: InstanceTypeId) -> Result<Item> {
        let at = self.path.len();
        // The text is one of the image's own.
        let own = self.image.types.find_name(&self.image.bytes, name).map(|name| self.image.name(name));
        self.path.push(own.unwrap_or_default())?;
        let mut exports = Exports::new(self.image_id);
        for export in self.image.types.instance(id)?.exports {
            let item = self.item(cx, export.name, export.ty)?;
            exports.items.insert(export.name, item)?;
        }
        self.path.truncate(at);
        Ok(Item::Instance(cx.live.exports.push(exports)?))
    }

    /// A function of the host is of another type than the import.
    #[cold]
    fn refused(&self, error: Error, name: &str) -> Error {
        let error = match error.kind() {
            ErrorKind::Misuse(_) => error.with_kind(ErrorKind::Unlinkable(Unlinkable::IncompatibleType)),
            _ => return error,
        };
        self.in_path(error.context(format_args!("func `{name}`")))
    }

    /// Something that exists is of another type than the import, or a part of it is.
    #[cold]
    fn differs(
        &self,
        cx: &Linking<'_>,
        name: &str,
        wanted: ExternType,
        found: ItemType,
        at: Difference,
    ) -> Result<Error> {
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
        Ok(self.in_path(error.context(format_args!("{} `{name}`", wanted.sort_name()))))
    }

    /// The same error with the instances around it.
    #[cold]
    fn in_path(&self, error: Error) -> Error {
        let steps = self.path.iter().rev();
        steps.fold(error, |error, step| error.context(format_args!("instance `{step}`")))
    }

    #[cold]
    fn error(&self, why: Unlinkable, name: &str, wanted: ExternType) -> Error {
        self.in_path(Error::from(why).with_message(format_args!("{} `{name}`", wanted.sort_name())))
    }
}

/// A version's numbers.
pub type Version = (u64, u64, u64);

/// A name without what may differ between compatible versions, and its version (`Explainer.md`,
/// Import and Export Definitions: canonical interface names). Pre-releases are compatible with
/// nothing else.
pub fn version_track(name: &str) -> Option<((&str, Version), Version)> {
    let (base, version) = cut_last(name, b'@')?;
    if has(version, b'-') {
        return None;
    }
    let version = cut(version, b'+').map_or(version, |(version, _)| version);
    let mut numbers = cut_all(version, b'.').map(|number| number.parse::<u64>().ok());
    let version = (numbers.next()??, numbers.next()??, numbers.next()??);
    if numbers.next().is_some() {
        return None;
    }
    let track = match version {
        (0, 0, patch) => (0, 0, patch),
        (0, minor, _) => (0, minor, 0),
        (major, _, _) => (major, 0, 0),
    };
    Some(((base, track), version))
}
