//! Tasks and subtasks: who may begin when, how both sides learn how a call goes on.

use crate::component::guest::{Builtin, FLAGS, GIVE_FLAGS, Guest, instance, run_on, succeeds};
use windlass::component::Val;

/// Calls `run` with no arguments and compares its result.
fn returns(wat: &str, params: &[Val], expected: Val) {
    let (mut store, instance) = instance(wat);
    let result = run_on(&mut store, instance, params).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(result, Some(expected));
}

/// Of a producer whose functions `one` and `two` take and return nothing.
const ONE_AND_TWO: &[Builtin] = &[
    ("one", r#"canon lower (func $producer "one") async"#, "(result i32)"),
    ("two", r#"canon lower (func $producer "two") async"#, "(result i32)"),
];

#[test]
fn test_async_to_async() {
    let producer = Guest {
        around: FLAGS,
        core: r#"
            (func (export "eager") (call $return-u8 [43]))
            (func (export "toggle")
              (call $backpressure.inc) (call $wait [0]) (call $return) (call $wait [1]) (call $backpressure.dec))
            (func (export "blocking") (param $x i32)
              (call $eq [x] [83]) (call $wait [2]) (call $return-u8 [44]) (call $wait [3]) (call $set [4]))"#,
        exports: r#"
            (func (export "eager") async (result u8) (canon lift (core func $m "eager") async))
            (func (export "toggle") async (canon lift (core func $m "toggle") async))
            (func (export "blocking") async (param "x" u8) (result u8) (canon lift (core func $m "blocking") async))"#,
        ..Guest::NEW
    };
    let around = format!("{FLAGS} {}", producer.inside("producer", GIVE_FLAGS));
    let consumer = Guest {
        around: &around,
        calls: &[
            ("eager", r#"canon lower (func $producer "eager") async MEMORY"#, "(param i32) (result i32)"),
            ("toggle", r#"canon lower (func $producer "toggle") async"#, "(result i32)"),
            ("blocking", r#"canon lower (func $producer "blocking") async MEMORY"#, "(param i32 i32) (result i32)"),
        ],
        core: r#"
            (func (export "run") (param $b i32) (local $set i32) (local $one i32) (local $two i32)
              (call $eq [b] [1])
              (local.set $set (call $set.new))
              (call $eq (call $eager [16]) [2])
              (call $eq (i32.load8_u [16]) [43])
              (local.set $one (call $subtask (call $toggle) [1]))
              (call $eq [one] [2])
              (call $join [one] [set])
              (i32.store8 [16] [13])
              (local.set $two (call $subtask (call $blocking [83] [16]) [0]))
              (call $eq [two] [3])
              (call $eq (i32.load8_u [16]) [13])
              (call $join [two] [set])
              (call $set [0])

              (call $expect [set] [1] [one] [2])
              (call $subtask.drop [one])
              (call $set [1])
              (call $expect [set] [1] [two] [1])
              (call $eq (i32.load8_u [16]) [13])
              (call $set [2])
              (call $expect [set] [1] [two] [2])
              (call $eq (i32.load8_u [16]) [44])
              (call $subtask.drop [two])
              (call $set [3])
              (call $wait [4])
              (call $return-u8 [42]))"#,
        exports: r#"(func (export "run") async (param "b" bool) (result u8) (canon lift (core func $m "run") async))"#,
        ..Guest::NEW
    };
    returns(&consumer.wat(), &[Val::Bool(true)], Val::U8(42));
}

/// Both functions wait for a condition of their own and return.
fn two_that_wait() -> String {
    let producer = Guest {
        around: FLAGS,
        core: r#"(func (export "one") (call $wait [1]) (call $return))
            (func (export "two") (call $wait [2]) (call $return))"#,
        exports: r#"(func (export "one") async (canon lift (core func $m "one") async))
            (func (export "two") async (canon lift (core func $m "two") async))"#,
        ..Guest::NEW
    };
    format!("{FLAGS} {}", producer.inside("producer", GIVE_FLAGS))
}

#[test]
fn test_async_callback() {
    let consumer = Guest {
        around: &two_that_wait(),
        calls: ONE_AND_TWO,
        core: r#"
            (global $set (mut i32) (i32.const 0))
            (func (export "run") (result i32)
              (call $eq (call $subtask (call $one) [1]) [1])
              (call $eq (call $subtask (call $two) [1]) [2])
              (global.set $set (call $set.new))
              (call $eq (global.get $set) [3])
              (call $join [1] (global.get $set))
              (call $join [2] (global.get $set))
              (call $set [1])
              (call $context.set [42])
              (i32.or [2] (i32.shl (global.get $set) [4])))
            (func (export "callback") (param $event i32) (param $index i32) (param $payload i32) (result i32)
              (if (i32.eq (call $context.get) [42]) (then
                (call $eq [event] [1]) (call $eq [index] [1]) (call $eq [payload] [2])
                (call $subtask.drop [index])
                (call $context.set [52])
                (return [1])))
              (if (i32.eq (call $context.get) [52]) (then
                (call $eq [event] [0]) (call $eq [index] [0]) (call $eq [payload] [0])
                (call $set [2])
                (call $context.set [62])
                (return (i32.or [2] (i32.shl (global.get $set) [4])))))
              (call $eq (call $context.get) [62])
              (call $eq [event] [1]) (call $eq [index] [2]) (call $eq [payload] [2])
              (call $subtask.drop [index])
              (call $return-u32 [83])
              [0])"#,
        exports: r#"(func (export "run") async (result u32)
            (canon lift (core func $m "run") async (callback (core func $m "callback"))))"#,
        ..Guest::NEW
    };
    returns(&consumer.wat(), &[], Val::U32(83));
}

#[test]
fn test_callback_interleaving() {
    let producer = Guest {
        core: r#"
            (func (export "produce") (param $i i32) (param $first i32) (param $second i32) (param $third i32) (result i32)
              (local $set i32)
              (i32.store (i32.mul [i] [4]) [third])
              (call $context.set [i])
              (call $eq (call $signal.read-sync [first] [0xdeadbee0]) [0])
              (local.set $set (call $set.new))
              (call $eq (call $signal.read [second] [0xdeadbee0]) [-1])
              (call $join [second] [set])
              (i32.or [2] (i32.shl [set] [4])))
            (func (export "callback") (param $event i32) (param $index i32) (param $payload i32) (result i32)
              (local $i i32)
              (call $eq [event] [4])
              (call $eq [payload] [0])
              (local.set $i (call $context.get))
              (call $return-u32 (i32.add [42] [i]))
              (call $eq (call $signal.read-sync (i32.load (i32.mul [i] [4])) [0xdeadbee0]) [0])
              [0])
            (func (export "number") (result i32) [100])
            (func (export "hold") (call $backpressure.inc))
            (func (export "release") (call $backpressure.dec))"#,
        exports: r#"
            (func (export "produce") async (param "i" u32) (param "a" $N) (param "b" $N) (param "c" $N) (result u32)
              (canon lift (core func $m "produce") async (callback (core func $m "callback"))))
            (func (export "number") async (result u32) (canon lift (core func $m "number")))
            (func (export "hold") (canon lift (core func $m "hold")))
            (func (export "release") (canon lift (core func $m "release")))"#,
        ..Guest::NEW
    };
    let consumer = Guest {
        around: &producer.inside("producer", ""),
        calls: &[
            (
                "produce",
                r#"canon lower (func $producer "produce") async MEMORY"#,
                "(param i32 i32 i32 i32 i32) (result i32)",
            ),
            ("number", r#"canon lower (func $producer "number") async MEMORY"#, "(param i32) (result i32)"),
            ("hold", r#"canon lower (func $producer "hold")"#, ""),
            ("release", r#"canon lower (func $producer "release")"#, ""),
        ],
        core: r#"
            ;; The ends of the N-th future are at 64 + 8 N: first the readable one.
            (func $r (param $n i32) (result i32) (i32.load offset=64 (i32.mul [n] [8])))
            (func $w (param $n i32) (result i32) (i32.load offset=68 (i32.mul [n] [8])))
            (func $signal (param $n i32) (call $eq (call $signal.write (call $w [n]) [0xdeadbee0]) [0]))
            (func $nothing-happens (param $set i32) (local $times i32)
              (loop $again
                (drop (call $thread.yield))
                (call $eq (call $set.poll [set] [0]) [0])
                (local.set $times (i32.add [times] [1]))
                (br_if $again (i32.lt_u [times] [10]))))
            (func $cancelled-before-it-starts (param $packed i32)
              (call $eq (call $subtask.cancel-sync (call $subtask [packed] [0])) [3]))
            (func (export "run") (local $n i32) (local $set i32) (local $one i32) (local $two i32) (local $three i32)
              (loop $again
                (i64.store offset=64 (i32.mul [n] [8]) (call $signal.new))
                (local.set $n (i32.add [n] [1]))
                (br_if $again (i32.lt_u [n] [6])))

              (call $hold)
              (call $cancelled-before-it-starts
                (call $produce [0] (call $r [0]) (call $r [1]) (call $r [2]) [0xdeadbee0]))
              (call $release)

              (local.set $one (call $subtask (call $produce [0] (call $r [0]) (call $r [1]) (call $r [2]) [12]) [1]))
              (call $cancelled-before-it-starts
                (call $produce [1] (call $r [3]) (call $r [4]) (call $r [5]) [0xdeadbee0]))
              (local.set $two (call $subtask (call $produce [1] (call $r [3]) (call $r [4]) (call $r [5]) [16]) [0]))
              (local.set $set (call $set.new))
              (call $join [one] [set])
              (call $join [two] [set])

              (call $signal [0])
              (call $expect [set] [1] [two] [1])
              (call $signal [1])
              ;; The second one has the lock, so the callback of the first one is not called.
              (call $nothing-happens [set])
              (call $signal [3])
              (call $expect [set] [1] [one] [2])
              (call $eq (i32.load [12]) [42])
              (call $subtask.drop [one])

              (call $signal [4])
              (call $nothing-happens [set])
              (call $signal [2])
              (call $expect [set] [1] [two] [2])
              (call $eq (i32.load [16]) [43])
              (call $subtask.drop [two])

              (local.set $three (call $subtask (call $number [20]) [0]))
              (call $join [three] [set])
              (call $signal [5])
              (call $expect [set] [1] [three] [2])
              (call $eq (i32.load [20]) [100]))"#,
        exports: r#"(func (export "run") async (canon lift (core func $m "run")))"#,
        ..Guest::NEW
    };
    succeeds(&consumer.wat());
}

#[test]
fn test_sync_ignores_backpressure() {
    let callee = Guest {
        core: r#"
            (func (export "slow") (param $i i32) (param $future i32) (result i32)
              (call $eq (call $signal.read-sync [future] [0xdeadbee0]) [0])
              (i32.add [42] [i]))
            (func (export "quick") (param $i i32) (result i32) (i32.add [84] [i]))"#,
        exports: r#"
            (func (export "slow") async (param "i" u32) (param "f" $N) (result u32) (canon lift (core func $m "slow")))
            (func (export "quick") (param "i" u32) (result u32) (canon lift (core func $m "quick")))"#,
        ..Guest::NEW
    };
    let caller = Guest {
        around: &callee.inside("callee", ""),
        calls: &[
            ("slow", r#"canon lower (func $callee "slow") async MEMORY"#, "(param i32 i32 i32) (result i32)"),
            ("quick", r#"canon lower (func $callee "quick")"#, "(param i32) (result i32)"),
        ],
        core: r#"
            (func (export "run") (local $ends i64) (local $slow i32) (local $set i32)
              (local.set $ends (call $signal.new))
              (local.set $slow (call $subtask (call $slow [1] (call $reader (local.get $ends)) [4]) [1]))
              ;; The lock is held, and that holds back async functions only.
              (call $eq (call $quick [2]) [86])
              (call $eq (call $signal.write (call $writer (local.get $ends)) [0xdeadbee0]) [0])
              (local.set $set (call $set.new))
              (call $join [slow] [set])
              (call $expect [set] [1] [slow] [2])
              (call $eq (i32.load [4]) [43])
              (call $subtask.drop [slow]))"#,
        exports: r#"(func (export "run") async (canon lift (core func $m "run")))"#,
        ..Guest::NEW
    };
    succeeds(&caller.wat());
}

/// Takes the events of two subtasks from a set, by polls between which it yields or by waiting.
const UNTIL_BOTH_RETURN: &str = r#"
    (func $until-both-return (param $set i32) (local $left i32) (local $event i32)
      (local.set $left [2])
      (loop $again
        (local.set $event (call $next [set] [8]))
        (br_if $again (i32.eqz [event]))
        (call $eq [event] [1])
        (call $eq (i32.load [12]) [2])
        (call $subtask.drop (i32.load [8]))
        (br_if $again (local.tee $left (i32.sub [left] [1])))))"#;

/// A consumer of `one` and `two` of the producer: the first waits for its condition, so the second is held back, and
/// both return when it is there. `next` takes the next event from the set, `result` says that all was as it should be.
fn second_is_held_back(producer: &Guest, next: &str, result: u8) {
    let around = format!("{FLAGS} {}", producer.inside("producer", GIVE_FLAGS));
    let core = format!(
        r#"{UNTIL_BOTH_RETURN}
        (func $next (param i32 i32) (result i32) {next})
        (func (export "run") (local $set i32)
          (call $eq (call $subtask (call $one) [1]) [1])
          (call $eq (call $subtask (call $two) [0]) [2])
          (local.set $set (call $set.new))
          (call $join [1] [set])
          (call $join [2] [set])
          (call $set [0])
          (call $eq (i32.or (call $is-set [1]) (call $is-set [2])) [0])
          (call $until-both-return [set])
          (call $eq (i32.and (call $is-set [1]) (call $is-set [2])) [1])
          (call $set.drop [set])
          (call $return-u8 [{result}]))"#
    );
    let consumer = Guest {
        around: &around,
        calls: ONE_AND_TWO,
        core: &core,
        exports: r#"(func (export "run") async (result u8) (canon lift (core func $m "run") async))"#,
        ..Guest::NEW
    };
    returns(&consumer.wat(), &[], Val::U8(result));
}

#[test]
fn test_async_to_sync() {
    // Both are lifted synchronously: the second one waits until the first one has returned.
    let producer = Guest {
        around: FLAGS,
        core: r#"(func (export "one") (call $wait [0]) (call $set [1]))
            (func (export "two") (call $eq (call $is-set [1]) [1]) (call $set [2]))"#,
        exports: r#"(func (export "one") async (canon lift (core func $m "one")))
            (func (export "two") async (canon lift (core func $m "two")))"#,
        ..Guest::NEW
    };
    let next = "(drop (call $thread.yield)) (call $set.poll (local.get 0) (local.get 1))";
    second_is_held_back(&producer, next, 83);
}

#[test]
fn test_async_backpressure() {
    let producer = Guest {
        around: FLAGS,
        core: r#"
            (func (export "one")
              (call $backpressure.inc) (call $wait [0]) (call $backpressure.dec) (call $return) (call $set [1]))
            (func (export "two") (call $eq (call $is-set [1]) [1]) (call $return) (call $set [2]))"#,
        exports: r#"(func (export "one") async (canon lift (core func $m "one") async))
            (func (export "two") async (canon lift (core func $m "two") async))"#,
        ..Guest::NEW
    };
    second_is_held_back(&producer, "(call $set.wait (local.get 0) (local.get 1))", 84);
}

#[test]
fn test_sync_using_wait() {
    let consumer = Guest {
        around: &two_that_wait(),
        calls: ONE_AND_TWO,
        core: r#"
            (func (export "run") (local $set i32)
              (call $eq (call $subtask (call $one) [1]) [1])
              (call $eq (call $subtask (call $two) [1]) [2])
              (local.set $set (call $set.new))
              (call $join [1] [set])
              (call $join [2] [set])
              (call $set [1])
              (call $expect [set] [1] [1] [2])
              (call $set [2])
              (call $expect [set] [1] [2] [2])
              (call $subtask.drop [1])
              (call $subtask.drop [2])
              (call $set.drop [set]))"#,
        exports: r#"(func (export "run") async (canon lift (core func $m "run")))"#,
        ..Guest::NEW
    };
    succeeds(&consumer.wat());
}

#[test]
fn test_async_flat_params() {
    let callee = Guest {
        core: r#"
            (func (export "four") (param f32 f64 i32 i64)
              (if (f32.ne (local.get 0) (f32.const 1.1)) (then unreachable))
              (if (f64.ne (local.get 1) (f64.const 2.2)) (then unreachable))
              (call $eq (local.get 2) [3])
              (if (i64.ne (local.get 3) (i64.const 4)) (then unreachable)))
            (func (export "small") (param i32 i32 i32 i32)
              (call $eq (local.get 0) [1]) (call $eq (local.get 1) [2])
              (call $eq (local.get 2) [3]) (call $eq (local.get 3) [4]))
            (func (export "five") (param i32 i32 i32 i32 i32)
              (call $eq (local.get 0) [1]) (call $eq (local.get 1) [2]) (call $eq (local.get 2) [3])
              (call $eq (local.get 3) [4]) (call $eq (local.get 4) [5]))"#,
        exports: r#"
            (func (export "four") async (param "a" f32) (param "b" f64) (param "c" u32) (param "d" s64)
              (canon lift (core func $m "four")))
            (func (export "small") async (param "a" u32) (param "b" u8) (param "c" u8) (param "d" u8)
              (canon lift (core func $m "small")))
            (func (export "five") async (param "a" u32) (param "b" u8) (param "c" u8) (param "d" u8) (param "e" u8)
              (canon lift (core func $m "five")))"#,
        ..Guest::NEW
    };
    let caller = Guest {
        around: &callee.inside("callee", ""),
        calls: &[
            ("four", r#"canon lower (func $callee "four") async"#, "(param f32 f64 i32 i64) (result i32)"),
            ("small", r#"canon lower (func $callee "small") async"#, "(param i32 i32 i32 i32) (result i32)"),
            ("five", r#"canon lower (func $callee "five") async MEMORY"#, "(param i32) (result i32)"),
        ],
        core: r#"
            (func (export "run")
              (call $eq (call $four (f32.const 1.1) (f64.const 2.2) [3] (i64.const 4)) [2])
              (call $eq (call $small [1] [2] [3] [4]) [2])
              (i64.store [12] (i64.const 0x0504030200000001))
              (call $eq (call $five [12]) [2])
              (call $return))"#,
        exports: r#"(func (export "run") async (canon lift (core func $m "run") async))"#,
        ..Guest::NEW
    };
    succeeds(&caller.wat());
}
