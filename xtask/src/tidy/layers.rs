//! No layer of the engine uses a later one.

use super::Finding;
use super::source::{Source, is_punct, is_word, names_after_colons};
use proc_macro2::TokenTree;

/// The layers, each using only those before it.
const LAYERS: &[&str] = &[
    "support",
    "syntax",
    "error",
    "binary",
    "types",
    "image",
    "validate",
    "store",
    "exec",
    "component",
    "text",
    "api",
];

/// Finds every path from a layer to a later one, test code included.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let front = sources.iter().find(|source| source.path == "src/lib.rs").map(re_exports).unwrap_or_default();
    let mut findings = Vec::new();
    for source in sources {
        let Some(own) = source.layer() else { continue };
        let Some(height) = LAYERS.iter().position(|layer| *layer == own) else {
            findings.push(Finding::new(source, 1, format!("'{own}' is not one of the layers: {}", LAYERS.join(", "))));
            continue;
        };
        source.walk(&mut |tokens, place| {
            for (name, line) in from_root(tokens, source.module_depth() + place.inline_depth) {
                let layer = front.iter().find(|(exported, _)| *exported == name).map_or(&name, |(_, layer)| layer);
                if LAYERS.iter().position(|known| known == layer).is_some_and(|used| used > height) {
                    let what = format!("the layer '{own}' uses the later layer '{layer}' ('{name}')");
                    findings.push(Finding::new(source, line, what));
                }
            }
        });
    }
    findings
}

/// The names right under the crate's root that the path at the start of `tokens` goes to.
fn from_root(tokens: &[TokenTree], depth: usize) -> Vec<(String, usize)> {
    match tokens {
        [first, rest @ ..] if is_word(first, "crate") => names_after_colons(rest),
        [first, ..] if is_word(first, "super") => {
            let mut rest = tokens;
            let mut ups = 0;
            while let [word, colon, other, after @ ..] = rest
                && is_word(word, "super")
                && is_punct(colon, ':')
                && is_punct(other, ':')
            {
                (rest, ups) = (after, ups + 1);
            }
            let consumed = tokens.len() - rest.len();
            // The last `::` stays, for it is what the name follows.
            if ups == depth { names_after_colons(&tokens[consumed - 2..]) } else { Vec::new() }
        }
        _ => Vec::new(),
    }
}

/// What lib.rs re-exports, by name, with the layer that each name comes from.
fn re_exports(front: &Source) -> Vec<(String, String)> {
    let mut found = Vec::new();
    front.walk(&mut |tokens, _| {
        if let [first, TokenTree::Ident(layer), rest @ ..] = tokens
            && is_word(first, "use")
        {
            found.extend(names_after_colons(rest).into_iter().map(|(name, _)| (name, layer.to_string())));
        }
    });
    found
}
