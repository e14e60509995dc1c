//! What an embedder must not do.

/// How the embedder used the engine against its contract. The call had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// A handle of another store, or of none.
    WrongStore,
    /// Arguments of another number or type than the function's parameters.
    ArgumentTypes,
    /// Fewer or more places for results than the function has.
    ResultCount,
    /// Fuel of a store whose engine does not count any.
    NoFuel,
    /// A name that the instance does not export, or another kind of item than asked for.
    UnknownExport,
    /// A name defined twice in a linker.
    DuplicateName,
    /// A value of another type than the global, table or memory holds.
    ValueType,
    /// A memory of a type that no module may have.
    MemoryType,
    /// An index past the end of a table or memory.
    OutOfBounds,
    /// A component where a module was expected, or the reverse.
    Layer,
    /// A call that was resumed although it was not paused, or the reverse.
    NotPaused,
    /// A result that was not read before the next call.
    UnfinishedCall,
    /// A reference whose scope has ended.
    Unrooted,
    /// A function of the host that is not ready, called by who cannot wait for it.
    CannotWait,
    /// A result that was taken before.
    ResultTaken,
    /// The writable end of a future closed before the value was written.
    FutureNotWritten,
    /// A resource that the host has given away, dropped, or was lent for a call that is over.
    StaleResource,
    /// A resource given away or dropped while it is lent, or that the host does not own.
    ResourceLent,
    /// A resource of another type than the function takes.
    ResourceType,
}

impl core::fmt::Display for Misuse {
    #[cfg(feature = "messages")]
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Misuse::WrongStore => "handle belongs to another store",
            Misuse::ArgumentTypes => "arguments do not fit the function's parameters",
            Misuse::ResultCount => "room for results does not fit the function's results",
            Misuse::NoFuel => "fuel is not switched on",
            Misuse::UnknownExport => "no such export",
            Misuse::DuplicateName => "name is already defined",
            Misuse::ValueType => "value has another type",
            Misuse::MemoryType => "memory type is not valid",
            Misuse::OutOfBounds => "index out of bounds",
            Misuse::Layer => "a component cannot stand for a module, nor a module for a component",
            Misuse::NotPaused => "call is not paused",
            Misuse::UnfinishedCall => "another call is not finished",
            Misuse::Unrooted => "the scope of the reference has ended",
            Misuse::CannotWait => "a function of the host is not ready, and this call cannot wait for it",
            Misuse::ResultTaken => "the result was taken before",
            Misuse::FutureNotWritten => "a future's writer is closed before the value was written",
            Misuse::StaleResource => "resource is no longer the host's",
            Misuse::ResourceLent => "resource is lent, or not owned by the host",
            Misuse::ResourceType => "resource has another type",
        })
    }

    // Its number in the table.
    #[cfg(not(feature = "messages"))]
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "misuse {}", *self as u32)
    }
}
