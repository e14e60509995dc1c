//! Calls of async functions that the dispatcher runs from component to component: all dispatchers agree on what comes
//! back, what it costs, and who is locked down.

use super::crossed::{pausable, setup};
use windlass::{Dispatch, Trap};

/// `b` calls functions of `a` that end at once, or do not. What its functions return is what the call returned, and
/// above that what it left in memory.
const PAIR: &str = r#"(component
    (component $a
        (core module $mem (memory (export "m") 1))
        (core instance $mem (instantiate $mem))
        (core func $return (canon task.return (result u32)))
        (core func $return-char (canon task.return (result char)))
        (core func $return-byte (canon task.return (result s8)))
        (core func $return-wide (canon task.return (result f64)))
        (core func $return-nothing (canon task.return))
        (core func $return-utf16 (canon task.return (result u32) string-encoding=utf16))
        (core func $return-memory (canon task.return (result u32) (memory (core memory $mem "m"))))
        (core func $inc (canon backpressure.inc))
        (core func $dec (canon backpressure.dec))
        (core func $get (canon context.get i32 0))
        (core func $set (canon context.set i32 0))
        (core module $m
            (import "" "return" (func $return (param i32)))
            (import "" "return-char" (func $return-char (param i32)))
            (import "" "return-byte" (func $return-byte (param i32)))
            (import "" "return-wide" (func $return-wide (param f64)))
            (import "" "return-nothing" (func $return-nothing))
            (import "" "return-utf16" (func $return-utf16 (param i32)))
            (import "" "return-memory" (func $return-memory (param i32)))
            (import "" "inc" (func $inc))
            (import "" "dec" (func $dec))
            (import "" "get" (func $get (result i32)))
            (import "" "set" (func $set (param i32)))
            (func (export "inc") (call $inc))
            (func (export "dec") (call $dec))
            (func (export "add") (param i32 i32) (result i32)
                (call $return (i32.add (local.get 0) (local.get 1))) (i32.const 0))
            (func (export "params") (param i32 i64 f32 i32) (result i32)
                (call $return (i32.add (i32.add (local.get 0) (i32.wrap_i64 (local.get 1)))
                    (i32.add (i32.reinterpret_f32 (local.get 2)) (local.get 3))))
                (i32.const 0))
            (func $below (param i32) (if (local.get 0)
                (then (call $below (i32.sub (local.get 0) (i32.const 1))))
                (else (call $return (i32.const 77)))))
            (func (export "deep") (result i32) (call $below (i32.const 9)) (i32.const 0))
            (func (export "char") (result i32) (call $return-char (i32.const 0x1F600)) (i32.const 0))
            (func (export "no-char") (result i32) (call $return-char (i32.const 0xD800)) (i32.const 0))
            (func (export "byte") (result i32) (call $return-byte (i32.const 0x1FF)) (i32.const 0))
            (func (export "wide") (result i32) (call $return-wide (f64.const -nan:0x4000000000000)) (i32.const 0))
            (func (export "nothing") (result i32) (call $return-nothing) (i32.const 0))
            (func (export "memory") (result i32) (call $return-memory (i32.const 6)) (i32.const 0))
            (func (export "utf16") (result i32) (call $return-utf16 (i32.const 6)) (i32.const 0))
            (func (export "mismatch") (result i32) (call $return-char (i32.const 6)) (i32.const 0))
            (func (export "twice") (result i32)
                (call $return (i32.const 1)) (call $return (i32.const 1)) (i32.const 0))
            (func (export "never") (result i32) (i32.const 0))
            (func (export "traps") (result i32) (call $return (i32.const 1)) unreachable)
            (func (export "no-code") (result i32) (call $return (i32.const 1)) (i32.const 3))
            (func (export "storage") (result i32)
                (call $set (i32.const 5)) (call $return (i32.add (call $get) (i32.const 1))) (i32.const 0))
            ;; Yields: before it returns, and afterwards.
            (func (export "later") (result i32) (i32.const 1))
            (func (export "soon") (result i32) (call $return (i32.const 8)) (i32.const 1))
            (func (export "callback") (param i32 i32 i32) (result i32) (i32.const 0))
            (func (export "callback-returns") (param i32 i32 i32) (result i32) (call $return (i32.const 9)) (i32.const 0)))
        (core instance $i (instantiate $m (with "" (instance
            (export "return" (func $return)) (export "return-char" (func $return-char))
            (export "return-byte" (func $return-byte)) (export "return-wide" (func $return-wide))
            (export "return-nothing" (func $return-nothing)) (export "return-utf16" (func $return-utf16))
            (export "return-memory" (func $return-memory))
            (export "inc" (func $inc)) (export "dec" (func $dec))
            (export "get" (func $get)) (export "set" (func $set))))))
        (func (export "inc") (canon lift (core func $i "inc")))
        (func (export "dec") (canon lift (core func $i "dec")))
        LIFTED)
    (instance $a (instantiate $a))
    (component $b
        (import "a" (instance $a (export "inc" (func)) (export "dec" (func)) TYPES))
        (core module $mem (memory (export "m") 1))
        (core instance $mem (instantiate $mem))
        (core func $inc (canon lower (func $a "inc")))
        (core func $dec (canon lower (func $a "dec")))
        LOWERED
        (core module $m
            (import "mem" "m" (memory 1))
            (import "a" "inc" (func $inc))
            (import "a" "dec" (func $dec))
            IMPORTED
            (func $found (param i32) (result i64)
                (i64.or (i64.extend_i32_u (local.get 0)) (i64.shl (i64.load (i32.const 64)) (i64.const 8))))
            (func (export "add") (result i64) (call $found (call $add (i32.const 3) (i32.const -1) (i32.const 64))))
            (func (export "params") (result i64)
                (call $found (call $params (i32.const 1) (i64.const 20) (f32.const 0) (i32.const 0x1FF) (i32.const 64))))
            (func (export "nothing") (result i64) (call $found (call $nothing)))
            (func (export "out") (result i64) (call $found (call $add (i32.const 3) (i32.const 4) (i32.const 0x10000))))
            (func (export "unaligned") (result i64) (call $found (call $add (i32.const 3) (i32.const 4) (i32.const 66))))
            (func (export "held") (result i64) (local $first i64)
                (call $inc)
                (local.set $first (call $found (call $add (i32.const 3) (i32.const 4) (i32.const 64))))
                (call $dec)
                (i64.or (i64.shl (local.get $first) (i64.const 48))
                    (call $found (call $char (i32.const 64)))))
            (func (export "often") (result i64) (local $n i32) (local $sum i64)
                (loop $again
                    (local.set $sum (i64.add (local.get $sum)
                        (call $found (call $add (local.get $n) (i32.const 1) (i32.const 64)))))
                    (local.set $n (i32.add (local.get $n) (i32.const 1)))
                    (br_if $again (i32.lt_u (local.get $n) (i32.const 5))))
                (local.get $sum))
            CALLS)
        (core instance $i (instantiate $m
            (with "a" (instance (export "inc" (func $inc)) (export "dec" (func $dec)) GIVEN)) (with "mem" (instance $mem))))
        EXPORTS)
    (instance $b (instantiate $b (with "a" (instance $a))))
    ALL)"#;

/// A function of `a`: its name, parameters, result, and callback.
type Func = (&'static str, &'static str, &'static str, &'static str);

const FUNCS: &[Func] = &[
    ("add", "(param \"a\" u32) (param \"b\" u32)", "u32", "callback"),
    ("params", "(param \"a\" s32) (param \"b\" s64) (param \"c\" f32) (param \"d\" u8)", "u32", "callback"),
    ("deep", "", "u32", "callback"),
    ("char", "", "char", "callback"),
    ("no-char", "", "char", "callback"),
    ("byte", "", "s8", "callback"),
    ("wide", "", "f64", "callback"),
    ("nothing", "", "", "callback"),
    ("memory", "", "u32", "callback"),
    ("utf16", "", "u32", "callback"),
    ("mismatch", "", "u32", "callback"),
    ("twice", "", "u32", "callback"),
    ("never", "", "u32", "callback"),
    ("traps", "", "u32", "callback"),
    ("no-code", "", "u32", "callback"),
    ("storage", "", "u32", "callback"),
    ("later", "", "u32", "callback-returns"),
    ("soon", "", "u32", "callback"),
];

/// Functions of `b`, with what they come to.
const CALLS: &[(&str, Result<i64, Trap>)] = &[
    ("add", Ok(0x202)),
    ("params", Ok(0x11402)),
    ("deep", Ok(77 << 8 | 2)),
    ("char", Ok(0x1F60002)),
    ("no-char", Err(Trap::InvalidChar { code: 0xD800 })),
    ("byte", Ok(0xFF02)),
    ("wide", Ok(0xF800_0000_0000_0002_u64 as i64)),
    ("nothing", Ok(2)),
    ("memory", Err(Trap::TaskReturnMismatch)),
    ("utf16", Err(Trap::TaskReturnMismatch)),
    ("mismatch", Err(Trap::TaskReturnMismatch)),
    ("twice", Err(Trap::TaskResolved)),
    ("never", Err(Trap::TaskNotResolved)),
    ("traps", Err(Trap::Unreachable)),
    ("no-code", Err(Trap::CallbackCode { code: 3 })),
    ("storage", Ok(6 << 8 | 2)),
    ("later", Ok(1 << 4 | 1)),
    ("soon", Ok(8 << 8 | 2)),
    ("out", Err(Trap::PointerOutOfBounds { ptr: 0x10000, bytes: 4 })),
    ("unaligned", Err(Trap::PointerNotAligned { ptr: 66, align: 4 })),
    // Behind a call that waits, others wait, too.
    ("held", Ok(1 << 4 << 48 | 2 << 4)),
    ("often", Ok(0xF0A)),
];

fn pair() -> String {
    let of = |f: &dyn Fn(&Func) -> String| FUNCS.iter().map(f).collect::<String>();
    let ty = |params: &str, result: &str| match result {
        "" => params.to_string(),
        result => format!("{params} (result {result})"),
    };
    let core = |params: &str, result: &str| {
        let params = params.matches("(param ").count();
        let params = ["", "", "i32 i32", "", "i32 i64 f32 i32"][params].to_string();
        format!("(param {params}{}) (result i32)", if result.is_empty() { "" } else { " i32" })
    };
    let calls = |f: &dyn Fn(&str) -> String| CALLS.iter().map(|(name, _)| f(name)).collect::<String>();
    PAIR.replace(
        "LIFTED",
        &of(&|(name, params, result, callback)| {
            let ty = ty(params, result);
            format!("(func (export \"{name}\") async {ty} (canon lift (core func $i \"{name}\") async (callback (core func $i \"{callback}\"))))")
        }),
    )
    .replace("TYPES", &of(&|(n, params, result, _)| format!("(export \"{n}\" (func async {}))", ty(params, result))))
    .replace("LOWERED", &of(&|(n, ..)| {
        format!("(core func ${n} (canon lower (func $a \"{n}\") async (memory (core memory $mem \"m\"))))")
    }))
    .replace("IMPORTED", &of(&|(n, params, result, _)| format!("(func ${n} (import \"a\" \"{n}\") {})", core(params, result))))
    .replace("GIVEN", &of(&|(n, ..)| format!("(export \"{n}\" (func ${n}))")))
    .replace(
        "CALLS",
        &of(&|(n, ..)| match *n {
            "add" | "params" | "nothing" => String::new(),
            n => format!("(func (export \"{n}\") (result i64) (call $found (call ${n} (i32.const 64))))"),
        }),
    )
    .replace("EXPORTS", &calls(&|n| {
        format!("(func (export \"{n}\") (result s64) (canon lift (core func $i \"{n}\")))")
    }))
    .replace("ALL", &calls(&|n| format!("(export \"{n}\" (func $b \"{n}\"))")))
}

/// What a call comes to, what is left of the fuel, and what calls come to afterwards.
type Found = (Result<i64, String>, u64, Vec<Option<i64>>);

fn run(dispatch: Dispatch, name: &str) -> (Found, Result<i64, Option<Trap>>) {
    let (mut store, instance) = setup(&pair(), dispatch);
    let mut call = |name: &str| {
        let func = instance.get_typed_func::<(), (i64,)>(&mut store, name).unwrap();
        let done = func.call(&mut store, ()).map(|(value,)| value);
        (done, store.get_fuel().unwrap())
    };
    let (done, fuel) = call(name);
    let after = ["add", "later", "held", "often"].map(|name| call(name).0.ok());
    let found = (done.as_ref().map_err(|error| format!("{error:#}")).copied(), fuel, after.to_vec());
    (found, done.map_err(|error| error.trap()))
}

#[test]
fn dispatchers_agree() {
    for (name, expected) in CALLS {
        let [(tail, found), (portable, _)] = [Dispatch::Tail, Dispatch::Portable].map(|dispatch| run(dispatch, name));
        assert_eq!(tail, portable, "{name}");
        assert_eq!(found, expected.map_err(Some), "{name}");
    }
}

#[test]
fn calls_may_be_paused_anywhere() {
    let text = pair();
    for (name, _) in CALLS {
        pausable::<(i64,)>(&text, name);
    }
}
