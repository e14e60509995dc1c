//! Active calls (`CanonicalABI.md`, Tasks; Subtask State), as far as synchronous calls need them.
//!
//! The specification's `Task` and `Subtask` are the two sides of one call; as long as calls are
//! synchronous, they begin and end together and are one entry here.

use super::resource::HostHandle;
use super::table::Table;
use super::{CanonId, ComponentInstanceId, FuncId};
use crate::error::{Bug, Result, bug};
use crate::support::Vec;

/// A call into a component or out to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskId(pub u32);

/// All calls that have not ended. Those that run make a chain from the innermost outwards; a call
/// of the host's that is paused keeps its part of the chain apart.
#[derive(Debug)]
pub struct Tasks {
    entries: Table<Task>,
    innermost: Option<TaskId>,
}

/// The part of the chain that a paused call has.
#[derive(Debug)]
pub struct PausedTasks {
    innermost: TaskId,
    outermost: TaskId,
}

impl Default for Tasks {
    fn default() -> Self {
        Self { entries: Table::new(u32::MAX), innermost: None }
    }
}

#[cold]
fn foreign() -> Bug {
    bug!("a call that has ended")
}

impl Tasks {
    /// The innermost of the calls that run.
    pub const fn innermost(&self) -> Option<TaskId> {
        self.innermost
    }

    /// A call that has not ended.
    pub fn get_mut(&mut self, id: TaskId) -> Result<&mut Task, Bug> {
        self.entries.get_mut(id.0).map_err(|_| foreign())
    }

    /// Begins a call: it is the innermost now.
    pub fn push(&mut self, task: Task) -> Result<TaskId> {
        let id = TaskId(self.entries.add(Task { parent: self.innermost, ..task })?);
        self.innermost = Some(id);
        Ok(id)
    }

    /// Ends the innermost call.
    pub fn pop(&mut self, id: TaskId) -> Result<Task, Bug> {
        if self.innermost != Some(id) {
            return Err(bug!("calls end in another order than they began"));
        }
        let task = self.entries.remove(id.0).map_err(|_| foreign())?;
        self.innermost = task.parent;
        Ok(task)
    }

    /// Takes the calls above `floor` out of the chain, if there are any; `each` sees all of them.
    pub fn pause(&mut self, floor: Option<TaskId>, mut each: impl FnMut(&Task)) -> Option<PausedTasks> {
        let innermost = self.innermost.filter(|id| Some(*id) != floor)?;
        let mut outermost = innermost;
        loop {
            let task = self.entries.get(outermost.0).ok()?;
            each(task);
            match task.parent {
                Some(parent) if Some(parent) != floor => outermost = parent,
                _ => break,
            }
        }
        self.innermost = floor;
        Some(PausedTasks { innermost, outermost })
    }

    /// Puts calls into the chain again, above all that run; `each` sees all of them.
    pub fn resume(&mut self, paused: PausedTasks, mut each: impl FnMut(&Task)) -> Result<(), Bug> {
        let floor = self.innermost;
        self.get_mut(paused.outermost)?.parent = floor;
        self.innermost = Some(paused.innermost);
        let mut at = self.innermost;
        while let Some(id) = at.filter(|id| Some(*id) != floor) {
            let task = self.entries.get(id.0).map_err(|_| foreign())?;
            each(task);
            at = task.parent;
        }
        Ok(())
    }
}

/// An active call.
#[derive(Debug)]
pub struct Task {
    /// The call that it is within.
    pub parent: Option<TaskId>,
    /// The component instance that runs; `None` where the host does.
    pub inst: Option<ComponentInstanceId>,
    /// Who waits for it.
    pub caller: Caller,
    /// What runs.
    pub phase: Phase,
    /// `num_borrows`: handles lent to the callee that it has not dropped.
    pub num_borrows: u32,
    /// `lenders`: indices of handles in the caller's table that are lent for the call.
    pub lenders: Vec<u32>,
    /// The same for a caller that is the host.
    pub host_lenders: Vec<HostHandle>,
    /// Handles that are lent to the host for the call.
    pub host_borrows: Vec<HostHandle>,
    /// `storage`: what `context.get` and `context.set` see.
    pub storage: [u64; 2],
    /// What goes back to the caller after `post-return`, at most one value.
    pub flat_result: Option<u64>,
}

impl Task {
    /// A call that begins.
    pub const fn new(inst: Option<ComponentInstanceId>, caller: Caller, phase: Phase) -> Self {
        Self {
            parent: None,
            inst,
            caller,
            phase,
            num_borrows: 0,
            lenders: Vec::new(),
            host_lenders: Vec::new(),
            host_borrows: Vec::new(),
            storage: [0; 2],
            flat_result: None,
        }
    }
}

/// Who waits for a call.
#[derive(Clone, Copy, Debug)]
pub enum Caller {
    /// The host.
    Host,
    /// A component instance.
    Component {
        /// The instance.
        inst: ComponentInstanceId,
        /// The lowered function that it called.
        lower: CanonId,
        /// Where results go that do not fit flat ones.
        result_pointer: u64,
    },
    /// The host, which calls a function of its own that a component has handed on.
    Handed {
        /// How many core arguments there are.
        params: u32,
        /// Where results go that do not fit flat ones.
        result_pointer: u64,
        /// How much of the scratch memory was in use before.
        used: u64,
    },
    /// A component instance, whose handle was dropped or whose `realloc` is needed.
    Engine(ComponentInstanceId),
}

impl Task {
    /// The component instances that take part.
    pub fn instances(&self) -> impl Iterator<Item = ComponentInstanceId> {
        [self.inst, self.caller.instance()].into_iter().flatten()
    }
}

impl Caller {
    /// The component instance that waits.
    pub const fn instance(self) -> Option<ComponentInstanceId> {
        match self {
            Caller::Host | Caller::Handed { .. } => None,
            Caller::Component { inst, .. } | Caller::Engine(inst) => Some(inst),
        }
    }
}

/// What a call is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The lifted core function runs.
    Callee(FuncId),
    /// Its `post-return` runs.
    PostReturn(FuncId),
    /// A destructor runs.
    Dtor,
    /// The start function of a core module runs.
    Start,
    /// A `realloc` runs.
    Realloc,
    /// A function of the host runs.
    Host,
}
