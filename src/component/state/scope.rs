//! What belongs to one call of the host's: the threads that run in it, how it is paused, and what
//! a trap in it locks down.

use super::{Active, After, CallNumber, Caller, ComponentInstanceId, Linked, Live, Task, TaskId, TaskState, Thread};
use crate::component::canon::{CanonKind, handed};
use crate::component::host_call;
use crate::error::Result;
use crate::support::{OutOfMemory, Vec};

/// What belongs to one call of the host's, or to an instantiation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope {
    /// How many of the threads that run belong to calls around it.
    pub floor: usize,
    /// The call that the host waits for.
    pub awaited: Option<TaskId>,
    /// The call of the host's function, of a type that is not async, that all wait for.
    pub stalled: Option<TaskId>,
}

/// What a call of the host's that is paused has left behind.
#[derive(Debug)]
pub struct Paused {
    active: Vec<Active>,
    scope: Scope,
}

impl Paused {
    /// Whether no thread was running, only waiting.
    pub fn is_idle(&self) -> bool {
        self.active.is_empty()
    }
}

impl Live {
    /// A call of the host's begins: what runs is below it. Returns the one before.
    pub fn enter_scope(&mut self) -> Scope {
        // Whoever calls the host sees to it.
        debug_assert!(self.directs.is_empty());
        let floor = self.active.len();
        core::mem::replace(&mut self.scope, Scope { floor, ..Scope::default() })
    }

    /// The call of the host's that the current thread runs for, or one that waits for it.
    pub fn root(&self) -> Option<CallNumber> {
        let running = self.active.get(self.scope.floor..).unwrap_or_default();
        running.iter().rev().find_map(|active| self.tasks.get(self.threads.get(active.thread)?.task)?.root)
    }

    /// Ends the current scope after a trap: see [`poison_active`](Self::poison_active).
    pub fn poison_scope(&mut self, linked: &Linked) {
        self.poison_active(linked);
        if let Some(task) = self.scope.awaited.take() {
            // The host waits for a function of its own only where that may not be ready.
            if host_call::is_handed(self, task) {
                let _ = handed::give_up(self, task);
                return;
            }
            // What is gone already needs no release.
            let _ = self.release(task);
        }
    }

    /// Ends all calls in progress of the current scope after a trap, and locks down every instance
    /// that took part (`Explainer.md`, Component Invariants).
    pub fn poison_active(&mut self, linked: &Linked) {
        self.poison_directs();
        while self.active.len() > self.scope.floor {
            let Some(Active { thread, after, .. }) = self.active.pop() else { break };
            if let Some(&Thread { task, index, .. }) = self.threads.get(thread) {
                self.poison(linked, task);
                let inst = self.tasks.get(task).and_then(|task| task.inst);
                if let (Some(inst), Some(index)) = (inst.and_then(|inst| self.instances.get_mut(inst)), index) {
                    // No other thread is found there once its id is used again.
                    let _ = inst.threads.remove(index);
                }
            }
            // What is gone already needs no release.
            let _ = self.remove_thread(thread);
            match after {
                After::Lift(task) => drop(self.release(task)),
                After::Cancel(..) | After::Tick => {}
            }
        }
        {
            self.scope.stalled = None;
            self.give_up_waiting();
        }
    }

    /// Frees the threads and futures of instances that are locked down: they never go on.
    fn give_up_waiting(&mut self) {
        let is_poisoned = |inst: Option<ComponentInstanceId>| {
            inst.and_then(|inst| self.instances.get(inst)).is_some_and(|inst| inst.poisoned)
        };
        let threads = self.threads.iter().filter(|(_, thread)| {
            thread.blocked.is_some() && is_poisoned(self.tasks.get(thread.task).and_then(|task| task.inst))
        });
        let futures = self
            .pending
            .iter()
            .filter(|(_, pending)| is_poisoned(self.tasks.get(pending.task).and_then(|task| task.caller.instance())));
        // Where there is no memory for the lists, what is in them is freed with the store.
        let threads = Vec::collect(threads.map(|(id, thread)| (id, thread.task, thread.index))).unwrap_or_default();
        let futures = Vec::collect(futures.map(|(id, _)| id)).unwrap_or_default();
        for (id, task, index) in &threads {
            let inst = self.tasks.get(*task).and_then(|task| task.inst);
            if let (Some(inst), Some(index)) = (inst.and_then(|inst| self.instances.get_mut(inst)), *index) {
                let _ = inst.threads.remove(index);
            }
            let _ = self.remove_thread(*id);
        }
        for id in &futures {
            if let Ok(pending) = self.take_pending(*id) {
                let _ = self.release(pending.task);
            }
        }
    }

    /// Pauses what runs in the current scope: nobody else enters the instances that take part.
    pub fn pause_scope(&mut self) -> Result<Paused> {
        self.identify()?;
        let mut active = Vec::new();
        active.extend(self.active.drain_from(self.scope.floor))?;
        let paused = Paused { active, scope: self.scope };
        self.set_paused(&paused, true);
        Ok(paused)
    }

    /// Goes on with what was paused, in the current scope.
    pub fn resume(&mut self, paused: Paused) -> Result<(), OutOfMemory> {
        self.set_paused(&paused, false);
        if !paused.is_idle() {
            self.wake_unpaused();
        }
        self.scope = Scope { floor: self.scope.floor, ..paused.scope };
        self.active.extend(paused.active)
    }

    fn set_paused(&mut self, paused: &Paused, to: bool) {
        for Active { thread, .. } in &paused.active {
            let task = self.threads.get(*thread).and_then(|thread| self.tasks.get(thread.task));
            for inst in task.map(Task::instances).into_iter().flatten() {
                // What is not there takes part in nothing.
                let _ = self.change(inst, |inst| inst.paused = to);
            }
        }
    }

    /// Locks down the instance that a call runs in, and those that wait for it synchronously.
    pub fn poison(&mut self, linked: &Linked, task: TaskId) {
        let mut next = Some(task);
        while let Some(Task { inst, caller, .. }) = next.and_then(|task| self.tasks.get(task)) {
            let (inst, caller) = (*inst, *caller);
            let waiter = match caller {
                Caller::Component { lower, thread, .. } => match linked.canons.get(lower).map(|canon| &canon.kind) {
                    Some(CanonKind::Lower(lower)) if !lower.opts.is_async => Some(thread),
                    _ => None,
                },
                _ => None,
            };
            let waiting = if let Caller::Engine(inst) = caller { Some(inst) } else { None };
            for inst in [inst, waiting].into_iter().flatten() {
                self.poison_instance(inst);
            }
            // A waiter that is locked down already may have been freed, and its id used again.
            next = waiter.and_then(|thread| self.threads.get(thread)).map(|thread| thread.task);
            next = next.filter(|task| self.tasks.get(*task).is_some_and(|task| task.inst == caller.instance()));
        }
    }

    /// Nobody wants to know any more how a call of the host's ends: it is asked to stop.
    pub fn forget_call(&mut self, task: TaskId) -> Result<()> {
        if host_call::is_handed(self, task) {
            return handed::give_up(self, task);
        }
        let entry = self.task(task)?;
        if matches!(entry.state, TaskState::Initial | TaskState::Started) {
            entry.state = TaskState::PendingCancel;
            self.wake_task(task);
        }
        Ok(self.release(task)?)
    }
}
