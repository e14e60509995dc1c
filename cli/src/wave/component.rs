//! Component values and types as `wasm-wave` sees them.

use crate::wit::Wit;
use std::borrow::Cow;
use wasm_wave::wasm::{WasmType, WasmTypeKind, WasmValue, WasmValueError};
use windlass::component::Val;
use windlass::component::types::Type;
use windlass::support::{self, OutOfMemory};
use windlass::types::component::{Defined, Members, NameId, PrimValType, ValType};

/// A value type of a component.
#[derive(Clone)]
pub struct WaveType(pub Type);

/// A value of a component.
#[derive(Debug)]
pub struct WaveVal(pub Val);

impl WaveType {
    fn other(&self, ty: ValType) -> Self {
        WaveType(self.0.part(ty))
    }

    fn optional(&self, ty: Option<ValType>) -> Option<Self> {
        ty.map(|ty| self.other(ty))
    }

    fn name(&self, id: NameId) -> Cow<'_, str> {
        Cow::Borrowed(self.0.label(id))
    }

    fn labels(&self) -> Members<'_, NameId> {
        match self.0.defined() {
            Some(Defined::Enum(labels) | Defined::Flags(labels)) => labels,
            _ => Members::NONE,
        }
    }

    fn has_label(&self, label: &str) -> Result<(), WasmValueError> {
        match self.labels().iter().any(|known| self.0.label(known) == label) {
            true => Ok(()),
            false => Err(WasmValueError::UnknownCase(label.to_owned())),
        }
    }
}

impl WasmType for WaveType {
    fn kind(&self) -> WasmTypeKind {
        let primitive = match self.0.id() {
            ValType::Primitive(primitive) => primitive,
            ValType::Defined(_) => return self.0.defined().map_or(WasmTypeKind::Unsupported, kind_of_defined),
        };
        match primitive {
            PrimValType::Bool => WasmTypeKind::Bool,
            PrimValType::S8 => WasmTypeKind::S8,
            PrimValType::U8 => WasmTypeKind::U8,
            PrimValType::S16 => WasmTypeKind::S16,
            PrimValType::U16 => WasmTypeKind::U16,
            PrimValType::S32 => WasmTypeKind::S32,
            PrimValType::U32 => WasmTypeKind::U32,
            PrimValType::S64 => WasmTypeKind::S64,
            PrimValType::U64 => WasmTypeKind::U64,
            PrimValType::F32 => WasmTypeKind::F32,
            PrimValType::F64 => WasmTypeKind::F64,
            PrimValType::Char => WasmTypeKind::Char,
            PrimValType::String => WasmTypeKind::String,
            PrimValType::ErrorContext => WasmTypeKind::Unsupported,
        }
    }

    fn list_element_type(&self) -> Option<Self> {
        match self.0.defined()? {
            Defined::List(ty) | Defined::FixedLengthList(ty, _) => Some(self.other(ty)),
            _ => None,
        }
    }

    fn record_fields(&self) -> Box<dyn Iterator<Item = (Cow<'_, str>, Self)> + '_> {
        let fields = match self.0.defined() {
            Some(Defined::Record(fields)) => fields,
            _ => Members::NONE,
        };
        Box::new(fields.iter().map(|field| (self.name(field.name), self.other(field.ty))))
    }

    fn tuple_element_types(&self) -> Box<dyn Iterator<Item = Self> + '_> {
        let types = match self.0.defined() {
            Some(Defined::Tuple(types)) => types,
            _ => Members::NONE,
        };
        Box::new(types.iter().map(|ty| self.other(ty)))
    }

    fn variant_cases(&self) -> Box<dyn Iterator<Item = (Cow<'_, str>, Option<Self>)> + '_> {
        let cases = match self.0.defined() {
            Some(Defined::Variant(cases)) => cases,
            _ => Members::NONE,
        };
        Box::new(cases.iter().map(|case| (self.name(case.name), self.optional(case.ty))))
    }

    fn enum_cases(&self) -> Box<dyn Iterator<Item = Cow<'_, str>> + '_> {
        Box::new(self.labels().iter().map(|label| self.name(label)))
    }

    fn option_some_type(&self) -> Option<Self> {
        match self.0.defined()? {
            Defined::Option(ty) => Some(self.other(ty)),
            _ => None,
        }
    }

    fn result_types(&self) -> Option<(Option<Self>, Option<Self>)> {
        match self.0.defined()? {
            Defined::Result { ok, err } => Some((self.optional(ok), self.optional(err))),
            _ => None,
        }
    }

    fn flags_names(&self) -> Box<dyn Iterator<Item = Cow<'_, str>> + '_> {
        self.enum_cases()
    }

    fn map_key_value_types(&self) -> Option<(Self, Self)> {
        match self.0.defined()? {
            Defined::Map(key, value) => Some((self.other(key), self.other(value))),
            _ => None,
        }
    }
}

/// In the form of WIT, handles included.
impl std::fmt::Display for WaveType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&Wit::new(self.0.image()).value(self.0.id()))
    }
}

fn kind_of_defined(defined: Defined<'_>) -> WasmTypeKind {
    match defined {
        Defined::Record(_) => WasmTypeKind::Record,
        Defined::Variant(_) => WasmTypeKind::Variant,
        Defined::List(_) => WasmTypeKind::List,
        Defined::Tuple(_) => WasmTypeKind::Tuple,
        Defined::Flags(_) => WasmTypeKind::Flags,
        Defined::Enum(_) => WasmTypeKind::Enum,
        Defined::Option(_) => WasmTypeKind::Option,
        Defined::Result { .. } => WasmTypeKind::Result,
        Defined::Map(..) => WasmTypeKind::Map,
        // `wasm-wave` reads no list of a fixed length, and handles have no text.
        Defined::FixedLengthList(..) | Defined::Own(_) | Defined::Borrow(_) => WasmTypeKind::Unsupported,
        Defined::Stream(_) | Defined::Future(_) => WasmTypeKind::Unsupported,
    }
}

/// The command gives up where its own memory ends, as any program of the standard library does.
fn have<T>(made: Result<T, OutOfMemory>) -> T {
    made.expect("no memory left")
}

fn text(text: &str) -> support::String {
    have(support::String::from_text(text))
}

fn boxed(val: Option<WaveVal>) -> Option<support::Box<Val>> {
    val.map(|val| have(support::Box::new(val.0)))
}

fn all(vals: impl IntoIterator<Item = WaveVal>) -> support::Vec<Val> {
    vals.into_iter().map(|val| val.0).collect::<Vec<_>>().into()
}

fn owned<'a>(val: &Val) -> Cow<'a, WaveVal> {
    Cow::Owned(WaveVal(have(val.try_clone())))
}

fn payload<'a>(val: &Option<support::Box<Val>>) -> Option<Cow<'a, WaveVal>> {
    val.as_ref().map(|val| owned(val))
}

impl Clone for WaveVal {
    fn clone(&self) -> Self {
        WaveVal(have(self.0.try_clone()))
    }
}

/// `wasm-wave` asks a value only for what its kind has.
macro_rules! primitives {
    ($($make:ident $unwrap:ident $Variant:ident $Type:ty;)+) => { $(
        fn $make(val: $Type) -> Self {
            WaveVal(Val::$Variant(val))
        }

        fn $unwrap(&self) -> $Type {
            match &self.0 {
                Val::$Variant(val) => *val,
                other => unreachable!("{} is not what was asked for", other.kind()),
            }
        }
    )+ };
}

impl WasmValue for WaveVal {
    type Type = WaveType;

    fn kind(&self) -> WasmTypeKind {
        match &self.0 {
            Val::Bool(_) => WasmTypeKind::Bool,
            Val::S8(_) => WasmTypeKind::S8,
            Val::U8(_) => WasmTypeKind::U8,
            Val::S16(_) => WasmTypeKind::S16,
            Val::U16(_) => WasmTypeKind::U16,
            Val::S32(_) => WasmTypeKind::S32,
            Val::U32(_) => WasmTypeKind::U32,
            Val::S64(_) => WasmTypeKind::S64,
            Val::U64(_) => WasmTypeKind::U64,
            Val::Float32(_) => WasmTypeKind::F32,
            Val::Float64(_) => WasmTypeKind::F64,
            Val::Char(_) => WasmTypeKind::Char,
            Val::String(_) => WasmTypeKind::String,
            Val::List(_) => WasmTypeKind::List,
            Val::Map(_) => WasmTypeKind::Map,
            Val::Record(_) => WasmTypeKind::Record,
            Val::Tuple(_) => WasmTypeKind::Tuple,
            Val::Variant(..) => WasmTypeKind::Variant,
            Val::Enum(_) => WasmTypeKind::Enum,
            Val::Option(_) => WasmTypeKind::Option,
            Val::Result(_) => WasmTypeKind::Result,
            Val::Flags(_) => WasmTypeKind::Flags,
            _ => WasmTypeKind::Unsupported,
        }
    }

    primitives! {
        make_bool unwrap_bool Bool bool;
        make_s8 unwrap_s8 S8 i8;
        make_s16 unwrap_s16 S16 i16;
        make_s32 unwrap_s32 S32 i32;
        make_s64 unwrap_s64 S64 i64;
        make_u8 unwrap_u8 U8 u8;
        make_u16 unwrap_u16 U16 u16;
        make_u32 unwrap_u32 U32 u32;
        make_u64 unwrap_u64 U64 u64;
        make_f32 unwrap_f32 Float32 f32;
        make_f64 unwrap_f64 Float64 f64;
        make_char unwrap_char Char char;
    }

    fn make_string(val: Cow<str>) -> Self {
        WaveVal(Val::String(text(&val)))
    }

    fn make_list(_: &WaveType, vals: impl IntoIterator<Item = Self>) -> Result<Self, WasmValueError> {
        Ok(WaveVal(Val::List(all(vals))))
    }

    fn make_record<'a>(
        ty: &WaveType,
        fields: impl IntoIterator<Item = (&'a str, Self)>,
    ) -> Result<Self, WasmValueError> {
        let mut given: Vec<(&str, Self)> = fields.into_iter().collect();
        let mut record = Vec::new();
        for (name, _) in ty.record_fields() {
            let at = given.iter().position(|(field, _)| *field == name);
            let at = at.ok_or_else(|| WasmValueError::MissingField(name.to_string()))?;
            record.push((text(&name), given.swap_remove(at).1.0));
        }
        match given.first() {
            None => Ok(WaveVal(Val::Record(record.into()))),
            Some((name, _)) => Err(WasmValueError::UnknownField((*name).to_owned())),
        }
    }

    fn make_tuple(ty: &WaveType, vals: impl IntoIterator<Item = Self>) -> Result<Self, WasmValueError> {
        let (vals, want) = (all(vals), ty.tuple_element_types().count());
        match vals.len() == want {
            true => Ok(WaveVal(Val::Tuple(vals))),
            false => Err(WasmValueError::WrongNumberOfTupleValues { want, got: vals.len() }),
        }
    }

    fn make_variant(ty: &WaveType, case: &str, val: Option<Self>) -> Result<Self, WasmValueError> {
        let found = ty.variant_cases().find(|(name, _)| name == case);
        match (found, &val) {
            (None, _) => Err(WasmValueError::UnknownCase(case.to_owned())),
            (Some((_, Some(_))), None) => Err(WasmValueError::MissingPayload(case.to_owned())),
            (Some((_, None)), Some(_)) => Err(WasmValueError::UnexpectedPayload(case.to_owned())),
            _ => Ok(WaveVal(Val::Variant(text(case), boxed(val)))),
        }
    }

    fn make_enum(ty: &WaveType, case: &str) -> Result<Self, WasmValueError> {
        ty.has_label(case)?;
        Ok(WaveVal(Val::Enum(text(case))))
    }

    fn make_option(_: &WaveType, val: Option<Self>) -> Result<Self, WasmValueError> {
        Ok(WaveVal(Val::Option(boxed(val))))
    }

    fn make_result(_: &WaveType, val: Result<Option<Self>, Option<Self>>) -> Result<Self, WasmValueError> {
        Ok(WaveVal(Val::Result(val.map(boxed).map_err(boxed))))
    }

    fn make_flags<'a>(ty: &WaveType, names: impl IntoIterator<Item = &'a str>) -> Result<Self, WasmValueError> {
        let set = names.into_iter().map(|name| ty.has_label(name).map(|()| text(name)));
        Ok(WaveVal(Val::Flags(set.collect::<Result<Vec<_>, _>>()?.into())))
    }

    fn make_map(_: &WaveType, entries: impl IntoIterator<Item = (Self, Self)>) -> Result<Self, WasmValueError> {
        let entries: Vec<(Val, Val)> = entries.into_iter().map(|(key, value)| (key.0, value.0)).collect();
        Ok(WaveVal(Val::Map(entries.into())))
    }

    fn unwrap_string(&self) -> Cow<'_, str> {
        match &self.0 {
            Val::String(text) => Cow::Borrowed(text.as_str()),
            _ => Cow::Borrowed(""),
        }
    }

    fn unwrap_list(&self) -> Box<dyn Iterator<Item = Cow<'_, Self>> + '_> {
        match &self.0 {
            Val::List(items) | Val::Tuple(items) => Box::new(items.iter().map(owned)),
            _ => Box::new(std::iter::empty()),
        }
    }

    fn unwrap_record(&self) -> Box<dyn Iterator<Item = (Cow<'_, str>, Cow<'_, Self>)> + '_> {
        match &self.0 {
            Val::Record(fields) => {
                Box::new(fields.iter().map(|(name, val)| (Cow::Borrowed(name.as_str()), owned(val))))
            }
            _ => Box::new(std::iter::empty()),
        }
    }

    fn unwrap_tuple(&self) -> Box<dyn Iterator<Item = Cow<'_, Self>> + '_> {
        self.unwrap_list()
    }

    fn unwrap_variant(&self) -> (Cow<'_, str>, Option<Cow<'_, Self>>) {
        match &self.0 {
            Val::Variant(case, val) => (Cow::Borrowed(case.as_str()), payload(val)),
            _ => (Cow::Borrowed(""), None),
        }
    }

    fn unwrap_enum(&self) -> Cow<'_, str> {
        match &self.0 {
            Val::Enum(case) => Cow::Borrowed(case.as_str()),
            _ => Cow::Borrowed(""),
        }
    }

    fn unwrap_option(&self) -> Option<Cow<'_, Self>> {
        match &self.0 {
            Val::Option(val) => payload(val),
            _ => None,
        }
    }

    fn unwrap_result(&self) -> Result<Option<Cow<'_, Self>>, Option<Cow<'_, Self>>> {
        match &self.0 {
            Val::Result(Err(val)) => Err(payload(val)),
            Val::Result(Ok(val)) => Ok(payload(val)),
            _ => Ok(None),
        }
    }

    fn unwrap_flags(&self) -> Box<dyn Iterator<Item = Cow<'_, str>> + '_> {
        match &self.0 {
            Val::Flags(names) => Box::new(names.iter().map(|name| Cow::Borrowed(name.as_str()))),
            _ => Box::new(std::iter::empty()),
        }
    }

    fn unwrap_map(&self) -> Box<dyn Iterator<Item = (Cow<'_, Self>, Cow<'_, Self>)> + '_> {
        match &self.0 {
            Val::Map(entries) => Box::new(entries.iter().map(|(key, value)| (owned(key), owned(value)))),
            _ => Box::new(std::iter::empty()),
        }
    }
}
