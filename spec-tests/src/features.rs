//! With which features a file is run: an explicit list, the file's own header, or its path.

use windlass::syntax::Features;
use windlass::syntax::feature::FEATURE_NAMES;

/// Features of a file, and how they were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFeatures {
    /// The features.
    pub set: Features,
    /// Names in the file's header that the engine has no feature for. What they gate is
    /// unknown to the engine, so its directives fail where it matters.
    pub unknown: Vec<String>,
}

/// What wasm-tools 1.263 has switched on where a header does not say otherwise.
const TOOLS_DEFAULT: Features = Features::WASM3
    .union(Features::THREADS)
    .union(Features::WIDE_ARITHMETIC)
    .union(Features::COMPACT_IMPORTS)
    .union(Features::COMPONENT_MODEL)
    .union(Features::CM_ASYNC)
    .union(Features::CM_MAP)
    .union(Features::CM_IMPLEMENTS);

/// What the README of the official Component Model suite names, with what its files need
/// besides.
const COMPONENT_SUITE: Features = Features::WASM3
    .union(Features::COMPONENT_MODEL)
    .union(Features::CM_ASYNC)
    .union(Features::CM_MORE_ASYNC_BUILTINS)
    .union(Features::CM_THREADING)
    .union(Features::CM_ASYNC_STACKFUL)
    .union(Features::CM_IMPLEMENTS)
    .union(Features::CM_FIXED_LENGTH_LISTS)
    .union(Features::CM_MAP)
    .union(Features::CM_ERROR_CONTEXT)
    .union(Features::CM_FORWARD);

/// WebAssembly 1.0.
const WASM1: Features = Features::MVP.union(Features::MUTABLE_GLOBAL);

/// Sets that a list of features can begin with.
const GROUPS: [(&str, Features); 6] = [
    ("mvp", Features::MVP),
    ("wasm1", WASM1),
    ("wasm2", Features::WASM2),
    ("wasm3", Features::WASM3),
    ("lime1", LIME1),
    ("default", TOOLS_DEFAULT),
];

/// WebAssembly/tool-conventions, `Lime.md`. Two of its features are parts of ours; the whole
/// ones stand for them.
const LIME1: Features = WASM1
    .union(Features::MULTI_VALUE)
    .union(Features::SIGN_EXTENSION)
    .union(Features::SATURATING_FLOAT_TO_INT)
    .union(Features::BULK_MEMORY)
    .union(Features::EXTENDED_CONST);

/// The threads proposal is older than reference types: its files refuse a second table.
const THREADS_SUITE: Features = Features::WASM2.difference(Features::REFERENCE_TYPES).union(Features::THREADS);

/// By path: the first row with all parts in the path counts.
const BY_PATH: [(&[&str], Features); 8] = [
    (&["component-model", "test"], COMPONENT_SUITE),
    (&["tests", "cli"], TOOLS_DEFAULT),
    (&["cli"], TOOLS_DEFAULT),
    (&["proposals", "threads"], THREADS_SUITE),
    (&["proposals", "custom-page-sizes"], Features::WASM3.union(Features::CUSTOM_PAGE_SIZES)),
    (&["proposals", "wide-arithmetic"], Features::WASM3.union(Features::WIDE_ARITHMETIC)),
    (&["proposals", "compact-import-section"], Features::WASM3.union(Features::COMPACT_IMPORTS)),
    (&["proposals", "custom-descriptors"], Features::WASM3.union(Features::CUSTOM_DESCRIPTORS)),
];

/// Reads a list such as `wasm2,threads,-simd`: names separated by commas, a minus in front of
/// what is switched off, `all`, or a group that replaces everything before it.
pub fn parse_list(list: &str, base: Features) -> FileFeatures {
    let mut set = base;
    let mut unknown = Vec::new();
    for part in list.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (on, name) = part.strip_prefix('-').map_or((true, part), |name| (false, name));
        let flag = match name {
            "all" => Some(Features::all()),
            name => FEATURE_NAMES.iter().find(|row| row.0 == name).map(|row| row.1),
        };
        match (GROUPS.iter().find(|group| group.0 == name && on), flag) {
            (Some((_, group)), _) => set = *group,
            (None, Some(flag)) => set.set(flag, on),
            (None, None) => unknown.push(name.to_owned()),
        }
    }
    // In this list the name of a group says nothing about components, which do not depend on
    // the version of the core specification.
    set |= Features::COMPONENT_MODEL;
    FileFeatures { set, unknown }
}

/// The features for a file of this name and text. Core files are judged as WebAssembly 3.0.
pub fn of_file(name: &str, text: &str) -> FileFeatures {
    if let Some(list) = header(text) {
        return parse_list(&list, TOOLS_DEFAULT);
    }
    let parts: Vec<&str> = name.split(['/', '\\']).collect();
    let found = BY_PATH.iter().find(|(needed, _)| needed.iter().all(|part| parts.contains(part)));
    let set = found.map_or(Features::default(), |(_, set)| *set);
    FileFeatures { set, unknown: Vec::new() }
}

/// Whether a file is written for `wasm-tools wast`, which validates and instantiates nothing: its
/// modules and components may import what nobody provides.
pub(crate) fn is_for_validator(text: &str) -> bool {
    header(text).is_some()
}

/// The list after `-f` or `--features` in the file's own `;; RUN: wast …` line, whose
/// continuation lines end in a backslash; empty where the line has no list.
fn header(text: &str) -> Option<String> {
    let mut lines = text.lines();
    let mut command = loop {
        let line = lines.next()?.trim();
        // Only the comment at the top counts.
        if !line.is_empty() && !line.starts_with(";;") {
            return None;
        }
        let Some(comment) = line.strip_prefix(";; RUN") else { continue };
        let (_, command) = comment.split_once(':')?;
        if command.split_whitespace().any(|word| word == "wast") {
            break command.to_owned();
        }
    };
    while let Some(cut) = command.trim_end().strip_suffix('\\') {
        let next = lines.next().unwrap_or_default().trim().trim_start_matches(';').to_owned();
        command = format!("{cut} {next}");
    }
    let mut lists = Vec::new();
    let mut words = command.split_whitespace();
    while let Some(word) = words.next() {
        match word {
            "-f" | "--features" => lists.extend(words.next()),
            word => lists.extend(word.strip_prefix("--features=").or_else(|| word.strip_prefix("-f="))),
        }
    }
    Some(lists.join(","))
}

/// The names of the features in `set`, in the order of the engine's table.
pub fn names(set: Features) -> Vec<&'static str> {
    FEATURE_NAMES.iter().filter(|(_, flag)| set.contains(*flag)).map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_with_its_continuation_lines() {
        let text = ";; RUN: wast \\\n;;      --assert default \\\n;;      --snapshot tests/snapshots \\\n;;      % -f cm-async,-gc\n\n(module)";
        assert_eq!(header(text).as_deref(), Some("cm-async,-gc"));
        assert_eq!(header(";; RUN: wast % -f=-simd\n").as_deref(), Some("-simd"));
        assert_eq!(header(";; RUN: wast --assert default %\n").as_deref(), Some(""));
        assert_eq!(header("(module)\n;; RUN: wast % -f gc"), None);
        assert_eq!(header(";; RUN[lenient]: X=0 wast % -f cm64\n").as_deref(), Some("cm64"));
    }

    #[test]
    fn lists_switch_on_off_and_replace() {
        let set = |list| parse_list(list, Features::WASM3).set;
        assert!(!set("-simd").contains(Features::SIMD));
        assert!(set("threads").contains(Features::THREADS | Features::GC));
        assert_eq!(set("wasm2"), Features::WASM2 | Features::COMPONENT_MODEL);
        assert_eq!(set("gc,mvp"), Features::MVP | Features::COMPONENT_MODEL);
        assert_eq!(parse_list("stack-switching,gc", Features::MVP).unknown, ["stack-switching"]);
    }

    #[test]
    fn paths_decide_where_nothing_else_does() {
        let set = |name| of_file(name, "(module)").set;
        assert_eq!(set("wasm-latest/block.wast"), Features::default());
        assert_eq!(set("proposals/gc/struct.wast"), Features::default());
        assert_eq!(set("x/proposals/threads/atomic.wast"), THREADS_SUITE);
        assert!(set("component-model/test/async/forward.wast").contains(Features::CM_FORWARD));
        assert!(!set("component-model/test/async/forward.wast").contains(Features::CM_NESTED_NAMES));
    }
}
