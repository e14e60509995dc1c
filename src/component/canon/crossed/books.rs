//! What the dispatcher asks while calls cross: handles that are given and lent (`CanonicalABI.md`, `lift_own`,
//! `lift_borrow`, `lower_own`, `lower_borrow`), and built-ins that need no frame of their own.
//!
//! Whatever would trap, or needs a task, is left to the longer way before anything has changed.

use super::hosted::Hosted;
use super::passing::{Call, Passing};
use crate::component::boundary;
use crate::component::canon::async_builtin::AsyncBuiltin;
use crate::component::canon::{CanonFunc, CanonKind, Lower, context, direct, stream};
use crate::component::state::direct::{Direct, DirectCaller};
use crate::component::state::{
    CanonId, ComponentInstanceId, Dtor, FuncKind, Handle, Linked, Live, Phase, ResourceHandle, ResourceTypeId, Work,
};
use crate::error::{Result, bug};
use crate::exec::crossing::{self, Called, Crossed, Memories, Owner};
use crate::types::ComponentTypes;

/// Where calls are written down, and handles are.
pub(super) struct Books<'a, 'l, 'h> {
    pub linked: &'a Linked,
    pub desk: Desk<'l>,
    /// The function that was called last, which mostly is called or returns next.
    pub last: Option<(u32, Call<'a>)>,
    /// The call of the host's that waits for `realloc`: nothing crosses meanwhile.
    pub hosted: &'l mut Option<Hosted<'h>>,
}

/// What values on their way need.
pub(super) struct Desk<'l> {
    pub live: &'l mut Live,
    /// The value that `realloc` makes room for, while it does: one of the call of `last`, since nothing crosses meanwhile.
    pub passing: Option<Passing>,
}

impl Owner for Books<'_, '_, '_> {
    fn call(&mut self, canon: u32, memories: &mut Memories, slots: &mut [u64], is_known: bool) -> Option<Called> {
        let Self { linked, desk, last, .. } = self;
        if let Some((last, call)) = last
            && *last == canon
        {
            return desk.lower(call, memories, slots);
        }
        let id = canon;
        let canon = linked.canons.get(CanonId::new(canon))?;
        let live = &mut *desk.live;
        let first = slots.first_mut();
        match &canon.kind {
            CanonKind::Lower(lower) => {
                let call = look_up(linked, live, last, (id, canon, lower))?;
                desk.lower(call, memories, slots)
            }
            CanonKind::ResourceNew(rt) => {
                let first = first?;
                let handle = ResourceHandle::own(*rt, *first as u32);
                let inst = live.instances.get_mut(canon.inst)?;
                *first = u64::from(inst.handles.add(Handle::Resource(handle)).ok()?);
                Some(Called::Done(1))
            }
            CanonKind::ResourceRep(rt) => {
                let first = first?;
                let inst = live.instances.get_mut(canon.inst)?;
                *first = u64::from(inst.handles.rep(*first as u32, *rt).ok()?);
                Some(Called::Done(1))
            }
            CanonKind::ResourceDrop(rt) => desk.resource_drop(canon, *rt, first?),
            CanonKind::ContextGet(slot, width) => {
                *first? = context::of_width(*desk.storage(*slot, is_known)?, *width);
                Some(Called::Done(1))
            }
            CanonKind::ContextSet(slot, width) => {
                *desk.storage(*slot, is_known)? = context::of_width(*first?, *width);
                Some(Called::Done(0))
            }
            CanonKind::Async(AsyncBuiltin::Copy(kind, Some(ty), opts)) => {
                let args = slots.get(..canon.params as usize)?;
                let (payload, bytes) = stream::at_once(live, memories, canon, (*kind, *ty, opts), args)?;
                *slots.first_mut()? = u64::from(payload);
                Some(Called::Copied(bytes))
            }
            _ => None,
        }
    }

    fn returned(&mut self, canon: u32, memories: &mut Memories, slots: &mut [u64], note: u32) -> Option<Called> {
        let Self { linked, desk, last, .. } = self;
        let call = match last {
            Some((last, call)) if *last == canon => call,
            _ => {
                let id = canon;
                let canon = linked.canons.get(CanonId::new(canon))?;
                // A destructor returns nothing.
                let CanonKind::Lower(lower) = &canon.kind else { return Some(Called::Done(0)) };
                look_up(linked, desk.live, last, (id, canon, lower))?
            }
        };
        let result = match call.lower.result_pointer {
            true => desk.result_in_memory(call, memories, slots)?,
            false => desk.flat_result(call, slots)?,
        };
        match &desk.passing {
            Some(passing) => passing.asks(slots),
            None => desk.ended(call, slots, note, result),
        }
    }

    fn allocated(&mut self, memories: &mut Memories, slots: &mut [u64], note: u32, returned: u64) -> Option<Called> {
        if let Some(hosted) = self.hosted {
            let called = hosted.allocated(memories, slots, returned)?;
            if let Called::Callee(_) = called {
                *self.hosted = None;
            }
            return Some(called);
        }
        let Self { desk, last: Some((_, call)), .. } = self else { return None };
        let passing = desk.passing.as_mut()?;
        if passing.advance(call, memories, slots, returned).ok()? {
            return passing.asks(slots);
        }
        let is_result = passing.is_result;
        desk.passing = None;
        if is_result { desk.ended(call, slots, note, None) } else { Some(desk.callee_runs()) }
    }

    fn known(&mut self, crossed: Crossed) -> Result<()> {
        let Crossed { canon: id, base, last_argument, has_returned, ending, note } = crossed;
        let id = CanonId::new(id);
        let canon = self.linked.canon(id)?;
        let direct = match &canon.kind {
            CanonKind::Lower(lower) => {
                let func = self.linked.func(lower.func)?;
                let result_pointer =
                    if lower.result_pointer { boundary::pointer(&lower.opts, last_argument) } else { 0 };
                let caller = DirectCaller::Component { inst: canon.inst, lower: id, result_pointer };
                let mut direct = Direct::new(func.inst, Work::Func(lower.func), caller, base, note as usize);
                if let Some(result) = ending {
                    (direct.phase, direct.result) = (Phase::PostReturn, result);
                    self.desk.live.set_may_leave(func.inst, false)?;
                }
                let (is_async, needs_exclusive) = (lower.opts.is_async, func.needs_exclusive());
                Direct { is_async, has_returned, needs_exclusive, ..direct }
            }
            CanonKind::ResourceDrop(rt) => {
                let inst = self.desk.live.resource_type(*rt)?.inst.ok_or_else(direct::gone)?;
                Direct::new(inst, Work::Dtor, DirectCaller::Engine(canon.inst), base, note as usize)
            }
            _ => return Err(bug!("a call through something that calls nothing").into()),
        };
        let inst = direct.inst;
        // Dispatchers have noted the same themselves.
        self.desk.live.lock_directly(&direct, true)?;
        if let Err(error) = self.desk.live.directs.push(direct) {
            self.desk.passing = None;
            // Nobody will know of the call when the others are given up.
            self.desk.live.poison_instance(canon.inst);
            self.desk.live.poison_instance(inst);
            return Err(error.into());
        }
        Ok(())
    }
}

/// What there is to know of a call of a lowered function.
#[inline(never)]
fn look_up<'n, 'a>(
    linked: &'a Linked,
    live: &Live,
    last: &'n mut Option<(u32, Call<'a>)>,
    (id, canon, lower): (u32, &'a CanonFunc, &'a Lower),
) -> Option<&'n mut Call<'a>> {
    let func = linked.funcs.get(lower.func)?;
    let FuncKind::Lifted { opts, .. } = &func.kind else { return None };
    let image = linked.images.get(live.instances.get(func.inst)?.image)?;
    let (_, call) = last.insert((id, Call { canon, lower, func, opts, types: &image.types }));
    Some(call)
}

impl Desk<'_> {
    /// `canon lower` up to where the callee runs, or the first `realloc`.
    #[inline(always)]
    fn lower(&mut self, call: &Call<'_>, memories: &Memories, slots: &mut [u64]) -> Option<Called> {
        let Some(handle) = call.params(0, memories, slots, &mut self.passing) else { return self.give_up() };
        if let Some(handle) = handle {
            let place = slots.get_mut(call.canon.params as usize + handle.at)?;
            let instances = (call.canon.inst, call.func.inst);
            match self.hand_over(call.types, handle, *place as u32, call.func.inst, instances) {
                Some(index) => *place = u64::from(index),
                None => return self.give_up(),
            }
        }
        match &self.passing {
            Some(passing) => passing.asks(slots),
            None => Some(self.callee_runs()),
        }
    }

    /// The call goes the longer way.
    fn give_up<T>(&mut self) -> Option<T> {
        self.passing = None;
        None
    }

    fn callee_runs(&self) -> Called {
        // Handles are fewer than 2³².
        Called::Callee(self.live.lent.len() as u32)
    }

    /// A result that is a core value.
    fn flat_result(&mut self, call: &Call<'_>, slots: &[u64]) -> Option<Option<u64>> {
        let slot = slots.get(call.canon.params as usize).copied().unwrap_or(0);
        let mut handle = None;
        let result = crossing::flat_result(call.types, call.func.ty, slot, &mut handle)?;
        match (handle, result) {
            (Some(handle), Some(index)) => Some(Some(u64::from(self.hand_back(call, handle, index as u32)?))),
            (_, result) => Some(result),
        }
    }

    /// One in memory, or what comes before its first string or list.
    fn result_in_memory(&mut self, call: &Call<'_>, memories: &mut Memories, slots: &[u64]) -> Option<Option<u64>> {
        let Some(handle) = call.result(0, memories, slots, &mut self.passing) else { return self.give_up() };
        if let Some((handle, at)) = handle {
            let memory = memories.get_mut(call.lower.opts.memory?)?.bytes_mut();
            let place = memory.get_mut(at..)?.first_chunk_mut()?;
            *place = self.hand_back(call, handle, u32::from_le_bytes(*place))?.to_le_bytes();
        }
        Some(None)
    }

    /// A result has crossed.
    fn ended(&mut self, call: &Call<'_>, slots: &mut [u64], note: u32, result: Option<u64>) -> Option<Called> {
        self.live.return_lent(call.canon.inst, note).ok()?;
        if call.opts.post_return.is_some() {
            return Some(Called::PostReturn(result.unwrap_or(0)));
        }
        let Some(result) = result else { return Some(Called::Done(0)) };
        *slots.first_mut()? = result;
        Some(Called::Done(1))
    }

    /// Gives the handle in a result to the caller.
    fn hand_back(&mut self, call: &Call<'_>, handle: crossing::Handle, index: u32) -> Option<u32> {
        let callee = call.func.inst;
        self.hand_over(call.types, handle, index, callee, (callee, call.canon.inst))
    }

    /// Gives or lends a handle of a type that `scope` knows to another instance: its index there comes back.
    fn hand_over(
        &mut self,
        types: &ComponentTypes,
        handle: crossing::Handle,
        index: u32,
        scope: ComponentInstanceId,
        (from, to): (ComponentInstanceId, ComponentInstanceId),
    ) -> Option<u32> {
        let Live { instances, resource_types, lent, .. } = &mut *self.live;
        let rt = instances.get(scope)?.resource(types.root(handle.ty)).ok()?;
        if !handle.is_own {
            // One of another instance's resources belongs to a task.
            if resource_types.get(rt)?.inst != Some(to) {
                return None;
            }
            lent.reserve(1).ok()?;
            let rep = instances.get_mut(from)?.handles.lend(index, rt).ok()?;
            lent.push(index).ok()?;
            return Some(rep);
        }
        let (from, to) = instances.get_two_mut(from, to)?;
        let owned = Handle::Resource(ResourceHandle::own(rt, from.handles.take_own(index, rt).ok()?));
        match to.handles.add(owned) {
            Ok(index) => Some(index),
            Err(_) => {
                // The place that was freed last is the next one.
                from.handles.add(owned).ok()?;
                None
            }
        }
    }

    /// `canon resource.drop`, up to where a destructor runs.
    fn resource_drop(&mut self, canon: &CanonFunc, rt: ResourceTypeId, slot: &mut u64) -> Option<Called> {
        let Live { instances, tasks, resource_types, lent, .. } = &mut *self.live;
        let handle = instances.get_mut(canon.inst)?.handles.take_dropped(*slot as u32, rt).ok()?;
        match handle.borrow_scope {
            Some(task) => tasks.get_mut(task)?.num_borrows -= 1,
            None if matches!(resource_types.get(rt)?.dtor, Dtor::None) => {}
            None => {
                *slot = u64::from(handle.rep);
                return Some(Called::Callee(lent.len() as u32));
            }
        }
        Some(Called::Done(0))
    }

    /// Storage of the current thread, where it is there already.
    fn storage(&mut self, slot: u32, is_known: bool) -> Option<&mut u64> {
        let Live { directs, active, threads, .. } = &mut *self.live;
        if !is_known || !directs.is_empty() {
            return None;
        }
        threads.get_mut(active.last()?.thread)?.storage.get_mut(slot as usize)
    }
}
