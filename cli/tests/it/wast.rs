//! `windlass wast`.

use super::{file, text, windlass};

const GOOD: &str = "(module (func (export \"f\") (result i32) i32.const 1))
(assert_return (invoke \"f\") (i32.const 1))
(assert_invalid (module (func (result i32))) \"type mismatch\")";

#[test]
fn a_suite_that_passes() {
    let path = text(&file("good.wast", GOOD));
    windlass(["wast", &path]).exits(0).shows("1 files, 1 without failure");
}

#[test]
fn a_suite_that_fails() {
    let bad = GOOD.replace("(i32.const 1))\n(assert_invalid", "(i32.const 2))\n(assert_invalid");
    let path = text(&file("bad.wast", bad));
    let json = text(&file("bad.json", ""));
    windlass(["wast", &path, "--json", &json]).exits(1).shows("bad.wast").complains("bad.wast:2:2: assert_return: ");
    let results = std::fs::read_to_string(&json).unwrap();
    let compact: String = results.split_whitespace().collect();
    assert!(compact.contains("\"total\":{") && compact.contains("\"passed\":2") && compact.contains("\"failed\":1"));
    assert!(compact.contains("\"line\":2") && compact.contains("\"directive\":\"assert_return\""), "{results}");
}

#[test]
fn features_decide() {
    let multi_value = "(module (func (result i32 i32) (i32.const 1) (i32.const 2)))";
    let path = text(&file("features.wast", multi_value));
    windlass(["wast", "--features", "wasm2", &path]).exits(0);
    windlass(["wast", "--features", "mvp", &path]).exits(1);
    windlass(["wast", "--features", "no-such-feature", &path]).exits(2).complains("no-such-feature");
}
