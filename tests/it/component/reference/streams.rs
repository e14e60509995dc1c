//! Streams and futures between guests, and within one.

use crate::component::guest::{FLAGS, GIVE_FLAGS, Guest, run, succeeds, trap};
use windlass::Trap;

/// A component whose async function `run`, lifted synchronously, has that body. Its locals are for
/// the ends of up to two streams or futures, and for a set.
fn body(element: &str, body: &str) -> String {
    let core = format!(
        r#"(func (export "run") (local $e i64) (local $r i32) (local $w i32) (local $r2 i32) (local $w2 i32) (local $s i32)
          {body})"#
    );
    let exports = r#"(func (export "run") async (canon lift (core func $m "run")))"#;
    Guest { element, core: &core, exports, ..Guest::NEW }.wat()
}

/// New ends in `$r` and `$w`, or with a number behind.
fn new(what: &str, number: &str) -> String {
    format!(
        "(local.set $e (call ${what}.new)) (local.set $r{number} (call $reader (local.get $e)))
        (local.set $w{number} (call $writer (local.get $e)))"
    )
}

/// A producer whose async function `open` returns an end of type `result`, and a consumer whose async `run` calls it.
fn between(open: &str, result: &str, run: &str) {
    let exports = format!(r#"(func (export "open") async (result {result}) (canon lift (core func $m "open") async))"#);
    let producer = Guest { around: FLAGS, core: open, exports: &exports, ..Guest::NEW };
    let around = format!("{FLAGS} {}", producer.inside("producer", GIVE_FLAGS));
    let consumer = Guest {
        around: &around,
        calls: &[("open", r#"canon lower (func $producer "open") async MEMORY"#, "(param i32) (result i32)")],
        core: run,
        exports: r#"(func (export "run") async (canon lift (core func $m "run") async))"#,
        ..Guest::NEW
    };
    succeeds(&consumer.wat());
}

#[test]
fn test_wasm_to_wasm_stream() {
    between(
        r#"
            (func (export "open") (local $e i64) (local $w i32) (local $set i32) (local $error i32)
              (local.set $e (call $stream.new))
              (local.set $w (call $writer (local.get $e)))
              (call $return-S (call $reader (local.get $e)))

              (call $wait [1])
              (i32.store [0] [0x04030201])
              (call $eq (call $stream.write [w] [0] [4]) [0x40])
              (call $eq (call $stream.write [w] [0] [4]) [0x40])
              (call $eq (call $stream.write [w] [0] [0]) [-1])
              (call $eq (call $stream.cancel-write [w]) [0x02])

              (call $wait [2])
              (i64.store [0] (i64.const 0x0c0b0a0908070605))
              (call $eq (call $stream.write [w] [0] [8]) [-1])
              (call $set [3])
              (local.set $set (call $set.new))
              (call $join [w] [set])
              (call $expect [set] [3] [w] [0x40])
              (call $eq (call $stream.write [w] [12345] [0]) [-1])
              (call $set [4])
              (call $expect [set] [3] [w] [0])
              (call $eq (call $stream.write [w] [12345] [0]) [0])

              (local.set $error (call $error.new [0] [0]))
              (call $stream.drop-writable [w])
              (call $set.drop [set])
              (call $error.drop [error]))"#,
        "$S",
        r#"
            (func (export "run") (local $r i32) (local $set i32)
              (call $return)
              (call $eq (call $open [16]) [2])
              (local.set $r (i32.load [16]))
              (call $eq [r] [1])
              (call $eq (call $stream.read [r] [0] [8]) [-1])
              (call $set [1])
              (local.set $set (call $set.new))
              (call $join [r] [set])
              (call $expect [set] [2] [r] [0x80])
              (if (i64.ne (i64.load [0]) (i64.const 0x0403020104030201)) (then unreachable))

              (call $set [2])
              (call $wait [3])
              (call $eq (call $stream.read [r] [12345] [0]) [0])
              (i64.store [0] (i64.const 0))
              (call $eq (call $stream.read [r] [0] [2]) [0x20])
              (call $eq (i32.load [0]) [0x0605])
              (call $eq (call $stream.read [r] [2] [2]) [0x20])
              (if (i64.ne (i64.load [0]) (i64.const 0x08070605)) (then unreachable))

              (call $wait [4])
              (call $eq (call $stream.read [r] [12345] [0]) [-1])
              (call $expect [set] [2] [r] [1])
              (call $stream.drop-readable [r])
              (call $set.drop [set]))"#,
    );
}

#[test]
fn test_wasm_to_wasm_stream_empty() {
    between(
        r#"
            (func (export "open") (local $e i64) (local $w i32) (local $set i32) (local $error i32)
              (local.set $e (call $empty.new))
              (local.set $w (call $writer (local.get $e)))
              (call $return-E (call $reader (local.get $e)))

              (call $wait [1])
              (call $eq (call $empty.write [w] [10000] [2]) [0x20])
              (call $eq (call $empty.write [w] [10000] [2]) [0x20])

              (call $wait [2])
              (call $eq (call $empty.write [w] [0] [8]) [-1])
              (call $set [3])
              (local.set $set (call $set.new))
              (call $join [w] [set])
              (call $expect [set] [3] [w] [0x40])
              (call $set [4])
              (local.set $error (call $error.new [0] [0]))
              (call $empty.drop-writable [w])
              (call $error.drop [error]))"#,
        "$E",
        r#"
            (func (export "run") (local $r i32) (local $set i32)
              (call $return)
              (call $eq (call $open [0]) [2])
              (local.set $r (i32.load [0]))
              (call $eq [r] [1])
              (call $eq (call $empty.read [r] [0] [8]) [-1])
              (call $set [1])
              (local.set $set (call $set.new))
              (call $join [r] [set])
              (call $expect [set] [2] [r] [0x40])

              (call $set [2])
              (call $wait [3])
              (call $eq (call $empty.read [r] [1000000] [2]) [0x20])
              (call $eq (call $empty.read [r] [1000000] [2]) [0x20])

              (call $wait [4])
              (call $eq (call $empty.read [r] [1000000] [2]) [1])
              (call $empty.drop-readable [r]))"#,
    );
}

#[test]
fn test_forward() {
    let (stream, stream2) = (new("stream", ""), new("stream", "2"));
    let (future, future2) = (new("future", ""), new("future", "2"));
    succeeds(&body(
        "u8",
        &format!(
            "(local.set $s (call $set.new))
            {stream}
            (call $stream.forward [r] [w])

            ;; The reader is gone already.
            {stream} {stream2}
            (call $stream.drop-readable [r2])
            (call $stream.forward [r] [w2])
            (call $eq (call $stream.write [w] [0] [4]) [1])
            (call $stream.drop-writable [w])

            {stream} {stream2}
            (call $stream.forward [r] [w2])
            (i32.store [0] [0x04030201])
            (call $eq (call $stream.write [w] [0] [4]) [-1])
            (call $eq (call $stream.read [r2] [8] [4]) [0x40])
            (call $eq (i32.load [8]) [0x04030201])

            ;; The read is there before.
            {stream} {stream2}
            (call $eq (call $stream.read [r2] [8] [4]) [-1])
            (call $stream.forward [r] [w2])
            (i32.store [0] [0x08070605])
            (call $eq (call $stream.write [w] [0] [4]) [0x40])
            (call $eq (i32.load [8]) [0x08070605])
            (call $join [r2] [s])
            (call $expect [s] [2] [r2] [0x40])

            {future} {future2}
            (call $eq (call $future.read [r2] [8]) [-1])
            (call $future.forward [r] [w2])
            (i32.store8 [0] [42])
            (call $eq (call $future.write [w] [0]) [0])
            (call $eq (i32.load8_u [8]) [42])

            ;; Both are there before.
            {future} {future2}
            (i32.store8 [0] [43])
            (call $eq (call $future.write [w] [0]) [-1])
            (call $eq (call $future.read [r2] [8]) [-1])
            (call $future.forward [r] [w2])
            (call $eq (i32.load8_u [8]) [43])

            {future} {future2}
            (call $future.drop-readable [r2])
            (call $future.forward [r] [w2])
            (call $eq (call $future.write [w] [0]) [1])
            (call $future.drop-writable [w])"
        ),
    ));
}

#[test]
fn test_self_copy() {
    let (stream, future) = (new("stream", ""), new("future", ""));
    let text = format!(
        "(local.set $s (call $set.new))
        {future}
        (call $eq (call $future.write [w] [0]) [-1])
        (call $eq (call $future.read [r] [0]) [0])
        (call $future.drop-readable [r])
        (call $join [w] [s])
        (call $expect [s] [5] [w] [0])
        (call $future.drop-writable [w])

        {stream}
        (call $eq (call $stream.write [w] [0] [3]) [-1])
        (call $eq (call $stream.read [r] [0] [1]) [0x10])
        (call $eq (call $stream.read [r] [0] [4]) [0x20])
        (call $stream.drop-readable [r])
        (call $join [w] [s])
        (call $expect [s] [3] [w] [0x31])
        (call $stream.drop-writable [w])

        {stream}
        ;; A read of nothing that is over is not taken for one that goes on.
        (call $eq (call $stream.read [r] [0] [0]) [-1])
        (call $eq (call $stream.write [w] [0] [1]) [-1])
        (call $eq (call $stream.cancel-write [w]) [2])
        (call $eq (call $stream.write [w] [0] [0]) [-1])
        (call $eq (call $stream.cancel-read [r]) [2])
        (call $eq (call $stream.cancel-write [w]) [2])
        (call $stream.drop-readable [r])
        (call $stream.drop-writable [w])
        (call $set.drop [s])"
    );
    for element in ["", "u8", "s32", "f64"] {
        succeeds(&body(element, &text));
    }
    // Other values would have to be lowered where they were lifted.
    for element in ["bool", "(tuple u8 u8)"] {
        assert_eq!(trap(&body(element, &text)), Trap::IntraComponentCopy, "{element}");
    }
}

#[test]
fn test_future_drop_readable_with_pending_write() {
    let future = new("future", "");
    succeeds(&body(
        "u8",
        &format!(
            "{future}
            (call $eq (call $future.write [w] [0]) [-1])
            (call $future.drop-readable [r])
            (local.set $s (call $set.new))
            (call $join [w] [s])
            (call $expect [s] [5] [w] [1])
            (call $join [w] [0])
            (call $set.drop [s])
            (call $future.drop-writable [w])"
        ),
    ));
}

#[test]
fn test_stream_drop_both_ends_while_idle() {
    let (stream, future) = (new("stream", ""), new("future", ""));
    for drops in ["writable [w]) (call $stream.drop-readable [r]", "readable [r]) (call $stream.drop-writable [w]"] {
        succeeds(&body("u8", &format!("{stream} (call $stream.drop-{drops})")));
    }
    // The end that is left learns of it, once, though nothing was under way.
    let learns = format!(
        "(local.set $s (call $set.new))
        {stream}
        (call $join [r] [s])
        (call $stream.drop-writable [w])
        (call $eq (call $set.poll [s] [8]) [2])
        (call $eq (i32.load [8]) [r])
        (call $eq (i32.load [12]) [1])
        (call $eq (call $set.poll [s] [8]) [0])"
    );
    succeeds(&body(
        "u8",
        &format!(
            "{learns}
            (call $join [r] [0])
            (call $stream.drop-readable [r])
            {future}
            (call $join [w] [s])
            (call $future.drop-readable [r])
            (call $expect [s] [5] [w] [1])
            (call $join [w] [0])
            ;; It need not be written any more.
            (call $future.drop-writable [w])
            (call $set.drop [s])"
        ),
    ));
    assert_eq!(trap(&body("u8", &format!("{learns} (drop (call $stream.read [r] [0] [4]))"))), Trap::CopyDone);
}

/// The same as `test_cancel_copy` of `host_ends.rs`, but with both ends in one guest.
#[test]
fn a_copy_within_a_guest_is_cancelled() {
    let stream = new("stream", "");
    succeeds(&body(
        "u8",
        &format!(
            "{stream}
            ;; A write that nobody has read from.
            (call $eq (call $stream.write [w] [0] [4]) [-1])
            (call $eq (call $stream.cancel-write [w]) [2])
            ;; One that was read in part.
            (call $eq (call $stream.write [w] [0] [4]) [-1])
            (call $eq (call $stream.read [r] [8] [2]) [0x20])
            (call $eq (call $stream.cancel-write [w]) [0x22])
            ;; The same for reads.
            (call $eq (call $stream.read [r] [0] [4]) [-1])
            (call $eq (call $stream.write [w] [8] [3]) [0x30])
            (call $eq (call $stream.cancel-read [r]) [0x32])
            ;; The ends are as good as before.
            (call $eq (call $stream.read [r] [0] [4]) [-1])
            (call $stream.drop-writable [w])
            (call $eq (call $stream.cancel-read [r]) [1])
            (call $stream.drop-readable [r])"
        ),
    ));
    let nothing = body("u8", &format!("{stream} (drop (call $stream.cancel-read [r]))"));
    assert_eq!(run(&nothing).unwrap_err().trap(), Some(Trap::NoCopy));
}
