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

use board::println;

/// What every board calls once it is up.
fn run() -> ! {
    heap::init();
    stack::paint();
    let start = board::instructions();
    let passed = demo::run();
    println!("instructions: {}", board::instructions().wrapping_sub(start));
    println!("heap: {} bytes at most, {} left", heap::peak(), heap::used());
    println!("stack: {} bytes at most", stack::used());
    board::exit(passed)
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    println!("panic: {info}");
    board::exit(false)
}
