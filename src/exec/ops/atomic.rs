//! Atomic memory instructions (threads proposal, Atomic Memory Instructions).
//!
//! Only one machine of a store runs at a time and it never stops within an instruction, so every
//! instruction is atomic and every execution sequentially consistent. What is left of atomics is
//! that they trap where an access is not aligned, and that a thread can wait for another.
//!
//! The machine does all but fences between two runs of code: they are rare, and waiting needs the
//! store.

use super::bulk::{Bulk, Cost};
use crate::error::{Result, Trap, bug};
use crate::exec::activation::Step;
use crate::exec::machine::{Pending, Wait};
use crate::exec::registers::Registers;
use crate::store::{MemoryId, known};
use crate::syntax::instr::{MemArg, opcode};

/// `atomic.fence`: nothing to do, as nothing is reordered.
#[inline(always)]
pub(in crate::exec) fn atomic_fence<'a>(a: &mut impl Registers<'a>) -> Step {
    a.skip_byte();
    Ok(())
}

/// What a read-modify-write instruction does with the value in memory and its operand.
type Modify = fn(u64, u64) -> u64;

/// Where an atomic access goes: all its bytes are within the memory.
struct Place {
    memory: MemoryId,
    address: u64,
    /// How many bytes it is wide.
    width: usize,
}

/// The opcodes of loads, stores and read-modify-write instructions begin here. They stand in
/// rows of seven, which have the widths of [`WIDTHS`].
const ACCESSES: u32 = opcode::i32_atomic_load;
const WIDTHS: [usize; 7] = [4, 8, 1, 2, 1, 2, 4];

impl Bulk<'_> {
    /// Runs the atomic instruction with that opcode.
    pub(super) fn atomic(&mut self, opcode: u32) -> Cost {
        match opcode {
            opcode::memory_atomic_notify => self.notify()?,
            opcode::memory_atomic_wait32 => self.wait(4)?,
            opcode::memory_atomic_wait64 => self.wait(8)?,
            _ => self.access(opcode)?,
        }
        Ok(0)
    }

    /// Loads, stores and read-modify-write instructions, by their row. Values narrower than
    /// their type are extended with zeros, so a slot is all that needs to be known of the type.
    fn access(&mut self, opcode: u32) -> Result<()> {
        let Some(number) = opcode.checked_sub(ACCESSES) else {
            return Err(bug!("an instruction is not atomic").into());
        };
        let width = *known(WIDTHS.get(number as usize % WIDTHS.len()))?;
        let modify: Modify = match number as usize / WIDTHS.len() {
            0 => {
                let place = self.place(width)?;
                let value = self.load(&place)?;
                self.push(value);
                return Ok(());
            }
            1 => {
                let value = self.pop();
                let place = self.place(width)?;
                return self.store(&place, value);
            }
            2 => u64::wrapping_add,
            3 => u64::wrapping_sub,
            4 => |old, operand| old & operand,
            5 => |old, operand| old | operand,
            6 => |old, operand| old ^ operand,
            7 => |_, operand| operand,
            8 => return self.compare_exchange(width),
            _ => return Err(bug!("an instruction is not atomic").into()),
        };
        let operand = self.pop();
        let place = self.place(width)?;
        let old = self.load(&place)?;
        self.store(&place, modify(old, operand))?;
        self.push(old);
        Ok(())
    }

    /// `cmpxchg`: the expected value is compared as it is, not cut to the width.
    fn compare_exchange(&mut self, width: usize) -> Result<()> {
        let (replacement, expected) = (self.pop(), self.pop());
        let place = self.place(width)?;
        let old = self.load(&place)?;
        if old == expected {
            self.store(&place, replacement)?;
        }
        self.push(old);
        Ok(())
    }

    /// `memory.atomic.notify`: nobody waits on a memory that is not shared.
    fn notify(&mut self) -> Result<()> {
        let count = self.pop() as u32;
        let Place { memory, address, .. } = self.place(4)?;
        let woken = self.state.waiters.wake(memory, address, count);
        self.push(u64::from(woken));
        Ok(())
    }

    /// `memory.atomic.wait32` and `memory.atomic.wait64`.
    fn wait(&mut self, width: usize) -> Result<()> {
        /// What the instruction returns where the value is another than expected.
        const NOT_EQUAL: u64 = 1;
        let (timeout, expected) = (self.pop().cast_signed(), self.pop());
        let place = self.place(width)?;
        if !known(self.state.memories.get(place.memory))?.ty().shared {
            return Err(Trap::ExpectedSharedMemory.into());
        }
        if self.load(&place)? != expected {
            self.push(NOT_EQUAL);
            return Ok(());
        }
        let ticket = self.state.waiters.join(place.memory, place.address)?;
        self.machine.pending = Some(Pending::Wait(Wait { ticket, timeout: u64::try_from(timeout).ok() }));
        Ok(())
    }

    /// Reads the immediates and pops the address: whether the access is aligned is looked at
    /// before whether it is within the memory.
    fn place(&mut self, width: usize) -> Result<Place> {
        let arg: MemArg<1> = self.reader.read()?;
        let memory = known(known(self.state.instances.get(self.instance))?.memory(arg.memory))?;
        let address = self.pop().checked_add(arg.offset).ok_or(Trap::OutOfBoundsMemoryAccess)?;
        if address % width as u64 != 0 {
            return Err(Trap::UnalignedAtomic.into());
        }
        let place = Place { memory, address, width };
        self.bytes(&place)?;
        Ok(place)
    }

    fn bytes(&mut self, place: &Place) -> Result<&mut [u8]> {
        let memory = known(self.state.memories.get_mut(place.memory))?.bytes_mut();
        let bytes = super::bulk::range_mut(memory, place.address, place.width as u64);
        Ok(bytes.ok_or(Trap::OutOfBoundsMemoryAccess)?)
    }

    fn load(&mut self, place: &Place) -> Result<u64> {
        let mut value = [0; 8];
        for (byte, found) in value.iter_mut().zip(self.bytes(place)?) {
            *byte = *found;
        }
        Ok(u64::from_le_bytes(value))
    }

    fn store(&mut self, place: &Place, value: u64) -> Result<()> {
        for (place, byte) in self.bytes(place)?.iter_mut().zip(value.to_le_bytes()) {
            *place = byte;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::instr::describe;

    #[test]
    fn opcodes_stand_in_rows_of_operations_and_columns_of_widths() {
        let operations = ["load", "store", "add", "sub", "and", "or", "xor", "xchg", "cmpxchg"];
        for number in 0..63 {
            let (name, _) = describe(ACCESSES + number).unwrap();
            let (row, column) = (number as usize / 7, number as usize % 7);
            assert!(name.contains(operations[row]), "{name}");
            let named = ["8", "16"].iter().find(|bits| name["i32".len()..].contains(**bits));
            let bits = match named {
                Some(bits) => bits.parse().unwrap(),
                None if name["i32".len()..].contains("32") || name.starts_with("i32") => 32,
                None => 64,
            };
            assert_eq!(WIDTHS[column] * 8, bits, "{name}");
        }
    }
}
