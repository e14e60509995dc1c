//! Calls of the host's with one string among numbers, whose `realloc` and callee the dispatcher runs one after the other:
//! whatever `realloc` does, all dispatchers agree on what comes back, what it costs, and who is locked down.

use super::crossed::setup;
use super::crossed_string::REALLOC;
use super::unit_by_unit;
use windlass::component::{Instance, TypedFunc};
use windlass::{Dispatch, Store, Trap};

const TEXT: &str = r#"(component
    (type $t (resource (rep i32)))
    (core func $new (canon resource.new $t))
    (core func $get (canon context.get i32 0))
    (core func $set (canon context.set i32 0))
    (core module $other (func (export "length") (param i32 i32) (result i32) (local.get 1)))
    (core instance $other (instantiate $other))
    (core module $m
        (import "" "new" (func $new (param i32) (result i32)))
        (import "" "get" (func $get (result i32)))
        (import "" "set" (func $set (param i32)))
        (memory (export "m") 1)
        REALLOC
        (global $posts (mut i32) (i32.const 0))
        (func (export "mode") (param i32) (global.set $mode (local.get 0)))
        (func (export "state") (result i32) (i32.add (global.get $next) (i32.mul (global.get $posts) (i32.const 0x1000000))))
        (func (export "mixed") (param i32 i32 i32 i64) (result i32)
            (i32.store (i32.const 16) (local.get 1))
            (i32.store (i32.const 20) (local.get 2))
            (i32.store (i32.const 24) (i32.add (local.get 0) (i32.add (call $get) (i32.wrap_i64 (local.get 3)))))
            (i32.const 16))
        (func (export "post") (param i32) (global.set $posts (i32.add (global.get $posts) (i32.const 1))))
        (func (export "spacious") (param i32 i32) (result i32) (local i64 i64 i64 i64 i64)
            (i32.add (call $deep (i32.const 500)) (i32.wrap_i64 (i64.add (local.get 2) (i64.extend_i32_u (local.get 1))))))
        (func (export "fail") (param i32 i32) unreachable)
        (func (export "leave") (param i32 i32) (result i32) (call $new (local.get 1))))
    (core instance $i (instantiate $m (with "" (instance
        (export "new" (func $new)) (export "get" (func $get)) (export "set" (func $set))))))
    (alias core export $i "m" (core memory $m))
    (alias core export $i "realloc" (core func $realloc))
    (func (export "mode") (param "it" u32) (canon lift (core func $i "mode")))
    (func (export "state") (result u32) (canon lift (core func $i "state")))
    (func (export "mixed") (param "a" u8) (param "it" string) (param "c" u64) (result (tuple string u32))
        (canon lift (core func $i "mixed") (memory $m) (realloc $realloc) ENCODING (post-return (core func $i "post"))))
    (func (export "spacious") (param "it" string) (result u32)
        (canon lift (core func $i "spacious") (memory $m) (realloc $realloc) ENCODING))
    (func (export "elsewhere") (param "it" string) (result u32)
        (canon lift (core func $other "length") (memory $m) (realloc $realloc) ENCODING))
    (func (export "fail") (param "it" string)
        (canon lift (core func $i "fail") (memory $m) (realloc $realloc) ENCODING))
    (func (export "leave") (param "it" string) (result u32)
        (canon lift (core func $i "leave") (memory $m) (realloc $realloc) ENCODING)))"#;

const ENCODINGS: [&str; 3] = ["utf8", "utf16", "latin1+utf16"];

const TEXTS: &[&str] = &["", "sixteen letters!", "Stra\u{DF}e", "w\u{F6}rter \u{4E16}\u{754C} \u{1F30D}"];

fn component(encoding: &str) -> String {
    TEXT.replace("REALLOC", REALLOC).replace("ENCODING", &format!("string-encoding={encoding}"))
}

/// The functions that are called, each as one that gives back a text.
const FUNCS: [&str; 5] = ["mixed", "spacious", "elsewhere", "fail", "leave"];

type Mixed<'t> = TypedFunc<(u8, &'t str, u64), ((String, u32),)>;

fn call(store: &mut Store<()>, instance: &Instance, name: &str, text: &str) -> windlass::Result<String> {
    if name == "mixed" {
        let mixed: Mixed<'_> = instance.get_typed_func(&mut *store, name)?;
        return mixed.call(store, (7, text, 30)).map(|result| format!("{result:?}"));
    }
    if name == "fail" {
        let fail: TypedFunc<(&str,), ()> = instance.get_typed_func(&mut *store, name)?;
        return fail.call(store, (text,)).map(|()| String::new());
    }
    let length: TypedFunc<(String,), (u32,)> = instance.get_typed_func(&mut *store, name)?;
    length.call(store, (text.to_string(),)).map(|result| format!("{result:?}"))
}

fn set_mode(store: &mut Store<()>, instance: &Instance, mode: u32) {
    instance.get_typed_func::<(u32,), ()>(&mut *store, "mode").unwrap().call(store, (mode,)).unwrap();
}

/// What two calls come to in that mode, what is left of the fuel each time, and what can be seen afterwards.
fn twice(component: &str, dispatch: Dispatch, name: &str, text: &str, mode: u32) -> Vec<(Result<String, String>, u64)> {
    let (mut store, instance) = setup(component, dispatch);
    set_mode(&mut store, &instance, mode);
    let mut ends = Vec::new();
    for _ in 0..2 {
        let found = call(&mut store, &instance, name, text).map_err(|error| format!("{error:#}"));
        ends.push((found, store.get_fuel().unwrap()));
    }
    let state = instance.get_typed_func::<(), (u32,)>(&mut store, "state").unwrap();
    ends.push((state.call(&mut store, ()).map(|(state,)| state.to_string()).map_err(|error| format!("{error:#}")), 0));
    ends
}

#[test]
fn dispatchers_agree() {
    for component in ENCODINGS.map(component) {
        for mode in 0..14 {
            // An endless `realloc` takes its time.
            let texts = if mode == 4 { &TEXTS[..1] } else { TEXTS };
            for (name, text) in FUNCS.iter().flat_map(|name| texts.iter().map(move |text| (name, text))) {
                let [tail, portable] =
                    [Dispatch::Tail, Dispatch::Portable].map(|dispatch| twice(&component, dispatch, name, text, mode));
                assert_eq!(tail, portable, "{name} {text:?} in mode {mode}");
            }
        }
    }
}

#[test]
fn what_realloc_does_is_seen() {
    for (encoding, component) in ENCODINGS.iter().zip(ENCODINGS.map(component)) {
        let come_to = |name, text, mode| {
            let (mut store, instance) = setup(&component, Dispatch::Tail);
            set_mode(&mut store, &instance, mode);
            call(&mut store, &instance, name, text).map_err(|error| error.trap())
        };
        for mode in [0, 5, 7, 8] {
            for text in TEXTS {
                let there = come_to("mixed", *text, mode).unwrap();
                assert_eq!(there, format!("(({text:?}, 37),)"), "{encoding} {mode}");
            }
        }
        let [_, text, ..] = *TEXTS else { unreachable!() };
        assert_eq!(come_to("elsewhere", text, 0), Ok("(16,)".into()));
        assert_eq!(come_to("spacious", text, 0), Ok("(4016,)".into()));
        assert_eq!(come_to("leave", text, 0), Ok("(1,)".into()));
        assert_eq!(come_to("fail", text, 0), Err(Some(Trap::Unreachable)));
        let bytes = if *encoding == "utf16" { 32 } else { 16 };
        let out_of_bounds = Trap::ReallocOutOfBounds { ptr: 0xFFFE, bytes };
        for (mode, trap) in [
            (2, out_of_bounds),
            (3, Trap::Unreachable),
            (4, Trap::ReallocFuel),
            (6, Trap::CannotLeaveInstance),
            (9, Trap::CallStackExhausted),
        ] {
            assert_eq!(come_to("mixed", text, mode), Err(Some(trap)), "{encoding} {mode}");
        }
        if *encoding != "utf8" {
            assert_eq!(come_to("mixed", text, 1), Err(Some(Trap::ReallocNotAligned { ptr: 8193, align: 2 })));
        }
    }
}

#[test]
fn calls_may_be_paused_anywhere() {
    for component in ENCODINGS.map(component) {
        for mode in [0, 5, 11, 12] {
            for text in TEXTS {
                let ends = [Dispatch::Tail, Dispatch::Portable].map(|dispatch| {
                    let (mut store, instance) = setup(&component, dispatch);
                    set_mode(&mut store, &instance, mode);
                    let mixed: Mixed<'_> = instance.get_typed_func(&mut store, "mixed").unwrap();
                    let (found, pauses) = unit_by_unit(&mut store, mixed, (7, *text, 30));
                    (found.map_err(|error| format!("{error:#}")), pauses)
                });
                assert_eq!(ends[0], ends[1], "{text:?} in mode {mode}");
                assert!(!ends[0].1.is_empty() || ends[0].0.is_err());
            }
        }
    }
}
