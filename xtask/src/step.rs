//! Runs one command after the other and keeps count.

use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

/// The steps of a run: each is named, timed and counted; a failed one does not keep the next from running.
#[derive(Default)]
pub struct Steps {
    done: Vec<(String, bool, f32)>,
    /// Whether what a command says is shown in one piece, once it has ended.
    in_one_piece: bool,
}

impl Steps {
    /// Steps beside which others run: what they say does not mix.
    pub fn beside_others() -> Self {
        Self { in_one_piece: true, ..Self::default() }
    }

    /// Runs a command from the workspace's root.
    pub fn run(&mut self, name: &str, command: &mut Command) {
        command.current_dir(crate::root());
        let in_one_piece = self.in_one_piece;
        self.check(name, || match if in_one_piece { in_turn(name, command) } else { command.status() } {
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

    /// Adds what another run did.
    pub fn append(&mut self, mut other: Steps) {
        self.done.append(&mut other.done);
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

/// Runs a command and shows what it said when it has ended.
fn in_turn(name: &str, command: &mut Command) -> std::io::Result<ExitStatus> {
    let output = command.stdin(Stdio::null()).output()?;
    let [said, complained] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    println!("\n==== {name} has ended: {}\n{complained}{said}", output.status);
    Ok(output.status)
}

/// `cargo` with these arguments, as words with spaces between.
pub fn cargo(arguments: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments.split_whitespace());
    command
}
