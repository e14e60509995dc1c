//! Calls of async functions whose values are integers, made again and again from the same places, and returned from by
//! the same imports: the dispatcher keeps what they need, and all dispatchers agree, however the last of them ends.

use super::crossed::{agree, lifted, pausable, pausable_once};
use windlass::Trap;

/// `c` calls `b` and `a`, and `b` calls `a`.
const SITES: &str = r#"(component
    (component $a
        (core func $return (canon task.return (result u32)))
        (core func $return-byte (canon task.return (result u8)))
        (core func $return-signed (canon task.return (result s8)))
        (core func $return-short (canon task.return (result u16)))
        (core func $return-long (canon task.return (result s64)))
        (core func $return-nothing (canon task.return))
        (core func $inc (canon backpressure.inc))
        (core func $dec (canon backpressure.dec))
        (core func $get (canon context.get i32 0))
        (core func $set (canon context.set i32 0))
        (core module $other
            (import "" "return" (func $return (param i32)))
            (func (export "return") (param i32) (call $return (i32.add (local.get 0) (i32.const 1)))))
        (core instance $other (instantiate $other (with "" (instance (export "return" (func $return))))))
        (core module $m
            (import "" "return" (func $return (param i32)))
            (import "" "return-byte" (func $return-byte (param i32)))
            (import "" "return-signed" (func $return-signed (param i32)))
            (import "" "return-short" (func $return-short (param i32)))
            (import "" "return-long" (func $return-long (param i64)))
            (import "" "return-nothing" (func $return-nothing))
            (import "" "inc" (func $inc))
            (import "" "dec" (func $dec))
            (import "" "get" (func $get (result i32)))
            (import "" "set" (func $set (param i32)))
            (import "other" "return" (func $other (param i32)))
            (memory 1)
            (type $returns (func (param i32)))
            (table funcref (elem $return $other))
            (func (export "inc") (call $inc))
            (func (export "dec") (call $dec))
            (func $below (param i32 i32) (if (local.get 0)
                (then (call $below (i32.sub (local.get 0) (i32.const 1)) (local.get 1)))
                (else (call $return (local.get 1)))))
            (func $third (param i32) (result i32) (i32.eq (local.get 0) (i32.const 3)))
            (func (export "callback") (param i32 i32 i32) (result i32) (i32.const 0))
            (func (export "callback-returns") (param i32 i32 i32) (result i32) (call $return (i32.const 9)) (i32.const 0))
            ;; Not async, but calls what such a function calls.
            (func (export "returns") (param i32) (result i32)
                (if (call $third (local.get 0)) (then (call $return (local.get 0)))) (local.get 0))
            CODE)
        (core instance $i (instantiate $m
            (with "other" (instance $other))
            (with "" (instance
                (export "return" (func $return)) (export "return-byte" (func $return-byte))
                (export "return-signed" (func $return-signed)) (export "return-short" (func $return-short))
                (export "return-long" (func $return-long)) (export "return-nothing" (func $return-nothing))
                (export "inc" (func $inc)) (export "dec" (func $dec))
                (export "get" (func $get)) (export "set" (func $set))))))
        (func (export "inc") (canon lift (core func $i "inc")))
        (func (export "dec") (canon lift (core func $i "dec")))
        (func (export "returns") (param "n" u32) (result u32) (canon lift (core func $i "returns")))
        LIFTED)
    (instance $a (instantiate $a))
    (component $b
        (import "a" (instance $a
            (export "add" (func async (param "p0" u32) (param "p1" u32) (result u32)))
            (export "returns" (func (param "n" u32) (result u32)))))
        (core module $mem (memory (export "m") 1))
        (core instance $mem (instantiate $mem))
        (core func $add (canon lower (func $a "add") async (memory (core memory $mem "m"))))
        (core func $returns (canon lower (func $a "returns")))
        (core func $return (canon task.return (result u32)))
        (core module $m
            (import "" "add" (func $add (param i32 i32 i32) (result i32)))
            (import "" "returns" (func $returns (param i32) (result i32)))
            (import "" "return" (func $return (param i32)))
            (import "mem" "m" (memory 1))
            (func $sum (param i32) (result i32)
                (drop (call $add (local.get 0) (i32.const 20) (i32.const 8))) (i32.load (i32.const 8)))
            ;; Its task returns while no other does, and between two others.
            (func (export "nested") (param i32) (result i32)
                (call $return (i32.add (call $sum (local.get 0)) (i32.const 100)))
                (if (i32.ne (call $sum (local.get 0)) (i32.add (local.get 0) (i32.const 20))) (then unreachable))
                (i32.const 0))
            (func (export "passes-on") (param i32) (result i32)
                (call $return (call $returns (local.get 0))) (i32.const 0))
            (func (export "callback") (param i32 i32 i32) (result i32) (i32.const 0)))
        (core instance $i (instantiate $m (with "mem" (instance $mem)) (with "" (instance
            (export "add" (func $add)) (export "returns" (func $returns)) (export "return" (func $return))))))
        (func (export "nested") async (param "n" u32) (result u32)
            (canon lift (core func $i "nested") async (callback (core func $i "callback"))))
        (func (export "passes-on") async (param "n" u32) (result u32)
            (canon lift (core func $i "passes-on") async (callback (core func $i "callback")))))
    (instance $b (instantiate $b (with "a" (instance $a))))
    (component $c
        (import "a" (instance $a (export "inc" (func)) (export "dec" (func)) TYPES))
        (import "b" (instance $b
            (export "nested" (func async (param "n" u32) (result u32)))
            (export "passes-on" (func async (param "n" u32) (result u32)))))
        (core module $mem (memory (export "m") 1 9))
        (core instance $mem (instantiate $mem))
        (core func $inc (canon lower (func $a "inc")))
        (core func $dec (canon lower (func $a "dec")))
        (core func $add-again (canon lower (func $a "add") async (memory (core memory $mem "m"))))
        (core func $nested (canon lower (func $b "nested") async (memory (core memory $mem "m"))))
        (core func $passes-on (canon lower (func $b "passes-on") async (memory (core memory $mem "m"))))
        LOWERED
        (core module $m
            (import "mem" "m" (memory 1 9))
            (import "a" "inc" (func $inc))
            (import "a" "dec" (func $dec))
            (import "a" "add-again" (func $add-again (param i32 i32 i32) (result i32)))
            (import "a" "nested" (func $nested (param i32 i32) (result i32)))
            (import "a" "passes-on" (func $passes-on (param i32 i32) (result i32)))
            IMPORTED
            ;; What a call returned, and above that what it left in memory, which is gone then.
            (func $found (param i32) (result i64)
                (i64.or (i64.extend_i32_u (local.get 0)) (i64.shl (i64.load (i32.const 64)) (i64.const 4)))
                (i64.store (i32.const 64) (i64.const 0)))
            (func $recurse (param i32) (result i32)
                (if (result i32) (local.get 0)
                    (then (i32.add (call $recurse (i32.sub (local.get 0) (i32.const 1)))
                        (call $add (i32.const 1) (local.get 0) (i32.const 64))))
                    (else (i32.const 0))))
            FUNCS)
        (core instance $i (instantiate $m (with "mem" (instance $mem)) (with "a" (instance
            (export "inc" (func $inc)) (export "dec" (func $dec)) (export "add-again" (func $add-again))
            (export "nested" (func $nested)) (export "passes-on" (func $passes-on)) GIVEN))))
        EXPORTS)
    (instance $c (instantiate $c (with "a" (instance $a)) (with "b" (instance $b))))
    ALL)"#;

/// An async function of `a`: its name, parameters, result, callback, and what it does.
type Func = (&'static str, &'static [&'static str], &'static str, &'static str, &'static str);

const FUNCS: &[Func] = &[
    ("add", &["u32", "u32"], "u32", "callback", "(call $return (i32.add (local.get 0) (local.get 1))) (i32.const 0)"),
    ("byte", &["u8"], "u8", "callback", "(call $return-byte (i32.mul (local.get 0) (i32.const 100))) (i32.const 0)"),
    ("signed", &["u8"], "s8", "callback", "(call $return-signed (i32.sub (i32.const 1) (local.get 0))) (i32.const 0)"),
    (
        "short",
        &["u16"],
        "u16",
        "callback",
        "(call $return-short (i32.mul (local.get 0) (i32.const 100))) (i32.const 0)",
    ),
    (
        "long",
        &["u8", "u16", "s32", "s64"],
        "s64",
        "callback",
        "(local i32 i64) (call $return-long (i64.add (i64.add (local.get 3) (local.get 5)) (i64.extend_i32_u (i32.add
            (i32.add (local.get 0) (local.get 1)) (i32.add (local.get 2) (local.get 4)))))) (i32.const 0)",
    ),
    ("nothing", &["u32"], "", "callback", "(call $return-nothing) (i32.const 0)"),
    ("deep", &["u32"], "u32", "callback", "(call $below (local.get 0) (i32.const 7)) (i32.const 0)"),
    ("elsewhere", &["u32"], "u32", "callback", "(call $other (local.get 0)) (i32.const 0)"),
    (
        "in-both-ways",
        &["u32"],
        "u32",
        "callback",
        "(if (call $third (local.get 0)) (then (call $other (local.get 0))) (else (call $return (local.get 0)))) (i32.const 0)",
    ),
    (
        "indirectly",
        &["u32"],
        "u32",
        "callback",
        "(call_indirect (type $returns) (local.get 0) (i32.and (local.get 0) (i32.const 1))) (i32.const 0)",
    ),
    (
        "storage",
        &["u32"],
        "u32",
        "callback",
        "(call $set (i32.add (call $get) (local.get 0))) (call $return (call $get)) (i32.const 0)",
    ),
    // What the third does.
    (
        "mismatch",
        &["u32"],
        "u32",
        "callback",
        "(if (call $third (local.get 0)) (then (call $return-short (local.get 0))) (else (call $return (local.get 0)))) (i32.const 0)",
    ),
    (
        "twice",
        &["u32"],
        "u32",
        "callback",
        "(call $return (local.get 0)) (if (call $third (local.get 0)) (then (call $return (local.get 0)))) (i32.const 0)",
    ),
    (
        "never",
        &["u32"],
        "u32",
        "callback",
        "(if (i32.eqz (call $third (local.get 0))) (then (call $return (local.get 0)))) (i32.const 0)",
    ),
    (
        "traps",
        &["u32"],
        "u32",
        "callback",
        "(call $return (local.get 0)) (if (call $third (local.get 0)) (then unreachable)) (i32.const 0)",
    ),
    (
        "no-code",
        &["u32"],
        "u32",
        "callback",
        "(call $return (local.get 0)) (i32.mul (call $third (local.get 0)) (i32.const 3))",
    ),
    ("soon", &["u32"], "u32", "callback", "(call $return (local.get 0)) (call $third (local.get 0))"),
    (
        "later",
        &["u32"],
        "u32",
        "callback-returns",
        "(if (call $third (local.get 0)) (then (return (i32.const 1)))) (call $return (local.get 0)) (i32.const 0)",
    ),
];

/// What `c` calls three times, with what comes of it: `$n` counts from one. What is returned, and above that what is left in
/// memory, takes 16 bits for each; those of the last come last.
const LOOPS: &[(&str, &str, Result<i64, Trap>)] = &[
    ("add", "(call $add (local.get $n) (i32.const 3) (i32.const 64))", Ok(0x42_0052_0062)),
    // No more is written than there is, and no more read than that of the last.
    ("bits", "(call $add (i32.const -1) (i32.const -1) (i32.const 64))", Ok(0xF_FFF1_FFE1_FFE2)),
    (
        "byte",
        "(i64.store (i32.const 64) (i64.const 0x200)) (call $byte (i32.add (i32.const 0x101) (local.get $n)) (i32.const 64))",
        Ok(0x2C82_22C2_2902),
    ),
    (
        "signed",
        "(i64.store (i32.const 64) (i64.const 0x200)) (call $signed (local.get $n) (i32.const 64))",
        Ok(0x2002_2FF2_2FE2),
    ),
    ("short", "(call $short (i32.add (i32.const 0x10000) (local.get $n)) (i32.const 64))", Ok(0x642_0C82_12C2)),
    (
        "long",
        "(call $long (i32.const 0x102) (i32.const 0x10030) (local.get $n) (i64.const 0x100) (i32.const 64))",
        Ok(0x1332_1342_1352),
    ),
    ("nothing", "(call $nothing (local.get $n))", Ok(0x2_0002_0002)),
    ("deep", "(call $deep (local.get $n) (i32.const 64))", Ok(0x72_0072_0072)),
    ("elsewhere", "(call $elsewhere (local.get $n) (i32.const 64))", Ok(0x22_0032_0042)),
    ("in-both-ways", "(call $in-both-ways (local.get $n) (i32.const 64))", Ok(0x12_0022_0042)),
    ("indirectly", "(call $indirectly (local.get $n) (i32.const 64))", Ok(0x22_0022_0042)),
    ("storage", "(call $storage (local.get $n) (i32.const 64))", Ok(0x12_0022_0032)),
    ("mismatch", "(call $mismatch (local.get $n) (i32.const 64))", Err(Trap::TaskReturnMismatch)),
    ("twice", "(call $twice (local.get $n) (i32.const 64))", Err(Trap::TaskResolved)),
    ("never", "(call $never (local.get $n) (i32.const 64))", Err(Trap::TaskNotResolved)),
    ("traps", "(call $traps (local.get $n) (i32.const 64))", Err(Trap::Unreachable)),
    ("no-code", "(call $no-code (local.get $n) (i32.const 64))", Err(Trap::CallbackCode { code: 3 })),
    // Its thread goes on after that; the next one need not wait.
    ("soon", "(call $soon (i32.add (local.get $n) (i32.const 1)) (i32.const 64))", Ok(0x22_0032_0042)),
    ("later", "(call $later (local.get $n) (i32.const 64))", Ok(0x12_0022_0011)),
    (
        "held",
        "(if (i32.eq (local.get $n) (i32.const 2)) (then (call $inc)))
        (call $add (local.get $n) (i32.const 3) (i32.const 64))
        (if (i32.eq (local.get $n) (i32.const 2)) (then (call $dec)))",
        Ok(0x42_0010_0020),
    ),
    // Where the result goes.
    (
        "unaligned",
        "(call $add (local.get $n) (i32.const 3) (i32.add (i32.const 64) (i32.div_u (local.get $n) (i32.const 3))))",
        Err(Trap::PointerNotAligned { ptr: 65, align: 4 }),
    ),
    (
        "out",
        "(call $add (local.get $n) (i32.const 3) (i32.sub (i32.mul (local.get $n) (i32.const 0x5554)) (i32.const -4)))",
        Err(Trap::PointerOutOfBounds { ptr: 0x10000, bytes: 4 }),
    ),
    (
        "grows",
        "(call $add (local.get $n) (i32.const 3) (i32.sub (i32.mul (memory.size) (i32.const 0x10000)) (i32.const 4)))
        (i32.store (i32.const 64) (i32.load (i32.sub (i32.mul (memory.size) (i32.const 0x10000)) (i32.const 4))))
        (drop (memory.grow (i32.const 1)))",
        Ok(0x42_0052_0062),
    ),
    // Which call it is.
    (
        "by-two",
        "(drop (call $add-again (local.get $n) (i32.const 3) (i32.const 128)))
        (call $add (i32.load (i32.const 128)) (i32.const 1) (i32.const 64))",
        Ok(0x52_0062_0072),
    ),
    ("nested", "(call $nested (local.get $n) (i32.const 64))", Ok(0x792_07A2_07B2)),
    // No task of an async function.
    ("passes-on", "(call $passes-on (local.get $n) (i32.const 64))", Err(Trap::TaskReturnMismatch)),
    (
        "many-places",
        "(drop (call $add (local.get $n) (i32.const 1) (i32.const 64)))
        (drop (call $add (i32.load (i32.const 64)) (i32.const 1) (i32.const 64)))
        (drop (call $add (i32.load (i32.const 64)) (i32.const 1) (i32.const 64)))
        (drop (call $add (i32.load (i32.const 64)) (i32.const 1) (i32.const 64)))
        (drop (call $add (i32.load (i32.const 64)) (i32.const 1) (i32.const 64)))
        (drop (call $add (i32.load (i32.const 64)) (i32.const 1) (i32.const 64)))
        (drop (call $add (i32.load (i32.const 64)) (i32.const 1) (i32.const 64)))
        (drop (call $add (i32.load (i32.const 64)) (i32.const 1) (i32.const 64)))
        (call $add (i32.load (i32.const 64)) (i32.const 1) (i32.const 64))",
        Ok(0xA2_00B2_00C2),
    ),
    ("too-deep", "(call $recurse (i32.sub (i32.const 2) (local.get $n)))", Err(Trap::CallStackExhausted)),
];

fn sites() -> String {
    let of = |f: &dyn Fn(&Func) -> String| FUNCS.iter().map(f).collect::<String>();
    let calls =
        |f: &dyn Fn(&str, &str) -> String| LOOPS.iter().map(|(name, code, _)| f(name, code)).collect::<String>();
    let ty = |params: &[&str], result: &str| {
        let params = params.iter().enumerate().map(|(at, ty)| format!("(param \"p{at}\" {ty})")).collect::<String>();
        if result.is_empty() { params } else { format!("{params} (result {result})") }
    };
    let core = |params: &[&str], pointer: &str| {
        let param = |ty: &&str| if ty.ends_with("64") { "i64 " } else { "i32 " };
        format!("(param {}{pointer}) (result i32)", params.iter().map(param).collect::<String>())
    };
    SITES
        .replace("CODE", &of(&|(name, params, _, _, code)| format!("(func (export \"{name}\") {} {code})", core(params, ""))))
        .replace(
            "LIFTED",
            &of(&|(name, params, result, callback, _)| {
                let ty = ty(params, result);
                format!("(func (export \"{name}\") async {ty} (canon lift (core func $i \"{name}\") async (callback (core func $i \"{callback}\"))))")
            }),
        )
        .replace("TYPES", &of(&|(name, params, result, ..)| format!("(export \"{name}\" (func async {}))", ty(params, result))))
        .replace(
            "LOWERED",
            &of(&|(name, ..)| format!("(core func ${name} (canon lower (func $a \"{name}\") async (memory (core memory $mem \"m\"))))")),
        )
        .replace(
            "IMPORTED",
            &of(&|(name, params, result, ..)| {
                let pointer = if result.is_empty() { "" } else { "i32" };
                format!("(func ${name} (import \"a\" \"{name}\") {})", core(params, pointer))
            }),
        )
        .replace("GIVEN", &of(&|(name, ..)| format!("(export \"{name}\" (func ${name}))")))
        .replace(
            "FUNCS",
            &calls(&|name, code| {
                format!(
                    "(func (export \"{name}\") (result i64) (local $n i32) (local $sum i64)
                        (loop $again
                            (local.set $n (i32.add (local.get $n) (i32.const 1)))
                            {code}
                            (call $found)
                            (local.set $sum (i64.add (i64.shl (local.get $sum) (i64.const 16))))
                            (br_if $again (i32.lt_u (local.get $n) (i32.const 3))))
                        (local.get $sum))"
                )
            }),
        )
        .replace(
            "EXPORTS",
            &calls(&|name, _| lifted(name)),
        )
        .replace("ALL", &calls(&|name, _| format!("(export \"{name}\" (func $c \"{name}\"))")))
}

#[test]
fn dispatchers_agree() {
    let text = sites();
    for (name, _, expected) in LOOPS {
        agree(&text, name, expected, &["add", "nested", "later"]);
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
