//! Values of the host into linear memory or core parameters and results (`CanonicalABI.md`, Storing; Flat Lowering;
//! Lifting and Lowering Values).
//!
//! `store` and `lower_flat` are one walk over a type here: both go from one value to the next, and a [`Sink`] says where.

use super::context::{Cx, Side, align_to};
use super::load::case_payload;
use super::step::Parts;
use super::store::{
    lower_flags, lower_handle, lower_primitive, match_case, mismatch, store_list_into_range, store_map_into_range,
    store_string,
};
use super::val::Val;
use crate::error::{Result, bug};
#[cfg(not(feature = "component-async"))]
use crate::syntax::Features;
use crate::types::component::{Defined, PrimValType, ValType};
use crate::types::flatten::MAX_FLAT_PARAMS;
use crate::types::layout::{Layout, flags_size};

/// Core values that are being put in a row: parameters and a pointer for the results at most.
#[derive(Clone, Copy, Debug)]
pub struct FlatOut {
    slots: [u64; MAX_FLAT_PARAMS as usize + 1],
    len: usize,
}

impl FlatOut {
    /// No values.
    pub const fn new() -> Self {
        Self { slots: [0; MAX_FLAT_PARAMS as usize + 1], len: 0 }
    }

    /// These values.
    pub fn of(slots: &[u64]) -> Result<Self> {
        let mut out = Self::new();
        let place = out.slots.get_mut(..slots.len()).ok_or_else(|| bug!("more core values than a function has"))?;
        place.copy_from_slice(slots);
        out.len = slots.len();
        Ok(out)
    }

    /// Appends a value.
    #[inline]
    pub fn push(&mut self, slot: u64) -> Result<()> {
        let place = self.slots.get_mut(self.len).ok_or_else(|| bug!("more core values than a function has"))?;
        *place = slot;
        self.len += 1;
        Ok(())
    }

    /// Appends zeros until there are `len` values.
    pub fn pad_to(&mut self, len: usize) -> Result<()> {
        while self.len < len {
            self.push(0)?;
        }
        Ok(())
    }

    /// How many values there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// The values, to change.
    #[cfg(crossings)]
    pub fn slots_mut(&mut self) -> &mut [u64] {
        self.slots.get_mut(..self.len).unwrap_or_default()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The values.
    pub fn slots(&self) -> &[u64] {
        self.slots.get(..self.len).unwrap_or_default()
    }
}

impl Default for FlatOut {
    fn default() -> Self {
        Self::new()
    }
}

/// Where values are lowered into, one after the other.
#[derive(Debug)]
pub enum Sink<'f> {
    /// Core values.
    Flat(&'f mut FlatOut),
    /// Bytes of the side's memory, from an address on. It is as far as a value ends, or within a padding.
    Memory(u64),
}

impl Sink<'_> {
    /// A number, which has `size` bytes in memory (`store_int`).
    #[inline]
    pub fn put(&mut self, cx: &mut Cx<'_>, side: &Side<'_>, bits: u64, size: u32) -> Result<()> {
        match self {
            Sink::Flat(out) => out.push(bits),
            Sink::Memory(at) => {
                let ptr = align_to(*at, size);
                *at = ptr + u64::from(size);
                cx.store_int(side, bits, ptr, size)
            }
        }
    }

    /// A pointer and a length.
    pub fn put_pair(&mut self, cx: &mut Cx<'_>, side: &Side<'_>, pair: (u64, u64)) -> Result<()> {
        let size = side.pointer_size();
        self.put(cx, side, pair.0, size)?;
        self.put(cx, side, pair.1, size)
    }

    /// Goes to where a value of several parts begins; returns where it ends, which is for [`end`](Self::end).
    #[inline]
    pub fn begin(&mut self, layout: Layout) -> u64 {
        self.align(layout.align);
        match self {
            Sink::Flat(out) => out.len() as u64 + u64::from(layout.flat.count()),
            Sink::Memory(at) => *at + u64::from(layout.size),
        }
    }

    /// Goes to where a value ends. Core values that a variant's case has not are zeros.
    #[inline]
    pub fn end(&mut self, end: u64) -> Result<()> {
        match self {
            Sink::Flat(out) => out.pad_to(end as usize),
            Sink::Memory(at) => {
                *at = end;
                Ok(())
            }
        }
    }

    /// Passes over padding, which there is in memory only.
    #[inline]
    pub fn align(&mut self, align: u32) {
        if let Sink::Memory(at) = self {
            *at = align_to(*at, align);
        }
    }
}

/// `store` and `lower_flat`. Types are nested no deeper than `Limits::nesting_depth`, and so is this recursion.
pub fn lower(cx: &mut Cx<'_>, side: &Side<'_>, value: &Val, ty: ValType, to: &mut Sink<'_>) -> Result<()> {
    match ty {
        ValType::Primitive(PrimValType::String) => {
            let pair = store_string(cx, side, value)?;
            to.put_pair(cx, side, pair)
        }
        #[cfg(feature = "component-async")]
        ValType::Primitive(PrimValType::ErrorContext) => {
            let index = super::async_any::lower_error_context(cx, side, value)?;
            to.put(cx, side, u64::from(index), 4)
        }
        ValType::Primitive(ty) => to.put(cx, side, lower_primitive(value)?, ty.size()),
        ValType::Defined(id) => {
            let layout = side.layout(ty);
            let end = to.begin(layout);
            lower_defined(cx, side, (value, layout), side.types().defined(id)?, to)?;
            to.end(end)
        }
    }
}

fn lower_defined(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    (value, layout): (&Val, Layout),
    defined: Defined<'_>,
    to: &mut Sink<'_>,
) -> Result<()> {
    match (defined, value) {
        (Defined::List(elem), Val::List(items)) => {
            let pair = store_list_into_range(cx, side, items, elem)?;
            to.put_pair(cx, side, pair)
        }
        (Defined::Map(key, item), Val::Map(entries)) => {
            let pair = store_map_into_range(cx, side, entries, defined, (key, item))?;
            to.put_pair(cx, side, pair)
        }
        (Defined::FixedLengthList(elem, _), Val::List(items)) => lower_items(cx, side, items, elem, to),
        (Defined::Record(fields), Val::Record(values)) => {
            let mut pairs = fields.iter().zip(values);
            pairs.try_for_each(|(field, (_, value))| lower(cx, side, value, field.ty, to))
        }
        (Defined::Tuple(_), Val::Tuple(values)) => lower_parts(cx, side, Parts::Members(defined), values, to),
        (Defined::Flags(labels), Val::Flags(set)) => {
            to.put(cx, side, lower_flags(side, labels, set), flags_size(labels.len()))
        }
        (Defined::Variant(_) | Defined::Enum(_) | Defined::Option(_) | Defined::Result { .. }, _) => {
            lower_variant(cx, side, (value, layout), defined, to)
        }
        (Defined::Own(_) | Defined::Borrow(_), Val::Resource(any)) => {
            let index = lower_handle(cx, side, *any, defined)?;
            to.put(cx, side, u64::from(index), 4)
        }
        #[cfg(feature = "component-async")]
        (Defined::Stream(ty) | Defined::Future(ty), _) => {
            let index = super::async_any::lower_end(cx, side, value, ty)?;
            to.put(cx, side, u64::from(index), 4)
        }
        #[cfg(not(feature = "component-async"))]
        (Defined::Stream(_) | Defined::Future(_), _) => Err(super::load::unsupported(Features::CM_ASYNC)),
        _ => Err(mismatch()),
    }
}

/// `store_record` of values that have no labels, and the same into core values.
fn lower_parts(cx: &mut Cx<'_>, side: &Side<'_>, parts: Parts<'_>, values: &[Val], to: &mut Sink<'_>) -> Result<()> {
    parts.types().zip(values).try_for_each(|(ty, value)| lower(cx, side, value, ty, to))
}

/// `store_list_into_valid_range`, and the same into core values.
pub(super) fn lower_items(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    items: &[Val],
    elem: ValType,
    to: &mut Sink<'_>,
) -> Result<()> {
    items.iter().try_for_each(|item| lower(cx, side, item, elem, to))
}

/// `store_variant` and `lower_flat_variant`
fn lower_variant(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    (value, layout): (&Val, Layout),
    defined: Defined<'_>,
    to: &mut Sink<'_>,
) -> Result<()> {
    let (discriminant, payload) = match_case(side, value, defined)?;
    let layout = layout.of_variant(defined.cases());
    to.put(cx, side, u64::from(discriminant), layout.discriminant_size)?;
    match (case_payload(defined, discriminant)?, payload) {
        (Some(ty), Some(payload)) => {
            to.align(layout.whole.align);
            lower(cx, side, payload, ty, to)
        }
        (None, None) => Ok(()),
        _ => Err(mismatch()),
    }
}

/// `lower_flat_values`; `wanted` is where the caller of a lowered function wants results.
pub fn lower_flat_values(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    max_flat: u32,
    (parts, values): (Parts<'_>, &[Val]),
    wanted: Option<u64>,
    out: &mut FlatOut,
) -> Result<()> {
    let layout = side.parts_layout(parts);
    let mut to = match layout.flat.exceeds(max_flat) {
        true => Sink::Memory(cx.target(side, layout, wanted, out)?),
        false => Sink::Flat(out),
    };
    lower_parts(cx, side, parts, values, &mut to)
}
