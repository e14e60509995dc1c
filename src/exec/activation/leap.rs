//! Branches, calls and returns of an [`Activation`]: what ends a straight run of code. Inlined where processors
//! have registers for all of it.

use super::{Activation, Exit, Step};
use crate::error::bug;
use crate::exec::frame::Frame;
use crate::exec::registers::Registers;
use crate::image::module::Func;
use crate::image::side_table::Prologue;

impl<'a, const WIDE: bool> Activation<'_, 'a, WIDE> {
    /// Drops all from the slot `to` on but for the `count` values on top, which are there then.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(super) fn drop_below(&mut self, to: usize, count: u32) {
        let from = self.top.wrapping_sub(Self::slots_of(count as usize));
        // The last value is the one that is held.
        let in_slots = if Self::HOLDS { count.saturating_sub(1) } else { count };
        for at in 0..in_slots as usize {
            let at = Self::slots_of(at);
            let value = self.get_value(from.wrapping_add(at));
            self.set_value(to.wrapping_add(at), value);
        }
        self.top = to.wrapping_add(Self::slots_of(count as usize));
        if count == 0 {
            self.hold();
        }
    }

    /// A function that the module defines.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(super) fn callee(&mut self, index: u32) -> Step<(&'a Func, Prologue)> {
        let module = self.cx.here.module;
        let Some(func) = module.funcs.get(index as usize) else {
            return Err(self.cx.halt(bug!("a function is missing")));
        };
        match module.side_table.prologue(func.side) {
            Some(prologue) => Ok((func, prologue)),
            None => Err(self.cx.halt(bug!("a function has no prologue"))),
        }
    }

    /// The frame of a function of the instance before it begins.
    #[inline(always)]
    pub(super) fn frame_of(&self, index: u32, func: &Func, base: usize) -> Frame {
        // Slots are fewer than 2³², as their limit is.
        let (stp, base) = (func.side.wrapping_add(1), base as u32);
        Frame::new(self.cx.here.id, index, WIDE, func.code, stp, base)
    }

    /// Begins the code of a function whose frame is the topmost one, with its parameters on top.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(super) fn begin(&mut self, func: &Func, prologue: Prologue) -> Step {
        if cfg!(compact) {
            let end = self.top.wrapping_add(Self::slots_of(prologue.locals as usize));
            for slot in self.top..end {
                self.set(slot, 0);
            }
            self.top = end;
        } else {
            // With one range in place of pushes the whole loop takes a quarter longer: it loses registers.
            for _ in 0..prologue.locals {
                self.push(0);
            }
            // The last parameter or local is no value on the stack.
            self.put_held();
        }
        self.stp = func.side.wrapping_add(1);
        self.leap(func.code, func.end)
    }

    /// See [`Registers::branch`].
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(super) fn take_branch(&mut self) -> Step {
        let Some(branch) = self.cx.here.module.side_table.branch(self.stp) else {
            return Err(self.cx.halt(bug!("a branch has no entry")));
        };
        let target = self.ip().wrapping_add_signed(branch.delta_ip);
        if branch.drop != 0 {
            let dropped = Self::slots_of(branch.drop as usize + branch.keep as usize);
            self.drop_below(self.top.wrapping_sub(dropped), branch.keep);
        }
        self.stp = self.stp.wrapping_add_signed(branch.delta_stp);
        self.leap(target, self.cx.code_end)
    }

    /// See [`Registers::call`].
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(super) fn enter(&mut self, index: u32) -> Step {
        let (func, prologue) = self.callee(index)?;
        let base = self.top.wrapping_sub(Self::slots_of(prologue.params as usize));
        // The machine grows its stacks, or traps where it may not; it lays the arguments out for a
        // frame of the other kind.
        let slots_fit = base.wrapping_add(prologue.frame_slots() as usize) <= self.slots.len();
        let frames_fit = self.cx.frames.len() < self.cx.call_depth;
        if !slots_fit || !frames_fit || prologue.is_wide() != WIDE {
            return Err(self.cx.halt(Exit::Enter(self.cx.here.id, index)));
        }
        let ip = self.ip();
        if let [.., caller] = &mut **self.cx.frames {
            (caller.ip, caller.stp) = (ip, self.stp);
        }
        let frame = self.frame_of(index, func, base);
        if !self.cx.frames.push_within_capacity(frame) {
            return Err(self.cx.halt(Exit::Enter(self.cx.here.id, index)));
        }
        self.base = base;
        self.begin(func, prologue)
    }

    /// See [`Registers::return_`].
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(super) fn leave(&mut self) -> Step {
        let module = self.cx.here.module;
        let frame = self.cx.frames.pop();
        let func = frame.and_then(|frame| module.funcs.get(frame.func_if(WIDE) as usize));
        let Some(prologue) = func.and_then(|func| module.side_table.prologue(func.side)) else {
            return Err(self.cx.halt(bug!("the returning function has no prologue")));
        };
        // Boards have one copy of what drops values; most functions have one result or none.
        match prologue.results {
            count @ ..2 if cfg!(compact) => {
                if count == 1 {
                    self.set_value(self.base, self.top_value());
                }
                self.top = self.base.wrapping_add(Self::slots_of(count as usize));
            }
            count => self.drop_below(self.base, count),
        }
        let returned = match frame {
            #[cfg(feature = "simd")]
            Some(frame) if WIDE => Exit::ReturnedWide(frame.func_if(WIDE)),
            _ => Exit::Returned,
        };
        let caller = match &**self.cx.frames {
            [.., caller] if caller.instance == self.cx.here.id => caller,
            _ => return Err(self.cx.halt(returned)),
        };
        // A frame without code has no function of the module, whatever else it says.
        let Some(func) = module.funcs.get(caller.func_if(WIDE) as usize) else { return Err(self.cx.halt(returned)) };
        (self.base, self.stp) = (caller.base as usize, caller.stp);
        self.leap(caller.ip, func.end)
    }
}
