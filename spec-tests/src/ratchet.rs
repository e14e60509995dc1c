//! Known failures, which may only shrink: one list a suite, a line a file with its failed count.

use crate::report::Report;
use crate::suites::Error;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// Compares a report with the list at `path`: files that the list does not name have no
/// failure. A count worse *or better* than the list is an error, so that the list stays true;
/// with `BLESS=1` in the environment the list is written anew instead.
pub fn check(report: &Report, path: &Path) -> Result<(), Error> {
    let found: BTreeMap<&str, usize> =
        report.files.iter().filter(|file| file.failed() > 0).map(|file| (file.path.as_str(), file.failed())).collect();
    if std::env::var_os("BLESS").is_some_and(|value| value != "0") {
        let lines: String = found.iter().map(|(name, failed)| format!("{failed} {name}\n")).collect();
        std::fs::write(path, lines)?;
        return Ok(());
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let listed = parse(&text)?;
    let mut wrong = String::new();
    for file in &report.files {
        let expected = listed.get(file.path.as_str()).copied().unwrap_or(0);
        let failed = file.failed();
        if failed != expected {
            let _ = writeln!(wrong, "{}: {failed} failed, the list says {expected}", file.path);
            let more = file.failures.iter().take(if failed > expected { 5 } else { 0 });
            for failure in more {
                let _ =
                    writeln!(wrong, "    {}:{}: {}: {}", file.path, failure.line, failure.directive, failure.message);
            }
        }
    }
    for name in listed.keys() {
        if report.files.iter().all(|file| file.path != *name) {
            let _ = writeln!(wrong, "{name}: in the list, but no such file ran");
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{} is not true any more (BLESS=1 renews it):\n{wrong}", path.display()).into())
}

/// Lines of `COUNT NAME`.
fn parse(text: &str) -> Result<BTreeMap<&str, usize>, Error> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let (count, name) = line.split_once(' ').ok_or_else(|| format!("not a line of a ratchet list: {line}"))?;
            Ok((name, count.parse()?))
        })
        .collect()
}
