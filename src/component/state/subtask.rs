//! The caller's side of a call (`CanonicalABI.md`, Subtask State).

use super::resource::HostHandle;
use super::waitable::Waitable;
use super::{Live, TaskId};
use crate::error::Result;
use crate::support::{Box, Few, Vec};

/// `Subtask`
#[derive(Debug)]
pub struct Subtask {
    /// `state`
    pub state: SubtaskState,
    /// `lenders`: handles of the caller's that are lent for the call.
    pub lenders: Few<Lender>,
    /// `resolve_delivered`: whether the caller knows how the call ended.
    pub resolve_delivered: bool,
    /// `flat_results`, at most one.
    pub flat_result: Option<u64>,
    /// What `on_start` lifts, kept where the callee could not start at once.
    pub flat_args: Option<Box<Vec<u64>>>,
    /// `cancellation_requested`
    pub cancellation_requested: bool,
    /// Its index in the caller's table, once it has one.
    pub index: Option<u32>,
    /// What makes it a `Waitable`.
    pub waitable: Waitable,
}

/// A handle that is lent for a call.
#[derive(Clone, Copy, Debug)]
pub enum Lender {
    /// Of the caller, by its index in the table.
    Guest(u32),
    /// Of the host, which calls.
    Host(HostHandle),
}

/// `Subtask.State`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SubtaskState {
    Starting = 0,
    Started = 1,
    Returned = 2,
    CancelledBeforeStarted = 3,
    CancelledBeforeReturned = 4,
}

impl Subtask {
    /// One of a call that begins.
    pub fn new() -> Self {
        Self {
            state: SubtaskState::Starting,
            lenders: Few::None,
            resolve_delivered: false,
            flat_result: None,
            flat_args: None,
            cancellation_requested: false,
            index: None,
            waitable: Waitable::default(),
        }
    }

    /// `resolved`
    pub const fn resolved(&self) -> bool {
        !matches!(self.state, SubtaskState::Starting | SubtaskState::Started)
    }
}

impl Default for Subtask {
    fn default() -> Self {
        Self::new()
    }
}

impl Live {
    /// `Subtask.deliver_resolve`: what was lent comes back.
    pub fn deliver_resolve(&mut self, id: TaskId) -> Result<()> {
        let task = self.task(id)?;
        task.subtask.resolve_delivered = true;
        let caller = task.caller.instance();
        for lender in core::mem::take(&mut task.subtask.lenders).iter() {
            match (*lender, caller) {
                (Lender::Guest(index), Some(inst)) => {
                    self.instance_mut(inst)?.handles.get_mut(index)?.resource_mut(index)?.num_lends -= 1;
                }
                (Lender::Guest(_), None) => {}
                (Lender::Host(name), _) => self.return_host_lend(name),
            }
        }
        Ok(())
    }
}
