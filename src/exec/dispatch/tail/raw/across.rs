//! Calls and returns from instance to instance, and from component to component: see the parent for what makes
//! it sound. The dispatcher goes on with another instance; nobody else has to know.

use super::{Mark, Room, Span};
use crate::exec::activation::{Context, Exit, Step};
use crate::exec::crossing::{self, Called};
use crate::exec::frame::Frame;
use crate::image::Module;
use crate::image::module::Func;
use crate::image::side_table::Prologue;
use crate::store::{
    CrossingCall, CrossingId, CrossingKind, CrossingTask, FuncId, FuncKind, Instance, InstanceId, Integers, Memory,
    OwnedCrossing, TaskReturn,
};

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
    /// The function that was called, and what crosses, unless the owner sees to that.
    id: CrossingId,
    call: Option<&'a CrossingCall>,
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

impl<'a> Room<'a> {
    fn other(&self, id: InstanceId) -> Option<Other<'a>> {
        let instance = self.context.instances.get(id)?;
        let image = self.context.images.get(instance.image)?;
        Some(Other { id, instance, bytes: &image.bytes, module: image.module(instance.module)? })
    }

    /// See [`Bank::goes_elsewhere`](crate::exec::dispatch::tail::bank::Bank::goes_elsewhere).
    #[inline(never)]
    pub(super) fn goes_elsewhere(&mut self) -> bool {
        let step = match self.context.exit {
            Exit::Call(func) => self.call_across(func),
            Exit::Enter(id, func) if id != self.context.id => self.call_other(id, func),
            Exit::Returned if self.frame >= self.first_frame => self.return_elsewhere(),
            _ => None,
        };
        matches!(step, Some(Ok(())))
    }

    /// `None` where the machine has to see to it: it grows its stacks, or traps where it may not; it lays arguments out
    /// for a wide frame.
    #[inline(always)]
    fn call_other(&mut self, id: InstanceId, func: u32) -> Option<Step> {
        let other = self.other(id)?;
        let callee = other.func(func)?;
        if !self.has_room(self.mark.sp, &callee, 1) {
            return None;
        }
        self.note_position();
        Some(self.begin_in(&other, &callee))
    }

    #[inline(always)]
    fn call_across(&mut self, func: FuncId) -> Option<Step> {
        match self.context.funcs.get(func)?.kind {
            FuncKind::Crossing(crossing) => self.cross(crossing),
            _ => None,
        }
    }

    /// `None` where the owner has to see to it.
    #[inline(always)]
    fn cross(&mut self, id: CrossingId) -> Option<Step> {
        if self.context.owner.is_none() {
            return None;
        }
        let (crossing, other, callee) = match &self.last {
            Some(Last { id: last, call: Some(call), other, callee, .. }) if *last == id => (*call, *other, *callee),
            _ => {
                let crossing = self.context.crossings.get(id)?;
                let call = match &crossing.kind {
                    CrossingKind::Call(call) => call,
                    CrossingKind::TaskReturn(says) => return self.task_return(says),
                    CrossingKind::Owned(owned) => return self.cross_owned((id, crossing.canon), owned),
                };
                let other = self.other(call.instance)?;
                (call, other, other.func(call.func)?)
            }
        };
        if let Some(task) = &crossing.task
            && self.context.crossed.held.get(task.inst as usize) != Some(&false)
        {
            return None;
        }
        let Mark { sp, .. } = self.mark;
        let params = callee.prologue.params as usize;
        // Arguments stay where they are; those of the callee lie above.
        let end = sp.wrapping_add(params);
        if !self.has_room(end, &callee, 2) {
            return None;
        }
        let args = sp.wrapping_sub(crossing.params as usize);
        if let Some(Integers { params: masks, .. }) = &crossing.integers
            && sp.wrapping_add(masks.len()) <= self.slots_end
        {
            // As many as there may be: behind those that there are, slots are free.
            // SAFETY: the arguments begin at `args`, which is not above `sp`, and slots go on behind that for as many.
            unsafe {
                let slots = args.cast::<[u64; 4]>().read();
                sp.cast::<[u64; 4]>().write(core::array::from_fn(|at| slots[at] & masks[at]));
            }
        } else {
            // SAFETY: `Sp`: the slots up to `sp` are the running frame's, its height is not less than what is called
            // takes; behind them is room for the callee's frame. Nobody else has them while handlers run.
            let (from, to) = unsafe {
                let from = core::slice::from_raw_parts(args, crossing.params as usize);
                (from, core::slice::from_raw_parts_mut(sp, params))
            };
            crossing::params(&self.context.images.get(crossing.image)?.types, crossing.ty, from, to)?;
        }
        self.mark.sp = end;
        self.note_position();
        self.push_frame(Frame::crossing(id, self.slot_at(sp), self.context.crossed.note));
        self.context.crossed.unknown += 1;
        self.lock(crossing.task.as_ref(), true);
        self.note_call(id, Some(crossing), &other, &callee);
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
                Called::Copied(bytes) => {
                    self.context.limit = self.context.limit.wrapping_sub_unsigned(bytes);
                    self.lend_memory();
                    Some(self.done(args, 1))
                }
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
        if !self.has_room(end, &callee, 2) {
            return None;
        }
        let before = self.context.crossed.note;
        match self.ask(canon, args, end.max(sp))? {
            Called::Callee(note) => self.context.crossed.note = note,
            Called::Done(results) => return Some(self.done(args, results)),
            Called::Copied(_) => return None,
        }
        self.mark.sp = end;
        self.note_position();
        self.push_frame(Frame::crossing(id, self.slot_at(base), before));
        self.context.crossed.unknown += 1;
        self.note_call(id, None, &other, &callee);
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
        let Context { owner, memories, .. } = &mut self.context;
        owner.as_mut()?.call(canon, memories, slots, is_known)
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
    fn note_call(&mut self, id: CrossingId, call: Option<&'a CrossingCall>, &other: &Other<'a>, &callee: &Callee) {
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
        self.last = Some(Last { id, call, other, callee, frame, caller, word, end });
    }

    /// A function has returned to one of another instance, or of another component: its results are on top, from where
    /// its locals were, and its frame is gone. `None` where the machine has to see to it; nothing has changed then.
    #[inline(always)]
    fn return_elsewhere(&mut self) -> Option<Step> {
        // SAFETY: there is a frame below the one that is gone.
        let below = unsafe { self.frame.read() };
        if let Some(id) = below.crosses() {
            return self.return_across(id, &below);
        }
        let other = self.other(below.instance)?;
        let callee = other.func(below.func()?)?;
        Some(self.go_back(&other, callee.func.end, callee.word, below))
    }

    /// A call that has crossed returns. `None` where the owner has to see to it; nothing has changed then.
    #[inline(always)]
    fn return_across(&mut self, id: CrossingId, boundary: &Frame) -> Option<Step> {
        let caller = self.caller()?;
        let base = self.slots.wrapping_add(boundary.base as usize);
        let noted = match &self.last {
            Some(last) if last.frame == self.frame => last.call,
            _ => None,
        };
        let crossing = match noted {
            Some(call) => call,
            None => {
                let crossing = self.context.crossings.get(id)?;
                match &crossing.kind {
                    CrossingKind::Call(call) => call,
                    CrossingKind::Owned(owned) => return self.return_owned(crossing.canon, owned, boundary, caller),
                    CrossingKind::TaskReturn(_) => return None,
                }
            }
        };
        let Mark { sp, locals, .. } = self.mark;
        let args = base.wrapping_sub(crossing.params as usize);
        // SAFETY: if there is a result, it is on top; if there are arguments, they lie below where the call began.
        let slot = if sp == locals { 0 } else { unsafe { sp.sub(1).read() } };
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

    /// The same where the owner sees to it.
    #[inline(always)]
    fn return_owned(
        &mut self,
        canon: u32,
        owned: &OwnedCrossing,
        boundary: &Frame,
        caller: Caller<'a>,
    ) -> Option<Step> {
        let Mark { sp, locals, .. } = self.mark;
        let results = sp.addr().wrapping_sub(locals.addr()) / size_of::<u64>();
        let args = self.slots.wrapping_add(boundary.base as usize).wrapping_sub(owned.kept as usize);
        // SAFETY: the arguments that have stayed, and behind them what the callee has returned.
        let slots = unsafe { core::slice::from_raw_parts_mut(args, owned.kept as usize + results) };
        let Context { owner, memories, .. } = &mut self.context;
        let results = owner.as_mut()?.returned(canon, memories, slots, boundary.note())?;
        Some(self.end_call(args.wrapping_add(results as usize), boundary, caller))
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
        Some(self.done(sp.wrapping_sub(usize::from(says.result.is_some())), 0))
    }

    /// Whether there is room for so many more frames, the topmost one the callee's, whose arguments end at `sp`.
    fn has_room(&self, sp: *mut u64, callee: &Callee, frames: usize) -> bool {
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

    /// Has the bytes of the running instance's memory at hand, anew once somebody else may have used them.
    #[inline(always)]
    fn lend_memory(&mut self) {
        let Context { memory, memories, .. } = &mut self.context;
        let memory = memory.and_then(|id| memories.get_mut(id)).map(Memory::bytes_mut).unwrap_or_default();
        self.memory = Span::of(memory);
    }

    /// Makes another instance the running one.
    #[inline(always)]
    fn switch(&mut self, other: &Other<'a>) {
        let Other { id, instance, bytes, module } = *other;
        let context = &mut self.context;
        let memory = instance.memories.first().copied();
        if context.memory != memory {
            context.memory = memory;
            self.lend_memory();
        }
        let context = &mut self.context;
        (context.id, context.instance, context.bytes, context.module) = (id, instance, bytes, module);
        (self.funcs, self.funcs_len) = (module.funcs.as_ptr(), module.funcs.len());
        self.words = module.side_table.words().as_ptr();
        let input = bytes.as_ptr_range();
        (self.input, self.input_end) = (input.start, input.end);
    }
}
