//! Single values of the host, once it is known what they are, and lists (`CanonicalABI.md`, Storing).
//!
//! The host's values were checked against their types before.

use super::context::{Cx, Side};
use super::handle;
use super::lower_flat::{Sink, lower, lower_items};
use super::step::Parts;
use super::string::{LoadedString, StringPlaces, store_string_into_range};
use super::val::{ResourceAny, Val};
use crate::error::{Error, Result, bug};
use crate::syntax::Features;
use crate::types::component::{Defined, Members, NameId, PrimValType, ValType};

/// A value of another type than was checked.
#[cold]
pub fn mismatch() -> Error {
    bug!("a value of another type than was checked").into()
}

/// `match_case`
pub fn match_case<'v>(side: &Side<'_>, value: &'v Val, defined: Defined<'_>) -> Result<(u32, Option<&'v Val>)> {
    let find = |names: &mut dyn Iterator<Item = NameId>, label: &str| {
        (0..).zip(names).find(|(_, name)| side.label(*name) == label).map(|(at, _)| at).ok_or_else(mismatch)
    };
    Ok(match (defined, value) {
        (Defined::Variant(cases), Val::Variant(label, payload)) => {
            (find(&mut cases.iter().map(|case| case.name), label)?, payload.as_deref())
        }
        (Defined::Enum(labels), Val::Enum(label)) => (find(&mut labels.iter(), label)?, None),
        (Defined::Option(_), Val::Option(payload)) => (u32::from(payload.is_some()), payload.as_deref()),
        (Defined::Result { .. }, Val::Result(Ok(payload))) => (0, payload.as_deref()),
        (Defined::Result { .. }, Val::Result(Err(payload))) => (1, payload.as_deref()),
        _ => return Err(mismatch()),
    })
}

/// `pack_flags_into_int`
pub fn lower_flags(side: &Side<'_>, labels: Members<'_, NameId>, set: &[crate::support::String]) -> u64 {
    let set_bit = |(at, label): (usize, NameId)| {
        let is_set = set.iter().any(|name| name.as_str() == side.label(label));
        u64::from(is_set) << at
    };
    labels.iter().enumerate().map(set_bit).fold(0, |bits, bit| bits | bit)
}

/// `lower_own` and `lower_borrow`, from the host.
pub fn lower_handle(cx: &mut Cx<'_>, side: &Side<'_>, any: ResourceAny, defined: Defined<'_>) -> Result<u32> {
    match defined {
        Defined::Own(ty) => {
            let lifted = handle::take_own(cx, side, any, ty)?;
            handle::lower_own(cx, side, lifted)
        }
        Defined::Borrow(ty) => {
            let lifted = handle::take_borrow(cx, side, any, ty)?;
            handle::lower_borrow(cx, side, lifted)
        }
        _ => Err(mismatch()),
    }
}

/// A string of the host on its way into a memory.
struct HostString<'c, 'a, 't, 's> {
    cx: &'c mut Cx<'a>,
    side: &'c Side<'t>,
    bytes: &'s [u8],
}

impl StringPlaces for HostString<'_, '_, '_, '_> {
    fn reallocate(&mut self, old: u64, old_size: u32, align: u32, new_size: u32) -> Result<u64> {
        self.cx.reallocate(self.side, old, old_size, align, new_size)
    }

    fn memories(&mut self) -> Result<(&[u8], &mut [u8])> {
        Ok((self.bytes, self.cx.memory_mut(self.side)?))
    }
}

/// `store_string_into_range`, from text of the host.
pub fn store_string(cx: &mut Cx<'_>, side: &Side<'_>, value: &Val) -> Result<(u64, u64)> {
    let Val::String(text) = value else { return Err(mismatch()) };
    store_text(cx, side, text)
}

/// `store_string_into_range`, from text of the host.
pub fn store_text(cx: &mut Cx<'_>, side: &Side<'_>, text: &str) -> Result<(u64, u64)> {
    let (encoding, tag) = (side.encoding(), side.utf16_tag());
    cx.charge_copy(text.len() as u64);
    let mut places = HostString { cx, side, bytes: text.as_bytes() };
    store_string_into_range(&mut places, LoadedString::host(text)?, encoding, tag)
}

/// `store_list_into_range`
pub fn store_list_into_range(cx: &mut Cx<'_>, side: &Side<'_>, items: &[Val], elem: ValType) -> Result<(u64, u64)> {
    let layout = side.layout(elem);
    let ptr = cx.allocate(side, layout.align, list_size(items.len(), layout.size)?)?;
    lower_items(cx, side, items, elem, &mut Sink::Memory(ptr))?;
    Ok((ptr, items.len() as u64))
}

/// Bytes of a list of the host: what a guest could not give away either is refused.
pub fn list_size(len: usize, elem: u32) -> Result<u32> {
    let bytes = (len as u64).saturating_mul(u64::from(elem));
    match u32::try_from(bytes) {
        Ok(bytes) if bytes < 1 << 28 => Ok(bytes),
        _ => Err(crate::error::Trap::ListTooLong { bytes }.into()),
    }
}

/// `store_list_into_range` of a map, which is a list of pairs.
pub fn store_map_into_range(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    entries: &[(Val, Val)],
    map: Defined<'_>,
    (key, value): (ValType, ValType),
) -> Result<(u64, u64)> {
    if !Features::JUDGED.contains(Features::CM_MAP) {
        return Err(super::load::unsupported(Features::CM_MAP));
    }
    let pair = side.parts_layout(Parts::Members(map));
    let ptr = cx.allocate(side, pair.align, list_size(entries.len(), pair.size)?)?;
    let mut to = Sink::Memory(ptr);
    for entry in entries {
        let end = to.begin(pair);
        lower(cx, side, &entry.0, key, &mut to)?;
        lower(cx, side, &entry.1, value, &mut to)?;
        to.end(end)?;
    }
    Ok((ptr, entries.len() as u64))
}

/// A primitive value, no string, in its flat form.
pub fn lower_primitive(value: &Val) -> Result<u64> {
    Ok(match *value {
        Val::Bool(v) => u64::from(v),
        Val::U8(v) => u64::from(v),
        Val::S8(v) => u64::from(i32::from(v) as u32),
        Val::U16(v) => u64::from(v),
        Val::S16(v) => u64::from(i32::from(v) as u32),
        Val::U32(v) => u64::from(v),
        Val::S32(v) => u64::from(v as u32),
        Val::U64(v) => v,
        Val::S64(v) => v as u64,
        Val::Float32(v) => super::load::normalize(PrimValType::F32, u64::from(v.to_bits()))?,
        Val::Float64(v) => super::load::normalize(PrimValType::F64, v.to_bits())?,
        Val::Char(v) => u64::from(u32::from(v)),
        _ => return Err(mismatch()),
    })
}
