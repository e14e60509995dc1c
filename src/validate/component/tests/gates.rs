//! What each gate of `Explainer.md` lets through, and that it is refused by name when the gate is
//! closed.

use super::encode;
use crate::syntax::Features;
use crate::syntax::feature::FEATURE_NAMES;
use crate::validate::component::component_of_any_feature;
use crate::{ErrorKind, support::Limits};
use std::vec::Vec;

/// Texts, for which a gate has to be open.
const TEXTS: &[(Features, &str)] = &[
    (Features::COMPONENT_MODEL, "(component)"),
    (Features::CM_ASYNC, r#"(component (import "f" (func async)))"#),
    (Features::CM_ASYNC, "(component (type (stream u8)))"),
    (Features::CM_ASYNC, "(component (type (future)))"),
    (Features::CM_ASYNC, "(component (core func (canon waitable-set.new)))"),
    (Features::CM_THREADING, "(component (core func (canon thread.index)))"),
    (Features::CM_ERROR_CONTEXT, "(component (type error-context))"),
    (Features::CM_ERROR_CONTEXT, "(component (core func (canon error-context.drop)))"),
    (Features::CM_FIXED_LENGTH_LISTS, "(component (type (list u8 4)))"),
    (Features::CM_NESTED_NAMES, r#"(component (import "a:b:c/d" (instance)))"#),
    (Features::CM_CANON_NAMES, r#"(component (import "a:b/c@1" (instance)))"#),
    (Features::CM_CANON_NAMES, r#"(component (import "a:b/c@1" (version-suffix ".2.3") (instance)))"#),
    (Features::CM_IMPLEMENTS, r#"(component (import "a" (implements "a:b/c") (instance)))"#),
    (Features::CM_IMPLEMENTS, r#"(component (import "a" (external-id "b") (func)))"#),
    (Features::CM_MAP, "(component (type (map u8 string)))"),
    (Features::CM_FORWARD, "(component (type $s (stream u8)) (core func (canon stream.forward $s)))"),
    (Features::CM_ACCESSORS, r#"(component (import "[get]x" (func (result u8))))"#),
    (Features::CM64, "(component (type (resource (rep i64))))"),
    (
        Features::CM64,
        r#"(component (import "f" (func $f (param "x" string))) (core module $m (memory (export "m") i64 1))
            (core instance $i (instantiate $m)) (core func (canon lower (func $f) (memory (core memory $i "m")))))"#,
    ),
    (Features::CM_MORE_ASYNC_BUILTINS, "(component (core func (canon subtask.cancel async)))"),
    (
        Features::CM_ASYNC_STACKFUL,
        r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
            (type $f (func async)) (func (type $f) (canon lift (core func $i "f") async)))"#,
    ),
];

/// What tools do not write as the specification has it.
fn binaries() -> Vec<(Features, Vec<u8>)> {
    let section = |id: u8, content: &[u8]| [&b"\0asm\x0D\0\x01\0"[..], &[id, content.len() as u8], content].concat();
    std::vec![
        // An import of a value, a start function, a value.
        (Features::CM_VALUES, section(0x0A, &[1, 0, 1, b'v', 0x02, 0x01, 0x73])),
        (Features::CM_VALUES, section(0x0C, &[1, 0x7D, 1, 7])),
        // `thread.available-parallelism` of threads that are not shared.
        (Features::CM_SHARED_THREADING, section(0x08, &[1, 0x42, 0])),
    ]
}

#[test]
fn gates_that_are_closed_refuse_by_name() {
    let mut cases: Vec<(Features, Vec<u8>)> = TEXTS.iter().map(|(gate, text)| (*gate, encode(text))).collect();
    cases.extend(binaries());
    for (gate, bytes) in &cases {
        let judge = |features| {
            let input = bytes.clone().into();
            component_of_any_feature(input, features, &Limits::HOST).err().map(|error| error.kind())
        };
        let name = gate.name();
        // A value that is imported or defined has to be used: that is judged behind the gate.
        let behind = judge(Features::all());
        assert!(!matches!(behind, Some(ErrorKind::Disabled(_) | ErrorKind::Malformed(_))), "{name}: {behind:?}");
        assert_eq!(judge(Features::all().difference(*gate)), Some(ErrorKind::Disabled(*gate)), "{name}");
    }
    for (name, gate) in FEATURE_NAMES.iter().filter(|(_, gate)| !Features::CORE.contains(*gate)) {
        assert!(cases.iter().any(|(tested, _)| tested == gate), "nothing tests the gate {name}");
    }
}
