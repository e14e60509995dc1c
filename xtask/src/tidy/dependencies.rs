//! Every dependency has a line that says why it is there.

use super::Finding;
use super::source::tracked;

const LIST: &str = "docs/dependencies.md";

/// Finds dependencies of any package that the list does not name.
pub fn check() -> Vec<Finding> {
    let list = std::fs::read_to_string(crate::root().join(LIST)).unwrap_or_default();
    let mut findings = Vec::new();
    for file in tracked(&["*Cargo.toml"]).unwrap_or_default() {
        let manifest = std::fs::read_to_string(crate::root().join(&file)).unwrap_or_default();
        for (name, line) in names(&manifest) {
            if !name.starts_with("windlass") && !list.contains(&format!("`{name}`")) {
                findings.push(Finding { file: file.clone(), line, what: format!("{LIST} has no line for {name}") });
            }
        }
    }
    findings
}

/// The keys of every table of dependencies, and names of tables for one dependency.
pub(super) fn names(manifest: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut in_table = false;
    for (at, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            in_table = header.ends_with("dependencies");
            if let Some((_, name)) = header.split_once("dependencies.") {
                found.push((name.to_owned(), at + 1));
            }
        } else if let Some((key, _)) = line.split_once('=').filter(|_| in_table && !line.starts_with('#')) {
            let name = key.trim().split('.').next().unwrap_or_default();
            found.push((name.trim_matches('"').to_owned(), at + 1));
        }
    }
    found
}
