//! Traps of tasks, waitables, threads, streams and futures, one by one, and what is left open.

use windlass::component::{Component, Instance, Linker};
use windlass::syntax::Features;
use windlass::{Config, Engine, Store, Trap};

fn engine() -> Engine {
    Engine::new(Config::new().wasm_features(Features::all(), true))
}

fn instance(wat: &str) -> (Store<()>, Instance) {
    let engine = engine();
    let component = Component::new(&engine, wat::parse_str(wat).expect("text of a component"));
    let component = component.unwrap_or_else(|error| panic!("{error}"));
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component).expect("an instance");
    (store, instance)
}

/// Built-ins by name, with what makes them and their core type.
const BUILTINS: &[(&str, &str, &str)] = &[
    ("return", "canon task.return", ""),
    ("return-u32", "canon task.return (result u32)", "(param i32)"),
    ("cancel", "canon task.cancel", ""),
    ("block", r#"canon lower (func $callee "block") async"#, "(result i32)"),
    ("yield", r#"canon lower (func $callee "yield") async"#, "(result i32)"),
    ("deaf", r#"canon lower (func $callee "deaf") async"#, "(result i32)"),
    ("drop-callees-set", r#"canon lower (func $callee "drop-set")"#, ""),
    ("subtask.cancel", "canon subtask.cancel async", "(param i32) (result i32)"),
    ("subtask.drop", "canon subtask.drop", "(param i32)"),
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
        "stream.read-sync",
        r#"canon stream.read $S (memory (core memory $memory "mem"))"#,
        "(param i32 i32 i32) (result i32)",
    ),
    ("stream.cancel-read", "canon stream.cancel-read $S", "(param i32) (result i32)"),
    ("stream.drop-readable", "canon stream.drop-readable $S", "(param i32)"),
    ("stream.drop-writable", "canon stream.drop-writable $S", "(param i32)"),
    ("texts.new", "canon stream.new $T", "(result i64)"),
    (
        "texts.read",
        r#"canon stream.read $T async (memory (core memory $memory "mem")) (realloc (core func $memory "realloc"))"#,
        "(param i32 i32 i32) (result i32)",
    ),
    (
        "texts.write",
        r#"canon stream.write $T async (memory (core memory $memory "mem"))"#,
        "(param i32 i32 i32) (result i32)",
    ),
    ("future.new", "canon future.new $F", "(result i64)"),
    ("future.drop-writable", "canon future.drop-writable $F", "(param i32)"),
    ("thread.index", "canon thread.index", "(result i32)"),
    ("thread.new", "canon thread.new-indirect $start (core table $table)", "(param i32 i32) (result i32)"),
    ("thread.resume-later", "canon thread.resume-later", "(param i32)"),
    ("thread.yield", "canon thread.yield", "(result i32)"),
];

/// What the guest has around it: a memory, a table, and a component to call.
const AROUND: &str = r#"(component
  (core module $Memory (memory (export "mem") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (table (export "table") 1 funcref))
  (core instance $memory (instantiate $Memory))
  (alias core export $memory "table" (core table $table))
  (core type $start (func (param i32)))
  (type $S (stream u8)) (type $F (future u8)) (type $T (stream string))

  (component $Callee
    (core func $return (canon task.return)) (core func $set (canon waitable-set.new))
    (core func $drop-set (canon waitable-set.drop))
    (core module $M
      (import "" "return" (func $return)) (import "" "set" (func $set (result i32)))
      (import "" "drop-set" (func $drop-set (param i32)))
      (global $s (mut i32) (i32.const 0))
      (func (export "block") (result i32)
        (global.set $s (call $set)) (i32.or (i32.const 2) (i32.shl (global.get $s) (i32.const 4))))
      (func (export "yield") (result i32) (i32.const 1))
      (func (export "wait") (param i32 i32 i32) (result i32) (i32.or (i32.const 2) (i32.shl (global.get $s) (i32.const 4))))
      (func (export "return") (param i32 i32 i32) (result i32) (call $return) (i32.const 0))
      (func (export "drop-set") (call $drop-set (global.get $s))))
    (core instance $m (instantiate $M (with "" (instance
      (export "return" (func $return)) (export "set" (func $set)) (export "drop-set" (func $drop-set))))))
    (func (export "block") async (canon lift (core func $m "block") async (callback (core func $m "return"))))
    (func (export "deaf") async (canon lift (core func $m "block") async (callback (core func $m "wait"))))
    (func (export "yield") async (canon lift (core func $m "yield") async (callback (core func $m "return"))))
    (func (export "drop-set") (canon lift (core func $m "drop-set"))))
  (instance $callee (instantiate $Callee))

"#;

/// Whose function is called.
#[derive(Clone, Copy)]
enum Lift {
    Sync,
    Callback,
}

/// A component whose function `f` has that body; `$r`, `$w` and `$s` are locals.
fn guest(lift: Lift, body: &str) -> String {
    let each = |text: &dyn Fn(&(&str, &str, &str)) -> String| BUILTINS.iter().map(text).collect::<String>();
    let (result, opts) = match lift {
        Lift::Sync => ("", ""),
        Lift::Callback => ("(result i32)", r#"async (callback (core func $m "cb"))"#),
    };
    let declared = if let Lift::Sync = lift { "" } else { "async" };
    let defined = each(&|(name, canon, _)| format!("(core func ${name} ({canon}))\n"));
    let imported = each(&|(name, _, ty)| format!("(import \"\" \"{name}\" (func ${name} {ty}))\n"));
    let given = each(&|(name, ..)| format!("(export \"{name}\" (func ${name}))\n"));
    format!(
        r#"{AROUND} {defined}
          (core module $M
            {imported}
            (import "" "table" (table 1 funcref))
            (func $thread (param i32) (drop (call $stream.read-sync (local.get 0) (i32.const 0) (i32.const 1))))
            (elem (i32.const 0) $thread)
            (func (export "f") {result} (local $r i32) (local $w i32) (local $s i32) {body})
            (func (export "cb") (param i32 i32 i32) (result i32) unreachable))
          (core instance $m (instantiate $M (with "" (instance (export "table" (table $table)) {given}))))
          (func (export "f") {declared} (canon lift (core func $m "f") {opts})))"#
    )
}

fn check(lift: Lift, body: &str, expected: Trap) {
    let (mut store, instance) = instance(&guest(lift, body));
    let func = instance.get_func(&mut store, "f").unwrap();
    let found = func.call(&mut store, &[], &mut []);
    assert_eq!(found.err().and_then(|error| error.trap()), Some(expected), "{body}");
}

/// A stream or future whose ends are `$r` and `$w`.
fn ends(new: &str) -> String {
    format!("(local.set $r (i32.const 1)) (local.set $w (i32.const 2)) (drop (call ${new}))")
}

const READ: &str = "(drop (call $stream.read (local.get $r) (i32.const 0) (i32.const 4)))";

#[test]
fn how_tasks_end() {
    check(Lift::Callback, "(i32.const 3)", Trap::CallbackCode { code: 3 });
    check(Lift::Callback, "(i32.const 0)", Trap::TaskNotResolved);
    check(Lift::Callback, "(call $return) (call $return) (i32.const 0)", Trap::TaskResolved);
    check(Lift::Callback, "(call $return-u32 (i32.const 1)) (i32.const 0)", Trap::TaskReturnMismatch);
    check(Lift::Callback, "(call $cancel) (i32.const 0)", Trap::TaskNotCancelled);
    check(Lift::Sync, "(drop (call $set.wait (call $set.new) (i32.const 0)))", Trap::CannotBlock);
    check(Lift::Callback, "(i32.or (i32.const 2) (i32.shl (call $set.new) (i32.const 4)))", Trap::Deadlock);
}

#[test]
fn subtasks_and_sets() {
    check(
        Lift::Callback,
        "(local.set $s (i32.shr_u (call $yield) (i32.const 4))) (local.set $r (call $set.new)) (call $join (local.get $s) (local.get $r)) (drop (call $set.wait (local.get $r) (i32.const 0))) (call $join (local.get $s) (i32.const 0)) (call $subtask.cancel (local.get $s))",
        Trap::SubtaskResolved,
    );
    check(
        Lift::Callback,
        "(local.set $s (i32.shr_u (call $deaf) (i32.const 4))) (drop (call $subtask.cancel (local.get $s))) (call $subtask.cancel (local.get $s))",
        Trap::SubtaskCancelled,
    );
    check(
        Lift::Callback,
        "(call $subtask.drop (i32.shr_u (call $block) (i32.const 4))) (i32.const 0)",
        Trap::SubtaskNotResolved,
    );
    check(
        Lift::Callback,
        &format!(
            "{} (local.set $s (call $set.new)) (call $join (local.get $r) (local.get $s)) (call $set.drop (local.get $s)) (i32.const 0)",
            ends("stream.new")
        ),
        Trap::WaitableSetNotEmpty,
    );
    check(Lift::Callback, "(drop (call $block)) (call $drop-callees-set) (i32.const 0)", Trap::WaitableSetHasWaiters);
    check(
        Lift::Callback,
        &format!(
            "{} (call $join (local.get $r) (call $set.new)) (drop (call $stream.read-sync (local.get $r) (i32.const 0) (i32.const 4))) (i32.const 0)",
            ends("stream.new")
        ),
        Trap::WaitableInSet,
    );
    check(
        Lift::Callback,
        &format!(
            "{} (call $thread.resume-later (call $thread.new (i32.const 0) (local.get $r))) (drop (call $thread.yield)) (call $join (local.get $r) (call $set.new)) (i32.const 0)",
            ends("stream.new")
        ),
        Trap::WaitableInUse,
    );
    check(Lift::Callback, "(call $thread.resume-later (call $thread.index)) (i32.const 0)", Trap::ThreadNotSuspended);
}

#[test]
fn copies() {
    check(
        Lift::Callback,
        &format!("{} (call $stream.read (local.get $r) (i32.const 0) (i32.const 0x10000000))", ends("stream.new")),
        Trap::BufferTooLong,
    );
    check(
        Lift::Callback,
        &format!("{} (call $stream.read (local.get $r) (i32.const 65535) (i32.const 2))", ends("stream.new")),
        Trap::BufferOutOfBounds,
    );
    check(
        Lift::Callback,
        &format!("{} {READ} (call $stream.drop-readable (local.get $r)) (i32.const 0)", ends("stream.new")),
        Trap::CopyBusy,
    );
    check(
        Lift::Callback,
        &format!("{} (call $stream.drop-writable (local.get $w)) {READ} {READ} (i32.const 0)", ends("stream.new")),
        Trap::CopyDone,
    );
    check(Lift::Callback, &format!("{} (call $stream.cancel-read (local.get $r))", ends("stream.new")), Trap::NoCopy);
    check(
        Lift::Callback,
        &format!(
            "{} (drop (call $texts.read (local.get $r) (i32.const 0) (i32.const 1))) (call $texts.write (local.get $w) (i32.const 0) (i32.const 1))",
            ends("texts.new")
        ),
        Trap::IntraComponentCopy,
    );
    check(
        Lift::Callback,
        &format!("{} (call $future.drop-writable (local.get $w)) (i32.const 0)", ends("future.new")),
        Trap::FutureNotWritten,
    );
}
