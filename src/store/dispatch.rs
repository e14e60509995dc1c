//! Which dispatcher runs the code of a store.

/// How instructions are dispatched. All dispatchers compute the same, cost the same fuel and pause
/// at the same places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispatch {
    /// A loop: small, and on every target.
    Portable,
    /// Handlers that jump to each other, where target and build can do that: faster. With the Cargo feature
    /// `fast` over raw pointers, without it in safe Rust.
    Tail,
}

impl Dispatch {
    /// Whether this build has it.
    pub const fn is_available(self) -> bool {
        match self {
            Dispatch::Portable => true,
            Dispatch::Tail => cfg!(tail_calls),
        }
    }
}

impl Default for Dispatch {
    /// The fastest that this build has.
    fn default() -> Self {
        if Dispatch::Tail.is_available() { Dispatch::Tail } else { Dispatch::Portable }
    }
}
