//! Ends of streams and futures that the host holds (`CanonicalABI.md`, Stream and Future State).
//!
//! The host has no buffer at its end: a copy takes place where the guest's is there, between that
//! and what the host has at hand, and is not ready where it is not.
//!
//! A stream that a component has handed back has both ends at the host. What is written then is offered in the
//! engine's own memory, and counts as written when the host has read it.

use super::abi::context::{Cx, Side};
use super::abi::typed::{Lift, Lower, Ty, Types};
use super::link::subtype;
use super::state::end::{Buffer, End, EndKind, EndState, MAX_LENGTH};
use super::state::{EndId, TaskId};
use super::{boundary, scratch};
use crate::error::{Misuse, Result};
use crate::support::Vec;
use crate::types::component::ValType;
use core::task::{Poll, Waker};

/// An end of the host's: the name is good until the host gives the end away or drops it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostEnd {
    /// The end.
    pub id: EndId,
    /// Tells it from others that had the same place.
    pub serial: u64,
}

/// `{stream,future}.new` by the host, which holds both ends.
pub fn new(cx: &mut Cx<'_>, kinds: [EndKind; 2]) -> Result<[HostEnd; 2]> {
    let ends = kinds.map(|kind| cx.live.add_host_end(kind));
    let [reader, writer] = ends;
    let (reader, writer) = (reader?, writer?);
    cx.live.end_mut(reader.id)?.other = Some(writer.id);
    cx.live.end_mut(writer.id)?.other = Some(reader.id);
    Ok([reader, writer])
}

/// The end with that name.
pub fn find<'l>(cx: &'l mut Cx<'_>, name: HostEnd) -> Result<&'l mut End> {
    let end = cx.live.ends.get_mut(name.id).filter(|end| end.owner.is_none() && end.serial == name.serial);
    Ok(end.ok_or(Misuse::StaleResource)?)
}

/// Whether what an end carries is of a type of a side.
pub fn carries(cx: &mut Cx<'_>, side: &Side<'_>, name: HostEnd, ty: Option<ValType>) -> Result<bool> {
    let end = find(cx, name)?;
    let (found, scope, checks) = (end.ty, end.scope, end.checks);
    match (scope, checks) {
        (Some(scope), _) => subtype::same_values(cx, (found, scope), (ty, side.inst)),
        (None, Some(check)) => {
            Ok(check(Ty::of(ty), &Types { image: side.image, live: cx.live, inst: side.inst }).is_ok())
        }
        (None, None) => Ok(false),
    }
}

/// `lower_stream` and `lower_future`: the end is the guest's from now on.
pub fn lower(cx: &mut Cx<'_>, side: &Side<'_>, name: HostEnd, ty: Option<ValType>) -> Result<u32> {
    let end = find(cx, name)?;
    end.waker = None;
    if let Some(writer) = end.other
        && cx.live.end_mut(writer)?.owner.is_none()
    {
        // The host writes to the guest from now on.
        withdraw(cx, writer)?;
        cx.live.wake_host(writer);
    }
    super::abi::async_value::lower_async_value(cx, side, name.id, ty)
}

/// `End.drop` by the host.
pub fn drop(cx: &mut Cx<'_>, name: HostEnd) -> Result<()> {
    let end = find(cx, name)?;
    if end.kind == EndKind::WritableFuture && end.state != EndState::Done && end.other.is_some() {
        return Err(Misuse::FutureNotWritten.into());
    }
    withdraw(cx, name.id)?;
    cx.live.drop_end(name.id)
}

/// What is at the other end.
enum Other {
    /// A buffer to copy with: of a guest that reads or writes, or what the host has offered.
    Buffer(EndId, Buffer, Option<ValType>),
    /// Nobody who reads or writes yet: the waker is woken when there is.
    Nobody,
    /// The other end was dropped.
    Dropped,
}

fn other(cx: &mut Cx<'_>, name: HostEnd, waker: &Waker) -> Result<Other> {
    let end = find(cx, name)?;
    let own_ty = end.ty;
    let Some(other) = end.other else { return Ok(Other::Dropped) };
    if end.state == EndState::Done {
        return Err(Misuse::ResultTaken.into());
    }
    let peer = cx.live.end_mut(other)?;
    let is_host = peer.owner.is_none();
    match peer.buffer {
        Some(buffer) if buffer.remain() > 0 => {
            return Ok(Other::Buffer(other, buffer, if is_host { own_ty } else { peer.ty }));
        }
        // A copy of nothing only asks whether somebody is there.
        Some(_) if is_host => peer.taken = peer.taken.or(Some(0)),
        Some(_) => {
            peer.buffer = None;
            cx.live.notify(other, 0)?;
        }
        _ => {}
    }
    cx.live.end_mut(name.id)?.waker = Some(waker.clone());
    if is_host {
        // It may have begun to write before this end came back.
        cx.live.wake_host(other);
    }
    Ok(Other::Nobody)
}

/// The copy at the other end has come further by so many values of that size.
fn advance(cx: &mut Cx<'_>, name: HostEnd, other: EndId, mut buffer: Buffer, count: u32, size: u32) -> Result<()> {
    buffer.ptr += u64::from(size) * u64::from(count);
    buffer.progress += count;
    let peer = cx.live.end_mut(other)?;
    if peer.owner.is_none() {
        // Whoever reads nothing takes nothing.
        if count > 0 {
            peer.taken = Some(peer.taken.unwrap_or(0) + count);
        }
        peer.buffer = Some(buffer);
        cx.live.wake_host(other);
    } else {
        peer.buffer = Some(buffer).filter(|buffer| buffer.remain() > 0);
        cx.live.notify(other, buffer.progress)?;
    }
    let end = cx.live.end_mut(name.id)?;
    if !end.kind.of_stream() {
        end.state = EndState::Done;
    }
    Ok(())
}

/// Offers what the host writes to the host, which holds the other end. Where no component has ever had that, nobody
/// knows of what type the values are: it is still to be given to one.
fn offer<I: Lower>(cx: &mut Cx<'_>, writer: EndId, items: &[I]) -> Result<()> {
    withdraw(cx, writer)?;
    let Some(reader) = cx.live.end_mut(writer)?.other else { return Ok(()) };
    let end = cx.live.end_mut(reader)?;
    let (Some(inst), None, ty) = (end.scope, end.owner, end.ty) else { return Ok(()) };
    let length = u32::try_from(items.len()).unwrap_or(u32::MAX).min(MAX_LENGTH);
    let items = items.get(..length as usize).unwrap_or(items);
    let opts = scratch::begin(cx)?;
    let mut buffer = Buffer { inst, opts, ptr: 0, progress: 0, length };
    let stored = store(cx, &mut buffer, ty, items);
    stored.inspect_err(|_| scratch::end(cx.live))?;
    cx.live.end_mut(writer)?.buffer = Some(buffer);
    cx.live.wake_host(reader);
    Ok(())
}

/// Puts values into a new piece of the engine's own memory.
fn store<I: Lower>(cx: &mut Cx<'_>, buffer: &mut Buffer, ty: Option<ValType>, items: &[I]) -> Result<()> {
    let at = *buffer;
    let (side, size) = side(cx, &at, ty)?;
    let Some(ty) = ty else { return Ok(()) };
    let bytes = size.checked_mul(buffer.length).ok_or(crate::error::Trap::BufferTooLong)?;
    buffer.ptr = cx.allocate(&side, side.layout(ty).align, bytes)?;
    I::store_all(items, cx, &side, Ty::Value(ty), buffer.ptr)
}

/// Takes back what the host has offered and not read.
fn withdraw(cx: &mut Cx<'_>, writer: EndId) -> Result<()> {
    if cx.live.end_mut(writer)?.buffer.take().is_some() {
        scratch::end(cx.live);
    }
    Ok(())
}

/// Reads at most `max` values; `None` if the other end was dropped.
pub fn poll_read<I: Lift>(cx: &mut Cx<'_>, name: HostEnd, max: usize, waker: &Waker) -> Result<Poll<Option<Vec<I>>>> {
    let (other, buffer, ty) = match other(cx, name, waker)? {
        Other::Buffer(other, buffer, ty) => (other, buffer, ty),
        Other::Nobody => return Ok(Poll::Pending),
        Other::Dropped => return Ok(Poll::Ready(None)),
    };
    let count = buffer.remain().min(u32::try_from(max).unwrap_or(u32::MAX));
    let (side, size) = side(cx, &buffer, ty)?;
    let items = I::load_all(cx, &side, Ty::of(ty), buffer.ptr, u64::from(count));
    let items = items.inspect_err(|_| cx.live.poison_instance(buffer.inst))?;
    cx.charge_copy(u64::from(size) * u64::from(count));
    advance(cx, name, other, buffer, count, size)?;
    Ok(Poll::Ready(Some(items)))
}

/// Writes the first of these values; how many, or `None` if the other end was dropped.
pub fn poll_write<I: Lower>(cx: &mut Cx<'_>, name: HostEnd, items: &[I], waker: &Waker) -> Result<Poll<Option<usize>>> {
    let end = find(cx, name)?;
    if let Some(taken) = end.taken.take().filter(|taken| *taken > 0 || items.is_empty()) {
        if !end.kind.of_stream() {
            end.state = EndState::Done;
        }
        withdraw(cx, name.id)?;
        return Ok(Poll::Ready(Some(items.len().min(taken as usize))));
    }
    let (other, buffer, ty) = match other(cx, name, waker)? {
        Other::Buffer(other, buffer, ty) => (other, buffer, ty),
        Other::Nobody => return offer(cx, name.id, items).map(|()| Poll::Pending),
        Other::Dropped => return Ok(Poll::Ready(None)),
    };
    let count = buffer.remain().min(u32::try_from(items.len()).unwrap_or(u32::MAX));
    let (side, size) = side(cx, &buffer, ty)?;
    let items = items.get(..count as usize).unwrap_or(items);
    let stored = I::store_all(items, cx, &side, Ty::of(ty), buffer.ptr);
    stored.inspect_err(|_| cx.live.poison_instance(buffer.inst))?;
    cx.charge_copy(u64::from(size) * u64::from(count));
    advance(cx, name, other, buffer, count, size)?;
    Ok(Poll::Ready(Some(count as usize)))
}

/// The guest's side of a copy, and how large its values are there.
fn side<'t, 'a: 't>(cx: &Cx<'a>, buffer: &'t Buffer, ty: Option<ValType>) -> Result<(Side<'t>, u32)> {
    let side = boundary::side(cx, buffer.inst, &buffer.opts, TaskId::new(0))?;
    Ok((side, ty.map_or(0, |ty| side.layout(ty).size)))
}
