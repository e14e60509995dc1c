//! What went wrong, where, and who must act.

pub mod bug;
pub mod invalid;
pub mod link;
pub mod malformed;
pub mod misuse;
pub mod trap;

pub use bug::Bug;
pub(crate) use bug::bug;
pub use invalid::Invalid;
pub use link::Unlinkable;
pub use malformed::Malformed;
pub use misuse::Misuse;
pub use trap::Trap;

use crate::support::{Box, Limit, OutOfMemory, String, Vec};
use crate::syntax::{Features, FuncIdx};
use core::fmt;

/// Any failure of the engine, in one word.
///
/// Its [`kind`](Error::kind) says who must act. Making one needs memory for its details; when
/// there is none left, the error says [`ErrorKind::OutOfMemory`] instead.
pub struct Error(Option<Box<Detail>>);

/// The engine's results.
pub type Result<T, E = Error> = core::result::Result<T, E>;

const _: () = assert!(size_of::<Error>() == size_of::<usize>());

struct Detail {
    kind: ErrorKind,
    offset: Option<u32>,
    /// More about this one case, without the kind's own words.
    message: String,
    /// What was being done, innermost first.
    context: Vec<String>,
    backtrace: Vec<BacktraceFrame>,
}

/// The class of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not WebAssembly: their author must act.
    Malformed(Malformed),
    /// The bytes break a validation rule: their author must act.
    Invalid(Invalid),
    /// The bytes need a feature that is switched off: author or embedder.
    Disabled(Features),
    /// The bytes need a feature that this engine does not have yet.
    Unsupported(Features),
    /// An import is missing or of another type: author or embedder.
    Unlinkable(Unlinkable),
    /// The guest did what its semantics forbid.
    Trap(Trap),
    /// A guest's exception was not caught.
    UncaughtException,
    /// A configured limit was reached.
    Limit(Limit),
    /// The allocator had no memory left.
    OutOfMemory,
    /// The call ran out of fuel.
    OutOfFuel,
    /// The embedder used the engine against its contract.
    Misuse(Misuse),
    /// A host function failed; its message says why.
    Host,
    /// The engine is wrong.
    Bug(Bug),
}

/// One frame of a Wasm backtrace, innermost first.
#[derive(Debug)]
pub struct BacktraceFrame {
    /// The function, counted in its module.
    pub func: FuncIdx,
    /// Its name in the name section.
    pub name: Option<String>,
    /// The instruction, as an offset into the whole input.
    pub offset: u32,
}

impl Error {
    /// An error of this kind.
    #[cold]
    #[inline(never)]
    pub fn new(kind: ErrorKind) -> Self {
        let detail = Detail { kind, offset: None, message: String::new(), context: Vec::new(), backtrace: Vec::new() };
        Error(Box::new(detail).ok())
    }

    /// Malformed bytes at `offset`.
    #[cold]
    #[inline(never)]
    pub fn malformed(why: Malformed, offset: u32) -> Self {
        Self::new(ErrorKind::Malformed(why)).at(offset)
    }

    /// A broken validation rule at `offset`.
    #[cold]
    #[inline(never)]
    pub fn invalid(why: Invalid, offset: u32) -> Self {
        Self::new(ErrorKind::Invalid(why)).at(offset)
    }

    /// A failure of a host function, in its own words.
    #[cold]
    #[inline(never)]
    pub fn host(message: fmt::Arguments<'_>) -> Self {
        Self::new(ErrorKind::Host).saying(message)
    }

    /// The same error as one of another kind, for who looks at it from elsewhere.
    #[cold]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        if let Some(detail) = &mut self.0 {
            detail.kind = kind;
        }
        self
    }

    /// The same error at this byte of the input, unless it already has an offset.
    #[cold]
    #[inline(never)]
    pub fn at(mut self, offset: u32) -> Self {
        if let Some(detail) = &mut self.0 {
            detail.offset.get_or_insert(offset);
        }
        self
    }

    /// The same error with what is special about this case. The engine's own words are kept with the feature
    /// `messages` only.
    #[cfg(feature = "messages")]
    #[cold]
    pub fn with_message(self, message: fmt::Arguments<'_>) -> Self {
        self.saying(message)
    }

    /// The same error: without the feature `messages` the engine has no words of its own.
    #[cfg(not(feature = "messages"))]
    #[inline(always)]
    pub fn with_message(self, _: fmt::Arguments<'_>) -> Self {
        self
    }

    #[cold]
    fn saying(mut self, message: fmt::Arguments<'_>) -> Self {
        if let Some(detail) = &mut self.0
            && let Ok(text) = String::format(message)
        {
            detail.message = text;
        }
        self
    }

    /// The same error with what was being done when it happened.
    #[cold]
    pub fn context(mut self, doing: fmt::Arguments<'_>) -> Self {
        if let Some(detail) = &mut self.0
            && let Ok(text) = String::format(doing)
        {
            // Where memory is short the rest of the error still stands.
            let _ = detail.context.push(text);
        }
        self
    }

    /// The same error with the frames that were active, unless it already has some.
    #[cold]
    pub fn with_backtrace(mut self, frames: Vec<BacktraceFrame>) -> Self {
        if let Some(detail) = &mut self.0
            && detail.backtrace.is_empty()
        {
            detail.backtrace = frames;
        }
        self
    }

    /// Who must act.
    pub fn kind(&self) -> ErrorKind {
        self.0.as_ref().map_or(ErrorKind::OutOfMemory, |detail| detail.kind)
    }

    /// The trap, if it is one.
    pub fn trap(&self) -> Option<Trap> {
        match self.kind() {
            ErrorKind::Trap(trap) => Some(trap),
            _ => None,
        }
    }

    /// Where in the input, in bytes from its start.
    pub fn offset(&self) -> Option<u32> {
        self.0.as_ref().and_then(|detail| detail.offset)
    }

    /// What is special about this case; empty where the kind says it all.
    pub fn message(&self) -> &str {
        self.0.as_ref().map_or("", |detail| detail.message.as_str())
    }

    /// What was being done, innermost first.
    pub fn contexts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|detail| detail.context.iter().map(String::as_str))
    }

    /// The frames that were active at a trap, innermost first.
    pub fn backtrace(&self) -> &[BacktraceFrame] {
        self.0.as_ref().map_or(&[], |detail| &detail.backtrace)
    }
}

impl From<OutOfMemory> for Error {
    #[cold]
    fn from(_: OutOfMemory) -> Self {
        Error(None)
    }
}

impl From<Trap> for Error {
    #[cold]
    fn from(trap: Trap) -> Self {
        Error::new(ErrorKind::Trap(trap))
    }
}

impl From<Limit> for Error {
    #[cold]
    fn from(limit: Limit) -> Self {
        Error::new(ErrorKind::Limit(limit))
    }
}

impl From<Misuse> for Error {
    #[cold]
    fn from(misuse: Misuse) -> Self {
        Error::new(ErrorKind::Misuse(misuse))
    }
}

impl From<Bug> for Error {
    #[cold]
    fn from(bug: Bug) -> Self {
        Error::new(ErrorKind::Bug(bug))
    }
}

impl From<Unlinkable> for Error {
    #[cold]
    fn from(why: Unlinkable) -> Self {
        Error::new(ErrorKind::Unlinkable(why))
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErrorKind::Malformed(why) => why.fmt(f),
            ErrorKind::Invalid(why) => why.fmt(f),
            ErrorKind::Disabled(feature) => requires(f, feature, "which is switched off"),
            ErrorKind::Unsupported(feature) => requires(f, feature, "which is not supported yet"),
            ErrorKind::Unlinkable(why) => why.fmt(f),
            ErrorKind::Trap(trap) => trap.fmt(f),
            ErrorKind::UncaughtException => f.write_str("uncaught exception"),
            #[cfg(feature = "messages")]
            ErrorKind::Limit(limit) => write!(f, "limit reached: {} ({})", limit.name(), limit.unit()),
            #[cfg(not(feature = "messages"))]
            ErrorKind::Limit(limit) => write!(f, "limit {}", *limit as u32),
            ErrorKind::OutOfMemory => OutOfMemory.fmt(f),
            ErrorKind::OutOfFuel => f.write_str("out of fuel"),
            ErrorKind::Misuse(misuse) => misuse.fmt(f),
            ErrorKind::Host => f.write_str("host function failed"),
            ErrorKind::Bug(bug) => bug.fmt(f),
        }
    }
}

fn requires(f: &mut fmt::Formatter<'_>, feature: &Features, but: &str) -> fmt::Result {
    f.write_str("requires ")?;
    f.write_str(feature.name())?;
    f.write_str(", ")?;
    f.write_str(but)
}

/// The outermost context, then inward, then kind, message and offset; `{:#}` adds the backtrace.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(detail) = &self.0 else { return OutOfMemory.fmt(f) };
        let mut contexts = detail.context.iter().rev().peekable();
        while let Some(context) = contexts.next() {
            f.write_str(context)?;
            // Steps into a value make a path: `param person.name`.
            if !contexts.peek().is_some_and(|next| matches!(next.as_bytes(), [b'.' | b'[', ..])) {
                f.write_str(": ")?;
            }
        }
        detail.kind.fmt(f)?;
        if !detail.message.is_empty() {
            f.write_str(": ")?;
            f.write_str(&detail.message)?;
        }
        if let Some(offset) = detail.offset {
            write!(f, " (at offset 0x{offset:x})")?;
        }
        if f.alternate() {
            for (depth, frame) in detail.backtrace.iter().enumerate() {
                write!(f, "\n  {depth}: 0x{:x} func[{}]", frame.offset, frame.func)?;
                if let Some(name) = &frame.name {
                    f.write_str(" ")?;
                    f.write_str(name)?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

impl core::error::Error for Error {}

#[cfg(all(test, not(feature = "messages")))]
mod tests;
