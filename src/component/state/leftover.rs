//! What is kept though nothing leads to it any more. Only a fault of the engine's leaves something behind, so tests
//! look for it after all that they run.
//!
//! An instance that a trap has locked down keeps what it had, as long as the store lives, as it keeps its memory: what
//! belongs to one is not left over.

use super::thread::Then;
use super::{ComponentInstanceId, EndId, ErrorContextId, Handle, Live, PendingId, TaskId, ThreadId, WaitableSetId};
use crate::support::{Map, OutOfMemory};

/// Something that is kept for other reasons than those that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Leftover {
    Task(TaskId),
    Thread(ThreadId),
    End(EndId),
    WaitableSet(WaitableSetId),
    ErrorContext(ErrorContextId),
    Pending(PendingId),
}

/// How many reasons there are to keep each.
type Reasons<I> = Map<I, u32>;

fn add<I: Ord>(reasons: &mut Reasons<I>, id: I) -> Result<(), OutOfMemory> {
    match reasons.get_mut(&id) {
        Some(count) => *count += 1,
        None => drop(reasons.insert(id, 1)?),
    }
    Ok(())
}

fn count<I: Ord>(reasons: &Reasons<I>, id: I) -> u32 {
    reasons.get(&id).copied().unwrap_or(0)
}

impl Live {
    /// The first thing that is left over. Nothing may run or be paused; `started` are the calls that the host
    /// has started and not forgotten.
    pub fn leftover(&self, started: impl Iterator<Item = TaskId>) -> Result<Option<Leftover>, OutOfMemory> {
        let mut tasks = Reasons::new();
        let (mut ends, mut sets, mut contexts) = (Reasons::new(), Reasons::new(), Reasons::new());
        for task in started.chain(self.pending.iter().map(|(_, pending)| pending.task)) {
            add(&mut tasks, task)?;
        }
        for (_, thread) in self.threads.iter() {
            add(&mut tasks, thread.task)?;
            if let Some(Then::Lower(task)) = thread.blocked.as_ref().map(|blocked| blocked.then) {
                add(&mut tasks, task)?;
            }
        }
        for (_, inst) in self.instances.iter() {
            for (_, handle) in inst.handles.iter() {
                match *handle {
                    Handle::Resource(_) => {}
                    Handle::Subtask(task) => add(&mut tasks, task)?,
                    Handle::End(end) => add(&mut ends, end)?,
                    Handle::WaitableSet(set) => add(&mut sets, set)?,
                    Handle::ErrorContext(context) => add(&mut contexts, context)?,
                }
            }
        }
        let mut kept = self.tasks.iter().filter(|(id, task)| {
            task.holds != count(&tasks, *id) && !self.is_locked(task.inst) && !self.is_locked(task.caller.instance())
        });
        if let Some((id, _)) = kept.next() {
            return Ok(Some(Leftover::Task(id)));
        }
        let mut kept = self.threads.iter().filter(|(id, _)| !self.is_found(*id));
        if let Some((id, _)) = kept.next() {
            return Ok(Some(Leftover::Thread(id)));
        }
        let mut kept = self.ends.iter().filter(|(id, end)| match end.owner {
            Some(_) => count(&ends, *id) != 1 && !self.is_locked(end.owner),
            None => end.serial == 0 && !self.is_locked(end.scope),
        });
        if let Some((id, _)) = kept.next() {
            return Ok(Some(Leftover::End(id)));
        }
        if self.instances.iter().any(|(id, _)| self.is_locked(Some(id))) {
            // Whose the rest is that is in no table cannot be said.
            return Ok(None);
        }
        let mut kept = self.sets.iter().filter(|(id, _)| count(&sets, *id) != 1);
        if let Some((id, _)) = kept.next() {
            return Ok(Some(Leftover::WaitableSet(id)));
        }
        let mut kept = self.error_contexts.iter().filter(|(id, context)| count(&contexts, *id) != context.handles);
        if let Some((id, _)) = kept.next() {
            return Ok(Some(Leftover::ErrorContext(id)));
        }
        let mut kept = self
            .pending
            .iter()
            .filter(|(id, pending)| self.tasks.get(pending.task).is_none_or(|task| task.pending != Some(*id)));
        Ok(kept.next().map(|(id, _)| Leftover::Pending(id)))
    }

    fn is_locked(&self, inst: Option<ComponentInstanceId>) -> bool {
        inst.and_then(|inst| self.instances.get(inst)).is_some_and(|inst| inst.poisoned)
    }

    /// Whether a thread is blocked and, where it has an index, in its instance's table; or locked down.
    fn is_found(&self, id: ThreadId) -> bool {
        let Some(thread) = self.threads.get(id) else { return false };
        let inst = self.tasks.get(thread.task).and_then(|task| task.inst);
        if self.is_locked(inst) {
            return true;
        }
        if thread.blocked.is_none() {
            return false;
        }
        let inst = inst.and_then(|inst| self.instances.get(inst));
        thread
            .index
            .is_none_or(|index| inst.is_some_and(|inst| inst.threads.get(index).is_ok_and(|found| *found == id)))
    }
}
