//! The host's side of concurrency, with no executor but the one below.

mod calls;
mod ending;
mod ends;
mod many;

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use windlass::component::{BoxFuture, Component, Instance, Linker, Step, TypedFunc};
use windlass::syntax::Features;
use windlass::{Config, Engine, Error, Store, StoreContextMut};

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
