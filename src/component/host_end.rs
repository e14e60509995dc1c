//! Ends of streams and futures that the host holds (`CanonicalABI.md`, Stream and Future State).
//!
//! The host has no buffer at its end: a copy takes place where the guest's is there, between that
//! and what the host has at hand, and is not ready where it is not.

use super::abi::context::{Cx, Side};
use super::abi::typed::{Lift, Lower, Ty};
use super::boundary;
use super::state::end::{Buffer, End, EndKind, EndState};
use super::state::{EndId, TaskId};
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
fn find<'l>(cx: &'l mut Cx<'_>, name: HostEnd) -> Result<&'l mut End> {
    let end = cx.live.ends.get_mut(name.id).filter(|end| end.owner.is_none() && end.serial == name.serial);
    Ok(end.ok_or(Misuse::StaleResource)?)
}

/// `lower_stream` and `lower_future`: the end is the guest's from now on.
pub fn lower(cx: &mut Cx<'_>, side: &Side<'_>, name: HostEnd, ty: Option<ValType>) -> Result<u32> {
    find(cx, name)?.waker = None;
    super::abi::async_value::lower_async_value(cx, side, name.id, ty)
}

/// `End.drop` by the host.
pub fn drop(cx: &mut Cx<'_>, name: HostEnd) -> Result<()> {
    let end = find(cx, name)?;
    if end.kind == EndKind::WritableFuture && end.state != EndState::Done && end.other.is_some() {
        return Err(Misuse::FutureNotWritten.into());
    }
    cx.live.drop_end(name.id)
}

/// What is at the other end.
enum Other {
    /// A guest that reads or writes.
    Guest(EndId, Buffer, Option<ValType>),
    /// Nobody who reads or writes yet: the waker is woken when there is.
    Nobody,
    /// The other end was dropped.
    Dropped,
}

fn other(cx: &mut Cx<'_>, name: HostEnd, waker: &Waker) -> Result<Other> {
    let end = find(cx, name)?;
    let Some(other) = end.other else { return Ok(Other::Dropped) };
    if end.state == EndState::Done {
        return Err(Misuse::ResultTaken.into());
    }
    let guest = cx.live.end_mut(other)?;
    match guest.buffer {
        Some(buffer) if buffer.remain() > 0 => return Ok(Other::Guest(other, buffer, guest.ty)),
        // A copy of nothing only asks whether somebody is there.
        Some(_) => {
            guest.buffer = None;
            cx.live.notify(other, 0)?;
        }
        None => {}
    }
    cx.live.end_mut(name.id)?.waker = Some(waker.clone());
    Ok(Other::Nobody)
}

/// The guest's copy has come further by so many values of that size.
fn advance(cx: &mut Cx<'_>, name: HostEnd, guest: EndId, mut buffer: Buffer, count: u32, size: u32) -> Result<()> {
    buffer.ptr += u64::from(size) * u64::from(count);
    buffer.progress += count;
    cx.live.end_mut(guest)?.buffer = Some(buffer).filter(|buffer| buffer.remain() > 0);
    cx.live.notify(guest, buffer.progress)?;
    let end = cx.live.end_mut(name.id)?;
    if !end.kind.of_stream() {
        end.state = EndState::Done;
    }
    Ok(())
}

/// Reads at most `max` values; `None` if the other end was dropped.
pub fn poll_read<I: Lift>(cx: &mut Cx<'_>, name: HostEnd, max: usize, waker: &Waker) -> Result<Poll<Option<Vec<I>>>> {
    let (guest, buffer, ty) = match other(cx, name, waker)? {
        Other::Guest(guest, buffer, ty) => (guest, buffer, ty),
        Other::Nobody => return Ok(Poll::Pending),
        Other::Dropped => return Ok(Poll::Ready(None)),
    };
    let count = buffer.remain().min(u32::try_from(max).unwrap_or(u32::MAX));
    let (side, size) = side(cx, buffer, ty)?;
    let items = I::load_all(cx, &side, Ty::of(ty), buffer.ptr, u64::from(count));
    let items = items.inspect_err(|_| cx.live.poison_instance(buffer.inst))?;
    cx.charge_copy(u64::from(size) * u64::from(count));
    advance(cx, name, guest, buffer, count, size)?;
    Ok(Poll::Ready(Some(items)))
}

/// Writes the first of these values; how many, or `None` if the other end was dropped.
pub fn poll_write<I: Lower>(cx: &mut Cx<'_>, name: HostEnd, items: &[I], waker: &Waker) -> Result<Poll<Option<usize>>> {
    let (guest, buffer, ty) = match other(cx, name, waker)? {
        Other::Guest(guest, buffer, ty) => (guest, buffer, ty),
        Other::Nobody => return Ok(Poll::Pending),
        Other::Dropped => return Ok(Poll::Ready(None)),
    };
    let count = buffer.remain().min(u32::try_from(items.len()).unwrap_or(u32::MAX));
    let (side, size) = side(cx, buffer, ty)?;
    let items = items.get(..count as usize).unwrap_or(items);
    let stored = I::store_all(items, cx, &side, Ty::of(ty), buffer.ptr);
    stored.inspect_err(|_| cx.live.poison_instance(buffer.inst))?;
    cx.charge_copy(u64::from(size) * u64::from(count));
    advance(cx, name, guest, buffer, count, size)?;
    Ok(Poll::Ready(Some(count as usize)))
}

/// The guest's side of a copy, and how large its values are there.
fn side<'a>(cx: &Cx<'a>, buffer: Buffer, ty: Option<ValType>) -> Result<(Side<'a>, u32)> {
    let side = boundary::side(cx, buffer.inst, buffer.opts, TaskId::new(0))?;
    Ok((side, ty.map_or(0, |ty| side.layout(ty).size)))
}
