//! Names of imports and exports, their attributes, and what they ask of types (`Explainer.md`,
//! Import and Export Definitions; `Binary.md`, Import and Export Definitions).

use super::scope::Names;
use super::{Judge, invalid};
use crate::error::{Error, Invalid, Result};
use crate::support::{Limit, String};
use crate::syntax::component::{Attribute, NameAttributes};
use crate::syntax::name::{self, Accessor, ExternName, InterfaceName, PlainName, ResourceRole};
use crate::syntax::{Encoded, Features};
use crate::types::component::{Defined, ExternType, FuncType, NameId, ResourceId, TypeRef, ValType};
use crate::validate::module;

/// Attributes that ask something of names and types.
#[derive(Clone, Copy, Default)]
struct Attributes<'b> {
    implements: Option<&'b str>,
    version_suffix: Option<&'b str>,
}

#[cold]
fn bad_name(name: &str, why: &str, at: u32) -> Error {
    invalid(Invalid::ExternName, at, format_args!("`{name}`: {why}"))
}

#[cold]
fn bad_annotation(name: &str, why: &str, at: u32) -> Error {
    invalid(Invalid::NameAnnotation, at, format_args!("`{name}`: {why}"))
}

impl<'b> Judge<'b> {
    /// A piece of the input as a name.
    pub(super) fn name(&mut self, text: &str, at: u32) -> Result<NameId> {
        let span = module::span(self.bytes, text.as_bytes());
        self.options.limit_at(Limit::NameSize, span.len, at)?;
        self.name_at(span)
    }

    /// The text of a name.
    pub(super) fn text(&self, name: NameId) -> &'b str {
        self.types.name(name).text(self.bytes)
    }

    /// Judges the name of an import or export and adds it to `names`.
    pub(super) fn extern_name(
        &mut self,
        name: &NameAttributes<'b>,
        ty: ExternType,
        names: &mut Names,
        at: u32,
    ) -> Result<NameId> {
        let text = name.name;
        let id = self.name(text, at)?;
        let parsed = ExternName::parse(text).map_err(|why| bad_name(text, why, at))?;
        let attributes = self.attributes(name.attributes)?;
        self.check_attributes(text, parsed, attributes, ty, at)?;
        if let ExternName::Plain(plain) = parsed {
            self.check_role(text, plain, ty, names, at)?;
            if let Some(accessor) = plain.accessor {
                self.check_accessor(text, plain, accessor, ty, at)?;
            }
        }
        self.check_unique(text, names, at)?;
        if Features::JUDGED.contains(Features::CM_ACCESSORS)
            && let ExternName::Plain(PlainName { accessor: Some(Accessor::Set), .. }) = parsed
        {
            self.check_getter(text, ty, names, at)?;
        }
        let (types, bytes) = (&self.types, self.bytes);
        let text_of = |name: &NameId| types.name(*name).text(bytes);
        names.strong.insert_by(id, ty, |a, b| name::compare_strongly(text_of(a), text_of(b)))?;
        Ok(id)
    }

    /// `Explainer.md`, Name Uniqueness.
    fn check_unique(&self, text: &str, names: &Names, at: u32) -> Result<()> {
        let Some((other, _)) = self.find_strongly(text, names) else { return Ok(()) };
        Err(invalid(Invalid::NameConflict, at, format_args!("`{text}` and `{}`", self.text(other))))
    }

    fn attributes(&mut self, list: Encoded<'b, Attribute<'b>>) -> Result<Attributes<'b>> {
        let mut found = Attributes::default();
        if !Features::JUDGED.contains(Features::CM_IMPLEMENTS) {
            return Ok(found);
        }
        self.each(list, |judge, attribute, at| {
            // That each is there once at most, the decoder saw to.
            let (feature, what) = match attribute {
                Attribute::Implements(name) => {
                    found.implements = Some(name);
                    (Features::CM_IMPLEMENTS, "the attribute `implements`")
                }
                Attribute::VersionSuffix(suffix) => {
                    found.version_suffix = Some(suffix);
                    (Features::CM_CANON_NAMES, "the attribute `versionsuffix`")
                }
                Attribute::ExternalId(_) => (Features::CM_IMPLEMENTS, "the attribute `external-id`"),
            };
            judge.options.require(feature, what, at)
        })?;
        Ok(found)
    }

    fn check_attributes(
        &self,
        text: &str,
        parsed: ExternName<'_>,
        attributes: Attributes<'_>,
        ty: ExternType,
        at: u32,
    ) -> Result<()> {
        let is_instance = matches!(ty, ExternType::Instance(_));
        if attributes.version_suffix.is_some() && !is_instance {
            return Err(bad_name(text, "only instances can have a version suffix", at));
        }
        let Some(implements) = attributes.implements else {
            return match parsed {
                ExternName::Interface(name) => self.check_interface(text, name, attributes.version_suffix, at),
                ExternName::Plain(_) if attributes.version_suffix.is_some() => {
                    Err(bad_name(text, "a version suffix needs an interface name", at))
                }
                ExternName::Plain(_) => Ok(()),
            };
        };
        if !is_instance {
            return Err(bad_name(text, "only instances can implement an interface", at));
        }
        if !matches!(parsed, ExternName::Plain(plain) if plain.is_label()) {
            return Err(bad_name(text, "only a label can be the name of what implements an interface", at));
        }
        let interface = InterfaceName::parse(implements).map_err(|why| bad_name(implements, why, at))?;
        self.check_interface(implements, interface, attributes.version_suffix, at)
    }

    /// `interfaceversion`, and nested names.
    fn check_interface(&self, text: &str, name: InterfaceName<'_>, suffix: Option<&str>, at: u32) -> Result<()> {
        if name.nested {
            self.options.require(Features::CM_NESTED_NAMES, "a nested name", at)?;
        }
        let valid = match (name.version, suffix) {
            (None, None) => true,
            (None, Some(_)) => return Err(bad_name(text, "a version suffix needs a version", at)),
            (Some(version), Some(suffix)) => !suffix.is_empty() && name::is_canonical_split(version, suffix),
            (Some(version), None) if name::is_semver(version) => true,
            (Some(version), None) => {
                let canonical = name::is_canonical_version(version);
                if canonical {
                    self.options.require(Features::CM_CANON_NAMES, "a canonical version", at)?;
                }
                canonical
            }
        };
        if valid { Ok(()) } else { Err(bad_name(text, "the version is not valid", at)) }
    }

    /// What annotations ask of a function's type.
    fn check_role(&self, text: &str, plain: PlainName<'_>, ty: ExternType, names: &Names, at: u32) -> Result<()> {
        let Some(role) = plain.role else { return Ok(()) };
        let func = self.annotated_func(text, ty, at)?;
        let resource = match role {
            ResourceRole::Constructor(_) => match self.constructed(func)? {
                Some(resource) if !func.is_async => resource,
                Some(_) => return Err(bad_annotation(text, "a constructor is not async", at)),
                None => {
                    let why = "a constructor returns `(own $R)` or `(result (own $R) (error $E)?)`";
                    return Err(bad_annotation(text, why, at));
                }
            },
            ResourceRole::Method(_) => match func.params.get(0) {
                Some(param) if self.text(param.name) == "self" => match self.handle(param.ty)? {
                    Some(Defined::Borrow(resource)) => resource,
                    _ => return Err(bad_annotation(text, "`self` is a `(borrow $R)`", at)),
                },
                _ => return Err(bad_annotation(text, "a method's first parameter is `self`", at)),
            },
            ResourceRole::Static(label) => {
                return match self.resource_called(label, names) {
                    Some(_) => Ok(()),
                    None => Err(bad_annotation(text, "no resource type has that label here", at)),
                };
            }
        };
        if self.resource_called(role.resource(), names) == Some(resource) {
            return Ok(());
        }
        Err(bad_annotation(text, "the resource type does not have that label here", at))
    }

    /// The resource type that has this label among names that make types visible.
    fn resource_called(&self, label: &str, names: &Names) -> Option<ResourceId> {
        match self.find_strongly(label, names).filter(|_| !names.is_bag)? {
            (name, ExternType::Type(TypeRef::Resource(id))) if self.text(name) == label => Some(id),
            _ => None,
        }
    }

    /// The name from which this one does not differ strongly.
    fn find_strongly(&self, text: &str, names: &Names) -> Option<(NameId, ExternType)> {
        let position = names.strong.position_by(|other| name::compare_strongly(text, self.text(*other)))?;
        names.strong.get_index(position).map(|(name, ty)| (*name, *ty))
    }

    fn annotated_func(&self, text: &str, ty: ExternType, at: u32) -> Result<FuncType<'_>> {
        match ty {
            ExternType::Func(id) => Ok(self.types.func(id)?),
            _ => Err(bad_annotation(text, "only functions have annotated names", at)),
        }
    }

    fn handle(&self, ty: ValType) -> Result<Option<Defined<'_>>> {
        match ty {
            ValType::Defined(id) => Ok(Some(self.types.defined(id)?)),
            ValType::Primitive(_) => Ok(None),
        }
    }

    /// The resource type that a constructor's result is of.
    fn constructed(&self, func: FuncType<'_>) -> Result<Option<ResourceId>> {
        let Some(result) = func.result else { return Ok(None) };
        let handle = match self.handle(result)? {
            Some(Defined::Result { ok: Some(ok), .. }) => self.handle(ok)?,
            other => other,
        };
        Ok(match handle {
            Some(Defined::Own(resource)) => Some(resource),
            _ => None,
        })
    }

    /// What `[get]` and `[set]` ask of a function's type (📡).
    fn check_accessor(
        &self,
        text: &str,
        plain: PlainName<'_>,
        accessor: Accessor,
        ty: ExternType,
        at: u32,
    ) -> Result<()> {
        self.options.require(Features::CM_ACCESSORS, "a getter or setter", at)?;
        let func = self.annotated_func(text, ty, at)?;
        if func.is_async {
            return Err(bad_annotation(text, "getters and setters are not async", at));
        }
        let own = usize::from(matches!(plain.role, Some(ResourceRole::Method(_))));
        let params = func.params.len().saturating_sub(own);
        let result = func.result.map(|ty| self.handle(ty)).transpose()?.flatten();
        let (fits, why) = match accessor {
            Accessor::Get => {
                let empty = func.result.is_none() || matches!(result, Some(Defined::Result { ok: None, .. }));
                (params == 0 && !empty, "a getter has no parameters and returns a value")
            }
            Accessor::Set => {
                let empty = func.result.is_none() || matches!(result, Some(Defined::Result { ok: None, .. }));
                (params == 1 && empty, "a setter has one parameter and returns nothing or a `result` without value")
            }
        };
        if fits { Ok(()) } else { Err(bad_annotation(text, why, at)) }
    }

    /// A setter follows the getter of the same property (📡).
    fn check_getter(&self, text: &str, ty: ExternType, names: &Names, at: u32) -> Result<()> {
        let mut getter = String::new();
        if let Some((before, after)) = text.split_once("[set]") {
            for part in [before, "[get]", after] {
                getter.push_str(part)?;
            }
        }
        let found = self.find_strongly(&getter, names);
        let Some((_, getter)) = found.filter(|(name, _)| self.text(*name) == getter.as_str()) else {
            return Err(bad_annotation(text, "there is no such getter before", at));
        };
        let property = match self.annotated_func(text, getter, at)?.result {
            Some(ty) => match self.handle(ty)? {
                Some(Defined::Result { ok, .. }) => ok,
                _ => Some(ty),
            },
            None => None,
        };
        let param = self.annotated_func(text, ty, at)?.params.iter().next_back().map(|param| param.ty);
        if param.map(|ty| self.types.plain(ty)) == property.map(|ty| self.types.plain(ty)) {
            return Ok(());
        }
        Err(bad_annotation(text, "its parameter is not of the getter's type", at))
    }
}
