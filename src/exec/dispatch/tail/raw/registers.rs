//! What handlers see of the raw registers: see the parent for what makes it sound.

use super::Regs;
use crate::binary::leb128;
use crate::exec::activation::{Context, Exit, Halted, Step};
use crate::exec::dispatch::tail::{MORE, reader};
use crate::exec::frame::Frame;
use crate::exec::registers::{Access, Registers};
use crate::image::module::Func;
use crate::image::side_table::{Prologue, by_depth};

impl<'a, const READER: u8> Registers<'a> for Regs<'_, 'a, READER> {
    #[inline(always)]
    fn push(&mut self, slot: u64) {
        match self.cached {
            0 => self.cached = 1,
            1 => (self.below, self.cached) = (self.top, 2),
            _ => {
                self.store_up(self.below);
                self.below = self.top;
            }
        }
        self.top = slot;
    }

    #[inline(always)]
    fn pop(&mut self) -> u64 {
        let top = self.top;
        match self.cached {
            0 => self.load_down(),
            1 => {
                self.cached = 0;
                top
            }
            _ => {
                (self.top, self.cached) = (self.below, 1);
                top
            }
        }
    }

    #[inline(always)]
    fn top(&self) -> u64 {
        if self.cached == 0 {
            debug_assert!(self.is_slot(self.sp.wrapping_sub(1)));
            // SAFETY: `Sp`: the height is above zero, and its value is not cached.
            unsafe { self.sp.sub(1).read() }
        } else {
            self.top
        }
    }

    #[inline(always)]
    fn set_top(&mut self, slot: u64) {
        if self.cached == 0 {
            // The value in the slot is out of date from here on, and above the height.
            self.sp = self.sp.wrapping_sub(1);
            self.cached = 1;
        }
        self.top = slot;
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
    fn at_end(&self) -> bool {
        self.code == self.shared_room().code_end
    }

    #[inline(always)]
    fn unsigned(&mut self) -> u64 {
        let (value, len) = self.peek_number();
        self.code = self.code.wrapping_add(len);
        value
    }

    #[inline(always)]
    fn signed(&mut self) -> i64 {
        if READER == reader::ONE_BYTE {
            let [byte] = self.array();
            debug_assert!(byte & MORE == 0);
            return i64::from((byte << 1) as i8 >> 1);
        }
        if READER == reader::SHORT || READER == reader::LONG {
            let (value, len) = if READER == reader::SHORT { self.short_number::<true>() } else { self.long_number() };
            self.code = self.code.wrapping_add(len);
            return value.cast_signed();
        }
        let (value, len) = self.number();
        self.code = self.code.wrapping_add(len);
        leb128::extend(value.cast_signed(), 7 * len as u32)
    }

    #[inline(always)]
    fn peek_unsigned(&self) -> u64 {
        self.peek_number().0
    }

    #[inline(always)]
    fn peek_label(&self, at: u32) -> [u32; 2] {
        let (_, len) = self.peek_number();
        let [low, high] = self.look(len + at as usize);
        [u32::from(low), u32::from(high)]
    }

    #[inline(always)]
    fn peek_array<const N: usize>(&self) -> [u8; N] {
        debug_assert!(self.code.wrapping_add(N) <= self.shared_room().code_end);
        // SAFETY: `Code`: these are bytes of one instruction.
        unsafe { self.code.cast::<[u8; N]>().read() }
    }

    #[inline(always)]
    fn array<const N: usize>(&mut self) -> [u8; N] {
        let bytes = self.peek_array();
        self.code = self.code.wrapping_add(N);
        bytes
    }

    #[inline(always)]
    fn access(&mut self) -> Access {
        if READER == reader::ANY {
            return Access::read(self);
        }
        let [flags] = self.array();
        debug_assert!(u32::from(flags) < Access::HAS_MEMORY);
        Access { other: None, offset: self.unsigned() }
    }

    #[inline(always)]
    fn memory(&mut self) -> &mut [u8] {
        let room = self.room();
        // SAFETY: `execute` had a slice of these, and while handlers run nobody else has it.
        unsafe { core::slice::from_raw_parts_mut(room.memory, room.memory_len) }
    }

    #[inline(always)]
    fn bytes<const N: usize>(&mut self, address: u64, offset: u64) -> Option<&mut [u8; N]> {
        let room = self.room();
        // Offsets of 64 bits may be that great; those of one byte are known not to be.
        let (offset, wrapped) = offset.overflowing_add(N as u64);
        let end = address.wrapping_add(offset);
        // Where the sum is less than a part of it, it wrapped around.
        if wrapped || end < address || end > room.memory_len as u64 {
            return None;
        }
        let start = (end - N as u64) as usize;
        // SAFETY: `memory`: it has `memory_len` bytes; these end within, and they do not begin
        // below zero, as the end is not less than `N`.
        unsafe { Some(&mut *room.memory.add(start).cast::<[u8; N]>()) }
    }

    #[inline(always)]
    fn cx(&mut self) -> &mut Context<'a> {
        &mut self.room().context
    }

    #[inline(always)]
    fn by_depth(&self) -> Option<u32> {
        by_depth(self.word_at(self.shared_room().stp))
    }

    #[inline(always)]
    fn skip_entries(&mut self, count: u32) {
        let room = self.room();
        room.stp = room.stp.wrapping_add(count as usize);
    }

    #[inline(always)]
    fn branch(&mut self) -> Step {
        self.branch_by(self.shared_room().stp)
    }

    #[inline(always)]
    fn branch_past(&mut self, count: u32) -> Step {
        // Nothing is moved before it is known that the general twin need not begin again.
        self.branch_by(self.shared_room().stp.wrapping_add(count as usize))
    }

    #[inline(always)]
    fn call(&mut self, index: u32) -> Step {
        let func = self.func(index);
        let word = self.word(func.side);
        let Some(prologue) = Prologue::narrow(word) else {
            let id = self.cx().id;
            return Err(self.halt(Exit::Enter(id, index)));
        };
        self.flush();
        let (code, sp) = (self.code.addr(), self.sp);
        let base = sp.wrapping_sub(prologue.params as usize);
        let room = self.room();
        // The machine grows its stacks, or traps where it may not.
        let end = sp.wrapping_add((prologue.locals + prologue.height) as usize);
        if end > room.slots_end || room.frame == room.last_frame {
            let id = room.context.id;
            return Err(room.context.halt(Exit::Enter(id, index)));
        }
        let frame = room.frame;
        // SAFETY: `frame` is a frame, and not the last that fits. The positions of the topmost one
        // are not read before they are written, here or when handlers stop.
        unsafe {
            (*frame).ip = code.wrapping_sub(room.input.addr()) as u32;
            (*frame).stp = (room.stp.addr().wrapping_sub(room.words.addr()) / size_of::<u32>()) as u32;
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
            let id = self.cx().id;
            return Err(self.halt(Exit::Replace(id, index)));
        };
        self.flush();
        let base = self.locals;
        // The machine grows its stack, or traps where it may not.
        if base.wrapping_add(prologue.frame_slots() as usize) > self.shared_room().slots_end {
            let id = self.cx().id;
            return Err(self.halt(Exit::Replace(id, index)));
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
    fn return_(&mut self) -> Step {
        let word = self.shared_room().word;
        let results = match Prologue::narrow(word) {
            Some(Prologue { results, .. }) if READER == reader::ANY || results <= 1 => results,
            None if READER == reader::ANY => self.shared_room().results(),
            _ => return Err(Halted::General),
        };
        match results {
            0 => (self.cached, self.sp) = (0, self.locals),
            1 => {
                self.top = self.pop();
                (self.cached, self.sp) = (1, self.locals);
            }
            _ => {
                self.flush();
                self.move_down(self.sp.wrapping_sub(results as usize), self.locals, results);
                self.sp = self.locals.wrapping_add(results as usize);
            }
        }
        let room = self.room();
        let frame = room.frame;
        room.frame = frame.wrapping_sub(1);
        if frame == room.first_frame {
            return Err(self.halt(Exit::Returned));
        }
        // SAFETY: `frame` was not the first one, so there is one below.
        let caller = unsafe { frame.sub(1).read() };
        let func = caller.func_if(false);
        // A frame that is wide, or has no code, has no function of the module.
        if caller.instance != room.context.id || func as usize >= room.funcs_len {
            return Err(self.halt(Exit::Returned));
        }
        let Frame { ip, stp, base, .. } = caller;
        let Func { end, side, .. } = self.func(func);
        let word = self.word(side);
        let room = self.room();
        room.stp = room.words.wrapping_add(stp as usize);
        room.code_end = room.input.wrapping_add(end as usize);
        room.word = word;
        let (target, locals) = (room.input.wrapping_add(ip as usize), room.slots.wrapping_add(base as usize));
        self.locals = locals;
        self.bound_frame();
        self.leap(target)
    }
}
