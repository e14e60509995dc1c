//! The host's side of concurrency, with no executor but the one below: functions that are not
//! ready, calls as futures, many calls at once, cancellation, deadlock.

use crate::heap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use windlass::component::{
    BoxFuture, Component, FutureReader, Instance, Linker, Step, StreamReader, TypedFunc, Val, WaitsFor, future, stream,
};
use windlass::error::Misuse;
use windlass::syntax::Features;
use windlass::{Config, Engine, Error, ErrorKind, Store, StoreContextMut, Trap};

/// Counts how often it is woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn poll_once<F: Future>(future: Pin<&mut F>, wakes: &Arc<Wakes>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(&Waker::from(wakes.clone())))
}

/// What the host's function `get` waits for: a number per argument, which the test gives later.
#[derive(Clone, Default)]
struct Desk(Arc<Mutex<Requests>>);

#[derive(Default)]
struct Requests {
    /// Asked for, in order.
    asked: Vec<u32>,
    answers: Vec<(u32, Result<u32, ()>)>,
    wakers: Vec<Waker>,
    dropped: usize,
}

/// One request: its future.
struct Request {
    desk: Desk,
    number: u32,
}

impl Future for Request {
    type Output = windlass::Result<(u32,)>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut requests = self.desk.0.lock().unwrap();
        let found = requests.answers.iter().position(|(number, _)| *number == self.number);
        match found.map(|at| requests.answers.remove(at)) {
            Some((_, Ok(answer))) => Poll::Ready(Ok((answer,))),
            Some((_, Err(()))) => Poll::Ready(Err(Error::host(format_args!("no answer")))),
            None => {
                requests.wakers.push(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.desk.0.lock().unwrap().dropped += 1;
    }
}

impl Desk {
    fn ask(&self, number: u32) -> Request {
        self.0.lock().unwrap().asked.push(number);
        Request { desk: self.clone(), number }
    }

    fn answer(&self, number: u32, answer: Result<u32, ()>) {
        let mut requests = self.0.lock().unwrap();
        requests.answers.push((number, answer));
        requests.wakers.drain(..).for_each(Waker::wake);
    }

    fn asked(&self) -> Vec<u32> {
        self.0.lock().unwrap().asked.clone()
    }

    fn dropped(&self) -> usize {
        self.0.lock().unwrap().dropped
    }
}

/// `get` has a type that is not async: the guest may not notice that it waits.
const SYNC: &str = r#"(component
  (import "get" (func $get (param "n" u32) (result u32)))
  (core func $get (canon lower (func $get)))
  (core module $M (import "" "get" (func $get (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (i32.add (call $get (local.get 0)) (i32.const 1))))
  (core instance $m (instantiate $M (with "" (instance (export "get" (func $get))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))"#;

/// A thread that blocks where it calls `get`.
const STACKFUL: &str = r#"(component
  (import "get" (func $get async (param "n" u32) (result u32)))
  (core func $get (canon lower (func $get)))
  (core func $return (canon task.return (result u32)))
  (core module $M (import "" "get" (func $get (param i32) (result i32))) (import "" "return" (func $return (param i32)))
    (func (export "run") (param i32) (call $return (i32.add (call $get (local.get 0)) (i32.const 1)))))
  (core instance $m (instantiate $M (with "" (instance (export "get" (func $get)) (export "return" (func $return))))))
  (func (export "run") async (param "n" u32) (result u32) (canon lift (core func $m "run") async)))"#;

/// A callback that waits for the subtask; asked to stop, it cancels the subtask.
const CALLBACK: &str = r#"(component
  (import "get" (func $get async (param "n" u32) (result u32)))
  (core module $Memory (memory (export "mem") 4))
  (core instance $memory (instantiate $Memory))
  (core func $get (canon lower (func $get) async (memory (core memory $memory "mem"))))
  (core func $return (canon task.return (result u32)))
  (core func $cancel (canon task.cancel))
  (core func $set.new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core func $subtask.cancel (canon subtask.cancel))
  (core func $subtask.drop (canon subtask.drop))
  (core func $context.get (canon context.get i32 0))
  (core func $context.set (canon context.set i32 0))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "get" (func $get (param i32 i32) (result i32)))
    (import "" "return" (func $return (param i32)))
    (import "" "cancel" (func $cancel))
    (import "" "set.new" (func $set.new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "subtask.cancel" (func $subtask.cancel (param i32) (result i32)))
    (import "" "subtask.drop" (func $subtask.drop (param i32)))
    (import "" "context.get" (func $context.get (result i32)))
    (import "" "context.set" (func $context.set (param i32)))
    (global $next (mut i32) (i32.const 16))
    (func (export "run") (param $n i32) (result i32) (local $p i32) (local $r i32)
      (local.set $p (global.get $next))
      (global.set $next (i32.add (local.get $p) (i32.const 16)))
      (call $context.set (local.get $p))
      (local.set $r (call $get (local.get $n) (local.get $p)))
      (if (i32.eq (i32.and (local.get $r) (i32.const 15)) (i32.const 2))
        (then (call $return (i32.add (i32.load (local.get $p)) (i32.const 1))) (return (i32.const 0))))
      (i32.store offset=4 (local.get $p) (i32.shr_u (local.get $r) (i32.const 4)))
      (i32.store offset=8 (local.get $p) (call $set.new))
      (call $join (i32.load offset=4 (local.get $p)) (i32.load offset=8 (local.get $p)))
      (i32.or (i32.const 2) (i32.shl (i32.load offset=8 (local.get $p)) (i32.const 4))))
    (func (export "callback") (param $event i32) (param $index i32) (param $payload i32) (result i32) (local $p i32)
      (local.set $p (call $context.get))
      (if (i32.eq (local.get $event) (i32.const 6))
        (then
          (call $join (i32.load offset=4 (local.get $p)) (i32.const 0))
          (if (i32.ne (call $subtask.cancel (i32.load offset=4 (local.get $p))) (i32.const 4)) (then unreachable))
          (call $subtask.drop (i32.load offset=4 (local.get $p)))
          (call $cancel)
          (return (i32.const 0))))
      (if (i32.ne (local.get $payload) (i32.const 2)) (then unreachable))
      (call $return (i32.add (i32.load (local.get $p)) (i32.const 1)))
      (call $subtask.drop (local.get $index))
      (i32.const 0)))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem")) (export "get" (func $get)) (export "return" (func $return))
    (export "cancel" (func $cancel)) (export "set.new" (func $set.new)) (export "join" (func $join))
    (export "subtask.cancel" (func $subtask.cancel)) (export "subtask.drop" (func $subtask.drop))
    (export "context.get" (func $context.get)) (export "context.set" (func $context.set))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "callback")))))"#;

const GUESTS: [&str; 3] = [SYNC, STACKFUL, CALLBACK];

type Run = TypedFunc<(u32,), (u32,)>;

struct World {
    store: Store<Desk>,
    linker: Linker<Desk>,
    desk: Desk,
    wakes: Arc<Wakes>,
}

impl World {
    fn new(config: Config) -> Self {
        let engine = Engine::new(config.clone().wasm_features(Features::all(), true));
        let mut linker = Linker::<Desk>::new(&engine);
        let get = |store: StoreContextMut<'_, Desk>, (number,): (u32,)| -> BoxFuture<(u32,)> {
            Box::pin(store.data().ask(number))
        };
        linker.root().func_wrap_async("get", get).unwrap();
        let desk = Desk::default();
        Self { store: Store::new(&engine, desk.clone()), linker, desk, wakes: Arc::default() }
    }

    fn component(&self, wat: &str) -> Component {
        let bytes = wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}"));
        Component::new(self.linker.engine(), bytes).unwrap_or_else(|error| panic!("{error}"))
    }

    fn instance(&mut self, wat: &str) -> Instance {
        let component = self.component(wat);
        self.linker.instantiate(&mut self.store, &component).unwrap()
    }

    fn run(&mut self, wat: &str) -> Run {
        let instance = self.instance(wat);
        instance.get_typed_func(&mut self.store, "run").unwrap()
    }

    fn step(&mut self) -> Step {
        self.store.poll(&mut Context::from_waker(&Waker::from(self.wakes.clone())), u64::MAX).unwrap()
    }
}

fn world() -> World {
    World::new(Config::new())
}

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

/// Passes on what it reads from one stream to another, at most four bytes at a time.
const COPY: &str = r#"(component
  (type $S (stream u8))
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core func $new (canon stream.new $S))
  (core func $read (canon stream.read $S (memory (core memory $memory "mem"))))
  (core func $write (canon stream.write $S (memory (core memory $memory "mem"))))
  (core func $drop-readable (canon stream.drop-readable $S))
  (core func $drop-writable (canon stream.drop-writable $S))
  (core func $return (canon task.return (result $S)))
  (core module $M
    (import "" "mem" (memory 1)) (import "" "new" (func $new (result i64)))
    (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
    (import "" "drop-readable" (func $drop-readable (param i32)))
    (import "" "drop-writable" (func $drop-writable (param i32)))
    (import "" "return" (func $return (param i32)))
    (func (export "run") (param $from i32) (local $ends i64) (local $to i32) (local $r i32)
      (local.set $ends (call $new))
      (local.set $to (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
      (call $return (i32.wrap_i64 (local.get $ends)))
      (block $end
        (loop $again
          (local.set $r (call $read (local.get $from) (i32.const 0) (i32.const 4)))
          (br_if $end (i32.eq (local.get $r) (i32.const 1)))
          (br_if $end (i32.and (i32.const 1)
            (call $write (local.get $to) (i32.const 0) (i32.shr_u (local.get $r) (i32.const 4)))))
          (br $again)))
      (call $drop-readable (local.get $from))
      (call $drop-writable (local.get $to))))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem")) (export "new" (func $new)) (export "read" (func $read))
    (export "write" (func $write)) (export "drop-readable" (func $drop-readable))
    (export "drop-writable" (func $drop-writable)) (export "return" (func $return))))))
  (func (export "run") async (param "from" $S) (result $S) (canon lift (core func $m "run") async)))"#;

#[test]
fn streams_have_backpressure_both_ways() {
    let mut world = world();
    let instance = world.instance(COPY);
    let run = instance.get_typed_func::<(StreamReader<u8>,), (StreamReader<u8>,)>(&mut world.store, "run").unwrap();
    let (mut writer, reader) = stream::<u8>(&mut world.store).unwrap();
    let waker = Waker::from(world.wakes.clone());
    let mut cx = Context::from_waker(&waker);
    // Nobody reads yet.
    assert!(writer.poll_write(&mut world.store, &mut cx, &[1]).is_pending());
    let call = run.start(&mut world.store, (reader,)).unwrap();
    assert_eq!(world.step(), Step::Done);
    assert_eq!(world.wakes.0.load(Ordering::SeqCst), 1);
    let (mut reader,) = call.take(&mut world.store).unwrap().unwrap();
    let Poll::Ready(taken) = writer.poll_write(&mut world.store, &mut cx, b"abcdef") else { panic!() };
    // As many as it has room for.
    assert_eq!(taken.unwrap(), Some(4));
    // What was written before the guest goes on is not taken twice.
    assert!(writer.poll_write(&mut world.store, &mut cx, b"ef").is_pending());
    assert!(reader.poll_read(&mut world.store, &mut cx, 2).is_pending());
    world.step();
    let mut read = |world: &mut World, max| match reader.poll_read(&mut world.store, &mut cx, max) {
        Poll::Ready(read) => read.unwrap().map(|read| read.to_vec()),
        Poll::Pending => panic!("nothing is written"),
    };
    // Two by two: the guest's write ends only with the last of them, or when it looks.
    assert_eq!(read(&mut world, 2).as_deref(), Some(&b"ab"[..]));
    world.step();
    writer.close(&mut world.store).unwrap();
    world.step();
    assert_eq!(read(&mut world, 2), None);
    reader.close(&mut world.store).unwrap();
}

#[test]
fn streams_go_through_a_guest_from_future_to_future() {
    let mut world = world();
    let instance = world.instance(COPY);
    let run = instance.get_typed_func::<(StreamReader<u8>,), (StreamReader<u8>,)>(&mut world.store, "run").unwrap();
    let wakes = world.wakes.clone();
    let bytes: Vec<u8> = (0..=255).collect();
    let mut all = pin!(world.store.run_concurrent(async |store| {
        let (mut writer, reader) = store.with(|store| stream::<u8>(store)).unwrap();
        let (mut reader,) = run.call_concurrent(store, (reader,)).await.unwrap();
        let read = std::cell::RefCell::new(Vec::new());
        let mut writes = pin!(writer.write_all(store, &bytes));
        let mut reads = pin!(async {
            while read.borrow().len() < 256 {
                let bytes = reader.read(store, 4).await.unwrap().unwrap();
                read.borrow_mut().extend_from_slice(&bytes);
            }
        });
        let mut written = false;
        std::future::poll_fn(|cx| {
            if !written && let Poll::Ready(done) = writes.as_mut().poll(cx) {
                written = done.unwrap();
            }
            reads.as_mut().poll(cx)
        })
        .await;
        assert!(written);
        read.take()
    }));
    let mut turns = 0;
    let read = loop {
        if let Poll::Ready(read) = poll_once(all.as_mut(), &wakes) {
            break read.unwrap();
        }
        turns += 1;
        assert!(turns < 1000);
    };
    assert_eq!(read, bytes);
}

#[test]
fn futures_carry_one_value() {
    let wat = r#"(component
      (type $F (future string))
      (core module $Memory (memory (export "mem") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 256)))
      (core instance $memory (instantiate $Memory))
      (core func $new (canon future.new $F))
      (core func $read (canon future.read $F (memory (core memory $memory "mem")) (realloc (core func $memory "realloc"))))
      (core func $write (canon future.write $F (memory (core memory $memory "mem"))))
      (core func $drop-readable (canon future.drop-readable $F))
      (core func $drop-writable (canon future.drop-writable $F))
      (core func $return (canon task.return (result $F)))
      (core module $M
        (import "" "mem" (memory 1)) (import "" "new" (func $new (result i64)))
        (import "" "read" (func $read (param i32 i32) (result i32)))
        (import "" "write" (func $write (param i32 i32) (result i32)))
        (import "" "drop-readable" (func $drop-readable (param i32)))
        (import "" "drop-writable" (func $drop-writable (param i32)))
        (import "" "return" (func $return (param i32)))
        (func (export "run") (param $from i32) (local $ends i64) (local $to i32)
          (local.set $ends (call $new))
          (local.set $to (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
          (call $return (i32.wrap_i64 (local.get $ends)))
          (if (call $read (local.get $from) (i32.const 0)) (then unreachable))
          (if (call $write (local.get $to) (i32.const 0)) (then unreachable))
          (call $drop-readable (local.get $from))
          (call $drop-writable (local.get $to))))
      (core instance $m (instantiate $M (with "" (instance
        (export "mem" (memory $memory "mem")) (export "new" (func $new)) (export "read" (func $read))
        (export "write" (func $write)) (export "drop-readable" (func $drop-readable))
        (export "drop-writable" (func $drop-writable)) (export "return" (func $return))))))
      (func (export "run") async (param "from" $F) (result $F) (canon lift (core func $m "run") async)))"#;
    let mut world = world();
    let instance = world.instance(wat);
    let run =
        instance.get_typed_func::<(FutureReader<String>,), (FutureReader<String>,)>(&mut world.store, "run").unwrap();
    let wakes = world.wakes.clone();
    let mut all = Box::pin(world.store.run_concurrent(async |store| {
        let (mut writer, reader) = store.with(|store| future::<String>(store)).unwrap();
        let (mut reader,) = run.call_concurrent(store, (reader,)).await.unwrap();
        assert!(writer.write(store, &String::from("Ada")).await.unwrap());
        let again = std::future::poll_fn(|cx| store.with(|store| writer.poll_write(store, cx, &String::new())));
        assert_eq!(again.await.unwrap_err().kind(), ErrorKind::Misuse(Misuse::ResultTaken));
        store.with(|store| writer.close(store)).unwrap();
        let read = reader.read(store).await.unwrap();
        store.with(|store| reader.close(store)).unwrap();
        read
    }));
    let read = loop {
        if let Poll::Ready(read) = poll_once(all.as_mut(), &wakes) {
            break read.unwrap();
        }
    };
    drop(all);
    assert_eq!(read.as_deref(), Some("Ada"));

    let (writer, reader) = future::<u32>(&mut world.store).unwrap();
    let error = writer.close(&mut world.store).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse(Misuse::FutureNotWritten));
    reader.close(&mut world.store).unwrap();
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

#[test]
fn ten_thousand_calls_wait_in_one_store() {
    let mut world = world();
    let wat = CALLBACK.replace("(memory (export \"mem\") 4)", "(memory (export \"mem\") 8)");
    let run = world.run(&wat);
    let before = heap::in_use();
    let calls: Vec<_> = (0..10_000).map(|n| run.start(&mut world.store, (n,)).unwrap()).collect();
    assert_eq!((world.step(), world.desk.asked().len()), (Step::Blocked, 10_000));
    let each = (heap::in_use() - before) / 10_000;
    // Both sides' tasks, the thread, the host's future, the guest's set, and what arenas have in reserve.
    assert!(each < 2048, "{each} bytes each");
    for n in (0..10_000).step_by(2) {
        world.desk.answer(n, Ok(n));
    }
    // The host has its turn now and then, so this takes several steps.
    for _ in 0..10 {
        assert_eq!(world.step(), Step::Blocked);
    }
    for (n, call) in calls.into_iter().enumerate() {
        if n % 2 == 0 {
            assert_eq!(call.take(&mut world.store).unwrap(), Some((n as u32 + 1,)));
        } else {
            call.cancel(&mut world.store).unwrap();
        }
    }
    let last = (0..20).find(|_| world.step() == Step::Done);
    assert_eq!((last.is_some(), world.desk.dropped()), (true, 10_000));
}

#[test]
fn a_component_may_give_a_stream_to_itself() {
    // It calls what it has lifted itself, so both sides of the call are one instance.
    let wat = r#"(component
      (type $S (stream u8))
      (core module $N (func (export "g") (param i32) (result i32) (local.get 0)))
      (core instance $n (instantiate $N))
      (func $g (param "s" $S) (result u32) (canon lift (core func $n "g")))
      (core func $lowered (canon lower (func $g)))
      (core func $new (canon stream.new $S))
      (core module $M
        (import "" "g" (func $g (param i32) (result i32))) (import "" "new" (func $new (result i64)))
        (func (export "run") (param i32) (result i32) (call $g (i32.wrap_i64 (call $new)))))
      (core instance $m (instantiate $M (with "" (instance (export "g" (func $lowered)) (export "new" (func $new))))))
      (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))"#;
    let mut world = world();
    let run = world.run(wat);
    // The readable end leaves the table and comes back to the place that it had.
    assert_eq!(run.call(&mut world.store, (0,)).unwrap(), (1,));
}

#[test]
fn a_task_of_the_host_feeds_what_its_function_has_returned() {
    // It reads the stream that `open` gives, and adds up.
    let wat = r#"(component
      (type $S (stream u8))
      (import "open" (func $open (result $S)))
      (core module $Memory (memory (export "mem") 1))
      (core instance $memory (instantiate $Memory))
      (core func $open (canon lower (func $open)))
      (core func $read (canon stream.read $S (memory (core memory $memory "mem"))))
      (core func $drop (canon stream.drop-readable $S))
      (core func $return (canon task.return (result u32)))
      (core module $M
        (import "" "mem" (memory 1)) (import "" "open" (func $open (result i32)))
        (import "" "read" (func $read (param i32 i32 i32) (result i32)))
        (import "" "drop" (func $drop (param i32))) (import "" "return" (func $return (param i32)))
        (func (export "run") (param i32) (local $s i32) (local $r i32) (local $sum i32)
          (local.set $s (call $open))
          (block $end (loop $again
            (local.set $r (call $read (local.get $s) (i32.const 0) (i32.const 1)))
            (br_if $end (i32.eq (local.get $r) (i32.const 1)))
            (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.const 0))))
            (br_if $again (i32.eqz (i32.and (local.get $r) (i32.const 1))))))
          (call $drop (local.get $s)) (call $return (local.get $sum))))
      (core instance $m (instantiate $M (with "" (instance (export "mem" (memory $memory "mem"))
        (export "open" (func $open)) (export "read" (func $read)) (export "drop" (func $drop))
        (export "return" (func $return))))))
      (func (export "run") async (param "n" u32) (result u32) (canon lift (core func $m "run") async)))"#;
    let mut world = world();
    let open = |mut store: StoreContextMut<'_, Desk>, (): ()| {
        let (writer, reader) = stream::<u8>(&mut store)?;
        let mut left: &[u8] = &[1, 2, 3, 4];
        let mut writer = Some(writer);
        store.spawn(move |mut store, cx| {
            while !left.is_empty() {
                let Some(writer) = &mut writer else { break };
                let Poll::Ready(taken) = writer.poll_write(&mut store, cx, left) else { return Poll::Pending };
                left = &left[taken?.unwrap_or(left.len())..];
            }
            Poll::Ready(writer.take().map_or(Ok(()), |writer| writer.close(&mut store)))
        })?;
        Ok((reader,))
    };
    world.linker.root().func_wrap("open", open).unwrap();
    let run = world.run(wat);
    let wakes = world.wakes.clone();
    let mut call = pin!(run.call_async(&mut world.store, (0,)));
    let mut turns = 0;
    let sum = loop {
        if let Poll::Ready(sum) = poll_once(call.as_mut(), &wakes) {
            break sum.unwrap();
        }
        turns += 1;
        assert_eq!(wakes.0.load(Ordering::SeqCst), turns, "it is woken for each byte");
    };
    assert_eq!(sum, (10,));
}
