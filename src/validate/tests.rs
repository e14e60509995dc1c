//! Rules as data: a module in text, and what the validator says of it.

use super::{image, module_of_any_feature};
use crate::error::{ErrorKind, Invalid, Result};
use crate::image::side_table::{Branch, Prologue};
use crate::image::{Bytes, Module};
use crate::support::{Limit, Limits};
use crate::syntax::Features;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

fn judge(text: &str) -> Result<Module> {
    let bytes = wat::parse_str(text).unwrap();
    module_of_any_feature(&bytes, Features::WASM3 | Features::WIDE_ARITHMETIC, &Limits::HOST)
}

/// Checks a module: `""` where it is valid, or else how the error's text begins.
fn check(text: &str, expect: &str) {
    let found = judge(text).err().map(|error| error.to_string()).unwrap_or_default();
    let same = if expect.is_empty() { found.is_empty() } else { found.starts_with(expect) };
    assert!(same, "{text}\n expected {expect:?}\n found {found:?}");
}

/// Checks a function's code.
fn check_code(code: &str, expect: &str) {
    check(&format!("(module (memory 1) (table 1 funcref) (func {code}))"), expect);
}

#[test]
fn signatures() {
    for (code, expect) in [
        ("(drop (i32.add (i32.const 1) (i32.const 2)))", ""),
        ("(drop (i32.add (i32.const 1) (f64.const 2)))", "type mismatch: expected i32, found f64 (at offset 0x"),
        ("(drop (i32.add (i32.const 1)))", "type mismatch: instruction requires [i32] but stack has []"),
        ("i32.const 1", "type mismatch: 1 more on the stack"),
        ("unreachable i32.add drop", ""),
        ("unreachable i64.const 1 i32.add drop", "type mismatch: expected i32, found i64"),
        ("(drop (i64.load8_u align=1 (i32.const 0)))", ""),
        ("(drop (i64.load8_u align=2 (i32.const 0)))", "alignment must not be larger than natural"),
        ("(drop (v128.load align=16 (i32.const 0)))", ""),
        ("(drop (i8x16.extract_lane_s 15 (v128.const i64x2 0 0)))", ""),
        ("(drop (i8x16.extract_lane_s 16 (v128.const i64x2 0 0)))", "invalid lane index"),
        ("(i64.add128 (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) drop drop", ""),
    ] {
        check_code(code, expect);
    }
}
