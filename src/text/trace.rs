//! Lifts and lowers as text, one line each.

use super::wave::Wave;
use crate::component::observe::{Crossing, Observer, Values};
use crate::support::String;
use core::fmt::{self, Display, Formatter};

/// Writes a line for each crossing and hands it to a closure.
///
/// ```text
/// host -> 0 greet(person: {name: "Ada", age: 36})  3 bytes, 1 realloc
/// 0 -> host greet: "Hello, Ada! You are 36 years old."  33 bytes
/// ```
///
/// A component instance is written as a path: the number of the outermost one in its store, then
/// of each nested instance its number in the component around it.
pub struct Trace<F>(pub F);

impl<F: FnMut(&str) + Send + Sync> Observer for Trace<F> {
    fn crossed(&mut self, crossing: Crossing<'_>) {
        // Where memory is short there is no line.
        if let Ok(line) = String::format(format_args!("{crossing}")) {
            (self.0)(&line);
        }
    }
}

/// The path of an instance.
struct Path<'a>(&'a [u32]);

impl Display for Path<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some((root, nested)) = self.0.split_first() else { return f.write_str("host") };
        write!(f, "{root}")?;
        nested.iter().try_for_each(|step| write!(f, "/{step}"))
    }
}

impl Display for Crossing<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {} {}", Path(self.from), Path(self.to), self.func)?;
        match self.values {
            Values::Params(params) => {
                f.write_str("(")?;
                for (at, (name, value)) in params.iter().enumerate() {
                    write!(f, "{}{name}: {}", if at > 0 { ", " } else { "" }, Wave(value))?;
                }
                f.write_str(")")?;
            }
            Values::Result(None) => f.write_str(": ()")?,
            Values::Result(Some(value)) => write!(f, ": {}", Wave(value))?,
        }
        let counts = [
            (self.counts.bytes, "byte"),
            (self.counts.reallocs.into(), "realloc"),
            (self.counts.handles.into(), "handle"),
        ];
        let mut separator = "  ";
        for (count, what) in counts.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "{separator}{count} {what}{}", if count == 1 { "" } else { "s" })?;
            separator = ", ";
        }
        Ok(())
    }
}
