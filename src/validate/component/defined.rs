//! Value and function types (`Explainer.md`, Type Definitions; `Binary.md`, Type Definitions).

use super::{Judge, invalid};
use crate::error::{Error, Invalid, Result};
use crate::support::{Limit, Map, Vec};
use crate::syntax::component_type::{
    ComponentFuncType, ComponentValType, DefValType, Label, LabelValType, ResourceType,
};
use crate::syntax::valtype::PrimValType;
use crate::syntax::{AddrType, Encoded, Features, ValType as CoreValType, name};
use crate::types::component::{ExternType, FuncTypeId, Member, Mentions, NameId, Origin, ResourceId, TypeRef, ValType};
use crate::types::defined::{Form, Made};

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
        let mut members = Vec::new();
        let form = match ty {
            DefValType::Primitive(ty) => return self.primitive(ty, at),
            DefValType::Record(fields) => {
                self.fields(fields, &mut members)?;
                Form::Record
            }
            DefValType::Variant(cases) => {
                let mut names = Labels::default();
                self.each(cases, |judge, case, at| {
                    let name = judge.label(case.label, &mut names, at)?;
                    Ok(members.push(Member { name, ty: judge.optional(case.ty, at)? })?)
                })?;
                Form::Variant
            }
            DefValType::Tuple(types) => {
                self.each(types, |judge, ty, at| Ok(members.push(Member::of(Some(judge.val_type(ty, at)?)))?))?;
                Form::Tuple
            }
            DefValType::Flags(labels) => {
                if labels.count > MAX_FLAGS {
                    let message = format_args!("{} flags where {MAX_FLAGS} are allowed", labels.count);
                    return Err(invalid(Invalid::MemberCount, at, message));
                }
                self.labels(labels, &mut members)?;
                Form::Flags
            }
            DefValType::Enum(labels) => {
                self.labels(labels, &mut members)?;
                Form::Enum
            }
            other => self.simple_type(other, &mut members, at)?,
        };
        if members.is_empty() && !matches!(form, Form::Own(_) | Form::Borrow(_)) {
            return Err(no_member(form, at));
        }
        let ty = ValType::Defined(self.types.intern(Made { form, members: &members })?);
        self.check_facts(self.types.facts(ty), at)?;
        if self.types.layout(ty, AddrType::I64).size >= MAX_VALUE_SIZE {
            return Err(invalid(Invalid::ValueTooLarge, at, format_args!("2^28 bytes or more with 64-bit pointers")));
        }
        Ok(ty)
    }

    /// A value type without list of members.
    fn simple_type(&mut self, ty: DefValType<'b>, members: &mut Vec<Member>, at: u32) -> Result<Form> {
        let (form, types) = match ty {
            DefValType::List(ty) => (Form::List, [Some(Some(ty)), None]),
            DefValType::FixedLengthList(ty, len) => {
                self.options.require(Features::CM_FIXED_LENGTH_LISTS, "a list of fixed length", at)?;
                if len == 0 {
                    return Err(no_member(Form::FixedLengthList(0), at));
                }
                (Form::FixedLengthList(len), [Some(Some(ty)), None])
            }
            DefValType::Option(ty) => (Form::Option, [Some(None), Some(Some(ty))]),
            DefValType::Result { ok, err } => (Form::Result, [Some(ok), Some(err)]),
            DefValType::Own(index) => (Form::Own(self.resource_type(index, at)?), [None; 2]),
            DefValType::Borrow(index) => (Form::Borrow(self.resource_type(index, at)?), [None; 2]),
            DefValType::Stream(ty) => {
                self.options.require(Features::CM_ASYNC, "a stream", at)?;
                (Form::Stream, [Some(ty), None])
            }
            DefValType::Future(ty) => {
                self.options.require(Features::CM_ASYNC, "a future", at)?;
                (Form::Future, [Some(ty), None])
            }
            DefValType::Map(key, value) => {
                self.options.require(Features::CM_MAP, "a map", at)?;
                (Form::Map, [Some(Some(key)), Some(Some(value))])
            }
            _ => return Err(invalid(Invalid::NotThatType, at, format_args!("a type with members"))),
        };
        for ty in types.into_iter().flatten() {
            members.push(Member::of(self.optional(ty, at)?))?;
        }
        let first = members.first().and_then(|member| member.ty);
        match (form, first) {
            // What a stream or future carries: nothing that could outlive its call.
            (Form::Stream, Some(ValType::Primitive(PrimValType::Char))) => {
                return Err(invalid(Invalid::NotThatType, at, format_args!("`stream<char>` is not allowed")));
            }
            (Form::Stream, Some(ty)) => self.check_no_borrow(ty, "a stream", at)?,
            (Form::Future, Some(ty)) => self.check_no_borrow(ty, "a future", at)?,
            (Form::Map, Some(key)) if !is_key_type(key) => {
                return Err(invalid(Invalid::NotThatType, at, format_args!("not a type for keys of a map")));
            }
            _ => {}
        }
        Ok(form)
    }

    pub(super) fn check_no_borrow(&self, ty: ValType, what: &str, at: u32) -> Result<()> {
        if self.types.facts(ty).mentions.contains(Mentions::BORROW) {
            return Err(invalid(Invalid::BorrowEscapes, at, format_args!("{what} contains a `borrow`")));
        }
        Ok(())
    }

    fn fields(&mut self, list: Encoded<'b, LabelValType<'b>>, members: &mut Vec<Member>) -> Result<()> {
        let mut names = Labels::default();
        self.each(list, |judge, field, at| {
            let name = judge.label(field.label, &mut names, at)?;
            Ok(members.push(Member { name, ty: Some(judge.val_type(field.ty, at)?) })?)
        })
    }

    fn labels(&mut self, list: Encoded<'b, Label<'b>>, members: &mut Vec<Member>) -> Result<()> {
        let mut names = Labels::default();
        self.each(list, |judge, label, at| {
            Ok(members.push(Member { name: judge.label(label.0, &mut names, at)?, ty: None })?)
        })
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
        let mut members = Vec::new();
        self.fields(ty.params, &mut members)?;
        let result = self.optional(ty.result, at)?;
        if let Some(result) = result {
            self.check_no_borrow(result, "a function's result", at)?;
        }
        members.push(Member::of(result))?;
        let form = Form::Func { is_async: ty.is_async };
        let id = FuncTypeId::new(self.types.intern(Made { form, members: &members })?.raw());
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
        self.scope.local.push((id, ty.rep))?;
        Ok(id)
    }
}

#[cold]
fn no_member(form: Form, at: u32) -> Error {
    let what = match form {
        Form::Record => "a record",
        Form::Variant => "a variant",
        Form::Tuple => "a tuple",
        Form::Flags => "flags",
        Form::Enum => "an enum",
        _ => "a list of fixed length",
    };
    invalid(Invalid::MemberCount, at, format_args!("{what} has at least one member"))
}

/// Labels of one type.
type Labels<'b> = Map<&'b str, ()>;

/// `keytype` (🗺️)
fn is_key_type(ty: ValType) -> bool {
    use PrimValType::{ErrorContext, F32, F64};
    matches!(ty, ValType::Primitive(ty) if !matches!(ty, F32 | F64 | ErrorContext))
}
