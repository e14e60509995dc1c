//! `windlass wast`: runs suites, prints what failed and a table.

use crate::Outcome;
use crate::args::{DispatchArg, WastArgs};
use crate::failure::Failure;
use std::path::Path;
use windlass::Dispatch;
use windlass::syntax::{Features, feature::FEATURE_NAMES};
use windlass_spec_tests::{FileReport, Options, Report, SuiteFile, features, run_files, suites};

/// How many failures of one file are printed.
const MAX_FAILURES: usize = 5;

/// Runs every file; fails if any directive does.
pub fn wast(args: &WastArgs) -> Outcome {
    let features = args.features.as_deref().map(parse_features).transpose()?;
    let mut files = Vec::new();
    for path in &args.paths {
        files.extend(files_at(path)?);
    }
    let dispatch = args.dispatch.map(dispatch).transpose()?.unwrap_or_default();
    let options = Options { features, dispatch, gc_stress: args.gc_stress, seed: args.seed, ..Options::default() };
    let report = run_files(&files, &options, |_| ());
    report.files.iter().for_each(print_failures);
    print!("{}", report.summary());
    if let Some(path) = &args.json {
        write_json(path, &report)?;
    }
    match report.failed() {
        0 => Ok(()),
        failed => Err(Failure::new(format_args!("{failed} of {} directives failed", report.passed() + failed))),
    }
}

/// The dispatcher of that name, if this build has it.
fn dispatch(name: DispatchArg) -> Outcome<Dispatch> {
    let dispatch = match name {
        DispatchArg::Portable => Dispatch::Portable,
        DispatchArg::Tail => Dispatch::Tail,
    };
    if dispatch.is_available() {
        return Ok(dispatch);
    }
    Err(Failure::new("this build has no tail-calling dispatcher")
        .note("it takes the feature fast, x86-64 or AArch64, and an optimized build"))
}

/// The first failures of a file. All of them are in the JSON.
fn print_failures(file: &FileReport) {
    for failure in file.failures.iter().take(MAX_FAILURES) {
        let windlass_spec_tests::Failure { line, column, directive, message, .. } = failure;
        eprintln!("{}:{line}:{column}: {directive}: {message}", file.path);
    }
    if let Some(more) = file.failed().checked_sub(MAX_FAILURES).filter(|more| *more > 0) {
        eprintln!("{}: and {more} more", file.path);
    }
}

fn files_at(path: &Path) -> Outcome<Vec<SuiteFile>> {
    if !path.exists() {
        return Err(Failure::new(format_args!("there is no file or folder {}", path.display())));
    }
    suites::files_at(path).map_err(Failure::new)
}

/// What the list says is switched on or off is so in WebAssembly 3.0, or in the group it begins with.
fn parse_features(list: &str) -> Outcome<Features> {
    let parsed = features::parse_list(list, Features::default());
    if parsed.unknown.is_empty() {
        return Ok(parsed.set);
    }
    let known: Vec<&str> = FEATURE_NAMES.iter().map(|(name, _)| *name).collect();
    Err(Failure::usage(format_args!("no feature is called {}", parsed.unknown.join(", ")))
        .note(format_args!("features: {}", known.join(", ")))
        .note("groups: mvp, wasm1, wasm2, wasm3, all"))
}

fn write_json(path: &Path, report: &Report) -> Outcome {
    let json = format!("{:#}\n", report.to_json());
    std::fs::write(path, json).map_err(|error| Failure::io("cannot write", path, &error))
}
