//! Component values as the host sees them, and whether they are of a type.

#[cfg(feature = "component-async")]
use super::async_any::{ErrorContextAny, FutureAny, StreamAny};
use super::context::Side;
use crate::component::state::{HostHandle, ResourceTypeId};
use crate::error::{Error, Misuse, Result};
use crate::support::{Box, OutOfMemory, String, Vec};
use crate::types::component::{Defined, Members, NameId, PrimValType, ValType};

/// A component value.
#[derive(Debug)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Val {
    Bool(bool),
    S8(i8),
    U8(u8),
    S16(i16),
    U16(u16),
    S32(i32),
    U32(u32),
    S64(i64),
    U64(u64),
    Float32(f32),
    Float64(f64),
    Char(char),
    String(String),
    List(Vec<Val>),
    Map(Vec<(Val, Val)>),
    Record(Vec<(String, Val)>),
    Tuple(Vec<Val>),
    Variant(String, Option<Box<Val>>),
    Enum(String),
    Option(Option<Box<Val>>),
    Result(core::result::Result<Option<Box<Val>>, Option<Box<Val>>>),
    Flags(Vec<String>),
    Resource(ResourceAny),
    #[cfg(feature = "component-async")]
    Stream(StreamAny),
    #[cfg(feature = "component-async")]
    Future(FutureAny),
    #[cfg(feature = "component-async")]
    ErrorContext(ErrorContextAny),
}

/// A handle to a resource, owned by the host or lent to it for the length of a call.
///
/// An owned one is used up when it is passed to a component as `own`, and must be dropped with
/// `resource_drop` otherwise: only the store can run its destructor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResourceAny {
    pub(crate) handle: HostHandle,
    pub(crate) rt: ResourceTypeId,
    pub(crate) owned: bool,
}

impl ResourceAny {
    /// Whether the host owns the resource.
    pub const fn owned(&self) -> bool {
        self.owned
    }
}

/// Floats are equal when their bits are, so that values can be compared at all; everything else
/// is equal when its parts are. Flags have no order.
impl PartialEq for Val {
    fn eq(&self, other: &Self) -> bool {
        use Val::*;
        match (self, other) {
            (Bool(a), Bool(b)) => a == b,
            (S8(a), S8(b)) => a == b,
            (U8(a), U8(b)) => a == b,
            (S16(a), S16(b)) => a == b,
            (U16(a), U16(b)) => a == b,
            (S32(a), S32(b)) => a == b,
            (U32(a), U32(b)) => a == b,
            (S64(a), S64(b)) => a == b,
            (U64(a), U64(b)) => a == b,
            (Float32(a), Float32(b)) => a.to_bits() == b.to_bits(),
            (Float64(a), Float64(b)) => a.to_bits() == b.to_bits(),
            (Char(a), Char(b)) => a == b,
            (String(a), String(b)) | (Enum(a), Enum(b)) => a == b,
            (List(a), List(b)) | (Tuple(a), Tuple(b)) => a == b,
            (Map(a), Map(b)) => a == b,
            (Record(a), Record(b)) => a == b,
            (Variant(a, x), Variant(b, y)) => a == b && x == y,
            (Option(a), Option(b)) => a == b,
            (Result(a), Result(b)) => a == b,
            (Flags(a), Flags(b)) => a.len() == b.len() && a.iter().all(|label| b.contains(label)),
            (Resource(a), Resource(b)) => a == b,
            #[cfg(feature = "component-async")]
            (Stream(a), Stream(b)) => a == b,
            #[cfg(feature = "component-async")]
            (Future(a), Future(b)) => a == b,
            #[cfg(feature = "component-async")]
            (ErrorContext(a), ErrorContext(b)) => a == b,
            _ => false,
        }
    }
}

impl Val {
    /// A copy.
    pub fn try_clone(&self) -> Result<Val, OutOfMemory> {
        let boxed = |val: &Option<Box<Val>>| -> Result<Option<Box<Val>>, OutOfMemory> {
            val.as_ref().map(|val| val.try_clone().and_then(Box::new)).transpose()
        };
        Ok(match self {
            Val::Bool(v) => Val::Bool(*v),
            Val::S8(v) => Val::S8(*v),
            Val::U8(v) => Val::U8(*v),
            Val::S16(v) => Val::S16(*v),
            Val::U16(v) => Val::U16(*v),
            Val::S32(v) => Val::S32(*v),
            Val::U32(v) => Val::U32(*v),
            Val::S64(v) => Val::S64(*v),
            Val::U64(v) => Val::U64(*v),
            Val::Float32(v) => Val::Float32(*v),
            Val::Float64(v) => Val::Float64(*v),
            Val::Char(v) => Val::Char(*v),
            Val::String(v) => Val::String(v.try_clone()?),
            Val::List(items) => Val::List(clone_all(items)?),
            Val::Tuple(items) => Val::Tuple(clone_all(items)?),
            Val::Map(entries) => {
                let mut copy = Vec::with_capacity(entries.len())?;
                for (key, value) in entries {
                    copy.push((key.try_clone()?, value.try_clone()?))?;
                }
                Val::Map(copy)
            }
            Val::Record(fields) => {
                let mut copy = Vec::with_capacity(fields.len())?;
                for (label, value) in fields {
                    copy.push((label.try_clone()?, value.try_clone()?))?;
                }
                Val::Record(copy)
            }
            Val::Variant(label, payload) => Val::Variant(label.try_clone()?, boxed(payload)?),
            Val::Enum(label) => Val::Enum(label.try_clone()?),
            Val::Option(payload) => Val::Option(boxed(payload)?),
            Val::Result(Ok(payload)) => Val::Result(Ok(boxed(payload)?)),
            Val::Result(Err(payload)) => Val::Result(Err(boxed(payload)?)),
            Val::Flags(labels) => {
                let mut copy = Vec::with_capacity(labels.len())?;
                for label in labels {
                    copy.push(label.try_clone()?)?;
                }
                Val::Flags(copy)
            }
            Val::Resource(any) => Val::Resource(*any),
            #[cfg(feature = "component-async")]
            Val::Stream(any) => Val::Stream(*any),
            #[cfg(feature = "component-async")]
            Val::Future(any) => Val::Future(*any),
            #[cfg(feature = "component-async")]
            Val::ErrorContext(any) => Val::ErrorContext(*any),
        })
    }

    /// The word of WIT for what it is.
    pub const fn kind(&self) -> &'static str {
        match self {
            Val::Bool(_) => "bool",
            Val::S8(_) => "s8",
            Val::U8(_) => "u8",
            Val::S16(_) => "s16",
            Val::U16(_) => "u16",
            Val::S32(_) => "s32",
            Val::U32(_) => "u32",
            Val::S64(_) => "s64",
            Val::U64(_) => "u64",
            Val::Float32(_) => "f32",
            Val::Float64(_) => "f64",
            Val::Char(_) => "char",
            Val::String(_) => "string",
            Val::List(_) => "list",
            Val::Map(_) => "map",
            Val::Record(_) => "record",
            Val::Tuple(_) => "tuple",
            Val::Variant(..) => "variant",
            Val::Enum(_) => "enum",
            Val::Option(_) => "option",
            Val::Result(_) => "result",
            Val::Flags(_) => "flags",
            Val::Resource(_) => "resource",
            #[cfg(feature = "component-async")]
            Val::Stream(_) => "stream",
            #[cfg(feature = "component-async")]
            Val::Future(_) => "future",
            #[cfg(feature = "component-async")]
            Val::ErrorContext(_) => "error-context",
        }
    }

    /// An error unless the value is of that type. Handles are checked where they are lowered.
    /// Types are nested no deeper than `Limits::nesting_depth`, and so is this recursion.
    pub fn check(&self, side: &Side<'_>, ty: ValType) -> Result<()> {
        match ty {
            ValType::Primitive(ty) => self.check_primitive(ty),
            ValType::Defined(id) => self.check_defined(side, side.types().defined(id)?),
        }
    }

    fn check_primitive(&self, ty: PrimValType) -> Result<()> {
        use PrimValType as P;
        #[cfg(feature = "component-async")]
        if let (Val::ErrorContext(_), P::ErrorContext) = (self, ty) {
            return Ok(());
        }
        let fits = matches!(
            (self, ty),
            (Val::Bool(_), P::Bool)
                | (Val::S8(_), P::S8)
                | (Val::U8(_), P::U8)
                | (Val::S16(_), P::S16)
                | (Val::U16(_), P::U16)
                | (Val::S32(_), P::S32)
                | (Val::U32(_), P::U32)
                | (Val::S64(_), P::S64)
                | (Val::U64(_), P::U64)
                | (Val::Float32(_), P::F32)
                | (Val::Float64(_), P::F64)
                | (Val::Char(_), P::Char)
                | (Val::String(_), P::String)
        );
        if fits { Ok(()) } else { Err(self.mismatch(ty.text())) }
    }

    fn check_defined(&self, side: &Side<'_>, defined: Defined<'_>) -> Result<()> {
        let all = |items: &[Val], ty: ValType| items.iter().try_for_each(|item| item.check(side, ty));
        match (self, defined) {
            (Val::List(items), Defined::List(ty)) => all(items, ty),
            (Val::List(items), Defined::FixedLengthList(ty, len)) if items.len() == len as usize => all(items, ty),
            (Val::Map(entries), Defined::Map(key, value)) => {
                entries.iter().try_for_each(|entry| entry.0.check(side, key).and_then(|()| entry.1.check(side, value)))
            }
            (Val::Tuple(items), Defined::Tuple(types)) if items.len() == types.len() => {
                items.iter().zip(types).try_for_each(|(item, ty)| item.check(side, ty))
            }
            (Val::Record(values), Defined::Record(fields)) => {
                if values.len() != fields.len() {
                    return Err(self.mismatch("a record with other fields"));
                }
                values.iter().zip(fields).try_for_each(|((label, value), field)| {
                    let expected = side.label(field.name);
                    if label.as_bytes() != expected.as_bytes() {
                        let message = format_args!("field `{expected}` expected, found `{label}`");
                        return Err(Error::from(Misuse::ArgumentTypes).with_message(message));
                    }
                    value.check(side, field.ty).map_err(|error| error.context(format_args!(".{expected}")))
                })
            }
            (Val::Variant(label, payload), Defined::Variant(cases)) => {
                let case = cases.iter().find(|case| side.label(case.name).as_bytes() == label.as_bytes());
                let case = case.ok_or_else(|| no_label("case", label))?;
                check_payload(payload.as_ref(), side, case.ty).map_err(|error| error.context(format_args!(".{label}")))
            }
            (Val::Enum(label), Defined::Enum(labels)) => has_label(side, labels, label),
            (Val::Flags(set), Defined::Flags(labels)) => {
                set.iter().try_for_each(|label| has_label(side, labels, label))
            }
            (Val::Option(None), Defined::Option(_)) => Ok(()),
            (Val::Option(payload), Defined::Option(ty)) => check_payload(payload.as_ref(), side, Some(ty)),
            (Val::Result(Ok(payload)), Defined::Result { ok, .. }) => check_payload(payload.as_ref(), side, ok),
            (Val::Result(Err(payload)), Defined::Result { err, .. }) => check_payload(payload.as_ref(), side, err),
            (Val::Resource(_), Defined::Own(_) | Defined::Borrow(_)) => Ok(()),
            #[cfg(feature = "component-async")]
            (Val::Stream(_), Defined::Stream(_)) | (Val::Future(_), Defined::Future(_)) => Ok(()),
            (_, defined) => Err(self.mismatch(kind_of(defined))),
        }
    }

    #[cold]
    fn mismatch(&self, expected: &str) -> Error {
        let message = format_args!("expected {expected}, found {}", self.kind());
        Error::from(Misuse::ArgumentTypes).with_message(message)
    }
}

/// Copies of values.
pub fn clone_all(items: &[Val]) -> Result<Vec<Val>, OutOfMemory> {
    let mut copy = Vec::with_capacity(items.len())?;
    for item in items {
        copy.push(item.try_clone()?)?;
    }
    Ok(copy)
}

fn check_payload(payload: Option<&Box<Val>>, side: &Side<'_>, ty: Option<ValType>) -> Result<()> {
    match (payload, ty) {
        (None, None) => Ok(()),
        (Some(payload), Some(ty)) => payload.check(side, ty),
        (Some(payload), None) => Err(payload.mismatch("no payload")),
        (None, Some(_)) => Err(Error::from(Misuse::ArgumentTypes).with_message(format_args!("a payload is missing"))),
    }
}

fn has_label(side: &Side<'_>, labels: Members<'_, NameId>, label: &str) -> Result<()> {
    match labels.iter().any(|known| side.label(known) == label) {
        true => Ok(()),
        false => Err(no_label("label", label)),
    }
}

#[cold]
fn no_label(what: &str, label: &str) -> Error {
    Error::from(Misuse::ArgumentTypes).with_message(format_args!("there is no {what} `{label}`"))
}

/// The word of WIT for a defined type.
pub const fn kind_of(defined: Defined<'_>) -> &'static str {
    match defined {
        Defined::Record(_) => "record",
        Defined::Variant(_) => "variant",
        Defined::List(_) | Defined::FixedLengthList(..) => "list",
        Defined::Tuple(_) => "tuple",
        Defined::Flags(_) => "flags",
        Defined::Enum(_) => "enum",
        Defined::Option(_) => "option",
        Defined::Result { .. } => "result",
        Defined::Own(_) => "own",
        Defined::Borrow(_) => "borrow",
        Defined::Stream(_) => "stream",
        Defined::Future(_) => "future",
        Defined::Map(..) => "map",
    }
}
