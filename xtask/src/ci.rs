//! Everything that must hold before a change lands.

use crate::step::{Steps, cargo};
use crate::{fuzz, no_std, readme, tidy};
use std::process::Command;

/// How much of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// For every change.
    Every,
    /// Also what takes too long for that.
    Long,
}

/// The engine's feature sets that people use: they are tested, and built for every target.
pub const FEATURE_SETS: &[&str] = &["", "component", "component,names,core3"];

/// Each feature alone: it is linted, and so it is checked that it builds.
pub const FEATURES: &[&str] = &[
    "component-async",
    "component-proposals",
    "custom-descriptors",
    "custom-page-sizes",
    "exceptions",
    "function-references",
    "gc",
    "memory64",
    "messages",
    "multi-memory",
    "names",
    "simd",
    "tail-call",
    "text",
    "threads",
    "unrunnable",
    "wide-arithmetic",
];

/// All but async functions: the tests and the suite of components run on it, as boards have a way of their own to call without.
const WITHOUT_ASYNC: &str = "windlass/component-proposals,windlass/messages,windlass/names,windlass/unrunnable,windlass/std,\
                             windlass/core3,windlass/proposals";

/// Takes less time, with the tests, than optimized code takes to build.
const UNOPTIMIZED: [&str; 2] = ["--config", "profile.dev.package.windlass.opt-level=0"];

/// Packages with a workspace of their own: cargo's `--workspace` does not reach them.
const APART: &[&str] = &[
    "benches/peers",
    "examples/greeter",
    "examples/kitchen-sink",
    "examples/kitchen-sink/compose",
    "fuzz",
    "no_std-demo",
    "no_std-demo/peers",
];

/// Runs all steps, also after one has failed: what is for boards beside all else, as each alone leaves a core idle
/// much of the time.
pub fn ci(length: Length) -> bool {
    let (mut steps, mut others) = (Steps::beside_others(), Steps::beside_others());
    std::thread::scope(|scope| {
        scope.spawn(|| boards(&mut others, length));
        workspace(&mut steps, length);
        fuzzing(&mut steps, length);
    });
    steps.append(others);
    steps.summary()
}

/// The steps that build in the workspace's own folder.
fn workspace(steps: &mut Steps, length: Length) {
    steps.check("tidy", tidy::tidy);
    format(steps);
    clippy(steps);
    steps.run("docs", cargo("doc --workspace --no-deps").env("RUSTDOCFLAGS", "-D warnings"));
    steps.run("tests (README's command)", &mut cargo("test --workspace"));
    // A cargo call of its own: in the workspace's the command's features would be on for the engine too. The portable loop
    // is the one of boards here.
    let mut safe = cargo("test -p windlass -p windlass-spec-tests");
    steps.run("tests and suites of the safe build", safe.env("WINDLASS_COMPACT", "1"));
    steps.check("README's greeting", readme::greeting);
    for set in FEATURE_SETS {
        // Tests read what errors say.
        let set = format!("{set},messages");
        steps.run(&format!("tests with features [{set}]"), &mut unoptimized_tests(&set));
    }
    // The second of them refuses each allocation.
    for tests in ["--test it --test suites component", "--test oom"] {
        let mut alone = cargo("test -p windlass -p windlass-spec-tests --no-default-features --features");
        alone.arg(WITHOUT_ASYNC).args(UNOPTIMIZED).args(tests.split(' '));
        steps.run(&format!("components without async functions: {tests}"), &mut alone);
    }
    steps.run("errors without words", unoptimized_tests("").arg("error::"));
    if length == Length::Long {
        steps.run("suites, optimised", &mut cargo("test --release -p windlass-spec-tests -- --include-ignored"));
    }
}

/// The engine without `std` or with features that few use, and the firmware: all build in folders of their own.
fn boards(steps: &mut Steps, length: Length) {
    no_std::add(steps);
    FEATURES.iter().for_each(|feature| clippy_with(steps, feature, &["--target-dir", "target/no_std"]));
    // With the images for processors that no board here has it takes half as long again.
    let firmware = if length == Length::Long { "all" } else { "boards" };
    steps.run("firmware in QEMU", Command::new("no_std-demo/run").arg(firmware));
    if length == Length::Long {
        steps.run("firmware beside other engines", &mut Command::new("no_std-demo/peers/run"));
    }
}

/// What generated inputs find, in a folder of its own.
fn fuzzing(steps: &mut Steps, length: Length) {
    fuzz::add_checks(steps, if length == Length::Long { 3_000_000 } else { 100_000 });
    if length == Length::Long {
        fuzz::add_runs(steps, 300);
    }
}

fn format(steps: &mut Steps) {
    steps.run("format", &mut cargo("fmt --all --check"));
    for package in APART {
        let arguments = format!("fmt --check --manifest-path {package}/Cargo.toml");
        steps.run(&format!("format {package}"), &mut cargo(&arguments));
    }
}

fn clippy(steps: &mut Steps) {
    steps.run("clippy", &mut cargo("clippy --workspace --all-targets -- -D warnings"));
    FEATURE_SETS.iter().for_each(|set| clippy_with(steps, set, &[]));
}

fn clippy_with(steps: &mut Steps, set: &str, folder: &[&str]) {
    let mut command = with_features("clippy --lib", set);
    command.args(folder).args(["--", "-D", "warnings"]);
    steps.run(&format!("clippy with features [{set}]"), &mut command);
}

/// The engine's own tests with just these features. Built so they take less time than optimized ones take to build.
fn unoptimized_tests(set: &str) -> Command {
    let mut command = with_features("test --lib", set);
    command.args(UNOPTIMIZED);
    command
}

/// The engine alone with just these features.
fn with_features(what: &str, set: &str) -> Command {
    let mut command = cargo(what);
    command.args(["-p", "windlass", "--no-default-features", "--features", set]);
    command
}
