//! Why the machine stopped.

use crate::store::FuncId;

/// Why the machine stopped. Each but [`Stop::Done`] can be gone on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// No frame is left; the results of the first call are on top of the stack.
    Done,
    /// A function is called whose code is not WebAssembly: its arguments are on top of the
    /// stack, and [`finish_call`](super::Machine::finish_call) replaces them by its results.
    Call(FuncId),
    /// What was called above a boundary frame has returned: the frame is gone, the results are
    /// on top of the stack. Carries the boundary's token.
    ReturnInto(u32),
    /// The heap asks for a collection: the owner calls
    /// [`State::collect`](crate::store::State::collect) with all roots, those of this machine
    /// included, and goes on.
    #[cfg(feature = "heap")]
    Collect,
    /// The store's fuel is used up; goes on once there is more.
    OutOfFuel,
    /// The thread waits for another one; goes on once that has woken it, or by
    /// [`stop_waiting`](super::Machine::stop_waiting).
    Wait,
}
