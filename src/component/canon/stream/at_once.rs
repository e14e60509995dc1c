//! Copies that end at once, while code runs: nobody waits, and nothing is written down but what the other end gets.

use super::super::{CanonFunc, Options};
use super::{arguments, integer_size, move_bytes};
use crate::component::abi::string::range;
use crate::component::boundary;
use crate::component::state::Live;
use crate::component::state::end::{EndKind, EndState, MAX_LENGTH};
use crate::store::{Memory, MemoryId};
use crate::support::Arena;
use crate::types::component::ValType;

/// Whether copies of such values may go this way.
pub fn may_end_at_once(ty: Option<ValType>) -> bool {
    ty.and_then(integer_size).is_some()
}

/// [`copy`](super::copy) of integers where a guest with another memory has waited for it: what it returns, and how many
/// bytes it was. `None` where there is more to it, or it traps; nothing has changed then.
pub fn at_once(
    live: &mut Live,
    memories: &mut Arena<MemoryId, Memory>,
    canon: &CanonFunc,
    (kind, ty, opts): (EndKind, ValType, &Options),
    args: &[u64],
) -> Option<(u32, u64)> {
    let (index, ptr, length) = arguments(kind, args)?;
    let (size, ptr) = (integer_size(ty)?, boundary::pointer(opts, ptr));
    let id = live.instances.get(canon.inst)?.handles.get(index).ok()?.end(index).ok()?;
    let end = live.ends.get(id)?;
    let other = end.other?;
    let waiting = live.ends.get(other)?;
    let others = waiting.buffer.as_ref()?;
    let is_idle = matches!(end.state, EndState::Idle) && end.waitable.set.is_none();
    let fits = length <= u64::from(MAX_LENGTH) && ptr.is_multiple_of(u64::from(size));
    if !is_idle || !fits || end.kind != kind || end.ty != Some(ty) || waiting.owner.is_none() {
        return None;
    }
    let count = others.remain().min(length as u32);
    // All of the buffer has to be there, also what is not copied.
    let own = memories.get(opts.memory?)?.bytes();
    if count == 0 || range(own, ptr, length * u64::from(size)).is_none() {
        return None;
    }
    let (own, others) = ((opts.memory, ptr), (others.opts.memory, others.ptr));
    let (from, to) = if kind.is_readable() { (others, own) } else { (own, others) };
    let bytes = u64::from(count) * u64::from(size);
    move_bytes(memories, from, to, bytes)?;
    live.advance(other, count, size).ok()?;
    let event = live.end_event(id, count).ok()?;
    Some((event.payload, bytes))
}
