//! Calls and returns from instance to instance, and from component to component: see the parent for what makes
//! it sound. The dispatcher goes on with another instance; nobody else has to know.

mod owned;

use super::{Mark, Room, Span};
use crate::exec::activation::{Context, Exit, Step};
use crate::exec::crossing::{self, Handle};
use crate::exec::frame::Frame;
use crate::image::Module;
use crate::image::module::Func;
use crate::image::side_table::Prologue;
use crate::store::{
    CrossingCall, CrossingId, CrossingKind, CrossingTask, FuncId, FuncKind, Instance, InstanceId, Integers, Memory,
    TaskReturn,
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

/// What calls that cross have looked up: those of one function follow each other, and each returns.
#[derive(Default)]
pub(super) struct Notes<'a> {
    /// The functions that were called last, by what they are to the call.
    targets: Targets<'a>,
    /// Whom the last call returns to.
    caller: Option<Caller<'a>>,
}

type Targets<'a> = [Option<Target<'a>>; 4];

/// What a function is to a call.
#[derive(Clone, Copy)]
enum Which {
    Callee,
    ParamRealloc,
    ResultRealloc,
    PostReturn,
}

/// A function of some instance.
#[derive(Clone, Copy)]
struct Target<'a> {
    func: (InstanceId, u32),
    other: Other<'a>,
    callee: Callee,
}

/// A frame on which a call has crossed: how high the slots stood, and what the owner had counted before.
#[derive(Clone, Copy)]
struct Boundary {
    base: u32,
    note: u32,
}

/// Who made the call whose boundary is at `frame`: a function of that instance, with that word, whose code ends there.
#[derive(Clone, Copy)]
struct Caller<'a> {
    frame: *mut Frame,
    other: Other<'a>,
    word: u32,
    end: u32,
}

impl Other<'_> {
    fn func(&self, number: u32) -> Option<Callee> {
        let func = *self.module.funcs.get(number as usize)?;
        let word = *self.module.side_table.words().get(func.side as usize)?;
        let prologue = Prologue::narrow(word)?;
        Some(Callee { number, func, word, prologue })
    }
}

impl<'a> Target<'a> {
    /// A function, as it was looked up last or looked up now.
    #[inline(always)]
    fn find<'n>(
        targets: &'n mut Targets<'a>,
        room: &Room<'a>,
        which: Which,
        func: (InstanceId, u32),
    ) -> Option<&'n Target<'a>> {
        let [callee, param_realloc, result_realloc, post_return] = targets;
        let place = match which {
            Which::Callee => callee,
            Which::ParamRealloc => param_realloc,
            Which::ResultRealloc => result_realloc,
            Which::PostReturn => post_return,
        };
        if !matches!(place, Some(target) if target.func == func) {
            *place = Some(room.look_up(func)?);
        }
        place.as_ref()
    }
}

impl<'a> Room<'a> {
    #[inline(never)]
    fn look_up(&self, func: (InstanceId, u32)) -> Option<Target<'a>> {
        let other = self.other(func.0)?;
        Some(Target { func, other, callee: other.func(func.1)? })
    }

    fn other(&self, id: InstanceId) -> Option<Other<'a>> {
        let instance = self.context.instances.get(id)?;
        let image = self.context.images.get(instance.image)?;
        Some(Other { id, instance, bytes: &image.bytes, module: image.module(instance.module)? })
    }

    /// See [`Bank::goes_elsewhere`](crate::exec::dispatch::tail::bank::Bank::goes_elsewhere).
    #[inline(never)]
    pub(super) fn goes_elsewhere(&mut self) -> bool {
        // SAFETY: `Room`: nobody else has them while handlers run.
        let notes = unsafe { &mut *self.notes };
        let step = match self.context.exit {
            Exit::Call(func) => self.call_across(notes, func),
            Exit::Enter(id, func) if id != self.context.id => self.call_other(id, func),
            Exit::Returned if self.frame >= self.first_frame => self.return_elsewhere(notes),
            _ => None,
        };
        matches!(step, Some(Ok(())))
    }

    /// `None` where the machine has to see to it: it grows its stacks, or traps where it may not; it lays arguments out
    /// for a wide frame.
    #[inline(always)]
    fn call_other(&mut self, id: InstanceId, func: u32) -> Option<Step> {
        let target = self.look_up((id, func))?;
        if !self.has_room(self.mark.sp, &target.callee, 1) {
            return None;
        }
        self.note_position();
        Some(self.begin_in(&target))
    }

    #[inline(always)]
    fn call_across(&mut self, notes: &mut Notes<'a>, func: FuncId) -> Option<Step> {
        match self.context.funcs.get(func)?.kind {
            FuncKind::Crossing(crossing) => self.cross(notes, crossing),
            _ => None,
        }
    }

    /// `None` where the owner has to see to it.
    #[inline(always)]
    fn cross(&mut self, notes: &mut Notes<'a>, id: CrossingId) -> Option<Step> {
        if self.context.owner.is_none() || self.context.crossed.inner.is_some() {
            return None;
        }
        let crossing = self.context.crossings.get(id)?;
        match &crossing.kind {
            CrossingKind::Call(call) => self.cross_call(notes, id, call),
            CrossingKind::TaskReturn(says) => self.task_return(says),
            CrossingKind::Owned(owned) => self.cross_owned(notes, (id, crossing.canon), owned),
        }
    }

    /// The same for a call whose values are numbers, records and variants.
    #[inline(always)]
    fn cross_call(&mut self, notes: &mut Notes<'a>, id: CrossingId, crossing: &CrossingCall) -> Option<Step> {
        let Notes { targets, caller } = notes;
        let target = Target::find(targets, self, Which::Callee, (crossing.instance, crossing.func))?;
        let callee = &target.callee;
        if let Some(task) = &crossing.task
            && self.context.crossed.held.get(task.inst as usize) != Some(&false)
        {
            return None;
        }
        let Mark { sp, .. } = self.mark;
        let params = callee.prologue.params as usize;
        // Arguments stay where they are; those of the callee lie above.
        let end = sp.wrapping_add(params);
        if !self.has_room(end, callee, 2) {
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
            let types = &self.context.images.get(crossing.image)?.types;
            crossing::params(types, crossing.ty, from, to, &mut None::<Handle>)?;
        }
        self.mark.sp = end;
        self.note_position();
        self.push_frame(Frame::crossing(id, self.slot_at(sp), self.context.crossed.note));
        self.context.crossed.unknown += 1;
        self.lock(crossing.task.as_ref(), true);
        self.note_caller(caller);
        Some(self.begin_in(target))
    }

    /// A canonical function has returned, and its results are in the place of its arguments: a check point, as wherever
    /// the owner has done something.
    #[inline(always)]
    fn done(&mut self, args: *mut u64, results: u32) -> Step {
        self.mark.sp = args.wrapping_add(results as usize);
        let fuel = self.context.limit.wrapping_sub(self.mark.code.addr() as i64);
        if fuel < 0 { Err(self.context.halt(Exit::OutOfFuel)) } else { Ok(()) }
    }

    /// Notes who made the call whose boundary was just pushed.
    #[inline(always)]
    fn note_caller(&mut self, caller: &mut Option<Caller<'a>>) {
        let Context { id, instance, bytes, module, .. } = self.context;
        let end = self.code_end.addr().wrapping_sub(self.input.addr()) as u32;
        let (frame, word) = (self.frame, self.word);
        // The same again: much is not to be written once more.
        if !matches!(caller, Some(caller) if (caller.frame, caller.other.id, caller.word, caller.end) == (frame, id, word, end))
        {
            *caller = Some(Caller { frame, other: Other { id, instance, bytes, module }, word, end });
        }
    }

    /// A function has returned to one of another instance, or of another component: its results are on top, from where
    /// its locals were, and its frame is gone. `None` where the machine has to see to it; nothing has changed then.
    #[inline(always)]
    fn return_elsewhere(&mut self, notes: &mut Notes<'a>) -> Option<Step> {
        // SAFETY: there is a frame below the one that is gone.
        let below = unsafe { &*self.frame };
        if let Some(id) = below.crosses() {
            let below = Boundary { base: below.base, note: below.note() };
            return match self.context.crossed.inner {
                None => self.return_across(notes, id, below),
                Some(_) => self.return_inner(notes, id, below),
            };
        }
        let Target { other, callee, .. } = self.look_up((below.instance, below.func()?))?;
        Some(self.go_back(&other, (callee.func.end, callee.word), below))
    }

    /// A call that has crossed returns. `None` where the owner has to see to it; nothing has changed then.
    #[inline(always)]
    fn return_across(&mut self, notes: &mut Notes<'a>, id: CrossingId, boundary: Boundary) -> Option<Step> {
        let crossing = self.context.crossings.get(id)?;
        let call = match &crossing.kind {
            CrossingKind::Call(call) => call,
            CrossingKind::Owned(owned) => return self.return_owned(notes, crossing.canon, owned, boundary),
            CrossingKind::TaskReturn(_) => return None,
        };
        let crossing = call;
        let caller = self.caller(&mut notes.caller)?;
        let Mark { sp, locals, .. } = self.mark;
        let base = self.slots.wrapping_add(boundary.base as usize);
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
        Some(self.end_with(args, result, boundary.note, caller))
    }

    /// A call that crosses has returned that, where its arguments are.
    #[inline(always)]
    fn end_with(&mut self, args: *mut u64, result: Option<u64>, note: u32, caller: &Caller<'a>) -> Step {
        let mut end = args;
        if let Some(result) = result {
            // SAFETY: the result takes the place of the arguments, or of nothing: the caller's frame has room for it.
            unsafe { args.write(result) }
            end = args.wrapping_add(1);
        }
        self.end_call(end, note, caller)
    }

    /// Who made the call whose boundary is the topmost frame.
    #[inline(always)]
    fn caller<'n>(&self, caller: &'n mut Option<Caller<'a>>) -> Option<&'n Caller<'a>> {
        if !matches!(caller, Some(caller) if caller.frame == self.frame) {
            // SAFETY: a frame that crosses is above that of its caller.
            let below = unsafe { self.frame.sub(1).read() };
            let Target { other, callee, .. } = self.look_up((below.instance, below.func()?))?;
            *caller = Some(Caller { frame: self.frame, other, word: callee.word, end: callee.func.end });
        }
        caller.as_ref()
    }

    /// A call that crosses has returned, and its results, which end at `sp`, are in the place of its arguments.
    #[inline(always)]
    fn end_call(&mut self, sp: *mut u64, note: u32, caller: &Caller<'a>) -> Step {
        self.frame = self.frame.wrapping_sub(1);
        self.context.crossed.unknown -= 1;
        self.context.crossed.note = note;
        self.mark.sp = sp;
        // SAFETY: a frame that crosses is above that of its caller.
        let frame = unsafe { &*self.frame };
        self.go_back(&caller.other, (caller.end, caller.word), frame)
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
    fn begin_in(&mut self, Target { other, callee, .. }: &Target<'a>) -> Step {
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
    fn go_back(&mut self, other: &Other<'a>, (end, word): (u32, u32), frame: &Frame) -> Step {
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

    /// Has none at hand: whichever instance runs next, its memory is lent anew.
    #[inline(always)]
    fn give_memory_back(&mut self) {
        self.context.memory = None;
        self.memory = Span::of(&mut []);
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
