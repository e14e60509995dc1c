//! Constant expressions, evaluated where they lie in judged bytes (core spec, Constant
//! Expressions), without recursion.

use super::num;
use super::slot::Slot;
use crate::binary::{Judged, Reader};
use crate::error::{Result, bug};
use crate::image::{Image, Span};
use crate::store::{Global, GlobalId, Instance, Ref, known};
use crate::support::{Arena, Vec};
use crate::syntax::Instr;

/// Evaluates constant expressions of one instance, one after the other.
pub(super) struct Evaluator<'a> {
    instance: &'a Instance,
    globals: &'a Arena<GlobalId, Global>,
    stack: Vec<u64>,
}

impl<'a> Evaluator<'a> {
    /// For an instance whose functions have their ids, and of whose globals those are there
    /// that the expressions read.
    pub(super) fn new(instance: &'a Instance, globals: &'a Arena<GlobalId, Global>) -> Self {
        Self { instance, globals, stack: Vec::new() }
    }

    pub(super) fn instance(&self) -> &'a Instance {
        self.instance
    }

    /// The value of the expression at `span`, as a slot.
    pub(super) fn evaluate_at(&mut self, image: &Image, span: Span) -> Result<u64> {
        self.evaluate(&mut Reader::new(span.of(&image.bytes), span.start))
    }

    /// The value of the expression that begins at the reader, which moves on past its `end`.
    pub(super) fn evaluate(&mut self, reader: &mut Reader<'_, Judged>) -> Result<u64> {
        self.stack.clear();
        loop {
            let value = match reader.read::<Instr<'_>>()? {
                Instr::end { .. } => return self.pop(),
                Instr::i32_const { value } => value.into_slot(),
                Instr::i64_const { value } => value.into_slot(),
                Instr::f32_const { value } => value.0.into_slot(),
                Instr::f64_const { value } => value.0,
                Instr::ref_null { .. } => Ref::NULL.into_slot(),
                Instr::ref_func { func } => Ref::from_func(self.instance.func(func)).into_slot(),
                Instr::global_get { global } => {
                    let id = known(self.instance.global(global))?;
                    let [value, _] = known(self.globals.get(id))?.value;
                    value
                }
                Instr::i32_add { .. } => self.binary(num::i32_add)?,
                Instr::i32_sub { .. } => self.binary(num::i32_sub)?,
                Instr::i32_mul { .. } => self.binary(num::i32_mul)?,
                Instr::i64_add { .. } => self.binary(num::i64_add)?,
                Instr::i64_sub { .. } => self.binary(num::i64_sub)?,
                Instr::i64_mul { .. } => self.binary(num::i64_mul)?,
                _ => return Err(bug!("a constant expression that is none").into()),
            };
            self.stack.push(value)?;
        }
    }

    fn pop(&mut self) -> Result<u64> {
        known(self.stack.pop())
    }

    fn binary<T: Slot>(&mut self, compute: impl Fn(T, T) -> T) -> Result<u64> {
        let right = T::from_slot(self.pop()?);
        let left = T::from_slot(self.pop()?);
        Ok(compute(left, right).into_slot())
    }
}
