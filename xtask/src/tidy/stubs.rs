//! Nothing pretends to be there.

use super::Finding;
use super::source::{Source, is_punct};
use proc_macro2::TokenTree;

const STUBS: &[&str] = &["todo", "unimplemented"];

/// Finds macros that stand for code to come.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        source.walk(&mut |tokens, _| {
            if let [TokenTree::Ident(name), bang, TokenTree::Group(_), ..] = tokens
                && is_punct(bang, '!')
                && STUBS.iter().any(|stub| name == stub)
            {
                findings.push(Finding::new(source, name.span().start().line, format!("`{name}!`")));
            }
        });
    }
    findings
}
