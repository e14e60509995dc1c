//! What a handler of an instruction works with: the running function's stack, locals, code and
//! memory, however a dispatcher keeps them.
//!
//! Handlers are written once, over this trait. All of it is inlined into them, and they into a
//! dispatcher, so that what every instruction changes stays in registers of the processor. What
//! few instructions need is behind [`Registers::cx`]; what is rare altogether is left to the
//! machine by an [`Exit`](super::activation::Exit).

use super::activation::{Context, Exit, Halted, Step};
use crate::binary::core_type::EXACT;
use crate::error::Trap;
use crate::syntax::MemIdx;

/// Where a load or store goes.
pub(super) struct Access {
    /// The memory, if it has another index than 0.
    pub other: Option<MemIdx>,
    /// What is added to the address.
    pub offset: u64,
}

impl Access {
    /// The flag that says that a memory index follows.
    pub const HAS_MEMORY: u32 = 0x40;

    /// Reads the immediates of an access.
    #[inline(always)]
    pub fn read<'a>(r: &mut (impl Registers<'a> + ?Sized)) -> Self {
        let flags = r.index();
        let mut other = None;
        if flags & Self::HAS_MEMORY != 0 {
            let index = MemIdx::new(r.index());
            // Without several memories it is the first one's.
            other = cfg!(feature = "multi-memory").then_some(index);
        }
        // A memory of 32 bits has offsets of as many.
        let offset = if cfg!(feature = "memory64") { r.unsigned() } else { r.index().into() };
        Access { other, offset }
    }
}

/// The `N` bytes of a memory from `offset + address` on, if they are within.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(super) fn place<const N: usize>(memory: &mut [u8], address: u64, offset: u64) -> Option<&mut [u8; N]> {
    let start = address.checked_add(offset).and_then(|start| usize::try_from(start).ok());
    start.and_then(|start| memory.get_mut(start..)).and_then(|rest| rest.first_chunk_mut())
}

/// The state of the running function.
///
/// The code was validated: heights, indices and immediates are what they should be. Where one is
/// not, that is a bug of ours: an implementation may compute nonsense, never more than that.
pub(super) trait Registers<'a> {
    /// Pushes a value of one slot. Validation knows every height and the frame was made for the
    /// greatest, so there is always room.
    fn push(&mut self, slot: u64);

    /// Pops a value of one slot.
    fn pop(&mut self) -> u64;

    /// The value on top, of one slot.
    fn top(&self) -> u64;

    /// Replaces the value on top.
    fn set_top(&mut self, slot: u64);

    /// A local of one slot.
    fn local(&self, index: u32) -> u64;

    /// Changes a local of one slot.
    fn set_local(&mut self, index: u32, slot: u64);

    // The same for values of any type, as the slots of a vector. Here is what a narrow frame
    // does, where no value is a vector and the second slot is nothing.

    /// Pushes a value of any type.
    #[inline(always)]
    fn push_value(&mut self, [slot, _]: [u64; 2]) {
        self.push(slot);
    }

    /// Pops a value of any type.
    #[inline(always)]
    fn pop_value(&mut self) -> [u64; 2] {
        [self.pop(), 0]
    }

    /// The value on top, of any type.
    #[inline(always)]
    fn top_value(&self) -> [u64; 2] {
        [self.top(), 0]
    }

    /// Replaces the value on top.
    #[inline(always)]
    fn set_top_value(&mut self, [slot, _]: [u64; 2]) {
        self.set_top(slot);
    }

    /// A local of any type.
    #[inline(always)]
    fn local_value(&self, index: u32) -> [u64; 2] {
        [self.local(index), 0]
    }

    /// Changes a local of any type.
    #[inline(always)]
    fn set_local_value(&mut self, index: u32, [slot, _]: [u64; 2]) {
        self.set_local(index, slot);
    }

    /// Whether the code ends here: the `end` just read was the function's.
    fn at_end(&self) -> bool;

    /// The next byte of code; not read yet.
    #[inline(always)]
    fn next_byte(&self) -> u8 {
        let [byte] = self.peek_array();
        byte
    }

    /// Passes over a byte of code.
    #[inline(always)]
    fn skip_byte(&mut self) {
        let [_] = self.array();
    }

    /// Reads a `u64`.
    fn unsigned(&mut self) -> u64;

    /// Reads an `s64`; an `s32` or `s33` as well: sign-extended they have the same bytes.
    fn signed(&mut self) -> i64;

    /// The next `N` bytes of code; not read yet.
    fn peek_array<const N: usize>(&self) -> [u8; N];

    /// Reads `N` bytes.
    fn array<const N: usize>(&mut self) -> [u8; N];

    /// Reads a `u32`: indices and counts.
    #[inline(always)]
    fn index(&mut self) -> u32 {
        // Validation saw to it that the number has 32 bits.
        self.unsigned() as u32
    }

    /// Reads an `s32`.
    #[inline(always)]
    fn signed_word(&mut self) -> i32 {
        // Validation saw to it that the number has 32 bits.
        self.signed() as i32
    }

    /// Reads a `u64` that begins here, and does not move on.
    fn peek_unsigned(&self) -> u64;

    /// The two bytes at `at` behind the number that begins here.
    fn peek_label(&self, at: u32) -> [u32; 2];

    /// Passes over a LEB128 number.
    #[inline(always)]
    fn skip_number(&mut self) {
        while self.next_byte() >= 0x80 {
            self.skip_byte();
        }
        self.skip_byte();
    }

    /// Passes over a heap type.
    #[inline(always)]
    fn skip_heap_type(&mut self) {
        if self.next_byte() == EXACT {
            self.skip_byte();
        }
        self.skip_number();
    }

    /// Passes over a block type.
    #[inline(always)]
    fn skip_block_type(&mut self) {
        self.skip_other_block_type();
    }

    /// The same, most often for one that is not empty: a number, or a value type, whose byte reads as one; only
    /// `(ref null? heap)` has a heap type after its byte.
    #[inline(always)]
    fn skip_other_block_type(&mut self) {
        if let 0x63 | 0x64 = self.next_byte() {
            self.skip_byte();
            return self.skip_heap_type();
        }
        self.skip_number();
    }

    /// Reads where a load or store goes.
    #[inline(always)]
    fn access(&mut self) -> Access {
        Access::read(self)
    }

    /// The memory with index 0; empty where there is none.
    fn memory(&mut self) -> &mut [u8];

    /// The `N` bytes from `offset + address` on in the memory with index 0, if they are within.
    fn bytes<const N: usize>(&mut self, address: u64, offset: u64) -> Option<&mut [u8; N]>;

    /// What a load or store says whose bytes were not found.
    #[inline(always)]
    fn out_of_bounds(&mut self) -> Halted {
        self.halt(Trap::OutOfBoundsMemoryAccess)
    }

    /// All that is rarely needed.
    fn cx(&mut self) -> &mut Context<'a>;

    /// Whether the side-table entries of a `br_table` that begin here are by depth: then how many of its labels take one
    /// byte.
    fn by_depth(&self) -> Option<u32>;

    /// Moves past `count` side-table entries.
    fn skip_entries(&mut self, count: u32);

    /// Takes the branch at the current side-table entry, right behind the opcode that branches:
    /// so far it costs fuel.
    fn branch(&mut self) -> Step;

    /// The same at the entry behind `count` others.
    #[inline(always)]
    fn branch_past(&mut self, count: u32) -> Step {
        self.skip_entries(count);
        self.branch()
    }

    /// What the call of an import says where that is not looked up.
    #[inline(always)]
    fn elsewhere(&self) -> Option<Halted> {
        None
    }

    /// Calls a function that the module defines, by its number among those.
    fn call(&mut self, func: u32) -> Step;

    /// The same in the place of the running function, whose frame is gone.
    #[cfg(feature = "tail-call")]
    fn tail_call(&mut self, func: u32) -> Step;

    /// Charges so far and goes on at the last `end` of the running function.
    #[cfg(feature = "tail-call")]
    fn skip_to_end(&mut self);

    /// Returns from the running function.
    fn return_(&mut self) -> Step;

    /// Says why the code cannot simply go on.
    #[inline(always)]
    fn halt(&mut self, exit: impl Into<Exit>) -> Halted {
        self.cx().halt(exit)
    }

    /// Charges for what an instruction does besides being there.
    #[inline(always)]
    fn charge_extra(&mut self, units: u64) {
        let cx = self.cx();
        cx.limit = cx.limit.wrapping_sub_unsigned(units);
    }
}
