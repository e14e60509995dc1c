//! What raw positions lead to: see the parent for what makes it sound.

use super::{Mark, Positions, Span};
use crate::exec::activation::{Context, Exit, Halted, Step};
use crate::exec::dispatch::tail::bank::Bank;
use crate::image::side_table::{Branch, Prologue};
use core::hint::cold_path;
use core::marker::PhantomData;

impl<'a> Bank<'a> for Positions<'_, 'a> {
    type Mark = Mark<'a>;

    #[inline(always)]
    fn mark(&self) -> Mark<'a> {
        Mark { code: self.code, sp: self.sp, locals: self.locals, input: PhantomData }
    }

    #[inline(always)]
    fn back_to(&mut self, mark: Mark<'a>) {
        (self.code, self.sp, self.locals) = (mark.code, mark.sp, mark.locals);
    }

    #[inline(always)]
    fn lay_down(&mut self) {
        let Self { code, sp, locals, .. } = *self;
        self.room().mark = Mark { code, sp, locals, input: PhantomData };
    }

    #[inline(always)]
    fn take_up(&mut self) {
        let Mark { code, sp, locals, .. } = self.shared_room().mark;
        (self.code, self.sp, self.locals) = (code, sp, locals);
    }

    #[inline(always)]
    fn look<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        debug_assert!(self.code.wrapping_add(at + N) <= self.shared_room().code_end);
        // SAFETY: `Code`: the caller knows that these are bytes of one instruction, or that as
        // many numbers begin here or later.
        unsafe { Some(self.code.add(at).cast::<[u8; N]>().read()) }
    }

    #[inline(always)]
    fn has(&self, _: usize) -> bool {
        // What is looked at is there.
        true
    }

    #[inline(always)]
    fn look_word(&self) -> Option<u64> {
        if self.shared_room().reach.input_end.addr().wrapping_sub(self.code.addr()) < size_of::<u64>() {
            return None;
        }
        // SAFETY: the input has that many bytes here; that was the condition. (`read_unaligned`
        // of a number would give a local's address away with debug assertions.)
        unsafe { Some(u64::from_le_bytes(self.code.cast::<[u8; 8]>().read())) }
    }

    #[inline(always)]
    fn skip(&mut self, bytes: usize) {
        self.code = self.code.wrapping_add(bytes);
    }

    #[inline(always)]
    fn at_end(&self) -> bool {
        self.code == self.shared_room().code_end
    }

    #[inline(always)]
    fn store_up(&mut self, slot: u64) {
        debug_assert!(self.is_slot(self.sp));
        // SAFETY: `Sp`: the height is below the greatest.
        unsafe {
            self.sp.write(slot);
            self.sp = self.sp.add(1);
        }
    }

    #[inline(always)]
    fn highest(&self) -> u64 {
        debug_assert!(self.is_slot(self.sp.wrapping_sub(1)));
        // SAFETY: `Sp`: the height is above zero, and its value is not cached.
        unsafe { self.sp.sub(1).read() }
    }

    #[inline(always)]
    fn free(&mut self) {
        self.sp = self.sp.wrapping_sub(1);
    }

    #[inline(always)]
    fn local(&self, index: u32) -> u64 {
        debug_assert!(self.is_slot(self.locals.wrapping_add(index as usize)));
        // SAFETY: `Locals`.
        unsafe { self.locals.add(index as usize).read() }
    }

    #[inline(always)]
    fn set_local(&mut self, index: u32, slot: u64) {
        debug_assert!(self.is_slot(self.locals.wrapping_add(index as usize)));
        // SAFETY: `Locals`.
        unsafe { self.locals.add(index as usize).write(slot) }
    }

    #[inline(always)]
    fn drop_below(&mut self, keep: u32, drop: u32) {
        let from = self.sp.wrapping_sub(keep as usize);
        self.move_down(from, from.wrapping_sub(drop as usize), keep);
        self.sp = self.sp.wrapping_sub(drop as usize);
        debug_assert!(self.locals <= self.sp);
    }

    #[inline(always)]
    fn settle(&mut self, results: u32) {
        self.move_down(self.sp.wrapping_sub(results as usize), self.locals, results);
        self.sp = self.locals.wrapping_add(results as usize);
    }

    #[inline(always)]
    fn memory(&mut self) -> &mut [u8] {
        let room = self.room();
        // SAFETY: `execute` had a slice of these, and while handlers run nobody else has it.
        unsafe { core::slice::from_raw_parts_mut(room.memory.start.as_ptr(), room.memory.len) }
    }

    #[inline(always)]
    fn bytes<const N: usize>(&mut self, address: u64, offset: u64) -> Option<&mut [u8; N]> {
        let room = self.room();
        // Offsets of 64 bits may be that great; those of one byte are known not to be.
        let (offset, wrapped) = offset.overflowing_add(N as u64);
        let end = address.wrapping_add(offset);
        // Where the sum is less than a part of it, it wrapped around.
        if wrapped || end < address || end > room.memory.len as u64 {
            return None;
        }
        let start = (end - N as u64) as usize;
        // SAFETY: `Span`: it has `len` bytes; these end within, and they do not begin
        // below zero, as the end is not less than `N`.
        unsafe { Some(room.memory.start.add(start).cast().as_mut()) }
    }

    #[inline(always)]
    fn near_bytes<const N: usize>(&mut self, address: u64, offset: u64) -> Option<&mut [u8; N]> {
        const { assert!(N <= size_of::<u64>()) }
        debug_assert!(offset <= 0x7F);
        let Span { start, near_end, .. } = self.room().memory;
        if address >= near_end as u64 {
            cold_path();
            return None;
        }
        // SAFETY: `Span`: it has `near_end` bytes, and behind them as many as the offset and the access take.
        unsafe { Some(start.add(address as usize).add(offset as usize).cast().as_mut()) }
    }

    #[inline(always)]
    fn cx(&mut self) -> &mut Context<'a> {
        &mut self.room().context
    }

    #[inline(always)]
    fn entry(&self, past: u32) -> Option<u32> {
        Some(self.word_at(self.shared_room().stp.wrapping_add(past as usize)))
    }

    #[inline(always)]
    fn skip_entries(&mut self, count: u32) {
        let room = self.room();
        room.stp = room.stp.wrapping_add(count as usize);
    }

    #[inline(always)]
    fn branch(&mut self, past: u32, Branch { delta_ip, delta_stp, .. }: Branch) -> Step {
        let room = self.room();
        room.stp = room.stp.wrapping_add(past as usize).wrapping_offset(delta_stp as isize);
        self.leap_by(delta_ip as isize)
    }

    #[inline(always)]
    fn call(&mut self, index: u32) -> Step {
        let func = self.func(index);
        let word = self.word(func.side);
        let Some(prologue) = Prologue::narrow(word) else {
            cold_path();
            let id = self.cx().here.id;
            return Err(self.cx().halt(Exit::Enter(id, index)));
        };
        let (code, sp) = (self.code.addr(), self.sp);
        let base = sp.wrapping_sub(prologue.params as usize);
        let room = self.room();
        // The machine grows its stacks, or traps where it may not.
        let end = sp.wrapping_add((prologue.locals + prologue.height) as usize);
        if end > room.slots_end || room.frame == room.last_frame {
            cold_path();
            let id = room.context.here.id;
            return Err(room.context.halt(Exit::Enter(id, index)));
        }
        let frame = room.frame;
        // SAFETY: `frame` is a frame, and not the last that fits. The positions of the topmost one
        // are not read before they are written, here or when handlers stop.
        unsafe {
            (*frame).ip = code.wrapping_sub(room.reach.input.addr()) as u32;
            (*frame).stp = (room.stp.addr().wrapping_sub(room.reach.words.addr()) / size_of::<u32>()) as u32;
            let frame = frame.add(1);
            room.frame = frame;
            frame.write(room.frame_of(index, base));
        }
        self.locals = base;
        self.begin(func, word, prologue)
    }

    #[cfg(feature = "tail-call")]
    #[inline(always)]
    fn tail_call(&mut self, index: u32) -> Step {
        let func = self.func(index);
        let word = self.word(func.side);
        let Some(prologue) = Prologue::narrow(word) else {
            let id = self.cx().here.id;
            return Err(self.cx().halt(Exit::Replace(id, index)));
        };
        let base = self.locals;
        // The machine grows its stack, or traps where it may not.
        if base.wrapping_add(prologue.frame_slots() as usize) > self.shared_room().slots_end {
            let id = self.cx().here.id;
            return Err(self.cx().halt(Exit::Replace(id, index)));
        }
        self.move_down(self.sp.wrapping_sub(prologue.params as usize), base, prologue.params);
        self.sp = base.wrapping_add(prologue.params as usize);
        let room = self.room();
        let frame = room.frame_of(index, base);
        // SAFETY: `frame` is a frame.
        unsafe { room.frame.write(frame) }
        self.begin(func, word, prologue)
    }

    #[cfg(feature = "tail-call")]
    #[inline(always)]
    fn skip_to_end(&mut self) {
        let (fuel, end) = (self.fuel(), self.shared_room().code_end.wrapping_sub(1));
        self.room().context.limit = fuel.wrapping_add(end.addr() as i64);
        self.code = end;
    }

    #[inline(always)]
    fn narrow_results(&self) -> Option<u32> {
        match Prologue::narrow(self.shared_room().word) {
            Some(prologue) => Some(prologue.results),
            None => None,
        }
    }

    #[inline(always)]
    fn results(&self) -> u32 {
        self.shared_room().results()
    }

    #[cfg(crossings)]
    #[inline(always)]
    fn calls_import(&mut self, number: u32) -> bool {
        self.room().calls_import(number)
    }

    #[cfg(crossings)]
    #[inline(always)]
    fn returns(&mut self) -> bool {
        self.room().returns()
    }

    #[cfg(crossings)]
    #[inline(always)]
    fn goes_elsewhere(&mut self) -> bool {
        self.room().goes_elsewhere()
    }

    #[inline(always)]
    fn leave_frame(&mut self) {
        let room = self.room();
        room.frame = room.frame.wrapping_sub(1);
    }

    #[inline(always)]
    fn return_(&mut self) -> Step {
        let room = self.room();
        let frame = room.frame;
        if frame == room.first_frame {
            cold_path();
            return Err(Halted::General);
        }
        // SAFETY: `frame` was not the first one, so there is one below.
        let caller = unsafe { &*frame.sub(1) };
        let func = caller.func_if(false);
        // A frame that is wide, or has no code, has no function of the module.
        if caller.instance != room.context.here.id || func as usize >= room.reach.funcs_len {
            cold_path();
            return Err(Halted::General);
        }
        room.frame = frame.wrapping_sub(1);
        let func = self.func(func);
        let word = self.word(func.side);
        let room = self.room();
        room.word = word;
        room.code_end = room.reach.input.wrapping_add(func.end as usize);
        room.stp = room.reach.words.wrapping_add(caller.stp as usize);
        let (target, locals) =
            (room.reach.input.wrapping_add(caller.ip as usize), room.slots.wrapping_add(caller.base as usize));
        self.locals = locals;
        self.bound_frame();
        self.leap(target)
    }
}
