//! A corrupted directive fails, and no other: for every kind of directive.

use windlass_spec_tests::{FileReport, Options, Packages, run_text, suites};

fn run(name: &str, text: &str) -> FileReport {
    run_text(name, text, &Options::default())
}

/// Replaces `from`, which the text has once, by `to`, and wants exactly one failure more: the
/// directive with that keyword in that line.
fn check(name: &str, text: &str, from: &str, to: &str, keyword: &str) {
    assert_eq!(text.matches(from).count(), 1, "{name} does not have {from:?} exactly once");
    let at = text.find(from).unwrap_or(0);
    let before = run(name, text);
    let after = run(name, &text.replace(from, to));
    let fresh: Vec<_> = after
        .failures
        .iter()
        .filter(|failure| {
            before.failures.iter().all(|old| (old.line, old.directive) != (failure.line, failure.directive))
        })
        .collect();
    let total = |report: &FileReport| report.passed + report.failed();
    assert_eq!(total(&before), total(&after), "{name}: directives are lost");
    let [failure] = fresh[..] else { panic!("{name}: {from:?} → {to:?} makes {fresh:?} fail") };
    assert_eq!(failure.directive, keyword, "{name}: {failure:?}");
    // The directive begins in the line of the change or above it, and after the one before.
    let line = text[..at].lines().count().max(1);
    assert!(failure.line <= line + 1 && line < failure.line + 8, "{name}: {failure:?} is not at line {line}");
}

/// Changes to files of the official suite.
#[test]
fn in_a_suite_file() -> Result<(), suites::Error> {
    let cases: [(&str, &str, &str, &str); 9] = [
        (
            "i32.wast",
            r#"(assert_return (invoke "add" (i32.const 1) (i32.const 1)) (i32.const 2))"#,
            r#"(assert_return (invoke "add" (i32.const 1) (i32.const 1)) (i32.const 3))"#,
            "assert_return",
        ),
        (
            "f32.wast",
            r#"(assert_return (invoke "add" (f32.const -0x0p+0) (f32.const -nan)) (f32.const nan:canonical))"#,
            r#"(assert_return (invoke "add" (f32.const -0x0p+0) (f32.const -nan)) (f32.const -0x0p+0))"#,
            "assert_return",
        ),
        (
            "i32.wast",
            r#"(assert_trap (invoke "div_s" (i32.const 1) (i32.const 0)) "integer divide by zero")"#,
            r#"(assert_trap (invoke "div_s" (i32.const 1) (i32.const 0)) "integer overflow")"#,
            "assert_trap",
        ),
        (
            "i32.wast",
            r#"(assert_trap (invoke "div_s" (i32.const 0) (i32.const 0)) "integer divide by zero")"#,
            r#"(assert_trap (invoke "div_s" (i32.const 0) (i32.const 1)) "integer divide by zero")"#,
            "assert_trap",
        ),
        (
            "i32.wast",
            r#"(assert_trap (invoke "div_s" (i32.const 0x80000000) (i32.const -1)) "integer overflow")"#,
            r#"(assert_trap (invoke "div_s" (i32.const 0x80000000) (i32.const -1)) "no suite's words")"#,
            "assert_trap",
        ),
        (
            "block.wast",
            "(module (func $type-empty-i32 (result i32) (block)))",
            "(module (func $type-empty-i32 (block)))",
            "assert_invalid",
        ),
        (
            "block.wast",
            r#""(func (i32.const 0) (block (param i32) (type $sig) (result i32)))""#,
            r#""(func (drop (i32.const 0) (block (type $sig))))""#,
            "assert_malformed",
        ),
        (
            "call.wast",
            r#"(assert_exhaustion (invoke "runaway") "call stack exhausted")"#,
            r#"(assert_exhaustion (invoke "even" (i64.const 0)) "call stack exhausted")"#,
            "assert_exhaustion",
        ),
        (
            "imports.wast",
            r#"(module (import "spectest" "unknown" (func)))"#,
            r#"(module (import "spectest" "print" (func)))"#,
            "assert_unlinkable",
        ),
    ];
    let suite = Packages::find()?.core_suite()?;
    for (file, from, to, keyword) in cases {
        let name = format!("wasm-latest/{file}");
        let found = suite.iter().find(|file| file.name == name).ok_or("the suite has no such file")?;
        check(&name, &std::fs::read_to_string(&found.path)?, from, to, keyword);
    }
    Ok(())
}

/// A script with every kind of directive that no file of the suite is simple enough for.
const SCRIPT: &str = r#"
(module $a
  (global (export "g") i32 (i32.const 7))
  (func (export "f") (param i32) (result i32) (local.get 0))
  (func (export "trap") unreachable)
  (func (export "pair") (result f32 f32) (f32.const nan:0x200000) (f32.const nan)))
(module definition $d (func (export "one") (result i32) (i32.const 1)))
(module instance $i $d)
(register "i" $i)
(module (import "i" "one" (func (result i32))))
(invoke $a "f" (i32.const 1))
(assert_return (invoke $i "one") (i32.const 1))
(assert_return (get $a "g") (i32.const 7))
(assert_return (invoke $a "f" (i32.const 5)) (either (i32.const 4) (i32.const 5)))
(assert_trap (module (func $start unreachable) (start $start)) "unreachable")
(assert_unlinkable (module (import "i" "one" (func))) "incompatible import type")
(assert_malformed (module binary "") "unexpected end")
(assert_malformed_custom (module quote "(@custom)") "@custom annotation: missing section name")
(assert_invalid_custom
  (module (func $hinted (@metadata.code.branch_hint "\01") nop))
  "@metadata.code.branch_hint annotation: invalid target")
(thread $t (shared (module $a))
  (assert_return (invoke $a "f" (i32.const 3)) (i32.const 3)))
(wait $t)
(module $e (tag $t) (func (export "throw") (throw $t)) (func (export "none")))
(assert_exception (invoke $e "throw"))
(module (func $last))
"#;

#[test]
fn in_a_script() {
    let report = run("script.wast", SCRIPT);
    assert_eq!(report.failures, []);
    assert_eq!(report.passed, 19);
    for (from, to, keyword) in [
        // The last module, as the failure of any other one makes its users fail as well.
        ("(module (func $last))", "(module (func $last (result i32)))", "module"),
        ("(module (func $last))", "(module (import \"no\" \"thing\" (func)))", "module"),
        ("(module $a\n", "(module definition $z (func (result i32)))\n(module $a\n", "module definition"),
        ("\"one\" (func (result i32))))", "\"two\" (func (result i32))))", "module"),
        ("(wait $t)\n(module $e", "(module instance $x $missing)\n(module $e", "module instance"),
        ("(module (func $last))", "(register \"x\" $missing)", "register"),
        ("(invoke $a \"f\" (i32.const 1))", "(invoke $a \"trap\")", "invoke"),
        ("(invoke $a \"f\" (i32.const 1))", "(invoke $a \"missing\")", "invoke"),
        ("(invoke $a \"f\" (i32.const 1))", "(invoke $a \"f\" (i64.const 1))", "invoke"),
        (
            "(assert_return (invoke $i \"one\") (i32.const 1))",
            "(assert_return (invoke $i \"one\") (i32.const 2))",
            "assert_return",
        ),
        ("(get $a \"g\") (i32.const 7)", "(get $a \"g\") (i32.const 8)", "assert_return"),
        ("(either (i32.const 4) (i32.const 5))", "(either (i32.const 4) (i32.const 6))", "assert_return"),
        ("(module (func $start unreachable) (start $start))", "(module (func $start) (start $start))", "assert_trap"),
        ("\"incompatible import type\"", "\"unknown import\"", "assert_unlinkable"),
        ("(module binary \"\")", "(module binary \"\\00asm\\01\\00\\00\\00\")", "assert_malformed"),
        ("(module quote \"(@custom)\")", "(module quote \"(@custom \\\"a\\\" \\\"b\\\")\")", "assert_malformed_custom"),
        (
            "(func $hinted (@metadata.code.branch_hint \"\\01\") nop)",
            "(func $hinted (@metadata.code.branch_hint \"\\01\") (if (i32.const 0) (then)))",
            "assert_invalid_custom",
        ),
        ("(i32.const 3)))", "(i32.const 4)))", "thread"),
        ("(wait $t)", "(wait $other)", "wait"),
        ("(invoke $e \"throw\")", "(invoke $e \"none\")", "assert_exception"),
    ] {
        // What is put in as an additional directive changes the count, not the check.
        let added = to.contains("definition $z");
        if added {
            let report = run("script.wast", &SCRIPT.replace(from, to));
            assert_eq!(report.failures.len(), 1, "{:?}", report.failures);
            assert_eq!(report.failures[0].directive, keyword);
        } else {
            check("script.wast", SCRIPT, from, to, keyword);
        }
    }
}

/// NaN patterns: what they take and what they do not.
#[test]
fn nan_patterns_are_told_apart() {
    let script = |expected: &str| format!("{SCRIPT}\n(assert_return (invoke $a \"pair\") {expected})");
    for (expected, passes) in [
        ("(f32.const nan:0x200000) (f32.const nan:canonical)", true),
        ("(f32.const nan:0x200000) (f32.const nan:arithmetic)", true),
        ("(f32.const nan:arithmetic) (f32.const nan:arithmetic)", false),
        ("(f32.const nan:canonical) (f32.const nan:canonical)", false),
        ("(f32.const nan:0x200000)", false),
        ("(f32.const nan:0x200000) (f64.const nan:canonical)", false),
    ] {
        assert_eq!(run("script.wast", &script(expected)).failures.is_empty(), passes, "{expected}");
    }
}

/// What cannot be run, or not be read, is a failure, never a gap.
#[test]
fn nothing_is_skipped() {
    let report = run("x.wast", "(assert_suspension (invoke \"f\") \"unhandled\")");
    assert_eq!((report.passed, report.failed()), (0, 1));
    let report = run("x.wast", "(assert_exception (invoke \"f\"))");
    assert_eq!((report.passed, report.failed()), (0, 1));
    let report = run("x.wast", "(module) (no_such_directive)");
    assert_eq!((report.passed, report.failed()), (0, 1));
    assert_eq!(report.failures[0].directive, "file");
}
