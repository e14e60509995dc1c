//! Three guests: `sink` gives back whatever it gets, `relay` hands everything on, `cook` calls.
#![no_std]

extern crate alloc;

#[cfg(feature = "cook")]
mod cook;
#[cfg(feature = "relay")]
mod relay;
#[cfg(feature = "sink")]
mod sink;

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
