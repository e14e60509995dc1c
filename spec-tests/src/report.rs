//! What came of a run: counts, failures, a table for people and JSON for programs.

use crate::features;
use serde_json::{Value, json};
use std::fmt::Write as _;
use windlass::syntax::Features;

/// One directive that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its line, counted from 1.
    pub line: usize,
    /// Its column, counted from 1.
    pub column: usize,
    /// Its keyword, such as `assert_return`.
    pub directive: &'static str,
    /// What was wrong.
    pub message: String,
    /// Whether it is a fault of the engine's whatever is expected: a panic, or something left over in the store.
    pub is_fault: bool,
}

/// What came of one file. `passed` and the failures together are the directives of the file.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// The file's name.
    pub path: String,
    /// With which features it ran.
    pub features: Features,
    /// Features of its header that the engine does not know.
    pub unknown_features: Vec<String>,
    /// How many directives passed.
    pub passed: usize,
    /// The ones that did not.
    pub failures: Vec<Failure>,
    /// Refused inputs whose kind of error is the one that the suite's phrase means.
    pub kinds_agree: usize,
    /// Refused inputs whose kind is another one.
    pub kinds_differ: usize,
}

impl FileReport {
    /// How many directives failed.
    pub fn failed(&self) -> usize {
        self.failures.len()
    }

    fn to_json(&self) -> Value {
        let failures: Vec<Value> = self
            .failures
            .iter()
            .map(|failure| {
                json!({
                    "line": failure.line,
                    "column": failure.column,
                    "directive": failure.directive,
                    "message": failure.message,
                })
            })
            .collect();
        let mut names: Vec<&str> = features::names(self.features);
        names.extend(self.unknown_features.iter().map(String::as_str));
        json!({
            "path": self.path,
            "features": names,
            "passed": self.passed,
            "failed": self.failed(),
            "failures": failures,
        })
    }
}

/// What came of a run over several files.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One entry a file, in the order in which they ran.
    pub files: Vec<FileReport>,
}

impl Report {
    /// How many directives passed.
    pub fn passed(&self) -> usize {
        self.files.iter().map(|file| file.passed).sum()
    }

    /// How many directives failed.
    pub fn failed(&self) -> usize {
        self.files.iter().map(FileReport::failed).sum()
    }

    /// The whole report for programs.
    pub fn to_json(&self) -> Value {
        let files: Vec<Value> = self.files.iter().map(FileReport::to_json).collect();
        json!({ "total": { "passed": self.passed(), "failed": self.failed() }, "files": files })
    }

    /// A line for every failed directive.
    pub fn failures(&self) -> String {
        let mut text = String::new();
        for file in &self.files {
            for failure in &file.failures {
                let Failure { line, column, directive, message, .. } = failure;
                // Writing to a string does not fail.
                let _ = writeln!(text, "{}:{line}:{column}: {directive}: {message}", file.path);
            }
        }
        text
    }

    /// A table with a row for every file that has failures, and the sums.
    pub fn summary(&self) -> String {
        let failing: Vec<&FileReport> = self.files.iter().filter(|file| file.failed() > 0).collect();
        let width = failing.iter().map(|file| file.path.len()).chain(["all files".len()]).max().unwrap_or(0);
        let mut text = format!("{:width$}  {:>7}  {:>7}\n", "file", "passed", "failed");
        let mut row = |name: &str, passed: usize, failed: usize| {
            let _ = writeln!(text, "{name:width$}  {passed:>7}  {failed:>7}");
        };
        for file in &failing {
            row(&file.path, file.passed, file.failed());
        }
        row("all files", self.passed(), self.failed());
        let agree: usize = self.files.iter().map(|file| file.kinds_agree).sum();
        let differ: usize = self.files.iter().map(|file| file.kinds_differ).sum();
        let _ = writeln!(
            text,
            "{} files, {} without failure; of {} refusals with a phrase of the core specification, {agree} agree in kind",
            self.files.len(),
            self.files.len() - failing.len(),
            agree + differ,
        );
        text
    }
}
