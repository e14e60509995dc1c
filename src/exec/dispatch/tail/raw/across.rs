//! Calls and returns from instance to instance, and from component to component: see the parent for what makes
//! it sound. The dispatcher goes on with another instance; nobody else has to know.

use super::{Mark, Positions, Room};
use crate::exec::activation::{Context, Exit, Step};
use crate::exec::crossing::{self, Called};
use crate::exec::dispatch::tail::bank::Bank;
use crate::exec::frame::Frame;
use crate::image::Module;
use crate::image::module::Func;
use crate::image::side_table::Prologue;
use crate::store::{CrossingId, CrossingKind, FuncId, Instance, InstanceId, Memory, OwnedCrossing};
use crate::store::{CrossingTask, TaskReturn};

/// An instance that is to run.
#[derive(Clone, Copy)]
struct Other<'a> {
    id: InstanceId,
    instance: &'a Instance,
    bytes: &'a [u8],
    module: &'a Module,
}

/// A function of it that has a narrow frame.
#[derive(Clone, Copy)]
struct Callee {
    number: u32,
    func: Func,
    word: u32,
    prologue: Prologue,
}

/// What the last call that crossed has looked up: calls of one function follow each other, and each returns.
#[derive(Clone, Copy)]
pub(super) struct Last<'a> {
    /// The function that was called.
    id: CrossingId,
    other: Other<'a>,
    callee: Callee,
    /// The boundary that was pushed.
    frame: *mut Frame,
    /// Whose caller was a function of this instance, with that word, whose code ends there.
    caller: Other<'a>,
    word: u32,
    end: u32,
}

/// Whom a call that crosses returns to.
#[derive(Clone, Copy)]
struct Caller<'a> {
    frame: Frame,
    other: Other<'a>,
    end: u32,
    word: u32,
}

impl Other<'_> {
    fn func(&self, number: u32) -> Option<Callee> {
        let func = *self.module.funcs.get(number as usize)?;
        let word = *self.module.side_table.words().get(func.side as usize)?;
        let prologue = Prologue::narrow(word)?;
        Some(Callee { number, func, word, prologue })
    }
}

impl<'a> Positions<'_, 'a> {
    /// Whether the running function returns to one of its own instance.
    #[inline(always)]
    pub(in crate::exec::dispatch::tail) fn returns_near(&self) -> bool {
        let room = self.shared_room();
        if room.frame == room.first_frame {
            return false;
        }
        // SAFETY: `frame` is not the first one, so there is one below.
        let caller = unsafe { &*room.frame.sub(1) };
        caller.instance == room.context.id && (caller.func_if(false) as usize) < room.funcs_len
    }

    /// Runs something that goes on elsewhere as a function that returns.
    #[inline(always)]
    pub(in crate::exec::dispatch::tail) fn elsewhere(&mut self, go: impl FnOnce(&mut Room<'a>) -> Step) -> Step {
        self.lay_down();
        let step = go(self.room());
        self.take_up();
        step
    }
}

impl<'a> Room<'a> {
    fn other(&self, id: InstanceId) -> Option<Other<'a>> {
        let instance = self.context.instances.get(id)?;
        let image = self.context.images.get(instance.image)?;
        Some(Other { id, instance, bytes: &image.bytes, module: image.module(instance.module)? })
    }

    /// See [`Registers::call_other`](crate::exec::registers::Registers::call_other).
    #[inline(never)]
    pub(in crate::exec::dispatch::tail) fn call_other(&mut self, id: InstanceId, func: u32) -> Step {
        let called = self.other(id).and_then(|other| {
            let callee = other.func(func)?;
            self.has_room(&callee, 1).then_some((other, callee))
        });
        match called {
            Some((other, callee)) => {
                self.note_position();
                self.begin_in(&other, &callee)
            }
            // The machine grows its stacks, or traps where it may not; it lays arguments out for a wide frame.
            None => Err(self.context.halt(Exit::Enter(id, func))),
        }
    }

    /// See [`Registers::call_across`](crate::exec::registers::Registers::call_across).
    #[inline(never)]
    pub(in crate::exec::dispatch::tail) fn call_across(&mut self, id: FuncId, crossing: CrossingId) -> Step {
        match self.cross(crossing) {
            Some(step) => step,
            None => Err(self.context.halt(Exit::Call(id))),
        }
    }

    /// `None` where the owner has to see to it.
    #[inline(always)]
    fn cross(&mut self, id: CrossingId) -> Option<Step> {
        if self.context.owner.is_none() {
            return None;
        }
        let crossing = self.context.crossings.get(id)?;
        let crossing = match &crossing.kind {
            CrossingKind::Call(call) => call,
            CrossingKind::TaskReturn(says) => return self.task_return(says),
            CrossingKind::Owned(owned) => return self.cross_owned((id, crossing.canon), owned),
        };
        if let Some(task) = &crossing.task
            && self.context.crossed.held.get(task.inst as usize) != Some(&false)
        {
            return None;
        }
        let (other, callee) = match &self.last {
            Some(last) if last.id == id => (last.other, last.callee),
            _ => {
                let other = self.other(crossing.instance)?;
                (other, other.func(crossing.func)?)
            }
        };
        let Mark { sp, .. } = self.mark;
        let params = callee.prologue.params as usize;
        // Arguments stay where they are; those of the callee lie above.
        self.mark.sp = sp.wrapping_add(params);
        if !self.has_room(&callee, 2) {
            self.mark.sp = sp;
            return None;
        }
        // SAFETY: `Sp`: the slots up to `sp` are the running frame's, its height is not less than what is called
        // takes; behind them is room for the callee's frame. Nobody else has them while handlers run.
        let (from, to) = unsafe {
            let from = core::slice::from_raw_parts(sp.wrapping_sub(crossing.params as usize), crossing.params as usize);
            (from, core::slice::from_raw_parts_mut(sp, params))
        };
        if crossing::params(self.context.images, crossing, from, to).is_none() {
            self.mark.sp = sp;
            return None;
        }
        self.note_position();
        self.push_frame(Frame::crossing(id, self.slot_at(sp), self.context.crossed.note));
        self.context.crossed.unknown += 1;
        self.lock(crossing.task.as_ref(), true);
        self.note_call(id, &other, &callee);
        Some(self.begin_in(&other, &callee))
    }

    /// The same where the owner sees to it.
    #[inline(always)]
    fn cross_owned(&mut self, (id, canon): (CrossingId, u32), owned: &OwnedCrossing) -> Option<Step> {
        let Mark { sp, .. } = self.mark;
        let args = sp.wrapping_sub(owned.params as usize);
        let Some((instance, func)) = owned.callee else {
            // There is room for what it returns as well.
            return match self.ask(canon, args, sp.max(args.wrapping_add(1)))? {
                Called::Done(results) => Some(self.done(args, results)),
                Called::Callee(_) => None,
            };
        };
        let (other, callee) = match &self.last {
            Some(last) if last.id == id => (last.other, last.callee),
            _ => {
                let other = self.other(instance)?;
                (other, other.func(func)?)
            }
        };
        // Some arguments stay where they are; those of the callee lie above.
        let base = args.wrapping_add(owned.kept as usize);
        let end = base.wrapping_add(callee.prologue.params as usize);
        self.mark.sp = end;
        let has_room = self.has_room(&callee, 2);
        self.mark.sp = sp;
        if !has_room {
            return None;
        }
        let before = self.context.crossed.note;
        match self.ask(canon, args, end.max(sp))? {
            Called::Callee(note) => self.context.crossed.note = note,
            Called::Done(results) => return Some(self.done(args, results)),
        }
        self.mark.sp = end;
        self.note_position();
        self.push_frame(Frame::crossing(id, self.slot_at(base), before));
        self.context.crossed.unknown += 1;
        self.note_call(id, &other, &callee);
        Some(self.begin_in(&other, &callee))
    }

    /// Asks the owner for a call with arguments from `args` on, in slots up to `end`.
    #[inline(always)]
    fn ask(&mut self, canon: u32, args: *mut u64, end: *mut u64) -> Option<Called> {
        let len = end.addr().wrapping_sub(args.addr()) / size_of::<u64>();
        // SAFETY: the arguments are the running frame's, which has room for what comes back; behind it is room for the
        // callee's frame, if there is one. Nobody else has them while handlers run.
        let slots = unsafe { core::slice::from_raw_parts_mut(args, len) };
        let is_known = self.context.crossed.unknown == 0;
        self.context.owner.as_mut()?.call(canon, slots, is_known)
    }

    /// A canonical function has returned, and its results are in the place of its arguments: a check point, as wherever
    /// the owner has done something.
    #[inline(always)]
    fn done(&mut self, args: *mut u64, results: u32) -> Step {
        self.mark.sp = args.wrapping_add(results as usize);
        let fuel = self.context.limit.wrapping_sub(self.mark.code.addr() as i64);
        if fuel < 0 { Err(self.context.halt(Exit::OutOfFuel)) } else { Ok(()) }
    }

    /// Notes what a call that crosses has looked up, on the boundary that was just pushed.
    #[inline(always)]
    fn note_call(&mut self, id: CrossingId, &other: &Other<'a>, &callee: &Callee) {
        let Context { id: running, instance, bytes, module, .. } = self.context;
        let end = self.code_end.addr().wrapping_sub(self.input.addr()) as u32;
        let (frame, word) = (self.frame, self.word);
        // The same call again: much is not to be written once more.
        if let Some(last) = &self.last
            && (last.id, last.frame, last.caller.id, last.word, last.end) == (id, frame, running, word, end)
        {
            return;
        }
        let caller = Other { id: running, instance, bytes, module };
        self.last = Some(Last { id, other, callee, frame, caller, word, end });
    }

    /// The running function returns to one of another instance, or of another component.
    #[inline(never)]
    pub(in crate::exec::dispatch::tail) fn return_elsewhere(&mut self) -> Step {
        let Mark { sp, locals, .. } = self.mark;
        let results = match Prologue::narrow(self.word) {
            Some(prologue) => prologue.results,
            None => self.results(),
        } as usize;
        // SAFETY: `Sp`: all are slots of the frame, at most at its height.
        match results {
            0 => {}
            1 => unsafe { locals.write(sp.sub(1).read()) },
            _ => unsafe { core::ptr::copy(sp.sub(results), locals, results) },
        }
        self.mark.sp = locals.wrapping_add(results);
        let frame = self.frame;
        self.frame = frame.wrapping_sub(1);
        if frame == self.first_frame {
            return Err(self.context.halt(Exit::Returned));
        }
        // SAFETY: `frame` was not the first one, so there is one below.
        let below = unsafe { frame.sub(1).read() };
        let Some(id) = below.crosses() else {
            let back = self.other(below.instance).and_then(|other| Some((other, other.func(below.func()?)?)));
            return match back {
                Some((other, callee)) => self.go_back(&other, callee.func.end, callee.word, below),
                None => Err(self.context.halt(Exit::Returned)),
            };
        };
        match self.return_across(id, &below, results) {
            Some(step) => step,
            None => Err(self.context.halt(Exit::Returned)),
        }
    }

    /// A call that has crossed returns. `None` where the owner has to see to it; nothing has changed then.
    #[inline(always)]
    fn return_across(&mut self, id: CrossingId, boundary: &Frame, results: usize) -> Option<Step> {
        let caller = self.caller()?;
        let base = self.slots.wrapping_add(boundary.base as usize);
        let crossing = self.context.crossings.get(id)?;
        let crossing = match &crossing.kind {
            CrossingKind::Call(crossing) => crossing,
            CrossingKind::Owned(owned) => {
                let args = base.wrapping_sub(owned.kept as usize);
                // SAFETY: the arguments that have stayed, and behind them what the callee has returned.
                let slots = unsafe { core::slice::from_raw_parts_mut(args, owned.kept as usize + results) };
                let Context { owner, memories, .. } = &mut self.context;
                let results = owner.as_mut()?.returned(crossing.canon, memories, slots, boundary.note())?;
                return Some(self.end_call(args.wrapping_add(results as usize), boundary, caller));
            }
            CrossingKind::TaskReturn(_) => return None,
        };
        let Mark { sp, .. } = self.mark;
        let args = base.wrapping_sub(crossing.params as usize);
        // SAFETY: if there is a result, it is on top; if there are arguments, they lie below where the call began.
        let slot = if results == 0 { 0 } else { unsafe { sp.sub(1).read() } };
        // SAFETY: the same.
        let target = if crossing.params == 0 { 0 } else { unsafe { base.sub(1).read() } };
        let result = match crossing.task {
            // SAFETY: the frame that crosses is the topmost one.
            Some(_) if unsafe { &*self.frame }.has_returned() => Some(crossing::exit(slot)?),
            Some(_) => return None,
            None => crossing::result(self.context.images, crossing, self.context.memories, slot, target)?,
        };
        self.lock(crossing.task.as_ref(), false);
        let mut end = args;
        if let Some(result) = result {
            // SAFETY: the result takes the place of the arguments, or of nothing: the caller's frame has room for it.
            unsafe { args.write(result) }
            end = args.wrapping_add(1);
        }
        Some(self.end_call(end, boundary, caller))
    }

    /// The caller of the call that crosses whose frame is the topmost one.
    #[inline(always)]
    fn caller(&self) -> Option<Caller<'a>> {
        // SAFETY: a frame that crosses is above that of its caller.
        let frame = unsafe { self.frame.sub(1).read() };
        let (other, end, word) = match &self.last {
            Some(last) if last.frame == self.frame => (last.caller, last.end, last.word),
            _ => {
                let other = self.other(frame.instance)?;
                let callee = other.func(frame.func()?)?;
                (other, callee.func.end, callee.word)
            }
        };
        Some(Caller { frame, other, end, word })
    }

    /// A call that crosses has returned, and its results, which end at `sp`, are in the place of its arguments.
    #[inline(always)]
    fn end_call(&mut self, sp: *mut u64, boundary: &Frame, caller: Caller<'a>) -> Step {
        self.frame = self.frame.wrapping_sub(1);
        self.context.crossed.unknown -= 1;
        self.context.crossed.note = boundary.note();
        self.mark.sp = sp;
        self.go_back(&caller.other, caller.end, caller.word, caller.frame)
    }

    /// Locks the instance of a task, or unlocks it.
    #[inline(always)]
    fn lock(&mut self, task: Option<&CrossingTask>, to: bool) {
        if let Some(held) = task.and_then(|task| self.context.crossed.held.get_mut(task.inst as usize)) {
            *held = to;
        }
    }

    /// `canon task.return` of the call that the running function is of. `None` where the owner has to see to it; nothing
    /// has changed then.
    fn task_return(&mut self, says: &TaskReturn) -> Option<Step> {
        let mut at = self.frame;
        let boundary = loop {
            if at == self.first_frame {
                return None;
            }
            at = at.wrapping_sub(1);
            // SAFETY: it is above the first frame.
            let frame = unsafe { &mut *at };
            if frame.func().is_none() {
                break frame;
            }
        };
        let CrossingKind::Call(crossing) = &self.context.crossings.get(boundary.crosses()?)?.kind else { return None };
        let task = crossing.task.as_ref().filter(|_| !boundary.has_returned())?;
        // The running function has its memory at hand.
        if task.memory.is_some() && task.memory == self.context.memory {
            return None;
        }
        let Mark { sp, .. } = self.mark;
        // SAFETY: if there is an argument, it is on top.
        let slot = if says.result.is_some() { unsafe { sp.sub(1).read() } } else { 0 };
        let base = self.slots.wrapping_add(boundary.base as usize);
        // SAFETY: if there are arguments of the call, they lie below where it began.
        let target = if crossing.params == 0 { 0 } else { unsafe { base.sub(1).read() } };
        crossing::task_return(task, says, self.context.memories, slot, target)?;
        boundary.set_returned();
        self.mark.sp = sp.wrapping_sub(usize::from(says.result.is_some()));
        Some(Ok(()))
    }

    /// Whether there is room for so many more frames, the topmost one the callee's, with its arguments on top.
    fn has_room(&self, callee: &Callee, frames: usize) -> bool {
        let Mark { sp, .. } = self.mark;
        let end = sp.wrapping_add((callee.prologue.locals + callee.prologue.height) as usize);
        end <= self.slots_end && self.frame.wrapping_add(frames) <= self.last_frame
    }

    /// The index of a slot.
    fn slot_at(&self, slot: *mut u64) -> u32 {
        // Slots are fewer than 2³², as their limit is.
        (slot.addr().wrapping_sub(self.slots.addr()) / size_of::<u64>()) as u32
    }

    /// The running frame goes on behind the instruction that calls.
    fn note_position(&mut self) {
        let Mark { code, .. } = self.mark;
        // SAFETY: `frame` is a frame.
        let frame = unsafe { &mut *self.frame };
        frame.ip = code.addr().wrapping_sub(self.input.addr()) as u32;
        frame.stp = (self.stp.addr().wrapping_sub(self.words.addr()) / size_of::<u32>()) as u32;
    }

    /// Puts a frame above all others.
    fn push_frame(&mut self, frame: Frame) {
        // SAFETY: `has_room` saw that it fits.
        unsafe {
            self.frame = self.frame.add(1);
            self.frame.write(frame);
        }
    }

    /// Begins a function of another instance, whose arguments are on top. Inlined, as are those below: what is passed
    /// on would be written to memory first.
    #[inline(always)]
    fn begin_in(&mut self, other: &Other<'a>, callee: &Callee) -> Step {
        let Callee { number, func, word, prologue } = *callee;
        let Mark { sp, .. } = self.mark;
        let locals = sp.wrapping_sub(prologue.params as usize);
        self.push_frame(Frame::new(other.id, number, false, 0, 0, self.slot_at(locals)));
        self.switch(other);
        if prologue.locals > 0 {
            // SAFETY: `has_room` saw that there is room for the whole frame.
            unsafe { core::slice::from_raw_parts_mut(sp, prologue.locals as usize).fill(0) }
        }
        self.mark.sp = sp.wrapping_add(prologue.locals as usize);
        self.stp = self.words.wrapping_add(func.side as usize).wrapping_add(1);
        self.go_on(func.end, word, func.code, locals)
    }

    /// Goes on with a frame of another instance, which is the topmost one.
    #[inline(always)]
    fn go_back(&mut self, other: &Other<'a>, end: u32, word: u32, frame: Frame) -> Step {
        self.switch(other);
        self.stp = self.words.wrapping_add(frame.stp as usize);
        self.go_on(end, word, frame.ip, self.slots.wrapping_add(frame.base as usize))
    }

    /// Goes on at `ip` in a function whose code ends there: a check point.
    #[inline(always)]
    fn go_on(&mut self, end: u32, word: u32, ip: u32, locals: *mut u64) -> Step {
        let target = self.input.wrapping_add(ip as usize);
        (self.word, self.code_end) = (word, self.input.wrapping_add(end as usize));
        let code = self.mark.code;
        (self.mark.code, self.mark.locals) = (target, locals);
        let fuel = self.context.limit.wrapping_sub(code.addr() as i64);
        self.context.limit = fuel.wrapping_add(target.addr() as i64);
        if cfg!(debug_assertions) {
            self.bound_frame(locals);
        }
        if fuel < 0 { Err(self.context.halt(Exit::OutOfFuel)) } else { Ok(()) }
    }

    /// Makes another instance the running one.
    #[inline(always)]
    fn switch(&mut self, other: &Other<'a>) {
        let Other { id, instance, bytes, module } = *other;
        let context = &mut self.context;
        let memory = instance.memories.first().copied();
        if context.memory != memory {
            context.memory = memory;
            let memory = memory.and_then(|id| context.memories.get_mut(id)).map(Memory::bytes_mut).unwrap_or_default();
            (self.memory, self.memory_len) = (memory.as_mut_ptr(), memory.len());
        }
        (context.id, context.instance, context.bytes, context.module) = (id, instance, bytes, module);
        (self.funcs, self.funcs_len) = (module.funcs.as_ptr(), module.funcs.len());
        self.words = module.side_table.words().as_ptr();
        let input = bytes.as_ptr_range();
        (self.input, self.input_end) = (input.start, input.end);
    }
}
