//! The command from end to end: what it prints, and its exit codes.

mod help;
mod inspect;
mod run;
mod validate;
mod wast;

use std::path::{Path, PathBuf};
use std::process::Command;

/// What a run of the command gave.
struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Said {
    /// Fails the test unless the exit code is this one.
    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails the test unless stdout is exactly this.
    #[track_caller]
    fn prints(self, stdout: &str) -> Self {
        assert_eq!(self.stdout, stdout, "\n--- stderr\n{}", self.stderr);
        self
    }

    /// Fails the test unless stdout has this text.
    #[track_caller]
    fn shows(self, part: &str) -> Self {
        assert!(self.stdout.contains(part), "no {part:?} in\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails the test unless stderr has this text.
    #[track_caller]
    fn complains(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "no {part:?} in\n{}", self.stderr);
        self
    }

    /// Fails the test if anything was written to stderr.
    #[track_caller]
    fn silent(self) -> Self {
        assert_eq!(self.stderr, "");
        self
    }
}

/// Runs the command from the workspace's root.
fn windlass<I: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = I>) -> Said {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_windlass")).args(arguments).current_dir(root).output().unwrap();
    Said {
        code: output.status.code().expect("it was ended by a signal"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A file of this name and content, where tests may write. Names are unique to the test.
fn file(name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// The text of a path, for arguments.
fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
