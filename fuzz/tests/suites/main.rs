//! What the fuzz targets check holds for every module of the suites.

mod modules;

use windlass_fuzz::difference::{DIFFERENCES, difference};
use windlass_fuzz::validate::Verdict;
use windlass_fuzz::{decode, validate};

#[test]
fn the_suites_decode_or_are_refused() {
    for bytes in modules::modules().unwrap().keys() {
        let _ = decode::decode(bytes);
    }
}

#[test]
fn verdicts_on_the_suites_are_wasmparsers() {
    let modules = modules::modules().unwrap();
    assert!(modules.len() > 5_000, "only {} modules in the suites", modules.len());
    let wrong: Vec<String> = modules
        .iter()
        .filter_map(|(bytes, place)| validate::validate(bytes).err().map(|wrong| format!("{place}: {wrong}")))
        .collect();
    assert!(wrong.is_empty(), "{} verdicts differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Components that show where wasmparser departs from the specification, one for each row.
const EXAMPLES: [&str; DIFFERENCES.len()] = [
    r#"(component (import "a:b/c@1" (instance)))"#,
    r#"(component (type $r (resource (rep i32))) (type (map u8 (own $r))))"#,
    r#"(component (type $r (resource (rep i32))) (export "a" (type $r)) (export "b" (type $r) (type (sub resource))))"#,
];

#[test]
fn differences_are_known_by_their_words() {
    for (known, example) in DIFFERENCES.iter().zip(EXAMPLES) {
        let bytes = encode(example);
        assert_eq!(validate::ours(&bytes, validate::COMPONENTS), Verdict::Accepted, "{example}");
        let error = validate::wasmparser_error(&bytes, validate::COMPONENTS).expect(known.sentence);
        assert_eq!(difference(&bytes, &error).map(|found| found.words), Some(known.words), "{error}");
    }
    // The words alone are not enough where this engine refuses as well.
    let other = r#"(component (type $r (resource (rep i32))) (import "s" (type $s (sub resource)))
        (export "a" (type $r) (type (eq $s))))"#;
    assert!(validate::theirs(&encode(other), validate::COMPONENTS).is_refused());
}

fn encode(text: &str) -> Vec<u8> {
    let buffer = wast::parser::ParseBuffer::new(text).unwrap();
    wast::parser::parse::<wast::Wat<'_>>(&buffer).unwrap().encode().unwrap()
}
