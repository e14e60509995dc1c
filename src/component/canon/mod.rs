//! Canonical definitions at run time (`CanonicalABI.md`, Canonical Definitions): one function for
//! each built-in, named as its row in `syntax/canon.rs`.

#[cfg(feature = "component-async")]
pub mod async_builtin;
#[cfg(feature = "component-async")]
pub mod backpressure;
#[cfg(feature = "component-async")]
pub mod callback;
#[cfg(feature = "component-async")]
pub mod context;
#[cfg(crossings)]
pub mod crossed;
pub mod direct;
#[cfg(feature = "component-async")]
mod direct_async;
#[cfg(feature = "component-async")]
pub mod error_context;
pub mod handed;
#[cfg(feature = "component-async")]
pub mod lift;
pub mod lower;
#[cfg(feature = "component-async")]
pub(in crate::component) mod progress;
pub mod resource;
#[cfg(feature = "component-async")]
pub mod stream;
#[cfg(feature = "component-async")]
pub mod subtask;
#[cfg(feature = "component-async")]
pub mod task;
#[cfg(feature = "component-async")]
pub mod thread;
#[cfg(feature = "component-async")]
pub mod waitable_set;

use super::abi::context::Cx;
use super::flow::Flow;
use super::state::{CanonId, ComponentInstanceId, FuncId, ResourceTypeId};
use crate::error::Result;
#[cfg(feature = "component-async")]
use crate::error::{Error, ErrorKind};
use crate::store::{self, MemoryId};
use crate::syntax::AddrType;
#[cfg(feature = "component-async")]
use crate::syntax::Features;
use crate::syntax::canon::StringEncoding;
use crate::types::component::FuncTypeId;

/// `CanonicalOptions`
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// `string_encoding`
    pub string_encoding: StringEncoding,
    /// `memory`
    pub memory: Option<MemoryId>,
    /// `memory.ptr_type()`, which [`pointer`](Self::pointer) says.
    pub pointer: AddrType,
    /// `realloc`
    pub realloc: Realloc,
    /// `post_return`
    pub post_return: Option<store::FuncId>,
    /// `async_`
    pub is_async: bool,
    /// `callback`
    pub callback: Option<store::FuncId>,
}

impl Options {
    /// What holds where nothing is said.
    pub const DEFAULT: Self = Self {
        string_encoding: StringEncoding::Utf8,
        memory: None,
        pointer: AddrType::I32,
        realloc: Realloc::None,
        post_return: None,
        is_async: false,
        callback: None,
    };

    /// `memory.ptr_type()`
    #[inline(always)]
    pub const fn pointer(&self) -> AddrType {
        self.pointer.built()
    }

    /// `async_`
    #[inline(always)]
    pub const fn is_async(&self) -> bool {
        cfg!(feature = "component-async") && self.is_async
    }

    /// `needs_exclusive`
    pub fn needs_exclusive(&self) -> bool {
        !self.is_async || self.callback.is_some()
    }
}

/// Who makes room for what is lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Realloc {
    /// Nobody: nothing needs it.
    None,
    /// A core function.
    Func(store::FuncId),
    /// The engine, in a memory of its own.
    Scratch,
}

/// A core function that a canonical definition made.
#[derive(Clone, Copy, Debug)]
pub struct CanonFunc {
    /// The component instance that it belongs to.
    pub inst: ComponentInstanceId,
    /// How many core parameters it has.
    pub params: u32,
    /// What it does.
    pub kind: CanonKind,
}

/// `BLOCKED`
#[cfg(feature = "component-async")]
const BLOCKED: u64 = 0xFFFF_FFFF;

/// What a canonical core function does.
#[derive(Clone, Copy, Debug)]
pub enum CanonKind {
    /// `canon lower`
    Lower(Lower),
    /// `canon resource.new`
    ResourceNew(ResourceTypeId),
    /// `canon resource.drop`
    ResourceDrop(ResourceTypeId),
    /// `canon resource.rep`
    ResourceRep(ResourceTypeId),
    /// `canon context.get` of that slot, 32 bits wide or all of it.
    #[cfg(feature = "component-async")]
    ContextGet(u32, AddrType),
    /// `canon context.set`
    #[cfg(feature = "component-async")]
    ContextSet(u32, AddrType),
    /// `canon backpressure.inc`
    #[cfg(feature = "component-async")]
    BackpressureInc,
    /// `canon backpressure.dec`
    #[cfg(feature = "component-async")]
    BackpressureDec,
    /// One that comes with async functions.
    #[cfg(feature = "component-async")]
    Async(async_builtin::AsyncBuiltin),
    /// One that is not there yet.
    #[cfg(feature = "component-async")]
    Unsupported(Features),
}

/// `canon lower`
#[derive(Clone, Copy, Debug)]
pub struct Lower {
    /// What is called.
    pub func: FuncId,
    /// Its type as the caller sees it, in the caller's image.
    pub ty: FuncTypeId,
    /// The caller's options.
    pub opts: Options,
    /// Whether the last core parameter is where results go.
    pub result_pointer: bool,
    /// How values of its calls cross.
    pub way: direct::Way,
}

/// Calls a canonical core function: its arguments are on top of the machine's stack.
pub fn call(cx: &mut Cx<'_>, id: CanonId) -> Result<Flow> {
    let canon = cx.linked.canon(id)?;
    match canon.kind {
        CanonKind::Lower(ref lower) => lower::lower(cx, id, canon, lower),
        CanonKind::ResourceNew(rt) => resource::resource_new(cx, canon, rt),
        CanonKind::ResourceDrop(rt) => resource::resource_drop(cx, canon, rt),
        CanonKind::ResourceRep(rt) => resource::resource_rep(cx, canon, rt),
        #[cfg(feature = "component-async")]
        CanonKind::ContextGet(slot, width) => context::context_get(cx, canon, slot, width),
        #[cfg(feature = "component-async")]
        CanonKind::ContextSet(slot, width) => context::context_set(cx, canon, slot, width),
        #[cfg(feature = "component-async")]
        CanonKind::BackpressureInc => backpressure::backpressure_inc(cx, canon),
        #[cfg(feature = "component-async")]
        CanonKind::BackpressureDec => backpressure::backpressure_dec(cx, canon),
        #[cfg(feature = "component-async")]
        CanonKind::Async(ref builtin) => async_builtin::call(cx, canon, builtin),
        #[cfg(feature = "component-async")]
        CanonKind::Unsupported(feature) => {
            cx.live.instance(canon.inst)?.trap_unless_may_leave()?;
            Err(Error::new(ErrorKind::Unsupported(feature)))
        }
    }
}

impl CanonFunc {
    /// The first argument of a built-in.
    fn argument(&self, cx: &Cx<'_>) -> u32 {
        cx.machine.args(self.params as usize).first().map_or(0, |slot| *slot as u32)
    }

    /// All arguments of a built-in.
    #[cfg(feature = "component-async")]
    fn arguments<const N: usize>(&self, cx: &Cx<'_>) -> Result<[u64; N]> {
        let args = cx.machine.args(self.params as usize);
        Ok(args.try_into().map_err(|_| crate::error::bug!("a built-in with another number of parameters"))?)
    }

    /// Returns from a built-in.
    fn done(&self, cx: &mut Cx<'_>, results: &[u64]) -> Result<Flow> {
        cx.machine.finish_call(&cx.core.state.quota.limits, self.params as usize, results)?;
        Ok(Flow::Run)
    }
}
