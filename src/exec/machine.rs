//! A thread of core code as a value: its value slots and its frames.
//!
//! The machine runs code until something must happen that it cannot do itself, and then says
//! so with a [`Stop`]. It never calls its owner. It holds no reference and no pointer: a store
//! is lent to it for each run, always the same one.

use super::activation::{ForOwner, lend};
use super::dispatch::SPARE_SLOTS;
use super::frame::Frame;
use super::{Stop, backtrace, dispatch};
use crate::error::{Error, Misuse, Result, Trap, bug};
use crate::image::module::Func;
use crate::image::side_table::Prologue;
use crate::store::{FuncId, FuncKind, InstanceId, Store, Ticket, known};
use crate::support::{Limits, Vec};

/// Slots that a machine begins with.
const FIRST_SLOTS: usize = 64;
/// The token of the boundary under a nested run; the owner has none of this number.
const NESTED: u32 = u32::MAX;

/// What `memory.atomic.wait32` and `wait64` return where another thread woke this one.
const WOKEN: u64 = 0;
/// What they return where nobody did for so long.
const TIMED_OUT: u64 = 2;

/// A thread of core code, stopped.
#[derive(Debug, Default)]
pub struct Machine {
    pub(super) slots: Vec<u64>,
    /// The first slot that is free.
    pub(super) top: usize,
    pub(super) frames: Vec<Frame>,
    /// Of what was split off: how many slots there were where it ran, which is room for the greatest height of each
    /// of its frames. It has no more slots of its own than values.
    #[cfg(feature = "component-async")]
    room: usize,
    /// What has to happen before the topmost frame goes on.
    pub(super) pending: Option<Pending>,
}

/// What has to happen before code goes on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pending {
    /// A function outside of WebAssembly was called but not yet reported.
    Call(FuncId),
    /// The instruction with this opcode is to be done again, now that there was a collection; the
    /// frame stands behind the opcode.
    #[cfg(feature = "heap")]
    Again(u32),
    /// `memory.atomic.wait32` or `wait64`: another thread wakes this one, or its time is up.
    #[cfg_attr(not(feature = "threads"), allow(dead_code))]
    Wait(Wait),
}

/// How a thread waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    /// Its place in the queue.
    pub ticket: Ticket,
    /// For how many nanoseconds at most.
    pub timeout: Option<u64>,
}

/// How high a machine's stacks stood: see [`Machine::unwind_to`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Depth {
    pub(super) frames: usize,
    pub(super) top: usize,
}

/// A call that runs to its end before anything else does: see [`Machine::run_nested`].
#[derive(Clone, Copy, Debug)]
pub struct NestedCall<'a> {
    /// What is called.
    pub func: FuncId,
    /// Its arguments, as slots.
    pub args: &'a [u64],
    /// How much fuel it may use, whatever the store has.
    pub fuel: u32,
    /// The trap if it uses more.
    pub exhausted: Trap,
}

/// What runs the calls that leave WebAssembly during [`Machine::run_nested`]: it takes the
/// arguments from the top of the stack and puts the results there.
pub type OnCall<'a> = &'a mut dyn FnMut(&mut Machine, &mut Store, FuncId) -> Result<()>;

impl Machine {
    /// A machine without frames; allocates nothing.
    pub const fn new() -> Self {
        Self {
            slots: Vec::new(),
            top: 0,
            frames: Vec::new(),
            #[cfg(feature = "component-async")]
            room: 0,
            pending: None,
        }
    }

    /// Whether nothing is left to run.
    pub fn is_idle(&self) -> bool {
        self.frames.is_empty() && self.pending.is_none()
    }

    /// Puts a call on top of all that is there; [`run`](Self::run) then runs it. The arguments
    /// are slots of the function's parameter types. When it fails, nothing has changed.
    pub fn call(&mut self, store: &mut Store, func: FuncId, args: &[u64]) -> Result<()> {
        if self.pending.is_some() {
            return Err(Misuse::UnfinishedCall.into());
        }
        let depth = self.depth();
        self.push(&store.state.quota.limits, args)?;
        let entered = self.enter(store, func);
        if entered.is_err() {
            self.unwind_to(depth);
        }
        entered
    }

    /// Puts a boundary with that token on top of all that is there, and a call above it. When it
    /// fails, what it left there is still to be unwound.
    pub fn call_above(&mut self, store: &Store, token: u32, func: FuncId, args: &[u64]) -> Result<()> {
        let limits = &store.state.quota.limits;
        self.push_boundary(limits, token)?;
        self.push(limits, args)?;
        self.enter(store, func)
    }

    /// The same where the arguments are on the stack already, `count` slots with `above` others above
    /// them, each as `change` makes it: they stay where they are, below the boundary.
    pub fn call_above_with(
        &mut self,
        store: &Store,
        token: u32,
        func: FuncId,
        (count, above): (usize, usize),
        change: impl FnOnce(&mut [u64]) -> Result<()>,
    ) -> Result<()> {
        let limits = &store.state.quota.limits;
        self.push_boundary(limits, token)?;
        let from = self.top.checked_sub(count.saturating_add(above));
        let from = from.ok_or_else(|| bug!("fewer arguments than parameters"))?;
        let to = self.top.saturating_add(count);
        self.reserve(limits, to)?;
        self.slots.copy_within(from..from + count, self.top);
        change(self.slots.get_mut(self.top..to).unwrap_or_default())?;
        self.top = to;
        self.enter(store, func)
    }

    /// Begins the function whose arguments are on top of the stack.
    #[inline]
    fn enter(&mut self, store: &Store, func: FuncId) -> Result<()> {
        match known(store.state.funcs.get(func))?.kind {
            FuncKind::Wasm { instance, func } => self.push_frame(store, instance, func),
            _ => {
                self.pending = Some(Pending::Call(func));
                Ok(())
            }
        }
    }

    /// Pushes the frame of a function whose arguments are on top of the stack.
    pub(super) fn push_frame(&mut self, store: &Store, instance: InstanceId, func: u32) -> Result<()> {
        let (_, module) = known(store.module(instance))?;
        let callee = *known(module.funcs.get(func as usize))?;
        // Most prologues are narrow; those that are not would have all of them go through memory. Boards have one
        // copy of the rest.
        if cfg!(target_pointer_width = "64")
            && let Some(prologue) =
                module.side_table.words().get(callee.side as usize).copied().and_then(Prologue::narrow)
        {
            return self.push_frame_of(store, (instance, func), callee, prologue);
        }
        self.push_any_frame(store, (instance, func), callee)
    }

    #[cfg_attr(target_pointer_width = "64", cold)]
    #[inline(never)]
    fn push_any_frame(&mut self, store: &Store, func: (InstanceId, u32), callee: Func) -> Result<()> {
        let (_, module) = known(store.module(func.0))?;
        let prologue = known(module.side_table.prologue(callee.side))?;
        self.push_frame_of(store, func, callee, prologue)
    }

    #[inline(always)]
    fn push_frame_of(
        &mut self,
        store: &Store,
        (instance, func): (InstanceId, u32),
        Func { code, side, .. }: Func,
        prologue: Prologue,
    ) -> Result<()> {
        let Prologue { params, locals, .. } = prologue;
        let (stride, wide) = (prologue.stride() as usize, prologue.is_wide());
        if self.is_wide() != wide {
            self.convey_to(store, instance, func, wide)?;
        }
        let limits = &store.state.quota.limits;
        if self.frames.len() >= limits.call_depth as usize {
            return Err(Trap::CallStackExhausted.into());
        }
        let Some(base) = self.top.checked_sub(params as usize * stride) else {
            return Err(bug!("fewer arguments than parameters").into());
        };
        self.reserve(limits, base + prologue.frame_slots() as usize)?;
        // Slots are fewer than 2³², as their limit is.
        self.frames.push(Frame::new(instance, func, wide, code, side + 1, base as u32))?;
        self.begin_locals(locals as usize * stride);
        Ok(())
    }

    /// Zeros for so many slots.
    #[inline(always)]
    pub(super) fn begin_locals(&mut self, slots: usize) {
        let first_operand = self.top + slots;
        if slots > 0 {
            self.slots.get_mut(self.top..first_operand).unwrap_or_default().fill(0);
        }
        self.top = first_operand;
    }

    /// Lays the arguments on top of the stack out for a frame of that function, as wide as that.
    #[cold]
    fn convey_to(&mut self, store: &Store, instance: InstanceId, func: u32, wide: bool) -> Result<()> {
        let (_, module) = known(store.module(instance))?;
        let ty = *known(module.func_types.get(module.imported_funcs as usize + func as usize))?;
        let ty = known(known(store.state.instances.get(instance))?.ty(ty))?;
        self.convey_arguments(store, ty, wide)
    }

    /// Puts the frame of a function in the place of the topmost one (core spec, Administrative
    /// Instructions: `return_invoke`). Its arguments are on top of the stack.
    #[cfg(feature = "tail-call")]
    #[cold]
    pub(super) fn replace_frame(&mut self, store: &Store, instance: InstanceId, func: u32) -> Result<()> {
        let (_, module) = known(store.module(instance))?;
        let ty = *known(module.func_types.get(module.imported_funcs as usize + func as usize))?;
        let (params, _) = known(module.types.func(ty))?;
        let args = self.hand_out(params)?;
        let base = known(self.frames.pop())?.base as usize;
        self.slots.copy_within(self.top - args..self.top, base);
        self.top = base + args;
        self.receive(store, params)?;
        self.push_frame(store, instance, func)
    }

    /// Sees to it that there are `slots` slots in all.
    #[inline]
    pub(super) fn reserve(&mut self, limits: &Limits, slots: usize) -> Result<()> {
        if slots.saturating_add(SPARE_SLOTS) <= self.slots.len() { Ok(()) } else { self.grow(limits, slots) }
    }

    #[cold]
    fn grow(&mut self, limits: &Limits, slots: usize) -> Result<()> {
        let most = limits.stack_slots as usize;
        if slots > most {
            return Err(Trap::CallStackExhausted.into());
        }
        let had = self.slots.len().saturating_sub(SPARE_SLOTS);
        let ample = had.saturating_mul(2).max(FIRST_SLOTS).min(most).max(slots);
        if self.slots.resize(ample + SPARE_SLOTS, 0).is_err() {
            self.slots.resize(slots + SPARE_SLOTS, 0)?;
        }
        Ok(())
    }

    /// Runs until something must happen that the machine cannot do itself. An error is a trap
    /// of the code, or a failure of the engine; it carries the backtrace, and the frames are
    /// still there: the owner unwinds them.
    pub fn run(&mut self, store: &mut Store) -> Result<Stop> {
        self.run_for(store, None)
    }

    /// The same for an owner whose calls cross.
    pub(super) fn run_for(&mut self, store: &mut Store, mut owner: ForOwner<'_>) -> Result<Stop> {
        loop {
            match self.pending {
                Some(Pending::Call(func)) => {
                    self.pending = None;
                    return Ok(Stop::Call(func));
                }
                Some(Pending::Wait(_)) if self.is_waiting(store) => return Ok(Stop::Wait),
                Some(Pending::Wait(_)) => self.finish_wait(WOKEN),
                #[cfg(feature = "heap")]
                Some(Pending::Again(_)) => {}
                None => {}
            }
            let Some(frame) = self.frames.last() else { return Ok(Stop::Done) };
            if let Some(token) = frame.token() {
                return Ok(self.return_into(token));
            }
            if let Some(ty) = frame.expands() {
                self.leave_expanding(store, ty)?;
                continue;
            }
            if store.state.fuel.is_exhausted() {
                return Ok(Stop::OutOfFuel);
            }
            let ran = match self.pending.take() {
                #[cfg(feature = "heap")]
                Some(Pending::Again(opcode)) => dispatch::run_slow(self, store, opcode),
                _ => dispatch::run(self, store, lend(&mut owner)),
            };
            if let Some(stop) = ran.map_err(|error| backtrace::attach(self, store, error))? {
                return Ok(stop);
            }
        }
    }

    /// The topmost frame is a boundary of that token.
    #[inline(always)]
    pub(super) fn return_into(&mut self, token: u32) -> Stop {
        // The owner takes one that crosses off once it knows of it.
        #[cfg(crossings)]
        if Frame::is_own(token) {
            return Stop::ReturnInto(Frame::CROSSING);
        }
        self.frames.pop();
        Stop::ReturnInto(token)
    }

    /// Whether the thread waits and no other one has woken it yet.
    pub fn is_waiting(&self, store: &Store) -> bool {
        matches!(self.pending, Some(Pending::Wait(wait)) if store.state.waiters.is_waiting(wait.ticket))
    }

    /// For how many nanoseconds the thread waits at most, where it waits and not for ever.
    pub fn timeout(&self) -> Option<u64> {
        match self.pending {
            Some(Pending::Wait(wait)) => wait.timeout,
            _ => None,
        }
    }

    /// Ends a [`Stop::Wait`] for which no other thread can be waited: the time is up. A thread
    /// that would wait for ever traps.
    pub fn stop_waiting(&mut self, store: &mut Store) -> Result<()> {
        let Some(Pending::Wait(wait)) = self.pending else { return Ok(()) };
        store.state.waiters.leave(wait.ticket);
        if wait.timeout.is_some() {
            self.finish_wait(TIMED_OUT);
            return Ok(());
        }
        self.pending = None;
        Err(backtrace::attach(self, store, Trap::Deadlock.into()))
    }

    /// Goes on behind the instruction that waited, which returns `result`.
    fn finish_wait(&mut self, result: u64) {
        self.pending = None;
        self.push_value([result, 0]);
    }

    /// Stops so that there is a collection before the instruction with that opcode, behind which the topmost
    /// frame stands.
    #[cfg(feature = "heap")]
    pub(super) fn collect_before(&mut self, opcode: u32) -> Stop {
        self.pending = Some(Pending::Again(opcode));
        Stop::Collect
    }

    /// Every slot in use, of any type: what a collection may not free. Those of a frame are below
    /// those of the frame it called, and all are below the topmost one's height.
    #[cfg(feature = "heap")]
    pub fn roots(&self) -> impl Iterator<Item = u64> {
        self.slots.get(..self.top).unwrap_or_default().iter().copied()
    }

    /// The `count` slots on top of the stack: the arguments of a [`Stop::Call`], or the results
    /// of what returned. Empty where there are fewer.
    pub fn args(&self, count: usize) -> &[u64] {
        let start = self.top.checked_sub(count);
        start.and_then(|start| self.slots.get(start..self.top)).unwrap_or_default()
    }

    /// Takes `count` slots off the stack.
    pub fn pop(&mut self, count: usize) {
        debug_assert!(count <= self.top);
        self.top = self.top.saturating_sub(count);
    }

    /// Puts slots on the stack.
    #[inline]
    pub fn push(&mut self, limits: &Limits, slots: &[u64]) -> Result<()> {
        let end = self.top.saturating_add(slots.len());
        self.reserve(limits, end)?;
        if let Some(place) = self.slots.get_mut(self.top..end) {
            place.copy_from_slice(slots);
        }
        self.top = end;
        Ok(())
    }

    /// Ends a [`Stop::Call`]: replaces its arguments, `params` slots, by its results.
    #[inline]
    pub fn finish_call(&mut self, limits: &Limits, params: usize, results: &[u64]) -> Result<()> {
        self.pop(params);
        self.push(limits, results)
    }

    /// Ends a [`Stop::Call`] that failed. The machine can go on where `error` says that the store's
    /// pending exception is thrown and somebody catches it; otherwise the error comes back, with
    /// the backtrace.
    #[cold]
    pub fn fail_call(&mut self, store: &mut Store, error: Error) -> Result<()> {
        #[cfg(feature = "exceptions")]
        let error = match super::throw::pending(self, store, error) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        Err(backtrace::attach(self, store, error))
    }

    /// Pushes a frame of the owner's. What is called above it returns as
    /// [`Stop::ReturnInto`] with this token, which is any number but `u32::MAX`.
    #[inline]
    pub fn push_boundary(&mut self, limits: &Limits, token: u32) -> Result<()> {
        if self.frames.len() >= limits.call_depth as usize {
            return Err(Trap::CallStackExhausted.into());
        }
        // Slots are fewer than 2³², as their limit is.
        Ok(self.frames.push(Frame::boundary(token, self.top as u32))?)
    }

    /// The boundary tokens on the stack, the topmost first.
    pub fn boundaries(&self) -> impl Iterator<Item = u32> {
        self.frames.iter().rev().filter_map(Frame::token)
    }

    /// The instances with a frame above `depth`, the topmost first, some more than once.
    pub fn instances(&self, depth: Depth) -> impl Iterator<Item = InstanceId> {
        let frames = self.frames.get(depth.frames..).unwrap_or_default();
        frames.iter().rev().filter(|frame| frame.func().is_some()).map(|frame| frame.instance)
    }

    /// How high the stacks stand.
    pub fn depth(&self) -> Depth {
        Depth { frames: self.frames.len(), top: self.top }
    }

    /// Forgets everything above `depth`: after a trap, or to abandon a call.
    pub fn unwind_to(&mut self, depth: Depth) {
        self.frames.truncate(depth.frames);
        self.top = depth.top.min(self.slots.len());
        self.pending = None;
    }

    /// Takes off everything above `depth`, which `split` becomes, of no more than its size. Nothing is allocated where
    /// that has had the room, and not much more.
    #[cfg(feature = "component-async")]
    pub fn split_off(&mut self, depth: Depth, split: &mut Machine) -> Result<()> {
        if self.pending.is_some() {
            return Err(Misuse::UnfinishedCall.into());
        }
        let (slots, frames) = (self.slots.get(depth.top..self.top), self.frames.get(depth.frames..));
        let (Some(slots), Some(frames)) = (slots, frames) else {
            return Err(bug!("a thread is split off above the top").into());
        };
        let fits = |room: usize, used: usize| (used..=2 * used + 8).contains(&room);
        if !fits(split.slots.capacity(), slots.len()) || !fits(split.frames.capacity(), frames.len()) {
            *split = Machine::new();
        }
        split.slots.clear();
        split.slots.reserve_exact(slots.len())?;
        split.slots.extend_from_slice(slots)?;
        split.frames.clear();
        split.frames.reserve_exact(frames.len())?;
        for frame in frames {
            // Everything above a depth begins above it.
            split.frames.push(Frame { base: frame.base.saturating_sub(depth.top as u32), ..*frame })?;
        }
        (split.top, split.pending) = (slots.len(), None);
        split.room = self.slots.len().saturating_sub(depth.top);
        self.unwind_to(depth);
        Ok(())
    }

    /// Puts what was split off on top of all that is there. When it fails, nothing has changed.
    #[cfg(feature = "component-async")]
    pub fn append(&mut self, store: &Store, split: &Machine) -> Result<()> {
        let limits = &store.state.quota.limits;
        if self.frames.len() + split.frames.len() > limits.call_depth as usize {
            return Err(Trap::CallStackExhausted.into());
        }
        self.frames.reserve(split.frames.len())?;
        // Here every frame has room for its greatest height again.
        if self.top.saturating_add(split.room) > self.slots.len() {
            self.reserve(limits, self.top.saturating_add(split.greatest_height(store)?))?;
        }
        let base = self.top as u32;
        self.push(limits, split.slots.get(..split.top).unwrap_or_default())?;
        for frame in &split.frames {
            // Slots are fewer than 2³², as their limit is.
            self.frames.push(Frame { base: base.saturating_add(frame.base), ..*frame })?;
        }
        Ok(())
    }

    /// The slots that the frames need at most.
    #[cfg(feature = "component-async")]
    fn greatest_height(&self, store: &Store) -> Result<usize> {
        let mut slots = self.top;
        for frame in &self.frames {
            let Some(func) = frame.func() else { continue };
            let (_, module) = known(store.module(frame.instance))?;
            let func = known(module.funcs.get(func as usize))?;
            let prologue = known(module.side_table.prologue(func.side))?;
            slots = slots.max((frame.base as usize).saturating_add(prologue.frame_slots() as usize));
        }
        Ok(slots)
    }

    /// Runs one call to its end, above all that is there, without pausing: it has a limit on
    /// fuel of its own. `results` takes its results. When it fails, the machine is as it was.
    pub fn run_nested(
        &mut self,
        store: &mut Store,
        call: NestedCall<'_>,
        results: &mut [u64],
        on_call: OnCall<'_>,
    ) -> Result<()> {
        if self.pending.is_some() {
            return Err(Misuse::UnfinishedCall.into());
        }
        let depth = self.depth();
        let outer = store.state.fuel;
        let limit = i64::from(call.fuel);
        store.state.fuel.set(limit);
        let count = results.len();
        #[cfg(feature = "heap")]
        let held = store.state.heap.hold(false);
        let done = self.run_to_boundary(store, call, on_call);
        #[cfg(feature = "heap")]
        store.state.heap.hold(held);
        if done.is_ok() {
            for (place, result) in results.iter_mut().zip(self.args(count)) {
                *place = *result;
            }
        }
        let used = limit.saturating_sub(store.state.fuel.balance()).max(0);
        store.state.fuel = outer;
        store.state.fuel.charge(used.cast_unsigned());
        self.unwind_to(depth);
        done
    }

    fn run_to_boundary(&mut self, store: &mut Store, call: NestedCall<'_>, on_call: OnCall<'_>) -> Result<()> {
        self.call_above(store, NESTED, call.func, call.args)?;
        let stop = self.run(store);
        self.finish_nested(store, stop, (NESTED, call.exhausted), on_call)
    }

    /// A nested call above a boundary of that token has stopped so: runs it to its end.
    pub fn finish_nested(
        &mut self,
        store: &mut Store,
        mut stop: Result<Stop>,
        (token, exhausted): (u32, Trap),
        on_call: OnCall<'_>,
    ) -> Result<()> {
        loop {
            match stop? {
                Stop::Call(func) => on_call(self, store, func)?,
                Stop::ReturnInto(into) if into == token => return Ok(()),
                // The roots are not at hand. What such calls leave behind is found later.
                #[cfg(feature = "heap")]
                Stop::Collect => {
                    store.state.heap.hold(true);
                }
                Stop::OutOfFuel => return Err(exhausted.into()),
                // Nobody else can run before the call returns.
                Stop::Wait => self.stop_waiting(store)?,
                Stop::ReturnInto(_) | Stop::Done => return Err(bug!("a nested run lost its boundary").into()),
            }
            stop = self.run(store);
        }
    }

    /// The `below` slots under that depth and the `above` ones on it.
    #[cfg(crossings)]
    pub fn around(&self, depth: Depth, below: usize, above: usize) -> Option<&[u64]> {
        self.slots.get(depth.top.checked_sub(below)?..depth.top.checked_add(above)?)
    }
}

/// Charges for the rest of the instruction that trapped, of which its handler may have read
/// some immediates or none: so all dispatchers agree.
#[cold]
pub(super) fn finish_instruction(machine: &Machine, store: &mut Store) {
    if let Some(frame) = machine.frames.last()
        && let Some((_, end)) = backtrace::instruction_at(store, frame)
    {
        store.state.fuel.charge(u64::from(end.saturating_sub(frame.ip)));
    }
}
