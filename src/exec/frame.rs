//! Frames: what a call needs to go on (core spec, Activations and Frames).
//!
//! A frame of WebAssembly code is its function, the positions in code and side table, and where
//! its slots begin. Any tier can run it: the slot of the n-th local is `base + n`, that of an
//! operand `base + locals + height`, and both are known statically at every instruction.

use crate::store::InstanceId;

/// A frame, in 20 bytes.
///
/// While code runs, the positions in the topmost frame are those where it was entered last;
/// in every other frame, and in all of them while the machine is stopped, they are where it
/// goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The instance whose code runs; of a boundary, its token.
    pub instance: InstanceId,
    /// The function, counted among those that the module defines; [`Frame::BOUNDARY`] if none.
    pub func: u32,
    /// The next instruction, counted from the start of the input.
    pub ip: u32,
    /// The next side-table entry.
    pub stp: u32,
    /// The first slot, that of the first parameter.
    pub base: u32,
}

const _: () = assert!(size_of::<Frame>() <= 20);

impl Frame {
    /// No function has this number, as `Limits::functions` cannot reach it in 2³² bytes.
    const BOUNDARY: u32 = u32::MAX;

    /// A frame that belongs to the machine's owner.
    pub(crate) const fn boundary(token: u32, base: u32) -> Self {
        Frame { instance: InstanceId::new(token), func: Self::BOUNDARY, ip: 0, stp: 0, base }
    }

    /// The token, if it is the owner's.
    #[inline]
    pub(crate) const fn token(&self) -> Option<u32> {
        if self.func == Self::BOUNDARY { Some(self.instance.raw()) } else { None }
    }
}
