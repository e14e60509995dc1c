//! The same work on Windlass and on other engines, as ratios.
//!
//!     cargo run --release --manifest-path benches/peers/Cargo.toml [-- portable] [KERNEL…]
//!
//! measures the tail-calling dispatcher over raw pointers, or the portable one;
//! `--no-default-features` the safe build, which has both as well; only the kernels named, or all and validation. Every round runs all engines one after the other, so that
//! a machine that slows down slows all of them; the median of the rounds' ratios is reported. It
//! is the thread's own time that is measured. Above 1 means that Windlass takes longer.

mod engines;

use cpu_time::ThreadTime;
use std::time::Duration;
use windlass::Dispatch;
use windlass_benches::{KERNELS, Kernel, real_module};

/// Rounds of each piece of work.
const ROUNDS: usize = 15;

fn main() {
    let mut dispatch = Dispatch::default();
    let mut wanted = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "portable" => dispatch = Dispatch::Portable,
            "tail" if Dispatch::Tail.is_available() => dispatch = Dispatch::Tail,
            name => match KERNELS.iter().find(|kernel| kernel.name == name) {
                Some(kernel) => wanted.push(kernel),
                None => panic!("no kernel, and no dispatcher of this build, is called {name}"),
            },
        }
    }
    println!("windlass with {dispatch:?} dispatch");
    if wanted.is_empty() {
        kernels(dispatch, KERNELS);
        validation();
    } else {
        kernels(dispatch, wanted);
    }
}

fn kernels<'k>(dispatch: Dispatch, kernels: impl IntoIterator<Item = &'k Kernel>) {
    println!("{:<16} {:>12} {:>10} {:>10}", "kernel", "windlass", "/ wasmi", "/ tinywasm");
    let mut ratios = [Vec::new(), Vec::new()];
    for kernel in kernels {
        let wasm = kernel.wasm();
        let mut runs: [Box<dyn FnMut(i32) -> i32>; 3] =
            [engines::windlass(&wasm, dispatch), engines::wasmi(&wasm), engines::tinywasm(&wasm)];
        for (engine, run) in ["windlass", "wasmi", "tinywasm"].iter().zip(&mut runs) {
            let result = run(kernel.argument);
            assert_eq!(result, kernel.result, "{engine} computes {} wrongly", kernel.name);
        }
        let times = rounds(runs.each_mut().map(|run| move || run(kernel.argument)));
        let (wasmi, tinywasm) = (ratio(&times, 1), ratio(&times, 2));
        println!("{:<16} {:>12.3?} {wasmi:>10.2} {tinywasm:>10.2}", kernel.name, ours(&times));
        ratios[0].push(wasmi);
        ratios[1].push(tinywasm);
    }
    let [wasmi, tinywasm] = ratios.each_ref().map(|ratios| geometric_mean(ratios));
    println!("{:<16} {:>12} {wasmi:>10.2} {tinywasm:>10.2}", "geometric mean", "");
    let [wasmi, tinywasm] = ratios.map(|ratios| ratios.into_iter().fold(0.0, f64::max));
    println!("{:<16} {:>12} {wasmi:>10.2} {tinywasm:>10.2}", "worst", "");
}

fn validation() {
    let module = real_module();
    let mut judges: [Box<dyn FnMut()>; 2] = [
        Box::new(|| drop(windlass::Module::new(&windlass::Engine::default(), module).expect("a valid module"))),
        Box::new(|| drop(wasmparser::validate(module).expect("a valid module"))),
    ];
    let times = rounds(judges.each_mut().map(|judge| move || judge()));
    let speed = module.len() as f64 / ours(&times).as_secs_f64() / 1e6;
    println!("validate with side table: {speed:.0} MB/s, {:.2} of wasmparser's time", ratio(&times, 1));
}

/// How long each piece of work took in every round, ours first.
fn rounds<T, const N: usize>(mut work: [impl FnMut() -> T; N]) -> Vec<[Duration; N]> {
    let mut round = || {
        work.each_mut().map(|work| {
            let start = ThreadTime::now();
            std::hint::black_box(work());
            start.elapsed()
        })
    };
    (0..ROUNDS).map(|_| round()).collect()
}

/// The median of our times.
fn ours<const N: usize>(times: &[[Duration; N]]) -> Duration {
    let mut ours: Vec<Duration> = times.iter().map(|round| round[0]).collect();
    ours.sort();
    ours[ours.len() / 2]
}

/// The median of the ratios of our time to that of another.
fn ratio<const N: usize>(times: &[[Duration; N]], other: usize) -> f64 {
    let mut ratios: Vec<f64> = times.iter().map(|round| round[0].as_secs_f64() / round[other].as_secs_f64()).collect();
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

fn geometric_mean(ratios: &[f64]) -> f64 {
    (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp()
}
