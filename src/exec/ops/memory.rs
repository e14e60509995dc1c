//! Loads and stores, by their shape, and small bulk operations on the memory at hand (core
//! spec, Memory Instructions). All other work on memories is in `bulk`.

use super::bulk::range_mut;
use crate::error::Trap;
#[cfg(feature = "multi-memory")]
use crate::exec::activation::Exit;
use crate::exec::activation::Step;
use crate::exec::registers::{Access, Registers, place};
use crate::exec::slot::Value;
use crate::syntax::MemIdx;
#[cfg(feature = "multi-memory")]
use crate::syntax::instr::opcode;

/// The `N` bytes that an access at `address` is for, if they are within the memory.
#[inline(always)]
pub(super) fn bytes<'m, 'a: 'm, const N: usize>(
    a: &'m mut impl Registers<'a>,
    access: Access,
    address: u64,
) -> Option<&'m mut [u8; N]> {
    let Access { other, offset } = access;
    match other {
        None => a.bytes(address, offset),
        Some(index) => place(other_memory(a, index)?, address, offset),
    }
}

/// The memory with that index.
#[inline(always)]
fn other_memory<'m, 'a: 'm>(a: &'m mut impl Registers<'a>, index: MemIdx) -> Option<&'m mut [u8]> {
    let id = a.cx().here.instance.memory(index);
    debug_assert!(id.is_some(), "a memory is missing");
    // Two indices may stand for one memory.
    if id == a.cx().here.memory {
        return Some(a.memory());
    }
    Some(a.cx().memories.get_mut(id?)?.bytes_mut())
}

/// Any load: `decode` makes a value of the bytes.
#[inline(always)]
pub(in crate::exec) fn load<'a, const N: usize, T: Value>(
    a: &mut impl Registers<'a>,
    decode: impl Fn([u8; N]) -> T,
) -> Step {
    let access = a.access();
    let address = a.top();
    let Some(bytes) = bytes(a, access, address) else { return Err(a.out_of_bounds()) };
    let value = decode(*bytes);
    a.set_top_value(value.into_slots());
    Ok(())
}

/// Any store: `encode` makes bytes of a value.
#[inline(always)]
pub(in crate::exec) fn store<'a, const N: usize, T: Value>(
    a: &mut impl Registers<'a>,
    encode: impl Fn(T) -> [u8; N],
) -> Step {
    let access = a.access();
    let value = T::from_slots(a.pop_value());
    let address = a.pop();
    let Some(bytes) = bytes(a, access, address) else { return Err(a.out_of_bounds()) };
    *bytes = encode(value);
    Ok(())
}

/// `memory.fill` of the memory at hand.
#[inline(always)]
pub(in crate::exec) fn memory_fill<'a>(a: &mut impl Registers<'a>) -> Step {
    #[cfg(feature = "multi-memory")]
    if a.next_byte() != 0 {
        return Err(a.halt(Exit::Slow(opcode::memory_fill)));
    }
    a.skip_number();
    let (len, value, to) = (a.pop(), a.pop(), a.pop());
    // The value is cut to a byte, as the specification says.
    let Some(bytes) = range_mut(a.memory(), to, len) else { return Err(a.halt(Trap::OutOfBoundsMemoryAccess)) };
    bytes.fill(value as u8);
    a.charge_extra(len);
    Ok(())
}

/// `memory.copy` within the memory at hand.
#[inline(always)]
pub(in crate::exec) fn memory_copy<'a>(a: &mut impl Registers<'a>) -> Step {
    #[cfg(feature = "multi-memory")]
    if a.peek_array() != [0, 0] {
        return Err(a.halt(Exit::Slow(opcode::memory_copy)));
    }
    a.skip_number();
    a.skip_number();
    let (len, from, to) = (a.pop(), a.pop(), a.pop());
    let memory = a.memory();
    if range_mut(memory, from, len).is_none() || range_mut(memory, to, len).is_none() {
        return Err(a.halt(Trap::OutOfBoundsMemoryAccess));
    }
    // Both ranges are within the memory, so these fit and nothing panics.
    let (len, from, to) = (len as usize, from as usize, to as usize);
    a.memory().copy_within(from..from + len, to);
    a.charge_extra(len as u64);
    Ok(())
}

slow! { memory_size memory_grow memory_init data_drop }
