//! Calls that the dispatcher runs from component to component: whatever happens in them, all dispatchers agree on
//! what comes back, what it costs, and who is locked down.

use super::unit_by_unit;
use std::cell::RefCell;
use std::fmt::Debug;
#[cfg(feature = "component-async")]
use windlass::Progress;
use windlass::component::{Component, ComponentNamedList, Instance, Lift, Linker, Val};
use windlass::{Config, Dispatch, Engine, Features, Limits, Store, Trap};

/// `b` calls `a`, and `c` calls `b`: every value in this has neither pointers nor handles.
const CHAIN: &str = r#"(component
    (component $a
        (core func $get (canon context.get i32 0))
        (core func $set (canon context.set i32 0))
        (core module $m
            (import "" "get" (func $get (result i32)))
            (import "" "set" (func $set (param i32)))
            (memory (export "m") 1)
            (table (export "t") 1 funcref)
            (func (export "numbers") (param i32 i64 f32 f64) (result i64)
                (i64.add (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1))
                    (i64.add (i64.reinterpret_f64 (local.get 3)) (i64.extend_i32_u (i32.reinterpret_f32 (local.get 2))))))
            (func (export "small") (param i32 i32 i32 i32) (result i32)
                (i32.add (i32.add (local.get 0) (i32.mul (local.get 1) (i32.const 1000)))
                    (i32.add (i32.mul (local.get 2) (i32.const 1000000)) (i32.mul (local.get 3) (i32.const 100000000)))))
            (func (export "nothing"))
            (func (export "shape") (param i32 i64 i32) (result i32)
                (i32.store8 (i32.const 16) (local.get 0))
                (i64.store (i32.const 24) (local.get 1))
                (i32.store8 (i32.const 32) (local.get 2))
                (i32.const 16))
            (func (export "bad-char") (result i32) (i32.const 0xD800))
            (func (export "bad-case") (result i32) (i32.store8 (i32.const 16) (i32.const 9)) (i32.const 16))
            (func (export "bad-pointer") (result i32) (i32.const 0xFFFFFFF8))
            (func (export "unaligned") (result i32) (i32.const 17))
            (func (export "bool") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 6)))
            (func (export "trap") (param i32) (result i32) unreachable)
            (func (export "deep") (param i32) (result i32)
                (if (result i32) (local.get 0)
                    (then (i32.add (i32.const 1) (call $self (i32.sub (local.get 0) (i32.const 1)))))
                    (else (i32.const 0))))
            (func $self (param i32) (result i32)
                (if (result i32) (local.get 0)
                    (then (i32.add (i32.const 1) (call $self (i32.sub (local.get 0) (i32.const 1)))))
                    (else (i32.const 0))))
            (func (export "storage") (param i32) (result i32) (local $before i32)
                (local.set $before (call $get))
                (call $set (local.get 0))
                (i32.add (i32.mul (local.get $before) (i32.const 100)) (call $get))))
        (core instance $i (instantiate $m (with "" (instance (export "get" (func $get)) (export "set" (func $set))))))
        (alias core export $i "m" (core memory $m))
        (type $shape' (variant (case "none") (case "number" u32) (case "wide" s64) (case "real" f32) (case "flag" bool)))
        (export $shape "shape" (type $shape'))
        (type $set' (flags "x" "y" "z"))
        (export $set "set" (type $set'))
        (type $both' (record (field "shape" $shape) (field "set" $set)))
        (export $both "pair" (type $both'))
        (func (export "numbers") (param "a" s32) (param "b" u64) (param "c" f32) (param "d" f64) (result (tuple s64))
            (canon lift (core func $i "numbers")))
        (func (export "small") (param "a" u8) (param "b" s8) (param "c" bool) (param "d" s16) (result (tuple s32))
            (canon lift (core func $i "small")))
        (func (export "nothing") (canon lift (core func $i "nothing")))
        (func (export "both") (param "it" $both) (result $both) (canon lift (core func $i "shape") (memory $m)))
        (func (export "bad-char") (result (tuple char)) (canon lift (core func $i "bad-char")))
        (func (export "bad-case") (result $shape) (canon lift (core func $i "bad-case") (memory $m)))
        (func (export "bad-pointer") (result $shape) (canon lift (core func $i "bad-pointer") (memory $m)))
        (func (export "unaligned") (result $shape) (canon lift (core func $i "unaligned") (memory $m)))
        (func (export "bool") (param "it" bool) (result (tuple bool)) (canon lift (core func $i "bool")))
        (func (export "trap") (param "it" u32) (result (tuple u32)) (canon lift (core func $i "trap")))
        (func (export "deep") (param "it" u32) (result (tuple u32)) (canon lift (core func $i "deep")))
        (func (export "storage") (param "it" u32) (result (tuple u32)) (canon lift (core func $i "storage"))))
    (instance $a (instantiate $a))
    (component $b
        (import "a" (instance $a
            (type $shape' (variant (case "none") (case "number" u32) (case "wide" s64) (case "real" f32) (case "flag" bool)))
            (export "shape" (type $shape (eq $shape')))
            (type $set' (flags "x" "y" "z"))
            (export "set" (type $set (eq $set')))
            (type $both' (record (field "shape" $shape) (field "set" $set)))
            (export "pair" (type $both (eq $both')))
            (export "numbers" (func (param "a" s32) (param "b" u64) (param "c" f32) (param "d" f64) (result (tuple s64))))
            (export "small" (func (param "a" u8) (param "b" s8) (param "c" bool) (param "d" s16) (result (tuple s32))))
            (export "nothing" (func))
            (export "both" (func (param "it" $both) (result $both)))
            (export "bad-char" (func (result (tuple char))))
            (export "bad-case" (func (result $shape)))
            (export "bad-pointer" (func (result $shape)))
            (export "unaligned" (func (result $shape)))
            (export "bool" (func (param "it" bool) (result (tuple bool))))
            (export "trap" (func (param "it" u32) (result (tuple u32))))
            (export "deep" (func (param "it" u32) (result (tuple u32))))
            (export "storage" (func (param "it" u32) (result (tuple u32))))))
        (core module $mem (memory (export "m") 1))
        (core instance $mem (instantiate $mem))
        (alias core export $mem "m" (core memory $mem))
        (core func $numbers (canon lower (func $a "numbers")))
        (core func $small (canon lower (func $a "small")))
        (core func $nothing (canon lower (func $a "nothing")))
        (core func $both (canon lower (func $a "both") (memory $mem)))
        (core func $bad-char (canon lower (func $a "bad-char")))
        (core func $bad-case (canon lower (func $a "bad-case") (memory $mem)))
        (core func $bad-pointer (canon lower (func $a "bad-pointer") (memory $mem)))
        (core func $unaligned (canon lower (func $a "unaligned") (memory $mem)))
        (core func $bool (canon lower (func $a "bool")))
        (core func $trap (canon lower (func $a "trap")))
        (core func $deep (canon lower (func $a "deep")))
        (core func $storage (canon lower (func $a "storage")))
        (core func $get (canon context.get i32 0))
        (core module $m
            (import "a" "numbers" (func $numbers (param i32 i64 f32 f64) (result i64)))
            (import "a" "small" (func $small (param i32 i32 i32 i32) (result i32)))
            (import "a" "nothing" (func $nothing))
            (import "a" "both" (func $both (param i32 i64 i32 i32)))
            (import "a" "bad-char" (func $bad-char (result i32)))
            (import "a" "bad-case" (func $bad-case (param i32)))
            (import "a" "bad-pointer" (func $bad-pointer (param i32)))
            (import "a" "unaligned" (func $unaligned (param i32)))
            (import "a" "bool" (func $bool (param i32) (result i32)))
            (import "a" "trap" (func $trap (param i32) (result i32)))
            (import "a" "deep" (func $deep (param i32) (result i32)))
            (import "a" "storage" (func $storage (param i32) (result i32)))
            (import "a" "get" (func $get (result i32)))
            (import "mem" "m" (memory 1))
            (table funcref (elem $nothing $small))
            (type $small (func (param i32 i32 i32 i32) (result i32)))
            (func (export "numbers") (result i64)
                (call $numbers (i32.const -5) (i64.const -1) (f32.const nan:0x200000) (f64.const -nan:0x4000000000000)))
            (func (export "small") (result i64)
                (i64.extend_i32_s (call $small (i32.const 0xFF07) (i32.const 0x1FE) (i32.const 0x100) (i32.const 0x18003))))
            (func (export "indirect") (result i64) (call_indirect (i32.const 0))
                (i64.extend_i32_s (call_indirect (type $small)
                    (i32.const 1) (i32.const 2) (i32.const 0) (i32.const 4) (i32.const 1))))
            (func (export "nothing") (result i64) (call $nothing) (call $nothing) (i64.const 7))
            (func $shape (param i32 i64) (result i64)
                (memory.fill (i32.const 0) (i32.const 0xAA) (i32.const 256))
                (call $both (local.get 0) (local.get 1) (i32.const 0xFD) (i32.const 64))
                (i64.xor (i64.xor (i64.load8_u (i32.const 64)) (i64.load (i32.const 72))) (i64.load8_u (i32.const 80))))
            (func (export "none") (result i64) (call $shape (i32.const 0) (i64.const 99)))
            (func (export "number") (result i64) (call $shape (i32.const 1) (i64.const 0x123456789ABCDEF)))
            (func (export "wide") (result i64) (call $shape (i32.const 2) (i64.const 0x123456789ABCDEF)))
            (func (export "real") (result i64) (call $shape (i32.const 3) (i64.const 0xFFF123456)))
            (func (export "flag") (result i64) (call $shape (i32.const 4) (i64.const 0x100000002)))
            (func (export "no-case") (result i64) (call $shape (i32.const 5) (i64.const 1)))
            (func (export "bad-target") (result i64)
                (call $both (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0xFFFFFFF8)) (i64.const 0))
            (func (export "bad-char") (result i64) (i64.extend_i32_u (call $bad-char)))
            (func (export "bad-case") (result i64) (call $bad-case (i32.const 64)) (i64.const 0))
            (func (export "bad-pointer") (result i64) (call $bad-pointer (i32.const 64)) (i64.const 0))
            (func (export "unaligned") (result i64) (call $unaligned (i32.const 64)) (i64.const 0))
            (func (export "bool") (result i64) (i64.extend_i32_u (call $bool (i32.const 2))))
            (func (export "trap") (result i64) (i64.extend_i32_u (call $trap (i32.const 0))))
            (func (export "deep") (result i64) (i64.extend_i32_u (call $deep (i32.const 50))))
            (func (export "too-deep") (result i64) (i64.extend_i32_u (call $deep (i32.const 100000000))))
            (func (export "storage") (result i64)
                (i64.extend_i32_u (i32.add (call $storage (i32.const 3)) (i32.add (call $get) (call $storage (i32.const 4)))))))
        (core instance $i (instantiate $m
            (with "a" (instance
                (export "numbers" (func $numbers)) (export "small" (func $small)) (export "nothing" (func $nothing))
                (export "both" (func $both)) (export "bad-char" (func $bad-char)) (export "bad-case" (func $bad-case))
                (export "bad-pointer" (func $bad-pointer)) (export "unaligned" (func $unaligned))
                (export "bool" (func $bool)) (export "trap" (func $trap)) (export "deep" (func $deep))
                (export "storage" (func $storage)) (export "get" (func $get))))
            (with "mem" (instance $mem))))
        FUNCS-OF-B)
    (instance $b (instantiate $b (with "a" (instance $a))))
    (component $c
        (import "b" (instance $b FUNCS-OF-C-TYPES))
        LOWERED
        (core module $m IMPORTS)
        (core instance $i (instantiate $m (with "b" (instance EXPORTS))))
        FUNCS-OF-C)
    (instance $c (instantiate $c (with "b" (instance $b))))
    ALL)"#;

/// What `c` calls of `b`, with what comes of it: a value, or a trap.
const CALLS: &[(&str, Result<i64, Trap>)] = &[
    ("numbers", Ok(0x7FF8_0000_7FBF_FFFA)),
    ("small", Ok(561044855)),
    ("indirect", Ok(400_002_001)),
    ("nothing", Ok(7)),
    ("none", Ok(-6148914691236517201)),
    ("number", Ok(-6148914691790090773)),
    ("wide", Ok(81985529216486888)),
    ("real", Ok(-6148914689820445616)),
    ("flag", Ok(-6148914691236517376)),
    ("no-case", Err(Trap::InvalidDiscriminant { discriminant: 5 })),
    ("bad-target", Err(Trap::PointerOutOfBounds { ptr: 0xFFFF_FFF8, bytes: 24 })),
    ("bad-char", Err(Trap::InvalidChar { code: 0xD800 })),
    ("bad-case", Err(Trap::InvalidDiscriminant { discriminant: 9 })),
    ("bad-pointer", Err(Trap::PointerOutOfBounds { ptr: 0xFFFF_FFF8, bytes: 16 })),
    ("unaligned", Err(Trap::PointerNotAligned { ptr: 17, align: 8 })),
    ("bool", Ok(1)),
    ("trap", Err(Trap::Unreachable)),
    ("deep", Ok(50)),
    ("too-deep", Err(Trap::CallStackExhausted)),
    ("storage", Ok(7)),
];

fn chain() -> String {
    let of = |f: &dyn Fn(&str) -> String| CALLS.iter().map(|(name, _)| f(name)).collect::<String>();
    CHAIN
        .replace(
            "FUNCS-OF-B",
            &of(&|n| format!("(func (export \"{n}\") (result (tuple s64)) (canon lift (core func $i \"{n}\")))")),
        )
        .replace("FUNCS-OF-C-TYPES", &of(&|n| format!("(export \"{n}\" (func (result (tuple s64))))")))
        .replace("LOWERED", &of(&|n| format!("(core func ${n} (canon lower (func $b \"{n}\")))")))
        .replace("IMPORTS", &of(&|n| format!("(func (export \"{n}\") (import \"b\" \"{n}\") (result i64))")))
        .replace("EXPORTS", &of(&|n| format!("(export \"{n}\" (func ${n}))")))
        .replace(
            "FUNCS-OF-C",
            &of(&|n| format!("(func (export \"{n}\") (result (tuple s64)) (canon lift (core func $i \"{n}\")))")),
        )
        .replace("ALL", &of(&|n| format!("(export \"{n}\" (func $c \"{n}\"))")))
}

thread_local! {
    /// Components of a test by their text and by who runs them: many of its cases are of one.
    static COMPONENTS: RefCell<Vec<(String, Dispatch, Engine, Component)>> = const { RefCell::new(Vec::new()) };
}

fn compiled(text: &str, dispatch: Dispatch) -> (Engine, Component) {
    COMPONENTS.with_borrow_mut(|known| {
        if let Some((.., engine, component)) = known.iter().find(|known| known.0 == text && known.1 == dispatch) {
            return (engine.clone(), component.clone());
        }
        // A `realloc` that does not end is to end soon.
        let mut limits = Limits::HOST;
        limits.realloc_fuel = 1 << 24;
        let mut config = Config::new();
        config.consume_fuel(true).dispatch(dispatch).limits(limits).wasm_features(Features::IMPLEMENTED, true);
        let engine = Engine::new(&config);
        let component = Component::new(&engine, wat::parse_str(text).unwrap()).unwrap();
        known.push((text.to_string(), dispatch, engine.clone(), component.clone()));
        (engine, component)
    })
}

pub(super) fn setup(text: &str, dispatch: Dispatch) -> (Store<()>, Instance) {
    let (engine, component) = compiled(text, dispatch);
    let mut store = Store::new(&engine, ());
    store.set_fuel(u64::from(u32::MAX)).unwrap();
    let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    (store, instance)
}

/// What a call comes to, what is left of the fuel, and which of some functions can still be called.
fn run(text: &str, dispatch: Dispatch, name: &str, others: &[&str]) -> (Result<String, String>, u64, Vec<bool>) {
    let (mut store, instance) = setup(text, dispatch);
    let func = instance.get_func(&mut store, name).unwrap();
    let mut results = [Val::Bool(false)];
    let done = func.call(&mut store, &[], &mut results);
    let done = match (done, &results[0]) {
        (Ok(()), Val::Tuple(values)) => Ok(format!("{values:?}")),
        (Ok(()), other) => panic!("{other:?}"),
        (Err(error), _) => Err(format!("{error:#}")),
    };
    let fuel = store.get_fuel().unwrap();
    let after = others.iter().map(|name| {
        let func = instance.get_func(&mut store, *name).unwrap();
        func.call(&mut store, &[], &mut results).is_ok()
    });
    let after = after.collect();
    (done, fuel, after)
}

/// A call comes to the same on both dispatchers, whatever it is.
pub(super) fn same(text: &str, name: &str, others: &[&str]) {
    let [tail, portable] = [Dispatch::Tail, Dispatch::Portable].map(|dispatch| run(text, dispatch, name, others));
    assert_eq!(tail, portable, "{name}");
}

/// A call comes to what is expected, and to the same in all else on both dispatchers.
pub(super) fn agree(text: &str, name: &str, expected: &Result<i64, Trap>, others: &[&str]) {
    same(text, name, others);
    let (mut store, instance) = setup(text, Dispatch::Tail);
    let func = instance.get_typed_func::<(), ((i64,),)>(&mut store, name).unwrap();
    match (func.call(&mut store, ()), expected) {
        (Ok(((found,),)), Ok(expected)) => assert_eq!(found, *expected, "{name}"),
        (Err(error), Err(expected)) => assert_eq!(error.trap(), Some(*expected), "{name}"),
        (found, _) => panic!("{name}: {found:?}, expected {expected:?}"),
    }
}

/// Where it stops makes no difference: at every check point, on both dispatchers, the same fuel is left.
pub(super) fn pausable<R: ComponentNamedList + Lift + Debug + PartialEq>(text: &str, name: &str) {
    let of = |dispatch| {
        let (mut store, instance) = setup(text, dispatch);
        let func = instance.get_typed_func::<(), R>(&mut store, name).unwrap();
        (store, func)
    };
    let whole = {
        let (mut store, func) = of(Dispatch::Tail);
        func.call(&mut store, ()).map_err(|error| error.trap())
    };
    let pauses = [Dispatch::Tail, Dispatch::Portable].map(|dispatch| {
        let (mut store, func) = of(dispatch);
        let (found, pauses) = unit_by_unit(&mut store, func, ());
        assert_eq!(found.map_err(|error| error.trap()), whole, "{name}");
        pauses
    });
    assert_eq!(pauses[0], pauses[1], "{name}");
    assert!(!pauses[0].is_empty(), "{name}");
}

/// The same where it stops once: what was done before has been done in one run.
#[cfg(feature = "component-async")]
pub(super) fn pausable_once<R: ComponentNamedList + Lift + Debug + PartialEq>(text: &str, name: &str) {
    let mut stores = [Dispatch::Tail, Dispatch::Portable].map(|dispatch| (dispatch, None));
    let mut fuel = 1;
    loop {
        let [tail, portable] = stores.each_mut().map(|(dispatch, store)| {
            let (mut own, instance) = store.take().unwrap_or_else(|| setup(text, *dispatch));
            let func = instance.get_typed_func::<(), R>(&mut own, name).unwrap();
            own.set_fuel(fuel).unwrap();
            let (left, done) = match func.call_resumable(&mut own, ()) {
                Ok(Progress::OutOfFuel(paused)) => {
                    let left = own.get_fuel().unwrap();
                    own.add_fuel(1 << 20).unwrap();
                    (Some(left), paused.resume(&mut own))
                }
                done => (None, done),
            };
            let done = match done {
                Ok(Progress::Done(result)) => Ok(result),
                Ok(_) => panic!("{name}: it stops again"),
                Err(error) => Err(error.trap()),
            };
            let after = own.get_fuel().unwrap();
            if done.is_ok() {
                *store = Some((own, instance));
            }
            (left, done, after)
        });
        assert_eq!(tail, portable, "{name} with {fuel}");
        if tail.0.is_none() {
            break;
        }
        fuel += 1;
    }
}

/// A core function of `$i` that returns an `i64`, lifted and exported.
pub(super) fn lifted(name: &str) -> String {
    format!("(func (export \"{name}\") (result (tuple s64)) (canon lift (core func $i \"{name}\")))")
}

#[cfg_attr(not(feature = "component-async"), ignore = "its components ask for their threads")]
#[test]
fn dispatchers_agree() {
    let text = chain();
    for (name, expected) in CALLS {
        agree(&text, name, expected, &["nothing", "bool"]);
    }
}

#[cfg_attr(not(feature = "component-async"), ignore = "its components ask for their threads")]
#[test]
fn calls_may_be_paused_anywhere() {
    let text = chain();
    for (name, _) in CALLS.iter().filter(|(name, expected)| expected.is_ok() && *name != "too-deep") {
        pausable::<((i64,),)>(&text, name);
    }
}
