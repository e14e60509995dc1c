//! Every file of every suite runs, and what fails is what the ratchet lists say.
//!
//! `BLESS=1 cargo test -p windlass-spec-tests` renews the lists, and with `FAILURES=1` (and
//! `-- --nocapture`) every failed directive is shown. With `WINDLASS_TESTSUITE` a whole checkout
//! of the core suite runs too.

mod documented;

use std::path::Path;
use windlass::Dispatch;
use windlass_spec_tests::{Options, Packages, Report, SuiteFile, ratchet, run_files, suites};

/// An error that a failed test shows as people read it, line by line.
struct Shown(String);

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::fmt::Display> From<E> for Shown {
    fn from(error: E) -> Self {
        Shown(error.to_string())
    }
}

fn run(list: &str, files: Result<Vec<SuiteFile>, suites::Error>) -> Result<(), Shown> {
    run_by(Dispatch::default(), list, &files?)
}

/// The same by every dispatcher that this build has: all of them fail in the same places.
fn run_by_all(list: &str, files: Result<Vec<SuiteFile>, suites::Error>) -> Result<(), Shown> {
    let files = files?;
    let all = [Dispatch::Portable, Dispatch::Tail];
    all.into_iter().filter(|dispatch| dispatch.is_available()).try_for_each(|dispatch| run_by(dispatch, list, &files))
}

fn run_by(dispatch: Dispatch, list: &str, files: &[SuiteFile]) -> Result<(), Shown> {
    let report = run_files(files, &Options { dispatch, ..Options::default() }, |_| {});
    println!("{}", report.summary());
    if std::env::var_os("FAILURES").is_some() {
        println!("{}", report.failures());
    }
    ratchet::check(&report, &Path::new(env!("CARGO_MANIFEST_DIR")).join("expect").join(list))?;
    Ok(documented::check(list.trim_end_matches(".txt"), &report)?)
}

#[test]
fn core() -> Result<(), Shown> {
    run_by_all("core.txt", Packages::find()?.core_suite())
}

/// The files of the core suite that WebAssembly 2.0 has as well, as 3.0 judges them, without SIMD.
#[test]
fn core_of_2_0() -> Result<(), Shown> {
    let packages = Packages::find()?;
    let stem = |file: &SuiteFile| file.name.rsplit('/').next().unwrap_or_default().to_owned();
    let old: Vec<String> = suites::files_at(&packages.core.join("data/wasm-v2"))?.iter().map(stem).collect();
    let mut files = packages.core_suite()?;
    files.retain(|file| old.contains(&stem(file)) && !stem(file).starts_with("simd_"));
    let report: Report = run_files(&files, &Options::default(), |_| {});
    assert!(report.passed() * 100 >= (report.passed() + report.failed()) * 95, "{}", report.summary());
    Ok(documented::check("core of 2.0", &report)?)
}

#[test]
fn proposals() -> Result<(), Shown> {
    run_by_all("proposals.txt", Packages::find()?.proposals())
}

#[test]
fn component_model() -> Result<(), Shown> {
    let list = if cfg!(feature = "async") { "component-model.txt" } else { "component-model-without-async.txt" };
    run_by_all(list, Packages::find()?.component_suite())
}

/// Files that expect an order which the specification leaves open, and the sentence that does (`Concurrency.md`,
/// Nondeterminism).
const ORDERED: &[(&str, &str)] = &[
    // Of two threads that wait for different locks, the one that has waited longer has to go on first: it takes the
    // number that its caller compares with the index of the subtask.
    (
        "async-calls-sync",
        "If multiple threads that previously blocked can be resumed at the same time, the order in which they are \
         resumed is nondeterministic.",
    ),
    // A callback that yields has to let its caller go on, which expects `STARTED` and not `RETURNED`.
    (
        "drop-subtask",
        "Whenever a thread yields or waits on a waitable set with an already pending event, whether or not the thread \
         blocks and transfers execution to an async caller or another thread is nondeterministic.",
    ),
    // Its programs say which of several ready threads has run after each step.
    (
        "big-interleaving-test",
        "If multiple threads that previously blocked can be resumed at the same time, the order in which they are \
         resumed is nondeterministic.",
    ),
];

/// The files about concurrency, with the order that the specification leaves open drawn by lot: no failure that it
/// does not allow, no panic, and nothing left over in the store after any directive.
fn in_any_order(seeds: std::ops::Range<u64>) -> Result<(), Shown> {
    let mut files = Packages::find()?.component_suite()?;
    files.retain(|file| file.name.contains("/async/"));
    let is_ordered = |file: &SuiteFile| ORDERED.iter().any(|(name, _)| file.name.ends_with(&format!("/{name}.wast")));
    let (ordered, files): (Vec<_>, Vec<_>) = files.into_iter().partition(is_ordered);
    assert_eq!(ordered.len(), ORDERED.len());
    let mut failures = String::new();
    for seed in seeds {
        let options = Options { seed: Some(seed), ..Options::default() };
        let report = run_files(&files, &options, |_| {});
        let mut in_order = run_files(&ordered, &options, |_| {});
        // These may fail, but not by a fault of the engine's.
        for file in &mut in_order.files {
            file.failures.retain(|failure| failure.is_fault);
        }
        for report in [report, in_order].iter().filter(|report| report.failed() > 0) {
            failures += &format!("seed {seed}:\n{}", report.failures());
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(Shown(failures)) }
}

#[test]
fn twenty_seeds() -> Result<(), Shown> {
    in_any_order(0..20)
}

/// `cargo test --release -p windlass-spec-tests -- --ignored`
#[test]
#[ignore = "takes three minutes"]
fn a_thousand_seeds() -> Result<(), Shown> {
    in_any_order(20..1020)
}

#[test]
fn wasm_tools() -> Result<(), Shown> {
    run("wasm-tools.txt", Packages::find()?.tools_suite())
}

#[test]
fn checkout() -> Result<(), Shown> {
    match std::env::var_os("WINDLASS_TESTSUITE") {
        Some(folder) => run("checkout.txt", suites::checkout(Path::new(&folder))),
        // A newcomer's clone has the packages only.
        None => Ok(()),
    }
}

/// What fails is listed, and what is listed has a reason that people can read.
#[test]
fn every_failure_has_a_reason() -> Result<(), Shown> {
    Ok(documented::check_reasons(&Path::new(env!("CARGO_MANIFEST_DIR")).join("expect"))?)
}

/// Every file of the tools package is in a suite, but for the stubs.
#[test]
fn no_file_of_the_tools_is_left_out() -> Result<(), Shown> {
    let packages = Packages::find()?;
    let mut run = packages.component_suite()?;
    run.extend(packages.tools_suite()?);
    for file in suites::files_at(&packages.tools.join("tests"))? {
        let is_stub = file.name.contains("/tests/cli/spec/");
        assert!(is_stub != run.iter().any(|other| other.path == file.path), "{}: stub {is_stub}", file.name);
    }
    Ok(())
}

/// Every file of the core package is run or listed with the reason why not.
#[test]
fn nothing_is_left_out_silently() -> Result<(), Shown> {
    let packages = Packages::find()?;
    let mut run = packages.core_suite()?;
    run.extend(packages.proposals()?);
    let obsolete = packages.obsolete()?;
    let data = packages.core.join("data");
    for file in suites::files_at(&data)? {
        let name = file.path.strip_prefix(&data)?.to_string_lossy().replace('\\', "/");
        let is_run = run.iter().any(|file| file.name == name);
        let is_obsolete = obsolete.iter().any(|row| name == row.name || name.starts_with(&format!("{}/", row.name)));
        assert!(is_run != is_obsolete, "{name}: run {is_run}, obsolete {is_obsolete}");
    }
    Ok(())
}
