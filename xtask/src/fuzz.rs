//! Short runs of the fuzz targets, and their seeds.

use crate::step::{Steps, cargo};
use std::process::Command;

/// Every target in `fuzz/fuzz_targets`.
const TARGETS: [&str; 3] = ["decode", "validate", "generated"];

/// What one input may take: 64 KiB, ten seconds, 2 GiB. And a seed, so that a change is judged by the same inputs
/// every time.
const LIMITS: [&str; 4] = ["-max_len=65536", "-timeout=10", "-rss_limit_mb=2048", "-seed=1"];

/// Writes the modules of the suites to `fuzz/corpus`.
pub fn seeds() -> bool {
    let mut steps = Steps::default();
    add_seeds(&mut steps);
    steps.summary()
}

/// Runs each target that long, from the seeds.
pub fn run(seconds: u32) -> bool {
    let mut steps = Steps::default();
    add_runs(&mut steps, seconds);
    steps.summary()
}

fn add_seeds(steps: &mut Steps) {
    steps.run("seeds", &mut cargo("run --quiet --manifest-path fuzz/Cargo.toml --example seeds"));
}

/// Adds seeds and a run of each target to `steps`.
pub fn add_runs(steps: &mut Steps, seconds: u32) {
    if !cargo("fuzz --version").output().is_ok_and(|output| output.status.success()) {
        steps.run("install cargo-fuzz", &mut cargo("install --quiet --locked cargo-fuzz"));
    }
    add_seeds(steps);
    for target in TARGETS {
        // Without a sanitizer, which only nightly has: the engine is safe Rust.
        let mut command: Command = cargo("fuzz run --sanitizer none");
        command.args([target, "--"]).args(LIMITS).arg(format!("-max_total_time={seconds}")).arg("-verbosity=0");
        steps.run(&format!("fuzz {target}, {seconds} s"), &mut command);
    }
}
