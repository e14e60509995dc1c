//! Every trap has a test that names it.

use super::source::{Source, is_word, names_after_colons};
use super::{Finding, ratchet};
use std::collections::BTreeSet;

const TABLE: &str = "src/error/trap.rs";

/// Finds variants of `Trap` that no test mentions.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let Some(table) = sources.iter().find(|source| source.path == TABLE) else {
        return vec![Finding { file: TABLE.into(), line: 1, what: "the table of traps is gone".into() }];
    };
    ratchet::apply("untested_traps.txt", untested(table, sources))
}

/// The variants that nothing compiled for tests only names.
pub(super) fn untested(table: &Source, sources: &[Source]) -> Vec<(String, Finding)> {
    let mut named = BTreeSet::new();
    for source in sources {
        source.walk(&mut |tokens, place| {
            if let (true, [first, rest @ ..]) = (place.in_test, tokens)
                && is_word(first, "Trap")
            {
                named.extend(names_after_colons(rest).into_iter().map(|(name, _)| name));
            }
        });
    }
    let untested = variants(table).into_iter().filter(|(name, _)| !named.contains(name));
    let finding = |(name, line)| {
        let what = format!("no test names the trap {name}");
        (String::clone(&name), Finding::new(table, line, what))
    };
    untested.map(finding).collect()
}

/// The rows of the table: `Name = "text";` or `Name { fields } = "text";`.
fn variants(table: &Source) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (at, line) in table.text.lines().enumerate() {
        let row = line.trim();
        let name: String = row.chars().take_while(char::is_ascii_alphanumeric).collect();
        if name.starts_with(|first: char| first.is_ascii_uppercase()) && row.contains(" = \"") && row.ends_with(';') {
            found.push((name, at + 1));
        }
    }
    found
}
