//! Ends of streams and futures (`CanonicalABI.md`, Buffer State; Stream and Future State).

use super::waitable::{Event, EventCode, Waitable, WaitableId};
use super::{ComponentInstanceId, EndId, Live};
use crate::component::abi::typed::{Ty, Types};
use crate::component::canon::Options;
use crate::component::host_end::HostEnd;
use crate::error::{Bug, Result, bug};
use crate::types::component::ValType;

/// `Buffer.MAX_LENGTH`
pub const MAX_LENGTH: u32 = (1 << 28) - 1;

/// `GuestBuffer`: a piece of a guest's memory that values are copied out of or into.
#[derive(Clone, Copy, Debug)]
pub struct Buffer<O = Options> {
    /// `cx.inst`
    pub inst: ComponentInstanceId,
    /// `cx.opts`
    pub opts: O,
    /// `ptr`
    pub ptr: u64,
    /// `progress`
    pub progress: u32,
    /// `length`
    pub length: u32,
}

/// One that nobody keeps yet: without a copy of the options.
pub type Offer<'a> = Buffer<&'a Options>;

impl<O> Buffer<O> {
    /// `remain`
    pub const fn remain(&self) -> u32 {
        self.length.saturating_sub(self.progress)
    }
}

impl Buffer {
    /// The same as an offer.
    #[inline(always)]
    pub const fn as_offer(&self) -> Offer<'_> {
        Buffer { inst: self.inst, opts: &self.opts, ptr: self.ptr, progress: self.progress, length: self.length }
    }
}

impl Offer<'_> {
    /// The buffer to keep.
    #[inline(always)]
    pub const fn to_buffer(self) -> Buffer {
        Buffer { inst: self.inst, opts: *self.opts, ptr: self.ptr, progress: self.progress, length: self.length }
    }
}

/// Which end of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum EndKind {
    ReadableStream,
    WritableStream,
    ReadableFuture,
    WritableFuture,
}

impl EndKind {
    /// `event_code`
    pub const fn event_code(self) -> EventCode {
        match self {
            EndKind::ReadableStream => EventCode::StreamRead,
            EndKind::WritableStream => EventCode::StreamWrite,
            EndKind::ReadableFuture => EventCode::FutureRead,
            EndKind::WritableFuture => EventCode::FutureWrite,
        }
    }

    /// Whether it is an end of a stream, not of a future.
    pub const fn of_stream(self) -> bool {
        matches!(self, EndKind::ReadableStream | EndKind::WritableStream)
    }

    /// Whether values are read from it.
    pub const fn is_readable(self) -> bool {
        matches!(self, EndKind::ReadableStream | EndKind::ReadableFuture)
    }
}

/// `End.State`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum EndState {
    Idle,
    Copying,
    CancellingCopy,
    Done,
}

/// `CopyResult`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CopyResult {
    Completed = 0,
    Dropped = 1,
    Cancelled = 2,
}

/// An error unless a Rust type stands for a type.
pub type CheckItem = for<'t, 's> fn(Ty<'t>, &Types<'s>) -> Result<()>;

/// `End`
#[derive(Debug)]
pub struct End {
    /// Which end of what.
    pub kind: EndKind,
    /// `t`, as its owner's image has it.
    pub ty: Option<ValType>,
    /// `state`
    pub state: EndState,
    /// `other`
    pub other: Option<EndId>,
    /// `buffer`
    pub buffer: Option<Buffer>,
    /// `owner`
    pub owner: Option<ComponentInstanceId>,
    /// `index`
    pub index: Option<u32>,
    /// What makes it a `Waitable`.
    pub waitable: Waitable,
    /// Which of the ends it is that the host ever held.
    pub serial: u64,
    /// The instance whose image has `ty`; `None` for an end that was the host's all along.
    pub scope: Option<ComponentInstanceId>,
    /// Of an end that was the host's all along: whether its values are of a type, where that is known.
    pub checks: Option<CheckItem>,
    /// How much of what the host has offered at this end was taken, once somebody has looked at it: see
    /// [`host_end`](crate::component::host_end).
    pub taken: Option<u32>,
    /// Whom of the host's to wake when the other end reads, writes or is dropped.
    pub waker: Option<core::task::Waker>,
}

impl End {
    /// A new end without the other one.
    pub fn new(kind: EndKind, ty: Option<ValType>, owner: Option<ComponentInstanceId>) -> Self {
        Self {
            kind,
            ty,
            state: EndState::Idle,
            other: None,
            buffer: None,
            owner,
            index: None,
            waitable: Waitable::default(),
            serial: 0,
            scope: owner,
            checks: None,
            taken: None,
            waker: None,
        }
    }

    /// `copying_or_cancelling`
    pub const fn copying_or_cancelling(&self) -> bool {
        matches!(self.state, EndState::Copying | EndState::CancellingCopy)
    }
}

impl Live {
    /// `stream_event` and `future_event`
    pub fn end_event(&mut self, id: EndId, progress: u32) -> Result<Event, Bug> {
        let end = self.end_mut(id)?;
        let of_stream = end.kind.of_stream();
        let (state, result) = match (of_stream, end.other, end.state) {
            (false, ..) if progress == 1 => (EndState::Done, CopyResult::Completed),
            (_, None, _) => (EndState::Done, CopyResult::Dropped),
            (_, _, EndState::CancellingCopy) => (EndState::Idle, CopyResult::Cancelled),
            (true, ..) => (EndState::Idle, CopyResult::Completed),
            (false, ..) => return Err(bug!("an event of a future that is not copied")),
        };
        (end.state, end.buffer) = (state, None);
        let payload = if of_stream { result as u32 | progress << 4 } else { result as u32 };
        let index = end.index.ok_or_else(|| bug!("an event of an end without index"))?;
        Ok(Event { code: end.kind.event_code(), index, payload })
    }

    /// A new end of the host's without the other one.
    pub fn add_host_end(&mut self, kind: EndKind) -> Result<HostEnd> {
        let id = self.ends.insert(End::new(kind, None, None))?;
        Ok(self.name_host_end(id)?)
    }

    /// The host's name for an end that it holds from now on.
    pub fn name_host_end(&mut self, id: EndId) -> Result<HostEnd, Bug> {
        self.host_ends += 1;
        let serial = self.host_ends;
        self.end_mut(id)?.serial = serial;
        Ok(HostEnd { id, serial })
    }

    /// `notify`
    pub fn notify(&mut self, id: EndId, progress: u32) -> Result<(), Bug> {
        let end = self.end_mut(id)?;
        if end.owner.is_none() {
            self.wake_host(id);
            return Ok(());
        }
        self.set_pending_event(WaitableId::End(id), progress)
    }

    /// So many values, each so large, were copied out of or into the buffer of an end that has waited.
    pub fn advance(&mut self, id: EndId, count: u32, size: u32) -> Result<(), Bug> {
        let place = &mut self.end_mut(id)?.buffer;
        let mut progress = 0;
        if let Some(buffer) = place {
            buffer.ptr += u64::from(size) * u64::from(count);
            buffer.progress += count;
            progress = buffer.progress;
            if buffer.remain() == 0 {
                *place = None;
            }
        }
        self.notify(id, progress)
    }

    /// Somebody reads or writes at the other end of one that the host may hold.
    pub fn wake_host(&mut self, id: EndId) {
        if let Some(waker) = self.ends.get_mut(id).and_then(|end| end.waker.take()) {
            waker.wake();
        }
    }

    /// `End.cancel`. The host has no buffer at its ends, so this completes at once there, too.
    pub fn cancel_end(&mut self, id: EndId) -> Result<(), Bug> {
        let end = self.end_mut(id)?;
        end.state = EndState::CancellingCopy;
        match end.waitable.pending_event {
            Some(_) => Ok(()),
            None => self.notify(id, 0),
        }
    }

    /// `End.drop`
    pub fn drop_end(&mut self, id: EndId) -> Result<()> {
        self.drop_waitable(WaitableId::End(id))?;
        let Some(end) = self.ends.remove(id) else { return Err(bug!("an end that is gone").into()) };
        let Some(other) = end.other else { return Ok(()) };
        let other_end = self.end_mut(other)?;
        other_end.other = None;
        if other_end.state != EndState::Done && other_end.waitable.pending_event.is_none() {
            self.notify(other, 0)?;
        }
        Ok(())
    }
}
