//! Values from one component to another: lifting and lowering in one step, directed by the types
//! of both sides, with no value in between (`CanonicalABI.md`, Introduction).
//!
//! The two sides are different instances, so that neither lowering nor `realloc` can change what
//! is still to be lifted: doing both at once then has the outcome of one after the other. Types
//! of the sides are equal but for what their resource variables stand for.

mod aside;
#[cfg(feature = "component-async")]
mod buffer;
#[cfg(not(compact))]
mod column;

pub use self::aside::{Leg, aside};
#[cfg(not(compact))]
use self::column::Columns;
use super::context::{Cx, Side};
use super::lift_flat::{FlatIn, Source};
use super::load::{case_payload, in_case, normalize};
use super::lower_flat::{FlatOut, Sink};
use super::step::{Parts, Step};
use super::string::{StringPlaces, load_string_from_range, range, range_mut, store_string_into_range};
use crate::error::{Bug, Result, Trap, bug};
use crate::syntax::Features;
use crate::types::component::{Defined, ExternType, Mentions, PrimValType, ValType};
use crate::types::layout::{Layout, flags_size};
use crate::types::number::flags_mask;

/// A type as both sides see it, or types.
#[derive(Clone, Copy, Debug)]
pub struct Both<T = ValType> {
    /// As the side sees it that lifts.
    pub from: T,
    /// As the side sees it that lowers.
    pub to: T,
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
    /// How much of the way it goes.
    pub leg: Leg<'c>,
}

impl<'t> Transfer<'_, '_, 't> {
    /// `lift_flat_values` and `lower_flat_values`; `wanted` is where the caller of a lowered function wants results.
    pub fn values(
        &mut self,
        max_flat: MaxFlat,
        mut flat: FlatIn<'_>,
        parts: Both<Parts<'_>>,
        wanted: Option<u64>,
        out: &mut FlatOut,
    ) -> Result<()> {
        let (layout, to_layout) = (self.from.parts_layout(parts.from), self.to.parts_layout(parts.to));
        let mut from = Source::Flat(flat);
        if layout.flat.exceeds(max_flat.from) {
            let ptr = flat.take_pointer(&self.from)?;
            self.cx.check_pointer(&self.from, ptr, layout)?;
            from = Source::Memory(ptr);
        }
        let mut to = match to_layout.flat.exceeds(max_flat.to) {
            true => Sink::Memory(self.cx.target(&self.to, to_layout, wanted, out)?),
            false => Sink::Flat(out),
        };
        self.parts(&mut from, &mut to, parts)
    }

    fn defined(&self, ty: Both) -> Result<(Defined<'t>, Defined<'t>)> {
        match (ty.from, ty.to) {
            (ValType::Defined(from), ValType::Defined(to)) => {
                Ok((self.from.types().defined(from)?, self.to.types().defined(to)?))
            }
            _ => Err(unequal().into()),
        }
    }

    /// `load` or `lift_flat`, and `store` or `lower_flat`. Types are nested no deeper than `Limits::nesting_depth`, and so
    /// is this recursion.
    fn value(&mut self, from: &mut Source<'_>, to: &mut Sink<'_>, ty: Both) -> Result<()> {
        match ty.from {
            ValType::Primitive(PrimValType::String) => {
                let pair = from.take_pair(self.cx, &self.from)?;
                let pair = self.string(pair)?;
                to.put_pair(self.cx, &self.to, pair)
            }
            ValType::Primitive(ty) => {
                let bits = from.take(self.cx, &self.from, ty.size())?;
                let bits = self.primitive(ty, bits)?;
                to.put(self.cx, &self.to, bits, ty.size())
            }
            ValType::Defined(_) => {
                let layout = Both { from: self.from.layout(ty.from), to: self.to.layout(ty.to) };
                let (end, to_end) = (from.begin(layout.from), to.begin(layout.to));
                self.defined_value(from, to, ty, layout)?;
                *from = end;
                to.end(to_end)
            }
        }
    }

    /// A primitive value, no string, on its way.
    #[inline]
    fn primitive(&mut self, ty: PrimValType, bits: u64) -> Result<u64> {
        #[cfg(feature = "component-async")]
        if ty == PrimValType::ErrorContext {
            return self.handle(bits as u32, Both { from: None, to: None }).map(u64::from);
        }
        normalize(ty, bits)
    }

    fn defined_value(
        &mut self,
        from: &mut Source<'_>,
        to: &mut Sink<'_>,
        ty: Both,
        layout: Both<Layout>,
    ) -> Result<()> {
        let (defined, to_defined) = self.defined(ty)?;
        match (defined, to_defined) {
            (Defined::List(elem), Defined::List(to_elem)) => {
                let pair = from.take_pair(self.cx, &self.from)?;
                let pair = self.list(pair, Both { from: elem, to: to_elem })?;
                to.put_pair(self.cx, &self.to, pair)
            }
            (Defined::Map(..), _) => {
                let pair = from.take_pair(self.cx, &self.from)?;
                let pair = self.map(pair, Both { from: defined, to: to_defined })?;
                to.put_pair(self.cx, &self.to, pair)
            }
            (Defined::FixedLengthList(elem, len), Defined::FixedLengthList(to_elem, _)) => {
                let (elem, len) = (Both { from: elem, to: to_elem }, u64::from(len));
                match (&*from, &*to) {
                    (Source::Memory(from), Sink::Memory(to)) => {
                        self.charge_elements(len, elem.from);
                        self.elements(*from, *to, len, elem)
                    }
                    _ => self.each(from, to, len, elem),
                }
            }
            (Defined::Record(_) | Defined::Tuple(_), _) => {
                self.parts(from, to, Both { from: Parts::Members(defined), to: Parts::Members(to_defined) })
            }
            (Defined::Flags(labels), Defined::Flags(_)) => {
                let size = flags_size(labels.len());
                let bits = from.take(self.cx, &self.from, size)? & flags_mask(labels.len());
                to.put(self.cx, &self.to, bits, size)
            }
            (Defined::Own(_) | Defined::Borrow(_) | Defined::Stream(_) | Defined::Future(_), _) => {
                let index = from.take(self.cx, &self.from, 4)? as u32;
                let index = self.handle(index, Both { from: Some(defined), to: Some(to_defined) })?;
                to.put(self.cx, &self.to, u64::from(index), 4)
            }
            _ => self.variant(from, to, Both { from: defined, to: to_defined }, layout),
        }
    }

    /// `load_variant` or `lift_flat_variant`, and `store_variant` or `lower_flat_variant`
    fn variant(
        &mut self,
        from: &mut Source<'_>,
        to: &mut Sink<'_>,
        ty: Both<Defined<'t>>,
        layout: Both<Layout>,
    ) -> Result<()> {
        let size = layout.from.of_variant(ty.from.cases()).discriminant_size;
        let discriminant = from.take(self.cx, &self.from, size)? as u32;
        let payload = case_payload(ty.from, discriminant)?;
        to.put(self.cx, &self.to, u64::from(discriminant), size)?;
        match both(payload, case_payload(ty.to, discriminant)?)? {
            Some(payload) => {
                from.align(layout.from.align);
                to.align(layout.to.align);
                let moved = self.value(from, to, payload);
                moved.map_err(|error| in_case(error, &self.from, ty.from, discriminant))
            }
            None => Ok(()),
        }
    }

    /// `load_record` and `store_record`, and the same of core values.
    fn parts(&mut self, from: &mut Source<'_>, to: &mut Sink<'_>, parts: Both<Parts<'_>>) -> Result<()> {
        for ((step, ty), to_ty) in parts.from.steps().zip(parts.to.types()) {
            let moved = self.value(from, to, Both { from: ty, to: to_ty });
            moved.map_err(|error| step.of(error, &self.from))?;
        }
        Ok(())
    }

    /// Elements of a list, one by one.
    fn each(&mut self, from: &mut Source<'_>, to: &mut Sink<'_>, length: u64, elem: Both) -> Result<()> {
        for at in 0..length {
            let moved = self.value(from, to, elem);
            moved.map_err(|error| Step::Element(at).of(error, &self.from))?;
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
        if let Leg::Lifting(_) = self.leg {
            return self.string_aside(pair, loaded.byte_length);
        }
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

    /// The same for a map, which is a list of pairs of a key and a value.
    fn map(&mut self, pair: (u64, u64), types: Both<Defined<'t>>) -> Result<(u64, u64)> {
        if !Features::JUDGED.contains(Features::CM_MAP) {
            return Err(super::load::unsupported(Features::CM_MAP));
        }
        let (ptr, length) = pair;
        let parts = Both { from: Parts::Members(types.from), to: Parts::Members(types.to) };
        let layout = Both { from: self.from.parts_layout(parts.from), to: self.to.parts_layout(parts.to) };
        self.cx.check_list(&self.from, ptr, length, layout.from)?;
        let start = self.cx.allocate(&self.to, layout.to.align, list_size(length, layout.to.size)?)?;
        let (mut from, mut to) = (Source::Memory(ptr), Sink::Memory(start));
        for at in 0..length {
            let (end, to_end) = (from.begin(layout.from), to.begin(layout.to));
            self.parts(&mut from, &mut to, parts).map_err(|error| Step::Element(at).of(error, &self.from))?;
            from = end;
            to.end(to_end)?;
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
        let size = u64::from(self.from.layout(elem.from).size);
        if is_plain(&self.from, elem.from) {
            let (source, target) = self.slices(from, to, length.saturating_mul(size))?;
            target.copy_from_slice(source);
            return Ok(());
        }
        #[cfg(not(compact))]
        if let Some(columns) = Columns::of(&self.from, elem.from) {
            let (source, target) = self.slices(from, to, length.saturating_mul(size))?;
            if columns.copy(source, target, size as usize).is_some() {
                return Ok(());
            }
            // The same again, one by one, finds out what is wrong, and where.
        }
        self.each(&mut Source::Memory(from), &mut Sink::Memory(to), length, elem)
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

    /// A handle of that type; `None` is an error context's.
    fn handle(&mut self, index: u32, ty: Both<Option<Defined<'_>>>) -> Result<u32> {
        #[cfg(crossings)]
        if self.cx.failure.is_some() {
            // It has crossed already.
            return Ok(index);
        }
        match self.leg {
            Leg::Whole => {
                let lifted = self.lift_handle(index, ty.from)?;
                self.lower_handle(lifted, ty.to)
            }
            _ => self.handle_aside(index, ty),
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

/// Bytes of a list that was lifted. With wider pointers it can become too long for its new side.
fn list_size(length: u64, elem: u32) -> Result<u32> {
    let bytes = length.saturating_mul(u64::from(elem));
    u32::try_from(bytes).map_err(|_| Trap::ListTooLong { bytes }.into())
}

/// Whether any bytes are a value of the type, the same one on every side, and none of them is
/// padding, which must not leak: then values are copied as they are.
fn is_plain(side: &Side<'_>, ty: ValType) -> bool {
    !side.types().facts_of(ExternType::Value(ty)).mentions.contains(Mentions::CHECKED)
}
