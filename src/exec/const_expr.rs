//! Constant expressions at run time (core spec, Constant Expressions).

use super::slot::Slot;
use crate::binary::{Judged, Reader};
use crate::error::{Error, Result, bug};
use crate::image::Span;
use crate::store::{Instance, Ref, State};
use crate::support::Vec;
use crate::syntax::{Instr, ValType};

/// The value of a judged expression, in slots. It sees the functions of `instance` and those of
/// its globals that exist already.
pub fn evaluate(expr: Span, bytes: &[u8], instance: &Instance, state: &State) -> Result<[u64; 2]> {
    let mut reader = Reader::<Judged>::new(expr.of(bytes), expr.start);
    let mut stack = Operands { slots: Vec::new() };
    loop {
        match reader.read::<Instr<'_>>()? {
            Instr::i32_const { value } => stack.push(value.into_slot())?,
            Instr::i64_const { value } => stack.push(value.into_slot())?,
            Instr::f32_const { value } => stack.push(u64::from(value.0))?,
            Instr::f64_const { value } => stack.push(value.0)?,
            Instr::ref_null { .. } => stack.push(Ref::NULL.into_slot())?,
            Instr::ref_func { func } => {
                stack.push(Ref::from_func(instance.func(func)).into_slot())?;
            }
            Instr::global_get { global } => {
                let id = instance.global(global).ok_or(bug!("no such global"))?;
                let global = state.globals.get(id).ok_or(bug!("no such global"))?;
                stack.push(global.value[0])?;
                if global.ty.content == ValType::V128 {
                    stack.push(global.value[1])?;
                }
            }
            Instr::i32_add {} => stack.binary(i32::wrapping_add)?,
            Instr::i32_sub {} => stack.binary(i32::wrapping_sub)?,
            Instr::i32_mul {} => stack.binary(i32::wrapping_mul)?,
            Instr::i64_add {} => stack.binary(i64::wrapping_add)?,
            Instr::i64_sub {} => stack.binary(i64::wrapping_sub)?,
            Instr::i64_mul {} => stack.binary(i64::wrapping_mul)?,
            Instr::end {} => return Ok(stack.result()),
            _ => return Err(bug!("an expression that is not constant").into()),
        }
    }
}

/// The operands of an expression; as many as it has instructions at most.
struct Operands {
    slots: Vec<u64>,
}

impl Operands {
    fn push(&mut self, slot: u64) -> Result<()> {
        self.slots.push(slot).map_err(Error::from)
    }

    fn binary<V: Slot>(&mut self, compute: impl Fn(V, V) -> V) -> Result<()> {
        let (Some(b), Some(a)) = (self.slots.pop(), self.slots.pop()) else {
            return Err(bug!("an expression without operands").into());
        };
        self.push(compute(V::from_slot(a), V::from_slot(b)).into_slot())
    }

    fn result(&self) -> [u64; 2] {
        match *self.slots {
            [low, high] => [low, high],
            [value] => [value, 0],
            _ => [0, 0],
        }
    }
}
