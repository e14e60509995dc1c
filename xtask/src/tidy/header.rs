//! Every file says at its top what its job is.

use super::Finding;
use super::source::Source;

/// Finds files that do not open with `//!`.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let silent = |source: &&Source| !source.text.starts_with("//!");
    let finding = |source| Finding::new(source, 1, "the file does not open with `//!` and its job".into());
    sources.iter().filter(silent).map(finding).collect()
}
