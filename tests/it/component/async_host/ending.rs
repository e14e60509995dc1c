//! How calls end that do not succeed: given up, failed, trapped, or waiting for ever.

use super::{CALLBACK, GUESTS, SYNC, poll_once, world};
use std::pin::pin;
use std::task::Poll;
use windlass::component::{Step, WaitsFor};
use windlass::{ErrorKind, Trap};

#[test]
fn dropping_a_call_cancels_it() {
    let mut world = world();
    let run = world.run(CALLBACK);
    {
        let mut call = pin!(run.call_async(&mut world.store, (1,)));
        assert!(poll_once(call.as_mut(), &world.wakes).is_pending());
    }
    assert_eq!(world.desk.dropped(), 0);
    // The guest is asked to stop when the store runs, and drops the future of the host.
    assert_eq!(world.step(), Step::Done);
    assert_eq!(world.desk.dropped(), 1);
    world.desk.answer(2, Ok(2));
    assert_eq!(run.call(&mut world.store, (2,)).unwrap(), (3,));

    let call = run.start(&mut world.store, (3,)).unwrap();
    assert_eq!(world.step(), Step::Blocked);
    call.cancel(&mut world.store).unwrap();
    assert_eq!((world.step(), world.desk.dropped()), (Step::Done, 3));
    // One that has not begun never does.
    run.start(&mut world.store, (4,)).unwrap().cancel(&mut world.store).unwrap();
    assert_eq!((world.step(), world.desk.asked()), (Step::Done, vec![1, 2, 3]));
}

#[test]
fn dropping_a_call_in_the_middle_of_a_synchronous_one_locks_the_instance_down() {
    let mut world = world();
    let run = world.run(SYNC);
    {
        let mut call = pin!(run.call_async(&mut world.store, (1,)));
        assert!(poll_once(call.as_mut(), &world.wakes).is_pending());
    }
    assert_eq!(world.desk.dropped(), 1);
    let error = run.call(&mut world.store, (2,)).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::CannotEnterInstance));
}

#[test]
fn a_function_of_the_host_fails() {
    for wat in GUESTS {
        let mut world = world();
        let run = world.run(wat);
        let call = run.start(&mut world.store, (1,)).unwrap();
        assert_eq!(world.step(), Step::Blocked);
        world.desk.answer(1, Err(()));
        assert_eq!(world.step(), Step::Done);
        let error = call.take(&mut world.store).unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Host, "no answer"), "{wat}");
        assert_eq!(run.call(&mut world.store, (2,)).unwrap_err().trap(), Some(Trap::CannotEnterInstance));
    }
}

#[test]
fn a_trap_is_the_error_of_its_call_only() {
    let mut world = world();
    let (good, bad) = (world.run(CALLBACK), world.run(CALLBACK));
    let calls = [(good, 1), (bad, 2), (bad, 3)].map(|(run, n)| run.start(&mut world.store, (n,)).unwrap());
    assert_eq!(world.step(), Step::Blocked);
    world.desk.answer(2, Err(()));
    assert_eq!(world.step(), Step::Blocked);
    world.desk.answer(1, Ok(1));
    assert_eq!(world.step(), Step::Done);
    let [first, second, third] = calls.map(|call| call.take(&mut world.store));
    assert_eq!(first.unwrap(), Some((2,)));
    assert_eq!(second.unwrap_err().kind(), ErrorKind::Host);
    // It was in the same instance: its future is gone.
    assert_eq!(third.unwrap_err().trap(), Some(Trap::CannotEnterInstance));
    assert_eq!(world.desk.dropped(), 3);
}

/// Reads from a stream that it writes to itself.
const STUCK: &str = r#"(component
  (type $S (stream u8))
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core func $new (canon stream.new $S))
  (core func $read (canon stream.read $S (memory (core memory $memory "mem"))))
  (core func $return (canon task.return (result u32)))
  (core module $M
    (import "" "new" (func $new (result i64))) (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (import "" "return" (func $return (param i32)))
    (func $inner (drop (call $read (i32.wrap_i64 (call $new)) (i32.const 0) (i32.const 4))))
    (func (export "run") (param i32) (call $inner) (call $return (i32.const 0))))
  (core instance $m (instantiate $M (with "" (instance
    (export "new" (func $new)) (export "read" (func $read)) (export "return" (func $return))))))
  (func (export "run") async (param "n" u32) (result u32) (canon lift (core func $m "run") async)))"#;

#[test]
fn a_deadlock_says_who_waits_for_what() {
    let mut world = world();
    let run = world.run(STUCK);
    let mut call = Box::pin(run.call_async(&mut world.store, (1,)));
    let Poll::Ready(Err(error)) = poll_once(call.as_mut(), &world.wakes) else { panic!("it does not end") };
    drop(call);
    assert_eq!(error.trap(), Some(Trap::Deadlock));
    let expected = "`run` in component instance 0 waits for a read of the stream (handle 1), at 0x";
    assert!(error.message().starts_with(expected), "{}", error.message());
    let names: Vec<_> = error.backtrace().iter().map(|frame| frame.name.as_ref().map(|name| name.as_str())).collect();
    assert_eq!(names, [Some("inner"), None]);

    // Who only started a call finds out by asking.
    let call = run.start(&mut world.store, (1,)).unwrap();
    assert_eq!(world.step(), Step::Blocked);
    let waiting = world.store.waiting().unwrap();
    assert_eq!(waiting.len(), 2);
    assert!(matches!(&waiting[1].waits_for, WaitsFor::Waitables(all) if all.len() == 1), "{waiting:?}");
    call.cancel(&mut world.store).unwrap();
}

#[test]
fn threads_of_an_instance_that_is_locked_down_are_freed() {
    let mut world = world();
    let run = world.run(CALLBACK);
    let calls = [1, 2, 3].map(|n| run.start(&mut world.store, (n,)).unwrap());
    assert_eq!(world.step(), Step::Blocked);
    assert_eq!(world.store.waiting().unwrap().len(), 3);
    world.desk.answer(2, Err(()));
    assert_eq!(world.step(), Step::Done);
    assert_eq!((world.store.waiting().unwrap().len(), world.desk.dropped()), (0, 3));
    assert!(calls.iter().all(|call| call.take(&mut world.store).is_err()));
}
