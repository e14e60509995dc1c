//! A string whose growth can fail.

use super::OutOfMemory;
use core::fmt;
use core::ops::Deref;

/// The string of the standard library, for the embedder's own values.
pub type Std = alloc::string::String;

/// Growable UTF-8 text.
#[derive(Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct String(Std);

impl String {
    /// An empty string; allocates nothing.
    pub const fn new() -> Self {
        Self(Std::new())
    }

    /// A copy of `text`.
    pub fn from_text(text: &str) -> Result<Self, OutOfMemory> {
        let mut copy = Std::new();
        copy.try_reserve_exact(text.len()).map_err(|_| OutOfMemory)?;
        copy.push_str(text);
        Ok(Self(copy))
    }

    /// What `format_args!` describes, or as much of it as memory allows.
    pub fn format(args: fmt::Arguments<'_>) -> Result<Self, OutOfMemory> {
        let mut text = Self::new();
        fmt::write(&mut text, args).map_err(|_| OutOfMemory)?;
        Ok(text)
    }

    /// Appends `text`.
    pub fn push_str(&mut self, text: &str) -> Result<(), OutOfMemory> {
        self.0.try_reserve(text.len()).map_err(|_| OutOfMemory)?;
        self.0.push_str(text);
        Ok(())
    }

    /// The bytes of the text.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The string of the standard library, whose growth aborts: for handing text to the host.
    pub fn into_inner(self) -> Std {
        self.0
    }

    /// A copy.
    pub fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Self::from_text(self)
    }
}

impl From<Std> for String {
    fn from(text: Std) -> Self {
        Self(text)
    }
}

impl fmt::Write for String {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text).map_err(|_| fmt::Error)
    }
}

impl Deref for String {
    type Target = str;
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for String {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for String {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}
