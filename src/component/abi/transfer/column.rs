//! Lists whose elements are numbers side by side: `list<tuple<u32, f64, bool>>`, lists of records
//! of such. They cross a column at a time, as bytes lie in them on either side.

use super::super::context::Side;
use super::flags_mask;
use crate::types::component::{Defined, PrimValType, ValType};
use crate::types::layout::{RecordOffsets, flags_size};
use crate::types::number::{CANONICAL_FLOAT32_NAN, CANONICAL_FLOAT64_NAN};

/// Elements of more columns cross one by one.
const MOST: usize = 16;

/// The numbers in each element of a list.
pub(super) struct Columns {
    columns: [Column; MOST],
    len: usize,
}

/// A number in each element.
#[derive(Clone, Copy)]
struct Column {
    /// Where it lies in the element.
    at: usize,
    number: Number,
}

#[derive(Clone, Copy)]
enum Number {
    Integer { size: u32 },
    Bool,
    Char,
    F32,
    F64,
    Flags { size: u32, mask: u32 },
}

impl Columns {
    /// The columns of elements of that type, if they are numbers and not too many.
    pub(super) fn of(side: &Side<'_>, ty: ValType) -> Option<Self> {
        let none = Column { at: 0, number: Number::Bool };
        let mut columns = Self { columns: [none; MOST], len: 0 };
        columns.add(side, ty, 0)?;
        Some(columns)
    }

    fn push(&mut self, at: u32, number: Number) -> Option<()> {
        *self.columns.get_mut(self.len)? = Column { at: at as usize, number };
        self.len += 1;
        Some(())
    }

    /// Adds what lies at `at`. Types are nested no deeper than `Limits::nesting_depth`, and so is
    /// this recursion; it ends where there are too many columns.
    fn add(&mut self, side: &Side<'_>, ty: ValType, at: u32) -> Option<()> {
        let id = match ty {
            ValType::Primitive(ty) => return self.push(at, number(ty)?),
            ValType::Defined(id) => id,
        };
        let mut offsets = RecordOffsets::new();
        let mut place = |ty: ValType| Some((ty, at.checked_add(offsets.next(side.layout(ty)))?));
        match side.types().defined(id).ok()? {
            Defined::Record(fields) => fields.iter().try_for_each(|field| {
                let (ty, at) = place(field.ty)?;
                self.add(side, ty, at)
            }),
            Defined::Tuple(types) => types.iter().try_for_each(|ty| {
                let (ty, at) = place(ty)?;
                self.add(side, ty, at)
            }),
            Defined::Flags(labels) => {
                let (size, mask) = (flags_size(labels.len()), flags_mask(labels.len()) as u32);
                self.push(at, Number::Flags { size, mask })
            }
            _ => None,
        }
    }

    /// Copies elements of `size` bytes; `None` where one of them is no value of the type.
    pub(super) fn copy(&self, source: &[u8], target: &mut [u8], size: usize) -> Option<()> {
        let columns = self.columns.get(..self.len)?;
        columns.iter().try_for_each(|&Column { at, number }| match number {
            Number::Integer { size: 1 } => each::<1>((source, target), (at, size), Some),
            Number::Integer { size: 2 } => each::<2>((source, target), (at, size), Some),
            Number::Integer { size: 4 } => each::<4>((source, target), (at, size), Some),
            Number::Integer { .. } => each::<8>((source, target), (at, size), Some),
            Number::Bool => each((source, target), (at, size), |[byte]| Some([u8::from(byte != 0)])),
            Number::Char => {
                each((source, target), (at, size), |bytes| char::from_u32(u32::from_le_bytes(bytes)).map(|_| bytes))
            }
            Number::F32 => each((source, target), (at, size), |bytes| {
                let is_nan = f32::from_le_bytes(bytes).is_nan();
                Some(if is_nan { CANONICAL_FLOAT32_NAN.to_le_bytes() } else { bytes })
            }),
            Number::F64 => each((source, target), (at, size), |bytes| {
                let is_nan = f64::from_le_bytes(bytes).is_nan();
                Some(if is_nan { CANONICAL_FLOAT64_NAN.to_le_bytes() } else { bytes })
            }),
            Number::Flags { size: 1, mask } => each((source, target), (at, size), |[byte]| Some([byte & mask as u8])),
            Number::Flags { size: 2, mask } => each((source, target), (at, size), |bytes| {
                Some((u16::from_le_bytes(bytes) & mask as u16).to_le_bytes())
            }),
            Number::Flags { mask, .. } => {
                each((source, target), (at, size), |bytes| Some((u32::from_le_bytes(bytes) & mask).to_le_bytes()))
            }
        })
    }
}

fn number(ty: PrimValType) -> Option<Number> {
    Some(match ty {
        PrimValType::String | PrimValType::ErrorContext => return None,
        PrimValType::Bool => Number::Bool,
        PrimValType::Char => Number::Char,
        PrimValType::F32 => Number::F32,
        PrimValType::F64 => Number::F64,
        _ => Number::Integer { size: ty.size() },
    })
}

/// Copies the `N` bytes at `at` of every element, each as `convert` says.
fn each<const N: usize>(
    (source, target): (&[u8], &mut [u8]),
    (at, size): (usize, usize),
    convert: impl Fn([u8; N]) -> Option<[u8; N]>,
) -> Option<()> {
    if size == N {
        // All of the element: how far apart they are is known when this is compiled.
        let mut elements = source.as_chunks::<N>().0.iter().zip(target.as_chunks_mut::<N>().0);
        return elements.try_for_each(|(from, to)| {
            *to = convert(*from)?;
            Some(())
        });
    }
    let mut elements = source.chunks_exact(size).zip(target.chunks_exact_mut(size));
    elements.try_for_each(|(from, to)| {
        let from = from.get(at..)?.first_chunk::<N>()?;
        *to.get_mut(at..)?.first_chunk_mut::<N>()? = convert(*from)?;
        Some(())
    })
}
