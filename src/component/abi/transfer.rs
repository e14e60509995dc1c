//! Values from one component to another: lifting and lowering in one step, directed by the types
//! of both sides, with no value in between (`CanonicalABI.md`, Introduction).
//!
//! The two sides are different instances, so that neither lowering nor `realloc` can change what
//! is still to be lifted: doing both at once then has the outcome of one after the other. Types
//! of the sides are equal but for what their resource variables stand for.

mod column;
#[cfg(feature = "component-async")]
mod mixed;

use self::column::Columns;
#[cfg(feature = "component-async")]
use super::async_value;
use super::context::{Cx, Side};
use super::handle;
use super::lift_flat::{FlatIn, flatten_types, payload_slots};
use super::load::{case_payload, in_case, normalize};
use super::lower_flat::FlatOut;
use super::step::Step;
use super::string::{StringPlaces, load_string_from_range, range, range_mut, store_string_into_range};
use crate::error::{Bug, Result, Trap, bug};
use crate::syntax::Features;
use crate::types::component::{Defined, ExternType, Mentions, PrimValType, ValType};
use crate::types::layout::{RecordOffsets, flags_size};
use crate::types::number::flags_mask;

/// A type as both sides see it.
#[derive(Clone, Copy, Debug)]
pub struct Both {
    /// As the side sees it that lifts.
    pub from: ValType,
    /// As the side sees it that lowers.
    pub to: ValType,
}

#[cold]
fn unchecked() -> Bug {
    bug!("a range of memory that was not checked")
}

#[cold]
fn unequal() -> Bug {
    bug!("types of the sides of a call are not equal")
}

/// The payload of a case as both sides see it.
fn both(from: Option<ValType>, to: Option<ValType>) -> Result<Option<Both>, Bug> {
    match (from, to) {
        (Some(from), Some(to)) => Ok(Some(Both { from, to })),
        (None, None) => Ok(None),
        _ => Err(unequal()),
    }
}

/// How many core values each side has at most before they are in memory.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct MaxFlat {
    pub from: u32,
    pub to: u32,
}

/// The two sides of a call, with all that changes.
pub struct Transfer<'c, 'a, 't> {
    /// All that changes.
    pub cx: &'c mut Cx<'a>,
    /// The side that lifts.
    pub from: Side<'t>,
    /// The side that lowers.
    pub to: Side<'t>,
}

impl<'t> Transfer<'_, '_, 't> {
    /// `lift_flat_values` and `lower_flat_values`. `out_param` is where the caller of a lowered
    /// function wants results.
    pub fn values<I>(
        &mut self,
        max_flat: MaxFlat,
        flat: &mut FlatIn<'_>,
        types: I,
        out_param: Option<u64>,
        out: &mut FlatOut,
    ) -> Result<()>
    where
        I: Iterator<Item = (Step, Both)> + Clone,
    {
        let (from_types, to_types) = (types.clone().map(|(_, ty)| ty.from), types.clone().map(|(_, ty)| ty.to));
        let from_memory = flatten_types(&self.from, from_types.clone()).exceeds(max_flat.from);
        let to_memory = flatten_types(&self.to, to_types.clone()).exceeds(max_flat.to);
        let from = match from_memory {
            true => {
                let ptr = flat.take_pointer(&self.from)?;
                let layout = self.from.types().tuple_layout(from_types, self.from.opts.pointer());
                self.cx.check_pointer(&self.from, ptr, layout)?;
                Some(ptr)
            }
            false => None,
        };
        let to = match to_memory {
            true => Some(self.target(to_types, out_param, out)?),
            false => None,
        };
        match (from, to) {
            (None, None) => types.clone().try_for_each(|(step, ty)| {
                let moved = self.flat(flat, ty, out);
                moved.map_err(|error| step.of(error, &self.from))
            }),
            (Some(from), Some(to)) => self.fields(from, to, types),
            #[cfg(feature = "component-async")]
            (None, Some(to)) => self.flat_to_fields(flat, to, types),
            #[cfg(feature = "component-async")]
            (Some(from), None) => self.fields_to_flat(from, types, out),
            #[cfg(not(feature = "component-async"))]
            _ => Err(bug!("one side has flat values, the other has not").into()),
        }
    }

    /// Where values go that do not fit flat ones.
    fn target(
        &mut self,
        types: impl Iterator<Item = ValType>,
        out_param: Option<u64>,
        out: &mut FlatOut,
    ) -> Result<u64> {
        let layout = self.to.types().tuple_layout(types, self.to.opts.pointer());
        match out_param {
            Some(to) => {
                self.cx.check_pointer(&self.to, to, layout)?;
                Ok(to)
            }
            None => {
                let to = self.cx.allocate(&self.to, layout.align, layout.size)?;
                out.push(to)?;
                Ok(to)
            }
        }
    }

    fn defined(&self, ty: Both) -> Result<(Defined<'t>, Defined<'t>)> {
        match (ty.from, ty.to) {
            (ValType::Defined(from), ValType::Defined(to)) => {
                Ok((self.from.types().defined(from)?, self.to.types().defined(to)?))
            }
            _ => Err(unequal().into()),
        }
    }

    /// `lift_flat` and `lower_flat`. Types are nested no deeper than `Limits::nesting_depth`, and
    /// so is this recursion.
    fn flat(&mut self, flat: &mut FlatIn<'_>, ty: Both, out: &mut FlatOut) -> Result<()> {
        match ty.from {
            ValType::Primitive(PrimValType::String) => {
                let pair = self.next_pair(flat)?;
                let pair = self.string(pair)?;
                push_pair(out, pair)
            }
            ValType::Primitive(ty) => {
                let bits = flat.take()?;
                out.push(self.primitive(ty, bits)?)
            }
            ValType::Defined(_) => self.flat_defined(flat, ty, out),
        }
    }

    /// A primitive value, no string, on its way.
    #[inline]
    fn primitive(&mut self, ty: PrimValType, bits: u64) -> Result<u64> {
        #[cfg(feature = "component-async")]
        if ty == PrimValType::ErrorContext {
            let context = async_value::lift_error_context(self.cx, &self.from, bits as u32)?;
            return Ok(u64::from(async_value::lower_error_context(self.cx, &self.to, context)?));
        }
        normalize(ty, bits)
    }

    fn next_pair(&self, flat: &mut FlatIn<'_>) -> Result<(u64, u64)> {
        let first = flat.take_pointer(&self.from)?;
        Ok((first, flat.take_pointer(&self.from)?))
    }

    fn flat_defined(&mut self, flat: &mut FlatIn<'_>, ty: Both, out: &mut FlatOut) -> Result<()> {
        match self.defined(ty)? {
            (Defined::List(from), Defined::List(to)) => {
                let pair = self.next_pair(flat)?;
                let pair = self.list(pair, Both { from, to })?;
                push_pair(out, pair)
            }
            (Defined::Map(from_key, from), Defined::Map(to_key, to)) => {
                let pair = self.next_pair(flat)?;
                let pair = self.map(pair, Both { from: from_key, to: to_key }, Both { from, to })?;
                push_pair(out, pair)
            }
            (Defined::FixedLengthList(from, len), Defined::FixedLengthList(to, _)) => {
                (0..len).try_for_each(|_| self.flat(flat, Both { from, to }, out))
            }
            (Defined::Record(from), Defined::Record(to)) => {
                let mut fields = from.iter().zip(to);
                fields.try_for_each(|(from, to)| {
                    let moved = self.flat(flat, Both { from: from.ty, to: to.ty }, out);
                    moved.map_err(|error| Step::Part(from.name).of(error, &self.from))
                })
            }
            (Defined::Tuple(from), Defined::Tuple(to)) => {
                let mut items = items(from, to);
                items.try_for_each(|(step, ty)| {
                    let moved = self.flat(flat, ty, out);
                    moved.map_err(|error| step.of(error, &self.from))
                })
            }
            (Defined::Flags(labels), Defined::Flags(_)) => out.push(flat.take()? & flags_mask(labels.len())),
            (Defined::Own(_) | Defined::Borrow(_) | Defined::Stream(_) | Defined::Future(_), _) => {
                let index = flat.take()? as u32;
                let index = self.handle(index, ty)?;
                out.push(u64::from(index))
            }
            (from, to) => self.flat_variant(flat, ty, (from, to), out),
        }
    }

    /// `lift_flat_variant` and `lower_flat_variant`
    fn flat_variant(
        &mut self,
        flat: &mut FlatIn<'_>,
        ty: Both,
        (from, to): (Defined<'t>, Defined<'t>),
        out: &mut FlatOut,
    ) -> Result<()> {
        let discriminant = flat.take()? as u32;
        let payload = case_payload(from, discriminant)?;
        out.push(u64::from(discriminant))?;
        let end = out.len() + payload_slots(&self.to, ty.to);
        let mut payload_flat = *flat;
        flat.skip(payload_slots(&self.from, ty.from));
        if let Some(ty) = both(payload, case_payload(to, discriminant)?)? {
            let moved = self.flat(&mut payload_flat, ty, out);
            moved.map_err(|error| in_case(error, &self.from, from, discriminant))?;
        }
        out.pad_to(end)
    }

    /// `load` and `store`. Types are nested no deeper than `Limits::nesting_depth`, and so is
    /// this recursion.
    fn memory(&mut self, from: u64, to: u64, ty: Both) -> Result<()> {
        match ty.from {
            ValType::Primitive(PrimValType::String) => {
                let pair = self.cx.load_pair(&self.from, from)?;
                let pair = self.string(pair)?;
                self.cx.store_pair(&self.to, pair, to)
            }
            ValType::Primitive(ty) => {
                let bits = self.cx.load_int(&self.from, from, ty.size())?;
                let bits = self.primitive(ty, ty.sign_extended(bits))?;
                self.cx.store_int(&self.to, bits, to, ty.size())
            }
            ValType::Defined(_) => self.memory_defined(from, to, ty),
        }
    }

    fn memory_defined(&mut self, at: u64, to_at: u64, ty: Both) -> Result<()> {
        match self.defined(ty)? {
            (Defined::List(from), Defined::List(to)) => {
                let pair = self.cx.load_pair(&self.from, at)?;
                let pair = self.list(pair, Both { from, to })?;
                self.cx.store_pair(&self.to, pair, to_at)
            }
            (Defined::Map(from_key, from), Defined::Map(to_key, to)) => {
                let pair = self.cx.load_pair(&self.from, at)?;
                let pair = self.map(pair, Both { from: from_key, to: to_key }, Both { from, to })?;
                self.cx.store_pair(&self.to, pair, to_at)
            }
            (Defined::FixedLengthList(from, len), Defined::FixedLengthList(to, _)) => {
                self.charge_elements(u64::from(len), from);
                self.elements(at, to_at, u64::from(len), Both { from, to })
            }
            (Defined::Record(from), Defined::Record(to)) => {
                let fields = from.iter().zip(to);
                let fields = fields.map(|(from, to)| (Step::Part(from.name), Both { from: from.ty, to: to.ty }));
                self.fields(at, to_at, fields)
            }
            (Defined::Tuple(from), Defined::Tuple(to)) => self.fields(at, to_at, items(from, to)),
            (Defined::Flags(labels), Defined::Flags(_)) => {
                let size = flags_size(labels.len());
                let bits = self.cx.load_int(&self.from, at, size)? & flags_mask(labels.len());
                self.cx.store_int(&self.to, bits, to_at, size)
            }
            (Defined::Own(_) | Defined::Borrow(_) | Defined::Stream(_) | Defined::Future(_), _) => {
                let index = self.cx.load_int(&self.from, at, 4)? as u32;
                let index = self.handle(index, ty)?;
                self.cx.store_int(&self.to, u64::from(index), to_at, 4)
            }
            (from, to) => self.memory_variant((at, to_at), ty, (from, to)),
        }
    }

    /// `load_variant` and `store_variant`
    fn memory_variant(
        &mut self,
        (at, to_at): (u64, u64),
        ty: Both,
        (from, to): (Defined<'t>, Defined<'t>),
    ) -> Result<()> {
        let layout = self.from.variant_layout(ty.from, from);
        let to_layout = self.to.variant_layout(ty.to, to);
        let discriminant = self.cx.load_int(&self.from, at, layout.discriminant_size)?;
        let payload = case_payload(from, discriminant as u32)?;
        self.cx.store_int(&self.to, discriminant, to_at, to_layout.discriminant_size)?;
        match both(payload, case_payload(to, discriminant as u32)?)? {
            Some(ty) => {
                let moved = self.memory(at + u64::from(layout.payload), to_at + u64::from(to_layout.payload), ty);
                moved.map_err(|error| in_case(error, &self.from, from, discriminant as u32))
            }
            None => Ok(()),
        }
    }

    /// `load_record` and `store_record`
    fn fields(&mut self, at: u64, to_at: u64, types: impl Iterator<Item = (Step, Both)>) -> Result<()> {
        let (mut offsets, mut to_offsets) = (RecordOffsets::new(), RecordOffsets::new());
        for (step, ty) in types {
            let from = at + u64::from(offsets.next(self.from.layout(ty.from)));
            let to = to_at + u64::from(to_offsets.next(self.to.layout(ty.to)));
            self.memory(from, to, ty).map_err(|error| step.of(error, &self.from))?;
        }
        Ok(())
    }

    /// `load_string_from_range` and `store_string_into_range`
    fn string(&mut self, pair: (u64, u64)) -> Result<(u64, u64)> {
        #[cfg(crossings)]
        if let Some(failure) = &mut self.cx.failure {
            return failure.found();
        }
        let memory = self.cx.memory(&self.from)?;
        let loaded = load_string_from_range(memory, self.from.encoding(), self.from.utf16_tag(), pair.0, pair.1)?;
        self.cx.charge_copy(u64::from(loaded.byte_length));
        let (encoding, tag) = (self.to.encoding(), self.to.utf16_tag());
        store_string_into_range(self, loaded, encoding, tag)
    }

    /// `load_list_from_range` and `store_list_into_range`
    fn list(&mut self, pair: (u64, u64), elem: Both) -> Result<(u64, u64)> {
        #[cfg(crossings)]
        if let Some(failure) = &mut self.cx.failure {
            return failure.found();
        }
        let (ptr, length) = pair;
        self.cx.check_list(&self.from, ptr, length, self.from.layout(elem.from))?;
        self.charge_elements(length, elem.from);
        let layout = self.to.layout(elem.to);
        let to = self.cx.allocate(&self.to, layout.align, list_size(length, layout.size)?)?;
        self.elements(ptr, to, length, elem)?;
        Ok((to, length))
    }

    /// The same for a map, which is a list of pairs.
    fn map(&mut self, pair: (u64, u64), key: Both, value: Both) -> Result<(u64, u64)> {
        if !Features::JUDGED.contains(Features::CM_MAP) {
            return Err(super::load::unsupported(Features::CM_MAP));
        }
        let (ptr, length) = pair;
        let from = self.from.types().tuple_layout([key.from, value.from], self.from.opts.pointer());
        self.cx.check_list(&self.from, ptr, length, from)?;
        let to = self.to.types().tuple_layout([key.to, value.to], self.to.opts.pointer());
        let start = self.cx.allocate(&self.to, to.align, list_size(length, to.size)?)?;
        for at in 0..length {
            let (from, to) = (ptr + at * u64::from(from.size), start + at * u64::from(to.size));
            let entry = [(Step::Item(0), key), (Step::Item(1), value)].into_iter();
            self.fields(from, to, entry).map_err(|error| Step::Element(at).of(error, &self.from))?;
        }
        Ok((start, length))
    }

    /// As for strings, what is copied is charged for before there is room for it.
    fn charge_elements(&mut self, length: u64, elem: ValType) {
        let size = u64::from(self.from.layout(elem).size);
        self.cx.charge_copy(length.saturating_mul(size));
    }

    /// `load_list_from_valid_range` and `store_list_into_valid_range`
    fn elements(&mut self, from: u64, to: u64, length: u64, elem: Both) -> Result<()> {
        let (size, to_size) = (u64::from(self.from.layout(elem.from).size), u64::from(self.to.layout(elem.to).size));
        if is_plain(&self.from, elem.from) {
            let (source, target) = self.slices(from, to, length.saturating_mul(size))?;
            target.copy_from_slice(source);
            return Ok(());
        }
        if let Some(columns) = Columns::of(&self.from, elem.from) {
            let (source, target) = self.slices(from, to, length.saturating_mul(size))?;
            if columns.copy(source, target, size as usize).is_some() {
                return Ok(());
            }
            // The same again, one by one, finds out what is wrong, and where.
        }
        for at in 0..length {
            let moved = self.memory(from + at * size, to + at * to_size, elem);
            moved.map_err(|error| Step::Element(at).of(error, &self.from))?;
        }
        Ok(())
    }

    /// As many bytes of both memories.
    fn slices(&mut self, from: u64, to: u64, bytes: u64) -> Result<(&[u8], &mut [u8])> {
        if bytes == 0 {
            return Ok((&[], &mut []));
        }
        let (source, target) = self.cx.two_memories(&self.from, &self.to)?;
        let source = range(source, from, bytes).ok_or_else(unchecked)?;
        Ok((source, range_mut(target, to, bytes).ok_or_else(unchecked)?))
    }

    fn handle(&mut self, index: u32, ty: Both) -> Result<u32> {
        #[cfg(crossings)]
        if self.cx.failure.is_some() {
            // It has crossed already.
            return Ok(index);
        }
        match self.defined(ty)? {
            (Defined::Own(from), Defined::Own(_)) => {
                let lifted = handle::lift_own(self.cx, &self.from, index, from)?;
                handle::lower_own(self.cx, &self.to, lifted)
            }
            (Defined::Borrow(from), Defined::Borrow(_)) => {
                let lifted = handle::lift_borrow(self.cx, &self.from, index, from)?;
                handle::lower_borrow(self.cx, &self.to, lifted)
            }
            #[cfg(feature = "component-async")]
            (Defined::Stream(from), Defined::Stream(to)) => {
                let end = async_value::lift_stream(self.cx, &self.from, index, from)?;
                async_value::lower_async_value(self.cx, &self.to, end, to)
            }
            #[cfg(feature = "component-async")]
            (Defined::Future(from), Defined::Future(to)) => {
                let end = async_value::lift_future(self.cx, &self.from, index, from)?;
                async_value::lower_async_value(self.cx, &self.to, end, to)
            }
            #[cfg(not(feature = "component-async"))]
            (Defined::Stream(_) | Defined::Future(_), _) => Err(super::load::unsupported(Features::CM_ASYNC)),
            _ => Err(unequal().into()),
        }
    }
}

impl StringPlaces for Transfer<'_, '_, '_> {
    fn reallocate(&mut self, old: u64, old_size: u32, align: u32, new_size: u32) -> Result<u64> {
        self.cx.reallocate(&self.to, old, old_size, align, new_size)
    }

    fn memories(&mut self) -> Result<(&[u8], &mut [u8])> {
        self.cx.two_memories(&self.from, &self.to)
    }
}

fn push_pair(out: &mut FlatOut, pair: (u64, u64)) -> Result<()> {
    out.push(pair.0)?;
    out.push(pair.1)
}

/// Bytes of a list that was lifted. With wider pointers it can become too long for its new side.
fn list_size(length: u64, elem: u32) -> Result<u32> {
    let bytes = length.saturating_mul(u64::from(elem));
    u32::try_from(bytes).map_err(|_| Trap::ListTooLong { bytes }.into())
}

/// The parts of a tuple as both sides see them, with the steps to them.
fn items(from: &[ValType], to: &[ValType]) -> impl Iterator<Item = (Step, Both)> {
    let both = from.iter().zip(to).map(|(from, to)| Both { from: *from, to: *to });
    both.enumerate().map(|(at, ty)| (Step::Item(at), ty))
}

/// Whether any bytes are a value of the type, the same one on every side, and none of them is
/// padding, which must not leak: then values are copied as they are.
fn is_plain(side: &Side<'_>, ty: ValType) -> bool {
    !side.types().facts_of(ExternType::Value(ty)).mentions.contains(Mentions::CHECKED)
}
