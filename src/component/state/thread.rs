//! Threads of components (`CanonicalABI.md`, Threads).
//!
//! A thread that runs has its frames on the machine that runs, above those of whoever resumed
//! it. One that is blocked is a value of its own: its frames are split off, and what happens when
//! it is resumed is a [`Then`], which the specification has as the rest of a Python function.

use super::direct::Phase;
use super::{EndId, TaskId, ThreadId, WaitableSetId};
use crate::exec::{Depth, Machine};
use crate::store::{self, MemoryId};
use crate::support::Box;

/// `Thread`
#[derive(Debug)]
pub struct Thread {
    /// `task`
    pub task: TaskId,
    /// `index` in the instance's table of threads.
    pub index: Option<u32>,
    /// `storage`: what `context.get` and `context.set` see.
    pub storage: [u64; 2],
    /// What its frames belong to.
    pub phase: Phase,
    /// `cont`, unless it runs.
    pub blocked: Option<Blocked>,
}

impl Thread {
    /// A new thread, running.
    pub const fn new(task: TaskId) -> Self {
        Self { task, index: None, storage: [0; 2], phase: Phase::Callee, blocked: None }
    }

    /// `suspended`
    pub fn suspended(&self) -> bool {
        matches!(&self.blocked, Some(blocked) if blocked.ready.is_none())
    }
}

/// A thread on the stack of those that run: the last one does; each other one goes on when the
/// one above it has blocked or ended.
#[derive(Clone, Copy, Debug)]
pub struct Active {
    /// The thread.
    pub thread: ThreadId,
    /// How high the machine's stacks stood when it was resumed.
    pub base: Depth,
    /// What goes on when it has blocked or ended.
    pub after: After,
}

/// What resumed a thread and goes on once that has blocked or ended.
#[derive(Clone, Copy, Debug)]
pub enum After {
    /// `canon_lift` of that task, and behind it the caller.
    Lift(TaskId),
    /// `request_cancellation` of that task, and behind it `subtask.cancel`.
    Cancel(TaskId, CancelMode),
    /// The event loop.
    Tick,
}

/// The immediate `async?` of `subtask.cancel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CancelMode {
    Sync,
    Async,
}

/// `Continuation`, with `ready_func`.
#[derive(Debug)]
pub struct Blocked {
    /// Its frames; `None` where it has none, as between two calls of a callback.
    pub machine: Option<Box<Machine>>,
    /// What happens when it is resumed.
    pub then: Then,
    /// What it waits for; `None` while it is suspended.
    pub ready: Option<Ready>,
    /// When it began to wait: of all that are ready, the first comes first.
    pub since: u64,
    /// Whether it is among those that may be ready.
    pub woken: bool,
}

/// `ready_func`
#[derive(Clone, Copy, Debug)]
pub enum Ready {
    /// At once.
    Now,
    /// `not has_backpressure()`
    MayEnter,
    /// `exclusive_thread is None`
    NotExclusive,
    /// An event of a set.
    Event(WaitableSetId),
    /// The condition of `wait_from_callback`.
    CallbackEvent(WaitableSetId),
    /// `subtask.resolved`
    Resolved(TaskId),
    /// An event of a stream's or future's end.
    Copied(EndId),
}

/// Ten thousand threads may be blocked at once.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Thread>() <= 96);

/// What happens when a blocked thread is resumed.
#[derive(Clone, Copy, Debug)]
pub enum Then {
    /// The rest of `enter_implicit_thread`.
    Enter,
    /// An explicit thread begins.
    Begin {
        /// Its function.
        func: store::FuncId,
        /// Its argument.
        context: u64,
    },
    /// A built-in returns 0.
    ReturnZero,
    /// The rest of `waitable-set.wait`.
    Wait {
        /// The set.
        set: WaitableSetId,
        /// The memory that gets the event.
        memory: MemoryId,
        /// Where.
        ptr: u64,
    },
    /// The rest of a synchronous `canon lower`.
    Lower(TaskId),
    /// The rest of `subtask.cancel`.
    SubtaskCancel(TaskId),
    /// The rest of a synchronous copy, or of one's cancellation.
    Copy(EndId),
    /// The rest of a callback's `YIELD`.
    CallbackYield,
    /// The rest of a callback's `WAIT`.
    CallbackWait(WaitableSetId),
}
