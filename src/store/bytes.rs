//! Where the bytes of a memory are: in an allocation, or in a buffer that the host lends.

use crate::support::{OutOfMemory, Vec};
use core::ops::{Deref, DerefMut};

/// A buffer of the host, lent for as long as the store is there.
pub type Lent = &'static mut [u8];

/// The bytes of a memory.
#[derive(Debug)]
pub(crate) enum Bytes {
    /// An allocation.
    Own(Vec<u8>),
    /// The first `len` bytes of a buffer; the memory grows within it and not beyond.
    Lent { buffer: Lent, len: usize },
}

impl Bytes {
    /// Gets longer, with zeros.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), OutOfMemory> {
        match self {
            Bytes::Own(own) => own.extend_zeros(bytes.saturating_sub(own.len())),
            Bytes::Lent { buffer, len } => {
                // Whoever had the buffer before may have left something there.
                buffer.get_mut(*len..bytes).ok_or(OutOfMemory)?.fill(0);
                *len = bytes;
                Ok(())
            }
        }
    }
}

impl Default for Bytes {
    fn default() -> Self {
        Bytes::Own(Vec::new())
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Own(own) => own,
            Bytes::Lent { buffer, len } => buffer.get(..*len).unwrap_or_default(),
        }
    }
}

impl DerefMut for Bytes {
    fn deref_mut(&mut self) -> &mut [u8] {
        match self {
            Bytes::Own(own) => own,
            Bytes::Lent { buffer, len } => buffer.get_mut(..*len).unwrap_or_default(),
        }
    }
}

/// Buffers that no memory is in yet.
#[derive(Debug, Default)]
pub struct Buffers {
    /// How many the host has lent: there is always room for that many.
    lent: usize,
    free: Vec<Lent>,
}

impl Buffers {
    /// Adds one.
    pub fn lend(&mut self, buffer: Lent) -> Result<(), OutOfMemory> {
        self.free.reserve_exact(self.lent + 1 - self.free.len())?;
        self.lent += 1;
        self.free.push(buffer)
    }

    /// The smallest one of at least so many bytes; else an empty allocation.
    pub(super) fn take(&mut self, bytes: usize) -> Bytes {
        let fitting = self.free.iter().enumerate().filter(|(_, buffer)| buffer.len() >= bytes);
        let smallest = fitting.min_by_key(|(_, buffer)| buffer.len()).map(|(at, _)| at);
        match smallest.and_then(|at| self.free.remove(at)) {
            Some(buffer) => Bytes::Lent { buffer, len: 0 },
            None => Bytes::default(),
        }
    }

    /// Takes back what a memory was in.
    pub(super) fn give_back(&mut self, bytes: Bytes) {
        if let Bytes::Lent { buffer, .. } = bytes {
            // There is room for it, as `lend` made it.
            self.free.push_within_capacity(buffer);
        }
    }

    /// All that are free.
    pub(super) fn into_free(self) -> Vec<Lent> {
        self.free
    }
}
