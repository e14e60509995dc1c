//! `windlass validate`.

use super::{file, text, windlass};

#[test]
fn files_that_are_valid() {
    let greeter = "examples/greeter/greeter.wasm";
    let module = text(&file("valid.wat", "(module (func (result i32) i32.const 1))"));
    windlass(["validate", greeter, &module])
        .exits(0)
        .shows(&format!("{greeter}: valid component"))
        .shows(&format!("{module}: valid module"));
}

#[test]
fn files_that_are_not() {
    let invalid = text(&file("invalid.wat", "(module (func (result i32)))"));
    let malformed = text(&file("malformed.wasm", b"\0asm\x01\0\0\0\x01"));
    let valid = text(&file("valid_too.wat", "(module)"));
    windlass(["validate", &invalid, &malformed, &valid])
        .exits(1)
        .shows(&format!("{valid}: valid module"))
        .complains("invalid: type mismatch")
        .complains("malformed: ")
        .complains("at: byte offset 0x");
    let text = text(&file("text.wat", "(module (func (result i32) i32.cons 1))"));
    windlass(["validate", &text]).exits(1).complains("text.wat:1:");
}
