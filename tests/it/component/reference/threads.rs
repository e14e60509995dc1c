//! Threads of a component, with and without an async function around them.

use crate::component::guest::{FLAGS, Guest, instance, run_on};
use std::task::{Context, Waker};
use windlass::component::{Step, Val};

#[test]
fn test_threads() {
    let guest = Guest {
        core: r#"
            (elem (i32.const 1) $one $two $three $four)
            (func $one (param i32) (call $eq (local.get 0) [13]))
            (func $two (param $main i32) (drop (call $thread.yield-then-resume [main])))
            (func $three (param $main i32) (call $thread.resume-later [main]))
            (func $four (param $ptr i32)
              (drop (call $thread.yield))
              (i32.store [ptr] (i32.add (i32.load [ptr]) [1]))
              (drop (call $thread.yield))
              (i32.store [ptr] (i32.add (i32.load [ptr]) [1])))
            (func (export "run") (result i32) (local $main i32) (local $n i32)
              (local.set $main (call $thread.index))
              (drop (call $thread.yield-then-resume (call $thread.new [1] [13])))
              (drop (call $thread.suspend-then-resume (call $thread.new [2] [main])))
              (call $thread.resume-later (call $thread.new [3] [main]))
              (drop (call $thread.suspend))
              (loop $again
                (call $thread.resume-later (call $thread.new [4] [4]))
                (local.set $n (i32.add [n] [1]))
                (br_if $again (i32.lt_u [n] [5])))
              (loop $again
                (drop (call $thread.yield))
                (br_if $again (i32.ne (i32.load [4]) [10])))
              [42])"#,
        exports: r#"(func (export "run") async (result u8) (canon lift (core func $m "run")))"#,
        ..Guest::NEW
    };
    let (mut store, instance) = instance(&guest.wat());
    assert_eq!(run_on(&mut store, instance, &[]).unwrap(), Some(Val::U8(42)));
}

/// The function is not async and its implicit thread waits for the others, which hand on to each
/// other in every way there is. Meanwhile a task of an async function of the same instance becomes
/// ready: it may run before or after.
#[test]
fn test_sync_threads() {
    let guest = Guest {
        around: FLAGS,
        core: r#"
            (elem (i32.const 1) $ping1 $pong1 $two $three $four1 $four2 $ping5 $pong5)
            (global $main (mut i32) (i32.const 0))
            (global $pings1 (mut i32) (i32.const 0)) (global $pongs1 (mut i32) (i32.const 0))
            (global $pings5 (mut i32) (i32.const 0)) (global $pongs5 (mut i32) (i32.const 0))
            (global $set (mut i32) (i32.const 0))
            ;; The index of the thread of the N-th function of the table.
            (func $thread (param $n i32) (result i32) (i32.load offset=128 (i32.mul [n] [4])))

            (func $both-have-counted (result i32)
              (i32.and (i32.ge_u (global.get $pings1) [3]) (i32.ge_u (global.get $pongs1) [3])))
            (func $ping1 (param i32)
              (call $eq (local.get 0) [131])
              (block $end (loop $again
                (br_if $end (call $both-have-counted))
                (global.set $pings1 (i32.add (global.get $pings1) [1]))
                (drop (call $thread.yield))
                (br $again)))
              (call $thread.resume-later (call $thread [3])))
            (func $pong1 (param i32)
              (call $eq (local.get 0) [132])
              (block $end (loop $again
                (br_if $end (call $both-have-counted))
                (global.set $pongs1 (i32.add (global.get $pongs1) [1]))
                (drop (call $thread.yield))
                (br $again))))
            (func $two (param i32)
              (call $eq (local.get 0) [133])
              (call $thread.resume-later (call $thread [4])))
            (func $three (param i32)
              (call $eq (local.get 0) [134])
              (call $thread.resume-later (call $thread [5]))
              (drop (call $thread.suspend)))
            (func $four1 (param i32)
              (call $eq (local.get 0) [135])
              (call $thread.resume-later (call $thread [4]))
              (call $thread.resume-later (call $thread [6]))
              (global.set $set (call $set.new))
              (call $eq (call $set.wait (global.get $set) [0]) [4])
              (call $thread.resume-later (call $thread [7])))
            (func $four2 (param i32) (local $e i64)
              (call $eq (local.get 0) [136])
              (local.set $e (call $signal.new))
              (call $eq (call $signal.read (call $reader (local.get $e)) [0xdeadbee0]) [-1])
              (call $join (call $reader (local.get $e)) (global.get $set))
              (call $eq (call $signal.write (call $writer (local.get $e)) [0xdeadbee0]) [0]))
            (func $ping5 (param i32)
              (call $eq (local.get 0) [137])
              (block $end (loop $again
                (br_if $end (i32.ge_u (global.get $pings5) [3]))
                (call $eq (global.get $pings5) (global.get $pongs5))
                ;; The other one is suspended and not ready, so this goes on at once.
                (drop (call $thread.yield-then-promote (call $thread [8])))
                (call $eq (global.get $pings5) (global.get $pongs5))
                (call $thread.resume-later (call $thread [8]))
                (drop (call $thread.yield-then-promote (call $thread [8])))
                (call $eq (global.get $pings5) (i32.sub (global.get $pongs5) [1]))
                (global.set $pings5 (i32.add (global.get $pings5) [1]))
                (br $again)))
              (call $thread.resume-later (global.get $main))
              (call $thread.resume-later (call $thread [8])))
            (func $pong5 (param i32)
              (call $eq (local.get 0) [138])
              (block $end (loop $again
                (br_if $end (i32.ge_u (global.get $pongs5) [3]))
                (global.set $pongs5 (i32.add (global.get $pongs5) [1]))
                (drop (call $thread.suspend-then-promote (call $thread [7])))
                (br $again))))

            (func (export "run") (result i32) (local $n i32)
              (global.set $main (call $thread.index))
              (local.set $n [1])
              (loop $again
                (i32.store offset=128 (i32.mul [n] [4]) (call $thread.new [n] (i32.add [130] [n])))
                (local.set $n (i32.add [n] [1]))
                (br_if $again (i32.le_u [n] [8])))
              (call $thread.resume-later (call $thread [1]))
              (call $thread.resume-later (call $thread [2]))
              (drop (call $thread.suspend))
              [42])
            (func (export "other") (result i32) (call $wait [1]) [43])"#,
        exports: r#"(func (export "run") (result u8) (canon lift (core func $m "run")))
            (func (export "other") async (result u32) (canon lift (core func $m "other")))"#,
        ..Guest::NEW
    };
    let (mut store, instance) = instance(&guest.wat());
    let other = instance.get_typed_func::<(), (u32,)>(&mut store, "other").unwrap().start(&mut store, ()).unwrap();
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(store.poll(&mut cx, u64::MAX).unwrap(), Step::Blocked);
    assert_eq!(other.take(&mut store).unwrap(), None);
    store.data().set(1);
    assert_eq!(run_on(&mut store, instance, &[]).unwrap(), Some(Val::U8(42)));
    assert_eq!(other.take(&mut store).unwrap(), Some((43,)));
}
