//! What a dispatcher can do by itself for components: calls whose values lie in core values and in memory that is
//! there already, and how those of async functions return.

use super::{Fuel, ImageId, InstanceId, MemoryId};
use crate::support::Arena;
use crate::support::index::index_type;
use crate::syntax::canon::StringEncoding;
use crate::types::component::FuncTypeId;
use crate::{support::Vec, types::component::PrimValType};

index_type! {
    /// Such a function of a store.
    CrossingId;
}

/// A core function that a dispatcher runs for a component.
#[derive(Clone, Copy, Debug)]
pub struct Crossing {
    /// The number that the component runtime knows it by.
    pub canon: u32,
    /// What it does.
    pub kind: CrossingKind,
}

/// What it does.
#[derive(Clone, Copy, Debug)]
pub enum CrossingKind {
    /// It calls a function of another component.
    Call(CrossingCall),
    /// `canon task.return`
    TaskReturn(TaskReturn),
    /// What the component runtime is asked for.
    Owned(OwnedCrossing),
}

/// A function of another component, lowered, whose values have neither pointers nor handles in them.
#[derive(Clone, Copy, Debug)]
pub struct CrossingCall {
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
    /// Where all values are integers: what crosses of each.
    pub integers: Option<Integers>,
    /// Whether it is an async function.
    pub task: Option<CrossingTask>,
}

/// Masks of a function's values, few as they are mostly.
#[derive(Clone, Copy, Debug)]
pub struct Integers {
    /// Those of its parameters.
    pub params: [u64; Self::MOST_PARAMS],
    /// That of its result.
    pub result: Option<u64>,
}

impl Integers {
    /// Parameters at most.
    pub const MOST_PARAMS: usize = 4;
}

/// A canonical function whose values the component runtime sees to, or that it is done by itself.
#[derive(Clone, Copy, Debug)]
pub struct OwnedCrossing {
    /// How many core parameters it has.
    pub params: u32,
    /// How many of its arguments stay on the stack until what it calls has returned.
    pub kept: u32,
    /// The core function that it calls, which that instance defines under that number. There may be none.
    pub callee: Option<(InstanceId, u32)>,
    /// What makes room for parameters, where pointers lead to some.
    pub param_realloc: Option<(InstanceId, u32)>,
    /// The same for results.
    pub result_realloc: Option<(InstanceId, u32)>,
    /// Whether the caller gets a core value.
    pub has_result: bool,
    /// What is called after the result has crossed.
    pub post_return: Option<(InstanceId, u32)>,
}

/// A function lifted with `async` and a callback, and lowered with `async`, whose values are numbers.
#[derive(Clone, Copy, Debug)]
pub struct CrossingTask {
    /// The component instance that it locks, by its place among all.
    pub inst: u32,
    /// What `task.return` has to say.
    pub returns: TaskReturn,
    /// The memory that the result goes to, if there is one.
    pub memory: Option<MemoryId>,
}

/// How a task returns: of which type, and how that is lifted.
#[derive(Clone, Copy, Debug)]
pub struct TaskReturn {
    /// `result`
    pub result: Option<PrimValType>,
    /// `string_encoding`
    pub string_encoding: StringEncoding,
    /// `memory`
    pub memory: Option<MemoryId>,
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
    /// How many calls of the running machine have crossed that the owner has not written down yet.
    pub unknown: u32,
    /// What the owner has counted so far: each call keeps it as it was before.
    pub note: u32,
    /// How much fuel a call of `realloc` may use.
    pub realloc_fuel: u32,
    /// What else the topmost one runs: until it has returned nothing else crosses, since it may not leave its instance.
    pub inner: Option<Inner>,
    /// Of each component instance whether calls of its async functions might have to wait. It is the owner's, and here
    /// while code runs.
    pub held: Vec<bool>,
}

/// What a call that crosses runs besides its callee.
#[derive(Clone, Copy, Debug)]
pub enum Inner {
    /// `realloc`, for parameters or for a result, with fuel of its own.
    Realloc {
        /// What the store has meanwhile.
        outer: Fuel,
        /// How much it may use.
        limit: u32,
        /// Whether it is for a result.
        is_result: bool,
    },
    /// `realloc`, for a string among the parameters of a call of the host's; then its callee runs.
    HostRealloc {
        /// See [`Inner::Realloc`].
        outer: Fuel,
        /// See there.
        limit: u32,
        /// What is called.
        host: HostCall,
    },
    /// `post-return`; then the caller gets this.
    PostReturn {
        /// The core value, if there is one.
        result: Option<u64>,
    },
}

/// Core functions of a call of the host's, by the instances that define them and their numbers there.
#[derive(Clone, Copy, Debug)]
pub struct HostCall {
    /// `realloc`
    pub realloc: (InstanceId, u32),
    /// What is lifted.
    pub callee: (InstanceId, u32),
}

impl Inner {
    /// `realloc` begins, and `fuel` is its own from now on.
    #[inline]
    pub fn realloc(fuel: &mut Fuel, limit: u32, is_result: bool) -> Self {
        let outer = fuel.replace(limit);
        Inner::Realloc { outer, limit, is_result }
    }

    /// The same for a call of the host's.
    #[inline]
    pub fn host_realloc(fuel: &mut Fuel, limit: u32, host: HostCall) -> Self {
        let outer = fuel.replace(limit);
        Inner::HostRealloc { outer, limit, host }
    }

    /// It has ended, however it has: `fuel` is the store's again.
    #[inline]
    pub fn end(self, fuel: &mut Fuel) {
        if let Inner::Realloc { outer, limit, .. } | Inner::HostRealloc { outer, limit, .. } = self {
            let used = i64::from(limit).saturating_sub(fuel.balance()).max(0);
            *fuel = outer;
            fuel.charge(used.cast_unsigned());
        }
    }
}
