//! The engine allocates through `support` only, and does not know `std`.

use super::source::{Source, is_word, names_after_colons};
use super::{Finding, ratchet};

/// What `alloc` has that neither allocates nor aborts when memory is gone.
const HARMLESS: &[&str] = &["rc", "sync"];

/// Finds `alloc::…` and `std::…` in the engine outside of `support` and of tests.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    ratchet::apply("doors.txt", ways_around(sources))
}

pub(super) fn ways_around(sources: &[Source]) -> Vec<(String, Finding)> {
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| source.layer().is_some_and(|layer| layer != "support")) {
        source.walk(&mut |tokens, place| {
            let [first, rest @ ..] = tokens else { return };
            if place.in_test || !(is_word(first, "alloc") || is_word(first, "std")) {
                return;
            }
            for (name, line) in names_after_colons(rest) {
                if is_word(first, "std") || !HARMLESS.contains(&name.as_str()) {
                    let what = format!("'{first}::{name}' in the engine; use what `support` has");
                    findings.push((format!("{} {first}::{name}", source.path), Finding::new(source, line, what)));
                }
            }
        });
    }
    findings
}
