//! The slots of the running frame through a raw pointer: see the parent for what makes it sound.

use super::{Positions, Room};
use crate::image::side_table::Prologue;

impl Positions<'_, '_> {
    /// Notes where the slots of the running frame end, where that is asserted.
    #[inline(always)]
    pub(super) fn bound_frame(&mut self) {
        if cfg!(debug_assertions) {
            let locals = self.locals;
            self.room().bound_frame(locals);
        }
    }

    #[inline(always)]
    pub(super) fn is_slot(&self, slot: *mut u64) -> bool {
        self.locals <= slot && slot < self.shared_room().frame_end && slot.is_aligned()
    }

    /// Moves `count` slots from `from` down to `to`. The writes are volatile so that they do not
    /// become a call, for which a handler would have to save its registers.
    #[inline(always)]
    pub(super) fn move_down(&mut self, mut from: *mut u64, mut to: *mut u64, count: u32) {
        for _ in 0..count {
            debug_assert!(self.is_slot(from) && self.is_slot(to));
            // SAFETY: `Sp`: both are slots of the frame, at most at its height.
            unsafe {
                to.write_volatile(from.read());
                (from, to) = (from.add(1), to.add(1));
            }
        }
    }
}

impl Room<'_> {
    /// What a call of the running function needs to know, in whichever form.
    fn prologue(&self) -> Prologue {
        // SAFETY: `frame` is a frame.
        let func = unsafe { (*self.frame).func_if(false) };
        let module = self.context.here.module;
        let side = module.funcs.get(func as usize).map(|func| func.side);
        side.and_then(|side| module.side_table.prologue(side)).unwrap_or_default()
    }

    /// How many results the running function has. All of the prologue would come back through a local of the handler's.
    #[cold]
    #[inline(never)]
    pub(super) fn results(&self) -> u32 {
        self.prologue().results
    }

    /// Notes where the slots of the running frame end. Asserted, so not inlined: see `results`.
    #[inline(never)]
    pub(super) fn bound_frame(&mut self, locals: *mut u64) {
        self.frame_end = locals.wrapping_add(self.prologue().frame_slots() as usize);
        assert!(self.frame_end <= self.slots_end, "a frame has room");
    }
}
