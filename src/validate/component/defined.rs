//! Value and function types (`Explainer.md`, Type Definitions; `Binary.md`, Type Definitions).

use super::{Judge, invalid};
use crate::error::{Invalid, Result};
use crate::support::{Limit, Map, Vec};
use crate::syntax::component_type::{
    ComponentFuncType, ComponentValType, DefValType, Label, LabelValType, ResourceType,
};
use crate::syntax::valtype::PrimValType;
use crate::syntax::{AddrType, Encoded, Features, ValType as CoreValType, name};
use crate::types::component::{
    Case, Defined, ExternType, Field, FuncType, FuncTypeId, Mentions, NameId, Origin, ResourceId, TypeRef, ValType,
};

/// Value types stay below this size (`CanonicalABI.md`, Element Size).
const MAX_VALUE_SIZE: u32 = 1 << 28;
const MAX_FLAGS: u32 = 32;

impl<'b> Judge<'b> {
    /// `valtype`
    pub(super) fn val_type(&mut self, ty: ComponentValType, at: u32) -> Result<ValType> {
        match ty {
            ComponentValType::Primitive(ty) => self.primitive(ty, at),
            ComponentValType::Type(index) => match self.type_ref(index, at)? {
                TypeRef::Value(ty) => Ok(ty),
                _ => Err(self.not_that(index, "a value type", at)),
            },
        }
    }

    fn primitive(&self, ty: PrimValType, at: u32) -> Result<ValType> {
        if ty == PrimValType::ErrorContext {
            self.options.require(Features::CM_ERROR_CONTEXT, ty.text(), at)?;
        }
        Ok(ValType::Primitive(ty))
    }

    fn optional(&mut self, ty: Option<ComponentValType>, at: u32) -> Result<Option<ValType>> {
        ty.map(|ty| self.val_type(ty, at)).transpose()
    }

    /// `defvaltype`
    pub(super) fn defined_type(&mut self, ty: DefValType<'b>, at: u32) -> Result<ValType> {
        let id = match ty {
            DefValType::Primitive(ty) => return self.primitive(ty, at),
            DefValType::Record(fields) => {
                self.check_members(fields.count, "a record", at)?;
                let fields = self.fields(fields)?;
                self.types.intern_defined(Defined::Record(&fields))?
            }
            DefValType::Variant(cases) => {
                self.check_members(cases.count, "a variant", at)?;
                let (mut names, mut list) = (Labels::default(), Vec::new());
                self.each(cases, |judge, case, at| {
                    let name = judge.label(case.label, &mut names, at)?;
                    Ok(list.push(Case { name, ty: judge.optional(case.ty, at)? })?)
                })?;
                self.types.intern_defined(Defined::Variant(&list))?
            }
            DefValType::Tuple(types) => {
                self.check_members(types.count, "a tuple", at)?;
                let mut list = Vec::new();
                self.each(types, |judge, ty, at| Ok(list.push(judge.val_type(ty, at)?)?))?;
                self.types.intern_defined(Defined::Tuple(&list))?
            }
            DefValType::Flags(labels) => {
                self.check_members(labels.count, "flags", at)?;
                if labels.count > MAX_FLAGS {
                    let message = format_args!("{} flags where {MAX_FLAGS} are allowed", labels.count);
                    return Err(invalid(Invalid::MemberCount, at, message));
                }
                let labels = self.labels(labels)?;
                self.types.intern_defined(Defined::Flags(&labels))?
            }
            DefValType::Enum(labels) => {
                self.check_members(labels.count, "an enum", at)?;
                let labels = self.labels(labels)?;
                self.types.intern_defined(Defined::Enum(&labels))?
            }
            other => {
                let defined = self.simple_type(other, at)?;
                self.types.intern_defined(defined)?
            }
        };
        let ty = ValType::Defined(id);
        self.check_facts(self.types.facts(ty), at)?;
        if self.types.layout(ty, AddrType::I64).size >= MAX_VALUE_SIZE {
            return Err(invalid(Invalid::ValueTooLarge, at, format_args!("2^28 bytes or more with 64-bit pointers")));
        }
        Ok(ty)
    }

    /// A value type without list of members.
    fn simple_type(&mut self, ty: DefValType<'b>, at: u32) -> Result<Defined<'static>> {
        Ok(match ty {
            DefValType::List(ty) => Defined::List(self.val_type(ty, at)?),
            DefValType::FixedLengthList(ty, len) => {
                self.options.require(Features::CM_FIXED_LENGTH_LISTS, "a list of fixed length", at)?;
                self.check_members(len, "a list of fixed length", at)?;
                Defined::FixedLengthList(self.val_type(ty, at)?, len)
            }
            DefValType::Option(ty) => Defined::Option(self.val_type(ty, at)?),
            DefValType::Result { ok, err } => {
                Defined::Result { ok: self.optional(ok, at)?, err: self.optional(err, at)? }
            }
            DefValType::Own(index) => Defined::Own(self.resource_type(index, at)?),
            DefValType::Borrow(index) => Defined::Borrow(self.resource_type(index, at)?),
            DefValType::Stream(ty) => {
                let ty = self.endpoint(ty, "a stream", at)?;
                if ty == Some(ValType::Primitive(PrimValType::Char)) {
                    return Err(invalid(Invalid::NotThatType, at, format_args!("`stream<char>` is not allowed")));
                }
                Defined::Stream(ty)
            }
            DefValType::Future(ty) => Defined::Future(self.endpoint(ty, "a future", at)?),
            DefValType::Map(key, value) => {
                self.options.require(Features::CM_MAP, "a map", at)?;
                let key = self.val_type(key, at)?;
                if !is_key_type(key) {
                    return Err(invalid(Invalid::NotThatType, at, format_args!("not a type for keys of a map")));
                }
                Defined::Map(key, self.val_type(value, at)?)
            }
            _ => return Err(invalid(Invalid::NotThatType, at, format_args!("a type with members"))),
        })
    }

    /// What a stream or future carries: nothing that could outlive its call.
    fn endpoint(&mut self, ty: Option<ComponentValType>, what: &str, at: u32) -> Result<Option<ValType>> {
        self.options.require(Features::CM_ASYNC, what, at)?;
        let ty = self.optional(ty, at)?;
        if let Some(ty) = ty {
            self.check_no_borrow(ty, what, at)?;
        }
        Ok(ty)
    }

    pub(super) fn check_no_borrow(&self, ty: ValType, what: &str, at: u32) -> Result<()> {
        if self.types.facts(ty).mentions.contains(Mentions::BORROW) {
            return Err(invalid(Invalid::BorrowEscapes, at, format_args!("{what} contains a `borrow`")));
        }
        Ok(())
    }

    fn check_members(&self, count: u32, what: &str, at: u32) -> Result<()> {
        if count == 0 {
            return Err(invalid(Invalid::MemberCount, at, format_args!("{what} has at least one member")));
        }
        Ok(())
    }

    fn fields(&mut self, list: Encoded<'b, LabelValType<'b>>) -> Result<Vec<Field>> {
        let (mut names, mut fields) = (Labels::default(), Vec::new());
        self.each(list, |judge, field, at| {
            let name = judge.label(field.label, &mut names, at)?;
            Ok(fields.push(Field { name, ty: judge.val_type(field.ty, at)? })?)
        })?;
        Ok(fields)
    }

    fn labels(&mut self, list: Encoded<'b, Label<'b>>) -> Result<Vec<NameId>> {
        let (mut names, mut labels) = (Labels::default(), Vec::new());
        self.each(list, |judge, label, at| Ok(labels.push(judge.label(label.0, &mut names, at)?)?))?;
        Ok(labels)
    }

    /// `label`, strongly unique among those that `names` knows.
    fn label(&mut self, text: &'b str, names: &mut Labels<'b>, at: u32) -> Result<NameId> {
        if !name::is_label(text) {
            return Err(invalid(Invalid::ExternName, at, format_args!("`{text}` is not in kebab case")));
        }
        if let Some(position) = names.position_by(|other| name::compare_labels(text, other)) {
            let other = names.get_index(position).map_or("", |(other, ())| other);
            return Err(invalid(Invalid::NameConflict, at, format_args!("`{text}` and `{other}`")));
        }
        names.insert_by(text, (), |a, b| name::compare_labels(a, b))?;
        self.name(text, at)
    }

    /// `functype`
    pub(super) fn func_type_definition(&mut self, ty: ComponentFuncType<'b>, at: u32) -> Result<FuncTypeId> {
        if ty.is_async {
            self.options.require(Features::CM_ASYNC, "an async function", at)?;
        }
        self.options.limit_at(Limit::Params, ty.params.count, at)?;
        let params = self.fields(ty.params)?;
        let result = self.optional(ty.result, at)?;
        if let Some(result) = result {
            self.check_no_borrow(result, "a function's result", at)?;
        }
        let id = self.types.intern_func(FuncType { is_async: ty.is_async, params: &params, result })?;
        self.check_facts(self.types.facts_of(ExternType::Func(id)), at)?;
        Ok(id)
    }

    /// `resourcetype`
    pub(super) fn resource_definition(&mut self, ty: ResourceType, at: u32) -> Result<ResourceId> {
        if !self.scope.is_component() {
            let message = format_args!("resource types are defined in components, not in types");
            return Err(invalid(Invalid::NotThatType, at, message));
        }
        match ty.rep {
            CoreValType::I32 => {}
            CoreValType::I64 => self.options.require(Features::CM64, "a 64-bit representation", at)?,
            _ => return Err(invalid(Invalid::ResourceRep, at, format_args!("resources are represented by `i32`"))),
        }
        if let Some(dtor) = ty.dtor {
            let id = self.core_func(dtor, at)?;
            self.check_core_func(id, &[ty.rep], &[], "the destructor", at)?;
        }
        let id = self.types.new_resource(Origin::Component)?;
        self.scope.local.insert(id, ty.rep)?;
        Ok(id)
    }
}

/// Labels of one type.
type Labels<'b> = Map<&'b str, ()>;

/// `keytype` (🗺️)
fn is_key_type(ty: ValType) -> bool {
    use PrimValType::{ErrorContext, F32, F64};
    matches!(ty, ValType::Primitive(ty) if !matches!(ty, F32 | F64 | ErrorContext))
}
