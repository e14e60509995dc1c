//! Waiting for several things at once (`CanonicalABI.md`, `canon waitable-set.*`,
//! `canon waitable.join`).

use super::CanonFunc;
use crate::component::abi::context::{Cx, check_alignment};
use crate::component::abi::string::range_mut;
use crate::component::flow::Flow;
use crate::component::run;
use crate::component::state::thread::{Ready, Then};
use crate::component::state::waitable::{Event, EventCode, WaitableSet};
use crate::component::state::{Handle, WaitableSetId};
use crate::error::{Result, Trap, bug};
use crate::store::MemoryId;

/// `canon waitable-set.new`
pub fn waitable_set_new(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Flow> {
    cx.live.instance(canon.inst)?.trap_unless_may_leave()?;
    let set = cx.live.sets.insert(WaitableSet::default())?;
    let index = cx.live.instance_mut(canon.inst)?.handles.add(Handle::WaitableSet(set))?;
    canon.done(cx, &[u64::from(index)])
}

/// The set and the pointer that a built-in got.
fn set_and_pointer(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<(WaitableSetId, u64)> {
    let inst = cx.live.instance(canon.inst)?;
    inst.trap_unless_may_leave()?;
    let [index, ptr] = canon.arguments(cx)?;
    Ok((inst.handles.get(index as u32)?.waitable_set(index as u32)?, ptr))
}

/// `canon waitable-set.wait`
pub fn waitable_set_wait(cx: &mut Cx<'_>, canon: &CanonFunc, memory: MemoryId) -> Result<Flow> {
    let (set, ptr) = set_and_pointer(cx, canon)?;
    cx.machine.pop(canon.params as usize);
    // `WaitableSet.wait`
    cx.live.set_mut(set)?.num_waiting += 1;
    run::wait_until(cx, Ready::Event(set), Then::Wait { set, memory, ptr })
}

/// The rest of `waitable-set.wait`.
pub(in crate::component) fn waited(cx: &mut Cx<'_>, set: WaitableSetId, memory: MemoryId, ptr: u64) -> Result<Flow> {
    cx.live.set_mut(set)?.num_waiting -= 1;
    let event = cx.live.set_event(set)?;
    unpack_event(cx, memory, ptr, event)?;
    run::return_from_builtin(cx, &[event.code as u64])
}

/// `canon waitable-set.poll`
pub fn waitable_set_poll(cx: &mut Cx<'_>, canon: &CanonFunc, memory: MemoryId) -> Result<Flow> {
    let (set, ptr) = set_and_pointer(cx, canon)?;
    // `WaitableSet.poll`
    let event = match cx.live.set_mut(set)?.num_pending {
        0 => Event::of(EventCode::None),
        _ => cx.live.set_event(set)?,
    };
    unpack_event(cx, memory, ptr, event)?;
    canon.done(cx, &[event.code as u64])
}

/// `unpack_event`
fn unpack_event(cx: &mut Cx<'_>, memory: MemoryId, ptr: u64, event: Event) -> Result<()> {
    check_alignment(ptr, 4)?;
    let memory = cx.core.state.memories.get_mut(memory).ok_or_else(|| bug!("a memory of another store"))?;
    let place = range_mut(memory.bytes_mut(), ptr, 8).ok_or(Trap::PointerOutOfBounds { ptr, bytes: 8 })?;
    let (index, payload) = (event.index.to_le_bytes(), event.payload.to_le_bytes());
    for (place, byte) in place.iter_mut().zip(index.into_iter().chain(payload)) {
        *place = byte;
    }
    Ok(())
}

/// `canon waitable-set.drop`
pub fn waitable_set_drop(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Flow> {
    let [index] = canon.arguments(cx)?;
    let inst = cx.live.instance_mut(canon.inst)?;
    inst.trap_unless_may_leave()?;
    let id = inst.handles.remove(index as u32)?.waitable_set(index as u32)?;
    // `WaitableSet.drop`
    let set = cx.live.set_mut(id)?;
    if !set.elems.is_empty() {
        return Err(Trap::WaitableSetNotEmpty.into());
    }
    if set.num_waiting > 0 {
        return Err(Trap::WaitableSetHasWaiters.into());
    }
    cx.live.sets.remove(id);
    canon.done(cx, &[])
}

/// `canon waitable.join`
pub fn waitable_join(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Flow> {
    let [index, set] = canon.arguments(cx)?;
    let (index, set) = (index as u32, set as u32);
    let inst = cx.live.instance(canon.inst)?;
    inst.trap_unless_may_leave()?;
    let waitable = inst.handles.get(index)?.waitable(index)?;
    if cx.live.waitable(waitable)?.has_sync_waiter {
        return Err(Trap::WaitableInUse.into());
    }
    let set = match set {
        0 => None,
        index => Some(cx.live.instance(canon.inst)?.handles.get(index)?.waitable_set(index)?),
    };
    cx.live.join(waitable, set)?;
    canon.done(cx, &[])
}
