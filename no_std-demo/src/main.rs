//! Firmware that runs components, on whichever board it is built for.
//!
//! The demo is chosen by a Cargo feature, so that an image holds what it needs and nothing else. The
//! firmware prints a transcript, then what it cost, and exits with its own verdict.
#![no_std]
#![no_main]

extern crate alloc;

mod board;
mod demo;
mod heap;
mod stack;

use board::{measured, println};

/// What every board calls once it is up.
fn run() -> ! {
    heap::init();
    stack::paint();
    let passed = demo::run();
    finish(passed)
}

/// Prints what it all cost, and ends: whatever the demo says, nothing may be left on the heap, and the stack must have
/// been enough.
fn finish(passed: bool) -> ! {
    measured(board::instructions(), format_args!("instructions from reset to the end"));
    measured(heap::peak() as u64, format_args!("bytes of heap at most"));
    measured(stack::used() as u64, format_args!("bytes of stack at most"));
    println!("{} bytes of heap are left", heap::used());
    board::exit(passed && heap::used() == 0 && !stack::is_exhausted())
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    println!("panic: {info}");
    board::exit(false)
}
