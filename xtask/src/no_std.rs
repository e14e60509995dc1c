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
    for build in builds() {
        steps.check(&build.name(), || build.run());
    }
    steps.summary()
}

/// One target with one set of features.
pub struct Build {
    target: &'static str,
    features: &'static str,
}

/// The target that has least: not even atomics.
const SMALLEST: &str = "thumbv6m-none-eabi";

/// Every target with every set, and the smallest one with each feature alone.
pub fn builds() -> impl Iterator<Item = Build> {
    let sets = TARGETS.iter().flat_map(|target| FEATURE_SETS.iter().map(move |features| Build { target, features }));
    sets.chain(FEATURES.iter().map(|features| Build { target: SMALLEST, features }))
}

impl Build {
    /// For the summary.
    pub fn name(&self) -> String {
        format!("no_std {} [{}]", self.target, self.features)
    }

    /// Builds with whichever compiler knows the target.
    pub fn run(&self) -> bool {
        let Some(mut command) = compiler_for(self.target) else {
            eprintln!("no compiler for {}: neither `rustup target add` nor Debian's rust-web-src works", self.target);
            return false;
        };
        command.args(["-p", "windlass", "--lib", "--no-default-features", "--features", self.features]);
        command.args(["--target", self.target]).current_dir(crate::root());
        // That it builds is the point, not how fast it is.
        command.env("CARGO_PROFILE_DEV_OPT_LEVEL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
        command.status().is_ok_and(|status| status.success())
    }
}

/// `cargo build`, by rustup if it has the target or can get it soon, else by Debian's compiler.
fn compiler_for(target: &str) -> Option<Command> {
    if has_target(target) {
        return Some(cargo("build"));
    }
    if Path::new(DEBIAN_SOURCES).exists() && Path::new(DEBIAN_CARGO).exists() {
        let mut command = Command::new(DEBIAN_CARGO);
        command.args(["build", "-Zbuild-std=core,alloc", "--target-dir", "target/debian"]);
        // The environment of rustup's cargo names rustup's tools.
        command.env_remove("RUSTUP_TOOLCHAIN").env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
        return Some(command);
    }
    add_target(target).then(|| cargo("build"))
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
