//! What makes ordinary calls of those that nobody has looked at: see [`direct`](super::direct).

use super::direct::{Direct, DirectCaller, NOBODY, Phase};
use super::resource::{HostHandle, ResourceHandle};
use super::subtask::Lender;
use super::{Active, After, Caller, ComponentInstanceId, Live, SubtaskState, Task, TaskId, TaskState, Thread};
use crate::error::{Bug, Result, bug};

impl Direct {
    /// `below` is the thread under the call's own.
    fn caller(&self, below: Option<&Active>) -> Result<Caller> {
        Ok(match (self.caller, below) {
            (DirectCaller::Component { inst, lower, result_pointer }, Some(&Active { thread, .. })) => {
                Caller::Component { inst, lower, result_pointer, thread }
            }
            (DirectCaller::Component { .. }, None) => return Err(bug!("a direct call by nobody").into()),
            (DirectCaller::Engine(inst), _) => Caller::Engine(inst),
            (DirectCaller::Handed { params, result_pointer }, _) => Caller::Handed { params, result_pointer },
            (DirectCaller::Host, _) => Caller::Host,
        })
    }
}

impl Live {
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
    fn task_of(&mut self, task: TaskId) -> Result<TaskId> {
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
            self.poison_direct(&direct);
        }
    }

    /// Who has called a function of the host.
    pub fn host_caller(&mut self, task: TaskId) -> Result<DirectCaller, Bug> {
        Ok(match self.task(task)?.caller {
            Caller::Host => DirectCaller::Host,
            Caller::Component { inst, lower, result_pointer, .. } => {
                DirectCaller::Component { inst, lower, result_pointer }
            }
            Caller::Handed { params, result_pointer } => DirectCaller::Handed { params, result_pointer },
            Caller::Engine(inst) => DirectCaller::Engine(inst),
        })
    }

    /// The host lends a handle to a component for the length of a call.
    pub fn add_host_lender(&mut self, task: TaskId, name: HostHandle) -> Result<()> {
        Ok(self.task(task)?.subtask.lenders.push(Lender::Host(name))?)
    }

    /// A component lends a handle to the host for the length of a call.
    pub fn lend_to_host(&mut self, task: TaskId, handle: ResourceHandle) -> Result<HostHandle> {
        let name = self.host.add(handle)?;
        if let Err(error) = self.task(task)?.host_borrows.push(name) {
            self.host.forget(&[name]);
            return Err(error.into());
        }
        Ok(name)
    }

    /// A call's component gets a borrowed handle. Returns what knows the call.
    pub fn count_borrow(&mut self, task: TaskId) -> Result<TaskId> {
        let task = self.task_of(task)?;
        self.task(task)?.num_borrows += 1;
        Ok(task)
    }

    /// It has dropped one.
    pub fn drop_borrow(&mut self, task: TaskId) -> Result<(), Bug> {
        self.task(task)?.num_borrows -= 1;
        Ok(())
    }
}
