//! Active calls (`CanonicalABI.md`, Tasks; Subtask State), as far as synchronous calls need them.
//!
//! The specification's `Task` and `Subtask` are the two sides of one call; as long as calls are
//! synchronous, they begin and end together and are one entry here.

use super::resource::HostHandle;
use super::{CanonId, ComponentInstanceId, FuncId};
use crate::support::Vec;

/// An active call.
#[derive(Debug)]
pub struct Task {
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
    /// `storage`: what `context.get` and `context.set` see.
    pub storage: [u64; 2],
    /// What goes back to the caller after `post-return`, at most one value.
    pub flat_result: Option<u64>,
}

impl Task {
    /// A call that begins.
    pub const fn new(inst: Option<ComponentInstanceId>, caller: Caller, phase: Phase) -> Self {
        Self {
            inst,
            caller,
            phase,
            num_borrows: 0,
            lenders: Vec::new(),
            host_lenders: Vec::new(),
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
    /// A component instance, whose handle was dropped or whose `realloc` is needed.
    Engine(ComponentInstanceId),
}

impl Caller {
    /// The component instance that waits.
    pub const fn instance(self) -> Option<ComponentInstanceId> {
        match self {
            Caller::Host => None,
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
