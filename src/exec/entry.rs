//! Calls of the owner's that a dispatcher runs from their beginning: what such a call needs is looked up once, for its
//! frame and for the run.

use super::activation::{ForOwner, lend};
use super::dispatch::SPARE_SLOTS;
use super::frame::Frame;
use super::machine::Machine;
use super::{Stop, backtrace, dispatch};
use crate::error::Result;
use crate::image::Module;
use crate::image::module::Func;
use crate::image::side_table::Prologue;
use crate::store::{InstanceId, Store};
use crate::support::Limits;

impl Machine {
    /// Calls a function that an instance defines, whose arguments lie above a boundary of the owner's, and runs as above.
    #[inline]
    pub(super) fn run_from(
        &mut self,
        store: &mut Store,
        mut owner: ForOwner<'_>,
        (instance, func): (InstanceId, u32),
    ) -> Result<Stop> {
        let begun = if self.pending.is_some() || store.state.fuel.is_exhausted() {
            Ok(None)
        } else {
            dispatch::begin(self, store, lend(&mut owner), (instance, func))
        };
        match begun.map_err(|error| backtrace::attach(self, store, error))? {
            Some(Some(stop)) => return Ok(stop),
            Some(None) => {
                if let Some(token) = self.frames.last().and_then(Frame::token) {
                    return Ok(self.return_into(token));
                }
            }
            None => self.push_frame(store, instance, func)?,
        }
        self.run_for(store, owner)
    }

    /// [`push_frame`](Self::push_frame) of a narrow function of that module, above a boundary, where there is room for its
    /// frame. `None` where there is none, or the function is another one: nothing has changed then.
    #[inline(always)]
    pub(super) fn push_entry(
        &mut self,
        limits: &Limits,
        module: &Module,
        (instance, func): (InstanceId, u32),
    ) -> Option<(Frame, Func)> {
        let callee = *module.funcs.get(func as usize)?;
        let prologue = module.side_table.words().get(callee.side as usize).copied().and_then(Prologue::narrow)?;
        let base = self.top.checked_sub(prologue.params as usize)?;
        let has_room = self.frames.len() < limits.call_depth as usize
            && base + prologue.frame_slots() as usize + SPARE_SLOTS <= self.slots.len();
        // Slots are fewer than 2³², as their limit is.
        let frame = Frame::new(instance, func, false, callee.code, callee.side + 1, base as u32);
        if !has_room || !self.frames.push_within_capacity(frame) {
            return None;
        }
        self.begin_locals(prologue.locals as usize);
        Some((frame, callee))
    }
}
