//! Subtasks that are cancelled.

use crate::component::guest::{FLAGS, GIVE_FLAGS, Guest, instance, run_on};
use windlass::component::Val;

/// Functions that answer a cancellation each in its own way. All take and return a byte.
const CALLEES: [&str; 6] = ["never-started", "wait", "yield", "lock-hog", "sync-import", "ignores-cancel"];

const CALLEE: &str = r#"
    (func (export "hold") (call $backpressure.inc))
    (func (export "release") (call $backpressure.dec))

    (func (export "never-started") (param i32) unreachable)

    ;; Waits in the event loop. Asked to stop, it does so at once or after one more turn.
    (func $wait-on-nothing (param $context i32) (result i32)
      (call $context.set [context])
      (i32.or [2] (i32.shl (call $set.new) [4])))
    (func (export "wait") (param $x i32) (result i32) (call $wait-on-nothing [x]))
    (func (export "wait.callback") (param $event i32) (param $index i32) (param $payload i32) (result i32)
      (local $x i32)
      (call $eq (i32.or [index] [payload]) [0])
      (local.set $x (call $context.get))
      (if (i32.eq [event] [6])
        (then (if (i32.ge_u [x] [3]) (then (return [1]))))
        (else (call $eq [event] [0]) (if (i32.lt_u [x] [3]) (then unreachable))))
      (if (i32.and [x] [1])
        ;; 1 or 3
        (then (call $return-u8 (i32.add [42] (i32.shr_u [x] [1]))))
        (else (call $cancel)))
      [0])

    ;; Returns its argument after one turn, unless it is asked to stop before.
    (func (export "yield") (param $x i32) (result i32) (call $context.set [x]) [1])
    (func (export "yield.callback") (param $event i32) (param $index i32) (param $payload i32) (result i32)
      (call $eq (i32.or [index] [payload]) [0])
      (if (i32.eq [event] [6])
        (then (call $cancel))
        (else (call $eq [event] [0]) (call $return-u8 (call $context.get)) (call $set (call $context.get))))
      [0])

    ;; Has the lock while others run, so none of them can be told that it is cancelled.
    (func (export "lock-hog") (param $x i32) (result i32)
      (drop (call $thread.yield)) (call $return-u8 [x]) [0])
    (func (export "lock-hog.callback") (param i32 i32 i32) (result i32) unreachable)

    ;; Is not told before it returns to the event loop, and then once.
    (func (export "sync-import") (param i32) (result i32)
      (call $wait [1])
      (i32.store [512] (call $set.new))
      (i32.or [2] (i32.shl (i32.load [512]) [4])))
    (func (export "sync-import.callback") (param $event i32) (param $index i32) (param $payload i32) (result i32)
      (call $eq [event] [6])
      (call $eq (i32.or [index] [payload]) [0])
      (call $eq (call $set.poll (i32.load [512]) [520]) [0])
      (call $cancel)
      [0])

    ;; Is lifted without a callback, so it is never told; what it calls isn't, either.
    (func (export "ignores-cancel") (param $x i32) (local $subtask i32)
      (call $eq [x] [13])
      (local.set $subtask (call $subtask (call $deaf [528]) [1]))
      (call $eq (call $subtask.cancel-sync [subtask]) [2])
      (call $eq (i32.load8_u [528]) [43])
      (call $subtask.drop [subtask])
      (call $return-u8 [44]))"#;

const CALLER: &str = r#"
    (func $mark (i32.store8 [0] [13]))
    (func $result (param $expected i32) (call $eq (i32.load8_u [0]) [expected]))
    ;; A call that is cancelled and ends at once in that state, leaving that where its result goes.
    (func $ends (param $subtask i32) (param $state i32) (param $found i32) (param $result i32)
      (call $eq [found] [state]) (call $result [result]) (call $subtask.drop [subtask]))
    ;; One that ends later.
    (func $blocks (param $set i32) (param $subtask i32) (param $found i32)
      (call $eq [found] [-1]) (call $result [13]) (call $join [subtask] [set]))
    (func $ended (param $set i32) (param $subtask i32) (param $state i32) (param $result i32)
      (call $expect [set] [1] [subtask] [state]) (call $result [result]) (call $subtask.drop [subtask]))

    (func $cancelled-while-the-lock-is-held (param $set i32) (param $subtask i32) (param $state i32) (param $result i32)
      (local $hog i32)
      (call $mark)
      (i32.store8 [4] [13])
      (local.set $hog (call $subtask (call $lock-hog [45] [4]) [1]))
      (call $blocks [set] [subtask] (call $subtask.cancel [subtask]))
      (call $ended [set] [subtask] [state] [result])
      (call $eq (i32.load8_u [4]) [45])
      (call $join [hog] [set])
      (call $expect [set] [1] [hog] [2])
      (call $subtask.drop [hog]))

    (func (export "run") (param $x i32) (local $set i32) (local $a i32) (local $b i32) (local $c i32) (local $d i32)
      (local $e i32) (local $f i32)
      (call $eq [x] [1])
      (local.set $set (call $set.new))

      (call $hold)
      (local.set $a (call $subtask (call $never-started [13] [0]) [0]))
      (local.set $b (call $subtask (call $never-started [13] [0]) [0]))
      (call $eq (call $subtask.cancel-sync [b]) [3])
      (call $eq (call $subtask.cancel [a]) [3])
      (call $release)

      (local.set $a (call $subtask (call $wait-for [1] [0]) [1]))
      (local.set $b (call $subtask (call $wait-for [2] [0]) [1]))
      (local.set $c (call $subtask (call $wait-for [3] [0]) [1]))
      (local.set $d (call $subtask (call $wait-for [3] [0]) [1]))
      (local.set $e (call $subtask (call $wait-for [4] [0]) [1]))
      (local.set $f (call $subtask (call $wait-for [4] [0]) [1]))
      (call $mark)
      (call $ends [a] [2] (call $subtask.cancel-sync [a]) [42])
      (call $mark)
      (call $ends [b] [4] (call $subtask.cancel [b]) [13])
      (call $blocks [set] [c] (call $subtask.cancel [c]))
      (call $ended [set] [c] [2] [43])
      (call $mark)
      (call $ends [d] [2] (call $subtask.cancel-sync [d]) [43])
      (call $mark)
      (call $blocks [set] [e] (call $subtask.cancel [e]))
      (call $ended [set] [e] [4] [13])
      (call $mark)
      (call $ends [f] [4] (call $subtask.cancel-sync [f]) [13])

      ;; One that has returned stays so.
      (call $mark)
      (local.set $a (call $subtask (call $yield [83] [0]) [1]))
      (loop $again
        (drop (call $thread.yield))
        (br_if $again (i32.eqz (call $is-set [83]))))
      (call $ends [a] [2] (call $subtask.cancel [a]) [83])
      (call $mark)
      (local.set $a (call $subtask (call $yield [84] [0]) [1]))
      (call $ends [a] [4] (call $subtask.cancel [a]) [13])

      (call $cancelled-while-the-lock-is-held [set] (call $subtask (call $wait-for [1] [0]) [1]) [2] [42])
      (call $cancelled-while-the-lock-is-held [set] (call $subtask (call $yield [1] [0]) [1]) [4] [13])

      (call $mark)
      (local.set $a (call $subtask (call $sync-import [0] [0]) [1]))
      (call $blocks [set] [a] (call $subtask.cancel [a]))
      (call $set [1])
      (call $ended [set] [a] [4] [13])

      (local.set $a (call $subtask (call $ignores-cancel [13] [0]) [1]))
      (call $blocks [set] [a] (call $subtask.cancel [a]))
      (call $set [2])
      (call $ended [set] [a] [2] [44])

      (call $set.drop [set])
      (call $return-u8 [42]))"#;

/// That `task.cancel` traps in a task that was not told to stop is shown by `how_tasks_end`.
#[test]
fn test_cancel_subtask() {
    let deaf = Guest {
        around: FLAGS,
        core: r#"(func (export "deaf") (call $wait [2]) (call $return-u8 [43]))"#,
        exports: r#"(func (export "deaf") async (result u8) (canon lift (core func $m "deaf") async))"#,
        ..Guest::NEW
    };
    let exports: String = CALLEES
        .iter()
        .map(|name| {
            let callback = match *name {
                "never-started" | "ignores-cancel" => String::new(),
                name => format!(r#"(callback (core func $m "{name}.callback"))"#),
            };
            format!(
                r#"(func (export "{name}") async (param "x" u8) (result u8) (canon lift (core func $m "{name}") async {callback}))"#
            )
        })
        .chain(["hold", "release"].map(|name| format!(r#"(func (export "{name}") (canon lift (core func $m "{name}")))"#)))
        .collect();
    let around = format!("{FLAGS} {}", deaf.inside("deaf", GIVE_FLAGS));
    let callee = Guest {
        around: &around,
        calls: &[("deaf", r#"canon lower (func $deaf "deaf") async MEMORY"#, "(param i32) (result i32)")],
        core: CALLEE,
        exports: &exports,
        ..Guest::NEW
    };
    let around = format!("{FLAGS} {}", callee.inside("callee", GIVE_FLAGS));
    const LOWERED: &str = "(param i32 i32) (result i32)";
    let caller = Guest {
        around: &around,
        calls: &[
            ("hold", r#"canon lower (func $callee "hold")"#, ""),
            ("release", r#"canon lower (func $callee "release")"#, ""),
            ("never-started", r#"canon lower (func $callee "never-started") async MEMORY"#, LOWERED),
            ("wait-for", r#"canon lower (func $callee "wait") async MEMORY"#, LOWERED),
            ("yield", r#"canon lower (func $callee "yield") async MEMORY"#, LOWERED),
            ("lock-hog", r#"canon lower (func $callee "lock-hog") async MEMORY"#, LOWERED),
            ("sync-import", r#"canon lower (func $callee "sync-import") async MEMORY"#, LOWERED),
            ("ignores-cancel", r#"canon lower (func $callee "ignores-cancel") async MEMORY"#, LOWERED),
        ],
        core: CALLER,
        exports: r#"(func (export "run") async (param "x" u8) (result u8) (canon lift (core func $m "run") async))"#,
        ..Guest::NEW
    };
    let (mut store, instance) = instance(&caller.wat());
    let result =
        run_on(&mut store, instance, &[Val::U8(1)]).unwrap_or_else(|error| panic!("{error} {:?}", error.backtrace()));
    assert_eq!(result, Some(Val::U8(42)));
}
