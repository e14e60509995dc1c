//! What the address sanitizer sees of the only unsafe code: the tail-calling dispatcher over raw pointers.

use crate::step::Steps;
use std::process::Command;

/// The sanitizer only comes with nightly compilers.
const TOOLCHAIN: &str = "nightly";

/// Runs the engine's tests, the suites and the seeds of the fuzz targets under the address sanitizer, by every dispatcher
/// without debug assertions. The same with every unchecked access asserted is `cargo test --workspace`.
pub fn asan() -> bool {
    let Some(host) = host() else {
        eprintln!("no {TOOLCHAIN} toolchain: rustup toolchain install {TOOLCHAIN} --profile minimal");
        return false;
    };
    let sanitized = |arguments: &str, target_dir: &str| {
        let mut command = Command::new("rustup");
        command.args(["run", TOOLCHAIN, "cargo"]).args(arguments.split_whitespace());
        // With a target named, build scripts and macros run without it.
        command.args(["--release", "--target", &host, "--target-dir", target_dir]);
        command.env("RUSTFLAGS", "-Zsanitizer=address");
        // All of it, inlined and with its checks, would take half an hour to build.
        command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1").env("CARGO_PROFILE_RELEASE_LTO", "off");
        command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        command.env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only").env("WINDLASS_LOOK_AHEAD", "1");
        command
    };
    let (engine, fuzz) = ("target/asan", "fuzz/target/asan");
    let mut steps = Steps::default();
    let tests = "test --no-fail-fast -p windlass -p windlass-spec-tests --features windlass/fast --lib --tests";
    steps.run("tests and suites under the address sanitizer", &mut sanitized(tests, engine));
    let package = |what: &str| sanitized(&format!("{what} --manifest-path fuzz/Cargo.toml"), fuzz);
    steps.run("the fuzz targets' seeds", package("test").args(["--test", "suites"]));
    steps.run(
        "the modules of 2000 seeds beside wasmi",
        package("run --quiet").args(["--example", "differential", "--", "0", "2000"]),
    );
    steps.summary()
}

/// This machine as that toolchain names it, if it is there.
fn host() -> Option<String> {
    let output = Command::new("rustup").args(["run", TOOLCHAIN, "rustc", "--version", "--verbose"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}
