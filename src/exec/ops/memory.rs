//! Loads and stores, by their shape, and small bulk operations on the memory at hand (core
//! spec, Memory Instructions). All other work on memories is in `bulk`.

use crate::error::{Trap, bug};
use crate::exec::activation::{Exit, Step};
use crate::exec::registers::{Access, Registers, place};
use crate::exec::slot::Value;
use crate::syntax::instr::opcode;

/// The `N` bytes that an access at `address` is for.
#[inline(always)]
pub(super) fn bytes<'m, 'a: 'm, const N: usize>(
    a: &'m mut impl Registers<'a>,
    access: Access,
    address: u64,
) -> Step<&'m mut [u8; N]> {
    let Access { other, offset } = access;
    let Some(index) = other else { return a.bytes(address, offset) };
    let id = a.cx().instance.memory(index);
    // Two indices may stand for one memory.
    if id == a.cx().memory {
        return a.bytes(address, offset);
    }
    match id.and_then(|id| a.cx().memories.get_mut(id)) {
        Some(memory) => place(memory.bytes_mut(), address, offset),
        None => Err(bug!("a memory is missing").into()),
    }
}

/// Any load: `decode` makes a value of the bytes.
#[inline(always)]
pub(in crate::exec) fn load<'a, const N: usize, T: Value>(
    a: &mut impl Registers<'a>,
    decode: impl Fn([u8; N]) -> T,
) -> Step {
    let access = a.access();
    let address = a.top();
    let bytes = *bytes(a, access, address)?;
    a.set_top_value(decode(bytes).into_slots());
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
    *bytes::<N>(a, access, address)? = encode(value);
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
