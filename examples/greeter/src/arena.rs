//! The allocator: a bump pointer through one static array, wound back whenever nothing is alive.
//!
//! A call of the greeter allocates two strings and frees both, so every call begins with an empty
//! array. What does not fit gets a null pointer, which the generated `cabi_realloc` turns into a trap.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::{Cell, UnsafeCell};

/// All of the memory there is, less 8 KiB of stack and what the code's data needs.
#[cfg(not(any(feature = "large", feature = "small")))]
const SIZE: usize = 48 * 1024;
/// A name of a megabyte, the answer that repeats it, and some room.
#[cfg(feature = "large")]
const SIZE: usize = 3 * 1024 * 1024;

/// A name of some hundred bytes, and the answer that repeats it.
#[cfg(feature = "small")]
const SIZE: usize = 1024;

const MAX_ALIGN: usize = 16;

#[repr(C, align(16))]
struct Arena {
    bytes: UnsafeCell<[u8; SIZE]>,
    /// Bytes in use from the start of the array.
    top: Cell<usize>,
    /// Allocations that are not yet freed.
    alive: Cell<usize>,
}

// SAFETY: the guest has one thread, and no call of the allocator runs within another.
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena { bytes: UnsafeCell::new([0; SIZE]), top: Cell::new(0), alive: Cell::new(0) };

impl Arena {
    /// The offset of `block` in the array.
    fn offset_of(&self, block: *mut u8) -> usize {
        block.addr() - self.bytes.get().addr()
    }
}

// SAFETY: a block is handed out once: `top` only goes back over the last block when that block is
// freed, or to the start when no block is alive. Blocks lie within the array, aligned as asked,
// because the array itself is aligned to `MAX_ALIGN`.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > MAX_ALIGN {
            return core::ptr::null_mut();
        }
        let start = self.top.get().next_multiple_of(layout.align());
        let Some(end) = start.checked_add(layout.size()).filter(|&end| end <= SIZE) else {
            return core::ptr::null_mut();
        };
        self.top.set(end);
        self.alive.set(self.alive.get() + 1);
        // SAFETY: `start <= end <= SIZE`, checked above.
        unsafe { self.bytes.get().cast::<u8>().add(start) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let start = self.offset_of(block);
        self.alive.set(self.alive.get() - 1);
        if self.alive.get() == 0 {
            self.top.set(0);
        } else if start + layout.size() == self.top.get() {
            self.top.set(start);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let start = self.offset_of(block);
        // The last block grows and shrinks where it lies.
        if start + layout.size() == self.top.get() {
            return match start.checked_add(new_size) {
                Some(end) if end <= SIZE => {
                    self.top.set(end);
                    block
                }
                _ => core::ptr::null_mut(),
            };
        }
        if new_size <= layout.size() {
            return block;
        }
        // SAFETY: the caller's layout is valid, and so is the same alignment with a larger size;
        // the old block stays in place until its bytes are copied.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(new_size, layout.align()));
            if !moved.is_null() {
                core::ptr::copy_nonoverlapping(block, moved, layout.size());
                self.dealloc(block, layout);
            }
            moved
        }
    }
}
