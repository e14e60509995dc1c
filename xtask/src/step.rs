//! Runs one command after the other and keeps count.

use std::process::Command;
use std::time::Instant;

/// The steps of a run: each is named, timed and counted; a failed one does not keep the next from running.
#[derive(Default)]
pub struct Steps {
    done: Vec<(String, bool, f32)>,
}

impl Steps {
    /// Runs a command from the workspace's root.
    pub fn run(&mut self, name: &str, command: &mut Command) {
        command.current_dir(crate::root());
        self.check(name, || match command.status() {
            Ok(status) => status.success(),
            Err(error) => {
                eprintln!("{:?}: {error}", command.get_program());
                false
            }
        });
    }

    /// Runs a check of our own.
    pub fn check(&mut self, name: &str, check: impl FnOnce() -> bool) {
        println!("\n==== {name}");
        let start = Instant::now();
        let ok = check();
        self.done.push((name.to_owned(), ok, start.elapsed().as_secs_f32()));
    }

    /// Prints what happened; whether all went well.
    pub fn summary(&self) -> bool {
        println!("\n==== summary");
        for (name, ok, seconds) in &self.done {
            println!("{:>4} {seconds:7.1} s  {name}", if *ok { "ok" } else { "FAIL" });
        }
        let failed = self.done.iter().filter(|(_, ok, _)| !ok).count();
        println!("steps: {} passed, {failed} failed", self.done.len() - failed);
        failed == 0
    }
}

/// `cargo` with these arguments, as words with spaces between.
pub fn cargo(arguments: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments.split_whitespace());
    command
}
