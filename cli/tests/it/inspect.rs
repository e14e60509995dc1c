//! `windlass inspect`.

use super::{file, text, windlass};

#[test]
fn a_component() {
    windlass(["inspect", "examples/greeter/greeter.wasm"])
        .exits(0)
        .shows("component, ")
        .shows("export example:greeter/greet@1.0.0: ")
        .shows("greet: func(person: ")
        .shows("core module 0")
        .shows("memory: 1 page (64 KiB) at first, 1 page (64 KiB) at most")
        .shows("side table: ");
}

#[test]
fn a_core_module() {
    let module = "(module
        (import \"env\" \"log\" (func (param i32)))
        (memory (export \"memory\") 2)
        (func (export \"f\") (param i32) (result i64 f32) unreachable))";
    let path = text(&file("inspect.wat", module));
    windlass(["inspect", &path])
        .exits(0)
        .shows("core module, ")
        .shows("import env log: func(i32)")
        .shows("export memory: memory")
        .shows("export f: func(i32) -> (i64, f32)");
}

#[test]
fn what_a_board_needs() {
    windlass(["inspect", "--board", "examples/greeter/greeter.wasm"])
        .exits(0)
        .shows("flash: ")
        .shows("side tables: 572 bytes")
        .shows("linear memories at first: 65536 bytes")
        .shows("features: component-model");
}

#[test]
fn what_does_not_fit_a_board() {
    let path = text(&file("large.wat", "(module (memory 100))"));
    windlass(["inspect", "--board", &path]).exits(1).shows("may grow without a maximum");
    let path = text(&file("needy.wat", "(module (import \"a\" \"f\" (func)))"));
    windlass(["inspect", "--board", &path]).exits(0).shows("unknown import");
}
