//! What cannot happen.

/// The engine found itself where it should not be; the call failed and its instance is poisoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bug(pub(crate) Why);

/// What a bug says, in one word: results that may be bugs stay in registers. Nothing without the feature `messages`: where
/// flash counts, a result that may be a bug is to be no more than an option.
#[cfg(feature = "messages")]
pub(crate) type Why = &'static &'static str;
#[cfg(not(feature = "messages"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Why;

impl core::fmt::Display for Bug {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("bug in the engine, please report it: ")?;
        f.write_str(if cfg!(feature = "messages") {
            self.why()
        } else {
            "which, a build with the feature `messages` says"
        })
    }
}

impl Bug {
    /// Why it should not be possible; empty without the feature `messages`.
    pub const fn why(&self) -> &'static str {
        #[cfg(feature = "messages")]
        return self.0;
        #[cfg(not(feature = "messages"))]
        return "";
    }

    /// A bug; panics under test, so that no test passes over one.
    #[cold]
    #[track_caller]
    pub(crate) fn found(why: Why) -> Self {
        #[cfg(test)]
        panic!("{}", Bug(why));
        #[cfg(not(test))]
        Bug(why)
    }
}

/// What a [`Bug`] says.
#[cfg(feature = "messages")]
macro_rules! why {
    ($why:literal) => {
        &$why
    };
}
#[cfg(not(feature = "messages"))]
macro_rules! why {
    ($why:literal) => {
        $crate::error::bug::Why
    };
}
pub(crate) use why;

/// Makes a [`Bug`]: panics under test, so that no test passes over one.
macro_rules! bug {
    ($why:literal) => {
        $crate::error::Bug::found($crate::error::bug::why!($why))
    };
}
pub(crate) use bug;
