//! Lists of exceptions that only shrink.

use super::Finding;

/// Takes away what the list excuses; adds a finding for every line of the list that excuses nothing.
///
/// A line is the exception's key; what follows ` # ` is its reason.
pub fn apply(list: &str, found: Vec<(String, Finding)>) -> Vec<Finding> {
    let path = format!("xtask/tidy/{list}");
    let text = std::fs::read_to_string(crate::root().join(&path)).unwrap_or_default();
    let mut findings = Vec::new();
    let mut excused = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let key = line.split(" # ").next().unwrap_or_default().trim();
        if !found.iter().any(|(name, _)| name == key) {
            let what = format!("'{key}' needs no exception any more: take the line away");
            findings.push(Finding { file: path.clone(), line: at + 1, what });
        }
        excused.push(key);
    }
    let left = found.into_iter().filter(|(name, _)| !excused.contains(&name.as_str()));
    findings.extend(left.map(|(_, finding)| finding));
    findings
}
