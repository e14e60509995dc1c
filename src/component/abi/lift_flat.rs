//! Values out of core parameters and results, for the host (`CanonicalABI.md`, Flat Lifting;
//! Lifting and Lowering Values).
//!
//! Slots hold bits, so that reinterpreting and wrapping (`CoerceValueIter`) come down to reading
//! as many low bits as the wanted type has.

use super::context::{Cx, Side};
use super::load::{
    build_variant, case_payload, in_case, lift_async_value, lift_error_context, lift_flags, lift_handle,
    lift_primitive, load_list_from_range, load_map_from_range, load_string, load_tuple,
};
use super::step::Step;
use super::val::Val;
use crate::error::{Result, bug};
use crate::support::{String, Vec};
use crate::syntax::AddrType;
use crate::types::component::{Defined, PrimValType, ValType};
use crate::types::flatten::Flat;

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

/// `lift_flat`. Types are nested no deeper than `Limits::nesting_depth`, and so is this recursion.
pub fn lift_flat(cx: &mut Cx<'_>, side: &Side<'_>, flat: &mut FlatIn<'_>, ty: ValType) -> Result<Val> {
    match ty {
        ValType::Primitive(PrimValType::String) => {
            let ptr = flat.take_pointer(side)?;
            let units = flat.take_pointer(side)?;
            load_string(cx, side, ptr, units)
        }
        ValType::Primitive(PrimValType::ErrorContext) => {
            let index = flat.take()? as u32;
            lift_error_context(cx, side, index)
        }
        ValType::Primitive(ty) => lift_primitive(cx, ty, flat.take()?),
        ValType::Defined(id) => lift_flat_defined(cx, side, flat, ty, side.types().defined(id)?),
    }
}

fn lift_flat_defined(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    flat: &mut FlatIn<'_>,
    ty: ValType,
    defined: Defined<'_>,
) -> Result<Val> {
    match defined {
        Defined::List(elem) => {
            let ptr = flat.take_pointer(side)?;
            let length = flat.take_pointer(side)?;
            load_list_from_range(cx, side, ptr, length, elem)
        }
        Defined::Map(key, value) => {
            let ptr = flat.take_pointer(side)?;
            let length = flat.take_pointer(side)?;
            load_map_from_range(cx, side, ptr, length, key, value)
        }
        Defined::FixedLengthList(elem, len) => {
            cx.take_nodes(1)?;
            let mut items = Vec::new();
            for _ in 0..len {
                items.push(lift_flat(cx, side, flat, elem)?)?;
            }
            Ok(Val::List(items))
        }
        Defined::Record(fields) => {
            cx.take_nodes(1)?;
            let mut values = Vec::with_capacity(fields.len())?;
            for field in fields {
                let value =
                    lift_flat(cx, side, flat, field.ty).map_err(|error| Step::Part(field.name).of(error, side))?;
                values.push((String::from_text(side.label(field.name))?, value))?;
            }
            Ok(Val::Record(values))
        }
        Defined::Tuple(types) => {
            cx.take_nodes(1)?;
            let mut values = Vec::with_capacity(types.len())?;
            for (at, ty) in types.iter().enumerate() {
                let value = lift_flat(cx, side, flat, *ty);
                values.push(value.map_err(|error| Step::Item(at).of(error, side))?)?;
            }
            Ok(Val::Tuple(values))
        }
        Defined::Flags(labels) => lift_flags(cx, side, flat.take()?, labels),
        Defined::Variant(_) | Defined::Enum(_) | Defined::Option(_) | Defined::Result { .. } => {
            lift_flat_variant(cx, side, flat, ty, defined)
        }
        Defined::Own(_) | Defined::Borrow(_) => {
            let index = flat.take()? as u32;
            lift_handle(cx, side, index, defined)
        }
        Defined::Stream(_) | Defined::Future(_) => {
            let index = flat.take()? as u32;
            lift_async_value(cx, side, index, defined)
        }
    }
}

/// `lift_flat_variant`
fn lift_flat_variant(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    flat: &mut FlatIn<'_>,
    ty: ValType,
    defined: Defined<'_>,
) -> Result<Val> {
    let discriminant = flat.take()? as u32;
    let mut payload_flat = *flat;
    flat.skip(payload_slots(side, ty));
    let payload = match case_payload(defined, discriminant)? {
        Some(ty) => {
            let payload = lift_flat(cx, side, &mut payload_flat, ty);
            Some(payload.map_err(|error| in_case(error, side, defined, discriminant))?)
        }
        None => None,
    };
    build_variant(cx, side, defined, discriminant, payload)
}

/// How many core values follow the discriminant of a variant.
pub fn payload_slots(side: &Side<'_>, ty: ValType) -> usize {
    side.layout(ty).flat.count().saturating_sub(1) as usize
}

/// `flatten_types`
pub fn flatten_types(side: &Side<'_>, types: impl Iterator<Item = ValType>) -> Flat {
    types.fold(Flat::NONE, |flat, ty| flat.then(side.layout(ty).flat))
}

/// `lift_flat_values`
pub fn lift_flat_values<I>(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    max_flat: u32,
    flat: &mut FlatIn<'_>,
    types: I,
) -> Result<Vec<Val>>
where
    I: ExactSizeIterator<Item = (Step, ValType)> + Clone,
{
    let all = types.clone().map(|(_, ty)| ty);
    if flatten_types(side, all.clone()).exceeds(max_flat) {
        let ptr = flat.take_pointer(side)?;
        cx.check_pointer(side, ptr, side.types().tuple_layout(all, side.opts.pointer()))?;
        return load_tuple(cx, side, ptr, types);
    }
    let mut values = Vec::with_capacity(types.len())?;
    for (step, ty) in types {
        values.push(lift_flat(cx, side, flat, ty).map_err(|error| step.of(error, side))?)?;
    }
    Ok(values)
}
