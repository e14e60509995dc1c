//! What the fuzz targets check: on inputs that are the same every time, to decide on a change,
//! and on whatever a fuzzer finds.

use crate::step::{Steps, cargo};
use std::process::Command;

/// Every target in `fuzz/fuzz_targets`.
const TARGETS: [&str; 3] = ["decode", "validate", "generated"];

/// What one input may take: 64 KiB, ten seconds, 2 GiB.
const LIMITS: [&str; 3] = ["-max_len=65536", "-timeout=10", "-rss_limit_mb=2048"];

/// Writes the modules of the suites to `fuzz/corpus`.
pub fn seeds() -> bool {
    let mut steps = Steps::default();
    add_seeds(&mut steps);
    steps.summary()
}

/// Holds the targets' checks against the suites and against that many inputs. They are the same for every change and on
/// every machine, so that what a change is judged by does not depend on luck, nor on how fast the machine is. All are
/// built in one profile, so that what they depend on is built once.
pub fn add_checks(steps: &mut Steps, inputs: u32) {
    let package = |what: &str| cargo(&format!("{what} --release --manifest-path fuzz/Cargo.toml"));
    steps.run("verdicts on the suites", package("test").args(["--test", "suites"]));
    steps.run("fuzz targets and examples build", package("build").args(["--bins", "--examples"]));
    let mut changed = package("run --quiet");
    changed.args(["--example", "changed", "--", &inputs.to_string()]);
    steps.run(&format!("{inputs} fixed inputs of the fuzz targets"), &mut changed);
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
