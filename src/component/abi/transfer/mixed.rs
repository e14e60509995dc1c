//! Transfers that only concurrency asks for: from flat values into memory and back, because an
//! async function passes fewer flat values than a synchronous one, and from one memory into
//! itself, because both ends of a stream can be in one component.

use super::{Both, Transfer, both, flags_mask, items, push_pair};
use crate::component::abi::lift_flat::{FlatIn, payload_slots};
use crate::component::abi::load::{case_payload, in_case, normalize};
use crate::component::abi::lower_flat::FlatOut;
use crate::component::abi::step::Step;
use crate::component::abi::string::{range, range_mut};
use crate::error::{Result, Trap};
use crate::types::component::{Defined, PrimValType, ValType};
use crate::types::layout::{RecordOffsets, flags_size};

impl<'t> Transfer<'_, '_, 't> {
    /// Flat values into the fields of a record.
    pub(super) fn flat_to_fields(
        &mut self,
        flat: &mut FlatIn<'_>,
        to: u64,
        types: impl Iterator<Item = (Step, Both)>,
    ) -> Result<()> {
        let mut offsets = RecordOffsets::new();
        for (step, ty) in types {
            let at = to + u64::from(offsets.next(self.to.layout(ty.to)));
            self.flat_to_memory(flat, at, ty).map_err(|error| step.of(error, &self.from))?;
        }
        Ok(())
    }

    /// `lift_flat` and `store`. Types are nested no deeper than `Limits::nesting_depth`, and so is
    /// this recursion.
    fn flat_to_memory(&mut self, flat: &mut FlatIn<'_>, at: u64, ty: Both) -> Result<()> {
        let ValType::Primitive(primitive) = ty.from else { return self.defined_to_memory(flat, at, ty) };
        if primitive == PrimValType::String {
            let pair = self.next_pair(flat)?;
            let pair = self.string(pair)?;
            return self.cx.store_pair(&self.to, pair, at);
        }
        let bits = flat.take()?;
        let bits = self.primitive(primitive, bits)?;
        self.cx.store_int(&self.to, bits, at, primitive.size())
    }

    fn defined_to_memory(&mut self, flat: &mut FlatIn<'_>, at: u64, ty: Both) -> Result<()> {
        match self.defined(ty)? {
            (Defined::List(from), Defined::List(to)) => {
                let pair = self.next_pair(flat)?;
                let pair = self.list(pair, Both { from, to })?;
                self.cx.store_pair(&self.to, pair, at)
            }
            (Defined::Map(from_key, from), Defined::Map(to_key, to)) => {
                let pair = self.next_pair(flat)?;
                let pair = self.map(pair, Both { from: from_key, to: to_key }, Both { from, to })?;
                self.cx.store_pair(&self.to, pair, at)
            }
            (Defined::FixedLengthList(from, len), Defined::FixedLengthList(to, _)) => {
                let size = u64::from(self.to.layout(to).size);
                (0..u64::from(len)).try_for_each(|nth| {
                    let moved = self.flat_to_memory(flat, at + nth * size, Both { from, to });
                    moved.map_err(|error| Step::Element(nth).of(error, &self.from))
                })
            }
            (Defined::Record(from), Defined::Record(to)) => {
                let types = from.iter().zip(to);
                let types = types.map(|(from, to)| (Step::Part(from.name), Both { from: from.ty, to: to.ty }));
                self.flat_to_fields(flat, at, types)
            }
            (Defined::Tuple(from), Defined::Tuple(to)) => self.flat_to_fields(flat, at, items(from, to)),
            (Defined::Flags(labels), Defined::Flags(_)) => {
                let bits = flat.take()? & flags_mask(labels.len());
                self.cx.store_int(&self.to, bits, at, flags_size(labels.len()))
            }
            (Defined::Own(_) | Defined::Borrow(_) | Defined::Stream(_) | Defined::Future(_), _) => {
                let index = flat.take()? as u32;
                let index = self.handle(index, ty)?;
                self.cx.store_int(&self.to, u64::from(index), at, 4)
            }
            (from, to) => {
                let discriminant = flat.take()? as u32;
                let payload = case_payload(from, discriminant)?;
                let mut payload_flat = *flat;
                flat.skip(payload_slots(&self.from, ty.from));
                let layout = self.to.variant_layout(ty.to, to);
                self.cx.store_int(&self.to, u64::from(discriminant), at, layout.discriminant_size)?;
                match both(payload, case_payload(to, discriminant)?)? {
                    Some(ty) => {
                        let moved = self.flat_to_memory(&mut payload_flat, at + u64::from(layout.payload), ty);
                        moved.map_err(|error| in_case(error, &self.from, from, discriminant))
                    }
                    None => Ok(()),
                }
            }
        }
    }

    /// The fields of a record into flat values.
    pub(super) fn fields_to_flat(
        &mut self,
        from: u64,
        types: impl Iterator<Item = (Step, Both)>,
        out: &mut FlatOut,
    ) -> Result<()> {
        let mut offsets = RecordOffsets::new();
        for (step, ty) in types {
            let at = from + u64::from(offsets.next(self.from.layout(ty.from)));
            self.memory_to_flat(at, ty, out).map_err(|error| step.of(error, &self.from))?;
        }
        Ok(())
    }

    /// `load` and `lower_flat`. Types are nested no deeper than `Limits::nesting_depth`, and so is
    /// this recursion.
    fn memory_to_flat(&mut self, at: u64, ty: Both, out: &mut FlatOut) -> Result<()> {
        let ValType::Primitive(primitive) = ty.from else { return self.defined_to_flat(at, ty, out) };
        if primitive == PrimValType::String {
            let pair = self.cx.load_pair(&self.from, at)?;
            let pair = self.string(pair)?;
            return push_pair(out, pair);
        }
        let bits = self.cx.load_int(&self.from, at, primitive.size())?;
        let bits = self.primitive(primitive, primitive.sign_extended(bits))?;
        out.push(bits)
    }

    fn defined_to_flat(&mut self, at: u64, ty: Both, out: &mut FlatOut) -> Result<()> {
        match self.defined(ty)? {
            (Defined::List(from), Defined::List(to)) => {
                let pair = self.cx.load_pair(&self.from, at)?;
                let pair = self.list(pair, Both { from, to })?;
                push_pair(out, pair)
            }
            (Defined::Map(from_key, from), Defined::Map(to_key, to)) => {
                let pair = self.cx.load_pair(&self.from, at)?;
                let pair = self.map(pair, Both { from: from_key, to: to_key }, Both { from, to })?;
                push_pair(out, pair)
            }
            (Defined::FixedLengthList(from, len), Defined::FixedLengthList(to, _)) => {
                let size = u64::from(self.from.layout(from).size);
                (0..u64::from(len)).try_for_each(|nth| {
                    let moved = self.memory_to_flat(at + nth * size, Both { from, to }, out);
                    moved.map_err(|error| Step::Element(nth).of(error, &self.from))
                })
            }
            (Defined::Record(from), Defined::Record(to)) => {
                let types = from.iter().zip(to);
                let types = types.map(|(from, to)| (Step::Part(from.name), Both { from: from.ty, to: to.ty }));
                self.fields_to_flat(at, types, out)
            }
            (Defined::Tuple(from), Defined::Tuple(to)) => self.fields_to_flat(at, items(from, to), out),
            (Defined::Flags(labels), Defined::Flags(_)) => {
                let bits = self.cx.load_int(&self.from, at, flags_size(labels.len()))?;
                out.push(bits & flags_mask(labels.len()))
            }
            (Defined::Own(_) | Defined::Borrow(_) | Defined::Stream(_) | Defined::Future(_), _) => {
                let index = self.cx.load_int(&self.from, at, 4)? as u32;
                let index = self.handle(index, ty)?;
                out.push(u64::from(index))
            }
            (from, to) => {
                let layout = self.from.variant_layout(ty.from, from);
                let discriminant = self.cx.load_int(&self.from, at, layout.discriminant_size)? as u32;
                let payload = case_payload(from, discriminant)?;
                out.push(u64::from(discriminant))?;
                let end = out.len() + payload_slots(&self.to, ty.to);
                if let Some(ty) = both(payload, case_payload(to, discriminant)?)? {
                    let moved = self.memory_to_flat(at + u64::from(layout.payload), ty, out);
                    moved.map_err(|error| in_case(error, &self.from, from, discriminant))?;
                }
                out.pad_to(end)
            }
        }
    }

    /// `load_list_from_valid_range` and `store_list_into_valid_range` between buffers, which may
    /// be in one memory: then the values are numbers.
    pub fn copy_elements(&mut self, from: u64, to: u64, length: u64, elem: Both) -> Result<()> {
        self.charge_elements(length, elem.from);
        if self.cx.memory_id(&self.from)? != self.cx.memory_id(&self.to)? {
            return self.elements(from, to, length, elem);
        }
        let bytes = length.saturating_mul(u64::from(self.from.layout(elem.from).size));
        let memory = self.cx.memory_mut(&self.from)?;
        if range(memory, from, bytes).is_none() || range(memory, to, bytes).is_none() {
            return Err(Trap::BufferOutOfBounds.into());
        }
        // Both are within the memory, so they are no longer than it is.
        memory.copy_within(from as usize..(from + bytes) as usize, to as usize);
        match elem.from {
            ValType::Primitive(ty @ PrimValType::F32) => canonicalize::<4>(memory, to, bytes, ty),
            ValType::Primitive(ty @ PrimValType::F64) => canonicalize::<8>(memory, to, bytes, ty),
            _ => Ok(()),
        }
    }
}

/// `canonicalize_nan32` and `canonicalize_nan64` of numbers where they lie.
fn canonicalize<const N: usize>(memory: &mut [u8], at: u64, bytes: u64, ty: PrimValType) -> Result<()> {
    let place = range_mut(memory, at, bytes).unwrap_or_default();
    for number in place.as_chunks_mut::<N>().0 {
        let mut bits = [0; 8];
        for (place, byte) in bits.iter_mut().zip(number.iter()) {
            *place = *byte;
        }
        let bits = normalize(ty, u64::from_le_bytes(bits))?.to_le_bytes();
        for (place, byte) in number.iter_mut().zip(bits) {
            *place = byte;
        }
    }
    Ok(())
}
