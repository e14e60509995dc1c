//! The same work on Windlass and on other engines, as ratios.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml`. Every round runs all engines
//! one after the other, so that a machine that slows down slows all of them; the medians of the
//! rounds are compared. Above 1 means that Windlass takes longer.

mod engines;

use std::time::{Duration, Instant};
use windlass_benches::{KERNELS, real_module};

/// Rounds of each piece of work.
const ROUNDS: usize = 15;

fn main() {
    println!("{:<16} {:>12} {:>10} {:>10}", "kernel", "windlass", "/ wasmi", "/ tinywasm");
    let mut ratios = [Vec::new(), Vec::new()];
    for kernel in KERNELS {
        let wasm = kernel.wasm();
        let mut runs: [Box<dyn FnMut(i32) -> i32>; 3] =
            [engines::windlass(&wasm), engines::wasmi(&wasm), engines::tinywasm(&wasm)];
        for (engine, run) in ["windlass", "wasmi", "tinywasm"].iter().zip(&mut runs) {
            let result = run(kernel.argument);
            assert_eq!(result, kernel.result, "{engine} computes {} wrongly", kernel.name);
        }
        let [ours, wasmi, tinywasm] = medians(runs.each_mut().map(|run| move || drop(run(kernel.argument))));
        println!("{:<16} {ours:>12.3?} {:>10.2} {:>10.2}", kernel.name, ratio(ours, wasmi), ratio(ours, tinywasm));
        ratios[0].push(ratio(ours, wasmi));
        ratios[1].push(ratio(ours, tinywasm));
    }
    let [wasmi, tinywasm] = ratios.map(|ratios| geometric_mean(&ratios));
    println!("{:<16} {:>12} {wasmi:>10.2} {tinywasm:>10.2}", "geometric mean", "");

    let module = real_module();
    let mut judges: [Box<dyn FnMut()>; 2] = [
        Box::new(|| drop(windlass::Module::new(&windlass::Engine::default(), module).expect("a valid module"))),
        Box::new(|| drop(wasmparser::validate(module).expect("a valid module"))),
    ];
    let [ours, wasmparser] = medians(judges.each_mut().map(|judge| move || judge()));
    let speed = module.len() as f64 / ours.as_secs_f64() / 1e6;
    println!("validate with side table: {speed:.0} MB/s, {:.2} of wasmparser's time", ratio(ours, wasmparser));
}

/// The median time of each piece of work, all of them in turn.
fn medians<const N: usize>(mut work: [impl FnMut(); N]) -> [Duration; N] {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for (work, times) in work.iter_mut().zip(&mut times) {
            let start = Instant::now();
            work();
            times.push(start.elapsed());
        }
    }
    times.map(|mut times| {
        times.sort();
        times[ROUNDS / 2]
    })
}

fn ratio(ours: Duration, theirs: Duration) -> f64 {
    ours.as_secs_f64() / theirs.as_secs_f64()
}

fn geometric_mean(ratios: &[f64]) -> f64 {
    (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp()
}
