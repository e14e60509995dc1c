//! Loads and stores, by their shape, and small bulk operations on the memory at hand (core
//! spec, Memory Instructions). All other work on memories is in `bulk`.

use crate::error::{Trap, bug};
use crate::exec::activation::{Exit, Step};
use crate::exec::registers::Registers;
use crate::exec::slot::Value;
use crate::syntax::MemIdx;
use crate::syntax::instr::opcode;

/// Where an access goes.
pub(super) struct Access {
    /// The memory, if it has another index than 0.
    pub(super) other: Option<MemIdx>,
    pub(super) offset: u64,
}

/// Reads the immediates of an access.
#[inline(always)]
pub(super) fn access<'a>(a: &mut impl Registers<'a>) -> Access {
    const HAS_MEMORY: u32 = 0x40;
    let flags = a.index();
    let other = if flags & HAS_MEMORY != 0 { Some(MemIdx::new(a.index())) } else { None };
    Access { other, offset: a.unsigned() }
}

/// The `N` bytes from `offset + address` on.
#[inline(always)]
pub(super) fn place<const N: usize>(memory: &mut [u8], address: u64, offset: u64) -> Step<&mut [u8; N]> {
    let start = address.checked_add(offset).and_then(|start| usize::try_from(start).ok());
    let place = start.and_then(|start| memory.get_mut(start..)).and_then(|rest| rest.first_chunk_mut::<N>());
    match place {
        Some(place) => Ok(place),
        None => Err(Exit::Trap(Trap::OutOfBoundsMemoryAccess)),
    }
}

/// The bytes of the memory that an access names.
#[inline(always)]
pub(super) fn memory<'m, 'a: 'm>(a: &'m mut impl Registers<'a>, other: Option<MemIdx>) -> Step<&'m mut [u8]> {
    let Some(index) = other else { return Ok(a.memory()) };
    let id = a.cx().instance.memory(index);
    // Two indices may stand for one memory.
    if id == a.cx().memory {
        return Ok(a.memory());
    }
    match id.and_then(|id| a.cx().memories.get_mut(id)) {
        Some(memory) => Ok(memory.bytes_mut()),
        None => Err(bug!("a memory is missing").into()),
    }
}

/// Any load: `decode` makes a value of the bytes.
#[inline(always)]
pub(in crate::exec) fn load<'a, const N: usize, T: Value>(
    a: &mut impl Registers<'a>,
    decode: impl Fn([u8; N]) -> T,
) -> Step {
    let Access { other, offset } = access(a);
    let address = a.top();
    let bytes = *place::<N>(memory(a, other)?, address, offset)?;
    a.set_top_value(decode(bytes).into_slots());
    Ok(())
}

/// Any store: `encode` makes bytes of a value.
#[inline(always)]
pub(in crate::exec) fn store<'a, const N: usize, T: Value>(
    a: &mut impl Registers<'a>,
    encode: impl Fn(T) -> [u8; N],
) -> Step {
    let Access { other, offset } = access(a);
    let value = T::from_slots(a.pop_value());
    let address = a.pop();
    *place::<N>(memory(a, other)?, address, offset)? = encode(value);
    Ok(())
}

/// `memory.fill` of the memory at hand.
#[inline(always)]
pub(in crate::exec) fn memory_fill<'a>(a: &mut impl Registers<'a>) -> Step {
    if a.next_byte() != 0 {
        return Err(Exit::Slow(opcode::memory_fill));
    }
    a.skip_byte();
    let (len, value, to) = (a.pop(), a.pop(), a.pop());
    // The value is cut to a byte, as the specification says.
    range(a.memory(), to, len)?.fill(value as u8);
    a.charge_extra(len);
    Ok(())
}

/// `memory.copy` within the memory at hand.
#[inline(always)]
pub(in crate::exec) fn memory_copy<'a>(a: &mut impl Registers<'a>) -> Step {
    if a.peek_array() != [0, 0] {
        return Err(Exit::Slow(opcode::memory_copy));
    }
    let [_, _] = a.array();
    let (len, from, to) = (a.pop(), a.pop(), a.pop());
    range(a.memory(), from, len)?;
    range(a.memory(), to, len)?;
    // Both ranges are within the memory, so these fit and nothing panics.
    let (len, from, to) = (len as usize, from as usize, to as usize);
    a.memory().copy_within(from..from + len, to);
    a.charge_extra(len as u64);
    Ok(())
}

#[inline(always)]
fn range(memory: &mut [u8], start: u64, len: u64) -> Step<&mut [u8]> {
    super::bulk::range_mut(memory, start, len).ok_or(Exit::Trap(Trap::OutOfBoundsMemoryAccess))
}

slow! { memory_size memory_grow memory_init data_drop }
