//! Built-ins of streams and futures (`CanonicalABI.md`, `canon {stream,future}.*`; Stream and
//! Future State). One function serves both, as in the specification.

#[cfg(crossings)]
mod at_once;

#[cfg(crossings)]
pub use self::at_once::{at_once, may_end_at_once};
use super::{BLOCKED, CanonFunc, Options};
use crate::component::abi::context::{Cx, check_alignment};
use crate::component::abi::string::{range, range_mut};
use crate::component::abi::transfer::{Both, Leg, Transfer};
use crate::component::boundary;
use crate::component::flow::Flow;
use crate::component::run;
use crate::component::state::end::{Buffer, End, EndKind, EndState, MAX_LENGTH, Offer};
use crate::component::state::thread::{CancelMode, Ready, Then};
use crate::component::state::waitable::WaitableId;
use crate::component::state::{EndId, Handle, TaskId};
use crate::error::{Result, Trap, bug};
use crate::store::{Memory, MemoryId};
use crate::support::Arena;
use crate::types::ComponentTypes;
use crate::types::component::{Facts, Mentions, PrimValType, ValType};

/// `canon {stream,future}.new`
pub fn new(cx: &mut Cx<'_>, canon: &CanonFunc, kinds: [EndKind; 2], ty: Option<ValType>) -> Result<Flow> {
    cx.live.instance(canon.inst)?.trap_unless_may_leave()?;
    let mut ids = [None; 2];
    let mut indices = [0; 2];
    for ((kind, id), index) in kinds.into_iter().zip(&mut ids).zip(&mut indices) {
        let end = cx.live.ends.insert(End::new(kind, ty, Some(canon.inst)))?;
        *id = Some(end);
        *index = cx.live.instance_mut(canon.inst)?.handles.add(Handle::End(end))?;
        cx.live.end_mut(end)?.index = Some(*index);
    }
    let [reader, writer] = ids;
    for (end, other) in [(reader, writer), (writer, reader)] {
        if let Some(end) = end {
            cx.live.end_mut(end)?.other = other;
        }
    }
    let [reader, writer] = indices.map(u64::from);
    canon.done(cx, &[reader | writer << 32])
}

/// The checks that all built-ins begin with: an end of that kind and type.
fn check_end(cx: &mut Cx<'_>, handle: Handle, index: u32, kind: EndKind, ty: Option<ValType>) -> Result<EndId> {
    let id = handle.end(index)?;
    let end = cx.live.end_mut(id)?;
    let (found, found_ty, owner) = (end.kind, end.ty, end.owner);
    if found != kind {
        return Err(Trap::HandleType { index }.into());
    }
    if found_ty == ty {
        return Ok(id);
    }
    let owner = owner.ok_or_else(|| bug!("an end in a table without owner"))?;
    let types = types_of(cx, owner)?;
    if found_ty.map(|ty| types.plain(ty)) != ty.map(|ty| types.plain(ty)) {
        return Err(Trap::HandleType { index }.into());
    }
    Ok(id)
}

fn types_of<'a>(cx: &Cx<'a>, inst: crate::component::state::ComponentInstanceId) -> Result<&'a ComponentTypes> {
    Ok(boundary::side(cx, inst, &Options::DEFAULT, TaskId::new(0))?.types())
}

/// `trap_if(end.state != End.State.IDLE)`
pub(in crate::component) fn trap_unless_idle(end: &End) -> Result<()> {
    match end.state {
        EndState::Idle => Ok(()),
        EndState::Copying | EndState::CancellingCopy => Err(Trap::CopyBusy.into()),
        EndState::Done => Err(Trap::CopyDone.into()),
    }
}

/// The index, the pointer and the length: a future has one value.
const fn arguments(kind: EndKind, slots: &[u64]) -> Option<(u32, u64, u64)> {
    match (kind.of_stream(), slots) {
        (true, [index, ptr, length]) => Some((*index as u32, *ptr, *length)),
        (false, [index, ptr]) => Some((*index as u32, *ptr, 1)),
        _ => None,
    }
}

/// `canon {stream,future}.{read,write}`: `copy`
pub fn copy(cx: &mut Cx<'_>, canon: &CanonFunc, kind: EndKind, ty: Option<ValType>, opts: &Options) -> Result<Flow> {
    let arguments = arguments(kind, cx.machine.args(canon.params as usize));
    let (index, ptr, length) = arguments.ok_or_else(|| bug!("a copy with another number of parameters"))?;
    let inst = cx.live.instance(canon.inst)?;
    inst.trap_unless_may_leave()?;
    let handle = *inst.handles.get(index)?;
    let id = check_end(cx, handle, index, kind, ty)?;
    let end = cx.live.end_mut(id)?;
    trap_unless_idle(end)?;
    if end.waitable.set.is_some() && !opts.is_async {
        return Err(Trap::WaitableInSet.into());
    }
    let offer = new_buffer(cx, canon, ty, opts, boundary::pointer(opts, ptr), length)?;
    let copied = copy_end(cx, id, offer)?;
    cx.machine.pop(canon.params as usize);
    if let Some(progress) = copied {
        let event = cx.live.end_event(id, progress)?;
        return run::return_from_builtin(cx, &[u64::from(event.payload)]);
    }
    let mode = if opts.is_async { CancelMode::Async } else { CancelMode::Sync };
    finish(cx, id, mode)
}

/// `GuestBuffer`
#[inline(always)]
fn new_buffer<'o>(
    cx: &Cx<'_>,
    canon: &CanonFunc,
    ty: Option<ValType>,
    opts: &'o Options,
    ptr: u64,
    length: u64,
) -> Result<Offer<'o>> {
    if length > u64::from(MAX_LENGTH) {
        return Err(Trap::BufferTooLong.into());
    }
    if let Some(ty) = ty.filter(|_| length > 0) {
        let (size, align) = match integer_size(ty) {
            Some(size) => (size, size),
            None => {
                let layout = boundary::side(cx, canon.inst, opts, TaskId::new(0))?.layout(ty);
                (layout.size, layout.align)
            }
        };
        check_alignment(ptr, align)?;
        let memory = opts.memory.and_then(|memory| cx.core.state.memories.get(memory));
        if range(memory.map_or(&[], Memory::bytes), ptr, u64::from(size).saturating_mul(length)).is_none() {
            return Err(Trap::BufferOutOfBounds.into());
        }
    }
    Ok(Buffer { inst: canon.inst, opts, ptr, progress: 0, length: length as u32 })
}

/// `End.copy`. Where the other end has waited for it, the copy is done at once and this is its progress: the event is
/// not noted first, since whoever copies takes it before anybody else could.
#[inline(always)]
fn copy_end(cx: &mut Cx<'_>, id: EndId, offer: Offer<'_>) -> Result<Option<u32>> {
    let end = cx.live.end_mut(id)?;
    debug_assert!(end.buffer.is_none());
    end.state = EndState::Copying;
    let is_read = end.kind.is_readable();
    let Some(other) = end.other else {
        debug_assert!(end.waitable.pending_event.is_some());
        return Ok(None);
    };
    let Some(others) = cx.live.end_mut(other)?.buffer.as_ref().map(Buffer::remain) else {
        cx.live.end_mut(id)?.buffer = Some(offer.to_buffer());
        cx.live.wake_host(other);
        return Ok(None);
    };
    if offer.remain() > 0 && others > 0 {
        let (count, size) = move_values(cx, (id, offer), other, is_read)?;
        cx.live.advance(other, count, size)?;
        Ok(Some(offer.progress + count))
    } else if offer.remain() > 0 || (is_read && others == 0) {
        cx.live.notify(other, 0)?;
        cx.live.end_mut(other)?.buffer = None;
        cx.live.end_mut(id)?.buffer = Some(offer.to_buffer());
        Ok(None)
    } else {
        Ok(Some(0))
    }
}

/// Copies as many values as one side has and the other has room for, without anything between: how many, and how
/// large they are at the end that has waited.
fn move_values(cx: &mut Cx<'_>, (id, offer): (EndId, Offer<'_>), other: EndId, is_read: bool) -> Result<(u32, u32)> {
    let (Some(end), Some(waiting)) = (cx.live.ends.get(id), cx.live.ends.get(other)) else {
        return Err(bug!("an end that is gone copies").into());
    };
    let others = waiting.buffer.as_ref().ok_or_else(|| bug!("an end without a buffer waits"))?.as_offer();
    if end.owner == waiting.owner && !is_none_or_number(types_of(cx, offer.inst)?, end.ty) {
        return Err(Trap::IntraComponentCopy.into());
    }
    let count = offer.remain().min(others.remain());
    let (Some(ty), Some(others_ty)) = (end.ty, waiting.ty) else { return Ok((count, 0)) };
    if let Some(size) = integer_size(ty).filter(|_| offer.opts.memory != others.opts.memory) {
        let [own, others] = [offer, others].map(|side| (side.opts.memory, side.ptr));
        let (from, to) = if is_read { (others, own) } else { (own, others) };
        let bytes = u64::from(count) * u64::from(size);
        cx.charge_copy(bytes);
        move_bytes(&mut cx.core.state.memories, from, to, bytes).ok_or(Trap::BufferOutOfBounds)?;
        return Ok((count, size));
    }
    let others = others.to_buffer();
    let own_side = boundary::side(cx, offer.inst, offer.opts, TaskId::new(0))?;
    let others_side = boundary::side(cx, others.inst, &others.opts, TaskId::new(0))?;
    let size = others_side.layout(others_ty).size;
    let (own, others) = ((own_side, offer.ptr, ty), (others_side, others.ptr, others_ty));
    let ((from, from_ptr, from_ty), (to, to_ptr, to_ty)) = if is_read { (others, own) } else { (own, others) };
    let types = Both { from: from_ty, to: to_ty };
    Transfer { cx, from, to, leg: Leg::Whole }.copy_elements(from_ptr, to_ptr, u64::from(count), types)?;
    Ok((count, size))
}

/// The bytes of a value of which any bytes are one: neither side's types need to be looked at.
fn integer_size(ty: ValType) -> Option<u32> {
    match ty {
        ValType::Primitive(ty) if !Facts::of_primitive(ty).mentions.contains(Mentions::CHECKED) => Some(ty.size()),
        _ => None,
    }
}

/// A place in a memory.
type Place = (Option<MemoryId>, u64);

/// Copies integers from a place in one memory to one in another; `None` where they are not there.
fn move_bytes(memories: &mut Arena<MemoryId, Memory>, from: Place, to: Place, bytes: u64) -> Option<()> {
    let (source, target) = memories.get_two_mut(from.0?, to.0?)?;
    let source = range(source.bytes(), from.1, bytes)?;
    range_mut(target.bytes_mut(), to.1, bytes)?.copy_from_slice(source);
    Some(())
}

/// `none_or_number_type`
fn is_none_or_number(types: &ComponentTypes, ty: Option<ValType>) -> bool {
    use PrimValType as P;
    match ty.map(|ty| types.plain(ty)) {
        None => true,
        Some(ValType::Primitive(ty)) => !matches!(ty, P::Bool | P::Char | P::String | P::ErrorContext),
        Some(ValType::Defined(_)) => false,
    }
}

/// What copies and their cancellations end with: the event, or that it is still to come.
fn finish(cx: &mut Cx<'_>, id: EndId, mode: CancelMode) -> Result<Flow> {
    if let Some(event) = cx.live.get_pending_event(WaitableId::End(id))? {
        return run::return_from_builtin(cx, &[u64::from(event.payload)]);
    }
    if mode == CancelMode::Async {
        return run::return_from_builtin(cx, &[BLOCKED]);
    }
    // `wait_for_pending_event`
    cx.live.end_mut(id)?.waitable.has_sync_waiter = true;
    run::block(cx, Some(Ready::Copied(id)), Then::Copy(id))
}

/// The rest of a synchronous copy, or of one's cancellation.
pub(in crate::component) fn copied(cx: &mut Cx<'_>, id: EndId) -> Result<Flow> {
    cx.live.end_mut(id)?.waitable.has_sync_waiter = false;
    let event = cx.live.get_pending_event(WaitableId::End(id))?;
    let event = event.ok_or_else(|| bug!("a copy goes on without its event"))?;
    run::return_from_builtin(cx, &[u64::from(event.payload)])
}

/// `canon {stream,future}.cancel-{read,write}`: `cancel_copy`
pub fn cancel_copy(
    cx: &mut Cx<'_>,
    canon: &CanonFunc,
    kind: EndKind,
    ty: Option<ValType>,
    mode: CancelMode,
) -> Result<Flow> {
    let [index] = canon.arguments(cx)?;
    let inst = cx.live.instance(canon.inst)?;
    inst.trap_unless_may_leave()?;
    let handle = *inst.handles.get(index as u32)?;
    let id = check_end(cx, handle, index as u32, kind, ty)?;
    let end = cx.live.end_mut(id)?;
    if end.state != EndState::Copying {
        return Err(Trap::NoCopy.into());
    }
    if end.waitable.has_sync_waiter {
        return Err(Trap::WaitableInUse.into());
    }
    if end.waitable.set.is_some() && mode == CancelMode::Sync {
        return Err(Trap::WaitableInSet.into());
    }
    cx.live.cancel_end(id)?;
    cx.machine.pop(canon.params as usize);
    finish(cx, id, mode)
}

/// `canon {stream,future}.drop-{readable,writable}`: `drop`
pub fn drop(cx: &mut Cx<'_>, canon: &CanonFunc, kind: EndKind, ty: Option<ValType>) -> Result<Flow> {
    let [index] = canon.arguments(cx)?;
    let inst = cx.live.instance_mut(canon.inst)?;
    inst.trap_unless_may_leave()?;
    let handle = inst.handles.remove(index as u32)?;
    let id = check_end(cx, handle, index as u32, kind, ty)?;
    let end = cx.live.end_mut(id)?;
    if end.copying_or_cancelling() {
        return Err(Trap::CopyBusy.into());
    }
    if kind == EndKind::WritableFuture && end.state != EndState::Done {
        return Err(Trap::FutureNotWritten.into());
    }
    cx.live.drop_end(id)?;
    canon.done(cx, &[])
}

/// `canon {stream,future}.forward`
pub fn forward(cx: &mut Cx<'_>, canon: &CanonFunc, kinds: [EndKind; 2], ty: Option<ValType>) -> Result<Flow> {
    let indices: [u64; 2] = canon.arguments(cx)?;
    cx.live.instance(canon.inst)?.trap_unless_may_leave()?;
    let mut ids = [None; 2];
    for ((index, kind), id) in indices.into_iter().zip(kinds).zip(&mut ids) {
        let index = index as u32;
        let handle = cx.live.instance_mut(canon.inst)?.handles.remove(index)?;
        let found = check_end(cx, handle, index, kind, ty)?;
        let end = cx.live.end_mut(found)?;
        trap_unless_idle(end)?;
        if end.waitable.set.is_some() {
            return Err(Trap::WaitableInSet.into());
        }
        *id = Some(found);
    }
    if let [Some(source), Some(target)] = ids {
        forward_ends(cx, source, target)?;
    }
    canon.done(cx, &[])
}

/// `End.forward`
fn forward_ends(cx: &mut Cx<'_>, source: EndId, target: EndId) -> Result<()> {
    let (writer, reader) = (cx.live.end_mut(source)?.other, cx.live.end_mut(target)?.other);
    let (Some(writer), Some(reader)) = (writer, reader) else { return drop_both(cx, source, target) };
    if writer == target {
        return drop_both(cx, source, target);
    }
    cx.live.end_mut(writer)?.other = Some(reader);
    cx.live.end_mut(reader)?.other = Some(writer);
    cx.live.ends.remove(source);
    cx.live.ends.remove(target);
    let (Some(written), Some(read)) = (cx.live.end_mut(writer)?.buffer, cx.live.end_mut(reader)?.buffer) else {
        return Ok(());
    };
    let (smaller, buffer) = if read.remain() > written.remain() { (writer, written) } else { (reader, read) };
    cx.live.end_mut(smaller)?.buffer = None;
    match copy_end(cx, smaller, buffer.as_offer())? {
        Some(progress) => Ok(cx.live.notify(smaller, progress)?),
        None => Ok(()),
    }
}

fn drop_both(cx: &mut Cx<'_>, source: EndId, target: EndId) -> Result<()> {
    cx.live.drop_end(source)?;
    cx.live.drop_end(target)
}
