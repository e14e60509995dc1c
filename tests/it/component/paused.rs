//! Calls that run out of fuel, and go on.

use windlass::component::{Component, Instance, Linker, PausedTypedCall, TypedFunc};
use windlass::error::Misuse;
use windlass::{Config, Engine, ErrorKind, Progress, Result, Store};

/// A component that adds up to `n` by calling another one, which it has inside.
const SUM: &str = r#"(component
    (component $Add
      (core module $M
        (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
      (core instance $m (instantiate $M))
      (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $m "add"))))
    (instance $add (instantiate $Add))
    (core func $add (canon lower (func $add "add")))
    (core module $M
      (import "" "add" (func $add (param i32 i32) (result i32)))
      (global $started (export "started") (mut i32) (i32.const 0))
      (func $start
        (loop $again
          (global.set $started (call $add (global.get $started) (i32.const 1)))
          (br_if $again (i32.lt_u (global.get $started) (i32.const 100)))))
      (start $start)
      (func (export "sum") (param $n i32) (result i32) (local $sum i32)
        (loop $again
          (local.set $sum (call $add (local.get $sum) (local.get $n)))
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br_if $again (local.get $n)))
        (local.get $sum)))
    (core instance $m (instantiate $M (with "" (instance (export "add" (func $add))))))
    (func (export "sum") (param "n" u32) (result u32) (canon lift (core func $m "sum"))))"#;

type Sum = TypedFunc<(u32,), (u32,)>;

fn setup() -> (Store<()>, Component, Linker<()>) {
    let engine = Engine::new(Config::new().consume_fuel(true));
    let component = Component::new(&engine, wat::parse_str(SUM).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    store.set_fuel(1_000_000).unwrap();
    (store, component, Linker::new(&engine))
}

fn sum(store: &mut Store<()>, instance: Instance) -> Sum {
    instance.get_typed_func(store, "sum").unwrap()
}

/// Calls with `fuel`; it must not be enough.
fn pause(store: &mut Store<()>, sum: Sum, n: u32, fuel: u64) -> PausedTypedCall<(u32,), (u32,)> {
    store.set_fuel(fuel).unwrap();
    match sum.call_resumable(&mut *store, (n,)).unwrap() {
        Progress::OutOfFuel(paused) => paused,
        _ => panic!("it was enough"),
    }
}

fn go_on(store: &mut Store<()>, paused: PausedTypedCall<(u32,), (u32,)>) -> Result<u32> {
    store.set_fuel(1_000_000).unwrap();
    match paused.resume(store)? {
        Progress::Done((sum,)) => Ok(sum),
        _ => panic!("not enough"),
    }
}

#[test]
fn slices_of_fuel_make_no_difference() {
    let (mut store, component, linker) = setup();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let sum = sum(&mut store, instance);
    store.set_fuel(1_000_000).unwrap();
    assert_eq!(sum.call(&mut store, (100,)).unwrap(), (5050,));
    let used = 1_000_000 - store.get_fuel().unwrap();
    for step in [1, 7, 1000] {
        store.set_fuel(0).unwrap();
        let mut given = 0;
        let mut progress = sum.call_resumable(&mut store, (100,)).unwrap();
        let result = loop {
            match progress {
                Progress::Done(result) => break result,
                Progress::Waiting(_) => panic!("it waits"),
                Progress::OutOfFuel(paused) => {
                    store.add_fuel(step).unwrap();
                    given += step;
                    progress = paused.resume(&mut store).unwrap();
                }
            }
        };
        assert_eq!(result, (5050,));
        assert!(given.abs_diff(used) < step + 100, "{given} {used} {step}");
    }
}

#[test]
fn instantiation_can_pause() {
    let (mut store, component, linker) = setup();
    store.set_fuel(0).unwrap();
    let mut progress = linker.instantiate_resumable(&mut store, &component).unwrap();
    let mut pauses = 0;
    let instance = loop {
        match progress {
            Progress::Done(instance) => break instance,
            Progress::Waiting(_) => panic!("it waits"),
            Progress::OutOfFuel(paused) => {
                pauses += 1;
                store.add_fuel(100).unwrap();
                progress = paused.resume(&mut store).unwrap();
            }
        }
    };
    assert!(pauses > 5);
    store.set_fuel(1_000_000).unwrap();
    assert_eq!(sum(&mut store, instance).call(&mut store, (3,)).unwrap(), (6,));
}

#[test]
fn paused_calls_go_on_in_any_order() {
    let (mut store, component, linker) = setup();
    let sums: Vec<Sum> = (0..3)
        .map(|_| {
            let instance = linker.instantiate(&mut store, &component).unwrap();
            sum(&mut store, instance)
        })
        .collect();
    let mut paused: Vec<_> =
        sums.iter().enumerate().map(|(at, sum)| Some(pause(&mut store, *sum, 100 + at as u32, 300))).collect();
    for at in [1, 0, 2] {
        let n = 100 + at as u32;
        assert_eq!(go_on(&mut store, paused[at].take().unwrap()).unwrap(), n * (n + 1) / 2);
        assert_eq!(sums[at].call(&mut store, (4,)).unwrap(), (10,));
    }
}

#[test]
fn nobody_enters_an_instance_with_a_paused_call() {
    let (mut store, component, linker) = setup();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let sum = sum(&mut store, instance);
    let paused = pause(&mut store, sum, 100, 300);
    let error = sum.call(&mut store, (1,)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse(Misuse::UnfinishedCall));
    // Which changes nothing for the call that is paused.
    assert_eq!(go_on(&mut store, paused).unwrap(), 5050);
    assert_eq!(sum.call(&mut store, (4,)).unwrap(), (10,));
    drop(pause(&mut store, sum, 100, 300));
    assert!(sum.call(&mut store, (1,)).is_err());
}

#[test]
fn without_a_pause_running_out_of_fuel_locks_down() {
    let (mut store, component, linker) = setup();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let sum = sum(&mut store, instance);
    store.set_fuel(300).unwrap();
    assert_eq!(sum.call(&mut store, (100,)).unwrap_err().kind(), ErrorKind::OutOfFuel);
    store.set_fuel(1_000_000).unwrap();
    assert_eq!(sum.call(&mut store, (1,)).unwrap_err().trap(), Some(windlass::Trap::CannotEnterInstance));
}

#[test]
fn a_paused_call_that_is_given_up_leaves_nothing_behind() {
    let (mut store, component, linker) = setup();
    let instances: Vec<_> = (0..50).map(|_| linker.instantiate(&mut store, &component).unwrap()).collect();
    let sums: Vec<_> = instances.iter().map(|instance| sum(&mut store, *instance)).collect();
    let give_up = |store: &mut Store<()>, sum: Sum| {
        pause(store, sum, 100, 10).cancel(&mut *store).unwrap();
        assert_eq!(sum.call(&mut *store, (1,)).unwrap_err().trap(), Some(windlass::Trap::CannotEnterInstance));
    };
    let (first, rest) = sums.split_at(5);
    first.iter().for_each(|sum| give_up(&mut store, *sum));
    let before = crate::heap::in_use();
    rest.iter().for_each(|sum| give_up(&mut store, *sum));
    assert_eq!(crate::heap::in_use() - before, 0);
    #[cfg(feature = "component-async")]
    assert_eq!(store.leftover().unwrap(), None);
}
