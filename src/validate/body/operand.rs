//! The operand stack: what values the code so far leaves (core spec, Validation Algorithm).
//!
//! A type takes four bytes: the word of a [`RefType`], or a code that no reference has. Two of
//! these codes stand for types that only unreachable code knows.

use super::Body;
use crate::error::{Invalid, Result};
use crate::syntax::{AddrType, HeapType, RefType, ValType};
use crate::types::{TypeId, TypeTable};

/// The type of an operand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::validate) struct Operand(u32);

/// The first code that no reference has.
const FIRST_NUMBER: u32 = RefType::CODES;

impl Operand {
    pub(in crate::validate) const I32: Operand = Operand(FIRST_NUMBER);
    pub(in crate::validate) const I64: Operand = Operand(FIRST_NUMBER + 4);
    pub(in crate::validate) const F32: Operand = Operand(FIRST_NUMBER + 8);
    pub(in crate::validate) const F64: Operand = Operand(FIRST_NUMBER + 12);
    pub(in crate::validate) const V128: Operand = Operand(FIRST_NUMBER + 16);
    /// Any value: what unreachable code finds on the stack.
    pub(in crate::validate) const BOTTOM: Operand = Operand(FIRST_NUMBER + 20);
    /// Any reference, not null: what unreachable code makes of one.
    pub(in crate::validate) const BOTTOM_REF: Operand = Operand(FIRST_NUMBER + 24);

    /// The number type with that code: `i32`, `i64`, `f32`, `f64` and `v128`, in this order.
    #[cfg(compact)]
    pub(in crate::validate) const fn of_code(code: u32) -> Self {
        Operand(FIRST_NUMBER + 4 * code)
    }

    pub(in crate::validate) const fn of_ref(ty: RefType) -> Self {
        Operand(ty.bits())
    }

    /// A reference to values of that canonical type.
    pub(in crate::validate) const fn of_type(id: TypeId, nullable: bool) -> Self {
        Self::of_ref(RefType::of(nullable, id.heap()))
    }

    /// A reference to values of that canonical type itself, not null.
    pub(in crate::validate) const fn exactly(id: TypeId) -> Self {
        Self::of_ref(RefType::of(false, id.exact_heap()))
    }

    pub(in crate::validate) const fn of_addr(ty: AddrType) -> Self {
        match ty.built() {
            AddrType::I32 => Self::I32,
            AddrType::I64 => Self::I64,
        }
    }

    /// The type as a reference type.
    pub(in crate::validate) const fn as_ref(self) -> Option<RefType> {
        // A concrete reference has a bit that no number's code has.
        if self.0 < FIRST_NUMBER || self.0 & RefType::CONCRETE != 0 { Some(RefType::from_bits(self.0)) } else { None }
    }

    pub(in crate::validate) const fn is_number(self) -> bool {
        matches!(self, Self::I32 | Self::I64 | Self::F32 | Self::F64)
    }

    /// Core spec, Matching; unreachable code's types match whatever they can stand for.
    pub(in crate::validate) fn matches(self, sup: Operand, types: &TypeTable) -> bool {
        if self == sup || self == Self::BOTTOM {
            return true;
        }
        match (self.as_ref(), sup.as_ref()) {
            (Some(sub), Some(sup)) => types.ref_matches(sub, sup),
            (None, Some(_)) => self == Self::BOTTOM_REF,
            _ => false,
        }
    }
}

impl From<ValType> for Operand {
    #[inline]
    fn from(ty: ValType) -> Self {
        match ty {
            ValType::I32 => Operand::I32,
            ValType::I64 => Operand::I64,
            ValType::F32 => Operand::F32,
            ValType::F64 => Operand::F64,
            ValType::V128 => Operand::V128,
            ValType::Ref(ty) => Operand::of_ref(ty),
        }
    }
}

/// A list of types: of a label, of parameters or of results.
#[derive(Clone, Copy)]
pub(in crate::validate) enum Types<'m> {
    One(Operand),
    Many(&'m [ValType]),
}

impl Types<'_> {
    pub(in crate::validate) const NONE: Types<'static> = Types::Many(&[]);

    pub(in crate::validate) fn len(self) -> usize {
        match self {
            Types::One(_) => 1,
            Types::Many(types) => types.len(),
        }
    }

    /// The type at `at`; any value past the end, where nobody looks.
    pub(in crate::validate) fn get(self, at: usize) -> Operand {
        match self {
            Types::One(ty) => ty,
            Types::Many(types) => types.get(at).map_or(Operand::BOTTOM, |ty| Operand::from(*ty)),
        }
    }

    /// Whether both are one list of the type section: then what matches one matches the other.
    pub(in crate::validate) fn is_same_list(self, other: Self) -> bool {
        match (self, other) {
            (Types::One(ty), Types::One(other)) => ty == other,
            (Types::Many(types), Types::Many(other)) => core::ptr::eq(types, other),
            _ => false,
        }
    }

    /// Without the last one.
    #[cfg(any(feature = "function-references", test))]
    pub(in crate::validate) fn split_last(self) -> Option<(Self, Operand)> {
        match self {
            Types::One(ty) => Some((Types::Many(&[]), ty)),
            Types::Many(types) => types.split_last().map(|(last, rest)| (Types::Many(rest), Operand::from(*last))),
        }
    }
}

impl<'m> Body<'m> {
    #[inline]
    pub(super) fn push(&mut self, ty: Operand) -> Result<()> {
        self.operands.push(ty)?;
        self.vectors |= ty == Operand::V128;
        if self.operands.len() > self.max_height {
            return self.raise_height();
        }
        Ok(())
    }

    /// Takes an operand that must match `expected`.
    #[inline]
    pub(super) fn pop(&mut self, expected: Operand) -> Result<()> {
        if self.operands.len() > self.floor && self.operands.last() == Some(&expected) {
            self.operands.pop();
            return Ok(());
        }
        self.pop_other(expected)
    }

    /// [`pop`](Self::pop) where the top is not the very type: matching, or an error.
    #[inline(never)]
    fn pop_other(&mut self, expected: Operand) -> Result<()> {
        let Some(found) = self.take()? else { return Err(self.missing(expected)) };
        if found.matches(expected, self.types()) { Ok(()) } else { Err(self.mismatch(expected, found)) }
    }

    /// Whether the stack holds whatever is asked for, and nothing else: unreachable code need
    /// not ask one by one.
    #[inline]
    pub(super) fn has_any(&self) -> bool {
        self.operands.len() == self.floor && self.is_unreachable()
    }

    /// Takes any operand.
    pub(super) fn pop_any(&mut self) -> Result<Operand> {
        let found = self.take()?;
        found.ok_or_else(|| self.invalid(Invalid::TypeMismatch, format_args!("expected a value, found none")))
    }

    /// Takes a reference; [`Operand::BOTTOM_REF`] where unreachable code finds anything.
    pub(super) fn pop_ref(&mut self) -> Result<Operand> {
        let found = self.pop_any()?;
        if found == Operand::BOTTOM || found == Operand::BOTTOM_REF {
            return Ok(Operand::BOTTOM_REF);
        }
        if found.as_ref().is_none() {
            return Err(self.mismatch_with("a reference", found));
        }
        Ok(found)
    }

    pub(super) fn pop_types(&mut self, types: Types<'m>) -> Result<()> {
        match types {
            Types::One(ty) => self.pop(ty),
            Types::Many(types) => {
                for ty in types.iter().rev() {
                    if self.has_any() {
                        break;
                    }
                    self.pop(Operand::from(*ty))?;
                }
                Ok(())
            }
        }
    }

    pub(super) fn push_types(&mut self, types: Types<'m>) -> Result<()> {
        match types {
            Types::One(ty) => self.push(ty),
            Types::Many(types) => types.iter().try_for_each(|ty| self.push(Operand::from(*ty))),
        }
    }

    /// That the operands on top match `types`; takes none.
    pub(super) fn check_top(&self, types: Types<'m>) -> Result<()> {
        let operands = self.operands.get(self.floor..).unwrap_or_default();
        for below in 0..types.len() {
            let expected = types.get(types.len() - 1 - below);
            match operands.len().checked_sub(below + 1).and_then(|at| operands.get(at)) {
                Some(found) if found.matches(expected, self.types()) => {}
                Some(found) => return Err(self.mismatch(expected, *found)),
                None if self.is_unreachable() => return Ok(()),
                None => return Err(self.missing(expected)),
            }
        }
        Ok(())
    }

    /// The operand on top, taken; `None` where the block has none.
    #[inline]
    fn take(&mut self) -> Result<Option<Operand>> {
        if self.operands.len() <= self.floor {
            return Ok(self.is_unreachable().then_some(Operand::BOTTOM));
        }
        Ok(self.operands.pop())
    }

    /// Signatures of the instruction table: takes `params`, the last first, and leaves `results`.
    #[inline]
    pub(super) fn apply<const P: usize, const R: usize>(
        &mut self,
        params: [Operand; P],
        results: [Operand; R],
    ) -> Result<()> {
        for ty in params.into_iter().rev() {
            self.pop(ty)?;
        }
        results.into_iter().try_for_each(|ty| self.push(ty))
    }
}

/// How a type is written in the text format.
pub(in crate::validate) struct Shown<'m>(pub &'m [TypeId], pub Operand);

impl core::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Shown(ids, ty) = self;
        let Some(ty) = ty.as_ref() else {
            return f.write_str(match *ty {
                Operand::I32 => "i32",
                Operand::I64 => "i64",
                Operand::F32 => "f32",
                Operand::F64 => "f64",
                Operand::V128 => "v128",
                Operand::BOTTOM_REF => "any reference",
                _ => "any value",
            });
        };
        let null = if ty.is_nullable() { "null " } else { "" };
        match ty.heap() {
            HeapType::Abstract(heap) if ty.is_nullable() => f.write_str(heap.ref_text()),
            HeapType::Abstract(heap) => write!(f, "(ref {})", heap.text()),
            // The first index that stands for the type; equal types share one canonical id.
            HeapType::Exact(id) => match ids.iter().position(|other| *other == TypeId::from_index(id)) {
                Some(index) => write!(f, "(ref {null}(exact {index}))"),
                None => write!(f, "(ref {null}(exact canonical {id}))"),
            },
            HeapType::Concrete(id) => match ids.iter().position(|other| *other == TypeId::from_index(id)) {
                Some(index) => write!(f, "(ref {null}{index})"),
                None => write!(f, "(ref {null}canonical {id})"),
            },
        }
    }
}
