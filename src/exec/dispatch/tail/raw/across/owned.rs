//! Calls that cross of which the owner sees to the values: `realloc` and `post-return` run above the call's own frame, as
//! its callee does.

use super::{Boundary, Caller, Crossing, Inners, Place, Target, Which};
use crate::error::bug::why;
use crate::exec::activation::{Context, Exit, Here, Step};
use crate::exec::crossing::Called;
use crate::exec::dispatch::tail::raw::{Mark, Reach, Room, Span};
use crate::exec::frame::Frame;
use crate::image::side_table::Prologue;
use crate::store::{CrossingKind, Fuel, Inner, InstanceId, OwnedCrossing};

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
    #[inline(never)]
    pub(super) fn cross_owned(
        &mut self,
        crossing: &Crossing<'a>,
        callee: Option<&Target<'a>>,
        owned: &'a OwnedCrossing,
        (inner, caller): (&mut Inners<'a>, &mut Option<Caller<'a>>),
    ) -> Option<Step> {
        let Mark { sp, .. } = self.mark;
        let args = sp.wrapping_sub(crossing.params as usize);
        let canon = crossing.is.canon;
        let Some(callee) = callee else {
            // There is room for what it returns as well.
            return match self.ask(canon, args, sp.max(args.wrapping_add(1)))? {
                Called::Done(results) => Some(self.done(args, results)),
                Called::Copied(bytes) => {
                    self.context.limit = self.context.limit.wrapping_sub_unsigned(bytes);
                    self.memory = Span::lent(self.context.here.memory, self.context.memories);
                    Some(self.done(args, 1))
                }
                _ => None,
            };
        };
        // Some arguments stay where they are; those of the callee lie above.
        let base = args.wrapping_add(owned.kept as usize);
        let end = base.wrapping_add(callee.params as usize);
        if !self.has_room(end, callee, 2) {
            return None;
        }
        let (mut asked, mut realloc) = (end.max(sp), None);
        if let Some(func) = owned.param_realloc {
            realloc = Some(self.prepare(inner, Which::ParamRealloc, func, (end, REALLOC_PARAMS), 2)?);
            asked = end.wrapping_add(REALLOC_PARAMS);
        }
        let called = self.ask(canon, args, asked)?;
        if let Called::Done(results) = called {
            return Some(self.done(args, results));
        }
        self.mark.sp = end;
        self.note_position();
        self.push_boundary(crossing, base, caller);
        Some(match (called, realloc) {
            (Called::Callee(note), _) => {
                self.context.crossed.note = note;
                self.begin(callee)
            }
            (Called::Realloc(bytes), Some(realloc)) => self.begin_realloc(realloc, bytes, false),
            _ => self.is_lost(),
        })
    }

    /// A call that has crossed returns. `None` as above.
    #[inline(never)]
    pub(super) fn return_owned(
        &mut self,
        caller: &Caller<'a>,
        inner: &mut Inners<'a>,
        owned: &'a OwnedCrossing,
        boundary: Boundary,
    ) -> Option<Step> {
        let Mark { sp, locals, .. } = self.mark;
        let results = sp.addr().wrapping_sub(locals.addr()) / size_of::<u64>();
        let args = self.slots.wrapping_add(boundary.base as usize).wrapping_sub(owned.kept as usize);
        if let Some(func) = owned.post_return {
            self.prepare(inner, Which::PostReturn, func, (locals, results), 1)?;
        }
        let mut asked = sp;
        if let Some(func) = owned.result_realloc {
            self.prepare(inner, Which::ResultRealloc, func, (sp, REALLOC_PARAMS), 1)?;
            asked = sp.wrapping_add(REALLOC_PARAMS);
        }
        let len = asked.addr().wrapping_sub(args.addr()) / size_of::<u64>();
        // SAFETY: the arguments that have stayed, and behind them what the callee has returned; behind that is room for
        // the arguments of `realloc`, if there is one.
        let slots = unsafe { core::slice::from_raw_parts_mut(args, len) };
        let Context { owner, memories, .. } = &mut self.context;
        let called = owner.as_mut()?.returned(caller.crossing.is.canon, memories, slots, boundary.note)?;
        Some(match called {
            Called::Done(results) => self.end_call(args.wrapping_add(results as usize), boundary.note, caller),
            called => self.follow(inner, called, &Crossed { owned, boundary, has_returned: true }),
        })
    }

    /// What a call that has crossed runs besides its callee has returned. `None` as above.
    #[inline(never)]
    pub(super) fn return_inner(
        &mut self,
        caller: &Caller<'a>,
        inners: &mut Inners<'a>,
        boundary: Boundary,
    ) -> Option<Step> {
        let CrossingKind::Owned(owned) = &caller.crossing.is.kind else { return None };
        let args = self.slots.wrapping_add(boundary.base as usize).wrapping_sub(owned.kept as usize);
        let inner = self.context.crossed.inner.as_ref()?;
        let (inner, has_returned) = match *inner {
            Inner::PostReturn { result } => {
                self.context.crossed.inner = None;
                return Some(self.end_with(args, result, boundary.note, caller));
            }
            Inner::Realloc { outer, limit, is_result } => (Inner::Realloc { outer, limit, is_result }, is_result),
            Inner::HostRealloc { .. } => return None,
        };
        Some(match self.allocated(inner, args, boundary.note)? {
            Called::Done(results) if has_returned => {
                self.end_call(args.wrapping_add(results as usize), boundary.note, caller)
            }
            called => self.follow(inners, called, &Crossed { owned, boundary, has_returned }),
        })
    }

    /// The `realloc` of a call of the host's has returned, whose boundary is the topmost frame, and whose arguments lie
    /// there. `None` as above, and where something else has returned.
    #[inline(never)]
    pub(super) fn return_to_host(&mut self, base: u32) -> Option<Step> {
        let Some(Inner::HostRealloc { outer, limit, host }) = self.context.crossed.inner else { return None };
        let inner = Inner::HostRealloc { outer, limit, host };
        let (instance, func) = match self.allocated(inner, self.slots.wrapping_add(base as usize), 0)? {
            Called::Realloc(bytes) => {
                self.mark.sp = self.mark.sp.wrapping_add(REALLOC_PARAMS);
                self.lend_fuel(bytes, |fuel, limit| Inner::host_realloc(fuel, limit, host));
                host.realloc
            }
            _ => host.callee,
        };
        let step = if instance == self.context.here.id { self.begin_here(func) } else { None };
        Some(step.unwrap_or_else(|| Err(self.context.halt(Exit::Enter(instance, func)))))
    }

    /// Begins a function of the running instance, whose arguments are on top. `None` if the machine has to see to it.
    #[inline(always)]
    fn begin_here(&mut self, number: u32) -> Option<Step> {
        let Here { id, module, .. } = self.context.here;
        let func = module.funcs.get(number as usize)?;
        let word = *module.side_table.words().get(func.side as usize)?;
        let Prologue { params, locals, height, .. } = Prologue::narrow(word)?;
        let Mark { sp, .. } = self.mark;
        let top = sp.wrapping_add(locals as usize);
        if top.wrapping_add(height as usize) > self.slots_end || self.frame.wrapping_add(1) > self.last_frame {
            return None;
        }
        let first = sp.wrapping_sub(params as usize);
        self.push_frame(Frame::new(id, number, false, 0, 0, self.slot_at(first)));
        if locals > 0 {
            // SAFETY: there is room for the whole frame.
            unsafe { core::slice::from_raw_parts_mut(sp, locals as usize).fill(0) }
        }
        self.mark.sp = top;
        let Reach { words, input, .. } = self.reach;
        self.stp = words.wrapping_add(func.side as usize).wrapping_add(1);
        let place = Place { word, code_end: input.wrapping_add(func.end as usize) };
        Some(self.go_on(place, input.wrapping_add(func.code as usize), first))
    }

    /// `realloc` has returned to the owner, of a call whose slots begin at `args`: from now on fuel is the store's.
    #[inline(always)]
    fn allocated(&mut self, inner: Inner, args: *mut u64, note: u32) -> Option<Called> {
        let Mark { sp, locals: end, code, .. } = self.mark;
        // SAFETY: the result of `realloc` is on top, where its arguments were; below them are the slots of the call.
        let (returned, slots) = unsafe {
            let len = end.addr().wrapping_sub(args.addr()) / size_of::<u64>() + REALLOC_PARAMS;
            (sp.sub(1).read(), core::slice::from_raw_parts_mut(args, len))
        };
        let Context { owner, memories, .. } = &mut self.context;
        let called = owner.as_mut()?.allocated(memories, slots, note, returned)?;
        let Context { fuel, crossed, limit, .. } = &mut self.context;
        let mut left = **fuel;
        left.set_balance(limit.wrapping_sub(code.addr() as i64));
        crossed.inner = None;
        inner.end(&mut left);
        *limit = left.balance().wrapping_add(code.addr() as i64);
        **fuel = left;
        self.mark.sp = end;
        Some(called)
    }

    /// Goes on with what the owner says of a call. That there is room for it was seen before; slots and frames get no
    /// fewer.
    #[inline(always)]
    fn follow(&mut self, inner: &mut Inners<'a>, called: Called, crossed: &Crossed<'a>) -> Step {
        let has_returned = crossed.has_returned;
        let step = match called {
            Called::Callee(note) if !has_returned => self.begin_callee(inner, crossed.owned, note),
            Called::Realloc(bytes) => self.begin_next_realloc(inner, bytes, crossed),
            Called::PostReturn(result) if has_returned => self.begin_post_return(inner, result, crossed),
            _ => None,
        };
        step.unwrap_or_else(|| self.is_lost())
    }

    #[cold]
    fn is_lost(&mut self) -> Step {
        Err(self.context.halt(Exit::Bug(why!("a call that has crossed cannot go on"))))
    }

    #[inline(always)]
    fn begin_callee(&mut self, inner: &mut Inners<'a>, owned: &OwnedCrossing, note: u32) -> Option<Step> {
        let target = inner.find(self, Which::Callee, owned.callee?)?;
        if !self.has_room(self.mark.sp, target, 1) {
            return None;
        }
        self.context.crossed.note = note;
        Some(self.begin(target))
    }

    #[inline(always)]
    fn begin_next_realloc(&mut self, inner: &mut Inners<'a>, bytes: u32, crossed: &Crossed<'a>) -> Option<Step> {
        let Crossed { owned, has_returned, .. } = *crossed;
        let args = (self.mark.sp, REALLOC_PARAMS);
        let target = match has_returned {
            false => self.prepare(inner, Which::ParamRealloc, owned.param_realloc?, args, 1)?,
            true => self.prepare(inner, Which::ResultRealloc, owned.result_realloc?, args, 1)?,
        };
        Some(self.begin_realloc(target, bytes, has_returned))
    }

    /// The arguments of `realloc` are behind what is on the stack. It has fuel of its own.
    #[inline(always)]
    fn begin_realloc(&mut self, target: &Target<'a>, bytes: u32, is_result: bool) -> Step {
        self.mark.sp = self.mark.sp.wrapping_add(REALLOC_PARAMS);
        self.lend_fuel(bytes, |fuel, limit| Inner::realloc(fuel, limit, is_result));
        self.begin(target)
    }

    /// So many bytes are charged for, and `realloc` gets fuel of its own.
    #[inline(always)]
    fn lend_fuel(&mut self, bytes: u32, inner: impl FnOnce(&mut Fuel, u32) -> Inner) {
        let Mark { code, .. } = self.mark;
        let Context { fuel, crossed, limit, .. } = &mut self.context;
        let mut left = **fuel;
        left.set_balance(limit.wrapping_sub(code.addr() as i64));
        left.charge(u64::from(bytes));
        crossed.inner = Some(inner(&mut left, crossed.realloc_fuel));
        *limit = left.balance().wrapping_add(code.addr() as i64);
        **fuel = left;
    }

    /// What the callee has returned is on top.
    #[inline(always)]
    fn begin_post_return(&mut self, inner: &mut Inners<'a>, result: u64, crossed: &Crossed<'a>) -> Option<Step> {
        let base = self.slots.wrapping_add(crossed.boundary.base as usize);
        let results = self.mark.sp.addr().wrapping_sub(base.addr()) / size_of::<u64>();
        let target = self.prepare(inner, Which::PostReturn, crossed.owned.post_return?, (base, results), 1)?;
        let result = crossed.owned.has_result.then_some(result);
        self.context.crossed.inner = Some(Inner::PostReturn { result });
        Some(self.begin(target))
    }

    /// Has a function at hand that a call may run besides its callee. `None` if there is no room for it: with so many
    /// parameters from `args` on, and so many more frames.
    #[inline(always)]
    fn prepare<'n>(
        &self,
        inner: &'n mut Inners<'a>,
        which: Which,
        func: (InstanceId, u32),
        (args, params): (*mut u64, usize),
        frames: usize,
    ) -> Option<&'n Target<'a>> {
        let target = inner.find(self, which, func)?;
        let fits = target.params as usize == params;
        let has_room = fits && self.has_room(args.wrapping_add(params), target, frames);
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
