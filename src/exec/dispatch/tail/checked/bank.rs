//! What checked positions lead to.

use super::{Mark, Positions};
use crate::error::bug;
use crate::exec::activation::{Context, Exit, Halted, Step};
use crate::exec::dispatch::tail::bank::Bank;
use crate::exec::frame::Frame;
use crate::image::side_table::{Branch, Prologue};

impl<'a> Bank<'a> for Positions<'_, 'a> {
    type Mark = Mark<'a>;

    #[inline(always)]
    fn mark(&self) -> Mark<'a> {
        Mark { code: self.code, sp: self.sp }
    }

    #[inline(always)]
    fn back_to(&mut self, mark: Mark<'a>) {
        (self.code, self.sp) = (mark.code, mark.sp);
    }

    #[inline(always)]
    fn lay_down(&mut self) {
        self.room.mark = self.mark();
    }

    #[inline(always)]
    fn take_up(&mut self) {
        self.back_to(self.room.mark);
    }

    #[inline(always)]
    fn look<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        // One comparison; what follows needs no more.
        if self.code.len() < at.wrapping_add(N) {
            return None;
        }
        let Some(bytes) = self.code.get(at..) else { return None };
        match bytes.first_chunk() {
            Some(bytes) => Some(*bytes),
            None => None,
        }
    }

    #[inline(always)]
    fn has(&self, bytes: usize) -> bool {
        self.code.len() >= bytes
    }

    #[inline(always)]
    fn look_word(&self) -> Option<u64> {
        match self.look(0) {
            Some(bytes) => Some(u64::from_le_bytes(bytes)),
            None => None,
        }
    }

    #[inline(always)]
    fn skip(&mut self, bytes: usize) {
        self.code = match self.code.get(bytes..) {
            Some(rest) => rest,
            None => &[],
        };
    }

    #[inline(always)]
    fn at_end(&self) -> bool {
        self.code.len() == self.room.behind
    }

    #[inline(always)]
    fn store_up(&mut self, slot: u64) {
        self.slot(self.sp).set(slot);
        self.sp = self.sp.wrapping_add(1);
    }

    #[inline(always)]
    fn highest(&self) -> u64 {
        self.slot(self.sp.wrapping_sub(1)).get()
    }

    #[inline(always)]
    fn free(&mut self) {
        self.sp = self.sp.wrapping_sub(1);
    }

    #[inline(always)]
    fn local(&self, index: u32) -> u64 {
        self.slot(index as usize).get()
    }

    #[inline(always)]
    fn set_local(&mut self, index: u32, slot: u64) {
        self.slot(index as usize).set(slot);
    }

    #[inline(always)]
    fn drop_below(&mut self, keep: u32, drop: u32) {
        let from = self.sp.wrapping_sub(keep as usize);
        self.move_down(from, from.wrapping_sub(drop as usize), keep);
        self.sp = self.sp.wrapping_sub(drop as usize);
    }

    #[inline(always)]
    fn settle(&mut self, results: u32) {
        self.move_down(self.sp.wrapping_sub(results as usize), 0, results);
        self.sp = results as usize;
    }

    #[inline(always)]
    fn memory(&mut self) -> &mut [u8] {
        self.room.memory
    }

    #[inline(always)]
    fn bytes<const N: usize>(&mut self, address: u64, offset: u64) -> Option<&mut [u8; N]> {
        let (start, wrapped) = address.overflowing_add(offset);
        if wrapped {
            return None;
        }
        // Processors of these architectures have addresses of 64 bits, or the memory has none that is cut.
        match self.room.memory.get_mut(start as usize..) {
            Some(rest) => rest.first_chunk_mut(),
            None => None,
        }
    }

    #[inline(always)]
    fn cx(&mut self) -> &mut Context<'a> {
        &mut self.room.context
    }

    #[inline(always)]
    fn entry(&self, past: u32) -> Option<u32> {
        match self.room.words.get(self.room.stp.wrapping_add(past) as usize) {
            Some(word) => Some(*word),
            None => None,
        }
    }

    #[inline(always)]
    fn skip_entries(&mut self, count: u32) {
        self.room.stp = self.room.stp.wrapping_add(count);
    }

    #[inline(always)]
    fn branch(&mut self, past: u32, Branch { delta_ip, delta_stp, .. }: Branch) -> Step {
        self.room.stp = self.room.stp.wrapping_add(past).wrapping_add_signed(delta_stp);
        let (ip, fuel) = (self.ip(), self.fuel());
        self.leap(ip.wrapping_add_signed(delta_ip), fuel)
    }

    #[inline(always)]
    fn call(&mut self, index: u32) -> Step {
        let id = self.room.context.here.id;
        let Some((func, word, prologue)) = self.func(index) else {
            return Err(self.cx().halt(Exit::Enter(id, index)));
        };
        let params = prologue.params as usize;
        let (ip, room) = (self.ip(), &mut *self.room);
        let base = room.base.wrapping_add(self.sp.wrapping_sub(params));
        // The machine grows its stacks, or traps where it may not.
        if base.wrapping_add(prologue.frame_slots() as usize) > room.slots_end {
            return Err(room.context.halt(Exit::Enter(id, index)));
        }
        let Some([caller, callee, ..]) = room.frames.get_mut(room.running..) else {
            return Err(room.context.halt(Exit::Enter(id, index)));
        };
        (caller.ip, caller.stp) = (ip, room.stp);
        // Slots are fewer than 2³², as their limit is.
        *callee = Frame::new(id, index, false, 0, 0, base as u32);
        room.running = room.running.wrapping_add(1);
        self.sp = params;
        if !self.set_base(base) {
            return Err(self.cx().halt(bug!("a frame without a window")));
        }
        self.begin(func, word, prologue)
    }

    #[cfg(feature = "tail-call")]
    #[inline(always)]
    fn tail_call(&mut self, index: u32) -> Step {
        let id = self.room.context.here.id;
        let Some((func, word, prologue)) = self.func(index) else {
            return Err(self.cx().halt(Exit::Replace(id, index)));
        };
        // The machine grows its stack, or traps where it may not.
        if self.room.base.wrapping_add(prologue.frame_slots() as usize) > self.room.slots_end {
            return Err(self.cx().halt(Exit::Replace(id, index)));
        }
        self.settle(prologue.params);
        let room = &mut *self.room;
        if let Some(frame) = room.frames.get_mut(room.running) {
            *frame = Frame::new(id, index, false, 0, 0, room.base as u32);
        }
        self.begin(func, word, prologue)
    }

    #[cfg(feature = "tail-call")]
    #[inline(always)]
    fn skip_to_end(&mut self) {
        let fuel = self.fuel();
        if let Some(at) = self.code.len().checked_sub(self.room.behind.wrapping_add(1)) {
            self.skip(at);
        }
        self.room.context.limit = fuel.wrapping_add(self.ip().into());
    }

    #[inline(always)]
    fn narrow_results(&self) -> Option<u32> {
        match Prologue::narrow(self.room.word) {
            Some(prologue) => Some(prologue.results),
            None => None,
        }
    }

    #[inline(always)]
    fn results(&self) -> u32 {
        self.room.results()
    }

    #[inline(always)]
    fn leave_frame(&mut self) {
        self.room.running = self.room.running.wrapping_sub(1);
    }

    #[inline(always)]
    fn return_(&mut self) -> Step {
        let fuel = self.fuel();
        let room = &mut *self.room;
        let running = room.running.wrapping_sub(1);
        let Some(caller) = room.frames.get(running) else { return Err(Halted::General) };
        let Frame { ip, stp, base, instance, .. } = *caller;
        let index = caller.func_if(false);
        if instance != room.context.here.id {
            return Err(Halted::General);
        }
        // A frame that is wide, or has no code, has no function of the module; another may have no window.
        let Some((func, word, _)) = self.func(index) else { return Err(Halted::General) };
        self.room.running = running;
        let base = base as usize;
        self.sp = self.sp.wrapping_add(self.room.base.wrapping_sub(base));
        if !self.set_base(base) {
            return Err(self.cx().halt(bug!("a frame without a window")));
        }
        self.run(func, word, stp, ip, fuel)
    }
}
