//! Reading code through a raw pointer: see the parent for what makes it sound.

use super::Regs;
use crate::binary::leb128;
use crate::exec::dispatch::tail::{MORE, reader};
use crate::syntax::instr::opcode;

/// The type of a block without parameters and results.
const EMPTY_TYPE: u8 = 0x40;

impl<const READER: u8> Regs<'_, '_, READER> {
    /// Whether the byte behind `at` others has none of these bits.
    #[inline(always)]
    pub(in crate::exec::dispatch::tail) fn lacks(&self, at: usize, bits: u8) -> bool {
        let [byte] = self.look(at);
        byte & bits == 0
    }

    /// Whether the two bytes behind `at` others have none of these bits.
    #[inline(always)]
    pub(in crate::exec::dispatch::tail) fn both_lack(&self, at: usize, bits: [u8; 2]) -> bool {
        u16::from_ne_bytes(self.look(at)) & u16::from_ne_bytes(bits) == 0
    }

    /// Passes over blocks that begin here, but for those with a type.
    #[inline(always)]
    pub(in crate::exec::dispatch::tail) fn skip_blocks(&mut self) {
        // A block ends, and then its function does.
        while self.look(0) == [opcode::block as u8, EMPTY_TYPE] {
            self.code = self.code.wrapping_add(2);
        }
    }

    /// Whether the number behind `at` bytes has no more than five.
    #[inline(always)]
    pub(in crate::exec::dispatch::tail) fn is_short(&self, at: usize) -> bool {
        self.lacks(at, MORE)
            || self.lacks(at + 1, MORE)
            || self.lacks(at + 2, MORE)
            || self.lacks(at + 3, MORE)
            || self.lacks(at + 4, MORE)
    }

    /// Whether the number that begins here, and has more than one byte, has more than eight.
    #[inline(always)]
    pub(in crate::exec::dispatch::tail) fn is_long(&self) -> bool {
        // Where a byte of the number is, the next one is its own or an opcode's.
        self.both_go_on(1) && self.both_go_on(3) && self.both_go_on(5) && !self.lacks(7, MORE)
    }

    /// Whether after each of the two bytes behind `at` others the number goes on.
    #[inline(always)]
    fn both_go_on(&self, at: usize) -> bool {
        const BOTH: u16 = u16::from_ne_bytes([MORE; 2]);
        u16::from_ne_bytes(self.look(at)) & BOTH == BOTH
    }

    #[inline(always)]
    pub(super) fn look<const N: usize>(&self, at: usize) -> [u8; N] {
        debug_assert!(self.code.wrapping_add(at + N) <= self.shared_room().code_end);
        // SAFETY: `Code`: the caller knows that these are bytes of one instruction, or that as
        // many numbers begin here or later.
        unsafe { self.code.add(at).cast::<[u8; N]>().read() }
    }

    /// The number of at most five bytes that begins here, and its length. Branches are better here than none:
    /// processors foresee them, and then where the next instruction begins does not depend on the bytes.
    #[inline(always)]
    pub(super) fn short_number<const SIGNED: bool>(&self) -> (u64, usize) {
        let [a] = self.look(0);
        if a & MORE == 0 {
            return (groups::<SIGNED, 1>(a.into()), 1);
        }
        let [b] = self.look(1);
        if b & MORE == 0 {
            return (groups::<SIGNED, 2>(u16::from_le_bytes([a, b]).into()), 2);
        }
        let word = u32::from_le_bytes(self.look(0));
        // What linkers fill in has five.
        if self.both_go_on(2) {
            let [e] = self.look(4);
            return (groups::<SIGNED, 5>(u64::from(word) | u64::from(e) << 32), 5);
        }
        if self.lacks(2, MORE) {
            return (groups::<SIGNED, 3>((word & 0xFF_FFFF).into()), 3);
        }
        (groups::<SIGNED, 4>(word.into()), 4)
    }

    /// The signed number of nine or ten bytes that begins here, and its length; by a branch for the same reason.
    #[inline(always)]
    pub(super) fn long_number(&self) -> (u64, usize) {
        let value = leb128::pack(u64::from_le_bytes(self.look(0)));
        let [ninth] = self.look(8);
        if ninth & MORE == 0 {
            // Its sign is the 63rd bit.
            let value = value << 1 | u64::from(ninth) << 57;
            return ((value.cast_signed() >> 1).cast_unsigned(), 9);
        }
        let [tenth] = self.look(9);
        (value | u64::from(ninth & 0x7F) << 56 | u64::from(tenth) << 63, 10)
    }

    /// The unsigned number that begins here, and its length.
    #[inline(always)]
    pub(super) fn peek_number(&self) -> (u64, usize) {
        match READER {
            reader::ONE_BYTE => {
                let [byte] = self.look(0);
                debug_assert!(byte & MORE == 0);
                (u64::from(byte), 1)
            }
            reader::SHORT => self.short_number::<false>(),
            _ => self.number(),
        }
    }

    /// The number that begins here, and its length.
    #[inline(always)]
    pub(super) fn number(&self) -> (u64, usize) {
        const WORD: usize = size_of::<u64>();
        if self.shared_room().input_end.addr().wrapping_sub(self.code.addr()) >= WORD {
            // SAFETY: the input has that many bytes here; that was the condition. (`read_unaligned`
            // of a number would give a local's address away with debug assertions.)
            let word = u64::from_le_bytes(unsafe { self.code.cast::<[u8; WORD]>().read() });
            if word & 0x80 == 0 {
                return (word & 0x7F, 1);
            }
            if word & 0x8000 == 0 {
                return (word & 0x7F | word >> 1 & 0x3F80, 2);
            }
            if let Some(number) = leb128::judged_word(word) {
                return number;
            }
            // It goes on, to ten bytes at most.
            let [ninth] = self.look(WORD);
            let value = leb128::pack(word) | u64::from(ninth & 0x7F) << 56;
            if ninth < 0x80 {
                return (value, WORD + 1);
            }
            let [tenth] = self.look(WORD + 1);
            return (value | u64::from(tenth) << 63, WORD + 2);
        }
        let (mut value, mut len) = (0, 0);
        loop {
            debug_assert!(self.code.wrapping_add(len) < self.shared_room().code_end);
            // SAFETY: `Code`: the number ends within the code.
            let byte = unsafe { self.code.add(len).read() };
            value |= u64::from(byte & 0x7F).wrapping_shl(7 * len as u32);
            len += 1;
            if byte & 0x80 == 0 {
                return (value, len);
            }
        }
    }
}

/// The value of a number of `N` bytes, at most five.
#[inline(always)]
fn groups<const SIGNED: bool, const N: u32>(word: u64) -> u64 {
    let low = word & 0x7F | word >> 1 & 0x3F80 | word >> 2 & 0x1F_C000 | word >> 3 & 0xFE0_0000;
    let value = low | word >> 4 & 0x7_F000_0000;
    let above = 64 - 7 * N;
    if SIGNED { (value.cast_signed() << above >> above).cast_unsigned() } else { value }
}
