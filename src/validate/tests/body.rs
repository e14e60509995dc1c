//! The rules of code, group by group: valid, and one step past valid.

use super::check;
use std::format;

/// What the snippets refer to.
const AROUND: &str = "
    (type $v (func)) (type $ii (func (param i32) (result i32))) (type $two (func (result i32 i64)))
    (type $s (sub (struct (field i32) (field (mut i64)) (field (mut i8)))))
    (type $t (sub $s (struct (field i32) (field (mut i64)) (field (mut i8)) (field f32))))
    (type $a (array (mut i32))) (type $b (array i8)) (type $r (array (mut (ref $s)))) (type $n (array (mut funcref)))
    (import \"\" \"g\" (global $g i32)) (import \"\" \"m\" (global $m (mut i64)))
    (import \"\" \"h\" (func $h (param i32) (result i32)))
    (tag $e (param i32)) (tag $none)
    (memory $m32 1) (memory $m64 i64 1)
    (table $f 1 funcref) (table $x 1 externref) (table $f64 i64 1 funcref)
    (elem $seg funcref) (elem declare func $h) (elem $segx externref) (data $d \"\")
    (func $sink) (func $use (param i32 i64))";

#[track_caller]
fn code(locals: &str, code: &str, expect: &str) {
    check(&format!("(module {AROUND} (func {locals} {code}))"), expect);
}

#[test]
fn signatures_are_rules() {
    for (snippet, expect) in [
        ("(drop (i32.add (i32.const 1) (i32.const 2)))", ""),
        ("(drop (i32.add (i32.const 1) (f64.const 2)))", "type mismatch: expected i32, found f64 (at offset 0x"),
        ("(drop (i32.add (i32.const 1)))", "type mismatch: instruction requires [i32] but stack has []"),
        ("i32.const 1", "type mismatch: 1 more on the stack"),
        ("(drop (i64.load8_u align=1 (i32.const 0)))", ""),
        ("(drop (i64.load8_u align=2 (i32.const 0)))", "alignment must not be larger than natural"),
        ("(drop (v128.load align=16 (i32.const 0)))", ""),
        ("(drop (i8x16.extract_lane_s 15 (v128.const i64x2 0 0)))", ""),
        ("(drop (i8x16.extract_lane_s 16 (v128.const i64x2 0 0)))", "invalid lane index"),
        ("(drop (i32.load offset=0xFFFFFFFF (i32.const 0)))", ""),
        ("(drop (i32.load $m64 offset=0x100000000 (i64.const 0)))", ""),
        ("(drop (i32.load offset=0x100000000 (i32.const 0)))", "offset out of range"),
        ("(drop (i32.load $m64 (i32.const 0)))", "type mismatch: expected i64, found i32"),
        ("(drop (i32.load 2 (i32.const 0)))", "unknown memory: 2"),
        ("(i64.add128 (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) drop drop", ""),
    ] {
        code("", snippet, expect);
    }
}

#[test]
fn unreachable_code_has_any_operand() {
    for (snippet, expect) in [
        ("unreachable i32.add drop", ""),
        ("unreachable i64.const 1 i32.add drop", "type mismatch: expected i32, found i64"),
        ("unreachable select drop", ""),
        ("unreachable (select (i32.const 0) (i64.const 0) (i32.const 0)) drop", "type mismatch"),
        ("unreachable ref.as_non_null i32.eqz drop", "type mismatch: expected i32, found any reference"),
        ("unreachable ref.is_null drop", ""),
        ("(block (result i32) unreachable (br_if 0 (i32.const 1) (i32.const 1))) drop", ""),
        ("(loop (result i32) (br 0)) drop", ""),
        ("(br 0) (array.new_fixed $a 4000000000) drop", ""),
        ("return i32.const 1", "type mismatch: 1 more"),
    ] {
        code("", snippet, expect);
    }
}

#[test]
fn blocks_and_branches() {
    for (snippet, expect) in [
        ("(block (block (br 1)))", ""),
        ("(block (br 2))", "unknown label: 2"),
        ("(block (result i32) (br 0 (i32.const 1))) drop", ""),
        ("(block (result i32) (br 0 (i64.const 1))) drop", "type mismatch: expected i32, found i64"),
        ("(if (result i32) (i32.const 1) (then (i32.const 1)) (else (i32.const 2))) drop", ""),
        ("(if (result i32) (i32.const 1) (then (i32.const 1))) drop", "type mismatch: an if without else"),
        ("(i32.const 1) (if (type $ii) (i32.const 1) (then)) drop", ""),
        ("(i32.const 1) (block (type $ii) (param i32) (result i32)) drop", ""),
        ("(block (type $two) (i32.const 1) (i64.const 2)) drop drop", ""),
        ("(loop (br_table 0 1 0 (i32.const 1)))", ""),
        (
            "(block (result i32) (br_table 0 1 (i32.const 1) (i32.const 1))) drop",
            "type mismatch: the labels of br_table",
        ),
        (
            "(block (result i32) (i64.const 1) (br_table 0 0 (i32.const 1))) drop",
            "type mismatch: expected i32, found i64",
        ),
        ("(drop (call $h (i32.const 1)))", ""),
        ("(call 99)", "unknown function: 99"),
        ("(drop (call_indirect $f (type $ii) (i32.const 1) (i32.const 0)))", ""),
        ("(drop (call_indirect $f64 (type $ii) (i32.const 1) (i64.const 0)))", ""),
        (
            "(drop (call_indirect $x (type $ii) (i32.const 1) (i32.const 0)))",
            "type mismatch: expected a table of functions",
        ),
        ("(return_call $sink)", ""),
        ("(return_call $h (i32.const 1))", "type mismatch: the results of the callee"),
        ("(drop (call_ref $ii (i32.const 1) (ref.func $h)))", ""),
        (
            "(drop (call_ref $ii (i32.const 1) (ref.null $v)))",
            "type mismatch: expected (ref null 1), found (ref null 0)",
        ),
        ("(call_ref $s (ref.null $s))", "type mismatch: type 3 is not a function"),
    ] {
        code("", snippet, expect);
    }
}

#[test]
fn variables() {
    for (locals, snippet, expect) in [
        ("(local i32 i64)", "(local.set 0 (local.tee 0 (local.get 0)))", ""),
        ("(local i32 i64)", "(local.set 1 (local.get 0))", "type mismatch: expected i64, found i32"),
        ("(local i32 i64)", "(drop (local.get 2))", "unknown local: 2"),
        ("(local (ref $s))", "(drop (local.get 0))", "uninitialized local: 0"),
        ("(local (ref $s))", "(local.set 0 (struct.new_default $s)) (drop (local.get 0))", ""),
        (
            "(local (ref $s))",
            "(block (local.set 0 (struct.new_default $s))) (drop (local.get 0))",
            "uninitialized local",
        ),
        ("(local (ref $s))", "(drop (local.tee 0 (struct.new_default $s))) (block (drop (local.get 0)))", ""),
        (
            "(local (ref $s))",
            "(if (i32.const 1) (then (local.set 0 (struct.new_default $s))) (else (drop (local.get 0))))",
            "uninitialized local",
        ),
        ("(param (ref $s)) (local (ref $s))", "(drop (local.get 0))", ""),
        ("", "(global.set $m (i64.const 1)) (drop (global.get $g))", ""),
        ("", "(global.set $g (i32.const 1))", "immutable global"),
        ("", "(drop (select (ref.null func) (ref.null func) (i32.const 1)))", "type mismatch: expected a number"),
        ("", "(drop (select (result funcref) (ref.null func) (ref.null func) (i32.const 1)))", ""),
        ("", "(drop (select (i32.const 1) (i64.const 1) (i32.const 1)))", "type mismatch: expected i32, found i64"),
    ] {
        code(locals, snippet, expect);
    }
}

#[test]
fn memories_and_tables() {
    for (snippet, expect) in [
        ("(drop (memory.grow $m64 (memory.size $m64)))", ""),
        ("(drop (memory.grow $m64 (memory.size $m32)))", "type mismatch"),
        ("(memory.copy $m64 $m32 (i64.const 0) (i32.const 0) (i32.const 0))", ""),
        ("(memory.copy $m64 $m32 (i64.const 0) (i32.const 0) (i64.const 0))", "type mismatch"),
        ("(memory.fill $m64 (i64.const 0) (i32.const 0) (i64.const 0))", ""),
        ("(memory.init $m64 $d (i64.const 0) (i32.const 0) (i32.const 0)) (data.drop $d)", ""),
        ("(memory.init 7 (i32.const 0) (i32.const 0) (i32.const 0))", "unknown data segment: 7"),
        ("(table.set $f (i32.const 0) (table.get $f (i32.const 0)))", ""),
        ("(table.set $f (i32.const 0) (ref.null extern))", "type mismatch: expected funcref, found externref"),
        ("(drop (table.grow $f64 (ref.null func) (table.size $f64)))", ""),
        ("(table.fill $f64 (i64.const 0) (ref.null func) (i64.const 1))", ""),
        ("(table.copy $f $f64 (i32.const 0) (i64.const 0) (i32.const 0))", ""),
        ("(table.copy $f $x (i32.const 0) (i32.const 0) (i32.const 0))", "type mismatch: expected funcref"),
        ("(table.init $f $seg (i32.const 0) (i32.const 0) (i32.const 0)) (elem.drop $seg)", ""),
        ("(table.init $f $segx (i32.const 0) (i32.const 0) (i32.const 0))", "type mismatch"),
        ("(elem.drop 9)", "unknown elem segment: 9"),
    ] {
        code("", snippet, expect);
    }
}

#[test]
fn references_and_casts() {
    for (snippet, expect) in [
        ("(drop (ref.func $h))", ""),
        ("(drop (ref.func $sink))", "undeclared function reference"),
        ("(drop (ref.null 99))", "unknown type: 99"),
        ("(drop (ref.is_null (i32.const 1)))", "type mismatch: expected a reference"),
        ("(drop (ref.eq (ref.null eq) (struct.new_default $s)))", ""),
        ("(drop (ref.eq (ref.null func) (ref.null eq)))", "type mismatch"),
        ("(block (br_on_null 0 (ref.null $s)) drop)", ""),
        ("(block (result (ref $s)) (br_on_non_null 0 (ref.null $s)) unreachable) drop", ""),
        ("(block (br_on_non_null 0 (ref.null $s)))", "type mismatch: the label takes no reference"),
        ("(block (result i32) (br_on_non_null 0 (ref.null $s)) unreachable) drop", "type mismatch: expected a label"),
        ("(block (result (ref $t)) (br_on_cast 0 (ref null $s) (ref $t) (ref.null $s)) unreachable) drop", ""),
        (
            "(block (result (ref $t)) (br_on_cast 0 (ref $t) (ref $s) (struct.new_default $t)) unreachable) drop",
            "type mismatch",
        ),
        ("(block (result (ref null $s)) (br_on_cast_fail 0 (ref null $s) (ref $t) (ref.null $s))) drop", ""),
        ("(drop (ref.test (ref $t) (ref.null any)))", ""),
        ("(drop (ref.test (ref func) (ref.null any)))", "type mismatch"),
        ("(drop (struct.get $t 3 (ref.cast (ref null $t) (ref.null $s))))", ""),
        ("(drop (extern.convert_any (any.convert_extern (ref.null extern))))", ""),
        ("(drop (i31.get_s (ref.i31 (i32.const 1))))", ""),
    ] {
        code("", snippet, expect);
    }
}

#[test]
fn aggregates() {
    for (snippet, expect) in [
        ("(drop (struct.new $s (i32.const 0) (i64.const 0) (i32.const 0)))", ""),
        ("(drop (struct.new $s (i32.const 0) (i32.const 0) (i32.const 0)))", "type mismatch: expected i64, found i32"),
        ("(drop (struct.get $s 0 (struct.new_default $t)))", ""),
        ("(drop (struct.get $t 0 (struct.new_default $s)))", "type mismatch: expected (ref null 4), found (ref 3)"),
        ("(drop (struct.get $s 2 (struct.new_default $s)))", "type mismatch: the field is packed"),
        ("(drop (struct.get_u $s 2 (struct.new_default $s)))", ""),
        ("(drop (struct.get_u $s 1 (struct.new_default $s)))", "type mismatch: the field is unpacked"),
        ("(drop (struct.get $s 9 (struct.new_default $s)))", "unknown field: 9"),
        ("(struct.set $s 1 (struct.new_default $s) (i64.const 1))", ""),
        ("(struct.set $s 0 (struct.new_default $s) (i32.const 1))", "immutable field"),
        ("(drop (array.get $a (array.new $a (i32.const 1) (i32.const 2)) (i32.const 0)))", ""),
        ("(drop (array.get_s $b (array.new_default $b (i32.const 2)) (i32.const 0)))", ""),
        ("(drop (array.new_default $r (i32.const 2)))", "type mismatch: expected a type with a default value"),
        ("(drop (array.new_fixed $a 2 (i32.const 1) (i32.const 2)))", ""),
        ("(drop (array.new_fixed $a 2 (i32.const 1)))", "type mismatch"),
        ("(drop (array.new_data $b $d (i32.const 1) (i32.const 2)))", ""),
        ("(drop (array.new_data $n $d (i32.const 1) (i32.const 2)))", "array type is not numeric or vector"),
        ("(drop (array.new_elem $n $seg (i32.const 1) (i32.const 2)))", ""),
        ("(drop (array.new_elem $n $segx (i32.const 1) (i32.const 2)))", "type mismatch"),
        ("(array.set $b (array.new_default $b (i32.const 2)) (i32.const 0) (i32.const 0))", "immutable array"),
        ("(array.fill $a (ref.null $a) (i32.const 0) (i32.const 0) (i32.const 0))", ""),
        ("(array.copy $a $a (ref.null $a) (i32.const 0) (ref.null $a) (i32.const 0) (i32.const 0))", ""),
        (
            "(array.copy $a $b (ref.null $a) (i32.const 0) (ref.null $b) (i32.const 0) (i32.const 0))",
            "array types do not match",
        ),
        ("(array.init_data $a $d (ref.null $a) (i32.const 0) (i32.const 0) (i32.const 0))", ""),
        ("(array.init_elem $n $seg (ref.null $n) (i32.const 0) (i32.const 0) (i32.const 0))", ""),
        ("(drop (array.len (ref.null array)))", ""),
        ("(drop (array.get $s (ref.null $s) (i32.const 0)))", "type mismatch: type 3 is not an array"),
    ] {
        code("", snippet, expect);
    }
}

#[test]
fn exceptions() {
    for (snippet, expect) in [
        ("(throw $e (i32.const 1))", ""),
        ("(throw $e)", "type mismatch"),
        ("(throw 9)", "unknown tag: 9"),
        ("(throw_ref (ref.null exn))", ""),
        ("(block (result i32) (try_table (catch $e 0)) (i32.const 1)) drop", ""),
        ("(block (result i32 (ref exn)) (try_table (catch_ref $e 0)) unreachable) drop drop", ""),
        ("(block (result i32) (try_table (catch_ref $e 0)) unreachable) drop", "type mismatch: a catch clause"),
        ("(block (try_table (catch_all 0) (catch $none 1)))", ""),
        ("(try_table (catch_all 9))", "unknown label"),
        ("(block (result exnref) (try_table (catch_all_ref 0)) unreachable) drop", ""),
    ] {
        code("", snippet, expect);
    }
}
