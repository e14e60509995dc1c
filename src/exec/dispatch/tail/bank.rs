//! What the positions of handlers lead to: code, slots, memory, side table and frames of the running function.
//!
//! A build has one of two: with the feature `fast` they are raw pointers, without it slices and indices into
//! them. All that instructions do with them is in [`Regs`](super::Regs), once.

use crate::exec::activation::{Context, Step};
use crate::image::side_table::Branch;

/// Where a handler is, and what is reached from there.
///
/// What is not there is a bug of ours: validation computed heights, indices and lengths. Raw pointers lean on it;
/// whoever looks first says that there is nothing, or zero.
pub(super) trait Bank<'a> {
    /// The positions alone, as they were somewhere.
    type Mark: Copy;

    /// The positions as they are now.
    fn mark(&self) -> Self::Mark;

    /// Begins again what began there: nothing that all handlers share has changed since.
    fn back_to(&mut self, mark: Self::Mark);

    /// Lays the positions down in memory, for whoever has what all handlers share.
    fn lay_down(&mut self);

    /// Takes up what was laid down.
    fn take_up(&mut self);

    /// The `N` bytes behind `at` others of code, where an instruction has that many.
    fn look<const N: usize>(&self, at: usize) -> Option<[u8; N]>;

    /// Whether that many bytes can be looked at, whatever they are: asked once, so that nobody asks for each.
    fn has(&self, bytes: usize) -> bool;

    /// The next eight bytes, where there are so many, whatever they are.
    fn look_word(&self) -> Option<u64>;

    /// Passes over bytes of code.
    fn skip(&mut self, bytes: usize);

    /// Whether the code ends here.
    fn at_end(&self) -> bool;

    /// Stores a value in the first free slot.
    fn store_up(&mut self, slot: u64);

    /// The value in the highest slot that is not free.
    fn highest(&self) -> u64;

    /// Frees that slot.
    fn free(&mut self);

    /// A local.
    fn local(&self, index: u32) -> u64;

    /// Changes a local.
    fn set_local(&mut self, index: u32, slot: u64);

    /// Takes `drop` values off the stack that lie under `keep` others.
    fn drop_below(&mut self, keep: u32, drop: u32);

    /// Leaves of the frame's slots `results` values, from where the locals were.
    fn settle(&mut self, results: u32);

    /// The memory with index 0; empty where there is none.
    fn memory(&mut self) -> &mut [u8];

    /// The `N` bytes from `offset + address` on in the memory with index 0, if they are within.
    fn bytes<const N: usize>(&mut self, address: u64, offset: u64) -> Option<&mut [u8; N]>;

    /// The same for an offset of one byte, or nothing where they are close to the end.
    #[inline(always)]
    fn near_bytes<const N: usize>(&mut self, address: u64, offset: u64) -> Option<&mut [u8; N]> {
        self.bytes(address, offset)
    }

    /// All that is rarely needed.
    fn cx(&mut self) -> &mut Context<'a>;

    /// The side-table entry behind `past` others.
    fn entry(&self, past: u32) -> Option<u32>;

    /// Moves past `count` side-table entries.
    fn skip_entries(&mut self, count: u32);

    /// Goes where the entry behind `past` others says, right behind the opcode that branches: a check point.
    fn branch(&mut self, past: u32, branch: Branch) -> Step;

    /// Calls a function that the module defines; no value is cached.
    fn call(&mut self, func: u32) -> Step;

    /// The same in the place of the running function.
    #[cfg(feature = "tail-call")]
    fn tail_call(&mut self, func: u32) -> Step;

    /// Charges so far and goes on at the last `end` of the running function.
    #[cfg(feature = "tail-call")]
    fn skip_to_end(&mut self);

    /// How many results the running function has, where its prologue is narrow.
    fn narrow_results(&self) -> Option<u32>;

    /// The same whatever its prologue is.
    fn results(&self) -> u32;

    /// Takes the running frame off.
    fn leave_frame(&mut self);

    /// Goes on in the caller, its slots being settled: a check point. Where that is not of the same instance, or not
    /// narrow, it is the general twin's, and nothing that all handlers share has changed.
    fn return_(&mut self) -> Step;

    /// Calls the function that the module imports under that number: see below.
    #[cfg(crossings)]
    fn calls_import(&mut self, number: u32) -> bool;

    /// Whether the function whose frame has been taken off returns to another instance, or another component, where it goes
    /// on: see below.
    #[cfg(crossings)]
    fn returns(&mut self) -> bool;

    /// Whether what the context says leads to another instance, or another component, where it goes on: positions
    /// are laid down, here and there. `false` if it is to stop.
    #[inline(always)]
    fn goes_elsewhere(&mut self) -> bool {
        false
    }
}
