//! Why an instruction that needs the whole store was not done.

use crate::error::{Bug, Error, Trap};
#[cfg(feature = "heap")]
use crate::store::gc::Refused;

/// Why an instruction was not done.
pub(in crate::exec) enum Halt {
    Failed(Error),
    /// A collection is needed first.
    #[cfg(feature = "heap")]
    Collect,
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Halt::Failed(error)
    }
}

impl From<Trap> for Halt {
    #[cold]
    fn from(trap: Trap) -> Self {
        Halt::Failed(trap.into())
    }
}

impl From<Bug> for Halt {
    #[cold]
    fn from(bug: Bug) -> Self {
        Halt::Failed(bug.into())
    }
}

#[cfg(feature = "heap")]
impl From<Refused> for Halt {
    #[cold]
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Collect(_) => Halt::Collect,
            refused => Halt::Failed(refused.into()),
        }
    }
}
