//! Calls (`CanonicalABI.md`, Tasks; Subtask State).
//!
//! The specification's `Task` and `Subtask` are the two sides of one call, and are one entry
//! here: [`Task`] with the caller's side in [`Task::subtask`]. The entry lasts as long as
//! anybody has to do with it, which [`Task::holds`] counts.

use super::direct::Work;
use super::resource::HostHandle;
use super::subtask::Subtask;
use super::{CanonId, ComponentInstanceId, ThreadId};
use crate::support::Few;

/// A call.
#[derive(Debug)]
pub struct Task {
    /// The component instance that runs; `None` where the host does.
    pub inst: Option<ComponentInstanceId>,
    /// What is called.
    pub work: Work,
    /// `ft.async_`
    pub is_async: bool,
    /// `needs_exclusive`
    pub needs_exclusive: bool,
    /// `state`
    pub state: TaskState,
    /// `num_borrows`: handles lent to the callee that it has not dropped.
    pub num_borrows: u32,
    /// `implicit_thread`
    pub implicit_thread: Option<ThreadId>,
    /// How many threads it has: the length of `threads`.
    pub num_threads: u32,
    /// How many reasons there are to keep the entry: threads, the caller, a call in progress.
    pub holds: u32,
    /// Who waits for it.
    pub caller: Caller,
    /// The call of the host's that it is part of.
    pub root: Option<CallNumber>,
    /// The future of the host's function that it is, until that is ready.
    pub pending: Option<super::PendingId>,
    /// Handles that are lent to the host for the call.
    pub host_borrows: Few<HostHandle>,
    /// The caller's side.
    pub subtask: Subtask,
}

/// Ten thousand calls may be blocked at once.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Task>() <= 184);

/// Which call of the host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallNumber {
    /// Its place among those that were started.
    pub place: u32,
    /// Which one, of all that a store has ever seen.
    pub serial: core::num::NonZeroU64,
}

/// `Task.State`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum TaskState {
    Initial,
    Started,
    PendingCancel,
    CancelDelivered,
    Resolved,
}

impl Task {
    /// A call that begins, kept by its caller.
    pub fn new(inst: Option<ComponentInstanceId>, caller: Caller, work: Work) -> Self {
        Self {
            inst,
            work,
            is_async: false,
            needs_exclusive: false,
            state: TaskState::Initial,
            num_borrows: 0,
            implicit_thread: None,
            num_threads: 0,
            holds: 1,
            caller,
            root: None,
            pending: None,
            host_borrows: Few::None,
            subtask: Subtask::new(),
        }
    }

    /// The component instances that take part.
    pub fn instances(&self) -> impl Iterator<Item = ComponentInstanceId> + use<> {
        [self.inst, self.caller.instance()].into_iter().flatten()
    }

    /// `deliver_pending_cancel`
    pub fn deliver_pending_cancel(&mut self) -> bool {
        let pending = self.state == TaskState::PendingCancel;
        if pending {
            self.state = TaskState::CancelDelivered;
        }
        pending
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
        /// The thread that called.
        thread: ThreadId,
    },
    /// The host, which calls a function of its own that a component has handed on.
    Handed {
        /// How many core arguments there are.
        params: u32,
        /// Where results go that do not fit flat ones.
        result_pointer: u64,
    },
    /// A component instance, whose handle was dropped or whose `realloc` is needed.
    Engine(ComponentInstanceId),
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
