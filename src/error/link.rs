//! Why an import could not be satisfied.

/// Why an import could not be satisfied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unlinkable {
    /// Nobody provides it.
    UnknownImport,
    /// What is provided is of another kind or type.
    IncompatibleType,
}

impl core::fmt::Display for Unlinkable {
    #[cfg(feature = "messages")]
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Unlinkable::UnknownImport => "unknown import",
            Unlinkable::IncompatibleType => "incompatible import type",
        })
    }

    // Its number in the table.
    #[cfg(not(feature = "messages"))]
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "unlinkable {}", *self as u32)
    }
}
