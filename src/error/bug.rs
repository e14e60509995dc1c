//! What cannot happen.

/// The engine found itself where it should not be; the call failed and its instance is poisoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bug(
    /// Behind one word: results that may be bugs stay in registers.
    pub(crate) &'static &'static str,
);

impl core::fmt::Display for Bug {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "bug in the engine, please report it: {}", self.0)
    }
}

impl Bug {
    /// Why it should not be possible.
    pub const fn why(&self) -> &'static str {
        self.0
    }

    /// A bug; panics under test, so that no test passes over one.
    #[cold]
    #[track_caller]
    pub(crate) fn found(why: &'static &'static str) -> Self {
        #[cfg(test)]
        assert!(why.is_empty(), "{why}");
        Bug(why)
    }
}

/// Makes a [`Bug`]: panics under test, so that no test passes over one.
macro_rules! bug {
    ($why:literal) => {
        $crate::error::Bug::found(&$why)
    };
}
pub(crate) use bug;
