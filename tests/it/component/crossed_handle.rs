//! Handles in calls that the dispatcher runs from component to component, and built-ins of resources that it runs by
//! itself: on both dispatchers, and wherever they are paused, they come to the same.

use super::crossed::{agree, lifted, pausable};
use windlass::Trap;

/// `b` calls `a`, which defines two types of resources, and `d`, which borrows those of `a`.
const HANDLES: &str = r#"(component
    (component $a
        (core module $dtor
            (global $dropped (mut i64) (i64.const 0))
            (func (export "dtor") (param i32)
                (if (i32.eq (local.get 0) (i32.const 66)) (then unreachable))
                (global.set $dropped
                    (i64.add (i64.mul (global.get $dropped) (i64.const 10)) (i64.extend_i32_u (local.get 0)))))
            (func (export "dropped") (result i64) (global.get $dropped)))
        (core instance $dtor (instantiate $dtor))
        (type $t (resource (rep i32) (dtor (core func $dtor "dtor"))))
        (type $u (resource (rep i32)))
        (core func $new (canon resource.new $t))
        (core func $rep (canon resource.rep $t))
        (core func $drop (canon resource.drop $t))
        (core func $new-u (canon resource.new $u))
        (core func $rep-u (canon resource.rep $u))
        (core func $drop-u (canon resource.drop $u))
        (core module $m
            (import "" "new" (func $new (param i32) (result i32)))
            (import "" "rep" (func $rep (param i32) (result i32)))
            (import "" "drop" (func $drop (param i32)))
            (import "" "new-u" (func $new-u (param i32) (result i32)))
            (import "" "rep-u" (func $rep-u (param i32) (result i32)))
            (import "" "drop-u" (func $drop-u (param i32)))
            (memory (export "m") 1)
            (func (export "new") (param i32) (result i32) (call $new (local.get 0)))
            (func (export "new-u") (param i32) (result i32) (call $new-u (local.get 0)))
            (func (export "get") (param i32) (result i32) (local.get 0))
            (func (export "take") (param i32) (result i32) (local $rep i32)
                (local.set $rep (call $rep (local.get 0)))
                (call $drop (local.get 0))
                (local.get $rep))
            (func (export "maybe") (param i32) (result i32)
                (i32.store8 (i32.const 16) (i32.eqz (local.get 0)))
                (i32.store (i32.const 20) (if (result i32) (local.get 0)
                    (then (call $new (local.get 0))) (else (i32.const 3))))
                (i32.const 16))
            (func (export "bad-case") (result i32)
                (i32.store8 (i32.const 16) (i32.const 9)) (i32.const 16))
            (func (export "back") (param i32) (result i32) (local.get 0))
            (func (export "stale") (result i32) (i32.const 77))
            (func (export "wrong") (result i32) (call $new-u (i32.const 1)))
            (func (export "char") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
            (func (export "own-char") (param i32 i32))
            (func (export "both") (param i32 i32))
            (func (export "trap") (param i32) unreachable)
            (func (export "drop-twice") (local $h i32)
                (local.set $h (call $new-u (i32.const 5)))
                (call $drop-u (local.get $h))
                (call $drop-u (local.get $h)))
            (func (export "drop-other") (call $drop (call $new-u (i32.const 5))))
            (func (export "rep-other") (drop (call $rep (call $new-u (i32.const 5)))))
            (func (export "rep-none") (drop (call $rep (i32.const 0))))
            (func (export "inside") (result i32) (local $h i32)
                (local.set $h (call $new (i32.const 6)))
                (i32.add (i32.mul (call $rep (local.get $h)) (i32.const 10))
                    (block (result i32) (call $drop (local.get $h)) (call $new-u (i32.const 5))))))
        (core instance $i (instantiate $m (with "" (instance
            (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))
            (export "new-u" (func $new-u)) (export "rep-u" (func $rep-u)) (export "drop-u" (func $drop-u))))))
        (alias core export $i "m" (core memory $m))
        (export $T "t" (type $t))
        (export $U "u" (type $u))
        (func (export "new") (param "n" u32) (result (own $T)) (canon lift (core func $i "new")))
        (func (export "new-u") (param "n" u32) (result (own $U)) (canon lift (core func $i "new-u")))
        (func (export "get") (param "self" (borrow $T)) (result u32) (canon lift (core func $i "get")))
        (func (export "take") (param "it" (own $T)) (result u32) (canon lift (core func $i "take")))
        (func (export "maybe") (param "n" u32) (result (result (own $T) (error u8)))
            (canon lift (core func $i "maybe") (memory $m)))
        (func (export "bad-case") (result (result (own $T) (error u8)))
            (canon lift (core func $i "bad-case") (memory $m)))
        (func (export "back") (param "it" (tuple (own $T))) (result (tuple (own $T))) (canon lift (core func $i "back")))
        (func (export "stale") (result (own $T)) (canon lift (core func $i "stale")))
        (func (export "wrong") (result (own $T)) (canon lift (core func $i "wrong")))
        (func (export "char") (param "it" (borrow $T)) (param "c" char) (result u32) (canon lift (core func $i "char")))
        (func (export "own-char") (param "it" (own $T)) (param "c" char) (canon lift (core func $i "own-char")))
        (func (export "both") (param "a" (borrow $T)) (param "b" (own $T)) (canon lift (core func $i "both")))
        (func (export "trap") (param "it" (borrow $T)) (canon lift (core func $i "trap")))
        (func (export "drop-twice") (canon lift (core func $i "drop-twice")))
        (func (export "drop-other") (canon lift (core func $i "drop-other")))
        (func (export "rep-other") (canon lift (core func $i "rep-other")))
        (func (export "rep-none") (canon lift (core func $i "rep-none")))
        (func (export "inside") (result u32) (canon lift (core func $i "inside")))
        (func (export "dropped") (result s64) (canon lift (core func $dtor "dropped"))))
    (instance $a (instantiate $a))
    (component $d
        (import "a" (instance $a
            (export "t" (type $T (sub resource)))
            (export "get" (func (param "self" (borrow $T)) (result u32)))))
        (alias export $a "t" (type $T))
        (core func $get (canon lower (func $a "get")))
        (core func $drop (canon resource.drop $T))
        (core module $m
            (import "" "get" (func $get (param i32) (result i32)))
            (import "" "drop" (func $drop (param i32)))
            (func (export "ask") (param i32) (result i32) (local $sum i32)
                (local.set $sum (i32.add (call $get (local.get 0)) (call $get (local.get 0))))
                (call $drop (local.get 0))
                (local.get $sum))
            (func (export "keep") (param i32) (result i32) (call $get (local.get 0))))
        (core instance $i (instantiate $m (with "" (instance (export "get" (func $get)) (export "drop" (func $drop))))))
        (func (export "ask") (param "it" (borrow $T)) (result u32) (canon lift (core func $i "ask")))
        (func (export "keep") (param "it" (borrow $T)) (result u32) (canon lift (core func $i "keep"))))
    (instance $d (instantiate $d (with "a" (instance $a))))
    (component $b
        (import "a" (instance $a
            (export "t" (type $T (sub resource)))
            (export "u" (type $U (sub resource)))
            (export "new" (func (param "n" u32) (result (own $T))))
            (export "new-u" (func (param "n" u32) (result (own $U))))
            (export "get" (func (param "self" (borrow $T)) (result u32)))
            (export "take" (func (param "it" (own $T)) (result u32)))
            (export "maybe" (func (param "n" u32) (result (result (own $T) (error u8)))))
            (export "bad-case" (func (result (result (own $T) (error u8)))))
            (export "back" (func (param "it" (tuple (own $T))) (result (tuple (own $T)))))
            (export "stale" (func (result (own $T))))
            (export "wrong" (func (result (own $T))))
            (export "char" (func (param "it" (borrow $T)) (param "c" char) (result u32)))
            (export "own-char" (func (param "it" (own $T)) (param "c" char)))
            (export "both" (func (param "a" (borrow $T)) (param "b" (own $T))))
            (export "trap" (func (param "it" (borrow $T))))
            (export "drop-twice" (func))
            (export "drop-other" (func))
            (export "rep-other" (func))
            (export "rep-none" (func))
            (export "inside" (func (result u32)))
            (export "dropped" (func (result s64)))))
        (alias export $a "t" (type $T))
        (alias export $a "u" (type $U))
        (import "d" (instance $d
            (export "ask" (func (param "it" (borrow $T)) (result u32)))
            (export "keep" (func (param "it" (borrow $T)) (result u32)))))
        (core module $mem (memory (export "m") 1))
        (core instance $mem (instantiate $mem))
        (alias core export $mem "m" (core memory $mem))
        (core func $drop (canon resource.drop $T))
        (core func $drop-u (canon resource.drop $U))
        (core func $new (canon lower (func $a "new")))
        (core func $new-u (canon lower (func $a "new-u")))
        (core func $get (canon lower (func $a "get")))
        (core func $take (canon lower (func $a "take")))
        (core func $maybe (canon lower (func $a "maybe") (memory $mem)))
        (core func $bad-case (canon lower (func $a "bad-case") (memory $mem)))
        (core func $back (canon lower (func $a "back")))
        (core func $stale (canon lower (func $a "stale")))
        (core func $wrong (canon lower (func $a "wrong")))
        (core func $char (canon lower (func $a "char")))
        (core func $own-char (canon lower (func $a "own-char")))
        (core func $both (canon lower (func $a "both")))
        (core func $trap (canon lower (func $a "trap")))
        (core func $drop-twice (canon lower (func $a "drop-twice")))
        (core func $drop-other (canon lower (func $a "drop-other")))
        (core func $rep-other (canon lower (func $a "rep-other")))
        (core func $rep-none (canon lower (func $a "rep-none")))
        (core func $inside (canon lower (func $a "inside")))
        (core func $dropped (canon lower (func $a "dropped")))
        (core func $ask (canon lower (func $d "ask")))
        (core func $keep (canon lower (func $d "keep")))
        (core module $m
            (import "" "drop" (func $drop (param i32)))
            (import "" "drop-u" (func $drop-u (param i32)))
            (import "" "new" (func $new (param i32) (result i32)))
            (import "" "new-u" (func $new-u (param i32) (result i32)))
            (import "" "get" (func $get (param i32) (result i32)))
            (import "" "take" (func $take (param i32) (result i32)))
            (import "" "maybe" (func $maybe (param i32 i32)))
            (import "" "bad-case" (func $bad-case (param i32)))
            (import "" "back" (func $back (param i32) (result i32)))
            (import "" "stale" (func $stale (result i32)))
            (import "" "wrong" (func $wrong (result i32)))
            (import "" "char" (func $char (param i32 i32) (result i32)))
            (import "" "own-char" (func $own-char (param i32 i32)))
            (import "" "both" (func $both (param i32 i32)))
            (import "" "trap" (func $trap (param i32)))
            (import "" "drop-twice" (func $drop-twice))
            (import "" "drop-other" (func $drop-other))
            (import "" "rep-other" (func $rep-other))
            (import "" "rep-none" (func $rep-none))
            (import "" "inside" (func $inside (result i32)))
            (import "" "dropped" (func $dropped (result i64)))
            (import "" "ask" (func $ask (param i32) (result i32)))
            (import "" "keep" (func $keep (param i32) (result i32)))
            (import "mem" "m" (memory 1))
            (global $h (mut i32) (i32.const 0))
            (func $hold (param i32) (global.set $h (call $new (local.get 0))))
            BODIES)
        (core instance $i (instantiate $m (with "mem" (instance $mem)) (with "" (instance
            (export "drop" (func $drop)) (export "drop-u" (func $drop-u)) (export "new" (func $new))
            (export "new-u" (func $new-u)) (export "get" (func $get)) (export "take" (func $take))
            (export "maybe" (func $maybe)) (export "bad-case" (func $bad-case)) (export "back" (func $back))
            (export "stale" (func $stale)) (export "wrong" (func $wrong)) (export "char" (func $char))
            (export "own-char" (func $own-char)) (export "both" (func $both)) (export "trap" (func $trap))
            (export "drop-twice" (func $drop-twice)) (export "drop-other" (func $drop-other))
            (export "rep-other" (func $rep-other)) (export "rep-none" (func $rep-none))
            (export "inside" (func $inside)) (export "dropped" (func $dropped))
            (export "ask" (func $ask)) (export "keep" (func $keep))))))
        LIFTED)
    (instance $b (instantiate $b (with "a" (instance $a)) (with "d" (instance $d))))
    EXPORTS)"#;

/// What `b` does, and what comes of it.
const CALLS: &[(&str, &str, Result<i64, Trap>)] = &[
    ("own", "(call $drop (call $new (i32.const 5))) (call $dropped)", Ok(5)),
    (
        "method",
        "(call $hold (i32.const 7)) (i64.extend_i32_u (i32.mul (call $get (global.get $h)) (call $get (global.get $h))))
         (call $drop (global.get $h))",
        Ok(49),
    ),
    ("give", "(i64.extend_i32_u (call $take (call $new (i32.const 3)))) (i64.add (call $dropped))", Ok(6)),
    (
        "many",
        "(call $hold (i32.const 1)) (drop (call $new (i32.const 2))) (call $drop (global.get $h))
         (i64.extend_i32_u (call $new (i32.const 3))) (i64.mul (i64.const 10)) (i64.add (call $dropped))",
        Ok(11),
    ),
    (
        "ok",
        "(call $maybe (i32.const 8) (i32.const 64)) (call $drop (i32.load (i32.const 68)))
         (i64.add (i64.load8_u (i32.const 64)) (call $dropped))",
        Ok(8),
    ),
    (
        "err",
        "(call $maybe (i32.const 0) (i32.const 64)) (i64.load8_u (i32.const 64)) (i64.load8_u (i32.const 68))
         (i64.mul (i64.const 10)) (i64.add)",
        Ok(31),
    ),
    ("back", "(call $drop (call $back (call $new (i32.const 4)))) (call $dropped)", Ok(4)),
    ("no-destructor", "(call $drop-u (call $new-u (i32.const 9))) (i64.extend_i32_u (call $new-u (i32.const 9)))", Ok(1)),
    ("inside", "(i64.extend_i32_u (call $inside)) (i64.mul (i64.const 10)) (i64.add (call $dropped))", Ok(616)),
    (
        "borrowed-on",
        "(call $hold (i32.const 6)) (i64.extend_i32_u (call $ask (global.get $h))) (call $drop (global.get $h))",
        Ok(12),
    ),
    ("char", "(i64.extend_i32_u (call $char (call $new (i32.const 1)) (i32.const 65)))", Ok(66)),
    ("kept", "(i64.extend_i32_u (call $keep (call $new (i32.const 6))))", Err(Trap::BorrowsRemain { count: 1 })),
    (
        "used-up",
        "(call $hold (i32.const 1)) (call $drop (global.get $h)) (i64.extend_i32_u (call $get (global.get $h)))",
        Err(Trap::UnknownHandle { index: 1 }),
    ),
    (
        "given-twice",
        "(call $hold (i32.const 1)) (drop (call $take (global.get $h)))
         (i64.extend_i32_u (call $take (global.get $h)))",
        Err(Trap::UnknownHandle { index: 1 }),
    ),
    ("other-type", "(i64.extend_i32_u (call $get (call $new-u (i32.const 1))))", Err(Trap::HandleType { index: 1 })),
    ("other-own", "(i64.extend_i32_u (call $take (call $new-u (i32.const 1))))", Err(Trap::HandleType { index: 1 })),
    ("drop-other", "(call $drop (call $new-u (i32.const 1))) (i64.const 0)", Err(Trap::HandleType { index: 1 })),
    ("bad-case", "(call $bad-case (i32.const 64)) (i64.const 0)", Err(Trap::InvalidDiscriminant { discriminant: 9 })),
    (
        "bad-target",
        "(call $maybe (i32.const 1) (i32.const 0xFFFFFFF8)) (i64.const 0)",
        Err(Trap::PointerOutOfBounds { ptr: 0xFFFF_FFF8, bytes: 8 }),
    ),
    (
        "bad-char",
        "(i64.extend_i32_u (call $char (call $new (i32.const 1)) (i32.const 0xD800)))",
        Err(Trap::InvalidChar { code: 0xD800 }),
    ),
    (
        "own-bad-char",
        "(call $own-char (call $new (i32.const 1)) (i32.const 0xD800)) (i64.const 0)",
        Err(Trap::InvalidChar { code: 0xD800 }),
    ),
    (
        "lent-and-given",
        "(call $hold (i32.const 1)) (call $both (global.get $h) (global.get $h)) (i64.const 0)",
        Err(Trap::HandleLent { index: 1 }),
    ),
    ("stale", "(i64.extend_i32_u (call $stale))", Err(Trap::UnknownHandle { index: 77 })),
    ("wrong", "(i64.extend_i32_u (call $wrong))", Err(Trap::HandleType { index: 1 })),
    ("trap", "(call $trap (call $new (i32.const 1))) (i64.const 0)", Err(Trap::Unreachable)),
    ("trap-in-destructor", "(call $drop (call $new (i32.const 66))) (i64.const 0)", Err(Trap::Unreachable)),
    ("drop-twice", "(call $drop-twice) (i64.const 0)", Err(Trap::UnknownHandle { index: 1 })),
    ("drop-other-inside", "(call $drop-other) (i64.const 0)", Err(Trap::HandleType { index: 1 })),
    ("rep-other-inside", "(call $rep-other) (i64.const 0)", Err(Trap::HandleType { index: 1 })),
    ("rep-none-inside", "(call $rep-none) (i64.const 0)", Err(Trap::UnknownHandle { index: 0 })),
];

fn handles() -> String {
    let of = |f: &dyn Fn(&str, &str) -> String| CALLS.iter().map(|(name, body, _)| f(name, body)).collect::<String>();
    HANDLES
        .replace("BODIES", &of(&|name, body| format!("(func (export \"{name}\") (result i64) {body})")))
        .replace("LIFTED", &of(&|name, _| lifted(name)))
        .replace("EXPORTS", &of(&|name, _| format!("(export \"{name}\" (func $b \"{name}\"))")))
}

#[test]
fn dispatchers_agree() {
    let text = handles();
    for (name, _, expected) in CALLS {
        agree(&text, name, expected, &["own", "inside"]);
    }
}

#[test]
fn calls_may_be_paused_anywhere() {
    let text = handles();
    for (name, ..) in CALLS.iter().filter(|(.., expected)| expected.is_ok()) {
        pausable::<((i64,),)>(&text, name);
    }
}
