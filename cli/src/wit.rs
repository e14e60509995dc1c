//! Component-level types in the form of WIT.

use crate::page::Page;
use std::collections::BTreeMap;
use windlass::image::Image;
use windlass::types::component::{
    Defined, DefinedId, Extern, ExternType, FuncTypeId, InstanceTypeId, Members, NameId, ResourceId, TypeRef, ValType,
};

/// A type of more parts than this is not written out: shared parts could make it exponentially long.
const MAX_PARTS: u32 = 300;

/// Writes the types of one image. Types that have been given a name are written by it.
#[derive(Clone)]
pub struct Wit<'a> {
    image: &'a Image,
    types: BTreeMap<DefinedId, &'a str>,
    resources: BTreeMap<ResourceId, &'a str>,
}

impl<'a> Wit<'a> {
    /// A writer that knows no names yet.
    pub fn new(image: &'a Image) -> Self {
        Wit { image, types: BTreeMap::new(), resources: BTreeMap::new() }
    }

    /// Imports or exports, one after the other, each after `word`.
    pub fn externs(&mut self, page: &mut Page, word: &str, externs: &[Extern]) {
        for item in externs {
            self.item(page, word, item);
        }
    }

    fn item(&mut self, page: &mut Page, word: &str, item: &Extern) {
        let name = self.image.name(item.name);
        match item.ty {
            ExternType::Type(ty) => {
                page.line(format_args!("{word}{}", self.type_definition(name, ty)));
                self.remember(name, ty);
            }
            ExternType::Func(id) => page.line(format_args!("{word}{name}: {}", self.func(id))),
            ExternType::Value(ty) => page.line(format_args!("{word}{name}: value {}", self.value(ty))),
            ExternType::Instance(id) => self.instance(page, &format!("{word}{name}: interface"), id),
            ExternType::Component(id) => page.braced(format_args!("{word}{name}: component"), |page| {
                // What is within does not name what is around it.
                let mut inner = Wit::new(self.image);
                if let Ok(ty) = self.image.types.component(id) {
                    inner.externs(page, "import ", ty.imports);
                    inner.externs(page, "export ", ty.exports);
                }
            }),
            ExternType::Module(id) => page.braced(format_args!("{word}{name}: core module"), |page| {
                let Ok(ty) = self.image.types.module(id) else { return };
                for import in ty.imports {
                    let (from, name) = (self.image.name(import.module), self.image.name(import.name));
                    page.line(format_args!("import {from} {name}: {}", self.core(import.ty)));
                }
                for export in ty.exports {
                    page.line(format_args!("export {}: {}", self.image.name(export.name), self.core(export.ty)));
                }
            }),
        }
    }

    fn instance(&mut self, page: &mut Page, head: &str, id: InstanceTypeId) {
        let outer = self.clone();
        page.braced(head, |page| {
            if let Ok(ty) = self.image.types.instance(id) {
                self.externs(page, "", ty.exports);
            }
        });
        // Names of an interface count within it.
        *self = outer;
    }

    /// From now on the type is written by this name.
    fn remember(&mut self, name: &'a str, ty: TypeRef) {
        match ty {
            TypeRef::Value(ValType::Defined(id)) => drop(self.types.insert(id, name)),
            TypeRef::Resource(id) => drop(self.resources.insert(id, name)),
            _ => {}
        }
    }

    fn type_definition(&self, name: &str, ty: TypeRef) -> String {
        match ty {
            TypeRef::Resource(_) => format!("resource {name}"),
            TypeRef::Func(id) => format!("type {name} = {}", self.func(id)),
            TypeRef::Instance(_) => format!("type {name} = interface"),
            TypeRef::Component(_) => format!("type {name} = component"),
            TypeRef::Value(ty) => {
                let written = self.value(ty);
                let named = ["record", "variant", "enum", "flags"].into_iter().find_map(|kind| {
                    let parts = written.strip_prefix(kind)?;
                    parts.starts_with(" {").then(|| format!("{kind} {name}{parts}"))
                });
                named.unwrap_or_else(|| format!("type {name} = {written}"))
            }
        }
    }

    /// A function type: `func(person: person) -> string`.
    pub fn func(&self, id: FuncTypeId) -> String {
        let Ok(ty) = self.image.types.func(id) else { return String::new() };
        let word = if ty.is_async { "async func" } else { "func" };
        let params: Vec<String> = ty
            .params
            .iter()
            .map(|param| format!("{}: {}", self.image.name(param.name), self.value(param.ty)))
            .collect();
        let result = ty.result.map(|ty| format!(" -> {}", self.value(ty))).unwrap_or_default();
        format!("{word}({}){result}", params.join(", "))
    }

    /// A value type.
    pub fn value(&self, ty: ValType) -> String {
        let id = match ty {
            ValType::Primitive(primitive) => return primitive.text().to_owned(),
            ValType::Defined(id) => id,
        };
        if let Some(name) = self.types.get(&id) {
            return (*name).to_owned();
        }
        let too_long = self.image.types.facts(ty).size > MAX_PARTS;
        match self.image.types.defined(id) {
            Ok(_) if too_long => "…".into(),
            Ok(defined) => self.defined(defined),
            Err(bug) => bug.to_string(),
        }
    }

    fn defined(&self, defined: Defined<'_>) -> String {
        let name = |id: NameId| self.image.name(id);
        let braced = |kind: &str, parts: Vec<String>| format!("{kind} {{ {} }}", parts.join(", "));
        let labels =
            |labels: Members<'_, NameId>| labels.iter().map(|label| name(label).to_owned()).collect::<Vec<_>>();
        let optional = |ty: Option<ValType>| ty.map_or("_".into(), |ty| self.value(ty));
        match defined {
            Defined::Record(fields) => {
                let field = |ty: ValType, label| format!("{}: {}", name(label), self.value(ty));
                braced("record", fields.iter().map(|part| field(part.ty, part.name)).collect())
            }
            Defined::Variant(cases) => {
                let payload = |ty: Option<ValType>| ty.map(|ty| format!("({})", self.value(ty))).unwrap_or_default();
                braced("variant", cases.iter().map(|case| format!("{}{}", name(case.name), payload(case.ty))).collect())
            }
            Defined::Flags(names) => braced("flags", labels(names)),
            Defined::Enum(names) => braced("enum", labels(names)),
            Defined::List(element) => format!("list<{}>", self.value(element)),
            Defined::FixedLengthList(element, length) => format!("list<{}, {length}>", self.value(element)),
            Defined::Tuple(types) => {
                format!("tuple<{}>", types.iter().map(|ty| self.value(ty)).collect::<Vec<_>>().join(", "))
            }
            Defined::Option(ty) => format!("option<{}>", self.value(ty)),
            Defined::Result { ok: None, err: None } => "result".into(),
            Defined::Result { ok: Some(ok), err: None } => format!("result<{}>", self.value(ok)),
            Defined::Result { ok, err } => format!("result<{}, {}>", optional(ok), optional(err)),
            Defined::Own(resource) => self.resource(resource).to_owned(),
            Defined::Borrow(resource) => format!("borrow<{}>", self.resource(resource)),
            Defined::Stream(ty) => ty.map_or("stream".into(), |ty| format!("stream<{}>", self.value(ty))),
            Defined::Future(ty) => ty.map_or("future".into(), |ty| format!("future<{}>", self.value(ty))),
            Defined::Map(key, value) => format!("map<{}, {}>", self.value(key), self.value(value)),
        }
    }

    /// A resource by its own name here, or by one of what it is an alias of.
    fn resource(&self, id: ResourceId) -> &str {
        let root = self.image.types.root(id);
        let same = |other: &ResourceId| self.image.types.root(*other) == root;
        let named =
            self.resources.get(&id).or_else(|| self.resources.iter().find(|(id, _)| same(id)).map(|(_, name)| name));
        named.copied().unwrap_or("resource")
    }

    fn core(&self, ty: windlass::types::component::CoreExternType) -> String {
        use windlass::syntax::ExternType as Core;
        let func =
            |index| crate::inspect::func_type(&self.image.types.core, windlass::types::TypeId::from_index(index));
        match ty {
            Core::Func { ty, is_exact } => format!("{}{}", if is_exact { "exact " } else { "" }, func(ty)),
            Core::Table(ty) => format!("table {ty}"),
            Core::Memory(ty) => format!("memory {ty}"),
            Core::Global(ty) => format!("global {ty}"),
            Core::Tag(index) => func(index).replacen("func", "tag", 1),
        }
    }
}
