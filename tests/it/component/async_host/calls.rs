//! Calls that wait for functions of the host which are not ready, one or many at a time.

use super::{CALLBACK, Desk, GUESTS, STACKFUL, SYNC, World, poll_once, world};
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use windlass::component::{BoxFuture, Step, Val};
use windlass::error::Misuse;
use windlass::{Config, ErrorKind, StoreContextMut};

#[test]
fn a_call_waits_for_a_function_of_the_host() {
    for wat in GUESTS {
        let mut world = world();
        let run = world.run(wat);
        let mut call = pin!(run.call_async(&mut world.store, (7,)));
        assert!(poll_once(call.as_mut(), &world.wakes).is_pending(), "{wat}");
        assert_eq!((world.desk.asked(), world.wakes.0.load(Ordering::SeqCst)), (vec![7], 0));
        world.desk.answer(7, Ok(41));
        assert_eq!(world.wakes.0.load(Ordering::SeqCst), 1);
        let Poll::Ready(result) = poll_once(call, &world.wakes) else { panic!("{wat}") };
        assert_eq!(result.unwrap(), (42,));
        assert_eq!(world.desk.dropped(), 1);
    }
}

#[test]
fn a_function_of_the_host_may_be_ready_at_once() {
    for wat in GUESTS {
        let mut world = world();
        let run = world.run(wat);
        world.desk.answer(1, Ok(1));
        world.desk.answer(2, Ok(2));
        assert_eq!(run.call(&mut world.store, (1,)).unwrap(), (2,));
        let call = pin!(run.call_async(&mut world.store, (2,)));
        assert!(matches!(poll_once(call, &world.wakes), Poll::Ready(Ok((3,)))));
    }
}

#[test]
fn who_cannot_wait_is_told_so() {
    for wat in GUESTS {
        let mut world = world();
        let run = world.run(wat);
        let kind = run.call(&mut world.store, (7,)).unwrap_err().kind();
        assert_eq!(kind, ErrorKind::Misuse(Misuse::CannotWait), "{wat}");
    }
}

#[test]
fn values_of_any_type() {
    let mut world = world();
    let get = |store: StoreContextMut<'_, Desk>, params: windlass::support::Vec<Val>| -> BoxFuture<_> {
        let [Val::U32(number)] = *params else { panic!("{params:?}") };
        let request = store.data().ask(number);
        Box::pin(async move { Ok(windlass::support::Vec::collect([Val::U32(request.await?.0)])?) })
    };
    world.linker.allow_shadowing(true).root().func_new_async("get", get).unwrap();
    for wat in GUESTS {
        let instance = world.instance(wat);
        let run = instance.get_func(&mut world.store, "run").unwrap();
        let mut results = [Val::Bool(false)];
        {
            let params = [Val::U32(5)];
            let mut call = pin!(run.call_async(&mut world.store, &params, &mut results));
            assert!(poll_once(call.as_mut(), &world.wakes).is_pending());
            world.desk.answer(5, Ok(5));
            assert!(matches!(poll_once(call, &world.wakes), Poll::Ready(Ok(()))));
        }
        assert_eq!(results, [Val::U32(6)]);
        let call = run.start(&mut world.store, windlass::support::Vec::collect([Val::U32(6)]).unwrap()).unwrap();
        assert_eq!(world.step(), Step::Blocked);
        world.desk.answer(6, Ok(6));
        assert_eq!(world.step(), Step::Done);
        assert_eq!(&*call.take(&mut world.store).unwrap().unwrap(), [Val::U32(7)]);
    }
}

#[test]
fn many_calls_at_once_end_in_any_order() {
    for wat in [STACKFUL, CALLBACK] {
        let mut world = world();
        let run = world.run(wat);
        let calls: Vec<_> = (0..100).map(|n| run.start(&mut world.store, (n,)).unwrap()).collect();
        assert_eq!(world.step(), Step::Blocked);
        assert_eq!(world.desk.asked(), (0..100).collect::<Vec<_>>());
        for n in (0..100).rev() {
            assert!(calls[n].take(&mut world.store).unwrap().is_none());
            world.desk.answer(n as u32, Ok(n as u32 * 10));
            let expected = if n == 0 { Step::Done } else { Step::Blocked };
            assert_eq!(world.step(), expected);
            assert_eq!(calls[n].take(&mut world.store).unwrap(), Some((n as u32 * 10 + 1,)));
        }
        let again = calls[5].take(&mut world.store).unwrap_err();
        assert_eq!(again.kind(), ErrorKind::Misuse(Misuse::ResultTaken));
    }
}

#[test]
fn nothing_runs_while_a_function_of_the_host_that_is_not_async_waits() {
    let mut world = world();
    let run = world.run(SYNC);
    let calls = [1, 2].map(|n| run.start(&mut world.store, (n,)).unwrap());
    assert_eq!(world.step(), Step::Blocked);
    assert_eq!(world.desk.asked(), [1]);
    world.desk.answer(2, Ok(20));
    assert_eq!(world.step(), Step::Blocked);
    world.desk.answer(1, Ok(10));
    assert_eq!(world.step(), Step::Done);
    assert_eq!(calls.map(|call| call.take(&mut world.store).unwrap()), [Some((11,)), Some((21,))]);
}

#[test]
fn rust_futures_share_a_store() {
    for wat in [STACKFUL, CALLBACK] {
        let mut world = world();
        let run = world.run(wat);
        let desk = world.desk.clone();
        let mut all = pin!(world.store.run_concurrent(async |store| {
            let mut first = pin!(run.call_concurrent(store, (1,)));
            let mut second = pin!(run.call_concurrent(store, (2,)));
            let (mut a, mut b) = (None, None);
            std::future::poll_fn(|cx| {
                if a.is_none()
                    && let Poll::Ready(result) = first.as_mut().poll(cx)
                {
                    a = Some(result);
                }
                if b.is_none()
                    && let Poll::Ready(result) = second.as_mut().poll(cx)
                {
                    b = Some(result);
                }
                if a.is_some() && b.is_some() { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            assert_eq!(store.with(|store| store.data().asked()), [1, 2]);
            (a.unwrap().unwrap(), b.unwrap().unwrap())
        }));
        assert!(poll_once(all.as_mut(), &world.wakes).is_pending());
        desk.answer(2, Ok(2));
        assert!(poll_once(all.as_mut(), &world.wakes).is_pending());
        desk.answer(1, Ok(1));
        let Poll::Ready(result) = poll_once(all, &world.wakes) else { panic!("{wat}") };
        assert_eq!(result.unwrap(), ((2,), (3,)));
    }
}

#[test]
fn instantiation_waits_too() {
    let wat = r#"(component
      (import "get" (func $get (param "n" u32) (result u32)))
      (core func $get (canon lower (func $get)))
      (core module $M (import "" "get" (func $get (param i32) (result i32)))
        (global $g (mut i32) (i32.const 0))
        (func $start (global.set $g (call $get (i32.const 9)))) (start $start)
        (func (export "run") (param i32) (result i32) (global.get $g)))
      (core instance $m (instantiate $M (with "" (instance (export "get" (func $get))))))
      (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))"#;
    let mut world = world();
    let component = world.component(wat);
    let made = {
        let mut made = pin!(world.linker.instantiate_async(&mut world.store, &component));
        assert!(poll_once(made.as_mut(), &world.wakes).is_pending());
        world.desk.answer(9, Ok(99));
        let Poll::Ready(made) = poll_once(made, &world.wakes) else { panic!() };
        made.unwrap()
    };
    let run = made.get_typed_func::<(u32,), (u32,)>(&mut world.store, "run").unwrap();
    assert_eq!(run.call(&mut world.store, (0,)).unwrap(), (99,));
}

#[test]
fn slices_of_fuel_change_nothing() {
    for wat in GUESTS {
        let mut config = Config::new();
        config.consume_fuel(true);
        let mut world = World::new(config);
        world.store.set_fuel(1_000_000).unwrap();
        let run = world.run(wat);
        let calls = [1, 2, 3].map(|n| run.start(&mut world.store, (n,)).unwrap());
        for n in [1, 2, 3] {
            world.desk.answer(n, Ok(n * 10));
        }
        let mut steps = 0;
        let wakes = Waker::from(world.wakes.clone());
        while world.store.poll(&mut Context::from_waker(&wakes), 1).unwrap() != Step::Done {
            steps += 1;
            assert!(steps < 1000, "{wat}");
        }
        assert!(steps > 3, "{wat}");
        assert_eq!(calls.map(|call| call.take(&mut world.store).unwrap()), [Some((11,)), Some((21,)), Some((31,))]);
        assert!(world.store.get_fuel().unwrap() > 900_000);
    }
    let mut unmetered = world();
    let error = unmetered.store.poll(&mut Context::from_waker(Waker::noop()), 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse(Misuse::NoFuel));
}

#[test]
fn a_guest_that_only_yields_lets_the_host_have_its_turn() {
    // It yields until the number that a function of the host gives is there.
    let wat = r#"(component
      (import "get" (func $get async (param "n" u32) (result u32)))
      (core module $Memory (memory (export "mem") 1))
      (core instance $memory (instantiate $Memory))
      (core func $get (canon lower (func $get) async (memory (core memory $memory "mem"))))
      (core func $return (canon task.return (result u32)))
      (core module $M
        (import "" "mem" (memory 1)) (import "" "get" (func $get (param i32 i32) (result i32)))
        (import "" "return" (func $return (param i32)))
        (func (export "run") (param i32) (result i32) (drop (call $get (local.get 0) (i32.const 0))) (i32.const 1))
        (func (export "callback") (param i32 i32 i32) (result i32)
          (if (i32.load (i32.const 0)) (then (call $return (i32.load (i32.const 0))) (return (i32.const 0))))
          (i32.const 1)))
      (core instance $m (instantiate $M (with "" (instance
        (export "mem" (memory $memory "mem")) (export "get" (func $get)) (export "return" (func $return))))))
      (func (export "run") async (param "n" u32) (result u32)
        (canon lift (core func $m "run") async (callback (core func $m "callback")))))"#;
    let mut world = world();
    let run = world.run(wat);
    let mut call = pin!(run.call_async(&mut world.store, (7,)));
    assert!(poll_once(call.as_mut(), &world.wakes).is_pending());
    // It wants to go on at once.
    assert_eq!(world.wakes.0.load(Ordering::SeqCst), 1);
    world.desk.answer(7, Ok(70));
    assert!(matches!(poll_once(call, &world.wakes), Poll::Ready(Ok((70,)))));
}

/// A component that only hands on a function of the host which is not ready.
const HANDS_ON: &str = r#"(component
  (import "get" (func $get (param "n" u32) (result u32)))
  (export "run" (func $get)))"#;

#[test]
fn a_function_that_is_handed_on_may_wait_too() {
    let mut world = world();
    let run = world.run(HANDS_ON);
    {
        let mut call = pin!(run.call_async(&mut world.store, (7,)));
        assert!(poll_once(call.as_mut(), &world.wakes).is_pending());
        world.desk.answer(7, Ok(41));
        assert!(matches!(poll_once(call, &world.wakes), Poll::Ready(Ok((41,)))));
    }
    // They end in any order, as calls of any other function do.
    let calls = [1, 2, 3].map(|n| run.start(&mut world.store, (n,)).unwrap());
    assert_eq!(world.step(), Step::Blocked);
    world.desk.answer(3, Ok(30));
    assert_eq!(world.step(), Step::Blocked);
    world.desk.answer(1, Err(()));
    assert_eq!(world.step(), Step::Blocked);
    let [first, second, third] = calls;
    assert_eq!(third.take(&mut world.store).unwrap(), Some((30,)));
    assert_eq!(first.take(&mut world.store).unwrap_err().kind(), ErrorKind::Host);
    second.cancel(&mut world.store).unwrap();
    assert_eq!((world.step(), world.desk.dropped()), (Step::Done, 4));
    {
        let mut call = pin!(run.call_async(&mut world.store, (8,)));
        assert!(poll_once(call.as_mut(), &world.wakes).is_pending());
    }
    assert_eq!(world.desk.dropped(), 5);
    let kind = run.call(&mut world.store, (9,)).unwrap_err().kind();
    assert_eq!(kind, ErrorKind::Misuse(Misuse::CannotWait));
    world.desk.answer(10, Ok(100));
    assert_eq!(run.call(&mut world.store, (10,)).unwrap(), (100,));
    assert_eq!(world.store.leftover().unwrap(), None);
}
