//! How deep the native stack went: it is painted at the start, and what lost its paint was in use.

use crate::board;

const PAINT: u32 = 0x5041_494e;
/// Left unpainted below the frame that paints.
const MARGIN: usize = 256;

/// Paints what lies between the end of what is static and the stack as it stands.
#[inline(never)]
pub fn paint() {
    let marker = 0_u32;
    let top = (&raw const marker as usize - MARGIN) & !3;
    let mut at = board::stack_bounds().0;
    while at < top {
        // SAFETY: between the last static and the stack pointer nothing is alive, and the address is
        // aligned, as both ends are.
        unsafe { (at as *mut u32).write_volatile(PAINT) };
        at += 4;
    }
}

/// Whether all of it was in use: then it may have gone further.
pub fn is_exhausted() -> bool {
    let (low, high) = board::stack_bounds();
    used() == high - low
}

/// Bytes of the stack that were in use at most.
pub fn used() -> usize {
    let (low, high) = board::stack_bounds();
    let mut at = low;
    // SAFETY: the addresses are those that were painted, aligned and within RAM.
    while at < high && unsafe { (at as *const u32).read_volatile() } == PAINT {
        at += 4;
    }
    high - at
}
