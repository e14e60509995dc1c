//! A memory of the engine's own, through which values go from the host to the host and from an instance to itself. All of
//! it is free again once nobody uses it.

use super::abi::context::Cx;
use super::canon::{Options, Realloc};
use super::state::{Live, Scratch};
use crate::error::Result;
use crate::syntax::{AddrType, MemoryType};

/// Begins to use it, which [`end`] ends.
pub fn begin(cx: &mut Cx<'_>) -> Result<Options> {
    if cx.live.scratch.is_none() {
        let ty = MemoryType { addr: AddrType::I32, shared: false, min: 0, max: None, custom_page_size: Some(0) };
        cx.live.scratch = Some(Scratch { memory: cx.core.state.add_memory(ty)?, used: 0, users: 0 });
    }
    if let Some(scratch) = &mut cx.live.scratch {
        scratch.users += 1;
    }
    let memory = cx.live.scratch.map(|scratch| scratch.memory);
    Ok(Options { memory, ..OPTIONS })
}

/// What lifts from it and lowers to it, whichever memory it is.
pub const OPTIONS: Options = Options { realloc: Realloc::Scratch, ..Options::DEFAULT };

/// Somebody uses it no more.
pub fn end(live: &mut Live) {
    if let Some(scratch) = &mut live.scratch {
        scratch.users = scratch.users.saturating_sub(1);
        if scratch.users == 0 {
            scratch.used = 0;
        }
    }
}
