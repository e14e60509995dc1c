//! Calls that nobody has looked at yet.
//!
//! A call that begins, runs and ends before its caller goes on, and in which nothing asks for the
//! current thread or lends a handle, needs neither [`Task`](super::Task) nor [`Thread`](super::Thread): nobody can
//! tell that they are not there. It is an entry of [`Live::directs`], above all threads that run. Whoever
//! asks for the current thread, or adds one, makes all of these calls ordinary ones first
//! ([`Live::identify`]), in the order in which they began: so indices of threads are given out as
//! if each had had its thread from the start.
//!
//! Without async functions no program can tell at all: there are no other calls, and what can be seen of their tasks
//! is with the call: `state/alone.rs`.

#[cfg(not(feature = "component-async"))]
use super::alone::Own;
use super::{CanonId, ComponentInstanceId, FuncId, HostFuncId, Live, TaskId};
use crate::error::{Bug, Result};
use crate::exec::Depth;

/// The task of a side, as long as nothing asks for it.
pub const NOBODY: TaskId = TaskId::new(u32::MAX);

/// A call that nobody has looked at yet.
#[derive(Clone, Copy, Debug)]
pub struct Direct {
    /// The component instance that runs; where the host does, its caller.
    pub inst: ComponentInstanceId,
    /// What is called.
    pub work: Work,
    /// Who waits for it.
    pub caller: DirectCaller,
    /// How high the machine's stacks stood when it began.
    #[cfg(feature = "component-async")]
    pub base: Depth,
    /// Which core function of it runs.
    pub phase: Phase,
    /// Its result, once that has crossed, if it is a core value.
    pub result: Option<u64>,
    /// `ft.async_`
    #[cfg(feature = "component-async")]
    pub is_async: bool,
    /// `needs_exclusive`
    #[cfg(feature = "component-async")]
    pub needs_exclusive: bool,
    /// Whether it has returned by `task.return`.
    #[cfg(feature = "component-async")]
    pub has_returned: bool,
    /// How many handles were lent before it began: see [`Live::lent`].
    pub lent: u32,
    /// What a task would have.
    #[cfg(not(feature = "component-async"))]
    pub own: Own,
}

/// What a call runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// A lifted core function.
    Func(FuncId),
    /// A destructor.
    Dtor,
    /// The start function of a core module.
    Start,
    /// A `realloc`.
    Realloc,
    /// A function of the host.
    Host(HostFuncId),
}

/// Which core function of a call returns into the boundary frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The function that was called.
    Callee,
    /// The callback of an async lift.
    #[cfg(feature = "component-async")]
    Callback,
    /// `post-return`
    PostReturn,
    /// The function of an explicit thread.
    #[cfg(feature = "component-async")]
    Explicit,
}

/// Who waits for such a call: see [`Caller`](super::Caller).
#[derive(Clone, Copy, Debug)]
pub enum DirectCaller {
    /// The host.
    Host,
    /// A component instance, by a function that it has lowered.
    Component {
        /// The instance.
        inst: ComponentInstanceId,
        /// The lowered function.
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
    },
    /// A component instance, whose handle was dropped or whose `realloc` is needed.
    Engine(ComponentInstanceId),
}

impl DirectCaller {
    /// The component instance that waits.
    pub const fn instance(self) -> Option<ComponentInstanceId> {
        match self {
            DirectCaller::Host | DirectCaller::Handed { .. } => None,
            DirectCaller::Component { inst, .. } | DirectCaller::Engine(inst) => Some(inst),
        }
    }
}

impl Direct {
    /// A call that begins.
    #[inline(always)]
    #[cfg_attr(not(feature = "component-async"), allow(unused_variables))]
    pub fn new(inst: ComponentInstanceId, work: Work, caller: DirectCaller, base: Depth, lent: usize) -> Self {
        Self {
            inst,
            work,
            caller,
            #[cfg(feature = "component-async")]
            base,
            phase: Phase::Callee,
            result: None,
            #[cfg(feature = "component-async")]
            is_async: false,
            #[cfg(feature = "component-async")]
            needs_exclusive: false,
            #[cfg(feature = "component-async")]
            has_returned: false,
            // Handles are fewer than 2³².
            lent: lent as u32,
            #[cfg(not(feature = "component-async"))]
            own: Own::NEW,
        }
    }

    /// The same of a function whose type may be async.
    #[inline(always)]
    #[cfg_attr(not(feature = "component-async"), allow(unused_variables))]
    pub fn with(self, is_async: bool, needs_exclusive: bool) -> Self {
        #[cfg(feature = "component-async")]
        return Self { is_async, needs_exclusive, ..self };
        #[cfg(not(feature = "component-async"))]
        self
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

    /// Locks down the instances that took part in a call that is given up after a trap.
    pub(super) fn poison_direct(&mut self, direct: &Direct) {
        for inst in [Some(direct.inst), direct.caller.instance()].into_iter().flatten() {
            self.poison_instance(inst);
        }
    }
}
