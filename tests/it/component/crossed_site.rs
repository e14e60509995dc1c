//! Calls of functions whose values are integers, made again and again from the same places: the dispatcher keeps what
//! they need, and all dispatchers agree.

use super::crossed::{agree, lifted, pausable, pausable_once};
use windlass::Trap;

/// `c` calls `b` and `a`, and `b` calls `a`.
const SITES: &str = r#"(component
    (component $a
        (core func $get (canon context.get i32 0))
        (core func $set (canon context.set i32 0))
        (core module $m
            (import "" "get" (func $get (result i32)))
            (import "" "set" (func $set (param i32)))
            (memory 1 9)
            (func $add (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
            (func (export "add-by-tail") (param i32 i32) (result i32) (return_call $add (local.get 1) (local.get 0)))
            (func (export "small") (param i32 i32 i32 i32) (result i32) (local i32 i64)
                (i32.add (i32.add (local.get 4) (i32.wrap_i64 (local.get 5)))
                (i32.add (i32.add (local.get 0) (i32.mul (local.get 1) (i32.const 1000)))
                    (i32.add (i32.mul (local.get 2) (i32.const 1000000)) (i32.mul (local.get 3) (i32.const 100000000))))))
            (func (export "byte") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 100)))
            (func (export "note") (param i32) (i32.store (i32.const 8) (local.get 0)))
            (func (export "noted") (result i32) (i32.load (i32.const 8)))
            (func (export "up-to-two") (param i32) (result i32)
                (if (i32.gt_u (local.get 0) (i32.const 2)) (then unreachable)) (local.get 0))
            (func (export "grow") (param i32) (result i32)
                (drop (memory.grow (local.get 0)))
                (i32.store (i32.sub (i32.mul (memory.size) (i32.const 0x10000)) (i32.const 4)) (memory.size))
                (i32.load (i32.sub (i32.mul (memory.size) (i32.const 0x10000)) (i32.const 4))))
            (func (export "storage") (param i32) (result i32)
                (call $set (i32.add (call $get) (local.get 0))) (call $get)))
        (core instance $i (instantiate $m (with "" (instance (export "get" (func $get)) (export "set" (func $set))))))
        (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
        (func (export "add-by-tail") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add-by-tail")))
        (func (export "small") (param "a" u8) (param "b" s8) (param "c" u16) (param "d" s16) (result s32)
            (canon lift (core func $i "small")))
        (func (export "byte") (param "a" u8) (result u8) (canon lift (core func $i "byte")))
        (func (export "note") (param "a" u32) (canon lift (core func $i "note")))
        (func (export "noted") (result u32) (canon lift (core func $i "noted")))
        (func (export "up-to-two") (param "a" u32) (result u32) (canon lift (core func $i "up-to-two")))
        (func (export "grow") (param "a" u32) (result u32) (canon lift (core func $i "grow")))
        (func (export "storage") (param "a" u32) (result u32) (canon lift (core func $i "storage"))))
    (instance $a (instantiate $a))
    (component $b
        (import "a" (instance $a
            (export "add" (func (param "a" u32) (param "b" u32) (result u32)))
            (export "up-to-two" (func (param "a" u32) (result u32)))
            (export "storage" (func (param "a" u32) (result u32)))))
        (core func $add (canon lower (func $a "add")))
        (core func $up-to-two (canon lower (func $a "up-to-two")))
        (core func $storage (canon lower (func $a "storage")))
        (core module $m
            (import "a" "add" (func $add (param i32 i32) (result i32)))
            (import "a" "up-to-two" (func $up-to-two (param i32) (result i32)))
            (import "a" "storage" (func $storage (param i32) (result i32)))
            (memory (export "m") 1)
            (func (export "twice") (param i32) (result i32)
                (call $add (call $add (local.get 0) (i32.const 1)) (local.get 0)))
            (func (export "up-to-two") (param i32) (result i32) (call $up-to-two (local.get 0)))
            (func (export "storage") (param i32) (result i32) (call $storage (local.get 0)))
            (func $where (param i32 i32 i32 i32) (result i32) (call $add (i32.const 500) (i32.const 12)))
            (func (export "where") (result i32)
                (call $where (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
            (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                (call $where (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
            (func (export "length") (param i32 i32) (result i32) (local.get 1)))
        (core instance $i (instantiate $m (with "a" (instance
            (export "add" (func $add)) (export "up-to-two" (func $up-to-two)) (export "storage" (func $storage))))))
        (func (export "twice") (param "a" u32) (result u32) (canon lift (core func $i "twice")))
        (func (export "up-to-two") (param "a" u32) (result u32) (canon lift (core func $i "up-to-two")))
        (func (export "storage") (param "a" u32) (result u32) (canon lift (core func $i "storage")))
        (func (export "where") (result u32) (canon lift (core func $i "where")))
        (func (export "length") (param "a" string) (result u32)
            (canon lift (core func $i "length") (memory (core memory $i "m")) (realloc (core func $i "realloc")))))
    (instance $b (instantiate $b (with "a" (instance $a))))
    (component $c
        (import "a" (instance $a
            (export "add" (func (param "a" u32) (param "b" u32) (result u32)))
            (export "add-by-tail" (func (param "a" u32) (param "b" u32) (result u32)))
            (export "small" (func (param "a" u8) (param "b" s8) (param "c" u16) (param "d" s16) (result s32)))
            (export "byte" (func (param "a" u8) (result u8)))
            (export "note" (func (param "a" u32)))
            (export "noted" (func (result u32)))
            (export "up-to-two" (func (param "a" u32) (result u32)))
            (export "grow" (func (param "a" u32) (result u32)))
            (export "storage" (func (param "a" u32) (result u32)))))
        (import "b" (instance $b
            (export "twice" (func (param "a" u32) (result u32)))
            (export "up-to-two" (func (param "a" u32) (result u32)))
            (export "storage" (func (param "a" u32) (result u32)))
            (export "where" (func (result u32)))
            (export "length" (func (param "a" string) (result u32)))))
        (core module $memory (memory (export "m") 1))
        (core instance $memory (instantiate $memory))
        (alias core export $memory "m" (core memory $m))
        (core func $add (canon lower (func $a "add")))
        (core func $add-by-tail (canon lower (func $a "add-by-tail")))
        (core func $small (canon lower (func $a "small")))
        (core func $byte (canon lower (func $a "byte")))
        (core func $note (canon lower (func $a "note")))
        (core func $noted (canon lower (func $a "noted")))
        (core func $up-to-two (canon lower (func $a "up-to-two")))
        (core func $grow (canon lower (func $a "grow")))
        (core func $storage (canon lower (func $a "storage")))
        (core func $twice (canon lower (func $b "twice")))
        (core func $b-up-to-two (canon lower (func $b "up-to-two")))
        (core func $b-storage (canon lower (func $b "storage")))
        (core func $where (canon lower (func $b "where")))
        (core func $length (canon lower (func $b "length") (memory $m)))
        (core module $m
            (import "" "add" (func $add (param i32 i32) (result i32)))
            (import "" "add-by-tail" (func $add-by-tail (param i32 i32) (result i32)))
            (import "" "small" (func $small (param i32 i32 i32 i32) (result i32)))
            (import "" "byte" (func $byte (param i32) (result i32)))
            (import "" "note" (func $note (param i32)))
            (import "" "noted" (func $noted (result i32)))
            (import "" "up-to-two" (func $up-to-two (param i32) (result i32)))
            (import "" "grow" (func $grow (param i32) (result i32)))
            (import "" "storage" (func $storage (param i32) (result i32)))
            (import "" "twice" (func $twice (param i32) (result i32)))
            (import "" "b-up-to-two" (func $b-up-to-two (param i32) (result i32)))
            (import "" "b-storage" (func $b-storage (param i32) (result i32)))
            (import "" "where" (func $where (result i32)))
            (import "" "length" (func $length (param i32 i32) (result i32)))
            (import "memory" "m" (memory 1))
            (type $binary (func (param i32 i32) (result i32)))
            (table funcref (elem $add $add-by-tail))
            (func $deep (param i32) (result i32)
                (if (result i32) (local.get 0)
                    (then (call $add (call $deep (i32.sub (local.get 0) (i32.const 1))) (call $add (i32.const 1) (local.get 0))))
                    (else (i32.const 0))))
            FUNCS)
        (core instance $i (instantiate $m
            (with "" (instance
                (export "add" (func $add)) (export "add-by-tail" (func $add-by-tail)) (export "small" (func $small))
                (export "byte" (func $byte)) (export "note" (func $note)) (export "noted" (func $noted))
                (export "up-to-two" (func $up-to-two)) (export "grow" (func $grow)) (export "storage" (func $storage))
                (export "twice" (func $twice)) (export "b-up-to-two" (func $b-up-to-two))
                (export "b-storage" (func $b-storage)) (export "where" (func $where)) (export "length" (func $length))))
            (with "memory" (instance $memory))))
        LIFTED)
    (instance $c (instantiate $c (with "a" (instance $a)) (with "b" (instance $b))))
    ALL)"#;

/// What `c` does three times, with what comes of it: `$n` counts from one, `$sum` is what comes back.
const LOOPS: &[(&str, &str, Result<i64, Trap>)] = &[
    ("add", "(local.set $sum (call $add (local.get $sum) (local.get $n)))", Ok(6)),
    ("bits", "(local.set $sum (call $add (i32.const -1) (i32.const -1)))", Ok(0xFFFF_FFFE)),
    ("add-by-tail", "(local.set $sum (call $add-by-tail (local.get $sum) (local.get $n)))", Ok(6)),
    (
        "small",
        "(local.set $sum (call $small (i32.const 0xFF07) (i32.const 0x1FE) (i32.const 0x10001) (i32.const 0x18003)))",
        Ok(561_044_855 + 1_000_000 - 1_000_000),
    ),
    ("byte", "(local.set $sum (i32.add (local.get $sum) (call $byte (i32.add (i32.const 0x101) (local.get $n)))))", Ok(388)),
    (
        "note",
        "(call $note (local.get $n)) (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 10)) (call $noted)))",
        Ok(123),
    ),
    ("below", "(local.set $sum (i32.sub (i32.const 1000) (call $add (local.get $sum) (local.get $n))))", Ok(998)),
    ("nested", "(local.set $sum (call $add (local.get $sum) (call $twice (local.get $n))))", Ok(15)),
    (
        "direct-and-indirect",
        "(local.set $sum (call $add (local.get $sum) (call_indirect (type $binary) (i32.const 5) (local.get $n) (i32.const 0))))
        (local.set $sum (call_indirect (type $binary) (i32.const 100) (local.get $sum) (i32.and (local.get $n) (i32.const 1))))",
        Ok(321),
    ),
    (
        "own-memory",
        "(i32.store (i32.const 8) (i32.const 1000)) (call $note (local.get $n))
        (local.set $sum (i32.add (local.get $sum) (i32.add (i32.load (i32.const 8)) (call $noted))))",
        Ok(3006),
    ),
    ("grow", "(local.set $sum (i32.add (call $grow (i32.const 1)) (i32.mul (local.get $sum) (i32.const 10))))", Ok(234)),
    ("deep", "(local.set $sum (call $deep (i32.const 20)))", Ok(230)),
    (
        "many-places",
        "(local.set $sum (call $add (call $add (call $add (call $add (call $add (call $add
            (call $add (call $add (call $add (call $add (call $add (call $add (local.get $sum)
            (i32.const 1)) (i32.const 1)) (i32.const 1)) (i32.const 1)) (i32.const 1)) (i32.const 1))
            (i32.const 1)) (i32.const 1)) (i32.const 1)) (i32.const 1)) (i32.const 1)) (i32.const 1)))",
        Ok(36),
    ),
    ("storage", "(local.set $sum (i32.add (local.get $sum) (call $storage (local.get $n))))", Ok(6)),
    ("nested-storage", "(local.set $sum (i32.add (local.get $sum) (call $b-storage (local.get $n))))", Ok(6)),
    ("trap", "(local.set $sum (call $up-to-two (local.get $n)))", Err(Trap::Unreachable)),
    ("nested-trap", "(local.set $sum (call $b-up-to-two (local.get $n)))", Err(Trap::Unreachable)),
    ("too-deep", "(local.set $sum (call $deep (i32.sub (i32.const 2) (local.get $n))))", Err(Trap::CallStackExhausted)),
    // `realloc` may not leave its instance, from wherever it has called before.
    (
        "realloc",
        "(local.set $sum (call $where))
        (if (i32.eq (local.get $n) (i32.const 3)) (then (drop (call $length (i32.const 0) (i32.const 4)))))",
        Err(Trap::CannotLeaveInstance),
    ),
];

fn sites() -> String {
    let of = |f: &dyn Fn(&str, &str) -> String| LOOPS.iter().map(|(name, code, _)| f(name, code)).collect::<String>();
    SITES
        .replace(
            "FUNCS",
            &of(&|name, code| {
                format!(
                    "(func (export \"{name}\") (result i64) (local $n i32) (local $sum i32)
                        (loop $again
                            (local.set $n (i32.add (local.get $n) (i32.const 1)))
                            {code}
                            (br_if $again (i32.lt_u (local.get $n) (i32.const 3))))
                        (i64.extend_i32_u (local.get $sum)))"
                )
            }),
        )
        .replace("LIFTED", &of(&|name, _| lifted(name)))
        .replace("ALL", &of(&|name, _| format!("(export \"{name}\" (func $c \"{name}\"))")))
}

#[test]
fn dispatchers_agree() {
    let text = sites();
    for (name, _, expected) in LOOPS {
        agree(&text, name, expected, &["add", "nested"]);
    }
}

#[test]
fn calls_may_be_paused_anywhere() {
    let text = sites();
    for (name, ..) in LOOPS.iter().filter(|(name, ..)| *name != "too-deep") {
        pausable::<((i64,),)>(&text, name);
        pausable_once::<((i64,),)>(&text, name);
    }
}
