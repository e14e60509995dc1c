//! Each check finds what it is for, and leaves the rest alone.

use super::source::Source;
use super::{Finding, dependencies, door, header, layers, paths, sizes, stubs, traps};

fn source(path: &str, text: &str) -> Source {
    Source::new(path, text.to_owned()).unwrap()
}

fn count(check: fn(&[Source]) -> Vec<Finding>, path: &str, text: &str) -> usize {
    let front = source("src/lib.rs", "//! x\npub use error::{Error, Trap};\npub use api::Engine;");
    check(&[front, source(path, text)]).len()
}

#[test]
fn layers_used_upwards() {
    for (path, text, found) in [
        ("src/exec/frame.rs", "use crate::store::Store;", 0),
        ("src/exec/frame.rs", "use crate::component::Run;", 1),
        ("src/exec/frame.rs", "use crate::{error::Trap, api::{Engine, Store}, support::Vec};", 1),
        ("src/exec/frame.rs", "fn f() -> crate::api::Engine { crate::api::Engine::new() }", 2),
        ("src/exec/frame.rs", "macro_rules! m { () => { $crate::api::Engine } }", 1),
        ("src/exec/frame.rs", "use crate::Engine;", 1),
        ("src/support/vec.rs", "use crate::Error;", 1),
        ("src/binary/reader.rs", "use crate::Error;", 0),
        ("src/exec/frame.rs", "use super::super::api::Engine;", 1),
        ("src/exec/mod.rs", "use super::api::Engine;", 1),
        ("src/exec/frame.rs", "use super::api::Engine;", 0),
        ("src/exec/frame.rs", "mod inner { use super::super::super::api::Engine; }", 1),
        ("src/exec/tests.rs", "use crate::api::Engine;", 1),
        ("src/extra/mod.rs", "", 1),
        ("cli/src/main.rs", "use crate::api::Engine;", 0),
    ] {
        assert_eq!(count(layers::check, path, text), found, "{path}: {text}");
    }
}

#[test]
fn ways_around_support() {
    for (path, text, found) in [
        ("src/exec/frame.rs", "use alloc::vec::Vec;", 1),
        ("src/exec/frame.rs", "use alloc::{vec::Vec, sync::Arc};", 1),
        ("src/exec/frame.rs", "use std::collections::HashMap;", 1),
        ("src/exec/frame.rs", "#[cfg(test)] mod tests { use std::vec::Vec; } use alloc::vec;", 1),
        ("src/support/vec.rs", "use alloc::vec::Vec;", 0),
        ("src/exec/tests.rs", "use std::vec::Vec;", 0),
        ("cli/src/main.rs", "use std::vec::Vec;", 0),
    ] {
        assert_eq!(door::ways_around(&[source(path, text)]).len(), found, "{path}: {text}");
    }
}

#[test]
fn stubs_and_headers() {
    assert_eq!(count(stubs::check, "cli/src/a.rs", "fn f() { todo!() } fn g() { unimplemented![] }"), 2);
    assert_eq!(count(stubs::check, "cli/src/a.rs", "const TODO: &str = \"todo!()\"; // todo!()"), 0);
    assert_eq!(count(header::check, "cli/src/a.rs", "// not a header\n//! late"), 1);
    assert_eq!(count(header::check, "cli/src/a.rs", "//! Its job."), 0);
}

#[test]
fn long_files_and_functions() {
    let lines = |count: usize| "    f();\n".repeat(count);
    let function = |body: usize| format!("//! x\nimpl A {{\nfn f(\n) -> u32 {{\n{}}}\n}}", lines(body));
    assert!(sizes::long_functions(&source("cli/src/a.rs", &function(67))).is_empty());
    assert_eq!(sizes::long_functions(&source("cli/src/a.rs", &function(68))).len(), 1);
    assert!(sizes::long_functions(&source("cli/tests/a.rs", &function(68))).is_empty());
    assert!(sizes::long_file(&source("cli/src/a.rs", &"\n".repeat(600))).is_none());
    assert!(sizes::long_file(&source("cli/src/a.rs", &"\n".repeat(601))).is_some());
}

#[test]
fn traps_without_a_test() {
    let table = "//! x\ntraps! {\n    /// Doc.\n    One = \"one\";\n    Two { index: u32 } = \"two {index}\";\n}";
    let table = || source("src/error/trap.rs", table);
    let untested = |path: &str, text: &str| {
        let found = traps::untested(&table(), &[table(), source(path, text)]);
        found.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(untested("src/exec/a.rs", "fn f() { Trap::One; Trap::Two }"), ["One", "Two"]);
    assert_eq!(untested("src/exec/a.rs", "#[cfg(test)] mod tests { fn f() { Trap::One } } fn g() { Two }"), ["Two"]);
    assert!(untested("tests/it/trap.rs", "fn f() { Trap::One; Trap::Two { index: 1 } }").is_empty());
}

#[test]
fn absolute_paths() {
    let folder = "root";
    for (line, found) in [("cd /F/x", true), ("\"/F/x\"", true), ("../F/x", false), ("a/F/x", false)] {
        assert_eq!(paths::names_folder(&line.replace('F', folder), folder), found, "{line}");
    }
}

#[test]
fn names_of_dependencies() {
    let manifest = "[package]\nname = \"x\"\n[dependencies]\na = \"1\"\n# no = 1\nb.workspace = true\n\
        [target.'cfg(x)'.dev-dependencies]\nc = { version = \"1\" }\n[dependencies.d]\nversion = \"1\"\n[lints]\ne = 1";
    let names: Vec<String> = dependencies::names(manifest).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
}
