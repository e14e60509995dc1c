//! Calls of the host's functions that are not ready: each is a future of the host's.

use super::{Live, PendingId, TaskId};
use crate::component::abi::context::Cx;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::host_call::HostCall;
use crate::error::{Bug, Result};
use crate::support::DynBox;
use core::task::{Context, Poll};

/// A function of the host that runs: knows neither the store nor its `T`.
pub trait HostFuture: Send {
    /// Goes on; `Ready` once the result is there, or the function has failed.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>>;

    /// Lowers the result, which is there, to the caller's side.
    fn lower(&mut self, cx: &mut Cx<'_>, call: &HostCall<'_>) -> Result<FlatOut>;
}

/// A call of the host's function that is not ready.
pub struct Pending {
    /// The call.
    pub task: TaskId,
    /// What it waits for.
    pub future: DynBox<dyn HostFuture>,
    /// The turn at which it was polled last.
    pub polled: u64,
}

impl Live {
    /// Keeps the future of a call, which becomes one reason more to keep the call.
    pub fn add_pending(&mut self, task: TaskId, future: DynBox<dyn HostFuture>) -> Result<()> {
        let polled = self.turn;
        let id = self.pending.insert(Pending { task, future, polled })?;
        let entry = self.task(task)?;
        entry.pending = Some(id);
        entry.holds += 1;
        Ok(())
    }

    /// Takes the future of a call away. The caller releases the call.
    pub fn take_pending(&mut self, id: PendingId) -> Result<Pending, Bug> {
        let pending = self.pending.remove(id).ok_or_else(super::foreign)?;
        self.task(pending.task)?.pending = None;
        Ok(pending)
    }

    /// Polls each future that was not polled at this turn until one is ready; returns that one,
    /// and whether it has failed.
    pub fn poll_pending(&mut self, cx: &mut Context<'_>) -> Option<(PendingId, Result<()>)> {
        let turn = self.turn;
        for (id, pending) in self.pending.iter_mut() {
            if pending.polled == turn {
                continue;
            }
            pending.polled = turn;
            if let Poll::Ready(done) = pending.future.poll(cx) {
                return Some((id, done));
            }
        }
        None
    }
}
