//! Inputs made to cost more than their size, and inputs that are broken: each is judged at once,
//! or hits a limit by name.

use super::{FEATURES, encode, judge};
use crate::ErrorKind;
use crate::support::{Limit, Limits};
use crate::validate::component::component_of_any_feature;
use proptest::prelude::*;
use std::fmt::Write;
use std::format;
use std::string::String;
use std::vec::Vec;

const GREETER: &[u8] = include_bytes!("../../../../examples/greeter/greeter.wasm");

#[track_caller]
fn check(text: &str, expect: Option<ErrorKind>) {
    assert_eq!(judge(encode(text)).err().map(|error| error.kind()), expect);
}

/// `count` types, each made of the one before.
fn tower(count: usize, step: impl Fn(usize) -> String) -> String {
    let mut text = String::from("(component (type $t0 (list u8))");
    for level in 1..=count {
        write!(text, "(type $t{level} {})", step(level - 1)).unwrap();
    }
    text + ")"
}

#[test]
fn types_that_double_at_every_level() {
    check(&tower(15, |below| format!("(tuple $t{below} $t{below})")), None);
    let limit = Some(ErrorKind::Limit(Limit::TypeSize));
    check(&tower(60, |below| format!("(tuple $t{below} $t{below})")), limit);
    check(&tower(60, |below| format!("(result $t{below} (error $t{below}))")), limit);
}

#[test]
fn types_in_one_another() {
    check(&tower(90, |below| format!("(list $t{below})")), None);
    check(&tower(200, |below| format!("(list $t{below})")), Some(ErrorKind::Limit(Limit::NestingDepth)));
}

const HEADER: &[u8] = b"\0asm\x0D\0\x01\0";

fn leb(value: usize) -> Vec<u8> {
    (0..5).map(|byte| (value >> (7 * byte)) as u8 & 0x7F | if byte < 4 { 0x80 } else { 0 }).collect()
}

/// `depth` components around an empty one.
fn nested_components(depth: usize) -> Vec<u8> {
    (0..depth).fold(HEADER.to_vec(), |inner, _| [HEADER, &[4], &leb(inner.len()), &inner].concat())
}

/// A type section with `depth` types in one another, each with the one inside as its only
/// declarator.
fn nested_types(code: u8, depth: usize) -> Vec<u8> {
    let inner = (1..depth).fold(std::vec![code, 0], |inner, _| [&[code, 1, 1], &*inner].concat());
    [HEADER, &[7], &leb(inner.len() + 1), &[1], &inner].concat()
}

#[test]
fn components_and_types_in_one_another() {
    let said = |bytes: Vec<u8>| judge(bytes).err().map(|error| error.kind());
    let limit = Some(ErrorKind::Limit(Limit::NestingDepth));
    assert_eq!((said(nested_components(99)), said(nested_components(100))), (None, limit));
    assert_eq!(said(nested_components(10_000)), limit);
    for code in [0x41, 0x42] {
        assert_eq!((said(nested_types(code, 99)), said(nested_types(code, 100))), (None, limit));
        assert_eq!(said(nested_types(code, 100_000)), limit);
    }
}

/// Each component has two instances of the one before, and exports both.
#[test]
fn instances_that_double_at_every_level() {
    let mut text = String::from(r#"(component (component $c0 (type $r (resource (rep i32))) (export "r" (type $r)))"#);
    for level in 1..=40 {
        let below = level - 1;
        write!(
            text,
            r#"(component $c{level} (alias outer 1 {below} (component $below))
                (instance $a (instantiate $below)) (instance $b (instantiate $below))
                (export "a" (instance $a)) (export "b" (instance $b)))"#
        )
        .unwrap();
    }
    check(&(text + ")"), Some(ErrorKind::Limit(Limit::TypeWork)));
}

/// Types are equal when each is a subtype of the other, which must not be found out twice at every
/// level.
#[test]
fn types_of_types_that_are_compared() {
    for sort in ["component", "instance"] {
        let tower = |name: &str| {
            let mut text = format!("(type ${name}0 (component (export \"r\" (type (sub resource)))))");
            for level in 1..=40 {
                let below = level - 1;
                write!(
                    text,
                    "(type ${name}{level} ({sort} (alias outer 1 ${name}{below} (type $t)) (export \"t\" (type (eq $t)))))"
                )
                .unwrap();
            }
            text
        };
        let component = r#"(component $c (alias outer 1 $a40 (type $t)) (import "t" (type (eq $t))))"#;
        let instance = r#"(instance (instantiate $c (with "t" (type $b40))))"#;
        check(&format!("(component {} {} {component} {instance})", tower("a"), tower("b")), None);
    }
}

/// Many small components that each use a large type.
#[test]
fn a_large_type_used_often() {
    let mut text = String::from("(component $c (type $t0 (instance (export \"r\" (type (sub resource)))))");
    for level in 1..=14 {
        let below = level - 1;
        write!(
            text,
            "(type $t{level} (instance (alias outer $c $t{below} (type $t)) (export \"a\" (instance (type $t))) (export \"b\" (instance (type $t)))))"
        )
        .unwrap();
    }
    for _ in 0..1000 {
        text.push_str("(component (alias outer $c $t14 (type $t)) (import \"i\" (instance (type $t))))");
    }
    check(&(text + ")"), Some(ErrorKind::Limit(Limit::TypeWork)));
}

#[test]
fn every_prefix_of_a_component() {
    // Where a section ends, a component may end as well.
    let accepted = (0..=GREETER.len()).filter(|len| judge(GREETER.get(..*len).unwrap().to_vec()).is_ok());
    let accepted: Vec<usize> = accepted.collect();
    assert!(accepted.len() < 40, "{accepted:?}");
    assert_eq!(accepted.last(), Some(&GREETER.len()));
}

/// A component with something of everything.
fn everything() -> Vec<u8> {
    encode(
        r#"(component $C
            (import "r" (type $r (sub resource)))
            (import "a:b/c@1.2.3" (instance $i (export "s" (type $s (sub resource))) (export "f" (func (result (own $s))))))
            (type $rec (record (field "a" u8) (field "b" (list string)) (field "c" (option (own $r)))))
            (export $rec2 "rec" (type $rec))
            (type $var (variant (case "x" f32) (case "y" (tuple u8 u64)) (case "z")))
            (core type (module (type (func)) (import "a" "b" (func (type 0))) (export "c" (memory 1))))
            (core module $m (memory (export "m") 1) (func (export "f") (param i32) (result i32) unreachable)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
            (core instance $ci (instantiate $m))
            (alias core export $ci "m" (core memory $mem))
            (func $f (param "x" u8) (result string) (canon lift (core func $ci "f") (memory $mem) (realloc (core func $ci "realloc"))))
            (alias export $i "f" (func $g))
            (core func (canon lower (func $g)))
            (type $own (resource (rep i32)))
            (core func (canon resource.new $own))
            (component $N (import "t" (type $t (sub resource))) (import "f" (func (result (own $t))))
                (type $u (list u8)) (export "u" (type $u)) (export "t2" (type $t)))
            (instance $n (instantiate $N (with "t" (type $i "s")) (with "f" (func $g))))
            (export "n" (instance $n))
            (export "f" (func $f)))"#,
    )
}

fn oracle(bytes: &[u8]) -> Result<(), String> {
    use wasmparser::{Validator, WasmFeatures};
    let features = WasmFeatures::all().difference(WasmFeatures::CM_VALUES);
    Validator::new_with_features(features).validate_all(bytes).map(drop).map_err(|error| format!("{error}"))
}

/// Where the specification says otherwise than wasmparser.
fn differs(why: &str) -> bool {
    ["map value type", "invalid interface version", "ascribed type of export"].iter().any(|known| why.contains(known))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Nothing panics, and what passes here passes there.
    #[test]
    fn broken_components(
        greeter in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = if greeter { GREETER.to_vec() } else { everything() };
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        let judged = component_of_any_feature(bytes.clone().into(), FEATURES, &Limits::HOST);
        if judged.is_ok() && let Err(why) = oracle(&bytes) {
            prop_assert!(differs(&why), "{why}");
        }
    }
}
