//! Reading numbers in the code: by branches that processors foresee, or without any.

use super::bank::Bank;
use super::{MORE, Regs, reader};
use crate::binary::leb128;
use crate::syntax::instr::opcode;

/// The type of a block without parameters and results.
pub(super) const EMPTY_TYPE: u8 = 0x40;

impl<const READER: u8> Regs<'_, '_, READER> {
    /// Whether the byte behind `at` others is there and has none of these bits.
    #[inline(always)]
    pub(super) fn lacks(&self, at: usize, bits: u8) -> bool {
        match self.at.look(at) {
            Some([byte]) => byte & bits == 0,
            None => false,
        }
    }

    /// Whether the two bytes behind `at` others are there and have none of these bits.
    #[inline(always)]
    pub(super) fn both_lack(&self, at: usize, bits: [u8; 2]) -> bool {
        match self.at.look(at) {
            Some(bytes) => u16::from_ne_bytes(bytes) & u16::from_ne_bytes(bits) == 0,
            None => false,
        }
    }

    /// Passes over blocks that begin here, but for those with a type.
    #[inline(always)]
    pub(super) fn skip_blocks(&mut self) {
        // A block ends, and then its function does.
        while let Some([first, second]) = self.at.look(0)
            && [first, second] == [opcode::block as u8, EMPTY_TYPE]
        {
            self.at.skip(2);
        }
    }

    /// Whether the number behind `at` bytes has no more than five.
    #[inline(always)]
    pub(super) fn is_short(&self, at: usize) -> bool {
        self.lacks(at, MORE)
            || self.lacks(at + 1, MORE)
            || self.lacks(at + 2, MORE)
            || self.lacks(at + 3, MORE)
            || self.lacks(at + 4, MORE)
    }

    /// Whether the number that begins here has more than eight bytes.
    #[inline(always)]
    pub(super) fn is_long(&self) -> bool {
        match self.at.look_word() {
            Some(word) => !word & u64::from_ne_bytes([MORE; 8]) == 0,
            None => false,
        }
    }

    /// Whether after each of the two bytes behind `at` others the number goes on.
    #[inline(always)]
    pub(super) fn both_go_on(&self, at: usize) -> bool {
        const BOTH: u16 = u16::from_ne_bytes([MORE; 2]);
        match self.at.look(at) {
            Some(bytes) => u16::from_ne_bytes(bytes) & BOTH == BOTH,
            None => false,
        }
    }

    /// A byte of a number that is there.
    #[inline(always)]
    fn byte(&self, at: usize) -> u8 {
        match self.at.look(at) {
            Some([byte]) => byte,
            None => 0,
        }
    }

    /// The number of at most five bytes that begins here, and its length. Branches are better here than none:
    /// processors foresee them, and then where the next instruction begins does not depend on the bytes.
    #[inline(always)]
    fn short_number<const SIGNED: bool>(&self) -> (u64, usize) {
        let a = self.byte(0);
        if a & MORE == 0 {
            return (groups::<SIGNED, 1>(a.into()), 1);
        }
        let b = self.byte(1);
        if b & MORE == 0 {
            return (self.two_bytes::<SIGNED>(), 2);
        }
        // What linkers fill in has five.
        if self.both_go_on(2) {
            return (self.five_bytes::<SIGNED>(), 5);
        }
        if self.lacks(2, MORE) {
            return (self.three_bytes::<SIGNED>(), 3);
        }
        let Some(word) = self.at.look(0) else { return (0, 4) };
        (groups::<SIGNED, 4>(u32::from_le_bytes(word).into()), 4)
    }

    /// The signed number of so many bytes that begins here, nine or ten.
    #[inline(always)]
    fn long_number<const N: usize>(&self) -> i64 {
        let Some(word) = self.at.look(0) else { return 0 };
        let value = leb128::pack(u64::from_le_bytes(word));
        let ninth = u64::from(self.byte(8));
        if N == 9 {
            // Its sign is the 63rd bit.
            return (value << 1 | ninth << 57).cast_signed() >> 1;
        }
        // The 64th bit is the tenth byte's, which moves the one out that says that it is there.
        (value | ninth << 57 >> 1 | u64::from(self.byte(9)) << 63).cast_signed()
    }

    /// The number of five bytes that begins here.
    #[inline(always)]
    fn five_bytes<const SIGNED: bool>(&self) -> u64 {
        let Some(word) = self.at.look(0) else { return 0 };
        groups::<SIGNED, 5>(u64::from(u32::from_le_bytes(word)) | u64::from(self.byte(4)) << 32)
    }

    /// The number of three bytes that begins here, which an opcode follows.
    #[inline(always)]
    fn three_bytes<const SIGNED: bool>(&self) -> u64 {
        let Some(word) = self.at.look(0) else { return 0 };
        groups::<SIGNED, 3>((u32::from_le_bytes(word) & 0xFF_FFFF).into())
    }

    /// The number of two bytes that begins here.
    #[inline(always)]
    fn two_bytes<const SIGNED: bool>(&self) -> u64 {
        let [low, high] = [u64::from(self.byte(0)), u64::from(self.byte(1))];
        let high = if SIGNED { (high << 57).cast_signed() >> 50 } else { high.cast_signed() << 7 };
        // The first byte says that there is another.
        high.cast_unsigned().wrapping_add(low).wrapping_sub(MORE.into())
    }

    /// The unsigned number that begins here, and its length.
    #[inline(always)]
    pub(super) fn peek_number(&self) -> (u64, usize) {
        match READER {
            reader::ONE_BYTE => (u64::from(self.one_byte()), 1),
            reader::TWO => (self.two_bytes::<false>(), 2),
            reader::THREE => (self.three_bytes::<false>(), 3),
            reader::FIVE => (self.five_bytes::<false>(), 5),
            reader::SHORT => self.short_number::<false>(),
            _ => self.number(),
        }
    }

    /// The signed number that begins here, and its length.
    #[inline(always)]
    pub(super) fn peek_signed(&self) -> (i64, usize) {
        match READER {
            reader::ONE_BYTE => (i64::from(self.one_byte()) << 57 >> 57, 1),
            reader::SHORT => {
                let (value, len) = self.short_number::<true>();
                (value.cast_signed(), len)
            }
            reader::TWO => (self.two_bytes::<true>().cast_signed(), 2),
            reader::THREE => (self.three_bytes::<true>().cast_signed(), 3),
            reader::FIVE => (self.five_bytes::<true>().cast_signed(), 5),
            reader::NINE => (self.long_number::<9>(), 9),
            reader::TEN => (self.long_number::<10>(), 10),
            _ => {
                let (value, len) = self.number();
                (leb128::extend(value.cast_signed(), 7 * len as u32), len)
            }
        }
    }

    #[inline(always)]
    fn one_byte(&self) -> u8 {
        let byte = self.byte(0);
        debug_assert!(byte & MORE == 0);
        byte
    }

    /// The number that begins here, and its length.
    #[inline(always)]
    fn number(&self) -> (u64, usize) {
        const WORD: usize = size_of::<u64>();
        if let Some(word) = self.at.look_word() {
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
            let ninth = self.byte(WORD);
            let value = leb128::pack(word) | u64::from(ninth & 0x7F) << 56;
            if ninth < MORE {
                return (value, WORD + 1);
            }
            return (value | u64::from(self.byte(WORD + 1)) << 63, WORD + 2);
        }
        let (mut value, mut len) = (0, 0);
        loop {
            let byte = self.byte(len);
            value |= u64::from(byte & 0x7F).wrapping_shl(7 * len as u32);
            len += 1;
            if byte < MORE {
                return (value, len);
            }
        }
    }
}

/// The value of a number of `N` bytes, at most five.
#[inline(always)]
fn groups<const SIGNED: bool, const N: u32>(word: u64) -> u64 {
    let pairs = word & 0x007F_007F | word >> 1 & 0x3F80_3F80;
    let low = pairs & 0x3FFF | pairs >> 2 & 0xFFF_C000;
    let value = low | word >> 4 & 0x7_F000_0000;
    let above = 64 - 7 * N;
    if SIGNED { (value.cast_signed() << above >> above).cast_unsigned() } else { value }
}
