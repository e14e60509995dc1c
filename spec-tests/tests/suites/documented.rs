//! docs/conformance.md has a row for each suite and a reason for each failure, and its counts are true.

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

/// Every failure that a ratchet list has is in exactly one row of the document's reasons, and the rows' counts are true.
pub fn check_reasons(lists: &Path) -> Result<(), suites::Error> {
    let mut failures: Vec<(String, usize)> = Vec::new();
    for list in std::fs::read_dir(lists)? {
        let text = std::fs::read_to_string(list?.path())?;
        for line in text.lines() {
            let (count, name) = line.split_once(' ').ok_or_else(|| format!("not a line of a ratchet list: {line}"))?;
            failures.push((name.to_owned(), count.parse()?));
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/conformance.md");
    let text = std::fs::read_to_string(path)?;
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = line.split(" | ");
        let start = cells.next().unwrap_or_default().trim_start_matches("| ").trim_matches('`');
        let said: usize = cells.next().unwrap_or_default().parse()?;
        let (here, elsewhere): (Vec<_>, Vec<_>) = failures.into_iter().partition(|(name, _)| name.starts_with(start));
        let counted: usize = here.iter().map(|(_, count)| count).sum();
        if counted != said {
            return Err(format!("docs/conformance.md says that {said} directives of {start} fail: {counted} do").into());
        }
        failures = elsewhere;
    }
    match failures.is_empty() {
        true => Ok(()),
        false => Err(format!("docs/conformance.md has no reason for {failures:?}").into()),
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
