//! The engine builds where there is no operating system.

use crate::ci::{FEATURE_SETS, FEATURES};
use crate::step::{Steps, cargo};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const TARGETS: &[&str] =
    &["thumbv7em-none-eabihf", "thumbv6m-none-eabi", "riscv32imac-unknown-none-elf", "wasm32-unknown-unknown"];

/// Debian's compiler, for machines where rustup cannot add targets: it can build the library for any target.
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_SOURCES: &str = "/usr/lib/rustlib/src/rust/library/core";

/// All builds, one step each.
pub fn no_std() -> bool {
    let mut steps = Steps::default();
    add(&mut steps);
    steps.summary()
}

/// Every target with every set of features, and the smallest one with all features: for that it is enough that the
/// compiler finds nothing missing.
pub fn add(steps: &mut Steps) {
    for target in TARGETS {
        FEATURE_SETS.iter().for_each(|features| add_one(steps, "build", target, features));
    }
    add_one(steps, "check", SMALLEST, &FEATURES.join(","));
}

/// The target that has least: not even atomics.
const SMALLEST: &str = "thumbv6m-none-eabi";

/// One target with one set of features.
fn add_one(steps: &mut Steps, what: &str, target: &str, features: &str) {
    let name = format!("no_std {what} {target} [{features}]");
    let Some(mut command) = compiler_for(what, target) else {
        return steps.check(&name, || {
            eprintln!("no compiler for {target}: neither `rustup target add` nor Debian's rust-web-src works");
            false
        });
    };
    command.args(["-p", "windlass", "--lib", "--no-default-features", "--features", features]);
    // A folder of its own: other builds go on meanwhile.
    command.args(["--target", target, "--target-dir", "target/no_std"]);
    // That it builds is the point, not how fast it is.
    command.env("CARGO_PROFILE_DEV_OPT_LEVEL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
    steps.run(&name, &mut command);
}

/// Cargo's command `what`, by rustup if it has the target or can get it soon, else by Debian's compiler.
fn compiler_for(what: &str, target: &str) -> Option<Command> {
    if has_target(target) {
        return Some(cargo(what));
    }
    if Path::new(DEBIAN_SOURCES).exists() && Path::new(DEBIAN_CARGO).exists() {
        let mut command = Command::new(DEBIAN_CARGO);
        command.args([what, "-Zbuild-std=core,alloc"]);
        // The environment of rustup's cargo names rustup's tools.
        command.env_remove("RUSTUP_TOOLCHAIN").env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
        return Some(command);
    }
    add_target(target).then(|| cargo(what))
}

fn has_target(target: &str) -> bool {
    let asked = Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output();
    asked.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
}

/// Asks rustup, and does not wait for a server that does not answer.
fn add_target(target: &str) -> bool {
    let mut command = Command::new("rustup");
    command.args(["target", "add", target]).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return false };
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        if let Ok(Some(status)) = child.try_wait() {
            return status.success();
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    // It was spawned here, so it is ours to end.
    let _ = child.kill();
    let _ = child.wait();
    false
}
