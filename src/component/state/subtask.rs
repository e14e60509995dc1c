//! The caller's side of a call (`CanonicalABI.md`, Subtask State).

use super::resource::HostHandle;
#[cfg(feature = "component-async")]
use super::waitable::Waitable;
use super::{Live, TaskId};
use crate::error::Result;
use crate::support::Vec;

/// `Subtask`
#[derive(Debug)]
pub struct Subtask {
    /// `state`
    pub state: SubtaskState,
    /// `lenders`: indices of handles in the caller's table that are lent for the call.
    pub lenders: Vec<u32>,
    /// The same for a caller that is the host.
    pub host_lenders: Vec<HostHandle>,
    /// `resolve_delivered`: whether the caller knows how the call ended.
    pub resolve_delivered: bool,
    /// `flat_results`, at most one.
    pub flat_result: Option<u64>,
    /// What `on_start` lifts, kept where the callee could not start at once.
    #[cfg(feature = "component-async")]
    pub flat_args: Vec<u64>,
    /// `cancellation_requested`
    #[cfg(feature = "component-async")]
    pub cancellation_requested: bool,
    /// Its index in the caller's table, once it has one.
    #[cfg(feature = "component-async")]
    pub index: Option<u32>,
    /// What makes it a `Waitable`.
    #[cfg(feature = "component-async")]
    pub waitable: Waitable,
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
            lenders: Vec::new(),
            host_lenders: Vec::new(),
            resolve_delivered: false,
            flat_result: None,
            #[cfg(feature = "component-async")]
            flat_args: Vec::new(),
            #[cfg(feature = "component-async")]
            cancellation_requested: false,
            #[cfg(feature = "component-async")]
            index: None,
            #[cfg(feature = "component-async")]
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
        let lenders = core::mem::take(&mut task.subtask.lenders);
        let host_lenders = core::mem::take(&mut task.subtask.host_lenders);
        if let Some(inst) = caller {
            let handles = &mut self.instance_mut(inst)?.handles;
            for index in &lenders {
                handles.get_mut(*index)?.resource_mut(*index)?.num_lends -= 1;
            }
        }
        self.return_host_lends(&host_lenders);
        Ok(())
    }

    /// What the host has lent for a call comes back.
    pub fn return_host_lends(&mut self, lenders: &[HostHandle]) {
        for name in lenders {
            if let Ok(handle) = self.host.get(*name) {
                handle.num_lends -= 1;
            }
        }
    }
}
