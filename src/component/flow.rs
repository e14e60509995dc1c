//! What comes after a step of the component runtime.

#[cfg(not(feature = "component-async"))]
use super::state::HostFuncId;
#[cfg(feature = "component-async")]
use super::state::{HostFuncId, TaskId, ThreadId};

/// How it goes on after a canonical built-in was called or a core function has returned.
#[derive(Clone, Copy, Debug)]
pub enum Flow {
    /// The machine runs on: a built-in has returned, or a callee is on top.
    Run,
    /// A function of the host is to be called: see [`host_side`](super::host_call::host_side) and
    /// [`finish_host`](super::host_call::finish_host).
    #[cfg(not(feature = "component-async"))]
    Host(HostFuncId),
    /// A function of the host is to be called, which is the call's [`Work`](super::state::Work): see
    /// [`host_side`](super::host_call::host_side) and [`finish_host`](super::host_call::finish_host).
    #[cfg(feature = "component-async")]
    Host(TaskId),
    /// A destructor of the host is to be called, and gets the number on top of the stack; the machine runs on
    /// afterwards.
    HostDtor(HostFuncId),
    /// The arguments of a call of the host's are wanted: see [`lift::start`](super::canon::lift::start).
    #[cfg(feature = "component-async")]
    HostStart(TaskId),
    /// The result of a call of the host's is there: see [`lift::result`](super::canon::lift::result) and
    /// [`lift::end`](super::canon::lift::end).
    #[cfg(feature = "component-async")]
    HostResult(TaskId),
    /// The current thread has blocked or ended.
    #[cfg(feature = "component-async")]
    Ended,
    /// Nothing runs before the host's function is ready that the current thread has called.
    #[cfg(feature = "component-async")]
    Stalled,
    /// That thread, which is blocked, is the current one from now on.
    #[cfg(feature = "component-async")]
    Switch(ThreadId),
}

/// What the functions of this layer return comes back in registers.
const _: () = assert!(size_of::<Flow>() <= 8);
