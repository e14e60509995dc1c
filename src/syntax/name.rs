//! Names of component-level imports and exports (`Explainer.md`, Import and Export Definitions;
//! Name Uniqueness; Canonical Interface Name).

use crate::support::cut::{cut, cut_all, cut_last, has};
use core::cmp::Ordering;

/// `externname`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExternName<'a> {
    /// `plainname`
    Plain(PlainName<'a>),
    /// `interfacename`
    Interface(InterfaceName<'a>),
}

/// `plainname`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlainName<'a> {
    /// What the function is to a resource type.
    pub role: Option<ResourceRole<'a>>,
    /// Whether it is a getter or setter (📡).
    pub accessor: Option<Accessor>,
    /// The last label; a constructor's is its resource's.
    pub label: &'a str,
}

/// What a function is to a resource type, and the label of that type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ResourceRole<'a> {
    Constructor(&'a str),
    Method(&'a str),
    Static(&'a str),
}

/// Getters and setters (📡).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Accessor {
    Get,
    Set,
}

/// `interfacename`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceName<'a> {
    /// Everything before the version.
    pub base: &'a str,
    /// Whether namespaces or projections are nested (🪺).
    pub nested: bool,
    /// The version, without `@`.
    pub version: Option<&'a str>,
}

impl<'a> ExternName<'a> {
    /// The name that `text` is; the error says what is wrong with it.
    pub fn parse(text: &'a str) -> Result<Self, &'static str> {
        if has(text, b':') {
            return InterfaceName::parse(text).map(ExternName::Interface);
        }
        PlainName::parse(text).map(ExternName::Plain)
    }
}

impl<'a> PlainName<'a> {
    fn parse(text: &'a str) -> Result<Self, &'static str> {
        let (role, rest) = match text {
            _ if let Some(rest) = text.strip_prefix("[constructor]") => {
                check_label(rest)?;
                return Ok(Self { role: Some(ResourceRole::Constructor(rest)), accessor: None, label: rest });
            }
            _ if let Some(rest) = text.strip_prefix("[method]") => (Some(ResourceRole::Method as fn(_) -> _), rest),
            _ if let Some(rest) = text.strip_prefix("[static]") => (Some(ResourceRole::Static as fn(_) -> _), rest),
            _ => (None, text),
        };
        let (accessor, rest) = match rest {
            _ if let Some(rest) = rest.strip_prefix("[get]") => (Some(Accessor::Get), rest),
            _ if let Some(rest) = rest.strip_prefix("[set]") => (Some(Accessor::Set), rest),
            _ => (None, rest),
        };
        let Some(role) = role else {
            check_label(rest)?;
            return Ok(Self { role: None, accessor, label: rest });
        };
        let (resource, label) = cut(rest, b'.').ok_or("a `.` is missing after the resource's label")?;
        check_label(resource)?;
        check_label(label)?;
        Ok(Self { role: Some(role(resource)), accessor, label })
    }

    /// Whether it is a label alone.
    pub const fn is_label(&self) -> bool {
        self.role.is_none() && self.accessor.is_none()
    }
}

impl<'a> ResourceRole<'a> {
    /// The label of the resource type.
    pub const fn resource(self) -> &'a str {
        match self {
            ResourceRole::Constructor(label) | ResourceRole::Method(label) | ResourceRole::Static(label) => label,
        }
    }
}

impl<'a> InterfaceName<'a> {
    /// The interface name that `text` is. Whether its version has the right form depends on
    /// features: see [`is_semver`] and [`is_canonical_version`].
    pub fn parse(text: &'a str) -> Result<Self, &'static str> {
        let (base, version) = match cut(text, b'@') {
            Some((base, version)) => (base, Some(version)),
            None => (text, None),
        };
        let (package, projections) = cut(base, b'/').ok_or("a `/` is missing after the package's name")?;
        let (namespaces, name) = cut_last(package, b':').ok_or("a `:` is missing after the namespace")?;
        for words in cut_all(namespaces, b':') {
            check_words(words)?;
        }
        check_words(name)?;
        for label in cut_all(projections, b'/') {
            check_label(label)?;
        }
        Ok(Self { base, nested: has(namespaces, b':') || has(projections, b'/'), version })
    }
}

/// `label`
pub fn is_label(text: &str) -> bool {
    let fragment = |fragment: &str| {
        let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let acronym = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        !fragment.is_empty() && (fragment.bytes().all(word) || fragment.bytes().all(acronym))
    };
    text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic()) && cut_all(text, b'-').all(fragment)
}

fn check_label(text: &str) -> Result<(), &'static str> {
    if is_label(text) { Ok(()) } else { Err("a label is not in kebab case") }
}

/// `words`
fn check_words(text: &str) -> Result<(), &'static str> {
    if is_label(text) && !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Ok(());
    }
    Err("a namespace or package is not in lowercase kebab case")
}

/// `valid semver` (Semantic Versioning 2.0.0).
pub fn is_semver(text: &str) -> bool {
    is_semver_split(text, "")
}

/// Whether `version` and `suffix` together are a `valid semver`.
pub fn is_semver_split(version: &str, suffix: &str) -> bool {
    let mut state = Semver::default();
    version.bytes().chain(suffix.bytes()).all(|byte| state.accepts(byte)) && state.is_complete()
}

/// Whether `version` and `suffix` are what canonicalization splits a `valid semver` into (🔗).
pub fn is_canonical_split(version: &str, suffix: &str) -> bool {
    if !is_semver_split(version, suffix) {
        return false;
    }
    let bytes = || version.bytes().chain(suffix.bytes());
    let position = |found: fn(u8) -> bool| bytes().position(found);
    let build = position(|byte| byte == b'+').unwrap_or(usize::MAX);
    let pre_release = position(|byte| byte == b'-').unwrap_or(usize::MAX);
    let mut dots = bytes().enumerate().filter(|(_, byte)| *byte == b'.').map(|(at, _)| at);
    let (major, minor) = (dots.next().unwrap_or(usize::MAX), dots.next().unwrap_or(usize::MAX));
    let is_zero = |at: usize| bytes().nth(at) == Some(b'0');
    let len = if pre_release < build {
        build
    } else if !is_zero(0) {
        major
    } else if !is_zero(major.saturating_add(1)) {
        minor
    } else {
        build
    };
    version.len() == len.min(version.len() + suffix.len())
}

/// Reads a version byte by byte.
#[derive(Default)]
struct Semver {
    /// Major, minor, patch, pre-release, build metadata.
    part: u8,
    /// Of the current number or identifier.
    len: usize,
    leading_zero: bool,
    only_digits: bool,
}

impl Semver {
    const PATCH: u8 = 2;
    const PRE_RELEASE: u8 = 3;
    const BUILD: u8 = 4;

    fn accepts(&mut self, byte: u8) -> bool {
        let next = match (self.part, byte) {
            (0 | 1, b'.') => self.part + 1,
            (Self::PATCH, b'-') => Self::PRE_RELEASE,
            (Self::PATCH | Self::PRE_RELEASE, b'+') => Self::BUILD,
            (Self::PRE_RELEASE | Self::BUILD, b'.') => self.part,
            (..=Self::PATCH, b'0'..=b'9') => return self.push(byte),
            (Self::PRE_RELEASE.., b'-' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z') => return self.push(byte),
            _ => return false,
        };
        let ended = self.identifier_ends();
        *self = Semver { part: next, ..Semver::default() };
        ended
    }

    fn push(&mut self, byte: u8) -> bool {
        if self.len == 0 {
            (self.leading_zero, self.only_digits) = (byte == b'0', true);
        }
        self.only_digits &= byte.is_ascii_digit();
        self.len += 1;
        true
    }

    /// Numbers have no leading zeros, except in build metadata.
    fn identifier_ends(&self) -> bool {
        let zeros = self.leading_zero && self.only_digits && self.len > 1;
        self.len > 0 && (self.part == Self::BUILD || !zeros)
    }

    fn is_complete(&self) -> bool {
        self.part >= Self::PATCH && self.identifier_ends()
    }
}

/// `canonversion` (🔗)
pub fn is_canonical_version(text: &str) -> bool {
    let positive = |text: &str| !text.starts_with('0') && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.strip_prefix("0.") {
        None => positive(text),
        Some(rest) => rest == "0.0" || positive(rest.strip_prefix("0.").unwrap_or(rest)),
    }
}

/// How two names stand in the order in which names that are not strongly unique are equal
/// (`Explainer.md`, Name Uniqueness).
pub fn compare_strongly(a: &str, b: &str) -> Ordering {
    compare_labels(canonical(a), canonical(b))
}

/// The end of a name that is its canonicalized name but for hyphens and uppercase. It takes a name as it is where it is
/// none.
fn canonical(text: &str) -> &str {
    if !text.starts_with('[') {
        return text;
    }
    let Ok(PlainName { role, label, .. }) = PlainName::parse(text) else { return text };
    let rest = match role {
        Some(ResourceRole::Constructor(_)) => return text,
        Some(role) if compare_labels(role.resource(), label).is_eq() => return label,
        Some(_) => cut(text, b']').map_or(text, |(_, rest)| rest),
        None => text,
    };
    rest.strip_prefix("[get]").unwrap_or(rest)
}

/// Without hyphens, in lowercase.
fn simplified(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(|byte| *byte != b'-').map(|byte| byte.to_ascii_lowercase())
}

/// How two labels stand in the order in which labels that are not strongly unique are equal.
pub fn compare_labels(a: &str, b: &str) -> Ordering {
    simplified(a).cmp(simplified(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        for good in ["a", "a-b-c", "a1-2-3", "A", "A-B-C", "A1-2-3", "a11-w0rds", "A11-4CR0NYMS", "m1x3d-4CR0NYMS"] {
            assert!(is_label(good), "{good}");
        }
        for bad in ["", "1", "1-2-3", "a-", "-a", "a--b", "aB", "Ab", "a_b", "a.b", "é", "a b"] {
            assert!(!is_label(bad), "{bad}");
        }
    }

    #[test]
    fn names() {
        for good in [
            "foo",
            "[constructor]foo",
            "[method]foo.bar",
            "[static]foo.BAZ",
            "[get]a",
            "[set]a",
            "[method][get]a.b",
            "[static][set]a.b",
            "foo:bar/baz",
            "foo:bar/BAZ",
            "a-b:c-d/e@1.2.3",
            "a:b/c@anything",
        ] {
            assert!(ExternName::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "[constructor]",
            "[constructor]a.b",
            "[method]a",
            "[method]a.",
            "[method].a",
            "[method]a.b.c",
            "[x]a",
            "[get][method]a.b",
            "[method][constructor]a",
            "A:b/c",
            "a:B/c",
            "a:b",
            "a/b",
            "a:b/",
            ":b/c",
            "a:/c",
            "a:b/c/",
            "a::b/c",
            "url=<a>",
            "unlocked-dep=<a:b>",
            "[constructor]a:b/c",
            "1:a/b",
        ] {
            assert!(ExternName::parse(bad).is_err(), "{bad}");
        }
        let nested = |text| matches!(ExternName::parse(text), Ok(ExternName::Interface(name)) if name.nested);
        assert!(nested("a:b:c/d") && nested("a:b/c/d") && !nested("a:b/c"));
    }

    #[test]
    fn versions() {
        for good in ["0.0.0", "1.2.3", "10.20.30", "1.0.0-a.b-c.0", "1.0.0-0a", "1.0.0+001.-", "1.0.0-x+y", "1.0.0--"] {
            assert!(is_semver(good), "{good}");
        }
        for bad in
            ["", ".", "1", "1.", "1.2", "01.2.3", "1.2.3.4", "1.2.3-", "1.2.3+", "1.2.3-01", "1.2.3-a..b", "1.2.3+a+b"]
        {
            assert!(!is_semver(bad), "{bad}");
        }
        for good in ["1", "12", "0.1", "0.10", "0.0.1", "0.0.0"] {
            assert!(is_canonical_version(good), "{good}");
        }
        for bad in ["", "0", "01", "1.2", "0.0", "0.01", "0.1.2", "0.0.01", "0.0.", "0.0.0.0", "a"] {
            assert!(!is_canonical_version(bad), "{bad}");
        }
        for (version, suffix) in [
            ("1", ".2.3"),
            ("1", ".2.3+sha"),
            ("0.2", ".6"),
            ("0.0.1", "+sha"),
            ("0.0.0", ""),
            ("1.0.0-rc1", "+b"),
            ("0.0.1-alpha", ""),
        ] {
            assert!(is_canonical_split(version, suffix), "{version} {suffix}");
        }
        for (version, suffix) in
            [("1.2", ".3"), ("0.2.1", "+b"), ("1", "2.3"), ("1.2.3", ""), ("0", ".2.1"), ("", "1.2.3")]
        {
            assert!(!is_canonical_split(version, suffix), "{version} {suffix}");
        }
        assert!(is_semver_split("0.2", ".6") && is_semver_split("1", ".2.3+sha") && !is_semver_split("1", "2"));
    }

    /// The lists of `Explainer.md`, Name Uniqueness.
    #[test]
    fn strong_uniqueness() {
        let unique = [
            "foo",
            "foo-bar",
            "[constructor]foo",
            "[method]foo.bar",
            "[static]foo.baz",
            "foo:bar/baz",
            "[get]prop",
            "[set]prop",
            "[method][get]foo.prop",
            "[method][set]foo.prop",
            "[static][get]foo.prop-2",
            "[static][set]foo.prop-2",
            "[method]foo.get-prop",
            "[method]foo.set-prop",
        ];
        for (i, a) in unique.iter().enumerate() {
            for (j, b) in unique.iter().enumerate() {
                assert_eq!(compare_strongly(a, b).is_eq(), i == j, "{a} {b}");
            }
        }
        for (a, conflicts) in [
            ("foo", &["foo", "FOO", "[method]foo.foo", "[get]foo", "[method][get]foo.foo", "[static][set]foo.FOO"][..]),
            ("foo-bar", &["foo-BAR", "foobar", "foob-ar", "[static]foobar.FOOBAR", "[static]foo-BAR.FOO-bar"]),
            ("[constructor]foo", &["[constructor]FOO"]),
            ("[method]foo.bar", &["[method]foo.BAR", "[static]foo.bar"]),
            ("[static]foo.baz", &["[method]foo.baz"]),
            ("foo:bar/baz", &["foo:bar/BAZ"]),
            ("[get]prop", &["prop"]),
            ("[set]prop", &["[set]PROP"]),
            ("[method][get]foo.prop", &["[method]foo.prop", "[static]foo.PROP", "[method][get]foo.PROP"]),
            ("[method][set]foo.prop", &["[method][set]foo.PROP", "[static][set]foo.prop"]),
        ] {
            for b in conflicts {
                assert!(compare_strongly(a, b).is_eq(), "{a} {b}");
            }
        }
    }
}
