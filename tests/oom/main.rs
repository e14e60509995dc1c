//! Every allocation can fail: over all that is done with a component, from its bytes to the last
//! drop, the n-th request for memory is refused, for every n, once and then for good. Each time there is an
//! error or, where memory was a convenience only, the usual outcome; nothing aborts, and nothing is left
//! behind.
//!
//! A binary of its own, as its allocator is one.

mod heap;

use heap::Refusal;
use std::sync::Mutex;
use windlass::component::{Component, Instance, Linker, Val};
use windlass::syntax::Features;
use windlass::{Config, Engine, ErrorKind, Result, Store, Trap};

const GREETER: &[u8] = include_bytes!("../../examples/greeter/greeter.wasm");

/// A task that waits for another one, which reads what the first writes into a stream.
#[cfg(feature = "component-async")]
const STREAM: &str = include_str!("stream.wat");

/// One component makes, lends and drops resources of another.
const COMPOSED: &str = include_str!("../../benches/components/composed.wat");

/// Refuses the n-th request of `action`, for every n there is. `usual` says whether its outcome is as
/// it is with enough memory.
fn refuse_each<T>(what: &str, mut action: impl FnMut() -> Result<T>, usual: impl Fn(&Result<T>) -> bool) {
    assert!(usual(&action()), "{what}: not as expected even with enough memory");
    for refusal in [Refusal::Once, Refusal::ForGood] {
        let requests = (0..).take_while(|n| refuse(what, *n, refusal, &mut action, &usual)).count();
        assert!(requests > 0, "{what}: nothing was ever requested");
    }
}

/// Refuses the n-th request of `action`; whether there is one.
fn refuse<T>(
    what: &str,
    n: u64,
    refusal: Refusal,
    action: impl FnMut() -> Result<T>,
    usual: impl Fn(&Result<T>) -> bool,
) -> bool {
    let before = heap::in_use();
    let (outcome, refused) = heap::refusing(n, refusal, action);
    let is_refusal = matches!(&outcome, Err(error) if is_out_of_memory(error));
    let error = outcome.as_ref().err();
    assert!(is_refusal || usual(&outcome), "{what}: request {n} refused {refusal:?}: {error:?}");
    drop(outcome);
    assert_eq!(heap::in_use(), before, "{what}: request {n} refused {refusal:?}: bytes are left");
    refused
}

/// Whether an error says that memory was short. A guest whose memory cannot grow aborts by itself.
fn is_out_of_memory(error: &windlass::Error) -> bool {
    matches!(error.kind(), ErrorKind::OutOfMemory | ErrorKind::Trap(Trap::Unreachable))
}

fn engine() -> Engine {
    Engine::new(Config::new().wasm_features(Features::IMPLEMENTED, true))
}

fn instantiate(engine: &Engine, store: &mut Store<()>, bytes: &'static [u8]) -> Result<Instance> {
    let component = Component::from_static(engine, bytes)?;
    Linker::new(engine).instantiate(store, &component)
}

fn text(text: &str) -> Result<windlass::support::String> {
    Ok(windlass::support::String::from_text(text)?)
}

/// Greets; `None` where an export is not found, for which memory may be missing as well.
fn greet(store: &mut Store<()>, instance: &Instance) -> Result<Option<windlass::support::String>> {
    let Some(interface) = instance.get_export_index(&mut *store, None, "example:greeter/greet@1.0.0") else {
        return Ok(None);
    };
    let Some(greet) = instance.get_export_index(&mut *store, Some(&interface), "greet") else { return Ok(None) };
    let Some(greet) = instance.get_func(&mut *store, greet) else { return Ok(None) };
    let person = [(text("name")?, Val::String(text("Ada")?)), (text("age")?, Val::U32(36))];
    let mut results = [Val::Bool(false)];
    greet.call(store, &[Val::Record(windlass::support::Vec::collect(person)?)], &mut results)?;
    let [Val::String(greeting)] = results else { panic!("a greeting is a string") };
    Ok(Some(greeting))
}

fn is_greeting(outcome: &Result<Option<windlass::support::String>>) -> bool {
    matches!(outcome, Ok(Some(greeting)) if &**greeting == "Hello, Ada! You are 36 years old.")
}

#[test]
fn the_greeter_from_its_bytes_to_the_last_drop() {
    let engine = engine();
    let whole = || {
        let mut store = Store::new(&engine, ());
        let instance = instantiate(&engine, &mut store, GREETER)?;
        greet(&mut store, &instance)
    };
    refuse_each("greeter", whole, is_greeting);
}

/// The same with 12 MB of JavaScript and its interpreter, which make too many requests for each to be refused: 500 of
/// them, as many in each step. `WINDLASS_JS_GREETER` says where the file is; docs/components.md, how to make it.
#[test]
#[ignore = "the file is too large to be part of the sources"]
fn a_greeter_in_javascript_at_seeded_requests() {
    const DRAWS: u64 = 500;
    let path = std::env::var_os("WINDLASS_JS_GREETER").expect("WINDLASS_JS_GREETER is the path of the component");
    let bytes: &[u8] = lasting(std::fs::read(path).expect("the component can be read"));
    let engine = engine();
    // Where its requests end, for each step of the last run.
    let ends = std::cell::Cell::new([0; 3]);
    let mut whole = || {
        let first = heap::requests();
        let component = Component::from_static(&engine, bytes)?;
        let judged = heap::requests() - first;
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
        let instantiated = heap::requests() - first;
        let greeting = greet(&mut store, &instance);
        let called = heap::requests() - first;
        ends.set([judged, instantiated, called]);
        drop((store, component));
        assert_eq!(heap::requests() - first, called, "to drop takes memory");
        greeting
    };
    assert!(is_greeting(&whole()));
    let [judged, instantiated, called] = ends.get();
    println!("{judged} requests to judge, {} to instantiate, {} to call", instantiated - judged, called - instantiated);
    let steps = [0..judged, judged..instantiated, instantiated..called];
    for (seed, step) in (0..DRAWS).zip(steps.iter().cycle()) {
        let n = step.start + draw(seed) % (step.end - step.start);
        for refusal in [Refusal::Once, Refusal::ForGood] {
            assert!(refuse("JavaScript", n, refusal, &mut whole, is_greeting), "there are {called} requests");
        }
    }
}

/// A number for a seed: SplitMix64.
fn draw(seed: u64) -> u64 {
    let mixed = (seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

/// The same in a buffer that the host lends.
#[test]
#[cfg(feature = "custom-page-sizes")]
fn a_greeter_whose_memory_is_lent() {
    const SMALL: &[u8] = include_bytes!("../../examples/greeter/greeter-small.wasm");
    let engine = engine();
    let mut buffers: Vec<_> = (0..4000).map(|_| lasting(vec![0; 4096])).collect();
    let whole = || {
        let mut store = Store::new(&engine, ());
        store.lend_memory(buffers.pop().expect("as many as there are requests"))?;
        let instance = instantiate(&engine, &mut store, SMALL)?;
        let greeting = greet(&mut store, &instance);
        assert_eq!(store.into_lent_memory().len(), 1);
        greeting
    };
    refuse_each("lent", whole, is_greeting);
}

#[test]
#[cfg(feature = "component-async")]
fn a_future_that_cannot_be_boxed_fails() {
    use std::task::{Context, Poll, Waker};
    let poll =
        |mut boxed: windlass::component::BoxFuture<u32>| boxed.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    let make = || windlass::component::boxed(async { Ok(7_u32) });
    let (boxed, refused) = heap::refusing(0, Refusal::ForGood, make);
    assert!(refused);
    assert!(matches!(poll(boxed), Poll::Ready(Err(error)) if error.kind() == ErrorKind::OutOfMemory));
    assert!(matches!(poll(make()), Poll::Ready(Ok(7))));
}

/// Whatever was refused in a call, another instance in the same store works.
#[test]
fn a_store_is_usable_afterwards() {
    let engine = engine();
    let component = Component::from_static(&engine, GREETER).unwrap();
    for n in 0.. {
        let mut store = Store::new(&engine, ());
        let linker = Linker::new(&engine);
        let first = linker.instantiate(&mut store, &component).unwrap();
        let (outcome, refused) = heap::refusing(n, Refusal::Once, || greet(&mut store, &first));
        assert!(is_greeting(&outcome) || outcome.is_err_and(|error| is_out_of_memory(&error)), "request {n}");
        let (outcome, _) = heap::refusing(n, Refusal::Once, || linker.instantiate(&mut store, &component));
        assert!(outcome.is_ok() || outcome.is_err_and(|error| is_out_of_memory(&error)), "request {n}");
        let second = linker.instantiate(&mut store, &component).unwrap();
        assert!(is_greeting(&greet(&mut store, &second)), "after request {n}");
        if !refused {
            break;
        }
    }
}

/// Calls a function that takes and returns a number.
fn call_number(bytes: &'static [u8], engine: &Engine, name: &str) -> Result<Option<u32>> {
    let mut store = Store::new(engine, ());
    let instance = instantiate(engine, &mut store, bytes)?;
    let Some(run) = instance.get_func(&mut store, name) else { return Ok(None) };
    let mut results = [Val::Bool(false)];
    run.call(&mut store, &[Val::U32(3)], &mut results)?;
    match results {
        [Val::U32(number)] => Ok(Some(number)),
        _ => panic!("a number"),
    }
}

fn encoded(text: &str) -> &'static [u8] {
    lasting(wat::parse_str(text).unwrap())
}

/// Bytes that are there for as long as the process runs.
fn lasting(bytes: Vec<u8>) -> &'static mut [u8] {
    /// Where they all are: what nothing leads to is a leak to the address sanitizer.
    static ALL: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let bytes = Vec::leak(bytes);
    ALL.lock().unwrap().push(bytes.as_ptr().addr());
    bytes
}

#[test]
fn resources_strings_and_lists_between_components() {
    let engine = engine();
    let bytes = encoded(COMPOSED);
    for name in ["string-utf16", "records", "own", "borrow"] {
        let expected = call_number(bytes, &engine, name).unwrap();
        refuse_each(
            name,
            || call_number(bytes, &engine, name),
            |outcome| matches!(outcome, Ok(found) if *found == expected),
        );
    }
}

#[test]
#[cfg(feature = "component-async")]
fn tasks_and_streams() {
    let engine = engine();
    let bytes = encoded(STREAM);
    refuse_each("stream", || call_number(bytes, &engine, "run"), |outcome| matches!(outcome, Ok(Some(45))));
}

#[test]
fn hostile_components() {
    let mut config = Config::board();
    let engine = Engine::new(config.consume_fuel(true));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/no_std-demo/chaos");
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let bytes = encoded(&std::fs::read_to_string(&path).unwrap());
        let hostile = || {
            let mut store = Store::new(&engine, ());
            store.set_fuel(5_000)?;
            let instance = instantiate(&engine, &mut store, bytes)?;
            match instance.get_func(&mut store, "run") {
                Some(run) => run.call(&mut store, &[], &mut []),
                None => Ok(()),
            }
        };
        let expected = hostile().err().map(|error| error.kind());
        assert!(expected.is_some(), "{}", path.display());
        refuse_each(&path.display().to_string(), hostile, |outcome| match outcome {
            Err(error) => Some(error.kind()) == expected,
            // Without memory for its name the function is not found, and not called.
            Ok(()) => true,
        });
        count += 1;
    }
    assert!(count >= 20, "{count} hostile components");
}
