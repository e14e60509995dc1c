//! Storage of the running thread (`CanonicalABI.md`, `canon context.get`, `canon context.set`).

use super::CanonFunc;
use crate::component::abi::context::Cx;
use crate::component::flow::Flow;
use crate::error::{Result, bug};
use crate::syntax::AddrType;

fn storage<'c>(cx: &'c mut Cx<'_>, slot: u32) -> Result<&'c mut u64> {
    let thread = cx.live.current()?;
    let thread = cx.live.thread_mut(thread)?;
    Ok(thread.storage.get_mut(slot as usize).ok_or_else(|| bug!("a context slot that was not validated"))?)
}

/// What a slot holds of a value.
pub(super) const fn of_width(value: u64, width: AddrType) -> u64 {
    match width {
        AddrType::I32 => value & 0xFFFF_FFFF,
        AddrType::I64 => value,
    }
}

/// `canon context.get`
pub fn context_get(cx: &mut Cx<'_>, canon: &CanonFunc, slot: u32, width: AddrType) -> Result<Flow> {
    let value = of_width(*storage(cx, slot)?, width);
    canon.done(cx, &[value])
}

/// `canon context.set`
pub fn context_set(cx: &mut Cx<'_>, canon: &CanonFunc, slot: u32, width: AddrType) -> Result<Flow> {
    let value = cx.machine.args(1).first().copied().unwrap_or_default();
    *storage(cx, slot)? = of_width(value, width);
    canon.done(cx, &[])
}
