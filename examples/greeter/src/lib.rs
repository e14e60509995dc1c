//! The greeter: the smallest component that says something, for boards and hosts.
//!
//! It uses neither `std` nor memory that grows: everything it allocates lies in one static array.
#![no_std]

extern crate alloc;

mod arena;

use alloc::string::String;
use core::fmt::Write;

wit_bindgen::generate!({ path: "greet.wit", world: "greeter" });

use exports::example::greeter::greet::{Guest, Person};

struct Greeter;

impl Guest for Greeter {
    fn greet(person: Person) -> String {
        // One reservation for the whole answer: growing a string would need its old and its new bytes at once.
        const REST: usize = "Hello, ! You are 4294967295 years old.".len();
        let mut text = String::with_capacity(person.name.len() + REST);
        match write!(text, "Hello, {}! You are {} years old.", person.name, person.age) {
            Ok(()) => text,
            Err(_) => core::arch::wasm32::unreachable(),
        }
    }
}

export!(Greeter);

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
