//! Calls and returns from instance to instance, and from component to component: see the parent for what makes
//! it sound. The dispatcher goes on with another instance; nobody else has to know.

mod owned;
mod site;
mod task;

use super::{Mark, Reach, Room, Span};
use crate::error::bug::why;
use crate::exec::activation::{Exit, Here, Step};
use crate::exec::crossing::{self, Handle};
use crate::exec::frame::Frame;
use crate::image::side_table::Prologue;
use crate::store::{
    self, CrossingCall, CrossingId, CrossingKind, CrossingTask, FuncId, FuncInst, FuncKind, Inner, InstanceId,
    Integers, OwnedCrossing, TaskReturn,
};
pub(in crate::exec::dispatch::tail) use site::Returns;
use site::Sites;
use task::TaskReturns;

/// An instance that is to run.
#[derive(Clone, Copy)]
struct Home<'a> {
    here: Here<'a>,
    reach: Reach,
}

/// A function that runs: the word of its prologue, and where its code ends.
#[derive(Clone, Copy)]
struct Place {
    word: u32,
    code_end: *const u8,
}

/// A function of some instance that has a narrow frame, and how it begins.
#[derive(Clone, Copy)]
struct Target<'a> {
    func: (InstanceId, u32),
    home: Home<'a>,
    place: Place,
    code: *const u8,
    stp: *const u32,
    params: u32,
    locals: u32,
    /// The slots that there are to be behind the parameters: at least as many as its frame has.
    room: u32,
}

/// A function that an instance calls. Of one that calls nothing else there is no callee.
#[derive(Clone, Copy)]
struct Known<'a> {
    func: FuncId,
    callee: Option<Target<'a>>,
    crossing: Option<Crossing<'a>>,
}

/// A function that crosses.
#[derive(Clone, Copy)]
struct Crossing<'a> {
    id: CrossingId,
    is: &'a store::Crossing,
    /// How many arguments there are.
    params: u32,
}

/// Who made the call whose boundary is at `frame`, which is one of that function.
#[derive(Clone, Copy)]
struct Caller<'a> {
    frame: *mut Frame,
    crossing: Crossing<'a>,
    home: Home<'a>,
    place: Place,
}

/// The functions that were called last, by their ids.
type Calls<'a> = [Option<Known<'a>>; 8];

/// What calls that cross have looked up: those of few functions follow each other, and each returns.
#[derive(Default)]
pub(super) struct Notes<'a> {
    calls: Calls<'a>,
    sites: Sites<'a>,
    task_returns: TaskReturns,
    inner: Inners<'a>,
    /// Whom the last call returns to.
    caller: Option<Caller<'a>>,
}

/// What calls have run after `realloc`, or besides their callees: the last ones, by what they are to the call.
#[derive(Default)]
struct Inners<'a>([Option<Target<'a>>; 4]);

/// What a function is to a call.
#[derive(Clone, Copy)]
enum Which {
    Callee,
    ParamRealloc,
    ResultRealloc,
    PostReturn,
}

/// A frame on which a call has crossed: how high the slots stood, and what the owner had counted before.
#[derive(Clone, Copy)]
struct Boundary {
    base: u32,
    note: u32,
}

impl<'a> Known<'a> {
    /// A function, as it was looked up last or is now.
    #[inline(always)]
    fn find<'n>(calls: &'n mut Calls<'a>, room: &Room<'a>, func: FuncId) -> Option<&'n Self> {
        // Neighbours in a component, and in the next one.
        let at = func.raw() ^ func.raw() >> 3;
        let places = calls.len();
        let place = calls.get_mut(at as usize % places)?;
        if !matches!(place, Some(known) if known.func == func) {
            *place = Some(room.look_up_func(func)?);
        }
        place.as_ref()
    }
}

impl<'a> Inners<'a> {
    /// The same for what else a call runs.
    #[inline(always)]
    fn find(&mut self, room: &Room<'a>, which: Which, func: (InstanceId, u32)) -> Option<&Target<'a>> {
        let [callee, param_realloc, result_realloc, post_return] = &mut self.0;
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
        let here = Here::find(self.context.images, self.context.instances, func.0)?;
        let reach = Reach::of(&here);
        let found = here.module.funcs.get(func.1 as usize)?;
        let word = *here.module.side_table.words().get(found.side as usize)?;
        let Prologue { params, locals, height, .. } = Prologue::narrow(word)?;
        Some(Target {
            func,
            home: Home { here, reach },
            place: Place { word, code_end: reach.input.wrapping_add(found.end as usize) },
            code: reach.input.wrapping_add(found.code as usize),
            stp: reach.words.wrapping_add(found.side as usize).wrapping_add(1),
            params,
            locals,
            room: (locals + height).max(Integers::MOST_PARAMS as u32),
        })
    }

    #[cold]
    #[inline(never)]
    fn look_up_func(&self, func: FuncId) -> Option<Known<'a>> {
        let (callee, crossing) = match self.context.funcs.get(func)?.kind {
            FuncKind::Wasm { instance, func } => (Some((instance, func)), None),
            FuncKind::Crossing(id) => {
                let crossing = self.look_up_crossing(id)?;
                let callee = match &crossing.is.kind {
                    CrossingKind::Call(call) => Some((call.instance, call.func)),
                    CrossingKind::Owned(owned) => owned.callee,
                    CrossingKind::TaskReturn(_) => None,
                };
                (callee, Some(crossing))
            }
            _ => return None,
        };
        let callee = match callee {
            Some(callee) => Some(self.look_up(callee)?),
            None => None,
        };
        Some(Known { func, callee, crossing })
    }

    fn look_up_crossing(&self, id: CrossingId) -> Option<Crossing<'a>> {
        let is = self.context.crossings.get(id)?;
        let params = match &is.kind {
            CrossingKind::Call(CrossingCall { params, .. }) | CrossingKind::Owned(OwnedCrossing { params, .. }) => {
                *params
            }
            CrossingKind::TaskReturn(says) => u32::from(says.result.is_some()),
        };
        Some(Crossing { id, is, params })
    }

    /// See [`Bank::goes_elsewhere`](crate::exec::dispatch::tail::bank::Bank::goes_elsewhere).
    #[inline(always)]
    pub(super) fn goes_elsewhere(&mut self) -> bool {
        let step = match self.context.exit {
            Exit::Call(func) => self.call_across(func, None),
            Exit::Enter(id, func) if id != self.context.here.id => self.call_other(id, func),
            Exit::Returned => return self.returns(),
            _ => None,
        };
        matches!(step, Some(Ok(())))
    }

    /// See [`Bank::returns`](crate::exec::dispatch::tail::bank::Bank::returns).
    #[inline(always)]
    pub(super) fn returns(&mut self) -> bool {
        // SAFETY: it is a frame, if it is not below the first one.
        let is_over = self.frame < self.first_frame
            || (unsafe { &*self.frame }.is_owners() && self.context.crossed.inner.is_none());
        let step = if is_over { None } else { self.return_elsewhere() };
        match step {
            Some(step) => step.is_ok(),
            None => {
                self.context.halt(Exit::Returned);
                false
            }
        }
    }

    /// See [`Bank::calls_import`](crate::exec::dispatch::tail::bank::Bank::calls_import).
    #[inline(always)]
    pub(super) fn calls_import(&mut self, number: u32) -> bool {
        match self.context.here.instance.imported_funcs.get(number as usize) {
            Some(func) => match self.call_across(*func, Some(number)) {
                Some(step) => step.is_ok(),
                None => self.leaves(*func),
            },
            None => {
                self.context.halt(Exit::Bug(why!("an import is missing")));
                false
            }
        }
    }

    /// The machine calls that function.
    #[inline(never)]
    fn leaves(&mut self, func: FuncId) -> bool {
        let exit = match self.context.funcs.get(func) {
            Some(FuncInst { kind: FuncKind::Wasm { instance, func }, .. }) => Exit::Enter(*instance, *func),
            Some(_) => Exit::Call(func),
            None => Exit::Bug(why!("an import leads nowhere")),
        };
        self.context.halt(exit);
        false
    }

    /// Nobody else has them while handlers run.
    #[inline(always)]
    fn notes<'n>(&mut self) -> &'n mut Notes<'a> {
        // SAFETY: `Room`.
        unsafe { &mut *self.notes }
    }

    /// `None` where the machine has to see to it: it grows its stacks, or traps where it may not; it lays arguments out
    /// for a wide frame.
    #[inline(never)]
    fn call_other(&mut self, id: InstanceId, func: u32) -> Option<Step> {
        self.call_known(&self.look_up((id, func))?)
    }

    #[inline(never)]
    fn call_known(&mut self, target: &Target<'a>) -> Option<Step> {
        if !self.has_room(self.mark.sp, target, 1) {
            return None;
        }
        self.note_position();
        Some(self.begin(target))
    }

    /// A function is called that the module has found, or imports: its number is in the code then. `None` where the
    /// machine or the owner has to see to it.
    #[inline(never)]
    pub(super) fn call_across(&mut self, func: FuncId, import: Option<u32>) -> Option<Step> {
        let Notes { calls, sites, task_returns, inner, caller } = self.notes();
        let known = Known::find(calls, self, func)?;
        let Some(crossing) = &known.crossing else { return self.call_known(known.callee.as_ref()?) };
        if self.context.owner.is_none() || self.context.crossed.inner.is_some() {
            return None;
        }
        match &crossing.is.kind {
            CrossingKind::Call(call) => {
                let callee = known.callee.as_ref()?;
                if import.is_some() {
                    self.note_site(sites, crossing, callee, call);
                }
                self.cross_call(crossing, callee, call, caller)
            }
            CrossingKind::TaskReturn(says) => self.task_return(says, task_returns, import),
            CrossingKind::Owned(owned) => self.cross_owned(crossing, known.callee.as_ref(), owned, (inner, caller)),
        }
    }

    /// A call whose values are numbers, records and variants.
    #[inline(never)]
    fn cross_call(
        &mut self,
        crossing: &Crossing<'a>,
        callee: &Target<'a>,
        call: &CrossingCall,
        caller: &mut Option<Caller<'a>>,
    ) -> Option<Step> {
        if let Some(task) = &call.task
            && self.context.crossed.held.get(task.inst as usize) != Some(&false)
        {
            return None;
        }
        let Mark { sp, .. } = self.mark;
        let end = sp.wrapping_add(callee.params as usize);
        if !self.has_room(end, callee, 2) {
            return None;
        }
        // SAFETY: `Sp`: the slots up to `sp` are the running frame's, its height is not less than what is called
        // takes; behind them is room for the callee's frame. Nobody else has them while handlers run.
        let (from, to) = unsafe {
            let from = core::slice::from_raw_parts(sp.sub(call.params as usize), call.params as usize);
            (from, core::slice::from_raw_parts_mut(sp, callee.params as usize))
        };
        let types = &self.context.images.get(call.image)?.types;
        crossing::params(types, call.ty, from, to, &mut None::<Handle>)?;
        self.mark.sp = end;
        self.note_position();
        self.push_boundary(crossing, sp, caller);
        self.lock(call.task.as_ref(), true);
        Some(self.begin(callee))
    }

    /// A canonical function has returned, and its results are in the place of its arguments: a check point, as wherever
    /// the owner has done something.
    #[inline(always)]
    fn done(&mut self, args: *mut u64, results: u32) -> Step {
        self.mark.sp = args.wrapping_add(results as usize);
        let fuel = self.context.limit.wrapping_sub(self.mark.code.addr() as i64);
        if fuel < 0 { Err(self.context.halt(Exit::OutOfFuel)) } else { Ok(()) }
    }

    /// Puts the boundary of a call, whose own slots begin there, above the frame of its caller.
    #[inline(always)]
    fn push_boundary(&mut self, crossing: &Crossing<'a>, base: *mut u64, caller: &mut Option<Caller<'a>>) {
        let note = self.context.crossed.note;
        self.push_frame(Frame::crossing(crossing.id, self.slot_at(base), note));
        self.context.crossed.unknown += 1;
        // The same again: much is not to be written once more.
        if !matches!(caller, Some(caller) if caller.frame == self.frame
            && caller.crossing.id == crossing.id
            && caller.home.here.id == self.context.here.id
            && caller.place.code_end == self.code_end)
        {
            let home = Home { here: self.context.here, reach: self.reach };
            let place = Place { word: self.word, code_end: self.code_end };
            *caller = Some(Caller { frame: self.frame, crossing: *crossing, home, place });
        }
    }

    /// A function has returned to one of another instance, or of another component: its results are on top, from where
    /// its locals were, and its frame is gone. `None` where the machine has to see to it; nothing has changed then.
    #[inline(never)]
    fn return_elsewhere(&mut self) -> Option<Step> {
        // SAFETY: there is a frame below the one that is gone.
        let below = unsafe { &*self.frame };
        let Some(id) = below.crosses() else { return self.return_other() };
        let boundary = Boundary { base: below.base, note: below.note() };
        let Notes { inner, caller, .. } = self.notes();
        let caller = self.caller(caller, id)?;
        if self.context.crossed.inner.is_some() {
            return self.return_inner(caller, inner, boundary);
        }
        match &caller.crossing.is.kind {
            CrossingKind::Call(call) => self.return_across(caller, call, boundary),
            CrossingKind::Owned(owned) => self.return_owned(caller, inner, owned, boundary),
            CrossingKind::TaskReturn(_) => None,
        }
    }

    #[inline(never)]
    fn return_other(&mut self) -> Option<Step> {
        // SAFETY: `return_elsewhere`.
        let below = unsafe { &*self.frame };
        let Some(func) = below.func() else {
            let Some(Inner::HostRealloc { .. }) = &self.context.crossed.inner else { return None };
            return if below.token().is_some() { self.return_to_host(below.base) } else { None };
        };
        let Target { home, place, .. } = self.look_up((below.instance, func))?;
        Some(self.go_back(&home, place))
    }

    /// What a function has returned, if it has a result; else anything.
    #[inline(always)]
    fn returned(&self) -> u64 {
        let Mark { sp, locals, .. } = self.mark;
        // SAFETY: if there is a result, it is on top.
        if sp == locals { 0 } else { unsafe { sp.sub(1).read() } }
    }

    /// A call that has crossed returns. `None` where the owner has to see to it; nothing has changed then.
    #[inline(never)]
    fn return_across(&mut self, caller: &Caller<'a>, crossing: &CrossingCall, boundary: Boundary) -> Option<Step> {
        let slot = self.returned();
        let base = self.slots.wrapping_add(boundary.base as usize);
        let args = base.wrapping_sub(crossing.params as usize);
        // SAFETY: if there are arguments, they lie below where the call began.
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

    /// Who made the call whose boundary, one of that function, is the topmost frame.
    #[inline(always)]
    fn caller<'n>(&self, caller: &'n mut Option<Caller<'a>>, id: CrossingId) -> Option<&'n Caller<'a>> {
        // Whoever pushes a boundary notes it. The call of a `Site` does not; it returns this way only if that place was
        // taken by a call above it, which was noted.
        if !matches!(caller, Some(caller) if caller.frame == self.frame) {
            *caller = Some(self.look_up_caller(id)?);
        }
        debug_assert!(matches!(caller, Some(caller) if caller.crossing.id == id));
        caller.as_ref()
    }

    #[inline(never)]
    fn look_up_caller(&self, id: CrossingId) -> Option<Caller<'a>> {
        // SAFETY: a frame that crosses is above that of its caller.
        let below = unsafe { &*self.frame.sub(1) };
        let Target { home, place, .. } = self.look_up((below.instance, below.func()?))?;
        Some(Caller { frame: self.frame, crossing: self.look_up_crossing(id)?, home, place })
    }

    /// A call that crosses has returned, and its results, which end at `sp`, are in the place of its arguments.
    #[inline(always)]
    fn end_call(&mut self, sp: *mut u64, note: u32, caller: &Caller<'a>) -> Step {
        self.frame = self.frame.wrapping_sub(1);
        self.context.crossed.unknown -= 1;
        self.context.crossed.note = note;
        self.mark.sp = sp;
        self.go_back(&caller.home, caller.place)
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
    #[inline(never)]
    fn task_return(&mut self, says: &TaskReturn, notes: &mut TaskReturns, import: Option<u32>) -> Option<Step> {
        // SAFETY: it is a frame.
        let boundary = unsafe { &mut *self.boundary()? };
        let id = boundary.crosses()?;
        let CrossingKind::Call(crossing) = &self.context.crossings.get(id)?.kind else { return None };
        let task = crossing.task.as_ref().filter(|_| !boundary.has_returned())?;
        // The running function has its memory at hand.
        if task.memory.is_some() && task.memory == self.context.here.memory {
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
        if let Some(number) = import {
            notes.note((self.context.here.id, number), id, task, says);
        }
        Some(self.done(sp.wrapping_sub(usize::from(says.result.is_some())), 0))
    }

    /// Whether there is room for so many more frames, the topmost one that of a function whose arguments end at `sp`.
    #[inline(always)]
    fn has_room(&self, sp: *mut u64, target: &Target<'a>, frames: usize) -> bool {
        sp.wrapping_add(target.room as usize) <= self.slots_end && self.frame.wrapping_add(frames) <= self.last_frame
    }

    /// The index of a slot.
    fn slot_at(&self, slot: *mut u64) -> u32 {
        // Slots are fewer than 2³², as their limit is.
        (slot.addr().wrapping_sub(self.slots.addr()) / size_of::<u64>()) as u32
    }

    /// The running frame goes on behind the instruction that calls.
    #[inline(always)]
    fn note_position(&mut self) {
        let Mark { code, .. } = self.mark;
        // SAFETY: `frame` is a frame.
        let frame = unsafe { &mut *self.frame };
        frame.ip = code.addr().wrapping_sub(self.reach.input.addr()) as u32;
        frame.stp = (self.stp.addr().wrapping_sub(self.reach.words.addr()) / size_of::<u32>()) as u32;
    }

    /// Puts a frame above all others.
    #[inline(always)]
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
    fn begin(&mut self, target: &Target<'a>) -> Step {
        let Target { func: (id, number), ref home, place, code, stp, params, locals, .. } = *target;
        let Mark { sp, .. } = self.mark;
        let first = sp.wrapping_sub(params as usize);
        self.push_frame(Frame::new(id, number, false, 0, 0, self.slot_at(first)));
        self.switch(home);
        if locals > 0 {
            // SAFETY: `has_room` saw that there is room for the whole frame.
            unsafe { core::slice::from_raw_parts_mut(sp, locals as usize).fill(0) }
        }
        self.mark.sp = sp.wrapping_add(locals as usize);
        self.stp = stp;
        self.go_on(place, code, first)
    }

    /// Goes on with the topmost frame, which is of another instance.
    #[inline(always)]
    fn go_back(&mut self, home: &Home<'a>, place: Place) -> Step {
        // SAFETY: `frame` is a frame.
        let Frame { ip, stp, base, .. } = *unsafe { &*self.frame };
        self.switch(home);
        // From there: what was just written as a whole is not read in parts before it is in the cache.
        let Reach { words, input, .. } = home.reach;
        self.stp = words.wrapping_add(stp as usize);
        self.go_on(place, input.wrapping_add(ip as usize), self.slots.wrapping_add(base as usize))
    }

    /// Goes on at `target` in a function: a check point.
    #[inline(always)]
    fn go_on(&mut self, Place { word, code_end }: Place, target: *const u8, locals: *mut u64) -> Step {
        (self.word, self.code_end) = (word, code_end);
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
    fn switch(&mut self, home: &Home<'a>) {
        // Anew: somebody else may have used it.
        self.memory = Span::lent(home.here.memory, self.context.memories);
        // One after the other: both at once would lie on the native stack meanwhile.
        self.context.here = home.here;
        self.reach = home.reach;
    }
}
