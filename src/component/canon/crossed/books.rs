//! What the dispatcher asks while calls cross: handles that are given and lent (`CanonicalABI.md`, `lift_own`,
//! `lift_borrow`, `lower_own`, `lower_borrow`), and built-ins that need no frame of their own.
//!
//! Whatever would trap, or needs a task, is left to the longer way before anything has changed.

use crate::component::boundary;
use crate::component::canon::async_builtin::AsyncBuiltin;
use crate::component::canon::{CanonFunc, CanonKind, Lower, context, direct, stream};
use crate::component::state::direct::{Direct, DirectCaller};
use crate::component::state::{
    CanonId, ComponentInstanceId, Dtor, Func, FuncKind, Handle, Linked, Live, ResourceHandle, ResourceTypeId, Work,
};
use crate::error::{Result, bug};
use crate::exec::crossing::{self, Called, Crossed, Owner};
use crate::store::{Memory, MemoryId};
use crate::support::Arena;
use crate::types::ComponentTypes;

/// Where calls are written down, and handles are.
pub(super) struct Books<'a> {
    pub linked: &'a Linked,
    pub live: &'a mut Live,
}

impl Owner for Books<'_> {
    fn call(
        &mut self,
        canon: u32,
        memories: &mut Arena<MemoryId, Memory>,
        slots: &mut [u64],
        is_known: bool,
    ) -> Option<Called> {
        let canon = self.linked.canons.get(CanonId::new(canon))?;
        let first = slots.first_mut();
        match &canon.kind {
            CanonKind::Lower(lower) => self.lower(canon, lower, slots),
            CanonKind::ResourceNew(rt) => {
                let first = first?;
                let handle = ResourceHandle::own(*rt, *first as u32);
                let inst = self.live.instances.get_mut(canon.inst)?;
                *first = u64::from(inst.handles.add(Handle::Resource(handle)).ok()?);
                Some(Called::Done(1))
            }
            CanonKind::ResourceRep(rt) => {
                let first = first?;
                let inst = self.live.instances.get_mut(canon.inst)?;
                *first = u64::from(inst.handles.rep(*first as u32, *rt).ok()?);
                Some(Called::Done(1))
            }
            CanonKind::ResourceDrop(rt) => self.resource_drop(canon, *rt, first?),
            CanonKind::ContextGet(slot, width) => {
                *first? = context::of_width(*self.storage(*slot, is_known)?, *width);
                Some(Called::Done(1))
            }
            CanonKind::ContextSet(slot, width) => {
                *self.storage(*slot, is_known)? = context::of_width(*first?, *width);
                Some(Called::Done(0))
            }
            CanonKind::Async(AsyncBuiltin::Copy(kind, Some(ty), opts)) => {
                let args = slots.get(..canon.params as usize)?;
                let (payload, bytes) = stream::at_once(self.live, memories, canon, (*kind, *ty, opts), args)?;
                *slots.first_mut()? = u64::from(payload);
                Some(Called::Copied(bytes))
            }
            _ => None,
        }
    }

    fn returned(
        &mut self,
        canon: u32,
        memories: &mut Arena<MemoryId, Memory>,
        slots: &mut [u64],
        note: u32,
    ) -> Option<u32> {
        let canon = self.linked.canons.get(CanonId::new(canon))?;
        // A destructor returns nothing.
        let CanonKind::Lower(lower) = &canon.kind else { return Some(0) };
        let (func, types) = self.callee(lower)?;
        let (args, results) = slots.split_at_checked(canon.params as usize)?;
        let (slot, target) = (results.first().copied().unwrap_or(0), args.last().copied().unwrap_or(0));
        let between = match &func.kind {
            FuncKind::Lifted { opts, .. } if lower.result_pointer => Some((opts.memory?, lower.opts.memory?)),
            _ => None,
        };
        let (mut result, handle) = crossing::any_result(types, (func.ty, between), memories, slot, target)?;
        if let Some(handle) = handle {
            let mut hand_over = |index: u32| self.hand_over(types, handle, index, func.inst, (func.inst, canon.inst));
            match (&mut result, between) {
                (Some(index), _) => *index = u64::from(hand_over(*index as u32)?),
                (None, Some((_, memory))) => {
                    let place = memories.get_mut(memory)?.bytes_mut().get_mut(handle.at..)?.first_chunk_mut()?;
                    *place = hand_over(u32::from_le_bytes(*place))?.to_le_bytes();
                }
                (None, None) => return None,
            }
        }
        self.live.return_lent(canon.inst, note).ok()?;
        let Some(result) = result else { return Some(0) };
        *slots.first_mut()? = result;
        Some(1)
    }

    fn known(&mut self, crossed: Crossed) -> Result<()> {
        let Crossed { canon: id, base, last_argument, has_returned, note } = crossed;
        let id = CanonId::new(id);
        let canon = self.linked.canon(id)?;
        let direct = match &canon.kind {
            CanonKind::Lower(lower) => {
                let func = self.linked.func(lower.func)?;
                let result_pointer =
                    if lower.result_pointer { boundary::pointer(&lower.opts, last_argument) } else { 0 };
                let caller = DirectCaller::Component { inst: canon.inst, lower: id, result_pointer };
                let direct = Direct::new(func.inst, Work::Func(lower.func), caller, base, note as usize);
                let (is_async, needs_exclusive) = (lower.opts.is_async, func.needs_exclusive());
                Direct { is_async, has_returned, needs_exclusive, ..direct }
            }
            CanonKind::ResourceDrop(rt) => {
                let inst = self.live.resource_type(*rt)?.inst.ok_or_else(direct::gone)?;
                Direct::new(inst, Work::Dtor, DirectCaller::Engine(canon.inst), base, note as usize)
            }
            _ => return Err(bug!("a call through something that calls nothing").into()),
        };
        let inst = direct.inst;
        // Dispatchers have noted the same themselves.
        self.live.lock_directly(&direct, true)?;
        if let Err(error) = self.live.directs.push(direct) {
            // Nobody will know of the call when the others are given up.
            self.live.poison_instance(canon.inst);
            self.live.poison_instance(inst);
            return Err(error.into());
        }
        Ok(())
    }
}

impl<'a> Books<'a> {
    /// What a lowered function calls, and the types as the callee sees them.
    fn callee(&self, lower: &Lower) -> Option<(&'a Func, &'a ComponentTypes)> {
        let func = self.linked.funcs.get(lower.func)?;
        let image = self.linked.images.get(self.live.instances.get(func.inst)?.image)?;
        Some((func, &image.types))
    }

    /// `canon lower` up to where the callee runs.
    fn lower(&mut self, canon: &CanonFunc, lower: &Lower, slots: &mut [u64]) -> Option<Called> {
        let (func, types) = self.callee(lower)?;
        let (from, to) = slots.split_at_mut_checked(canon.params as usize)?;
        if let Some(handle) = crossing::params(types, func.ty, from, to)? {
            let place = to.get_mut(handle.at)?;
            let index = self.hand_over(types, handle, *place as u32, func.inst, (canon.inst, func.inst))?;
            *place = u64::from(index);
        }
        // Handles are fewer than 2³².
        Some(Called::Callee(self.live.lent.len() as u32))
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
