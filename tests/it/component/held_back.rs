//! Calls that run out of fuel while the callee holds them back.

use super::guest::{FLAGS, Flags, Guest, component, linker};
use std::task::{Context, Waker};
use windlass::component::{Instance, Started, Step, Val};
use windlass::syntax::Features;
use windlass::{Config, Engine, Progress, Store};

/// `spin` keeps others from entering, by backpressure or by the exclusive lock, until it has waited and counted.
const GUEST: Guest<'_> = Guest {
    around: FLAGS,
    core: r#"
        (func $count (local $n i32)
          (loop $again
            (local.set $n (i32.add [n] [1]))
            (br_if $again (i32.lt_u [n] [100]))))
        (func (export "spin") (call $backpressure.inc) (call $wait [0]) (call $count) (call $backpressure.dec) (call $return))
        (func (export "lock") (call $wait [0]) (call $count))
        (func (export "run") (param $n i32) (result i32) (i32.add [n] [1]))"#,
    exports: r#"
        (func (export "spin") async (canon lift (core func $m "spin") async))
        (func (export "lock") async (canon lift (core func $m "lock")))
        (func (export "run") async (param "n" u32) (result u32) (canon lift (core func $m "run")))"#,
    ..Guest::NEW
};

/// A store in which `spin` or `lock` has begun, and can go on.
fn held_back(by: &str) -> (Store<Flags>, Instance, Started<()>) {
    let engine = Engine::new(Config::new().wasm_features(Features::all(), true).consume_fuel(true));
    let component = component(&engine, &GUEST.wat());
    let mut store = Store::new(&engine, Flags::default());
    store.set_fuel(1_000_000).unwrap();
    let instance = linker(&engine).instantiate(&mut store, &component).unwrap();
    let holds = instance.get_typed_func::<(), ()>(&mut store, by).unwrap().start(&mut store, ()).unwrap();
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(store.poll(&mut cx, u64::MAX).unwrap(), Step::Blocked);
    store.data().set(0);
    store.set_fuel(0).unwrap();
    (store, instance, holds)
}

#[test]
fn fuel_runs_out_while_a_call_waits_to_enter() {
    for by in ["spin", "lock"] {
        let (mut store, instance, holds) = held_back(by);
        let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run").unwrap();
        let (mut progress, mut pauses) = (run.call_resumable(&mut store, (41,)).unwrap(), 0);
        let result = loop {
            match progress {
                Progress::Done(result) => break result,
                Progress::OutOfFuel(paused) => {
                    store.add_fuel(7).unwrap();
                    (progress, pauses) = (paused.resume(&mut store).unwrap(), pauses + 1);
                }
                Progress::Waiting(_) => panic!("{by}: it waits"),
            }
        };
        assert_eq!(result, (42,), "{by}");
        assert!(pauses > 100, "{by}: {pauses}");
        assert_eq!(holds.take(&mut store).unwrap(), Some(()), "{by}");

        // The same with values of any type, whose arguments are kept meanwhile.
        let (mut store, instance, _holds) = held_back(by);
        let run = instance.get_func(&mut store, "run").unwrap();
        let mut results = [Val::Bool(false)];
        let mut progress = run.call_resumable(&mut store, &[Val::U32(41)], &mut results).unwrap();
        while let Progress::OutOfFuel(paused) = progress {
            store.add_fuel(7).unwrap();
            progress = paused.resume(&mut store, &mut results).unwrap();
        }
        assert!(matches!(progress, Progress::Done(())), "{by}");
        assert_eq!(results, [Val::U32(42)]);
        assert_eq!(store.leftover().unwrap(), None, "{by}");
    }
}

#[test]
fn a_call_that_waits_to_enter_may_be_given_up() {
    for by in ["spin", "lock"] {
        let (mut store, instance, _holds) = held_back(by);
        let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run").unwrap();
        let Progress::OutOfFuel(paused) = run.call_resumable(&mut store, (41,)).unwrap() else { panic!("{by}") };
        paused.cancel(&mut store).unwrap();
        // What ran was in the middle of a call, and is locked down.
        store.set_fuel(1_000_000).unwrap();
        assert!(run.call(&mut store, (41,)).is_err(), "{by}");
        assert_eq!(store.waiting().unwrap().len(), 0, "{by}");
        assert_eq!(store.leftover().unwrap(), None, "{by}");
    }
}
