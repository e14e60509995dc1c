//! What can be waited for (`CanonicalABI.md`, Waitable State).

use super::{EndId, Live, TaskId, ThreadId, WaitableSetId};
use crate::error::{Bug, Result, bug};
use crate::support::Vec;

/// `EventCode`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum EventCode {
    None = 0,
    Subtask = 1,
    StreamRead = 2,
    StreamWrite = 3,
    FutureRead = 4,
    FutureWrite = 5,
    TaskCancelled = 6,
}

/// `EventTuple`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub code: EventCode,
    /// To which handle.
    pub index: u32,
    /// How.
    pub payload: u32,
}

impl Event {
    /// An event of no handle.
    pub const fn of(code: EventCode) -> Self {
        Self { code, index: 0, payload: 0 }
    }
}

/// `Waitable`; by default nobody waits for it.
#[derive(Debug, Default)]
pub struct Waitable {
    /// `pending_event`: the event is made when it is delivered; what it needs from when it
    /// happened is the progress of a copy.
    pub pending_event: Option<u32>,
    /// `wset`
    pub set: Option<WaitableSetId>,
    /// `has_sync_waiter`
    pub has_sync_waiter: bool,
    /// The thread that waits for it, and for nothing else.
    pub waiter: Option<ThreadId>,
}

/// Which waitable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitableId {
    /// The caller's side of that call.
    Subtask(TaskId),
    /// An end of a stream or future.
    End(EndId),
}

/// `WaitableSet`
#[derive(Debug, Default)]
pub struct WaitableSet {
    /// `elems`, the one that joined first coming first.
    pub elems: Vec<WaitableId>,
    /// `num_waiting`
    pub num_waiting: u32,
    /// The threads that wait.
    pub waiters: Vec<ThreadId>,
    /// How many of `elems` have a pending event.
    pub num_pending: u32,
}

impl Live {
    /// What makes something waitable.
    pub fn waitable(&mut self, id: WaitableId) -> Result<&mut Waitable, Bug> {
        Ok(match id {
            WaitableId::Subtask(id) => &mut self.task(id)?.subtask.waitable,
            WaitableId::End(id) => &mut self.end_mut(id)?.waitable,
        })
    }

    /// `set_pending_event`
    pub fn set_pending_event(&mut self, id: WaitableId, progress: u32) -> Result<(), Bug> {
        let waitable = self.waitable(id)?;
        let first = waitable.pending_event.replace(progress).is_none();
        if let Some(set) = waitable.set.filter(|_| first) {
            self.set_mut(set)?.num_pending += 1;
        }
        self.wake_waiters(id)
    }

    /// Takes the pending event away, where there is one.
    pub fn take_pending_event(&mut self, id: WaitableId) -> Result<Option<u32>, Bug> {
        let waitable = self.waitable(id)?;
        let (taken, set) = (waitable.pending_event.take(), waitable.set);
        if let Some(set) = set.filter(|_| taken.is_some()) {
            self.set_mut(set)?.num_pending -= 1;
        }
        Ok(taken)
    }

    /// `Waitable.join`
    pub fn join(&mut self, id: WaitableId, set: Option<WaitableSetId>) -> Result<()> {
        // Room first: nothing has changed where there is none.
        if let Some(set) = set {
            self.set_mut(set)?.elems.reserve(1)?;
        }
        let waitable = self.waitable(id)?;
        let pending = u32::from(waitable.pending_event.is_some());
        if let Some(old) = core::mem::replace(&mut waitable.set, set) {
            let old = self.set_mut(old)?;
            old.elems.retain(|elem| *elem != id);
            old.num_pending -= pending;
        }
        if let Some(set) = set {
            let set = self.set_mut(set)?;
            set.elems.push(id)?;
            set.num_pending += pending;
        }
        self.wake_waiters(id)?;
        Ok(())
    }

    /// `Waitable.get_pending_event`
    pub fn get_pending_event(&mut self, id: WaitableId) -> Result<Option<Event>> {
        let Some(progress) = self.take_pending_event(id)? else { return Ok(None) };
        match id {
            WaitableId::Subtask(id) => self.subtask_event(id).map(Some),
            WaitableId::End(id) => Ok(Some(self.end_event(id, progress)?)),
        }
    }

    /// `subtask_event`
    fn subtask_event(&mut self, id: TaskId) -> Result<Event> {
        if self.task(id)?.subtask.resolved() {
            self.deliver_resolve(id)?;
        }
        let subtask = &self.task(id)?.subtask;
        let index = subtask.index.ok_or_else(|| bug!("an event of a subtask without index"))?;
        Ok(Event { code: EventCode::Subtask, index, payload: subtask.state as u32 })
    }

    /// `WaitableSet.get_pending_event`: of those that have one, the first that joined comes first.
    pub fn set_event(&mut self, id: WaitableSetId) -> Result<Event> {
        let set = self.set_mut(id)?;
        let (count, pending) = (set.elems.len(), set.num_pending);
        let skip = self.choice.pick(pending);
        let mut seen = 0;
        for at in 0..count {
            let Some(elem) = self.set_mut(id)?.elems.get(at).copied() else { break };
            if self.waitable(elem)?.pending_event.is_none() {
                continue;
            }
            if seen == skip
                && let Some(event) = self.get_pending_event(elem)?
            {
                return Ok(event);
            }
            seen += 1;
        }
        Err(bug!("a set without the event that it has").into())
    }

    /// `Waitable.drop`, as far as sets know of it.
    pub fn drop_waitable(&mut self, id: WaitableId) -> Result<()> {
        debug_assert!(!self.waitable(id)?.has_sync_waiter);
        self.take_pending_event(id)?;
        self.join(id, None)
    }
}
