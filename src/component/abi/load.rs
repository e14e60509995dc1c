//! Single values for the host, once it is known what they are, and lists (`CanonicalABI.md`, Loading).

use super::context::{Cx, Side};
use super::handle;
use super::lift_flat::{Source, lift, lift_items};
use super::step::{Parts, Step};
use super::string::{self, LoadedString};
use super::val::{ResourceAny, Val};
use crate::error::{Error, Result, Trap, bug};
use crate::support::{Box, String, Vec};
use crate::syntax::Features;
use crate::types::component::{Defined, Members, NameId, PrimValType, ValType};

/// What a build without the feature has no code for.
#[cold]
pub fn unsupported(feature: Features) -> Error {
    Error::new(crate::error::ErrorKind::Unsupported(feature))
}

/// The type of a case's payload; traps where there is no such case.
pub fn case_payload(defined: Defined<'_>, discriminant: u32) -> Result<Option<ValType>> {
    defined.payload(discriminant).ok_or_else(|| Trap::InvalidDiscriminant { discriminant }.into())
}

/// The same error, with the case whose payload is wrong.
#[cold]
pub fn in_case(error: Error, side: &Side<'_>, defined: Defined<'_>, discriminant: u32) -> Error {
    let step = match (defined, discriminant) {
        (Defined::Variant(cases), _) => cases.get(discriminant as usize).map(|case| Step::Part(case.name)),
        (Defined::Option(_), _) => Some(Step::Some),
        (_, 0) => Some(Step::Ok),
        _ => Some(Step::Err),
    };
    match step {
        Some(step) => step.of(error, side),
        None => error,
    }
}

/// The value of a case that [`case_payload`] found.
pub fn build_variant(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    defined: Defined<'_>,
    discriminant: u32,
    payload: Option<Val>,
) -> Result<Val> {
    cx.take_nodes(1)?;
    let payload = payload.map(Box::new).transpose()?;
    let label = |name: Option<NameId>| String::from_text(name.map_or("", |name| side.label(name)));
    let at = discriminant as usize;
    Ok(match defined {
        Defined::Variant(cases) => Val::Variant(label(cases.get(at).map(|case| case.name))?, payload),
        Defined::Enum(labels) => Val::Enum(label(labels.get(at))?),
        Defined::Option(_) => Val::Option(payload),
        _ if discriminant == 0 => Val::Result(Ok(payload)),
        _ => Val::Result(Err(payload)),
    })
}

/// `unpack_flags_from_int`
pub fn lift_flags(cx: &mut Cx<'_>, side: &Side<'_>, bits: u64, labels: Members<'_, NameId>) -> Result<Val> {
    cx.take_nodes(1)?;
    let mut set = Vec::new();
    for (at, label) in labels.iter().enumerate() {
        if bits >> at & 1 != 0 {
            set.push(String::from_text(side.label(label))?)?;
        }
    }
    Ok(Val::Flags(set))
}

/// `lift_own` and `lift_borrow`, for the host.
pub fn lift_handle(cx: &mut Cx<'_>, side: &Side<'_>, index: u32, defined: Defined<'_>) -> Result<Val> {
    cx.take_nodes(1)?;
    lift_any(cx, side, index, defined).map(Val::Resource)
}

/// `lift_stream` and `lift_future`, for the host.
#[cfg(feature = "component-async")]
pub use super::async_any::lift_end as lift_async_value;

/// Without async functions no component with streams or futures is instantiated.
#[cfg(not(feature = "component-async"))]
pub fn lift_async_value(_: &mut Cx<'_>, _: &Side<'_>, _: u32, _: Defined<'_>) -> Result<Val> {
    Err(unsupported(Features::CM_ASYNC))
}

/// `lift_error_context`, for the host.
#[cfg(feature = "component-async")]
pub use super::async_any::lift_error_context;

/// Without async functions no component with error contexts is instantiated.
#[cfg(not(feature = "component-async"))]
pub fn lift_error_context(_: &mut Cx<'_>, _: &Side<'_>, _: u32) -> Result<Val> {
    Err(unsupported(Features::CM_ASYNC))
}

/// `lift_own` and `lift_borrow`, for the host.
pub fn lift_any(cx: &mut Cx<'_>, side: &Side<'_>, index: u32, defined: Defined<'_>) -> Result<ResourceAny> {
    #[cfg(feature = "text")]
    if cx.peeking {
        return handle::peek(cx, side, index, defined);
    }
    match defined {
        Defined::Own(ty) => {
            let lifted = handle::lift_own(cx, side, index, ty)?;
            handle::give_own(cx, lifted)
        }
        Defined::Borrow(ty) => {
            let lifted = handle::lift_borrow(cx, side, index, ty)?;
            handle::give_borrow(cx, side.task, lifted)
        }
        _ => Err(bug!("a handle of no handle type").into()),
    }
}

/// `load_string_from_range`, as text of the host.
pub fn load_string(cx: &mut Cx<'_>, side: &Side<'_>, ptr: u64, tagged_code_units: u64) -> Result<Val> {
    load_text(cx, side, ptr, tagged_code_units).map(Val::String)
}

/// The same as a string.
pub fn load_text(cx: &mut Cx<'_>, side: &Side<'_>, ptr: u64, tagged_code_units: u64) -> Result<String> {
    let loaded = string::locate_string(cx.memory(side)?, side.encoding(), side.utf16_tag(), ptr, tagged_code_units)?;
    cx.take_nodes(1 + u64::from(loaded.byte_length) / 16)?;
    cx.charge_copy(u64::from(loaded.byte_length));
    text_of(cx.memory(side)?, loaded)
}

/// The text of a string in memory, if it is text.
#[cfg_attr(crossings, inline)]
pub fn text_of(memory: &[u8], loaded: LoadedString) -> Result<String> {
    let bytes = loaded.bytes(memory);
    if loaded.simple == string::SimpleEncoding::Utf8
        && let Ok(text) = core::str::from_utf8(bytes)
    {
        return Ok(String::from_text(text)?);
    }
    string::check_encoding(bytes, loaded.simple)?;
    let mut text = String::new();
    for code in loaded.chars(memory) {
        let code = char::from_u32(code).ok_or(Trap::StringEncoding)?;
        text.push_str(code.encode_utf8(&mut [0; 4]))?;
    }
    Ok(text)
}

/// `load_list_from_range`
pub fn load_list_from_range(cx: &mut Cx<'_>, side: &Side<'_>, ptr: u64, length: u64, elem: ValType) -> Result<Val> {
    cx.check_list(side, ptr, length, side.layout(elem))?;
    cx.take_nodes(1)?;
    lift_items(cx, side, &mut Source::Memory(ptr), length, elem).map(Val::List)
}

/// `load_list_from_range` of a map, which is a list of pairs.
pub fn load_map_from_range(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    (ptr, length): (u64, u64),
    map: Defined<'_>,
    (key, value): (ValType, ValType),
) -> Result<Val> {
    if !Features::JUDGED.contains(Features::CM_MAP) {
        return Err(unsupported(Features::CM_MAP));
    }
    let pair = side.parts_layout(Parts::Members(map));
    cx.check_list(side, ptr, length, pair)?;
    cx.take_nodes(1 + length)?;
    let mut from = Source::Memory(ptr);
    let mut entries = Vec::with_capacity(length as usize)?;
    for _ in 0..length {
        let end = from.begin(pair);
        let key = lift(cx, side, &mut from, key)?;
        entries.push((key, lift(cx, side, &mut from, value)?))?;
        from = end;
    }
    Ok(Val::Map(entries))
}

/// A primitive value, no string, as a flat value that means the same on every side.
#[cfg_attr(target_pointer_width = "32", inline(never))]
#[cfg_attr(not(target_pointer_width = "32"), inline)]
pub fn normalize(ty: PrimValType, bits: u64) -> Result<u64> {
    match ty.normalized(bits) {
        Some(bits) => Ok(bits),
        None if ty == PrimValType::Char => Err(Trap::InvalidChar { code: bits as u32 }.into()),
        None => Err(unsupported(Features::CM_ASYNC)),
    }
}

/// A primitive value, no string, from its flat form.
pub fn lift_primitive(cx: &mut Cx<'_>, ty: PrimValType, bits: u64) -> Result<Val> {
    cx.take_nodes(1)?;
    let bits = normalize(ty, bits)?;
    Ok(match ty {
        PrimValType::Bool => Val::Bool(bits != 0),
        PrimValType::U8 => Val::U8(bits as u8),
        PrimValType::S8 => Val::S8(bits as i8),
        PrimValType::U16 => Val::U16(bits as u16),
        PrimValType::S16 => Val::S16(bits as i16),
        PrimValType::U32 => Val::U32(bits as u32),
        PrimValType::S32 => Val::S32(bits as i32),
        PrimValType::U64 => Val::U64(bits),
        PrimValType::S64 => Val::S64(bits as i64),
        PrimValType::F32 => Val::Float32(f32::from_bits(bits as u32)),
        PrimValType::F64 => Val::Float64(f64::from_bits(bits)),
        PrimValType::Char => Val::Char(char::from_u32(bits as u32).unwrap_or_default()),
        PrimValType::String | PrimValType::ErrorContext => return Err(unsupported(Features::CM_ASYNC)),
    })
}
