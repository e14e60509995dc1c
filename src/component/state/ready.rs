//! Which threads may be ready, so that nobody looks at those that only wait.
//!
//! A thread that blocks is registered with what it waits for. Whatever may make it ready *wakes*
//! it: then it is one of the candidates, of which the one that has waited longest comes first.
//! Whether it is ready is looked up when its turn comes (`Thread.ready`), and one that is not is
//! forgotten until it is woken again. So being woken in vain costs time, and not being woken is a
//! fault.

use super::thread::Ready;
use super::{ComponentInstanceId, Live, TaskId, ThreadId};
use crate::error::{Bug, Result};
use crate::support::choice::Choice;
use crate::support::{MinHeap, Queue, Vec};

/// When a thread began to wait, and which one; no two began at the same time.
type Since = (u64, u32);

/// Threads that may be ready.
#[derive(Debug, Default)]
pub struct Candidates(MinHeap<Since>);

/// Threads that wait for their instance.
#[derive(Debug, Default)]
pub struct Waiters {
    /// Those whose calls may not begin yet: that need the exclusive lock, and that do not.
    entering: [Queue<Since>; 2],
    /// Those that go on once the exclusive lock is given up.
    locked_out: Vec<ThreadId>,
}

impl Live {
    /// Registers a thread that has blocked with what it waits for, and wakes it if that is there.
    pub fn register(&mut self, id: ThreadId, ready: Ready, since: u64) -> Result<()> {
        self.reserve_candidates()?;
        let task = self.thread_mut(id)?.task;
        let inst = self.task(task)?.inst;
        match ready {
            Ready::Now => {}
            Ready::MayEnter => {
                let at = usize::from(self.task(task)?.needs_exclusive);
                if let Some(queue) = self.waiters(inst)?.and_then(|waiters| waiters.entering.get_mut(at)) {
                    queue.push((since, id.raw()))?;
                }
            }
            Ready::NotExclusive => self.lock_out(inst, id)?,
            Ready::Event(set) | Ready::CallbackEvent(set) => self.set_mut(set)?.waiters.push(id)?,
            Ready::Resolved(task) => self.task(task)?.subtask.waitable.waiter = Some(id),
            Ready::Copied(end) => self.end_mut(end)?.waitable.waiter = Some(id),
        }
        if self.is_met(ready, task) {
            self.wake(id);
        }
        Ok(())
    }

    /// A thread goes on: it waits for nothing any more.
    pub fn unregister(&mut self, id: ThreadId, ready: Ready) {
        // What is gone has no waiters.
        match ready {
            Ready::Event(set) | Ready::CallbackEvent(set) => {
                if let Ok(set) = self.set_mut(set) {
                    set.waiters.retain(|waiter| *waiter != id);
                }
            }
            Ready::Resolved(task) => {
                if let Ok(task) = self.task(task) {
                    task.subtask.waitable.waiter = None;
                }
            }
            Ready::Copied(end) => {
                if let Ok(end) = self.end_mut(end) {
                    end.waitable.waiter = None;
                }
            }
            Ready::Now | Ready::MayEnter | Ready::NotExclusive => {}
        }
    }

    /// Room for all threads, so that waking one cannot fail. Candidates that have gone on
    /// meanwhile are forgotten before they are many.
    fn reserve_candidates(&mut self) -> Result<()> {
        let threads = &self.threads;
        if self.candidates.0.len() > 2 * threads.len() + 64 {
            self.candidates.0.retain(|(since, id)| {
                let thread = threads.get(ThreadId::new(*id));
                thread.and_then(|thread| thread.blocked.as_ref()).is_some_and(|blocked| blocked.since == *since)
            });
        }
        Ok(self.candidates.0.reserve(threads.len())?)
    }

    fn waiters(&mut self, inst: Option<ComponentInstanceId>) -> Result<Option<&mut Waiters>, Bug> {
        inst.map(|inst| self.instance_mut(inst).map(|inst| &mut inst.waiters)).transpose()
    }

    fn lock_out(&mut self, inst: Option<ComponentInstanceId>, id: ThreadId) -> Result<()> {
        if let Some(waiters) = self.waiters(inst)? {
            waiters.locked_out.push(id)?;
        }
        Ok(())
    }

    /// A thread may be ready.
    pub fn wake(&mut self, id: ThreadId) {
        // Whoever explores every order looks at every thread.
        if let Choice::Seeded(_) = self.choice {
            return;
        }
        let Some(blocked) = self.threads.get_mut(id).and_then(|thread| thread.blocked.as_mut()) else { return };
        if blocked.ready.is_some() && !blocked.woken {
            // There is room since it was registered.
            blocked.woken = self.candidates.0.push((blocked.since, id.raw())).is_ok();
        }
    }

    /// Threads that wait for an event of a waitable may be ready.
    pub fn wake_waiters(&mut self, id: super::waitable::WaitableId) -> Result<(), Bug> {
        let waitable = self.waitable(id)?;
        let (waiter, set) = (waitable.waiter, waitable.set);
        if let Some(waiter) = waiter {
            self.wake(waiter);
        }
        if let Some(set) = set {
            self.wake_set(set)?;
        }
        Ok(())
    }

    /// The same for all waitables of a set.
    pub fn wake_set(&mut self, id: super::WaitableSetId) -> Result<(), Bug> {
        let mut at = 0;
        while let Some(waiter) = self.set_mut(id)?.waiters.get(at).copied() {
            self.wake(waiter);
            at += 1;
        }
        Ok(())
    }

    /// The thread that a task began with may be ready: the task was asked to stop.
    pub fn wake_task(&mut self, id: TaskId) {
        let thread = self.tasks.get(id).and_then(|task| task.implicit_thread);
        // The thread may have ended, and its id be another one's.
        let thread = thread.filter(|thread| self.threads.get(*thread).is_some_and(|thread| thread.task == id));
        if let Some(thread) = thread {
            self.wake(thread);
        }
    }

    /// The exclusive lock of an instance is given up.
    pub fn unlock(&mut self, inst: ComponentInstanceId) -> Result<(), Bug> {
        self.change(inst, |inst| inst.exclusive_thread = None)?;
        for id in core::mem::take(&mut self.instance_mut(inst)?.waiters.locked_out) {
            self.wake(id);
        }
        self.wake_entering(inst)
    }

    /// The next calls of an instance may begin: one that needs the exclusive lock, one that does
    /// not. The one behind it is woken when it has begun.
    pub fn wake_entering(&mut self, inst: ComponentInstanceId) -> Result<(), Bug> {
        for at in 0..2 {
            loop {
                let queue = self.instance_mut(inst)?.waiters.entering.get_mut(at);
                let Some((since, id)) = queue.as_ref().and_then(|queue| queue.get(0).copied()) else { break };
                let id = ThreadId::new(id);
                let blocked = self.threads.get(id).and_then(|thread| thread.blocked.as_ref());
                if blocked.is_some_and(|blocked| blocked.since == since) {
                    self.wake(id);
                    break;
                }
                if let Some(queue) = self.instance_mut(inst)?.waiters.entering.get_mut(at) {
                    queue.pop();
                }
            }
        }
        Ok(())
    }

    /// Every thread of some instances may be ready, which took part in a paused call.
    pub fn wake_unpaused(&mut self) {
        let mut at = 0;
        loop {
            // Ids are places, so the next thread is found from the one before.
            let mut later = self.threads.iter_from(at);
            let Some((id, _)) = later.find(|(_, thread)| thread.blocked.is_some()) else { return };
            drop(later);
            at = id.index() + 1;
            self.wake(id);
        }
    }

    /// Takes the thread that is ready and has waited longest, of those that may run while the host
    /// runs for other instances.
    pub fn next_ready(&mut self) -> Result<Option<ThreadId>> {
        let mut later = Vec::new();
        let mut found = None;
        while let Some((since, id)) = self.candidates.0.pop() {
            let id = ThreadId::new(id);
            let Some(thread) = self.threads.get_mut(id) else { continue };
            let task = thread.task;
            let Some(blocked) = thread.blocked.as_mut().filter(|blocked| blocked.since == since) else { continue };
            blocked.woken = false;
            let ready = blocked.ready;
            if self.waits_for_host(task) {
                later.push(id)?;
            } else if self.is_ready(id) {
                found = Some(id);
                break;
            } else if let Some(Ready::NotExclusive | Ready::CallbackEvent(_)) = ready {
                let inst = self.task(task)?.inst;
                let locked = inst.and_then(|inst| self.instances.get(inst)?.exclusive_thread).is_some();
                if locked {
                    self.lock_out(inst, id)?;
                }
            }
        }
        for id in &later {
            self.wake(*id);
        }
        Ok(found)
    }
}
