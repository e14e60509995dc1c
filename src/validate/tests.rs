//! Rules as data: a module in text, and what the validator says of it.

mod body;
mod hostile;
mod module;
mod proposals;
mod side_table;

use super::module_of_any_feature;
use crate::error::{Error, Result};
use crate::image::Module;
use crate::support::Limits;
use crate::syntax::Features;
use std::string::{String, ToString};
use std::vec::Vec;

const FEATURES: Features = Features::WASM3
    .union(Features::WIDE_ARITHMETIC)
    .union(Features::CUSTOM_PAGE_SIZES)
    .union(Features::COMPACT_IMPORTS)
    .union(Features::THREADS);

fn encode(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

fn judge(text: &str) -> Result<Module> {
    module_of_any_feature(&encode(text), FEATURES, &Limits::HOST)
}

/// The error's text, or nothing.
fn said(found: Result<Module>) -> String {
    found.err().map(|error: Error| error.to_string()).unwrap_or_default()
}

/// Checks a module: `""` where it is valid, or else how the error's text begins.
#[track_caller]
fn check(text: &str, expect: &str) {
    let found = said(judge(text));
    let same = if expect.is_empty() { found.is_empty() } else { found.starts_with(expect) };
    assert!(same, "{text}\n expected {expect:?}\n    found {found:?}");
}
