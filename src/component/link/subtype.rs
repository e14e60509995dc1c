//! Whether something that exists is of the type that an import wants (`Explainer.md`,
//! Subtyping), across images.
//!
//! Value and function types must be equal but for what their names are interned as, and for
//! resource variables, which must stand for the same resource types. A variable that nothing
//! stands for yet is bound on the way.

#[cfg(feature = "component-async")]
use crate::component::abi::context::Cx;
use crate::component::linking::Linking;
use crate::component::state::{ComponentInstanceId, CoreModule, ExportsId, ImageId, Item, ItemType, Live};
use crate::error::{Bug, Result, bug};
use crate::image::{Image, ImageRef};
use crate::store::Store;
use crate::support::{Arena, Vec};
use crate::syntax::Span;
use crate::types::TypeId;
use crate::types::component::{
    Defined, ExternType, FuncTypeId, InstanceTypeId, ModuleTypeId, NameId, ResourceId, TypeRef, ValType,
};
use crate::types::core_extern::{extern_matches, map_extern};
use crate::types::rec_group::imported;
use core::mem::discriminant;

/// Images of a store.
pub type Images = Arena<ImageId, ImageRef>;

#[cold]
fn foreign() -> Bug {
    bug!("an id of another store")
}

fn image<'a>(images: &'a Images, live: &Live, inst: ComponentInstanceId) -> Result<&'a Image, Bug> {
    let id = live.instance(inst)?.image;
    images.get(id).map(|image| &**image).ok_or_else(foreign)
}

/// Where a type is not what an import wants.
#[derive(Debug)]
pub struct Difference {
    /// Names of exports on the way there, the innermost first.
    pub path: Vec<NameId>,
    /// What is there; `None` where nothing is.
    pub found: Option<ExternType>,
    /// What is wanted there.
    pub wanted: ExternType,
}

/// Whether `item` of the type `found` can stand for an import of the type `wanted` of `inst`;
/// if not, why. Types are nested no deeper than `Limits::nesting_depth`, and so is this recursion.
pub fn matches(
    cx: &mut Linking<'_>,
    item: Item,
    found: ItemType,
    inst: ComponentInstanceId,
    wanted: ExternType,
) -> Result<Option<Difference>> {
    let mut sides = Sides::new(cx.images, (cx.core, cx.live), found.scope, inst)?;
    if sides.items(item, found.ty, wanted)? {
        return Ok(None);
    }
    let whole = Difference { path: Vec::new(), found: Some(found.ty), wanted };
    Ok(Some(sides.difference.unwrap_or(whole)))
}

/// Whether two types of values, each with the instance whose image has it, are the same.
#[cfg(feature = "component-async")]
pub fn same_values(
    cx: &mut Cx<'_>,
    (found, found_scope): (Option<ValType>, ComponentInstanceId),
    (wanted, wanted_scope): (Option<ValType>, ComponentInstanceId),
) -> Result<bool> {
    Sides::new(&cx.linked.images, (cx.core, cx.live), found_scope, wanted_scope)?.optional(found, wanted)
}

struct Sides<'c, 'a> {
    images: &'a Images,
    core: &'c mut Store,
    live: &'c mut Live,
    found: &'a Image,
    found_scope: ComponentInstanceId,
    wanted: &'a Image,
    wanted_scope: ComponentInstanceId,
    /// Where an instance lacks something.
    difference: Option<Difference>,
}

impl<'c, 'a> Sides<'c, 'a> {
    fn new(
        images: &'a Images,
        (core, live): (&'c mut Store, &'c mut Live),
        found_scope: ComponentInstanceId,
        wanted_scope: ComponentInstanceId,
    ) -> Result<Self> {
        let (found, wanted) = (image(images, live, found_scope)?, image(images, live, wanted_scope)?);
        Ok(Self { images, core, live, found, found_scope, wanted, wanted_scope, difference: None })
    }

    fn items(&mut self, item: Item, found: ExternType, wanted: ExternType) -> Result<bool> {
        match (item, found, wanted) {
            (Item::Func(_), ExternType::Func(found), ExternType::Func(wanted)) => self.funcs(found, wanted),
            (Item::Instance(exports), ExternType::Instance(found), ExternType::Instance(wanted)) => {
                self.instances(exports, found, wanted)
            }
            (Item::Resource(rt), _, ExternType::Type(TypeRef::Resource(id))) => {
                let root = self.wanted.types.root(id);
                let resources = &mut self.live.instance_mut(self.wanted_scope)?.resources;
                match resources.get(&root) {
                    Some(known) => Ok(*known == rt),
                    None => {
                        resources.insert(root, rt)?;
                        Ok(true)
                    }
                }
            }
            (Item::Type, ExternType::Type(TypeRef::Value(found)), ExternType::Type(TypeRef::Value(wanted))) => {
                self.values(found, wanted)
            }
            (Item::Type, ExternType::Type(TypeRef::Func(found)), ExternType::Type(TypeRef::Func(wanted))) => {
                self.funcs(found, wanted)
            }
            (Item::Module(module), _, ExternType::Module(wanted)) => {
                let image = self.wanted;
                self::module(self.images, self.core, module, image, wanted)
            }
            // Components and types of them are only taken over within one image, where
            // validation compares them.
            _ => Ok(false),
        }
    }

    fn instances(&mut self, exports: ExportsId, found: InstanceTypeId, wanted: InstanceTypeId) -> Result<bool> {
        for declared in self.wanted.types.instance(wanted)?.exports {
            let found = self.export_type(found, declared.name);
            let item = super::export(self.images, self.live, exports, self.wanted.name(declared.name))?;
            let fits = match (item, found) {
                (Some(item), Some(found)) => self.items(item, found, declared.ty)?,
                _ => false,
            };
            if !fits {
                let here = Difference { path: Vec::new(), found, wanted: declared.ty };
                let difference = self.difference.get_or_insert(here);
                difference.path.push(declared.name)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The type of an export of an instance's type `found`, by its name on the other side.
    fn export_type(&self, found: InstanceTypeId, name: NameId) -> Option<ExternType> {
        let types = &self.found.types;
        let name = types.find_name(&self.found.bytes, self.wanted.name(name));
        name.and_then(|name| types.find_export(found, name)).map(|export| export.ty)
    }

    fn funcs(&mut self, found: FuncTypeId, wanted: FuncTypeId) -> Result<bool> {
        let (found, wanted) = (self.found.types.func(found)?, self.wanted.types.func(wanted)?);
        if found.is_async != wanted.is_async || found.params.len() != wanted.params.len() {
            return Ok(false);
        }
        for (found, wanted) in found.params.iter().zip(wanted.params) {
            if !self.names(found.name, wanted.name) || !self.values(found.ty, wanted.ty)? {
                return Ok(false);
            }
        }
        self.optional(found.result, wanted.result)
    }

    fn names(&self, found: NameId, wanted: NameId) -> bool {
        self.found.name(found) == self.wanted.name(wanted)
    }

    fn optional(&mut self, found: Option<ValType>, wanted: Option<ValType>) -> Result<bool> {
        match (found, wanted) {
            (Some(found), Some(wanted)) => self.values(found, wanted),
            (None, None) => Ok(true),
            _ => Ok(false),
        }
    }

    /// Types are nested no deeper than `Limits::nesting_depth`, and so is this recursion.
    fn values(&mut self, found: ValType, wanted: ValType) -> Result<bool> {
        let (found, wanted) = match (found, wanted) {
            (ValType::Primitive(found), ValType::Primitive(wanted)) => return Ok(found == wanted),
            (ValType::Defined(found), ValType::Defined(wanted)) => {
                (self.found.types.defined(found)?, self.wanted.types.defined(wanted)?)
            }
            _ => return Ok(false),
        };
        match (found, wanted) {
            (Defined::Own(found), Defined::Own(wanted)) | (Defined::Borrow(found), Defined::Borrow(wanted)) => {
                return self.resources(found, wanted);
            }
            (Defined::FixedLengthList(_, a), Defined::FixedLengthList(_, b)) if a != b => return Ok(false),
            _ if discriminant(&found) != discriminant(&wanted) => return Ok(false),
            _ => {}
        }
        for at in 0.. {
            let fits = match (found.member(at), wanted.member(at)) {
                (None, None) => break,
                (Some(found), Some(wanted)) => {
                    (found.name == NameId::NONE || self.names(found.name, wanted.name))
                        && self.optional(found.ty, wanted.ty)?
                }
                _ => false,
            };
            if !fits {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn resources(&self, found: ResourceId, wanted: ResourceId) -> Result<bool> {
        let found = self.live.instance(self.found_scope)?.resource(self.found.types.root(found))?;
        let known = &self.live.instance(self.wanted_scope)?.resources;
        Ok(known.get(&self.wanted.types.root(wanted)) == Some(&found))
    }
}

/// Whether a core module is of the type `wanted` of an image (core spec, Matching; `Explainer.md`,
/// Subtyping: a module may import less and export more).
pub fn module(
    images: &Images,
    core: &mut Store,
    found: CoreModule,
    image: &Image,
    wanted: ModuleTypeId,
) -> Result<bool> {
    let of = images.get(found.image).ok_or_else(foreign)?;
    let judged = of.module(found.module).ok_or_else(foreign)?;
    let types = &mut core.state.types;
    let (of_found, of_wanted) = (types.import(&judged.types)?, types.import(&image.types.core)?);
    let in_store = |ids: &[TypeId], ty| map_extern(ty, imported(ids));
    let fits = |found, wanted| extern_matches(types, found, wanted);
    let name_of = |name: Span| image.types.find_name(&image.bytes, name.text(&of.bytes));
    // Names are unique on both sides.
    let mut matched = 0;
    for export in &judged.exports {
        let asked = name_of(export.name).and_then(|name| image.types.find_core_export(wanted, name));
        let Some(asked) = asked else { continue };
        match judged.extern_type(export.kind, export.index) {
            Some(found) if fits(in_store(&of_found, found), in_store(&of_wanted, asked.ty)) => matched += 1,
            _ => return Ok(false),
        }
    }
    for import in &judged.imports {
        let names = name_of(import.module).zip(name_of(import.name));
        let given = names.and_then(|(module, name)| image.types.find_core_import(wanted, module, name));
        let needed = judged.extern_type(import.kind, import.index);
        match (given, needed) {
            (Some(given), Some(needed)) if fits(in_store(&of_wanted, given.ty), in_store(&of_found, needed)) => {}
            _ => return Ok(false),
        }
    }
    Ok(matched == image.types.module(wanted)?.exports.len())
}
