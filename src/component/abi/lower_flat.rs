//! Values of the host into core parameters and results (`CanonicalABI.md`, Flat Lowering;
//! Lifting and Lowering Values).

use super::context::{Cx, Side};
use super::lift_flat::{flatten_types, payload_slots};
use super::load::case_payload;
use super::store::{
    lower_flags, lower_handle, lower_primitive, match_case, mismatch, store_list_into_range, store_map_into_range,
    store_string, store_tuple,
};
use super::val::Val;
use crate::error::{Result, bug};
#[cfg(not(feature = "component-async"))]
use crate::syntax::Features;
use crate::types::component::{Defined, PrimValType, ValType};
use crate::types::flatten::MAX_FLAT_PARAMS;

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

/// `lower_flat`. Types are nested no deeper than `Limits::nesting_depth`, and so is this recursion.
pub fn lower_flat(cx: &mut Cx<'_>, side: &Side<'_>, value: &Val, ty: ValType, out: &mut FlatOut) -> Result<()> {
    match ty {
        ValType::Primitive(PrimValType::String) => {
            let (ptr, units) = store_string(cx, side, value)?;
            out.push(ptr)?;
            out.push(units)
        }
        #[cfg(feature = "component-async")]
        ValType::Primitive(PrimValType::ErrorContext) => {
            out.push(u64::from(super::async_any::lower_error_context(cx, side, value)?))
        }
        ValType::Primitive(_) => out.push(lower_primitive(value)?),
        ValType::Defined(id) => lower_flat_defined(cx, side, (value, ty), side.types().defined(id)?, out),
    }
}

fn lower_flat_defined(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    (value, ty): (&Val, ValType),
    defined: Defined<'_>,
    out: &mut FlatOut,
) -> Result<()> {
    match (defined, value) {
        (Defined::List(elem), Val::List(items)) => {
            let (ptr, length) = store_list_into_range(cx, side, items, elem)?;
            out.push(ptr)?;
            out.push(length)
        }
        (Defined::Map(key, item), Val::Map(entries)) => {
            let (ptr, length) = store_map_into_range(cx, side, entries, key, item)?;
            out.push(ptr)?;
            out.push(length)
        }
        (Defined::FixedLengthList(elem, _), Val::List(items)) => {
            items.iter().try_for_each(|item| lower_flat(cx, side, item, elem, out))
        }
        (Defined::Record(fields), Val::Record(values)) => {
            let mut pairs = fields.iter().zip(values);
            pairs.try_for_each(|(field, (_, value))| lower_flat(cx, side, value, field.ty, out))
        }
        (Defined::Tuple(types), Val::Tuple(values)) => {
            types.iter().zip(values).try_for_each(|(ty, value)| lower_flat(cx, side, value, *ty, out))
        }
        (Defined::Flags(labels), Val::Flags(set)) => out.push(lower_flags(side, labels, set)),
        (Defined::Variant(_) | Defined::Enum(_) | Defined::Option(_) | Defined::Result { .. }, _) => {
            lower_flat_variant(cx, side, (value, ty), defined, out)
        }
        (Defined::Own(_) | Defined::Borrow(_), Val::Resource(any)) => {
            let index = lower_handle(cx, side, *any, defined)?;
            out.push(u64::from(index))
        }
        #[cfg(feature = "component-async")]
        (Defined::Stream(ty) | Defined::Future(ty), _) => {
            out.push(u64::from(super::async_any::lower_end(cx, side, value, ty)?))
        }
        #[cfg(not(feature = "component-async"))]
        (Defined::Stream(_) | Defined::Future(_), _) => Err(super::load::unsupported(Features::CM_ASYNC)),
        _ => Err(mismatch()),
    }
}

/// `lower_flat_variant`
fn lower_flat_variant(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    (value, ty): (&Val, ValType),
    defined: Defined<'_>,
    out: &mut FlatOut,
) -> Result<()> {
    let (discriminant, payload) = match_case(side, value, defined)?;
    out.push(u64::from(discriminant))?;
    let end = out.len() + payload_slots(side, ty);
    match (case_payload(defined, discriminant)?, payload) {
        (Some(ty), Some(payload)) => lower_flat(cx, side, payload, ty, out)?,
        (None, None) => {}
        _ => return Err(mismatch()),
    }
    out.pad_to(end)
}

/// `lower_flat_values`; `out_param` is where the caller of a lowered function wants results.
pub fn lower_flat_values<'v, I>(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    max_flat: u32,
    values: I,
    out_param: Option<u64>,
    out: &mut FlatOut,
) -> Result<()>
where
    I: Iterator<Item = (ValType, &'v Val)> + Clone,
{
    let types = values.clone().map(|(ty, _)| ty);
    if !flatten_types(side, types.clone()).exceeds(max_flat) {
        return values.clone().try_for_each(|(ty, value)| lower_flat(cx, side, value, ty, out));
    }
    let layout = side.types().tuple_layout(types, side.opts.pointer());
    let ptr = match out_param {
        Some(ptr) => {
            cx.check_pointer(side, ptr, layout)?;
            ptr
        }
        None => {
            let ptr = cx.allocate(side, layout.align, layout.size)?;
            out.push(ptr)?;
            ptr
        }
    };
    store_tuple(cx, side, values, ptr)
}
