//! Calls where no function is an async one: those of [`Live::directs`] are all that there are, the outermost of the host's
//! first. What the specification keeps in tasks and subtasks, and programs can see, is with the call itself.

use super::direct::{Direct, DirectCaller, NOBODY};
use super::{ComponentInstanceId, HostHandle, Linked, Live, ResourceHandle, TaskId};
use crate::error::{Bug, Result, Trap, bug};
use crate::support::Vec;

/// What is a task's.
#[derive(Clone, Copy, Debug)]
pub struct Own {
    /// `Task.num_borrows`: handles lent to the callee that it has not dropped.
    num_borrows: u32,
    /// What those handles know the call by, once there was one.
    pub id: TaskId,
}

impl Own {
    /// That of a call that begins.
    pub const NEW: Self = Self { num_borrows: 0, id: NOBODY };
}

/// A handle that is lent for a call until it ends.
#[derive(Clone, Copy, Debug)]
pub enum Loan {
    /// By the component that waits for it, whose handle has that index.
    Guest(u32),
    /// By the host.
    Host(HostHandle),
    /// To the host, which forgets the handle then.
    ToHost(HostHandle),
}

/// What belongs to one call of the host's, or to an instantiation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope {
    /// How many of the calls belong to calls around it.
    pub floor: usize,
}

/// What a call of the host's that is paused has left behind.
#[derive(Debug)]
pub struct Paused {
    directs: Vec<Direct>,
    lent: Vec<Loan>,
}

impl Paused {
    /// Whether nothing was running.
    pub fn is_idle(&self) -> bool {
        self.directs.is_empty()
    }
}

#[cold]
fn nothing_runs() -> Bug {
    bug!("core code runs outside of any call")
}

impl Live {
    /// The call that runs.
    pub fn running(&mut self) -> Result<&mut Direct, Bug> {
        self.directs.last_mut().ok_or_else(nothing_runs)
    }

    /// `Subtask.add_lender`
    pub fn add_lender(&mut self, _: TaskId, index: u32) -> Result<()> {
        Ok(self.lent.push(Loan::Guest(index))?)
    }

    /// The host lends a handle to a component for the length of a call.
    pub fn add_host_lender(&mut self, _: TaskId, name: HostHandle) -> Result<()> {
        Ok(self.lent.push(Loan::Host(name))?)
    }

    /// A component lends a handle to the host for the length of a call.
    pub fn lend_to_host(&mut self, _: TaskId, handle: ResourceHandle) -> Result<HostHandle> {
        self.lent.reserve(1)?;
        let name = self.host.add(handle)?;
        self.lent.push(Loan::ToHost(name))?;
        Ok(name)
    }

    /// The call's component gets a borrowed handle. Returns what knows the call.
    pub fn count_borrow(&mut self, _: TaskId) -> Result<TaskId, Bug> {
        let next = self.borrowers;
        let Own { num_borrows, id, .. } = &mut self.running()?.own;
        *num_borrows += 1;
        if *id != NOBODY {
            return Ok(*id);
        }
        *id = TaskId::new(next);
        // No handle outlives its call: numbers may come again.
        self.borrowers = (next + 1) % u32::MAX;
        Ok(TaskId::new(next))
    }

    /// It has dropped one.
    pub fn drop_borrow(&mut self, id: TaskId) -> Result<(), Bug> {
        let direct = self.directs.iter_mut().rev().find(|direct| direct.own.id == id);
        direct.ok_or_else(nothing_runs)?.own.num_borrows -= 1;
        Ok(())
    }

    /// `trap_if(self.num_borrows > 0)` where a function has returned.
    pub fn check_borrows(&mut self) -> Result<()> {
        match self.running()?.own.num_borrows {
            0 => Ok(()),
            count => Err(Trap::BorrowsRemain { count }.into()),
        }
    }

    /// `Subtask.deliver_resolve`: what was lent since, by `caller` where that is a component, comes back.
    pub fn return_lent(&mut self, caller: Option<ComponentInstanceId>, since: u32) -> Result<()> {
        while self.lent.len() > since as usize
            && let Some(loan) = self.lent.pop()
        {
            match loan {
                Loan::Guest(index) => {
                    let caller = caller.ok_or_else(nothing_runs)?;
                    self.instance_mut(caller)?.handles.get_mut(index)?.resource_mut(index)?.num_lends -= 1;
                }
                Loan::Host(name) => self.return_host_lend(name),
                Loan::ToHost(name) => self.host.forget(&[name]),
            }
        }
        Ok(())
    }

    /// Who has called a function of the host.
    pub fn host_caller(&mut self, _: TaskId) -> Result<DirectCaller, Bug> {
        Ok(self.running()?.caller)
    }

    /// A call of the host's begins: what runs is below it. Returns the one before.
    pub fn enter_scope(&mut self) -> Scope {
        let floor = self.directs.len();
        core::mem::replace(&mut self.scope, Scope { floor })
    }

    /// Whether nothing runs that belongs to the current scope.
    pub fn is_idle(&self) -> bool {
        self.directs.len() == self.scope.floor
    }

    /// Ends all calls of the current scope after a trap, and locks down every instance that took part (`Explainer.md`,
    /// Component Invariants).
    pub fn poison_scope(&mut self, _: &Linked) {
        while !self.is_idle()
            && let Some(direct) = self.directs.pop()
        {
            self.poison_direct(&direct);
            self.give_up_lent(direct.lent);
        }
    }

    /// Forgets what was lent since: of that only the host has handles that can still be used.
    pub fn give_up_lent(&mut self, since: u32) {
        while self.lent.len() > since as usize
            && let Some(loan) = self.lent.pop()
        {
            if let Loan::ToHost(name) = loan {
                self.host.forget(&[name]);
            }
        }
    }

    /// Pauses what runs in the current scope: nobody else enters the instances that take part.
    pub fn pause_scope(&mut self) -> Result<Paused> {
        let (mut directs, mut lent) = (Vec::new(), Vec::new());
        let first = self.directs.get(self.scope.floor).map_or(self.lent.len(), |direct| direct.lent as usize);
        directs.extend(self.directs.drain_from(self.scope.floor))?;
        lent.extend(self.lent.drain_from(first))?;
        for direct in &mut directs {
            direct.lent -= first as u32;
        }
        self.set_paused(&directs, true);
        Ok(Paused { directs, lent })
    }

    /// Goes on with what was paused, in the current scope.
    pub fn resume(&mut self, mut paused: Paused) -> Result<()> {
        self.set_paused(&paused.directs, false);
        for direct in &mut paused.directs {
            direct.lent += self.lent.len() as u32;
        }
        self.lent.extend(paused.lent)?;
        Ok(self.directs.extend(paused.directs)?)
    }

    fn set_paused(&mut self, directs: &[Direct], to: bool) {
        for direct in directs {
            for inst in [Some(direct.inst), direct.caller.instance()].into_iter().flatten() {
                // What is not there takes part in nothing.
                let _ = self.change(inst, |inst| inst.paused = to);
            }
        }
    }
}
