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
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Unlinkable::UnknownImport => "unknown import",
            Unlinkable::IncompatibleType => "incompatible import type",
        })
    }
}
