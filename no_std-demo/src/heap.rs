//! The allocator: one static array, and how much of it was in use at most.

use core::alloc::{GlobalAlloc, Layout};
use core::mem::MaybeUninit;
use core::ptr::addr_of_mut;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use embedded_alloc::LlffHeap;

/// All of the RAM but 20 KiB, for the stack and what is static; with a small guest no more than it needs, for the
/// suite as much as there is.
const SIZE: usize = match (cfg!(feature = "small"), cfg!(feature = "suite")) {
    (true, _) => 16 << 10,
    (_, true) if cfg!(target_arch = "riscv32") => 8128 << 10,
    _ => 108 << 10,
};

#[global_allocator]
static HEAP: Counted = Counted { heap: LlffHeap::empty(), used: AtomicUsize::new(0), peak: AtomicUsize::new(0) };

static mut ARENA: [MaybeUninit<u8>; SIZE] = [MaybeUninit::uninit(); SIZE];

struct Counted {
    heap: LlffHeap,
    used: AtomicUsize,
    peak: AtomicUsize,
}

impl Counted {
    fn took(&self, size: usize) {
        // One core, and interrupts that do not allocate: load and store need not be one step, which
        // a Cortex-M0 could not do.
        let used = self.used.load(Relaxed) + size;
        self.used.store(used, Relaxed);
        self.peak.store(self.peak.load(Relaxed).max(used), Relaxed);
    }
}

// SAFETY: every call goes on to the heap, which keeps the contract; counting touches no memory of it.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is passed on.
        let place = unsafe { self.heap.alloc(layout) };
        if !place.is_null() {
            self.took(layout.size());
        }
        place
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { self.heap.dealloc(place, layout) };
        self.used.store(self.used.load(Relaxed) - layout.size(), Relaxed);
    }
}

/// Gives the array to the allocator; once, before anything allocates.
pub fn init() {
    // SAFETY: called once, at the start of `run`, and nothing else names the array.
    unsafe { HEAP.heap.init(addr_of_mut!(ARENA) as usize, SIZE) }
}

/// Bytes in use now.
pub fn used() -> usize {
    HEAP.used.load(Relaxed)
}

/// Bytes in use at most so far.
pub fn peak() -> usize {
    HEAP.peak.load(Relaxed)
}
