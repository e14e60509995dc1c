//! Checks what the project's style promises, where a machine can.
//!
//! Exceptions stand in `xtask/tidy/*.txt`. They are ratchets: an exception that is no longer needed
//! fails too, so that the lists can only shrink.

mod dependencies;
mod door;
mod header;
mod layers;
mod paths;
mod ratchet;
mod sizes;
mod source;
mod stubs;
mod traps;

use source::Source;

/// A place that breaks a rule.
pub struct Finding {
    file: String,
    line: usize,
    what: String,
}

/// Runs every check; prints what they find.
pub fn tidy() -> bool {
    let sources = match source::all() {
        Ok(sources) => sources,
        Err(why) => {
            eprintln!("tidy: {why}");
            return false;
        }
    };
    let mut findings = Vec::new();
    for check in [header::check, layers::check, door::check, stubs::check, sizes::check, traps::check] {
        findings.extend(check(&sources));
    }
    findings.extend(paths::check());
    findings.extend(dependencies::check());
    for Finding { file, line, what } in &findings {
        eprintln!("{file}:{line}: {what}");
    }
    println!("tidy: {} files, {} findings", sources.len(), findings.len());
    findings.is_empty()
}

impl Finding {
    fn new(source: &Source, line: usize, what: String) -> Self {
        Finding { file: source.path.clone(), line, what }
    }
}

#[cfg(test)]
mod tests;
