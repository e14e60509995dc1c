//! A string whose growth can fail.

use super::{OutOfMemory, Vec};
use core::fmt;
use core::ops::Deref;

/// The string of the standard library, for the embedder's own values.
pub type Std = alloc::string::String;

/// Growable UTF-8 text.
#[derive(Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct String(Vec<u8>);

impl String {
    /// An empty string; allocates nothing.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// A copy of `text`.
    pub fn from_text(text: &str) -> Result<Self, OutOfMemory> {
        Vec::from_slice(text.as_bytes()).map(Self)
    }

    /// What `format_args!` describes, or as much of it as memory allows.
    pub fn format(args: fmt::Arguments<'_>) -> Result<Self, OutOfMemory> {
        let mut text = Self::new();
        fmt::write(&mut text, args).map_err(|_| OutOfMemory)?;
        Ok(text)
    }

    /// Appends `text`.
    pub fn push_str(&mut self, text: &str) -> Result<(), OutOfMemory> {
        self.0.extend_from_slice(text.as_bytes())
    }

    /// The bytes of the text.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        // Only whole `str`s are ever appended.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The string of the standard library, whose growth aborts: for handing text to the host.
    pub fn into_inner(self) -> alloc::string::String {
        // Only whole `str`s are ever appended, so nothing is replaced and nothing allocated.
        alloc::string::String::from_utf8(self.0.into_inner()).unwrap_or_default()
    }

    /// A copy.
    pub fn try_clone(&self) -> Result<Self, OutOfMemory> {
        self.0.try_clone().map(Self)
    }
}

impl From<alloc::string::String> for String {
    fn from(text: alloc::string::String) -> Self {
        Self(Vec::from(text.into_bytes()))
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
