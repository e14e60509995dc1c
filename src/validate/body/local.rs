//! The locals of a function: their types, and which of them have been set.
//!
//! Locals are declared in runs that cost a few bytes however long they are. So only the first
//! ones are spread out; the others are found by binary search in the runs. What was set is
//! kept by stamps that need no clearing between functions.

use super::{Body, Operand};
use crate::error::{Error, Malformed, Result};
use crate::support::{Limit, Vec};
use crate::syntax::module::LocalRun;
use crate::syntax::{Encoded, Features, LocalIdx, ValType};

/// How many locals are spread out at most.
const SPREAD: usize = 64;

/// The locals of the function being judged.
#[derive(Default)]
pub(super) struct Locals {
    /// The first locals one by one.
    spread: Vec<Operand>,
    /// All runs, each by the index after its last local.
    runs: Vec<(u32, Operand)>,
    count: u32,
    params: u32,
    /// By local: the number of the function in which it was last set. Only locals without a
    /// default value are noted.
    stamps: Vec<u32>,
    /// The number of this function.
    stamp: u32,
    /// The locals that were set, in their order: undone as blocks end.
    set: Vec<u32>,
}

impl Locals {
    #[inline]
    pub(super) fn get(&self, local: LocalIdx) -> Option<Operand> {
        match self.spread.get(local.index()) {
            Some(ty) => Some(*ty),
            None => self.find(local),
        }
    }

    fn find(&self, local: LocalIdx) -> Option<Operand> {
        let at = self.runs.partition_point(|(end, _)| *end <= local.raw());
        self.runs.get(at).map(|(_, ty)| *ty)
    }

    fn begin(&mut self) {
        self.spread.clear();
        self.runs.clear();
        self.set.clear();
        (self.count, self.params) = (0, 0);
        // Fewer than 2³² functions, so no stamp is met twice.
        self.stamp += 1;
    }

    /// Adds a run. `None` where there would be 2³² locals.
    fn add(&mut self, count: u32, ty: Operand) -> Result<Option<()>> {
        let Some(end) = self.count.checked_add(count) else { return Ok(None) };
        if count == 0 {
            return Ok(Some(()));
        }
        let spread = (count as usize).min(SPREAD.saturating_sub(self.spread.len()));
        self.spread.extend(core::iter::repeat_n(ty, spread))?;
        match self.runs.last_mut() {
            Some(last) if last.1 == ty => last.0 = end,
            _ => self.runs.push((end, ty))?,
        }
        self.count = end;
        Ok(Some(()))
    }

    /// Whether one of them is a vector.
    fn have_vectors(&self) -> bool {
        self.runs.iter().any(|(_, ty)| *ty == Operand::V128)
    }

    /// Core spec, Local Types: whether the local may be read.
    #[inline]
    pub(super) fn is_initialized(&self, local: LocalIdx, ty: Operand) -> bool {
        is_defaultable(ty) || local.raw() < self.params || self.stamps.get(local.index()) == Some(&self.stamp)
    }

    /// Notes that the local was set.
    #[inline]
    pub(super) fn initialize(&mut self, local: LocalIdx, ty: Operand) -> Result<()> {
        if self.is_initialized(local, ty) { Ok(()) } else { self.note(local) }
    }

    fn note(&mut self, local: LocalIdx) -> Result<()> {
        if local.index() >= self.stamps.len() {
            let missing = local.index() + 1 - self.stamps.len();
            self.stamps.extend(core::iter::repeat_n(0, missing))?;
        }
        if let Some(stamp) = self.stamps.get_mut(local.index()) {
            *stamp = self.stamp;
        }
        Ok(self.set.push(local.raw())?)
    }

    /// How many locals have been noted as set.
    pub(super) fn initialized(&self) -> u32 {
        // One an instruction.
        self.set.len() as u32
    }

    /// Undoes what was set since `initialized` locals had been.
    #[inline]
    pub(super) fn forget_since(&mut self, initialized: u32) {
        while self.set.len() > initialized as usize {
            if let Some(stamp) = self.set.pop().and_then(|local| self.stamps.get_mut(local as usize)) {
                *stamp = 0;
            }
        }
    }
}

/// Core spec, Defaultable Types.
#[inline]
fn is_defaultable(ty: Operand) -> bool {
    if !Features::JUDGED.contains(Features::FUNCTION_REFERENCES) {
        return true;
    }
    ty.as_ref().is_none_or(|ty| ty.is_nullable())
}

impl Body<'_> {
    /// Declares parameters and locals (core spec, Functions and Local Types). Returns how many
    /// locals are no parameters.
    pub(super) fn begin_locals(&mut self, params: &[ValType], runs: Encoded<'_, LocalRun>) -> Result<u32> {
        self.locals.begin();
        for ty in params {
            self.locals.add(1, Operand::from(*ty))?;
        }
        self.locals.params = self.locals.count;
        for run in runs.items() {
            let (at, LocalRun { count, ty }) = run?;
            let ty = self.cx.val_type(ty, at).map(Operand::from)?;
            if self.locals.add(count, ty)?.is_none() {
                return Err(Error::malformed(Malformed::TooManyLocals, at));
            }
        }
        self.cx.limit_at(Limit::Locals, self.locals.count, self.at)?;
        self.vectors = self.locals.have_vectors();
        Ok(self.locals.count - self.locals.params)
    }
}
