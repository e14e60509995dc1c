//! Files and functions stay small enough to be read at once.

use super::source::{Source, is_punct, is_word};
use super::{Finding, ratchet};
use proc_macro2::{Delimiter, TokenTree};

const FILE_LINES: usize = 600;
const FUNCTION_LINES: usize = 70;

/// Files that are tables: long because there is much of one kind.
const TABLES: &[&str] = &["src/syntax/instr.rs"];

/// Finds files and functions above their size, tests aside.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let code = || sources.iter().filter(|source| !source.is_test());
    let files = code().filter(|source| !TABLES.contains(&source.path.as_str())).filter_map(long_file);
    let mut findings = ratchet::apply("long_files.txt", files.collect());
    findings.extend(ratchet::apply("long_functions.txt", code().flat_map(long_functions).collect()));
    findings
}

pub(super) fn long_file(source: &Source) -> Option<(String, Finding)> {
    let lines = source.text.lines().count();
    let what = || format!("the file has {lines} lines, more than {FILE_LINES}");
    (lines > FILE_LINES).then(|| (source.path.clone(), Finding::new(source, lines, what())))
}

pub(super) fn long_functions(source: &Source) -> Vec<(String, Finding)> {
    let mut found = Vec::new();
    source.walk(&mut |tokens, place| {
        let [first, TokenTree::Ident(name), rest @ ..] = tokens else { return };
        if place.in_test || !is_word(first, "fn") {
            return;
        }
        let Some(lines) = body_end(rest).map(|end| end + 1 - first.span().start().line) else { return };
        if lines > FUNCTION_LINES {
            let what = format!("the function {name} has {lines} lines, more than {FUNCTION_LINES}");
            found.push((format!("{} {name}", source.path), Finding::new(source, first.span().start().line, what)));
        }
    });
    found
}

/// The line of the closing brace; none where a trait only declares the function.
fn body_end(tokens: &[TokenTree]) -> Option<usize> {
    let end = tokens.iter().find(|token| {
        is_punct(token, ';') || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
    })?;
    match end {
        TokenTree::Group(group) => Some(group.span_close().end().line),
        _ => None,
    }
}
