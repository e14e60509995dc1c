//! Functions of other components that a dispatcher can call by itself: what crosses lies in core values
//! and in memory that is there already.

use super::{ImageId, InstanceId, MemoryId};
use crate::support::Arena;
use crate::support::index::index_type;
use crate::types::component::FuncTypeId;

index_type! {
    /// Such a function of a store.
    CrossingId;
}

/// A function of another component, lowered, whose values have neither pointers nor handles in them.
#[derive(Clone, Copy, Debug)]
pub struct Crossing {
    /// The number that the component runtime knows it by.
    pub canon: u32,
    /// The core function that it lifts, which an instance defines under that number.
    pub instance: InstanceId,
    /// See above.
    pub func: u32,
    /// The image with its type as the callee sees it.
    pub image: ImageId,
    /// Its type.
    pub ty: FuncTypeId,
    /// How many core parameters the lowered function has; the last one says where a result in memory goes.
    pub params: u32,
    /// The memories that a result is in: the callee's and the caller's.
    pub result: Option<(MemoryId, MemoryId)>,
}

/// All of them, and how it stands with their calls.
#[derive(Debug, Default)]
pub struct Crossings {
    /// The functions.
    pub funcs: Arena<CrossingId, Crossing>,
    /// Their calls.
    pub calls: CrossedCalls,
}

/// How it stands with calls that cross.
#[derive(Debug, Default)]
pub struct CrossedCalls {
    /// Whether calls may cross without their owner, who says so each time before code runs.
    pub is_open: bool,
    /// How many calls of the running machine have crossed that the owner does not know of yet.
    pub unknown: u32,
}
