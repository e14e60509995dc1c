//! Names and types matched: what instances export, and what satisfies an import
//! (`Explainer.md`, Import and Export Definitions; Subtyping).

mod import;
pub mod subtype;

pub use self::import::Import;
use self::subtype::Images;
use super::linking::Linking;
use super::state::{ComponentInstance, ComponentInstanceId, Exports, ExportsId, Item, Live};
use crate::error::{Bug, Error, Result, Unlinkable, bug};
use crate::image::Image;
use crate::support::cut::{cut, cut_all, cut_last, has};
use crate::support::{Map, Vec};
use crate::types::component::{ExternType, InstanceTypeId, Mentions, NameId, TypeRef};

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

/// What a name means to who provides what is imported.
#[derive(Clone, Copy)]
pub enum Provided {
    /// Nothing.
    Nothing,
    /// An instance, whose items are asked for one by one.
    Instance,
    /// What the import gets.
    Item(Item),
}

/// Who provides what the outermost component imports.
pub trait Provide {
    /// What an import within the instances of `path` is satisfied by.
    fn find(&mut self, cx: &mut Linking<'_>, path: &[&str], import: &Import<'_>) -> Result<Provided>;
}

/// Finds everything that the component of `inst`, an outermost one, imports.
pub fn supply(
    cx: &mut Linking<'_>,
    inst: ComponentInstanceId,
    find: &mut dyn FnMut(&mut Linking<'_>, &Import<'_>) -> Result<Item>,
) -> Result<Map<NameId, Item>> {
    let &ComponentInstance { image, component, .. } = cx.live.instance(inst)?;
    let image = cx.images.get(image).ok_or_else(foreign)?;
    let ty = image.component(component).and_then(|component| component.ty).ok_or_else(foreign)?;
    let mut args = Map::new();
    for import in image.types.component(ty)?.imports {
        args.insert(import.name, find(cx, &Import { inst, image, name: import.name, ty: import.ty })?)?;
    }
    Ok(args)
}

/// Finds an import.
pub fn find(cx: &mut Linking<'_>, provider: &mut dyn Provide, import: &Import<'_>) -> Result<Item> {
    Supply { provider, path: Vec::new() }.item(cx, import)
}

struct Supply<'s, 'i> {
    provider: &'s mut dyn Provide,
    /// Names of the instances around the item that is being looked for.
    path: Vec<&'i str>,
}

impl<'i> Supply<'_, 'i> {
    /// Finds an import, or an export of an imported instance. Types are nested no deeper than
    /// `Limits::nesting_depth`, and so is this recursion.
    fn item(&mut self, cx: &mut Linking<'_>, import: &Import<'i>) -> Result<Item> {
        if let Some(item) = import.known_type(cx)? {
            return Ok(item);
        }
        let found = self.provider.find(cx, &self.path, import);
        let error = match (found, import.ty) {
            (Ok(Provided::Item(item)), _) => return Ok(item),
            (Ok(Provided::Instance), ExternType::Instance(id)) => return self.instance(cx, import, id),
            (Ok(Provided::Instance), _) => import.mismatch("instance"),
            (Ok(Provided::Nothing), _) => import.error(Unlinkable::UnknownImport),
            (Err(error), _) => error,
        };
        Err(self.in_path(error))
    }

    fn instance(&mut self, cx: &mut Linking<'_>, import: &Import<'i>, id: InstanceTypeId) -> Result<Item> {
        let at = self.path.len();
        self.path.push(import.name())?;
        let mut exports = Exports::new(cx.live.instance(import.inst)?.image);
        for export in import.image.types.instance(id)?.exports {
            let item = self.item(cx, &Import { name: export.name, ty: export.ty, ..*import })?;
            exports.items.insert(export.name, item)?;
        }
        self.path.truncate(at);
        Ok(Item::Instance(cx.live.exports.push(exports)?))
    }

    /// The same error with the instances around it.
    #[cold]
    fn in_path(&self, error: Error) -> Error {
        let steps = self.path.iter().rev();
        steps.fold(error, |error, step| error.context(format_args!("instance `{step}`")))
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
