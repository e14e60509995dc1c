//! `cargo xtask`: what is done to the project, in one place for people and for CI.

mod asan;
mod boards;
mod ci;
mod fuzz;
mod no_std;
mod readme;
mod sizes;
mod step;
mod suites;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask COMMAND

  ci [--long]                everything: format, clippy, docs, tests, suites, no_std builds, tidy
                             --long adds what takes too long for every change
  tidy                       what STYLE promises: layers, sizes, tested traps, suites that run
  no-std                     the engine's builds without an operating system
  sizes                      the engine's flash by feature, into docs/sizes.md; needs what no_std-demo/run installs
  boards                     what firmware costs, against no_std-demo/budgets.toml: the last step of no_std-demo/run all
  asan                       tests, suites and fuzz seeds under the address sanitizer: needs a nightly toolchain
  fuzz                       a short run of each fuzz target; installs cargo-fuzz where it is missing
  fuzz-seeds                 the suites' modules as their seeds
  suites --testsuite DIR     a whole checkout of the core test suite";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ok = match words.as_slice() {
        ["ci"] => ci::ci(ci::Length::Every),
        ["ci", "--long"] => ci::ci(ci::Length::Long),
        ["tidy"] => tidy::tidy(),
        ["no-std"] => no_std::no_std(),
        ["boards"] => boards::boards(),
        ["asan"] => asan::asan(),
        ["fuzz"] => fuzz::run(30),
        ["fuzz-seeds"] => fuzz::seeds(),
        ["suites", "--testsuite", dir] => suites::suites(Path::new(dir)),
        ["sizes"] => sizes::sizes(),
        ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            true
        }
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    ExitCode::from(u8::from(!ok))
}

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}
