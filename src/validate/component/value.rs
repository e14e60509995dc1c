//! Values and start functions (🪙; `Explainer.md`, Value Definitions; Start Definitions).

use super::{Judge, invalid};
use crate::binary::Reader;
use crate::error::{Error, Invalid, Malformed, Result};
use crate::syntax::Features;
use crate::syntax::component::{ComponentStart, Value};
use crate::syntax::component_type::ValueBound;
use crate::syntax::valtype::PrimValType;
use crate::types::ComponentTypes;
use crate::types::component::{Defined, ValType};

impl<'b> Judge<'b> {
    /// `start`
    pub(super) fn start(&mut self, start: ComponentStart<'b>, at: u32) -> Result<()> {
        self.options.require(Features::CM_VALUES, "a start function of a component", at)?;
        let id = self.func(start.func.raw(), at)?;
        let (params, result) = {
            let func = self.types.func(id)?;
            (crate::support::Vec::collect(func.params)?, func.result)
        };
        if start.args.count as usize != params.len() {
            return Err(invalid(Invalid::TypeMismatch, at, format_args!("the start function's arguments")));
        }
        let mut expected = params.iter();
        self.each(start.args, |judge, arg, at| {
            let ty = judge.use_value(arg.raw(), at)?;
            if expected.next().is_some_and(|param| judge.types.plain(param.ty) == judge.types.plain(ty)) {
                return Ok(());
            }
            Err(invalid(Invalid::TypeMismatch, at, format_args!("argument {arg} of the start function")))
        })?;
        if start.results as usize != usize::from(result.is_some()) {
            return Err(invalid(Invalid::TypeMismatch, at, format_args!("the start function's results")));
        }
        result.map_or(Ok(()), |ty| self.add_value(ty, at))
    }

    /// `value`
    pub(super) fn value_definition(&mut self, value: Value<'b>, at: u32) -> Result<()> {
        self.options.require(Features::CM_VALUES, "a value", at)?;
        let ty = self.val_type(value.ty, at)?;
        let mut reader = Reader::new(value.bytes, value.offset);
        read_value(&self.types, ty, &mut reader)?;
        reader.require(reader.is_empty(), Malformed::SectionSize)?;
        self.add_value(ty, at)
    }

    /// `valuebound`
    pub(super) fn value_bound(&mut self, bound: ValueBound, at: u32) -> Result<ValType> {
        self.options.require(Features::CM_VALUES, "a value", at)?;
        match bound {
            ValueBound::Type(ty) => self.val_type(ty, at),
            ValueBound::Eq(index) => self.value_at(index.raw(), at),
        }
    }

    pub(super) fn add_value(&mut self, ty: ValType, at: u32) -> Result<()> {
        self.options.require(Features::CM_VALUES, "a value", at)?;
        self.limit_definitions(self.scope.space.values.len(), at)?;
        self.scope.space.values.push(ty)?;
        Ok(self.scope.used.push(false)?)
    }

    fn value_at(&self, index: u32, at: u32) -> Result<ValType> {
        let ty = self.scope.space.values.get(index as usize).copied();
        ty.ok_or_else(|| invalid(Invalid::UnknownValue, at, format_args!("{index}")))
    }

    /// A value that is used here, and nowhere else.
    pub(super) fn use_value(&mut self, index: u32, at: u32) -> Result<ValType> {
        let ty = self.value_at(index, at)?;
        match self.scope.used.get_mut(index as usize) {
            Some(used) if !*used => *used = true,
            _ => return Err(invalid(Invalid::ValueUse, at, format_args!("value {index} is used twice"))),
        }
        Ok(ty)
    }

    /// The last value counts as used.
    pub(super) fn mark_last_value(&mut self) {
        if let Some(used) = self.scope.used.last_mut() {
            *used = true;
        }
    }

    /// That every value of the component is used.
    pub(super) fn check_values_used(&self, at: u32) -> Result<()> {
        match self.scope.used.iter().position(|used| !*used) {
            Some(index) => Err(invalid(Invalid::ValueUse, at, format_args!("value {index} is not used"))),
            None => Ok(()),
        }
    }
}

/// `val(t)`. Types are nested no deeper than `Limits::nesting_depth`, and so is this recursion;
/// all but records and tuples take a byte of their own.
fn read_value(types: &ComponentTypes, ty: ValType, reader: &mut Reader<'_>) -> Result<()> {
    let id = match ty {
        ValType::Primitive(ty) => return read_primitive(ty, reader),
        ValType::Defined(id) => id,
    };
    let before = reader.clone();
    match types.defined(id)? {
        Defined::Record(fields) => fields.iter().try_for_each(|field| read_value(types, field.ty, reader)),
        Defined::Tuple(list) => list.iter().try_for_each(|ty| read_value(types, ty, reader)),
        Defined::List(ty) => {
            let count = reader.length()?;
            (0..count).try_for_each(|_| read_value(types, ty, reader))
        }
        Defined::Map(key, value) => {
            let count = reader.length()?;
            (0..count).try_for_each(|_| {
                read_value(types, key, reader)?;
                read_value(types, value, reader)
            })
        }
        Defined::FixedLengthList(ty, len) => (0..len).try_for_each(|_| read_value(types, ty, reader)),
        Defined::Variant(cases) => {
            let index = reader.u32()?;
            match cases.get(index as usize) {
                Some(case) => case.ty.map_or(Ok(()), |ty| read_value(types, ty, reader)),
                None => before.refuse(Malformed::ComponentForm),
            }
        }
        Defined::Enum(labels) => {
            let index = reader.u32()?;
            before.require((index as usize) < labels.len(), Malformed::ComponentForm)
        }
        Defined::Flags(labels) => reader.bytes(labels.len().div_ceil(8)).map(drop),
        Defined::Option(ty) => {
            if reader.read()? {
                return read_value(types, ty, reader);
            }
            Ok(())
        }
        Defined::Result { ok, err } => {
            let payload = if reader.read()? { err } else { ok };
            payload.map_or(Ok(()), |ty| read_value(types, ty, reader))
        }
        Defined::Own(_) | Defined::Borrow(_) | Defined::Stream(_) | Defined::Future(_) => Err(no_value(reader)),
    }
}

#[cold]
fn no_value(reader: &Reader<'_>) -> Error {
    invalid(Invalid::NotThatType, reader.position(), format_args!("handles cannot be written as values"))
}

fn read_primitive(ty: PrimValType, reader: &mut Reader<'_>) -> Result<()> {
    let before = reader.clone();
    match ty {
        PrimValType::Bool => reader.read::<bool>().map(drop),
        PrimValType::U8 | PrimValType::S8 => reader.byte().map(drop),
        PrimValType::U16 => {
            let value = reader.u32()?;
            before.require(value <= u32::from(u16::MAX), Malformed::IntegerTooLarge)
        }
        PrimValType::S16 => {
            let value = reader.s32()?;
            before.require(i16::try_from(value).is_ok(), Malformed::IntegerTooLarge)
        }
        PrimValType::U32 => reader.u32().map(drop),
        PrimValType::S32 => reader.s32().map(drop),
        PrimValType::U64 => reader.u64().map(drop),
        PrimValType::S64 => reader.s64().map(drop),
        PrimValType::F32 => {
            let bits = u32::from_le_bytes(reader.array()?);
            let canonical = !f32::from_bits(bits).is_nan() || bits == 0x7FC0_0000;
            before.require(canonical, Malformed::ComponentForm)
        }
        PrimValType::F64 => {
            let bits = u64::from_le_bytes(reader.array()?);
            let canonical = !f64::from_bits(bits).is_nan() || bits == 0x7FF8_0000_0000_0000;
            before.require(canonical, Malformed::ComponentForm)
        }
        PrimValType::Char => {
            // One character in UTF-8: its first byte says how long it is.
            let len = match reader.peek() {
                Some(0xF0..) => 4,
                Some(0xE0..) => 3,
                Some(0xC0..) => 2,
                _ => 1,
            };
            let bytes = reader.bytes(len)?;
            before.require(core::str::from_utf8(bytes).is_ok(), Malformed::Utf8)
        }
        PrimValType::String => reader.name().map(drop),
        PrimValType::ErrorContext => Err(no_value(reader)),
    }
}
