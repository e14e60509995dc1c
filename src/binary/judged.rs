//! Bytes that were validated before.

use super::instr::{read_opcode, skip_instruction};
use super::reader::{Read, Reader};
use crate::error::{Error, Result, bug};
use crate::syntax::Encoded;

/// Reads bytes that were validated, by the reader of new ones: a failure is a bug of the engine.
pub struct Judged<'a>(Reader<'a>);

impl<'a> Judged<'a> {
    /// Reads `bytes`, which begin at `offset` in the whole input.
    pub fn new(bytes: &'a [u8], offset: u32) -> Self {
        Self(Reader::new(bytes, offset))
    }

    /// The offset of the next byte in the whole input.
    #[inline]
    pub fn position(&self) -> u32 {
        self.0.position()
    }

    /// Reads anything.
    #[inline]
    pub fn read<X: Read<'a>>(&mut self) -> Result<X> {
        self.0.read().map_err(distrust)
    }

    /// Reads an opcode, as [`opcode_of`](crate::syntax::instr::opcode_of) numbers it.
    pub fn opcode(&mut self) -> Result<u32> {
        read_opcode(&mut self.0).map_err(distrust)
    }

    /// Passes over an instruction; returns its opcode.
    pub fn skip_instruction(&mut self) -> Result<u32> {
        skip_instruction(&mut self.0).map_err(distrust)
    }

    /// Reads one byte.
    pub fn byte(&mut self) -> Result<u8> {
        self.0.byte().map_err(distrust)
    }

    /// Reads a `u32`.
    pub fn u32(&mut self) -> Result<u32> {
        self.0.u32().map_err(distrust)
    }
}

impl<'a, X: Read<'a>> Encoded<'a, X> {
    /// The items, as bytes that were validated.
    pub fn judged(self) -> impl Iterator<Item = Result<X>> {
        self.items().map(|item| item.map(|(_, item)| item).map_err(distrust))
    }
}

/// What was malformed was found out before.
#[cold]
#[inline(never)]
fn distrust(_: Error) -> Error {
    bug!("validated bytes do not read").into()
}
