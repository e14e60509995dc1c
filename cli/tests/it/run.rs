//! `windlass run`.

use super::{file, text, windlass};

#[test]
fn a_core_module() {
    let module = "(module
        (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
        (func (export \"swap\") (param i64 f64) (result f64 i64) (local.get 1) (local.get 0))
        (func (export \"nothing\")))";
    let path = text(&file("core.wat", module));
    for (call, result) in [
        ("add(1, 2)", "3\n"),
        ("add(-1, 0)", "-1\n"),
        ("add(4294967295, 0)", "-1\n"),
        ("swap(1, 2.5)", "(2.5, 1)\n"),
        ("nothing()", ""),
    ] {
        windlass(["run", &path, "--invoke", call]).exits(0).prints(result);
    }
    windlass(["run", &path, "--invoke", "add(4294967296, 0)"]).exits(2).complains("i32");
    windlass(["run", &path, "--invoke", "sub(1, 2)"]).exits(2).complains("add: func(i32, i32) -> i32");
}

#[test]
fn a_trap_has_a_backtrace_with_names() {
    let module = "(module
        (func $inner (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
        (func $outer (export \"outer\") (result i32) (call $inner (i32.const 0))))";
    let path = text(&file("trap.wat", module));
    windlass(["run", &path, "--invoke", "outer()"])
        .exits(1)
        .complains("trap: integer divide by zero")
        .complains("0: 0x")
        .complains("func[0] inner")
        .complains("func[1] outer");
}
