//! What cannot happen.

/// The engine found itself where it should not be; the call failed and its instance is poisoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bug(pub(crate) Why);

/// What a bug says, in one word: results that may be bugs stay in registers. Without the feature `messages` the place where
/// it was found, as [`place`] numbers it.
#[cfg(feature = "messages")]
pub(crate) type Why = &'static &'static str;
#[cfg(not(feature = "messages"))]
pub(crate) type Why = u32;

impl core::fmt::Display for Bug {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("bug in the engine, please report it: ")?;
        self.0.fmt(f)
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
        panic!("{why}");
        #[cfg(not(test))]
        Bug(why)
    }
}

/// The number of a place in the source: its line, and thousands that tell its file from most others.
#[cfg(not(feature = "messages"))]
pub(crate) const fn place(module: &str, line: u32) -> u32 {
    let (bytes, mut at, mut sum) = (module.as_bytes(), 0, 0);
    while at < bytes.len() {
        sum = (sum * 31 + bytes[at] as u32) % 61;
        at += 1;
    }
    sum * 1000 + line
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
        const { $crate::error::bug::place(module_path!(), line!()) }
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
