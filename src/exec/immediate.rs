//! Immediates, read where they lie in judged code: nothing is checked again.
//!
//! One and two bytes are decoded in line; longer numbers are rare enough for a call.

use super::activation::Activation;
use crate::binary::leb128;

#[inline(never)]
fn long_unsigned(bytes: &[u8]) -> (u64, &[u8]) {
    let (value, len) = leb128::judged(bytes);
    (value, bytes.get(len..).unwrap_or_default())
}

#[inline(never)]
fn long_signed(bytes: &[u8]) -> (i64, &[u8]) {
    let (value, len) = leb128::judged_signed(bytes);
    (value, bytes.get(len..).unwrap_or_default())
}

impl Activation<'_, '_> {
    /// `u64`
    #[inline(always)]
    pub(super) fn unsigned(&mut self) -> u64 {
        match *self.rest {
            [a, ref rest @ ..] if a < 0x80 => {
                self.rest = rest;
                u64::from(a)
            }
            [a, b, ref rest @ ..] if b < 0x80 => {
                self.rest = rest;
                u64::from(a & 0x7F) | u64::from(b) << 7
            }
            _ => {
                let (value, rest) = long_unsigned(self.rest);
                self.rest = rest;
                value
            }
        }
    }

    /// `u32`: indices and counts.
    #[inline(always)]
    pub(super) fn index(&mut self) -> u32 {
        // Validation saw to it that the number has 32 bits.
        self.unsigned() as u32
    }

    /// `s64`, and `s32` and `s33` as well: sign-extended they have the same bytes.
    #[inline(always)]
    pub(super) fn signed(&mut self) -> i64 {
        match *self.rest {
            [a, ref rest @ ..] if a < 0x80 => {
                self.rest = rest;
                i64::from((a << 1) as i8 >> 1)
            }
            [a, b, ref rest @ ..] if b < 0x80 => {
                self.rest = rest;
                i64::from(((u16::from(a & 0x7F) | u16::from(b) << 7) << 2) as i16 >> 2)
            }
            _ => {
                let (value, rest) = long_signed(self.rest);
                self.rest = rest;
                value
            }
        }
    }

    /// `N` bytes.
    #[inline(always)]
    pub(super) fn array<const N: usize>(&mut self) -> [u8; N] {
        match self.rest.split_first_chunk::<N>() {
            Some((bytes, rest)) => {
                self.rest = rest;
                *bytes
            }
            None => [0; N],
        }
    }

    /// Passes over a LEB128 number.
    #[inline(always)]
    pub(super) fn skip_number(&mut self) {
        while let [byte, rest @ ..] = self.rest {
            self.rest = rest;
            if *byte < 0x80 {
                break;
            }
        }
    }

    /// Passes over a heap type.
    #[inline(always)]
    pub(super) fn skip_heap_type(&mut self) {
        self.skip_number();
    }

    /// Passes over a block type: a number, or a value type, whose byte reads as one; only
    /// `(ref null? heap)` has a heap type after its byte.
    #[inline(always)]
    pub(super) fn skip_block_type(&mut self) {
        if let [0x63 | 0x64, rest @ ..] = self.rest {
            self.rest = rest;
        }
        self.skip_number();
    }
}
