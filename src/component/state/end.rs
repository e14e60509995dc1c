//! Ends of streams and futures (`CanonicalABI.md`, Buffer State; Stream and Future State).

use super::waitable::{Event, EventCode, Waitable, WaitableId};
use super::{ComponentInstanceId, EndId, Live};
use crate::component::canon::Options;
use crate::error::{Bug, Result, bug};
use crate::types::component::ValType;

/// `Buffer.MAX_LENGTH`
pub const MAX_LENGTH: u32 = (1 << 28) - 1;

/// `GuestBuffer`: a piece of a guest's memory that values are copied out of or into.
#[derive(Clone, Copy, Debug)]
pub struct Buffer {
    /// `cx.inst`
    pub inst: ComponentInstanceId,
    /// `cx.opts`
    pub opts: Options,
    /// `ptr`
    pub ptr: u64,
    /// `progress`
    pub progress: u32,
    /// `length`
    pub length: u32,
}

impl Buffer {
    /// `remain`
    pub const fn remain(&self) -> u32 {
        self.length.saturating_sub(self.progress)
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
}

impl End {
    /// A new end without the other one.
    pub fn new(kind: EndKind, ty: Option<ValType>, owner: ComponentInstanceId) -> Self {
        Self {
            kind,
            ty,
            state: EndState::Idle,
            other: None,
            buffer: None,
            owner: Some(owner),
            index: None,
            waitable: Waitable::default(),
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

    /// `notify`
    pub fn notify(&mut self, id: EndId, progress: u32) -> Result<(), Bug> {
        self.set_pending_event(WaitableId::End(id), progress)
    }

    /// `End.cancel`
    pub fn cancel_end(&mut self, id: EndId) -> Result<(), Bug> {
        let end = self.end_mut(id)?;
        end.state = EndState::CancellingCopy;
        let (pending, other) = (end.waitable.pending_event.is_some(), end.other);
        let other = other.and_then(|other| self.ends.get(other));
        // What the host does at the other end may go on for a while.
        let is_guest = other.is_some_and(|other| other.owner.is_some());
        if !pending && (is_guest || self.choice.pick(2) == 0) {
            self.notify(id, 0)?;
        }
        Ok(())
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
