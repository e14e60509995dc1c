//! Component values as WAVE, the WebAssembly Value Encoding.

use crate::component::abi::val::Val;
use core::fmt::{self, Display, Formatter, Write};

/// A value, to be written.
pub struct Wave<'v>(pub &'v Val);

/// Words that a label cannot be without a sign before it.
const KEYWORDS: [&str; 9] = ["true", "false", "inf", "nan", "some", "none", "ok", "err", "flags"];

/// A label or the name of a case.
struct Label<'v>(&'v str);

impl Display for Label<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if KEYWORDS.contains(&self.0) {
            f.write_char('%')?;
        }
        f.write_str(self.0)
    }
}

/// A character within `quote`s.
fn escaped(f: &mut Formatter<'_>, code: char, quote: char) -> fmt::Result {
    match code {
        '\\' => f.write_str("\\\\"),
        '\t' => f.write_str("\\t"),
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        code if code == quote => write!(f, "\\{code}"),
        code if code.is_control() => write!(f, "\\u{{{:x}}}", u32::from(code)),
        code => f.write_char(code),
    }
}

fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    text.chars().try_for_each(|code| escaped(f, code, '"'))?;
    f.write_char('"')
}

/// Floats have one NaN, and infinities are words.
macro_rules! float {
    ($f:ident $value:ident) => {
        match $value {
            _ if $value.is_nan() => $f.write_str("nan"),
            _ if $value.is_infinite() => $f.write_str(if *$value > 0.0 { "inf" } else { "-inf" }),
            _ => write!($f, "{}", $value),
        }
    };
}

fn list<T>(
    f: &mut Formatter<'_>,
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    f.write_char(open)?;
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        write(f, item)?;
    }
    f.write_char(close)
}

fn case(f: &mut Formatter<'_>, label: impl Display, payload: Option<&Val>) -> fmt::Result {
    match payload {
        Some(payload) => write!(f, "{label}({})", Wave(payload)),
        None => write!(f, "{label}"),
    }
}

/// Values are nested no deeper than their types, and so is this recursion. What WAVE has no words
/// for is written like a call: `own(3)`.
impl Display for Wave<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let each = |f: &mut Formatter<'_>, item: &Val| Wave(item).fmt(f);
        match self.0 {
            Val::Bool(value) => value.fmt(f),
            Val::S8(value) => value.fmt(f),
            Val::U8(value) => value.fmt(f),
            Val::S16(value) => value.fmt(f),
            Val::U16(value) => value.fmt(f),
            Val::S32(value) => value.fmt(f),
            Val::U32(value) => value.fmt(f),
            Val::S64(value) => value.fmt(f),
            Val::U64(value) => value.fmt(f),
            Val::Float32(value) => float!(f value),
            Val::Float64(value) => float!(f value),
            Val::Char(value) => {
                f.write_char('\'')?;
                escaped(f, *value, '\'')?;
                f.write_char('\'')
            }
            Val::String(value) => quoted(f, value),
            Val::List(items) => list(f, ['[', ']'], items, each),
            Val::Tuple(items) => list(f, ['(', ')'], items, each),
            Val::Map(entries) => {
                list(f, ['{', '}'], entries, |f, (key, value)| write!(f, "{}: {}", Wave(key), Wave(value)))
            }
            Val::Record(fields) => {
                list(f, ['{', '}'], fields, |f, (label, value)| write!(f, "{}: {}", Label(label), Wave(value)))
            }
            Val::Flags(labels) => list(f, ['{', '}'], labels, |f, label| Label(label).fmt(f)),
            Val::Variant(label, payload) => case(f, Label(label), payload.as_deref()),
            Val::Enum(label) => Label(label).fmt(f),
            Val::Option(None) => f.write_str("none"),
            Val::Option(payload) => case(f, "some", payload.as_deref()),
            Val::Result(Ok(payload)) => case(f, "ok", payload.as_deref()),
            Val::Result(Err(payload)) => case(f, "err", payload.as_deref()),
            #[cfg(feature = "component-async")]
            Val::Stream(_) | Val::Future(_) | Val::ErrorContext(_) => f.write_str(self.0.kind()),
            Val::Resource(any) => {
                write!(f, "{}({})", if any.owned { "own" } else { "borrow" }, any.handle.index())
            }
        }
    }
}
