//! docs/conformance.md has a row for each suite, and its counts are true.

use std::path::Path;
use std::sync::Mutex;
use windlass_spec_tests::{Report, suites};

/// Suites run in parallel, and renewing a row rewrites the file.
static DOCUMENT: Mutex<()> = Mutex::new(());

/// Compares the row that begins with `suite`; with `BLESS=1` in the environment it is written anew.
pub fn check(suite: &str, report: &Report) -> Result<(), suites::Error> {
    let _one_at_a_time = DOCUMENT.lock();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/conformance.md");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let start = format!("| {suite} |");
    let old = text.lines().find(|line| line.starts_with(&start)).ok_or_else(|| format!("no row {start}"))?;
    let new = row(&start, report);
    if std::env::var_os("BLESS").is_some_and(|value| value != "0") {
        std::fs::write(path, text.replace(old, &new))?;
        return Ok(());
    }
    match old == new {
        true => Ok(()),
        false => Err(format!("docs/conformance.md is not true any more (BLESS=1 renews it)\n{old}\n{new}").into()),
    }
}

fn row(start: &str, report: &Report) -> String {
    let (passed, failed) = (report.passed(), report.failed());
    let clean = report.files.iter().filter(|file| file.failed() == 0).count();
    // Rounded down: 100 % is said of nothing less.
    let per_mille = passed * 1000 / (passed + failed).max(1);
    let percent = format!("{}.{} %", per_mille / 10, per_mille % 10);
    format!("{start} {} | {clean} | {} | {passed} | {failed} | {percent} |", report.files.len(), passed + failed)
}
