//! Calls of one store as threads: they share memories and wait for one another.

use super::instance;
use windlass::{Instance, PausedCall, Progress, Store, Trap, Val};

/// Begins a call that waits.
fn begin(store: &mut Store<()>, instance: Instance, name: &str, args: &[Val]) -> PausedCall {
    let func = instance.get_func(&mut *store, name).unwrap();
    match func.call_resumable(&mut *store, args, &mut [Val::I32(9)]).unwrap() {
        Progress::Waiting(call) => call,
        other => panic!("it does not wait: {}", matches!(other, Progress::Done(()))),
    }
}

/// The result of a call that goes on and ends.
fn end(store: &mut Store<()>, call: PausedCall) -> Val {
    let mut results = [Val::I32(9)];
    assert!(matches!(call.resume(&mut *store, &mut results).unwrap(), Progress::Done(())));
    let [result] = results;
    result
}

const WAITING: &str = r#"(module
    (memory 1 1 shared)
    (func (export "wait") (param i32 i64) (result i32)
        (memory.atomic.wait32 (local.get 0) (i32.const 0) (local.get 1)))
    (func (export "wait-64") (param i32 i64) (result i32)
        (memory.atomic.wait64 (local.get 0) (i64.const 0) (local.get 1)))
    (func (export "notify") (param i32 i32) (result i32)
        (memory.atomic.notify (local.get 0) (local.get 1)))
    (func (export "set") (param i32 i32) (i32.atomic.store (local.get 0) (local.get 1))))"#;

#[test]
fn notify_wakes_those_that_wait_longest_at_its_address() {
    let (mut store, instance) = instance(WAITING);
    let args = |address| [Val::I32(address), Val::I64(-1)];
    let first = begin(&mut store, instance, "wait", &args(8));
    let elsewhere = begin(&mut store, instance, "wait", &args(16));
    let second = begin(&mut store, instance, "wait-64", &args(8));
    let third = begin(&mut store, instance, "wait", &args(8));
    let notify = instance.get_typed_func::<(i32, i32), i32>(&mut store, "notify").unwrap();
    assert_eq!(notify.call(&mut store, (8, 0)).unwrap(), 0);
    assert_eq!(notify.call(&mut store, (8, 2)).unwrap(), 2);
    let waiting = [&first, &elsewhere, &second, &third].map(|call| call.is_waiting(&store));
    assert_eq!(waiting, [false, true, false, true]);
    assert_eq!(end(&mut store, second), Val::I32(0));
    assert_eq!(end(&mut store, first), Val::I32(0));
    // Going on with one that still waits changes nothing.
    let Progress::Waiting(third) = third.resume(&mut store, &mut [Val::I32(0)]).unwrap() else { panic!() };
    assert_eq!(notify.call(&mut store, (8, -1)).unwrap(), 1);
    assert_eq!(end(&mut store, third), Val::I32(0));
    assert_eq!(notify.call(&mut store, (12, -1)).unwrap(), 0);
    assert!(elsewhere.is_waiting(&store));
}

#[test]
fn time_is_up_when_the_host_says_so() {
    let (mut store, instance) = instance(WAITING);
    let call = begin(&mut store, instance, "wait", &[Val::I32(0), Val::I64(5)]);
    assert_eq!(call.timeout(), Some(5));
    let mut results = [Val::I32(9)];
    assert!(matches!(call.stop_waiting(&mut store, &mut results).unwrap(), Progress::Done(())));
    assert_eq!(results, [Val::I32(2)]);
    let forever = begin(&mut store, instance, "wait", &[Val::I32(0), Val::I64(i64::MIN)]);
    assert_eq!(forever.timeout(), None);
    let Err(error) = forever.stop_waiting(&mut store, &mut results) else { panic!() };
    assert_eq!(error.trap(), Some(Trap::Deadlock));
    let notify = instance.get_typed_func::<(i32, i32), i32>(&mut store, "notify").unwrap();
    assert_eq!(notify.call(&mut store, (0, -1)).unwrap(), 0, "nobody is left");
}

#[test]
fn a_call_that_nothing_runs_beside_does_not_wait() {
    let (mut store, instance) = instance(WAITING);
    let wait = instance.get_typed_func::<(i32, i64), i32>(&mut store, "wait").unwrap();
    let set = instance.get_typed_func::<(i32, i32), ()>(&mut store, "set").unwrap();
    assert_eq!(wait.call(&mut store, (0, 1_000_000_000)).unwrap(), 2);
    assert_eq!(wait.call(&mut store, (0, -1)).unwrap_err().trap(), Some(Trap::Deadlock));
    set.call(&mut store, (0, 7)).unwrap();
    assert_eq!(wait.call(&mut store, (0, -1)).unwrap(), 1);
}

#[test]
fn memories_that_are_not_shared_have_atomics_and_nobody_waits() {
    let (mut store, instance) = instance(
        r#"(module (memory 1)
            (func (export "f") (result i32)
                (drop (i64.atomic.rmw16.add_u (i32.const 2) (i64.const 0x12345)))
                (i32.add (memory.atomic.notify (i32.const 0) (i32.const 1)) (i32.atomic.load16_u (i32.const 2)))))"#,
    );
    let f = instance.get_typed_func::<(), i32>(&mut store, "f").unwrap();
    assert_eq!(f.call(&mut store, ()).unwrap(), 0x2345);
}
