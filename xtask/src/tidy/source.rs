//! The project's Rust files as tokens, walked with what a check needs to know about each place.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use std::process::Command;

/// One file.
pub struct Source {
    /// From the root, with `/` between.
    pub path: String,
    /// As written.
    pub text: String,
    tokens: TokenStream,
}

/// Where in a file a walk is.
#[derive(Clone, Copy)]
pub struct Place {
    /// Inline modules around it.
    pub inline_depth: usize,
    /// Whether it is compiled for tests only.
    pub in_test: bool,
}

/// Every Rust file that is, or is about to be, under version control.
pub fn all() -> Result<Vec<Source>, String> {
    let mut sources = Vec::new();
    for path in tracked(&["*.rs"])? {
        let text = std::fs::read_to_string(crate::root().join(&path)).map_err(|error| format!("{path}: {error}"))?;
        sources.push(Source::new(&path, text)?);
    }
    if sources.is_empty() { Err("found no Rust files".into()) } else { Ok(sources) }
}

/// The files that git knows, or would add, whose names fit.
pub fn tracked(patterns: &[&str]) -> Result<Vec<String>, String> {
    let mut command = Command::new("git");
    command.args(["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--"]).args(patterns);
    let output = command.current_dir(crate::root()).output().map_err(|error| format!("git: {error}"))?;
    let names = String::from_utf8_lossy(&output.stdout);
    let there = |path: &&str| crate::root().join(path).is_file();
    Ok(names.lines().filter(there).map(str::to_owned).collect())
}

impl Source {
    /// A file of this text.
    pub fn new(path: &str, text: String) -> Result<Self, String> {
        let tokens = text.parse().map_err(|error| format!("{path}: {error}"))?;
        Ok(Source { path: path.to_owned(), text, tokens })
    }

    /// Whether the whole file is test code.
    pub fn is_test(&self) -> bool {
        let file = self.path.rsplit('/').next().unwrap_or_default();
        let in_tests = self.path.split('/').any(|part| part == "tests");
        in_tests || file == "tests.rs"
    }

    /// Its layer of the engine: the folder under `src/`.
    pub fn layer(&self) -> Option<&str> {
        let rest = self.path.strip_prefix("src/")?;
        Some(rest.split_once('/')?.0)
    }

    /// Modules around the file's own items: 1 for `src/exec/mod.rs`, 2 for `src/exec/frame.rs`.
    pub fn module_depth(&self) -> usize {
        let steps = self.path.matches('/').count();
        if self.path.ends_with("/mod.rs") { steps - 1 } else { steps }
    }

    /// Calls `visit` with every position in every token sequence, as the tokens from there on.
    pub fn walk(&self, visit: &mut dyn FnMut(&[TokenTree], Place)) {
        let place = Place { inline_depth: 0, in_test: self.is_test() };
        walk(self.tokens.clone(), place, visit);
    }
}

fn walk(tokens: TokenStream, place: Place, visit: &mut dyn FnMut(&[TokenTree], Place)) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    // Set by `#[cfg(test)]`, until the item it stands before is over.
    let mut test_item = false;
    for at in 0..tokens.len() {
        let here = Place { in_test: place.in_test || test_item, ..place };
        visit(&tokens[at..], here);
        match &tokens[at] {
            TokenTree::Group(group) => {
                test_item |= is_cfg_test(group);
                let is_module = at >= 2 && is_word(&tokens[at - 2], "mod") && group.delimiter() == Delimiter::Brace;
                walk(group.stream(), Place { inline_depth: here.inline_depth + usize::from(is_module), ..here }, visit);
                test_item &= group.delimiter() != Delimiter::Brace;
            }
            TokenTree::Punct(punct) => test_item &= punct.as_char() != ';',
            _ => {}
        }
    }
}

fn is_cfg_test(group: &Group) -> bool {
    group.delimiter() == Delimiter::Bracket && group.stream().to_string().replace(' ', "") == "cfg(test)"
}

/// Whether a token is this identifier.
pub fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

/// Whether a token is this character.
pub fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// What follows `::` at the start of `tokens`: one name, or those that a group begins with.
pub fn names_after_colons(tokens: &[TokenTree]) -> Vec<(String, usize)> {
    match tokens {
        [first, second, rest @ ..] if is_punct(first, ':') && is_punct(second, ':') => first_names(rest),
        _ => Vec::new(),
    }
}

fn first_names(tokens: &[TokenTree]) -> Vec<(String, usize)> {
    match tokens.first() {
        Some(TokenTree::Ident(ident)) => vec![(ident.to_string(), ident.span().start().line)],
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            let inside: Vec<TokenTree> = group.stream().into_iter().collect();
            inside.split(|token| is_punct(token, ',')).flat_map(first_names).collect()
        }
        _ => Vec::new(),
    }
}
