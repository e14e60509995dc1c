//! Calls that nobody has looked at yet.
//!
//! A call that begins, runs and ends before its caller goes on, and in which nothing asks for the
//! current thread or lends a handle, needs neither [`Task`] nor [`Thread`]: nobody can tell that
//! they are not there. It is an entry of [`Live::directs`], above all threads that run. Whoever
//! asks for the current thread, or adds one, makes all of these calls ordinary ones first
//! ([`Live::identify`]), in the order in which they began: so indices of threads are given out as
//! if each had had its thread from the start.

use super::subtask::Lender;
use super::{
    Active, After, Caller, CanonId, ComponentInstanceId, Live, Phase, SubtaskState, Task, TaskId, TaskState, Thread,
    Work,
};
use crate::error::{Bug, Result, bug};
use crate::exec::Depth;

/// The task of a side, as long as nothing asks for it.
pub const NOBODY: TaskId = TaskId::new(u32::MAX);

/// A call that nobody has looked at yet.
#[derive(Clone, Copy, Debug)]
pub struct Direct {
    /// The component instance that runs.
    pub inst: ComponentInstanceId,
    /// What is called.
    pub work: Work,
    /// Who waits for it.
    pub caller: DirectCaller,
    /// How high the machine's stacks stood when it began.
    pub base: Depth,
    /// Which core function of it runs.
    pub phase: Phase,
    /// Its result, once that has crossed, if it is a core value.
    pub result: Option<u64>,
    /// `ft.async_`
    pub is_async: bool,
    /// `needs_exclusive`
    pub needs_exclusive: bool,
    /// Whether it has returned by `task.return`.
    pub has_returned: bool,
    /// How many handles were lent before it began: see [`Live::lent`].
    pub lent: u32,
}

/// Who waits for such a call: see [`Caller`].
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum DirectCaller {
    /// See [`Caller::Host`].
    Host,
    /// See [`Caller::Component`].
    Component { inst: ComponentInstanceId, lower: CanonId, result_pointer: u64 },
    /// See [`Caller::Engine`].
    Engine(ComponentInstanceId),
}

impl Direct {
    /// A call that begins.
    #[inline(always)]
    pub fn new(inst: ComponentInstanceId, work: Work, caller: DirectCaller, base: Depth, lent: usize) -> Self {
        // Handles are fewer than 2³².
        let lent = lent as u32;
        let phase = Phase::Callee;
        let (is_async, needs_exclusive, has_returned) = (false, false, false);
        Self { inst, work, caller, base, phase, result: None, is_async, needs_exclusive, has_returned, lent }
    }

    /// `below` is the thread under the call's own.
    fn caller(&self, below: Option<&Active>) -> Result<Caller> {
        Ok(match (self.caller, below) {
            (DirectCaller::Component { inst, lower, result_pointer }, Some(&Active { thread, .. })) => {
                Caller::Component { inst, lower, result_pointer, thread }
            }
            (DirectCaller::Component { .. }, None) => return Err(bug!("a direct call by nobody").into()),
            (DirectCaller::Engine(inst), _) => Caller::Engine(inst),
            (DirectCaller::Host, _) => Caller::Host,
        })
    }
}

impl Live {
    /// Locks the instance of such a call where its function is an async one, and unlocks it. Those that need no lock are
    /// rare; that they have it sends others the longer way.
    #[inline]
    pub fn lock_directly(&mut self, direct: &Direct, to: bool) -> Result<(), Bug> {
        #[cfg(feature = "component-async")]
        if direct.is_async {
            return self.change(direct.inst, |inst| inst.locked_directly = to);
        }
        let _ = (direct, to);
        Ok(())
    }

    /// Gives each call that runs its task and its thread.
    #[inline]
    pub fn identify(&mut self) -> Result<()> {
        if self.directs.is_empty() { Ok(()) } else { self.identify_all() }
    }

    #[cold]
    fn identify_all(&mut self) -> Result<()> {
        self.active.reserve(self.directs.len())?;
        let lent = core::mem::take(&mut self.lent);
        let directs = core::mem::take(&mut self.directs);
        let ends = directs.iter().skip(1).map(|direct| direct.lent as usize).chain([lent.len()]);
        for (direct, end) in directs.iter().zip(ends) {
            let caller = direct.caller(self.active.last())?;
            let mut task = Task::new(Some(direct.inst), caller, direct.work);
            if let Caller::Component { thread, .. } = caller {
                let below = self.threads.get(thread).and_then(|thread| self.tasks.get(thread.task));
                task.root = below.and_then(|below| below.root);
            }
            task.is_async = direct.is_async;
            task.needs_exclusive = direct.needs_exclusive;
            task.num_threads = 1;
            task.subtask.flat_result = direct.result;
            for index in lent.get(direct.lent as usize..end).unwrap_or_default() {
                task.subtask.lenders.push(Lender::Guest(*index))?;
            }
            (task.state, task.subtask.state) = match direct.phase {
                Phase::PostReturn => (TaskState::Resolved, SubtaskState::Returned),
                _ if direct.has_returned => (TaskState::Resolved, SubtaskState::Returned),
                _ => (TaskState::Started, SubtaskState::Started),
            };
            let task = self.add_task(task)?;
            let thread = self.threads.insert(Thread { phase: direct.phase, ..Thread::new(task) })?;
            let index = self.instance_mut(direct.inst)?.threads.add(thread)?;
            self.thread_mut(thread)?.index = Some(index);
            #[cfg(feature = "component-async")]
            if direct.is_async {
                self.change(direct.inst, |inst| {
                    inst.locked_directly = false;
                    if direct.needs_exclusive {
                        inst.exclusive_thread = Some(thread);
                    }
                })?;
            }
            let entry = self.task(task)?;
            entry.implicit_thread = Some(thread);
            // Its caller, its thread, and a call in progress.
            entry.holds = 3;
            self.active.push(Active { thread, base: direct.base, after: After::Lift(task) })?;
            if let Caller::Host = caller {
                self.scope.awaited = Some(task);
            }
        }
        Ok(())
    }

    /// `Subtask.add_lender` of a task, or of the current one where that is [`NOBODY`].
    pub fn add_lender(&mut self, task: TaskId, index: u32) -> Result<()> {
        if task == NOBODY && !self.directs.is_empty() {
            return Ok(self.lent.push(index)?);
        }
        let task = self.task_of(task)?;
        Ok(self.task(task)?.subtask.lenders.push(Lender::Guest(index))?)
    }

    /// That task, or the current one where it is [`NOBODY`].
    pub fn task_of(&mut self, task: TaskId) -> Result<TaskId> {
        if task == NOBODY { self.current_task() } else { Ok(task) }
    }

    /// `Subtask.deliver_resolve` of such a call: what `caller` has lent since comes back.
    #[inline]
    pub fn return_lent(&mut self, caller: ComponentInstanceId, since: u32) -> Result<()> {
        if self.lent.len() > since as usize {
            let handles = &mut self.instances.get_mut(caller).ok_or_else(super::foreign)?.handles;
            while self.lent.len() > since as usize
                && let Some(index) = self.lent.pop()
            {
                handles.get_mut(index)?.resource_mut(index)?.num_lends -= 1;
            }
        }
        Ok(())
    }

    /// Gives up all such calls after a trap, and locks down the instances that took part.
    pub(super) fn poison_directs(&mut self) {
        self.lent.clear();
        for direct in core::mem::take(&mut self.directs) {
            let waiting = match direct.caller {
                DirectCaller::Host => None,
                DirectCaller::Engine(inst) | DirectCaller::Component { inst, .. } => Some(inst),
            };
            for inst in [Some(direct.inst), waiting].into_iter().flatten() {
                self.poison_instance(inst);
            }
        }
    }
}
