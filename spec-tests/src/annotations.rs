//! Annotations in texts: where `@name` may stand (core spec, Appendix, Custom Sections and
//! Annotations), which the text parser does not check.

use wast::QuoteWat;
use wast::lexer::{Lexer, Token, TokenKind};

/// What can have a name: these bind an identifier, and the annotation stands behind it.
const NAMED: [&str; 15] = [
    "module", "type", "func", "table", "memory", "global", "elem", "data", "tag", "param", "local", "field", "block",
    "loop", "if",
];

/// Whether a quoted module has a `@name` annotation where there is nothing that it could name.
pub(crate) fn name_is_misplaced(module: &QuoteWat<'_>) -> bool {
    let QuoteWat::QuoteModule(_, parts) = module else { return false };
    let text: Vec<u8> = parts.iter().flat_map(|(_, part)| part.iter().copied().chain([b' '])).collect();
    String::from_utf8(text).is_ok_and(|text| is_misplaced(&text))
}

fn is_misplaced(text: &str) -> bool {
    let is_blank =
        |token: &Token| matches!(token.kind, TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment);
    let tokens: Vec<Token> =
        Lexer::new(text).iter(0).map_while(|token| token.ok()).filter(|token| !is_blank(token)).collect();
    let is_name = |at: usize| tokens[at].kind == TokenKind::Annotation && tokens[at].src(text) == "@name";
    (0..tokens.len()).filter(|at| is_name(*at)).any(|at| {
        // Behind the parenthesis: a keyword and perhaps an identifier.
        let before = &tokens[..at.saturating_sub(1)];
        let before = match before {
            [rest @ .., id] if id.kind == TokenKind::Id => rest,
            _ => before,
        };
        !before.last().is_some_and(|token| NAMED.contains(&token.src(text)))
    })
}

#[cfg(test)]
mod tests {
    use super::is_misplaced;

    #[test]
    fn names_stand_behind_what_they_name() {
        for (text, expected) in [
            ("(module (@name \"M\"))", false),
            ("(module $M (;here;) (@name \"M\") (func $f (@name \"f\") (param $x (@name \"x\") i32)))", false),
            ("(module (func) (@name \"M\"))", true),
            ("(module (start $f (@name \"M\")) (func $f))", true),
            ("(module (@name \"M1\") (@name \"M2\"))", true),
            ("(module (@other \"M1\") (func (nop (@other))))", false),
        ] {
            assert_eq!(is_misplaced(text), expected, "{text}");
        }
    }
}
