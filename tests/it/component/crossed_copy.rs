//! Copies between components that end at once, which the dispatcher runs: all dispatchers agree on what comes of them,
//! what they cost, and who is locked down.

use super::crossed::{pausable, setup};
use windlass::{Dispatch, Trap};

/// `b` reads what `a` writes, in calls that do not wait. What `FUNCS` of `b` return is made by `$say` of what copies
/// and their cancellations have returned.
const PAIR: &str = r#"(component
    (component $a
        (type $S (stream T))
        (type $F (future T))
        (core module $mem (memory (export "m") 1)
            (data (i32.const 0) "\01\00\01\01\00\01\01\01\01\00\01\01\00\01\01\01\01\00\01\01\00\01\01\01\01\00\01\01\00\01\01\01"))
        (core instance $mem (instantiate $mem))
        (core func $new (canon stream.new $S))
        (core func $write (canon stream.write $S async (memory (core memory $mem "m"))))
        (core func $cancel (canon stream.cancel-write $S))
        (core func $drop (canon stream.drop-writable $S))
        (core func $new-future (canon future.new $F))
        (core func $write-future (canon future.write $F async (memory (core memory $mem "m"))))
        (core module $m
            (import "" "new" (func $new (result i64)))
            (import "" "write" (func $write (param i32 i32 i32) (result i32)))
            (import "" "cancel" (func $cancel (param i32) (result i32)))
            (import "" "drop" (func $drop (param i32)))
            (import "" "new-future" (func $new-future (result i64)))
            (import "" "write-future" (func $write-future (param i32 i32) (result i32)))
            (global $end (mut i32) (i32.const 0))
            (func $keep (param $ends i64) (result i32)
                (global.set $end (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
                (i32.wrap_i64 (local.get $ends)))
            (func (export "make") (result i32) (call $keep (call $new)))
            (func (export "make-future") (result i32) (call $keep (call $new-future)))
            (func (export "write") (param i32 i32) (result i32) (call $write (global.get $end) (local.get 0) (local.get 1)))
            (func (export "write-future") (param i32) (result i32) (call $write-future (global.get $end) (local.get 0)))
            (func (export "cancel") (result i32) (call $cancel (global.get $end)))
            (func (export "drop") (call $drop (global.get $end))))
        (core instance $i (instantiate $m (with "" (instance
            (export "new" (func $new)) (export "write" (func $write)) (export "cancel" (func $cancel))
            (export "drop" (func $drop))
            (export "new-future" (func $new-future)) (export "write-future" (func $write-future))))))
        (func (export "make") (result $S) (canon lift (core func $i "make")))
        (func (export "make-future") (result $F) (canon lift (core func $i "make-future")))
        (func (export "write") (param "ptr" u32) (param "length" u32) (result u32) (canon lift (core func $i "write")))
        (func (export "write-future") (param "ptr" u32) (result u32) (canon lift (core func $i "write-future")))
        (func (export "cancel") (result u32) (canon lift (core func $i "cancel")))
        (func (export "drop") (canon lift (core func $i "drop"))))
    (instance $a (instantiate $a))
    (component $b
        (type $S (stream T))
        (type $F (future T))
        (import "a" (instance $a
            (export "make" (func (result $S))) (export "make-future" (func (result $F)))
            (export "write" (func (param "ptr" u32) (param "length" u32) (result u32)))
            (export "write-future" (func (param "ptr" u32) (result u32)))
            (export "cancel" (func (result u32))) (export "drop" (func))))
        (core module $mem (memory (export "m") 1))
        (core instance $mem (instantiate $mem))
        (core func $make (canon lower (func $a "make")))
        (core func $make-future (canon lower (func $a "make-future")))
        (core func $write (canon lower (func $a "write")))
        (core func $write-future (canon lower (func $a "write-future")))
        (core func $cancel-write (canon lower (func $a "cancel")))
        (core func $drop (canon lower (func $a "drop")))
        (core func $read (canon stream.read $S async (memory (core memory $mem "m"))))
        (core func $read-sync (canon stream.read $S (memory (core memory $mem "m"))))
        (core func $write-here (canon stream.write $S async (memory (core memory $mem "m"))))
        (core func $cancel (canon stream.cancel-read $S))
        (core func $read-future (canon future.read $F async (memory (core memory $mem "m"))))
        (core func $set (canon waitable-set.new))
        (core func $join (canon waitable.join))
        (core module $m
            (import "mem" "m" (memory 1))
            (import "" "make" (func $make (result i32)))
            (import "" "make-future" (func $make-future (result i32)))
            (import "" "write" (func $write (param i32 i32) (result i32)))
            (import "" "write-future" (func $write-future (param i32) (result i32)))
            (import "" "cancel-write" (func $cancel-write (result i32)))
            (import "" "drop" (func $drop))
            (import "" "read" (func $read (param i32 i32 i32) (result i32)))
            (import "" "read-sync" (func $read-sync (param i32 i32 i32) (result i32)))
            (import "" "write-here" (func $write-here (param i32 i32 i32) (result i32)))
            (import "" "cancel" (func $cancel (param i32) (result i32)))
            (import "" "read-future" (func $read-future (param i32 i32) (result i32)))
            (import "" "set" (func $set (result i32)))
            (import "" "join" (func $join (param i32 i32)))
            (global $said (mut i64) (i64.const 0))
            (global $end (mut i32) (i32.const 0))
            (func $say (param i32)
                (global.set $said (i64.or (i64.shl (global.get $said) (i64.const 12))
                    (i64.extend_i32_u (i32.and (local.get 0) (i32.const 0xFFF))))))
            (func $new (global.set $said (i64.const 0)) (global.set $end (call $make)))
            (func $w (param i32 i32) (call $say (call $write (local.get 0) (local.get 1))))
            (func $r (param i32 i32) (call $say (call $read (global.get $end) (local.get 0) (local.get 1))))
            FUNCS)
        (core instance $i (instantiate $m (with "mem" (instance $mem)) (with "" (instance
            (export "make" (func $make)) (export "make-future" (func $make-future)) (export "write" (func $write))
            (export "write-future" (func $write-future)) (export "cancel-write" (func $cancel-write))
            (export "drop" (func $drop)) (export "read" (func $read)) (export "read-sync" (func $read-sync))
            (export "write-here" (func $write-here)) (export "cancel" (func $cancel))
            (export "read-future" (func $read-future)) (export "set" (func $set)) (export "join" (func $join))))))
        EXPORTS)
    (instance $b (instantiate $b (with "a" (instance $a))))
    ALL)"#;

/// What copies return that have not ended: the last bits of `BLOCKED`.
const BLOCKED: i64 = 0xFFF;

/// What was said, in turn.
const fn said<const N: usize>(words: [i64; N]) -> i64 {
    let (mut sum, mut at) = (0, 0);
    while at < N {
        sum = sum << 12 | words[at];
        at += 1;
    }
    sum
}

/// Functions of `b`: what they do, and what they come to. `SIZE` is the size of a value, and `AT` a place that only bytes may be at.
const FUNCS: &[(&str, &str, Result<i64, Trap>)] = &[
    (
        "read",
        "(call $w (i32.const 0) (i32.const 4)) (call $r (i32.const 32) (i32.const 4)) (call $say (call $cancel-write))",
        Ok(said([BLOCKED, 0x40, 0x42])),
    ),
    (
        "write",
        "(call $r (i32.const 32) (i32.const 4)) (call $w (i32.const 0) (i32.const 4)) (call $say (call $cancel (global.get $end)))",
        Ok(said([BLOCKED, 0x40, 0x42])),
    ),
    // What is copied is what was written; the place behind it stays as it was.
    (
        "values",
        "(memory.fill (i32.const 40) (i32.const 0xFF) (i32.const 16)) (call $w (i32.const 0) (i32.const 1)) (call $r (i32.const 40) (i32.const 1))
         (call $say (i32.load8_u (i32.const 40))) (call $say (i32.load8_u (i32.add (i32.const 40) (i32.const SIZE))))",
        Ok(said([BLOCKED, 0x10, 1, 0xFF])),
    ),
    (
        "part",
        "(call $w (i32.const 0) (i32.const 4)) (call $r (i32.const 32) (i32.const 1)) (call $r (i32.const 32) (i32.const 2))
         (call $say (call $cancel-write)) (call $r (i32.const 32) (i32.const 2))",
        Ok(said([BLOCKED, 0x10, 0x20, 0x32, BLOCKED])),
    ),
    (
        "more",
        "(call $r (i32.const 32) (i32.const 4)) (call $w (i32.const 0) (i32.const 1)) (call $w (i32.const 0) (i32.const 9))
         (call $w (i32.const 0) (i32.const 1)) (call $say (call $cancel (global.get $end)))",
        Ok(said([BLOCKED, 0x10, 0x30, BLOCKED, 0x42])),
    ),
    (
        "many",
        "(call $w (i32.const 0) (i32.const 250)) (call $r (i32.const 32) (i32.const 250)) (call $say (call $cancel-write))",
        Ok(said([BLOCKED, 0xFA0, 0xFA2])),
    ),
    (
        "none-read",
        "(call $w (i32.const 0) (i32.const 4)) (call $r (i32.const 32) (i32.const 0)) (call $say (call $cancel-write))",
        Ok(said([BLOCKED, 0, 0x2])),
    ),
    (
        "none-written",
        "(call $w (i32.const 0) (i32.const 0)) (call $r (i32.const 32) (i32.const 4)) (call $say (call $cancel-write))",
        Ok(said([BLOCKED, BLOCKED, 2])),
    ),
    (
        "dropped",
        "(call $w (i32.const 0) (i32.const 4)) (call $r (i32.const 32) (i32.const 4)) (call $say (call $cancel-write))
         (call $drop) (call $r (i32.const 32) (i32.const 4))",
        Ok(said([BLOCKED, 0x40, 0x42, 1])),
    ),
    (
        "unaligned",
        "(call $w (i32.const 0) (i32.const 4)) (call $r (i32.const AT) (i32.const 1))",
        Err(Trap::PointerNotAligned { ptr: 33, align: 4 }),
    ),
    (
        "out",
        "(call $w (i32.const 0) (i32.const 4)) (call $r (i32.const 0xFFF8) (i32.const 9))",
        Err(Trap::BufferOutOfBounds),
    ),
    (
        "out-writing",
        "(call $r (i32.const 32) (i32.const 4)) (call $w (i32.const -8) (i32.const 1))",
        Err(Trap::BufferOutOfBounds),
    ),
    (
        "long",
        "(call $w (i32.const 0) (i32.const 4)) (call $r (i32.const 0) (i32.const 0x10000000))",
        Err(Trap::BufferTooLong),
    ),
    ("busy", "(call $r (i32.const 32) (i32.const 4)) (call $r (i32.const 32) (i32.const 4))", Err(Trap::CopyBusy)),
    (
        "no-end",
        "(call $w (i32.const 0) (i32.const 4)) (call $say (call $read (i32.const 9) (i32.const 32) (i32.const 1)))",
        Err(Trap::UnknownHandle { index: 9 }),
    ),
    (
        "no-writer",
        "(call $say (call $write-here (global.get $end) (i32.const 32) (i32.const 1)))",
        Err(Trap::HandleType { index: 1 }),
    ),
    (
        "in-set",
        "(call $join (global.get $end) (call $set)) (call $w (i32.const 0) (i32.const 4)) (call $r (i32.const 32) (i32.const 1))
         (call $say (call $read-sync (global.get $end) (i32.const 32) (i32.const 1)))",
        Err(Trap::WaitableInSet),
    ),
    (
        "sync",
        "(call $w (i32.const 0) (i32.const 4)) (call $say (call $read-sync (global.get $end) (i32.const 32) (i32.const 3)))",
        Ok(said([BLOCKED, 0x30])),
    ),
    (
        "future",
        "(global.set $end (call $make-future)) (call $say (call $read-future (global.get $end) (i32.const 32)))
         (call $say (call $write-future (i32.const 0)))",
        Ok(said([BLOCKED, 0])),
    ),
    (
        "future-twice",
        "(global.set $end (call $make-future)) (call $say (call $write-future (i32.const 0)))
         (call $say (call $read-future (global.get $end) (i32.const 32)))
         (call $say (call $read-future (global.get $end) (i32.const 32)))",
        Err(Trap::CopyDone),
    ),
];

/// The types of values, with their sizes: bytes and words are moved as they are, truth values are looked at.
const TYPES: &[(&str, u32)] = &[("u8", 1), ("s16", 2), ("u32", 4), ("f64", 8), ("bool", 1)];

fn pair(ty: &str, size: u32) -> String {
    let all = |f: &dyn Fn(&str, &str) -> String| FUNCS.iter().map(|(name, body, _)| f(name, body)).collect::<String>();
    let funcs =
        all(&|name, body| format!("(func (export \"{name}\") (result i64) (call $new) {body} (global.get $said))"));
    PAIR.replace("FUNCS", &funcs.replace("SIZE", &size.to_string()).replace("AT", "33"))
        .replace(
            "EXPORTS",
            &all(&|n, _| format!("(func (export \"{n}\") (result s64) (canon lift (core func $i \"{n}\")))")),
        )
        .replace("ALL", &all(&|n, _| format!("(export \"{n}\" (func $b \"{n}\"))")))
        .replace("(stream T)", &format!("(stream {ty})"))
        .replace("(future T)", &format!("(future {ty})"))
}

/// What a function comes to with values of that size.
fn expected(name: &str, found: Result<i64, Trap>, size: u32) -> Result<i64, Trap> {
    match name {
        // Of bytes, any place is aligned.
        "unaligned" if size == 1 => Ok(said([BLOCKED, 0x10])),
        "unaligned" => Err(Trap::PointerNotAligned { ptr: 33, align: size }),
        _ => found,
    }
}

#[test]
fn dispatchers_agree() {
    for (ty, size) in TYPES {
        let wat = pair(ty, *size);
        for (name, _, found) in FUNCS {
            let [tail, portable] = [Dispatch::Tail, Dispatch::Portable].map(|dispatch| {
                let (mut store, instance) = setup(&wat, dispatch);
                let mut call = |name: &str| {
                    let func = instance.get_typed_func::<(), (i64,)>(&mut store, name).unwrap();
                    let done = func.call(&mut store, ()).map(|(value,)| value);
                    (done.map_err(|error| (error.trap(), format!("{error:#}"))), store.get_fuel().unwrap())
                };
                (call(name), call("read").0.ok())
            });
            assert_eq!(tail, portable, "{name} of {ty}");
            let found_by_tail = tail.0.0.map_err(|(trap, _)| trap);
            assert_eq!(found_by_tail, expected(name, *found, *size).map_err(Some), "{name} of {ty}");
        }
    }
}

#[test]
fn copies_may_be_paused_anywhere() {
    let text = pair("u32", 4);
    for (name, ..) in FUNCS {
        pausable::<(i64,)>(&text, name);
    }
}
