//! Text cut at bytes of ASCII. What `str` has for that looks for patterns of any kind: more code than there is room for on boards.

/// What is before and behind the first `at`.
pub fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    split(text, text.bytes().position(|byte| byte == at)?)
}

/// What is before and behind the last `at`.
pub fn cut_last(text: &str, at: u8) -> Option<(&str, &str)> {
    split(text, text.bytes().rposition(|byte| byte == at)?)
}

/// What is before, between and behind all of them.
pub fn cut_all(text: &str, at: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let (part, behind) = cut(text, at).map_or((text, None), |(part, behind)| (part, Some(behind)));
        rest = behind;
        Some(part)
    })
}

/// Whether there is an `at`.
pub fn has(text: &str, at: u8) -> bool {
    cut(text, at).is_some()
}

fn split(text: &str, at: usize) -> Option<(&str, &str)> {
    Some((text.get(..at)?, text.get(at + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_as_the_standard_library_splits_them() {
        for text in ["", ".", "a", "a.", ".a", "a.b", "a.b.c", "..", "ä.ö", "a..b"] {
            assert_eq!(cut(text, b'.'), text.split_once('.'), "{text}");
            assert_eq!(cut_last(text, b'.'), text.rsplit_once('.'), "{text}");
            assert!(cut_all(text, b'.').eq(text.split('.')), "{text}");
            assert_eq!(has(text, b'.'), text.contains('.'), "{text}");
        }
    }
}
