//! Calls between components and between host and component, on Windlass and on Wasmtime.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml --features wasmtime --bin components`;
//! without the feature, which takes minutes to build, only Windlass runs. Wasmtime runs its
//! interpreter, in its faster setting for calls. Every round runs both engines one after the
//! other; the median of the rounds' ratios is reported, of the thread's own time. Above 1 means
//! that Windlass takes longer. An argument picks the rows whose titles contain it.

mod calls;
mod heap;
#[cfg(feature = "wasmtime")]
mod wasmtime;
mod windlass;

use cpu_time::ThreadTime;
use std::time::Duration;
use windlass_benches::{COMPOSED, SMALL};

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

/// Rounds of each piece of work.
const ROUNDS: usize = 25;

/// A piece of work: how often it is to be done, to something that can be checked.
type Work = Box<dyn FnMut(u32) -> u64>;

/// What is measured of each engine.
struct Engine {
    /// A function of a component that calls another component as often as it is told to.
    composed: fn(&[u8], &str) -> Work,
    /// Calls from the host.
    host: fn(&[u8], HostCall) -> Work,
    /// What it takes until a component can be called, or what is comparable.
    ready: fn(&[u8]),
    /// A component that can be called, with all that it needs.
    held: fn(&[u8]) -> Box<dyn std::any::Any>,
    /// Whether memories of guests are on the heap.
    has_guests_on_heap: bool,
}

/// A call from the host.
#[derive(Clone, Copy)]
enum HostCall {
    Add,
    String,
    List,
}

/// Calls from component to component: their name in `composed.wat`, what a report calls them, how
/// often they are made, and which ratio is the goal.
const COMPOSED_CALLS: &[(&str, &str, u32, f64)] = &[
    ("add", "add", 10_000, 0.8),
    ("string-utf8", "16-byte string and back", 2_000, 0.3),
    ("string-utf16", "the same by utf16", 2_000, 0.3),
    ("list", "4 KiB list<u8> and back", 20, 0.01),
    ("records", "100 records and back", 100, 0.1),
    ("variants", "variant and back", 3_000, 0.5),
    ("options", "option and back", 3_000, 0.5),
    ("results", "result and back", 3_000, 0.5),
    ("own", "own made and dropped", 2_000, 0.5),
    ("borrow", "method of a borrow", 2_000, 0.5),
];

const HOST_CALLS: &[(HostCall, &str, u32, f64)] = &[
    (HostCall::Add, "host: add", 4_000, 0.5),
    (HostCall::String, "host: 16-byte string and back", 2_000, 0.4),
    (HostCall::List, "host: 4 KiB list<u8> and back", 2_000, 1.0),
];

fn main() {
    let engines = [
        windlass::ENGINE,
        #[cfg(feature = "wasmtime")]
        wasmtime::ENGINE,
    ];
    let small = wat::parse_str(SMALL).expect("well-formed");
    let composed = wat::parse_str(COMPOSED).expect("well-formed");

    let picked = std::env::args().nth(1).unwrap_or_default();
    let is_picked = |title: &str| title.contains(&picked);

    println!("{:<32} {:>12} {:>12} {:>8} {:>8}", "per call", "windlass", "wasmtime", "ratio", "goal");
    for (name, title, times, goal) in COMPOSED_CALLS.iter().filter(|row| is_picked(row.1)) {
        let works = engines.iter().map(|engine| (engine.composed)(&composed, name)).collect();
        report(title, measure(works, *times), *goal);
    }
    for (call, title, times, goal) in HOST_CALLS.iter().filter(|row| is_picked(row.1)) {
        let works = engines.iter().map(|engine| (engine.host)(&small, *call)).collect();
        report(title, measure(works, *times), *goal);
    }
    let firsts =
        [(&small, "small: first answer / compile", 20, 1.0 / 20.0), (&composed, "composed: the same", 5, 1.0 / 50.0)];
    for (bytes, title, times, goal) in firsts.into_iter().filter(|row| is_picked(row.1)) {
        let works = engines.iter().map(|engine| ready(engine.ready, bytes)).collect();
        report(title, measure(works, times), goal);
    }
    const HEAP: &str = "small: heap";
    if !is_picked(HEAP) {
        return;
    }
    let held: Vec<f64> = engines.iter().map(|engine| held(engine, &small)).collect();
    let other = held.get(1).copied().unwrap_or(f64::NAN);
    println!("{:<32} {:>8.1} KiB {other:>8.1} KiB {:>8.3} {:>8.3}", HEAP, held[0], held[0] / other, 1.0 / 20.0);
}

fn ready(ready: fn(&[u8]), bytes: &[u8]) -> Work {
    let bytes = bytes.to_vec();
    Box::new(move |times| {
        (0..times).for_each(|_| ready(&bytes));
        0
    })
}

/// KiB of heap that are in use while the small component can be called, beyond its memory of one
/// page.
fn held(engine: &Engine, bytes: &[u8]) -> f64 {
    let before = heap::in_use();
    let held = (engine.held)(bytes);
    let after = heap::in_use();
    drop(held);
    (after - before) as f64 / 1024.0 - if engine.has_guests_on_heap { 64.0 } else { 0.0 }
}

/// The time of one call in every round, on each engine.
fn measure(mut works: Vec<Work>, times: u32) -> Vec<Vec<Duration>> {
    let mut results = works.iter_mut().map(|work| work(times));
    let first = results.next();
    assert!(results.all(|other| Some(other) == first), "engines do not agree");
    let mut round = || {
        let time = |work: &mut Work| {
            let start = ThreadTime::now();
            std::hint::black_box(work(times));
            start.elapsed() / times
        };
        works.iter_mut().map(time).collect()
    };
    (0..ROUNDS).map(|_| round()).collect()
}

/// Prints the medians, and the median of the ratios.
fn report(title: &str, rounds: Vec<Vec<Duration>>, goal: f64) {
    let of = |engine: usize| {
        let times = rounds.iter().filter_map(|round| round.get(engine));
        median(times.map(Duration::as_secs_f64).collect())
    };
    let ratios = rounds.iter().filter_map(|round| Some(round.first()?.as_secs_f64() / round.get(1)?.as_secs_f64()));
    let ratio = median(ratios.collect());
    let [ours, theirs] = [of(0), of(1)].map(|seconds| seconds * 1e9);
    let verdict = if ratio > goal { " missed" } else { "" };
    println!("{title:<32} {ours:>9.0} ns {theirs:>9.0} ns {ratio:>8.3} {goal:>8.3}{verdict}");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
