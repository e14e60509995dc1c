//! Frames: what a call needs to go on (core spec, Activations and Frames).
//!
//! A frame of WebAssembly code is its function, the positions in code and side table, and where
//! its slots begin. Any tier can run it: where the n-th local and each operand lie is known
//! statically at every instruction.
//!
//! A frame is *narrow* or *wide*. In a narrow one every value takes a slot; in the wide one of a
//! function with vectors every value takes two. Between frames that differ, and towards the
//! machine's owner, values are *packed*: vectors take two slots, all others one. See `layout`.

#[cfg(crossings)]
use crate::store::CrossingId;
use crate::store::InstanceId;
use crate::types::TypeId;

/// A frame, in 20 bytes.
///
/// While code runs, the positions in the topmost frame are those where it was entered last;
/// in every other frame, and in all of them while the machine is stopped, they are where it
/// goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The instance whose code runs; of a frame without code, a number of its kind.
    pub instance: InstanceId,
    /// What runs: see [`Frame::func`].
    pub(super) code: u32,
    /// The next instruction, counted from the start of the input.
    pub ip: u32,
    /// The next side-table entry.
    pub stp: u32,
    /// The first slot, that of the first parameter.
    pub base: u32,
}

const _: () = assert!(size_of::<Frame>() <= 20);

impl Frame {
    /// Marks the frame of a function with vectors. A module has fewer functions than this: each
    /// takes more than two bytes of an input shorter than 2³².
    const WIDE: u32 = 1 << 31;
    /// The token of a frame of the dispatcher's own; the owner has none of this number, nor of the next.
    #[cfg(crossings)]
    pub(super) const CROSSING: u32 = u32::MAX - 2;
    /// The same of a call that is noted by where it is made.
    #[cfg(crossings)]
    const NOTED: u32 = u32::MAX - 3;
    /// Marks a frame that crosses whose task has returned. Nothing is counted up to this.
    #[cfg(crossings)]
    const RETURNED: u32 = 1 << 31;
    /// No function has these numbers, wide or not.
    const BOUNDARY: u32 = u32::MAX;
    const EXPANDING: u32 = u32::MAX - 1;

    /// The frame of a function of that number among those that the module defines.
    #[inline(always)]
    pub(crate) const fn new(instance: InstanceId, func: u32, wide: bool, ip: u32, stp: u32, base: u32) -> Self {
        Frame { instance, code: func | if wide { Self::WIDE } else { 0 }, ip, stp, base }
    }

    /// A frame that belongs to the machine's owner.
    pub(crate) const fn boundary(token: u32, base: u32) -> Self {
        Frame { instance: InstanceId::new(token), code: Self::BOUNDARY, ip: 0, stp: 0, base }
    }

    /// A frame of the dispatcher's own, on which it called into another component: what is called above it
    /// returns across. The owner had counted `note` before.
    #[cfg(crossings)]
    pub(super) const fn crossing(id: CrossingId, base: u32, note: u32) -> Self {
        Frame { ip: id.raw(), stp: note, ..Self::boundary(Self::CROSSING, base) }
    }

    /// What the owner had counted before the call that crossed on it.
    #[cfg(crossings)]
    pub(super) const fn note(&self) -> u32 {
        self.stp & !Self::RETURNED
    }

    /// Whether the task of a call that crossed on it has returned.
    #[cfg(crossings)]
    pub(super) const fn has_returned(&self) -> bool {
        self.stp & Self::RETURNED != 0
    }

    /// It has.
    #[cfg(crossings)]
    pub(super) const fn set_returned(&mut self) {
        self.stp |= Self::RETURNED;
    }

    /// The same for a call that is noted by where it is made.
    #[cfg(crossings)]
    #[inline(always)]
    pub(super) const fn noted(id: CrossingId, base: u32, note: u32) -> Self {
        Frame { instance: InstanceId::new(Self::NOTED), ..Self::crossing(id, base, note) }
    }

    /// Whether a token is that of a frame of the dispatcher's own.
    #[cfg(crossings)]
    #[inline(always)]
    pub(super) const fn is_own(token: u32) -> bool {
        matches!(token, Self::CROSSING | Self::NOTED)
    }

    /// Whether it is one of a call that is noted.
    #[cfg(crossings)]
    #[inline(always)]
    pub(super) const fn is_noted(&self) -> bool {
        self.code == Self::BOUNDARY && self.instance.raw() == Self::NOTED
    }

    /// The function that was called on it, if it is such a frame.
    #[cfg(crossings)]
    #[inline]
    pub(super) const fn crosses(&self) -> Option<CrossingId> {
        let is_crossing = self.code == Self::BOUNDARY && Self::is_own(self.instance.raw());
        if is_crossing { Some(CrossingId::new(self.ip)) } else { None }
    }

    /// A frame whose caller is wide, and whose callee leaves its results packed: results of that
    /// function type are expanded here.
    pub(crate) const fn expanding(ty: TypeId, base: u32) -> Self {
        Frame { instance: InstanceId::new(ty.raw()), code: Self::EXPANDING, ip: 0, stp: 0, base }
    }

    /// The token, if it is the owner's.
    #[inline]
    pub(crate) const fn token(&self) -> Option<u32> {
        if self.code == Self::BOUNDARY { Some(self.instance.raw()) } else { None }
    }

    /// Whether it is the owner's, and none of the dispatcher's own.
    #[cfg(crossings)]
    #[inline(always)]
    pub(super) const fn is_owners(&self) -> bool {
        self.code == Self::BOUNDARY && !Self::is_own(self.instance.raw())
    }

    /// The function type whose results are expanded here, if any are.
    #[inline]
    pub(crate) const fn expands(&self) -> Option<TypeId> {
        if cfg!(feature = "simd") && self.code == Self::EXPANDING {
            Some(TypeId::new(self.instance.raw()))
        } else {
            None
        }
    }

    /// The number of its function among those that the module defines, if there is code.
    #[inline]
    pub(crate) const fn func(&self) -> Option<u32> {
        if self.code >= Self::EXPANDING { None } else { Some(self.code & !Self::WIDE) }
    }

    /// Whether it has code whose values take two slots each: never in a build that runs no vectors.
    #[inline]
    pub(crate) const fn is_wide(&self) -> bool {
        cfg!(feature = "simd") && self.code & Self::WIDE != 0 && self.code < Self::EXPANDING
    }

    /// The number of its function if there is code, and if it is as wide as that; otherwise a
    /// number that no function has.
    #[inline(always)]
    pub(crate) const fn func_if(&self, wide: bool) -> u32 {
        self.code ^ if wide { Self::WIDE } else { 0 }
    }
}
