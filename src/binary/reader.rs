//! A position in bytes that nobody has judged yet.

use super::leb128;
use crate::error::{Error, ErrorKind, Malformed, Result};
use crate::syntax::Features;

/// What can be read from bytes.
pub trait Read<'a>: Sized {
    /// Reads one and moves on past it. After an error the position means nothing.
    fn read(reader: &mut Reader<'a>) -> Result<Self>;
}

/// Reads bytes from front to back: a failure is the fault of their author.
#[derive(Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
    /// Where the bytes end in the whole input.
    end: u32,
}

impl<'a> Reader<'a> {
    /// Reads `bytes`, which begin at `offset` in the whole input. What does not fit 32-bit
    /// offsets is cut off; `Limits::module_size` refuses such inputs before.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub fn new(bytes: &'a [u8], offset: u32) -> Self {
        let room = (u32::MAX - offset) as usize;
        let rest = bytes.get(..room).unwrap_or(bytes);
        Self { rest, end: offset + rest.len() as u32 }
    }

    /// The offset of the next byte in the whole input.
    #[inline]
    pub fn position(&self) -> u32 {
        self.end - self.rest.len() as u32
    }

    /// Whether nothing is left.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is left.
    #[inline]
    pub fn remaining(&self) -> &'a [u8] {
        self.rest
    }

    /// Fails at the current position.
    #[cold]
    pub fn refuse<X>(&self, why: Malformed) -> Result<X> {
        Err(Error::malformed(why, self.position()))
    }

    /// Says what is wrong with the byte that was read last.
    #[cold]
    pub fn bad_byte(&self, why: Malformed) -> Error {
        Error::malformed(why, self.position() - 1)
    }

    /// Fails unless `holds`.
    #[inline]
    pub fn require(&self, holds: bool, why: Malformed) -> Result<()> {
        if holds { Ok(()) } else { self.refuse(why) }
    }

    /// Fails at the current position unless this build judges what `feature` brings. Inlined, so that what follows is left out
    /// of a build that does not.
    #[inline(always)]
    pub fn judges(&self, feature: Features) -> Result<()> {
        if Features::JUDGED.contains(feature) { Ok(()) } else { Err(unsupported(feature, self.position())) }
    }

    /// The same at the byte that was read last.
    #[inline(always)]
    pub fn judges_byte(&self, feature: Features) -> Result<()> {
        if Features::JUDGED.contains(feature) { Ok(()) } else { Err(unsupported(feature, self.position() - 1)) }
    }

    /// Reads anything.
    #[inline]
    pub fn read<X: Read<'a>>(&mut self) -> Result<X> {
        X::read(self)
    }

    /// Reads one byte.
    #[inline]
    pub fn byte(&mut self) -> Result<u8> {
        // It was one.
        self.byte_in_word().map(|byte| byte as u8)
    }

    /// The same in a word: on small processors such results are in registers.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    fn byte_in_word(&mut self) -> Result<u32> {
        match self.rest {
            [byte, rest @ ..] => {
                self.rest = rest;
                Ok(u32::from(*byte))
            }
            [] => self.refuse(Malformed::UnexpectedEnd),
        }
    }

    /// Reads a byte that is `max` at most.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub fn byte_up_to(&mut self, max: u8, why: Malformed) -> Result<u8> {
        let byte = self.byte()?;
        if byte <= max { Ok(byte) } else { Err(self.bad_byte(why)) }
    }

    /// Reads a zero byte.
    pub fn zero(&mut self, why: Malformed) -> Result<()> {
        self.byte_up_to(0, why).map(drop)
    }

    /// The next byte, without moving on.
    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Reads `len` bytes.
    pub fn bytes(&mut self, len: usize) -> Result<&'a [u8]> {
        match self.rest.split_at_checked(len) {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(bytes)
            }
            None => self.refuse(Malformed::UnexpectedEnd),
        }
    }

    /// Reads `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        match self.rest.split_first_chunk::<N>() {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(*bytes)
            }
            None => self.refuse(Malformed::UnexpectedEnd),
        }
    }

    /// A reader of the next `len` bytes alone; moves on past them.
    pub fn split(&mut self, len: u32, why: Malformed) -> Result<Reader<'a>> {
        let start = self.position();
        match self.rest.split_at_checked(len as usize) {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(Reader::new(bytes, start))
            }
            None => self.refuse(why),
        }
    }

    #[inline]
    fn number<const BITS: u32>(&mut self, signed: bool) -> Result<u64> {
        if cfg!(compact) {
            return self.any_number(BITS, signed);
        }
        let found = match signed {
            true => leb128::signed::<BITS>(self.rest).map(|(number, len)| (number.cast_unsigned(), len)),
            false => leb128::unsigned::<BITS>(self.rest),
        };
        let (number, len) = found.or_else(|why| self.refuse(why))?;
        self.rest = self.rest.get(len..).unwrap_or_default();
        Ok(number)
    }

    /// A number of any kind: small processors have one copy for all of them.
    #[inline(never)]
    fn any_number(&mut self, bits: u32, signed: bool) -> Result<u64> {
        // As most do, it takes one byte.
        if let [byte @ ..0x80, rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(if signed { leb128::extend(i64::from(*byte), 7).cast_unsigned() } else { u64::from(*byte) });
        }
        let (number, len) = leb128::long(bits, signed, self.rest).or_else(|why| self.refuse(why))?;
        self.rest = self.rest.get(len..).unwrap_or_default();
        Ok(number)
    }

    /// `u32` (core spec, Integers).
    #[cfg_attr(compact, inline(never))]
    #[cfg_attr(not(compact), inline)]
    pub fn u32(&mut self) -> Result<u32> {
        self.number::<32>(false).map(|number| number as u32)
    }

    /// The same where it is `max` at most.
    #[inline]
    pub fn u32_up_to(&mut self, max: u32, why: Malformed) -> Result<u32> {
        let at = self.position();
        let value = self.u32()?;
        if value <= max { Ok(value) } else { Err(Error::malformed(why, at)) }
    }

    /// `u64`
    #[cfg_attr(compact, inline(never))]
    #[cfg_attr(not(compact), inline)]
    pub fn u64(&mut self) -> Result<u64> {
        self.number::<64>(false)
    }

    /// `s32`
    #[cfg_attr(compact, inline(never))]
    #[cfg_attr(not(compact), inline)]
    pub fn s32(&mut self) -> Result<i32> {
        self.number::<32>(true).map(|number| number as i32)
    }

    /// `s33`
    #[cfg_attr(compact, inline(never))]
    #[cfg_attr(not(compact), inline)]
    pub fn s33(&mut self) -> Result<i64> {
        self.number::<33>(true).map(|number| number as i64)
    }

    /// An index that is written as an `s33`, so that codes of one byte are the negative numbers.
    pub fn positive(&mut self, why: Malformed) -> Result<u32> {
        let at = self.position();
        u32::try_from(self.s33()?).map_err(|_| Error::malformed(why, at))
    }

    /// `s64`
    #[cfg_attr(compact, inline(never))]
    #[cfg_attr(not(compact), inline)]
    pub fn s64(&mut self) -> Result<i64> {
        self.number::<64>(true).map(|number| number as i64)
    }

    /// A length, checked against the bytes that are left.
    pub fn length(&mut self) -> Result<u32> {
        let len = self.u32()?;
        self.require(len as usize <= self.rest.len(), Malformed::LengthOutOfBounds)?;
        Ok(len)
    }

    /// A count of items that the bytes left can hold: every item takes at least one.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub fn count(&mut self) -> Result<u32> {
        let count = self.u32()?;
        self.require(count as usize <= self.rest.len(), Malformed::UnexpectedEnd)?;
        Ok(count)
    }

    /// A name (core spec, Names).
    pub fn name(&mut self) -> Result<&'a str> {
        let len = self.length()?;
        let offset = self.position();
        let bytes = self.bytes(len as usize)?;
        core::str::from_utf8(bytes).map_err(|_| Error::malformed(Malformed::Utf8, offset))
    }

    /// What was read since `earlier`, a clone of this reader.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub fn since(&self, earlier: &Self) -> &'a [u8] {
        let len = (self.position() - earlier.position()) as usize;
        earlier.rest.get(..len).unwrap_or_default()
    }
}

#[cold]
#[inline(never)]
pub(super) fn unsupported(feature: Features, at: u32) -> Error {
    Error::new(ErrorKind::Unsupported(feature)).at(at)
}

impl<'a> Read<'a> for u32 {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        reader.u32()
    }
}

impl<'a> Read<'a> for &'a str {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        reader.name()
    }
}
