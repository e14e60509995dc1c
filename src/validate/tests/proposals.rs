//! The rules of proposals beyond WebAssembly 3.0, and what their absence means.

use super::{FEATURES, check, encode, said};
use crate::error::ErrorKind;
use crate::support::Limits;
use crate::syntax::Features;
use crate::validate::module_of_any_feature;
use std::format;

/// Checks a module with custom descriptors.
#[track_caller]
fn described(text: &str, expect: &str) {
    let found = said(module_of_any_feature(&encode(text), FEATURES | Features::CUSTOM_DESCRIPTORS, &Limits::HOST));
    let same = if expect.is_empty() { found.is_empty() } else { found.starts_with(expect) };
    assert!(same, "{text}\n expected {expect:?}\n    found {found:?}");
}

/// Checks that a module is refused by the name of a feature where that is off.
#[track_caller]
fn needs(feature: Features, text: &str) {
    let judge = |features| module_of_any_feature(&encode(text), features, &Limits::HOST);
    let all = FEATURES | Features::CUSTOM_DESCRIPTORS;
    assert_eq!(said(judge(all)), "", "{text}");
    let error = judge(all - feature).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disabled(feature), "{text}: {error}");
}

#[test]
fn what_is_off_is_refused_by_name() {
    for (feature, text) in [
        (Features::CUSTOM_PAGE_SIZES, "(module (memory 0 (pagesize 1)))"),
        // Also the size that all pages have: what counts is that it is written.
        (Features::CUSTOM_PAGE_SIZES, "(module (memory 0 (pagesize 65536)))"),
        (Features::THREADS, "(module (memory 0 1 shared))"),
        (Features::THREADS, "(module (func (atomic.fence)))"),
        (Features::THREADS, "(module (memory 0) (func (drop (i32.atomic.load (i32.const 0)))))"),
        (Features::COMPACT_IMPORTS, "(module (import \"a\" (item \"b\" (func)) (item \"c\" (func))))"),
        (Features::COMPACT_IMPORTS, "(module (import \"a\" (item \"b\") (item \"c\") (func)))"),
        (Features::WIDE_ARITHMETIC, "(module (func (result i64 i64) (i64.mul_wide_u (i64.const 1) (i64.const 2))))"),
        (Features::CUSTOM_DESCRIPTORS, "(module (type $f (func)) (func (param (ref (exact $f)))))"),
        (
            Features::CUSTOM_DESCRIPTORS,
            "(module (rec (type $a (descriptor $b) (struct)) (type $b (describes $a) (struct))))",
        ),
        (Features::CUSTOM_DESCRIPTORS, "(module (type $f (func)) (import \"\" \"\" (func (exact (type $f)))))"),
        (Features::EXCEPTIONS, "(module (tag))"),
    ] {
        needs(feature, text);
    }
}

#[test]
fn sizes_of_memories_follow_their_pages() {
    for (memory, expect) in [
        ("0xFFFFFFFF (pagesize 1)", ""),
        ("0 0xFFFFFFFF (pagesize 1)", ""),
        ("0x100000000 (pagesize 1)", "memory size must be at most what its addresses reach: at most 4294967295 pages"),
        ("i64 0xFFFFFFFFFFFFFFFF (pagesize 1)", ""),
        ("65536 (pagesize 65536)", ""),
        ("65537 (pagesize 65536)", "memory size must be at most 65536 pages"),
        ("i64 0x1000000000000", ""),
        ("i64 0x1000000000001", "memory size must be at most 2^48 pages"),
        ("0 (pagesize 2)", "invalid custom page size: 2^1"),
        ("0 (pagesize 32768)", "invalid custom page size: 2^15"),
        ("0 shared", "shared memory must have maximum"),
    ] {
        check(&format!("(module (memory {memory}))"), expect);
    }
}

#[test]
fn atomics_promise_their_natural_alignment() {
    for (code, expect) in [
        ("(drop (i32.atomic.load align=4 (i32.const 0)))", ""),
        ("(drop (i32.atomic.load align=2 (i32.const 0)))", "atomic alignment must be natural"),
        ("(drop (i32.atomic.load align=8 (i32.const 0)))", "alignment must not be larger than natural"),
        ("(drop (memory.atomic.wait64 (i32.const 0) (i64.const 0) (i64.const 0)))", ""),
        ("(drop (memory.atomic.wait32 (i32.const 0) (i64.const 0) (i64.const 0)))", "type mismatch"),
        ("(i64.atomic.store8 (i32.const 0) (i32.const 0))", "type mismatch"),
        ("(drop (i64.atomic.rmw.cmpxchg (i32.const 0) (i64.const 0) (i64.const 0)))", ""),
    ] {
        check(&format!("(module (memory 1) (func {code}))"), expect);
    }
    check("(module (func (drop (i32.atomic.load (i32.const 0)))))", "unknown memory");
}

#[test]
fn descriptors_and_what_they_describe_are_pairs() {
    let group = |types: &str| format!("(module (rec {types}))");
    for (types, expect) in [
        ("(type $a (descriptor $b) (struct)) (type $b (describes $a) (struct))", ""),
        (
            "(type $a (descriptor $b) (struct)) (type $b (describes $a) (descriptor $c) (struct)) (type $c (describes $b) (struct))",
            "",
        ),
        ("(type (descriptor 1) (struct)) (type (struct))", "invalid descriptor: the type is not described"),
        ("(type (struct)) (type (describes 0) (struct))", "invalid descriptor: the described type has another"),
        (
            "(type (describes 1) (struct)) (type (descriptor 0) (struct))",
            "invalid descriptor: what is described is no earlier",
        ),
        (
            "(type (descriptor 2) (struct)) (type (struct))",
            "invalid descriptor: the descriptor is no type of the group",
        ),
        (
            "(type $a (descriptor $b) (func)) (type $b (describes $a) (struct))",
            "invalid descriptor: a descriptor and what it describes must be structures",
        ),
        (
            "(type $a (sub (descriptor $b) (struct))) (type $b (describes $a) (struct))",
            "invalid descriptor: only one of a type",
        ),
        (
            "(type $a (sub (descriptor $b) (struct))) (type $b (sub (describes $a) (struct)))
             (type $c (sub $a (descriptor $d) (struct))) (type $d (sub $b (describes $c) (struct)))",
            "",
        ),
        (
            "(type $a (sub (descriptor $b) (struct))) (type $b (sub (describes $a) (struct)))
             (type $c (sub $a (descriptor $d) (struct))) (type $d (sub (describes $c) (struct)))",
            "sub type",
        ),
        (
            "(type $a (sub (descriptor $b) (struct))) (type $b (sub (describes $a) (struct))) (type $c (sub $a (struct)))",
            "sub type",
        ),
        (
            "(type $a (sub (struct))) (type $c (sub $a (descriptor $d) (struct))) (type $d (sub (describes $c) (struct)))",
            "sub type",
        ),
    ] {
        described(&group(types), expect);
    }
    // Types with other descriptors are other types.
    described(
        "(module (rec (type $a (descriptor $b) (struct)) (type $b (describes $a) (struct)))
            (rec (type $c (struct)) (type $d (struct)))
            (func (param (ref $a)) (result (ref $c)) (local.get 0)))",
        "type mismatch",
    );
}

#[test]
fn exact_references_and_descriptors_in_code() {
    const AROUND: &str = "
        (type $f (sub (func))) (type $g (sub $f (func)))
        (rec (type $a (sub (descriptor $b) (struct (field i32)))) (type $b (sub (describes $a) (struct))))
        (rec (type $c (sub $a (descriptor $d) (struct (field i32)))) (type $d (sub $b (describes $c) (struct))))
        (import \"\" \"f\" (func $imported (type $f))) (import \"\" \"g\" (func $exact (exact (type $f))))
        (func $own (type $f)) (elem declare func $imported $exact $own)";
    for (code, expect) in [
        ("(param (ref (exact $a))) (result (ref $a)) (local.get 0)", ""),
        ("(param (ref $a)) (result (ref (exact $a))) (local.get 0)", "type mismatch: expected (ref (exact"),
        ("(param (ref (exact $c))) (result (ref (exact $a))) (local.get 0)", "type mismatch"),
        ("(param (ref (exact $c))) (result (ref $a)) (local.get 0)", ""),
        ("(param nullref) (result (ref null (exact $a))) (local.get 0)", ""),
        ("(param (ref (exact $a))) (result anyref) (local.get 0)", ""),
        ("(result (ref (exact $f))) (ref.func $own)", ""),
        ("(result (ref (exact $f))) (ref.func $exact)", ""),
        ("(result (ref (exact $f))) (ref.func $imported)", "type mismatch"),
        ("(result (ref (exact $b))) (struct.new $b)", ""),
        ("(result (ref $a)) (struct.new $a (i32.const 1))", "invalid descriptor: an allocation"),
        ("(result (ref $a)) (struct.new_default $a)", "invalid descriptor: an allocation"),
        ("(result (ref (exact $a))) (struct.new_desc $a (i32.const 1) (struct.new $b))", ""),
        ("(result (ref (exact $a))) (struct.new_default_desc $a (struct.new $b))", ""),
        ("(param (ref $b)) (result (ref $a)) (struct.new_default_desc $a (local.get 0))", "type mismatch"),
        ("(result (ref $b)) (struct.new_default_desc $b (struct.new $b))", "invalid descriptor: the type has no"),
        ("(param (ref null (exact $a))) (result (ref (exact $b))) (ref.get_desc $a (local.get 0))", ""),
        ("(param (ref null $a)) (result (ref $b)) (ref.get_desc $a (local.get 0))", ""),
        ("(param (ref null $c)) (result (ref (exact $b))) (ref.get_desc $a (local.get 0))", "type mismatch"),
        ("(param (ref null $b)) (result (ref $b)) (ref.get_desc $b (local.get 0))", "invalid descriptor"),
        ("(param anyref (ref null $b)) (result (ref $a)) (ref.cast_desc_eq (ref $a) (local.get 0) (local.get 1))", ""),
        (
            "(param anyref (ref null $b)) (result (ref null (exact $a)))
             (ref.cast_desc_eq (ref null (exact $a)) (local.get 0) (local.get 1))",
            "type mismatch",
        ),
        (
            "(param anyref (ref null (exact $b))) (result (ref null (exact $a)))
             (ref.cast_desc_eq (ref null (exact $a)) (local.get 0) (local.get 1))",
            "",
        ),
        (
            "(param anyref (ref $b)) (result (ref $a))
             (block (result anyref) (return (br_on_cast_desc_eq_fail 0 anyref (ref $a) (local.get 0) (local.get 1))))
             unreachable",
            "",
        ),
        (
            "(param anyref (ref $b)) (result anyref)
             (block (result (ref $a)) (br_on_cast_desc_eq 0 anyref (ref $a) (local.get 0) (local.get 1)) (return))",
            "",
        ),
        // The target need not match the source, only be of its hierarchy.
        (
            "(param (ref $f)) (result (ref $a)) (br_on_cast 0 (ref $f) (ref $a) (local.get 0)) unreachable",
            "type mismatch",
        ),
        ("(param (ref null $a)) (result (ref $b)) (br_on_cast 0 (ref null $a) (ref $b) (local.get 0)) unreachable", ""),
    ] {
        described(&format!("(module {AROUND} (func {code}))"), expect);
    }
}
