//! Values out of linear memory or core parameters and results, for the host (`CanonicalABI.md`, Loading;
//! Flat Lifting; Lifting and Lowering Values).
//!
//! `load` and `lift_flat` are one walk over a type here: both go from one value to the next, and a [`Source`] says where.
//!
//! Slots hold bits, so that reinterpreting and wrapping (`CoerceValueIter`) come down to reading
//! as many low bits as the wanted type has.

use super::context::{Cx, Side, align_to};
use super::load::{
    build_variant, case_payload, in_case, lift_async_value, lift_error_context, lift_flags, lift_handle,
    lift_primitive, load_list_from_range, load_map_from_range, load_string,
};
use super::step::{Parts, Step};
use super::val::Val;
use crate::error::{Result, bug};
use crate::support::{String, Vec};
use crate::syntax::AddrType;
use crate::types::component::{Defined, PrimValType, ValType};
use crate::types::layout::{Layout, flags_size};

/// `CoreValueIter`: core values from the first to the last.
#[derive(Clone, Copy, Debug)]
pub struct FlatIn<'a> {
    slots: &'a [u64],
}

impl<'a> FlatIn<'a> {
    /// Values in `slots`.
    pub const fn new(slots: &'a [u64]) -> Self {
        Self { slots }
    }

    /// The next value, all of its slot.
    #[inline]
    pub fn take(&mut self) -> Result<u64> {
        let (first, rest) = self.slots.split_first().ok_or_else(|| bug!("fewer core values than the type has"))?;
        self.slots = rest;
        Ok(*first)
    }

    /// The next value, a pointer or length of a side.
    pub fn take_pointer(&mut self, side: &Side<'_>) -> Result<u64> {
        let slot = self.take()?;
        Ok(match side.opts.pointer() {
            AddrType::I32 => slot & 0xFFFF_FFFF,
            AddrType::I64 => slot,
        })
    }

    /// Passes over values.
    pub fn skip(&mut self, count: usize) {
        self.slots = self.slots.get(count..).unwrap_or_default();
    }

    /// How many values are left.
    pub const fn left(&self) -> usize {
        self.slots.len()
    }
}

/// Where values are lifted from, one after the other.
#[derive(Clone, Copy, Debug)]
pub enum Source<'f> {
    /// Core values.
    Flat(FlatIn<'f>),
    /// Bytes of the side's memory, from an address on. It is as far as a value ends, or within a padding.
    Memory(u64),
}

impl Source<'_> {
    /// A number, which has `size` bytes in memory (`load_int`); high bits of core values are as they are.
    #[inline]
    pub fn take(&mut self, cx: &Cx<'_>, side: &Side<'_>, size: u32) -> Result<u64> {
        match self {
            Source::Flat(flat) => flat.take(),
            Source::Memory(at) => {
                let ptr = align_to(*at, size);
                *at = ptr + u64::from(size);
                cx.load_int(side, ptr, size)
            }
        }
    }

    /// A pointer and a length.
    #[cfg_attr(crossings, inline)]
    pub fn take_pair(&mut self, cx: &Cx<'_>, side: &Side<'_>) -> Result<(u64, u64)> {
        match self {
            Source::Flat(flat) => Ok((flat.take_pointer(side)?, flat.take_pointer(side)?)),
            Source::Memory(at) => {
                let size = side.pointer_size();
                let ptr = align_to(*at, size);
                *at = ptr + 2 * u64::from(size);
                cx.load_pair(side, ptr)
            }
        }
    }

    /// Goes to where a value of several parts begins; returns where it ends.
    #[inline]
    pub fn begin(&mut self, layout: Layout) -> Self {
        self.align(layout.align);
        let mut end = *self;
        match &mut end {
            Source::Flat(flat) => flat.skip(layout.flat.count() as usize),
            Source::Memory(at) => *at += u64::from(layout.size),
        }
        end
    }

    /// Passes over padding, which there is in memory only.
    #[inline]
    pub fn align(&mut self, align: u32) {
        if let Source::Memory(at) = self {
            *at = align_to(*at, align);
        }
    }
}

/// `load` and `lift_flat`. Types are nested no deeper than `Limits::nesting_depth`, and so is this recursion.
pub fn lift(cx: &mut Cx<'_>, side: &Side<'_>, from: &mut Source<'_>, ty: ValType) -> Result<Val> {
    match ty {
        ValType::Primitive(PrimValType::String) => {
            let (ptr, units) = from.take_pair(cx, side)?;
            load_string(cx, side, ptr, units)
        }
        ValType::Primitive(PrimValType::ErrorContext) => {
            let index = from.take(cx, side, 4)? as u32;
            lift_error_context(cx, side, index)
        }
        ValType::Primitive(ty) => {
            let bits = from.take(cx, side, ty.size())?;
            lift_primitive(cx, ty, bits)
        }
        ValType::Defined(id) => {
            let layout = side.layout(ty);
            let end = from.begin(layout);
            let value = lift_defined(cx, side, from, layout, side.types().defined(id)?);
            *from = end;
            value
        }
    }
}

fn lift_defined(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    from: &mut Source<'_>,
    layout: Layout,
    defined: Defined<'_>,
) -> Result<Val> {
    match defined {
        Defined::List(elem) => {
            let (ptr, length) = from.take_pair(cx, side)?;
            load_list_from_range(cx, side, ptr, length, elem)
        }
        Defined::Map(key, value) => {
            let (ptr, length) = from.take_pair(cx, side)?;
            load_map_from_range(cx, side, (ptr, length), defined, (key, value))
        }
        Defined::FixedLengthList(elem, len) => {
            cx.take_nodes(1)?;
            lift_items(cx, side, from, u64::from(len), elem).map(Val::List)
        }
        Defined::Record(fields) => {
            cx.take_nodes(1)?;
            let mut values = Vec::with_capacity(fields.len())?;
            for field in fields {
                let value = lift(cx, side, from, field.ty).map_err(|error| Step::Part(field.name).of(error, side))?;
                values.push((String::from_text(side.label(field.name))?, value))?;
            }
            Ok(Val::Record(values))
        }
        Defined::Tuple(_) => {
            cx.take_nodes(1)?;
            lift_parts(cx, side, from, Parts::Members(defined)).map(Val::Tuple)
        }
        Defined::Flags(labels) => {
            let bits = from.take(cx, side, flags_size(labels.len()))?;
            lift_flags(cx, side, bits, labels)
        }
        Defined::Variant(_) | Defined::Enum(_) | Defined::Option(_) | Defined::Result { .. } => {
            lift_variant(cx, side, from, layout, defined)
        }
        Defined::Own(_) | Defined::Borrow(_) => {
            let index = from.take(cx, side, 4)? as u32;
            lift_handle(cx, side, index, defined)
        }
        Defined::Stream(_) | Defined::Future(_) => {
            let index = from.take(cx, side, 4)? as u32;
            lift_async_value(cx, side, index, defined)
        }
    }
}

/// `load_record` of values that have no labels, and the same of core values.
fn lift_parts(cx: &mut Cx<'_>, side: &Side<'_>, from: &mut Source<'_>, parts: Parts<'_>) -> Result<Vec<Val>> {
    let mut values = Vec::with_capacity(parts.len())?;
    for (step, ty) in parts.steps() {
        values.push(lift(cx, side, from, ty).map_err(|error| step.of(error, side))?)?;
    }
    Ok(values)
}

/// `load_list_from_valid_range`, and the same of core values.
pub(super) fn lift_items(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    from: &mut Source<'_>,
    length: u64,
    elem: ValType,
) -> Result<Vec<Val>> {
    // Each element takes one at least, so a list that is too long ends before room is made.
    if u64::from(cx.nodes) < length {
        cx.take_nodes(length)?;
    }
    let mut items = Vec::with_capacity(length as usize)?;
    for at in 0..length {
        let item = lift(cx, side, from, elem);
        items.push(item.map_err(|error| Step::Element(at).of(error, side))?)?;
    }
    Ok(items)
}

/// `load_variant` and `lift_flat_variant`
fn lift_variant(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    from: &mut Source<'_>,
    layout: Layout,
    defined: Defined<'_>,
) -> Result<Val> {
    let layout = layout.of_variant(defined.cases());
    let discriminant = from.take(cx, side, layout.discriminant_size)? as u32;
    let payload = match case_payload(defined, discriminant)? {
        Some(ty) => {
            from.align(layout.whole.align);
            let payload = lift(cx, side, from, ty);
            Some(payload.map_err(|error| in_case(error, side, defined, discriminant))?)
        }
        None => None,
    };
    build_variant(cx, side, defined, discriminant, payload)
}

/// `lift_flat_values`
pub fn lift_flat_values(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    max_flat: u32,
    mut flat: FlatIn<'_>,
    parts: Parts<'_>,
) -> Result<Vec<Val>> {
    let layout = side.parts_layout(parts);
    if !layout.flat.exceeds(max_flat) {
        return lift_parts(cx, side, &mut Source::Flat(flat), parts);
    }
    let ptr = flat.take_pointer(side)?;
    cx.check_pointer(side, ptr, layout)?;
    cx.take_nodes(1)?;
    lift_parts(cx, side, &mut Source::Memory(ptr), parts)
}
