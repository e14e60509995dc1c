//! Cases of the reference implementation (`run_tests.py`) that are about concurrency, by what they
//! show: each test is named after the function there.

use windlass::component::{Component, Instance, Linker};
use windlass::syntax::Features;
use windlass::{Config, Engine, Store, Trap};

/// Built-ins that bodies may call, with what makes them and their core type.
const BUILTINS: &[(&str, &str, &str)] = &[
    ("set.new", "canon waitable-set.new", "(result i32)"),
    ("set.wait", r#"canon waitable-set.wait (memory (core memory $memory "mem"))"#, "(param i32 i32) (result i32)"),
    ("set.drop", "canon waitable-set.drop", "(param i32)"),
    ("join", "canon waitable.join", "(param i32 i32)"),
    ("stream.new", "canon stream.new $S", "(result i64)"),
    (
        "stream.read",
        r#"canon stream.read $S async (memory (core memory $memory "mem"))"#,
        "(param i32 i32 i32) (result i32)",
    ),
    (
        "stream.write",
        r#"canon stream.write $S async (memory (core memory $memory "mem"))"#,
        "(param i32 i32 i32) (result i32)",
    ),
    ("stream.cancel-read", "canon stream.cancel-read $S async", "(param i32) (result i32)"),
    ("stream.cancel-write", "canon stream.cancel-write $S async", "(param i32) (result i32)"),
    ("stream.drop-readable", "canon stream.drop-readable $S", "(param i32)"),
    ("stream.drop-writable", "canon stream.drop-writable $S", "(param i32)"),
    ("future.new", "canon future.new $F", "(result i64)"),
    (
        "future.read",
        r#"canon future.read $F async (memory (core memory $memory "mem"))"#,
        "(param i32 i32) (result i32)",
    ),
    (
        "future.write",
        r#"canon future.write $F async (memory (core memory $memory "mem"))"#,
        "(param i32 i32) (result i32)",
    ),
    ("future.drop-readable", "canon future.drop-readable $F", "(param i32)"),
    ("future.drop-writable", "canon future.drop-writable $F", "(param i32)"),
];

/// A component whose async function `f`, lifted synchronously, has that body. `$r` and `$w` are
/// for ends, `$s` is for a set; `(call $eq FOUND EXPECTED)` traps where they differ.
fn guest(element: &str, body: &str) -> String {
    let each = |text: &dyn Fn(&(&str, &str, &str)) -> String| BUILTINS.iter().map(text).collect::<String>();
    let defined = each(&|(name, canon, _)| format!("(core func ${name} ({canon}))\n"));
    let imported = each(&|(name, _, ty)| format!("(import \"\" \"{name}\" (func ${name} {ty}))\n"));
    let given = each(&|(name, ..)| format!("(export \"{name}\" (func ${name}))\n"));
    format!(
        r#"(component
          (core module $Memory (memory (export "mem") 1))
          (core instance $memory (instantiate $Memory))
          (type $S (stream {element})) (type $F (future {element}))
          {defined}
          (core module $M
            (import "" "mem" (memory 1))
            {imported}
            (func $eq (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))
            (func $reader (param i64) (result i32) (i32.wrap_i64 (local.get 0)))
            (func $writer (param i64) (result i32) (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32))))
            (func (export "f") (local $e i64) (local $r i32) (local $w i32) (local $s i32) {body}))
          (core instance $m (instantiate $M (with "" (instance (export "mem" (memory $memory "mem")) {given}))))
          (func (export "f") async (canon lift (core func $m "f"))))"#
    )
}

fn instance(wat: &str) -> (Store<()>, Instance) {
    let engine = Engine::new(Config::new().wasm_features(Features::all(), true));
    let component = Component::new(&engine, wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}")));
    let component = component.unwrap_or_else(|error| panic!("{error}"));
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    (store, instance)
}

/// Runs a body; what traps, and how, if it does.
fn run(element: &str, body: &str) -> Option<Trap> {
    let (mut store, instance) = instance(&guest(element, body));
    let f = instance.get_func(&mut store, "f").unwrap();
    f.call(&mut store, &[], &mut []).err().map(|error| error.trap().unwrap_or_else(|| panic!("{error}")))
}

const NEW_STREAM: &str = "(local.set $e (call $stream.new)) (local.set $r (call $reader (local.get $e)))
    (local.set $w (call $writer (local.get $e)))";
const NEW_FUTURE: &str = "(local.set $e (call $future.new)) (local.set $r (call $reader (local.get $e)))
    (local.set $w (call $writer (local.get $e)))";

#[test]
fn test_self_copy() {
    let body = format!(
        "(local.set $s (call $set.new))
        {NEW_FUTURE}
        (call $eq (call $future.write (local.get $w) (i32.const 0)) (i32.const -1))
        (call $eq (call $future.read (local.get $r) (i32.const 0)) (i32.const 0))
        (call $future.drop-readable (local.get $r))
        (call $join (local.get $w) (local.get $s))
        (call $eq (call $set.wait (local.get $s) (i32.const 0)) (i32.const 5))
        (call $eq (i32.load (i32.const 0)) (local.get $w))
        (call $eq (i32.load (i32.const 4)) (i32.const 0))
        (call $future.drop-writable (local.get $w))

        {NEW_STREAM}
        (call $eq (call $stream.write (local.get $w) (i32.const 0) (i32.const 3)) (i32.const -1))
        (call $eq (call $stream.read (local.get $r) (i32.const 0) (i32.const 1)) (i32.const 0x10))
        (call $eq (call $stream.read (local.get $r) (i32.const 0) (i32.const 4)) (i32.const 0x20))
        (call $stream.drop-readable (local.get $r))
        (call $join (local.get $w) (local.get $s))
        (call $eq (call $set.wait (local.get $s) (i32.const 0)) (i32.const 3))
        (call $eq (i32.load (i32.const 0)) (local.get $w))
        (call $eq (i32.load (i32.const 4)) (i32.const 0x31))
        (call $stream.drop-writable (local.get $w))

        {NEW_STREAM}
        ;; A read of nothing that is over is not taken for one that goes on.
        (call $eq (call $stream.read (local.get $r) (i32.const 0) (i32.const 0)) (i32.const -1))
        (call $eq (call $stream.write (local.get $w) (i32.const 0) (i32.const 1)) (i32.const -1))
        (call $eq (call $stream.cancel-write (local.get $w)) (i32.const 2))
        (call $eq (call $stream.write (local.get $w) (i32.const 0) (i32.const 0)) (i32.const -1))
        (call $eq (call $stream.cancel-read (local.get $r)) (i32.const 2))
        (call $eq (call $stream.cancel-write (local.get $w)) (i32.const 2))
        (call $stream.drop-readable (local.get $r))
        (call $stream.drop-writable (local.get $w))
        (call $set.drop (local.get $s))"
    );
    for element in ["u8", "s32", "f64"] {
        assert_eq!(run(element, &body), None, "{element}");
    }
    // Other values would have to be lowered where they were lifted.
    for element in ["bool", "(tuple u8 u8)"] {
        assert_eq!(run(element, &body), Some(Trap::IntraComponentCopy), "{element}");
    }
}

#[test]
fn test_stream_drop_both_ends_while_idle() {
    for drops in [
        "readable (local.get $r)) (call $stream.drop-writable (local.get $w)",
        "writable (local.get $w)) (call $stream.drop-readable (local.get $r)",
    ] {
        assert_eq!(run("u8", &format!("{NEW_STREAM} (call $stream.drop-{drops})")), None);
    }
}

#[test]
fn test_future_drop_readable_with_pending_write() {
    let body = format!(
        "(local.set $s (call $set.new))
        {NEW_FUTURE}
        (call $eq (call $future.write (local.get $w) (i32.const 0)) (i32.const -1))
        (call $future.drop-readable (local.get $r))
        (call $join (local.get $w) (local.get $s))
        (call $eq (call $set.wait (local.get $s) (i32.const 0)) (i32.const 5))
        (call $eq (i32.load (i32.const 0)) (local.get $w))
        (call $eq (i32.load (i32.const 4)) (i32.const 1))
        (call $future.drop-writable (local.get $w))
        (call $set.drop (local.get $s))"
    );
    assert_eq!(run("u8", &body), None);
    assert_eq!(
        run("u8", &format!("{NEW_FUTURE} (call $future.drop-writable (local.get $w))")),
        Some(Trap::FutureNotWritten)
    );
}

#[test]
fn test_cancel_copy() {
    let body = format!(
        "{NEW_STREAM}
        ;; A write that nobody has read from.
        (call $eq (call $stream.write (local.get $w) (i32.const 0) (i32.const 4)) (i32.const -1))
        (call $eq (call $stream.cancel-write (local.get $w)) (i32.const 2))
        ;; One that was read in part.
        (call $eq (call $stream.write (local.get $w) (i32.const 0) (i32.const 4)) (i32.const -1))
        (call $eq (call $stream.read (local.get $r) (i32.const 8) (i32.const 2)) (i32.const 0x20))
        (call $eq (call $stream.cancel-write (local.get $w)) (i32.const 0x22))
        ;; The same for reads.
        (call $eq (call $stream.read (local.get $r) (i32.const 0) (i32.const 4)) (i32.const -1))
        (call $eq (call $stream.write (local.get $w) (i32.const 8) (i32.const 3)) (i32.const 0x30))
        (call $eq (call $stream.cancel-read (local.get $r)) (i32.const 0x32))
        ;; The ends are as good as before.
        (call $eq (call $stream.read (local.get $r) (i32.const 0) (i32.const 4)) (i32.const -1))
        (call $stream.drop-writable (local.get $w))
        (call $eq (call $stream.cancel-read (local.get $r)) (i32.const 1))
        (call $stream.drop-readable (local.get $r))"
    );
    assert_eq!(run("u8", &body), None);
    assert_eq!(
        run("u8", &format!("{NEW_STREAM} (drop (call $stream.cancel-read (local.get $r)))")),
        Some(Trap::NoCopy)
    );
}

/// A host's call that was no task so far becomes one where its thread suspends itself.
#[test]
fn a_call_of_the_host_may_not_suspend_itself_where_it_is_synchronous() {
    let (mut store, instance) = instance(
        r#"(component
          (core func $suspend (canon thread.suspend))
          (core module $M (import "" "suspend" (func $suspend (result i32)))
            (func (export "f") (drop (call $suspend))))
          (core instance $m (instantiate $M (with "" (instance (export "suspend" (func $suspend))))))
          (func (export "f") (canon lift (core func $m "f"))))"#,
    );
    let f = instance.get_func(&mut store, "f").unwrap();
    let error = f.call(&mut store, &[], &mut []).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::CannotBlock), "{error}");
}
