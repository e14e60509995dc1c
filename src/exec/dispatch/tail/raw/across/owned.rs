//! Calls that cross of which the owner sees to the values: `realloc` and `post-return` run above the call's own frame, as
//! its callee does.

use super::{Boundary, Caller, Notes, Target, Targets, Which};
use crate::error::bug::why;
use crate::exec::activation::{Context, Exit, Step};
use crate::exec::crossing::Called;
use crate::exec::dispatch::tail::raw::{Mark, Room};
use crate::exec::frame::Frame;
use crate::store::{CrossingId, CrossingKind, Inner, InstanceId, OwnedCrossing};

/// How many parameters `realloc` has.
const REALLOC_PARAMS: usize = 4;

/// A call that has crossed, whose frame is the topmost one.
#[derive(Clone, Copy)]
struct Crossed<'a> {
    owned: &'a OwnedCrossing,
    boundary: Boundary,
    /// Whether its callee has returned.
    has_returned: bool,
}

impl<'a> Room<'a> {
    /// A call begins, or a built-in runs. `None` where the owner has to see to it the longer way; nothing has changed
    /// then.
    #[inline(always)]
    pub(super) fn cross_owned(
        &mut self,
        notes: &mut Notes<'a>,
        (id, canon): (CrossingId, u32),
        owned: &'a OwnedCrossing,
    ) -> Option<Step> {
        let Mark { sp, .. } = self.mark;
        let args = sp.wrapping_sub(owned.params as usize);
        let Some(callee) = owned.callee else {
            // There is room for what it returns as well.
            return match self.ask(canon, args, sp.max(args.wrapping_add(1)))? {
                Called::Done(results) => Some(self.done(args, results)),
                Called::Copied(bytes) => {
                    self.context.limit = self.context.limit.wrapping_sub_unsigned(bytes);
                    self.lend_memory();
                    Some(self.done(args, 1))
                }
                _ => None,
            };
        };
        let callee = &Target::find(&mut notes.targets, self, Which::Callee, callee)?.callee;
        // Some arguments stay where they are; those of the callee lie above.
        let base = args.wrapping_add(owned.kept as usize);
        let end = base.wrapping_add(callee.prologue.params as usize);
        if !self.has_room(end, callee, 2) {
            return None;
        }
        let mut asked = end.max(sp);
        if let Some(realloc) = owned.param_realloc {
            self.prepare(&mut notes.targets, Which::ParamRealloc, realloc, (end, REALLOC_PARAMS), 2)?;
            asked = end.wrapping_add(REALLOC_PARAMS);
        }
        let note = self.context.crossed.note;
        let called = self.ask(canon, args, asked)?;
        if let Called::Done(results) = called {
            return Some(self.done(args, results));
        }
        self.mark.sp = end;
        self.note_position();
        let boundary = Boundary { base: self.slot_at(base), note };
        self.push_frame(Frame::crossing(id, boundary.base, note));
        self.context.crossed.unknown += 1;
        self.note_caller(&mut notes.caller);
        Some(self.follow(notes, called, &Crossed { owned, boundary, has_returned: false }))
    }

    /// A call that has crossed returns. `None` as above.
    #[inline(always)]
    pub(super) fn return_owned(
        &mut self,
        notes: &mut Notes<'a>,
        canon: u32,
        owned: &'a OwnedCrossing,
        boundary: Boundary,
    ) -> Option<Step> {
        let Mark { sp, locals, .. } = self.mark;
        let results = sp.addr().wrapping_sub(locals.addr()) / size_of::<u64>();
        let args = self.slots.wrapping_add(boundary.base as usize).wrapping_sub(owned.kept as usize);
        let mut asked = sp;
        if let Some(realloc) = owned.result_realloc {
            self.prepare(&mut notes.targets, Which::ResultRealloc, realloc, (sp, REALLOC_PARAMS), 1)?;
            asked = sp.wrapping_add(REALLOC_PARAMS);
        }
        if let Some(post_return) = owned.post_return {
            self.prepare(&mut notes.targets, Which::PostReturn, post_return, (locals, results), 1)?;
        }
        self.caller(&mut notes.caller)?;
        let len = asked.addr().wrapping_sub(args.addr()) / size_of::<u64>();
        // SAFETY: the arguments that have stayed, and behind them what the callee has returned; behind that is room for
        // the arguments of `realloc`, if there is one.
        let slots = unsafe { core::slice::from_raw_parts_mut(args, len) };
        let Context { owner, memories, .. } = &mut self.context;
        let called = owner.as_mut()?.returned(canon, memories, slots, boundary.note)?;
        Some(self.follow(notes, called, &Crossed { owned, boundary, has_returned: true }))
    }

    /// What a call that has crossed runs besides its callee has returned. `None` as above.
    #[inline(never)]
    pub(super) fn return_inner(&mut self, notes: &mut Notes<'a>, id: CrossingId, boundary: Boundary) -> Option<Step> {
        let CrossingKind::Owned(owned) = &self.context.crossings.get(id)?.kind else { return None };
        let args = self.slots.wrapping_add(boundary.base as usize).wrapping_sub(owned.kept as usize);
        let inner = self.context.crossed.inner.as_ref()?;
        let has_returned = match *inner {
            Inner::PostReturn { result } => {
                let caller = self.caller(&mut notes.caller)?;
                self.context.crossed.inner = None;
                return Some(self.end_with(args, result, boundary.note, caller));
            }
            Inner::Realloc { is_result, .. } => is_result,
        };
        let Mark { sp, locals: end, code, .. } = self.mark;
        // SAFETY: the result of `realloc` is on top, where its arguments were; below them are the slots of the call.
        let (returned, slots) = unsafe {
            let len = end.addr().wrapping_sub(args.addr()) / size_of::<u64>() + REALLOC_PARAMS;
            (sp.sub(1).read(), core::slice::from_raw_parts_mut(args, len))
        };
        let Context { owner, memories, .. } = &mut self.context;
        let called = owner.as_mut()?.allocated(memories, slots, boundary.note, returned)?;
        let Context { fuel, crossed, limit, .. } = &mut self.context;
        let mut left = **fuel;
        left.set_balance(limit.wrapping_sub(code.addr() as i64));
        if let Some(inner) = crossed.inner.take() {
            inner.end(&mut left);
        }
        *limit = left.balance().wrapping_add(code.addr() as i64);
        **fuel = left;
        self.mark.sp = end;
        Some(self.follow(notes, called, &Crossed { owned, boundary, has_returned }))
    }

    /// Goes on with what the owner says of a call. That there is room for it was seen before; slots and frames get no
    /// fewer.
    #[inline(always)]
    fn follow(&mut self, notes: &mut Notes<'a>, called: Called, crossed: &Crossed<'a>) -> Step {
        let Crossed { owned, boundary, has_returned } = crossed;
        let Notes { targets, caller } = notes;
        // The owner may have looked at it.
        self.give_memory_back();
        let step = match called {
            Called::Callee(note) if !has_returned => self.begin_callee(targets, owned, note),
            Called::Realloc(bytes) => self.begin_realloc(targets, bytes, crossed),
            Called::PostReturn(result) if *has_returned => self.begin_post_return(targets, result, crossed),
            Called::Done(results) if *has_returned => self.end_owned(caller, results, owned, *boundary),
            _ => None,
        };
        match step {
            Some(step) => step,
            None => Err(self.context.halt(Exit::Bug(why!("a call that has crossed cannot go on")))),
        }
    }

    #[inline(always)]
    fn end_owned(
        &mut self,
        caller: &mut Option<Caller<'a>>,
        results: u32,
        owned: &OwnedCrossing,
        boundary: Boundary,
    ) -> Option<Step> {
        let args = self.slots.wrapping_add(boundary.base as usize).wrapping_sub(owned.kept as usize);
        let caller = self.caller(caller)?;
        Some(self.end_call(args.wrapping_add(results as usize), boundary.note, caller))
    }

    #[inline(always)]
    fn begin_callee(&mut self, targets: &mut Targets<'a>, owned: &OwnedCrossing, note: u32) -> Option<Step> {
        let target = Target::find(targets, self, Which::Callee, owned.callee?)?;
        if !self.has_room(self.mark.sp, &target.callee, 1) {
            return None;
        }
        self.context.crossed.note = note;
        Some(self.begin_in(target))
    }

    /// The arguments of `realloc` are behind what is on the stack. It has fuel of its own.
    #[inline(always)]
    fn begin_realloc(&mut self, targets: &mut Targets<'a>, bytes: u32, crossed: &Crossed<'a>) -> Option<Step> {
        let Crossed { owned, has_returned, .. } = *crossed;
        let Mark { sp, code, .. } = self.mark;
        let target = match has_returned {
            false => self.prepare(targets, Which::ParamRealloc, owned.param_realloc?, (sp, REALLOC_PARAMS), 1)?,
            true => self.prepare(targets, Which::ResultRealloc, owned.result_realloc?, (sp, REALLOC_PARAMS), 1)?,
        };
        self.mark.sp = sp.wrapping_add(REALLOC_PARAMS);
        let Context { fuel, crossed, limit, .. } = &mut self.context;
        let mut left = **fuel;
        left.set_balance(limit.wrapping_sub(code.addr() as i64));
        left.charge(u64::from(bytes));
        crossed.inner = Some(Inner::realloc(&mut left, crossed.realloc_fuel, has_returned));
        *limit = left.balance().wrapping_add(code.addr() as i64);
        **fuel = left;
        Some(self.begin_in(target))
    }

    /// What the callee has returned is on top.
    #[inline(always)]
    fn begin_post_return(&mut self, targets: &mut Targets<'a>, result: u64, crossed: &Crossed<'a>) -> Option<Step> {
        let base = self.slots.wrapping_add(crossed.boundary.base as usize);
        let results = self.mark.sp.addr().wrapping_sub(base.addr()) / size_of::<u64>();
        let target = self.prepare(targets, Which::PostReturn, crossed.owned.post_return?, (base, results), 1)?;
        let result = crossed.owned.has_result.then_some(result);
        self.context.crossed.inner = Some(Inner::PostReturn { result });
        Some(self.begin_in(target))
    }

    /// Has a function at hand that a call may run besides its callee. `None` if there is no room for it: with so many
    /// parameters from `args` on, and so many more frames.
    #[inline(always)]
    fn prepare<'n>(
        &self,
        targets: &'n mut Targets<'a>,
        which: Which,
        func: (InstanceId, u32),
        (args, params): (*mut u64, usize),
        frames: usize,
    ) -> Option<&'n Target<'a>> {
        let target = Target::find(targets, self, which, func)?;
        let fits = target.callee.prologue.params as usize == params;
        let has_room = fits && self.has_room(args.wrapping_add(params), &target.callee, frames);
        has_room.then_some(target)
    }

    /// Asks the owner for a call with arguments from `args` on, in slots up to `end`.
    #[inline(always)]
    fn ask(&mut self, canon: u32, args: *mut u64, end: *mut u64) -> Option<Called> {
        let len = end.addr().wrapping_sub(args.addr()) / size_of::<u64>();
        // SAFETY: the arguments are the running frame's, which has room for what comes back; behind it is room for the
        // callee's frame, if there is one. Nobody else has them while handlers run.
        let slots = unsafe { core::slice::from_raw_parts_mut(args, len) };
        let Context { owner, memories, crossed, .. } = &mut self.context;
        owner.as_mut()?.call(canon, memories, slots, crossed.unknown == 0)
    }
}
