//! Traps of tasks, waitables, threads, streams and futures, one by one, and what is left open.

use super::guest::{Builtin, Guest, trap};
use windlass::Trap;

/// Of a component to call.
const CALLS: &[Builtin] = &[
    ("block", r#"canon lower (func $callee "block") async"#, "(result i32)"),
    ("yield", r#"canon lower (func $callee "yield") async"#, "(result i32)"),
    ("deaf", r#"canon lower (func $callee "deaf") async"#, "(result i32)"),
    ("drop-callees-set", r#"canon lower (func $callee "drop-set")"#, ""),
];

const CALLEE: Guest<'_> = Guest {
    core: r#"
        (global $s (mut i32) (i32.const 0))
        (func $wait-for-set (result i32) (i32.or [2] (i32.shl (global.get $s) [4])))
        (func (export "block") (result i32) (global.set $s (call $set.new)) (call $wait-for-set))
        (func (export "yield") (result i32) [1])
        (func (export "wait") (param i32 i32 i32) (result i32) (call $wait-for-set))
        (func (export "return") (param i32 i32 i32) (result i32) (call $return) [0])
        (func (export "drop-set") (call $set.drop (global.get $s)))"#,
    exports: r#"
        (func (export "block") async (canon lift (core func $m "block") async (callback (core func $m "return"))))
        (func (export "deaf") async (canon lift (core func $m "block") async (callback (core func $m "wait"))))
        (func (export "yield") async (canon lift (core func $m "yield") async (callback (core func $m "return"))))
        (func (export "drop-set") (canon lift (core func $m "drop-set")))"#,
    ..Guest::NEW
};

/// How the function is lifted that is called.
#[derive(Clone, Copy)]
enum Lift {
    Sync,
    Callback,
}

/// A component whose function `run` has that body; `$r`, `$w` and `$s` are locals.
fn guest(lift: Lift, body: &str) -> String {
    let (result, declared, opts) = match lift {
        Lift::Sync => ("", "", ""),
        Lift::Callback => ("(result i32)", "async", r#"async (callback (core func $m "callback"))"#),
    };
    let core = format!(
        r#"(func $thread (param i32) (drop (call $stream.read-sync (local.get 0) [0] [1])))
        (elem (i32.const 0) $thread)
        (func (export "run") {result} (local $r i32) (local $w i32) (local $s i32) {body})
        (func (export "callback") (param i32 i32 i32) (result i32) unreachable)"#
    );
    let exports = format!(r#"(func (export "run") {declared} (canon lift (core func $m "run") {opts}))"#);
    Guest { around: &CALLEE.inside("callee", ""), calls: CALLS, core: &core, exports: &exports, ..Guest::NEW }.wat()
}

fn check(lift: Lift, body: &str, expected: Trap) {
    assert_eq!(trap(&guest(lift, body)), expected, "{body}");
}

/// A call of the host's that was no task so far becomes one where its thread suspends itself.
#[test]
fn a_call_of_the_host_may_not_suspend_itself_where_it_is_synchronous() {
    check(Lift::Sync, "(drop (call $thread.suspend))", Trap::CannotBlock);
}

/// A stream or future whose ends are `$r` and `$w`.
fn ends(new: &str) -> String {
    format!("(local.set $r [1]) (local.set $w [2]) (drop (call ${new}))")
}

const READ: &str = "(drop (call $stream.read [r] [0] [4]))";

#[test]
fn how_tasks_end() {
    check(Lift::Callback, "[3]", Trap::CallbackCode { code: 3 });
    check(Lift::Callback, "[0]", Trap::TaskNotResolved);
    check(Lift::Callback, "(call $return) (call $return) [0]", Trap::TaskResolved);
    check(Lift::Callback, "(call $return-u32 [1]) [0]", Trap::TaskReturnMismatch);
    check(Lift::Callback, "(call $cancel) [0]", Trap::TaskNotCancelled);
    check(Lift::Sync, "(drop (call $set.wait (call $set.new) [0]))", Trap::CannotBlock);
    check(Lift::Callback, "(i32.or [2] (i32.shl (call $set.new) [4]))", Trap::Deadlock);
}

#[test]
fn subtasks_and_sets() {
    check(
        Lift::Callback,
        "(local.set $s (i32.shr_u (call $yield) [4])) (local.set $r (call $set.new)) (call $join [s] [r]) (drop (call $set.wait [r] [0])) (call $join [s] [0]) (call $subtask.cancel [s])",
        Trap::SubtaskResolved,
    );
    check(
        Lift::Callback,
        "(local.set $s (i32.shr_u (call $deaf) [4])) (drop (call $subtask.cancel [s])) (call $subtask.cancel [s])",
        Trap::SubtaskCancelled,
    );
    check(Lift::Callback, "(call $subtask.drop (i32.shr_u (call $block) [4])) [0]", Trap::SubtaskNotResolved);
    check(
        Lift::Callback,
        &format!("{} (local.set $s (call $set.new)) (call $join [r] [s]) (call $set.drop [s]) [0]", ends("stream.new")),
        Trap::WaitableSetNotEmpty,
    );
    check(Lift::Callback, "(drop (call $block)) (call $drop-callees-set) [0]", Trap::WaitableSetHasWaiters);
    check(
        Lift::Callback,
        &format!(
            "{} (call $join [r] (call $set.new)) (drop (call $stream.read-sync [r] [0] [4])) [0]",
            ends("stream.new")
        ),
        Trap::WaitableInSet,
    );
    check(
        Lift::Callback,
        &format!(
            "{} (call $thread.resume-later (call $thread.new [0] [r])) (drop (call $thread.yield)) (call $join [r] (call $set.new)) [0]",
            ends("stream.new")
        ),
        Trap::WaitableInUse,
    );
    check(Lift::Callback, "(call $thread.resume-later (call $thread.index)) [0]", Trap::ThreadNotSuspended);
}

#[test]
fn copies() {
    check(
        Lift::Callback,
        &format!("{} (call $stream.read [r] [0] [0x10000000])", ends("stream.new")),
        Trap::BufferTooLong,
    );
    check(
        Lift::Callback,
        &format!("{} (call $stream.read [r] [65535] [2])", ends("stream.new")),
        Trap::BufferOutOfBounds,
    );
    check(
        Lift::Callback,
        &format!("{} {READ} (call $stream.drop-readable [r]) [0]", ends("stream.new")),
        Trap::CopyBusy,
    );
    check(
        Lift::Callback,
        &format!("{} (call $stream.drop-writable [w]) {READ} {READ} [0]", ends("stream.new")),
        Trap::CopyDone,
    );
    for cancel in ["stream.cancel-read", "stream.cancel-read-sync"] {
        check(Lift::Callback, &format!("{} (call ${cancel} [r])", ends("stream.new")), Trap::NoCopy);
    }
    check(
        Lift::Callback,
        &format!("{} (drop (call $texts.read [r] [0] [1])) (call $texts.write [w] [0] [1])", ends("texts.new")),
        Trap::IntraComponentCopy,
    );
    check(
        Lift::Callback,
        &format!("{} (call $future.drop-writable [w]) [0]", ends("future.new")),
        Trap::FutureNotWritten,
    );
}
