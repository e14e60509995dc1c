//! A position in bytes, and what the position is trusted to hold.

use super::leb128;
use crate::error::{Bug, Error, Malformed};
use crate::support::Limit;
use core::marker::PhantomData;

/// Whether bytes were validated before. The same code reads both kinds; only what a failure
/// means is different.
pub trait Trust {
    /// What a failure means.
    type Error;

    /// What was found, or the error.
    fn require<T>(found: Result<T, Malformed>, offset: u32) -> Result<T, Self::Error>;

    /// The error, with more about this case.
    fn refuse(why: Malformed, offset: u32, message: core::fmt::Arguments<'_>) -> Self::Error;

    /// The error where a limit is reached.
    fn limit(which: Limit, offset: u32) -> Self::Error;

    /// What an error of new bytes means.
    fn error(error: Error) -> Self::Error;
}

/// New bytes: a failure is the fault of their author.
#[derive(Debug)]
pub enum Unjudged {}

/// Bytes that were validated: a failure is a bug of the engine.
#[derive(Debug)]
pub enum Judged {}

impl Trust for Unjudged {
    type Error = Error;

    #[inline]
    fn require<T>(found: Result<T, Malformed>, offset: u32) -> Result<T, Error> {
        found.map_err(|why| Error::malformed(why, offset))
    }

    #[cold]
    fn refuse(why: Malformed, offset: u32, message: core::fmt::Arguments<'_>) -> Error {
        Error::malformed(why, offset).with_message(message)
    }

    #[cold]
    fn limit(which: Limit, offset: u32) -> Error {
        Error::from(which).at(offset)
    }

    #[inline]
    fn error(error: Error) -> Error {
        error
    }
}

impl Trust for Judged {
    type Error = Bug;

    #[inline]
    fn require<T>(found: Result<T, Malformed>, _: u32) -> Result<T, Bug> {
        found.map_err(|_| Bug("validated bytes do not read"))
    }

    #[cold]
    fn refuse(_: Malformed, _: u32, _: core::fmt::Arguments<'_>) -> Bug {
        Bug("validated bytes do not read")
    }

    #[cold]
    fn limit(_: Limit, _: u32) -> Bug {
        Bug("validated bytes do not read")
    }

    #[cold]
    fn error(_: Error) -> Bug {
        Bug("validated bytes do not read")
    }
}

/// What can be read from bytes.
pub trait Read<'a>: Sized {
    /// Reads one and moves on past it. After an error the position means nothing.
    fn read<T: Trust>(reader: &mut Reader<'a, T>) -> Result<Self, T::Error>;
}

/// Reads bytes from front to back.
pub struct Reader<'a, T: Trust = Unjudged> {
    rest: &'a [u8],
    /// Where the bytes end in the whole input.
    end: u32,
    trust: PhantomData<T>,
}

impl<T: Trust> Clone for Reader<'_, T> {
    fn clone(&self) -> Self {
        Self { rest: self.rest, end: self.end, trust: PhantomData }
    }
}

impl<'a, T: Trust> Reader<'a, T> {
    /// Reads `bytes`, which begin at `offset` in the whole input. What does not fit 32-bit
    /// offsets is cut off; `Limits::module_size` refuses such inputs before.
    pub fn new(bytes: &'a [u8], offset: u32) -> Self {
        let room = (u32::MAX - offset) as usize;
        let rest = bytes.get(..room).unwrap_or(bytes);
        Self { rest, end: offset + rest.len() as u32, trust: PhantomData }
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
    pub fn refuse<X>(&self, why: Malformed) -> Result<X, T::Error> {
        T::require(Err(why), self.position())
    }

    /// Fails unless `holds`.
    #[inline]
    pub fn require(&self, holds: bool, why: Malformed) -> Result<(), T::Error> {
        if holds { Ok(()) } else { self.refuse(why) }
    }

    /// Reads anything. There is one copy of each `X::read`, for new bytes, whatever these are: two of
    /// all of them would cost a board 20 KB.
    #[inline]
    pub fn read<X: Read<'a>>(&mut self) -> Result<X, T::Error> {
        let mut reader = Reader::<Unjudged> { rest: self.rest, end: self.end, trust: PhantomData };
        let found = X::read(&mut reader).map_err(T::error)?;
        self.rest = reader.rest;
        Ok(found)
    }

    /// Reads one byte.
    #[inline]
    pub fn byte(&mut self) -> Result<u8, T::Error> {
        match self.rest {
            [byte, rest @ ..] => {
                self.rest = rest;
                Ok(*byte)
            }
            [] => self.refuse(Malformed::UnexpectedEnd),
        }
    }

    /// The next byte, without moving on.
    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Reads `len` bytes.
    pub fn bytes(&mut self, len: usize) -> Result<&'a [u8], T::Error> {
        match self.rest.split_at_checked(len) {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(bytes)
            }
            None => self.refuse(Malformed::UnexpectedEnd),
        }
    }

    /// Reads `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], T::Error> {
        match self.rest.split_first_chunk::<N>() {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(*bytes)
            }
            None => self.refuse(Malformed::UnexpectedEnd),
        }
    }

    /// A reader of the next `len` bytes alone; moves on past them.
    pub fn split(&mut self, len: u32, why: Malformed) -> Result<Reader<'a, T>, T::Error> {
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
    fn leb<V>(&mut self, found: Result<(V, usize), Malformed>) -> Result<V, T::Error> {
        let (value, len) = T::require(found, self.position())?;
        self.rest = self.rest.get(len..).unwrap_or_default();
        Ok(value)
    }

    /// `u32` (core spec, Integers).
    #[inline]
    pub fn u32(&mut self) -> Result<u32, T::Error> {
        self.leb(leb128::unsigned::<32>(self.rest)).map(|value| value as u32)
    }

    /// `u64`
    #[inline]
    pub fn u64(&mut self) -> Result<u64, T::Error> {
        self.leb(leb128::unsigned::<64>(self.rest))
    }

    /// `s32`
    #[inline]
    pub fn s32(&mut self) -> Result<i32, T::Error> {
        self.leb(leb128::signed::<32>(self.rest)).map(|value| value as i32)
    }

    /// `s33`
    #[inline]
    pub fn s33(&mut self) -> Result<i64, T::Error> {
        self.leb(leb128::signed::<33>(self.rest))
    }

    /// `s64`
    #[inline]
    pub fn s64(&mut self) -> Result<i64, T::Error> {
        self.leb(leb128::signed::<64>(self.rest))
    }

    /// A length, checked against the bytes that are left.
    pub fn length(&mut self) -> Result<u32, T::Error> {
        let len = self.u32()?;
        self.require(len as usize <= self.rest.len(), Malformed::LengthOutOfBounds)?;
        Ok(len)
    }

    /// A name (core spec, Names).
    pub fn name(&mut self) -> Result<&'a str, T::Error> {
        let len = self.length()?;
        let offset = self.position();
        let bytes = self.bytes(len as usize)?;
        T::require(core::str::from_utf8(bytes).map_err(|_| Malformed::Utf8), offset)
    }

    /// What was read since `earlier`, a clone of this reader.
    pub fn since(&self, earlier: &Self) -> &'a [u8] {
        let len = (self.position() - earlier.position()) as usize;
        earlier.rest.get(..len).unwrap_or_default()
    }
}

impl<'a> Read<'a> for u32 {
    #[inline]
    fn read<T: Trust>(reader: &mut Reader<'a, T>) -> Result<Self, T::Error> {
        reader.u32()
    }
}

impl<'a> Read<'a> for &'a str {
    fn read<T: Trust>(reader: &mut Reader<'a, T>) -> Result<Self, T::Error> {
        reader.name()
    }
}
