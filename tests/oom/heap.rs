//! An allocator that refuses when it is told to, each thread for itself.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Failing;

#[global_allocator]
static HEAP: Failing = Failing;

/// What is refused after so many requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// That one request.
    Once,
    /// That request and all that follow.
    ForGood,
}

#[derive(Clone, Copy)]
struct State {
    /// Requests that are still answered; nothing is refused where there is none.
    left: Option<u64>,
    refusal: Refusal,
    /// Requests that were refused.
    refused: u64,
    /// Requests so far.
    requests: u64,
    /// Bytes that were allocated and not freed.
    in_use: isize,
}

thread_local! {
    static STATE: Cell<State> =
        const { Cell::new(State { left: None, refusal: Refusal::Once, refused: 0, requests: 0, in_use: 0 }) };
}

/// Bytes that this thread has allocated and not freed.
pub fn in_use() -> isize {
    STATE.get().in_use
}

/// Requests that this thread has made.
pub fn requests() -> u64 {
    STATE.get().requests
}

/// Does something while the request after `left` others is refused; whether it was.
pub fn refusing<T>(left: u64, refusal: Refusal, action: impl FnOnce() -> T) -> (T, bool) {
    STATE.set(State { left: Some(left), refusal, refused: 0, ..STATE.get() });
    let outcome = action();
    let refused = STATE.get().refused > 0;
    STATE.set(State { left: None, ..STATE.get() });
    (outcome, refused)
}

/// The one allocation that cannot fail: see `ImageRef::share`, which tries before whether there
/// is room for it.
fn is_shared_pointer(layout: Layout) -> bool {
    layout.size() == size_of::<windlass::image::Image>() + 2 * size_of::<usize>() && layout.align() > 1
}

/// Whether a request for `bytes` more is answered.
fn grant(bytes: isize, layout: Layout) -> bool {
    // A thread that ends is not counted any more.
    let granted = STATE.try_with(|cell| {
        let mut state = cell.get();
        state.requests += u64::from(!is_shared_pointer(layout));
        let granted = match state.left {
            _ if is_shared_pointer(layout) => true,
            Some(0) => {
                state.left = (state.refusal == Refusal::ForGood).then_some(0);
                state.refused += 1;
                false
            }
            left => {
                state.left = left.map(|left| left - 1);
                true
            }
        };
        state.in_use += if granted { bytes } else { 0 };
        cell.set(state);
        granted
    });
    granted.unwrap_or(true)
}

// SAFETY: every answer is the system allocator's, or null, which refuses; counting allocates nothing.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !grant(layout.size() as isize, layout) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if !grant(layout.size() as isize, layout) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        let _ = STATE.try_with(|cell| {
            let state = cell.get();
            cell.set(State { in_use: state.in_use - layout.size() as isize, ..state });
        });
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !grant(size as isize - layout.size() as isize, layout) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(ptr, layout, size) }
    }
}
