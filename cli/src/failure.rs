//! Why the command failed, as it is told to a person.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

/// A failure: what was being done, why it did not work, and what may help.
#[derive(Debug)]
pub struct Failure {
    usage: bool,
    /// What was being done, outermost first, then the cause.
    chain: Vec<String>,
    offset: Option<u32>,
    backtrace: Vec<String>,
    /// Text below the error: lists of names, types, a quoted line.
    notes: Vec<String>,
}

impl Failure {
    /// The input or the guest is wrong: exit code 1.
    pub fn new(message: impl fmt::Display) -> Self {
        let chain = vec![message.to_string()];
        Failure { usage: false, chain, offset: None, backtrace: Vec::new(), notes: Vec::new() }
    }

    /// The command line is wrong: exit code 2.
    pub fn usage(message: impl fmt::Display) -> Self {
        Failure { usage: true, ..Failure::new(message) }
    }

    /// A file or folder could not be read or written.
    pub fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Failure::new(error).while_(format_args!("{doing} {}", path.display()))
    }

    /// The same failure with what was being done when it happened.
    pub fn while_(mut self, doing: impl fmt::Display) -> Self {
        self.chain.insert(0, doing.to_string());
        self
    }

    /// The same failure with more text below it.
    pub fn note(mut self, note: impl fmt::Display) -> Self {
        self.notes.push(note.to_string());
        self
    }

    /// Whether the command line is to blame.
    pub fn is_usage(&self) -> bool {
        self.usage
    }

    /// 1, or 2 where the command line is to blame.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(if self.usage { 2 } else { 1 })
    }
}

impl From<windlass::Error> for Failure {
    fn from(error: windlass::Error) -> Self {
        let kind = match error.kind() {
            windlass::ErrorKind::Trap(trap) => format!("trap: {trap}"),
            windlass::ErrorKind::Malformed(why) => format!("malformed: {why}"),
            windlass::ErrorKind::Invalid(why) => format!("invalid: {why}"),
            windlass::ErrorKind::Unlinkable(why) => format!("unlinkable: {why}"),
            other => other.to_string(),
        };
        let cause = if error.message().is_empty() { kind } else { format!("{kind}: {}", error.message()) };
        let mut chain: Vec<String> = error.contexts().map(str::to_owned).collect();
        chain.reverse();
        chain.push(cause);
        let backtrace = error.backtrace().iter().map(frame).collect();
        Failure { usage: false, chain, offset: error.offset(), backtrace, notes: Vec::new() }
    }
}

fn frame(frame: &windlass::error::BacktraceFrame) -> String {
    let name = frame.name.as_ref().map_or("<unnamed>", |name| name.as_str());
    format!("0x{:04x} func[{}] {name}", frame.offset, frame.func)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, link) in self.chain.iter().enumerate() {
            let lead = if depth == 0 { "error:" } else { "  caused by:" };
            writeln!(f, "{lead} {link}")?;
        }
        if let Some(offset) = self.offset {
            writeln!(f, "  at: byte offset 0x{offset:x} ({offset})")?;
        }
        if !self.backtrace.is_empty() {
            writeln!(f, "  wasm backtrace, innermost first:")?;
        }
        for (depth, frame) in self.backtrace.iter().enumerate() {
            writeln!(f, "    {depth}: {frame}")?;
        }
        for note in &self.notes {
            for line in note.lines() {
                writeln!(f, "  {line}")?;
            }
        }
        Ok(())
    }
}
