//! Rules as data: a component in text, and what the validator says of it. The official suite has
//! a case for every rule; here are those it leaves out, and the costs.

mod hostile;

use super::component_of_any_feature;
use crate::error::{Error, Result};
use crate::image::{ComponentId, Image};
use crate::support::Limits;
use crate::syntax::Features;
use std::string::{String, ToString};
use std::vec::Vec;

const FEATURES: Features = Features::all().difference(Features::CM_VALUES);

fn encode(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

fn judge(bytes: Vec<u8>) -> Result<Image> {
    component_of_any_feature(bytes.into(), FEATURES, &Limits::HOST)
}

/// The error's text, or nothing.
fn said(found: Result<Image>) -> String {
    found.err().map(|error: Error| error.to_string()).unwrap_or_default()
}

/// Checks a component: `""` where it is valid, or else how the error's text begins.
#[track_caller]
fn check(text: &str, expect: &str) {
    let found = said(judge(encode(text)));
    let same = if expect.is_empty() { found.is_empty() } else { found.starts_with(expect) };
    assert!(same, "{text}\n expected {expect:?}\n    found {found:?}");
}

#[test]
fn imports_do_not_refer_to_what_is_defined_here() {
    let local = "(type $r (resource (rep i32)))";
    check(&std::format!("(component {local} (import \"a\" (type (eq $r))))"), "type is not exported or imported");
    let instance =
        r#"(component $C (type $r (resource (rep i32))) (export "r" (type $r))) (instance $c (instantiate $C))"#;
    let import = r#"(alias export $c "r" (type $r)) (import "a" (type (eq $r)))"#;
    check(&std::format!("(component {instance} {import})"), "type is not exported or imported");
    check(r#"(component (import "a" (type $a (sub resource))) (import "b" (type (eq $a))))"#, "");
}

#[test]
fn exports_name_a_type_for_what_comes_after_only() {
    let module = r#"(core module $m (func (export "f") (result i32) unreachable)) (core instance $i (instantiate $m))"#;
    let func = |ty: &str| std::format!(r#"(func $f (result {ty}) (canon lift (core func $i "f")))"#);
    let text = std::format!(
        r#"(component {module} (type $e (enum "a" "b")) (export $x "e" (type $e)) {} (export "f" (func $f)))"#,
        func("$x")
    );
    check(&text, "");
    let text = std::format!(
        r#"(component {module} (type $e (enum "a" "b")) (export $x "e" (type $e)) {} (export "f" (func $f)))"#,
        func("$e")
    );
    check(&text, "type is not exported or imported: func not valid to be used as export");
}

#[test]
fn components_match_with_imports_turned_around() {
    let given = r#"(import "g" (component $g (import "r" (type $r (sub resource))) (import "f" (func (param "x" (own $r))))
        (export "s" (type $s (sub resource))) (export "h" (func (param "x" (own $r)) (result (own $s)))))) "#;
    let wanted = |imports: &str, exports: &str| {
        std::format!(
            r#"(component {given} (component $c (import "w" (component
                (import "r" (type $r (sub resource))) (import "f" (func (param "x" (own $r)))) {imports}
                (export "s" (type $s (sub resource))) {exports})))
                (instance (instantiate $c (with "w" (component $g)))))"#
        )
    };
    check(&wanted("", r#"(export "h" (func (param "x" (own $r)) (result (own $s))))"#), "");
    check(&wanted(r#"(import "more" (func))"#, ""), "");
    let other = wanted("", r#"(export "h" (func (param "x" (own $s)) (result (own $s))))"#);
    check(&other, "instantiation argument `w`: export `h`: type mismatch");
    check(
        &wanted("", r#"(export "less" (func))"#),
        "instantiation argument `w`: type mismatch: export `less` is missing",
    );
}

#[test]
fn resources_are_new_in_every_instance() {
    let component = r#"(component $C (type $r (resource (rep i32))) (export "r" (type $r)))
        (instance $a (instantiate $C)) (instance $b (instantiate $C))
        (component $eq (import "a" (type $a (sub resource))) (import "b" (type (eq $a))))"#;
    let with = |a: &str, b: &str| {
        std::format!(
            r#"(component {component} (instance (instantiate $eq (with "a" (type ${a} "r")) (with "b" (type ${b} "r")))))"#
        )
    };
    check(&with("a", "a"), "");
    check(&with("a", "b"), "instantiation argument `b`: type mismatch: resource types are not the same");
}

#[test]
fn the_image_tells_what_the_bytes_do_not() {
    let text = r#"(component $A
        (component $B (core module) (component $C) (core module))
        (core module)
        (type $f (func (param "name" string) (result (list u8))))
        (import "f" (func $i (type $f)))
        (export "g" (func $i)))"#;
    let image = judge(encode(text)).unwrap();
    assert_eq!((image.components.len(), image.modules.len()), (3, 3));
    let root = image.root().unwrap();
    assert_eq!(*root.nested_components, [ComponentId::new(1)]);
    let nested = image.component(ComponentId::new(1)).unwrap();
    assert_eq!((nested.parent, nested.nested_components.len()), (Some(ComponentId::new(0)), 1));
    assert_eq!(nested.nested_modules.iter().map(|id| id.raw()).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(root.nested_modules.iter().map(|id| id.raw()).collect::<Vec<_>>(), [2]);
    let func = image.types.func(*root.funcs.first().unwrap()).unwrap();
    assert_eq!(func.params.iter().map(|param| image.name(param.name)).collect::<Vec<_>>(), ["name"]);
    assert_eq!(root.funcs.len(), 2, "an export is a new index");
    let ty = image.types.component(root.ty.unwrap()).unwrap();
    assert_eq!((ty.imports.len(), image.name(ty.exports[0].name)), (1, "g"));
}

#[test]
fn what_cannot_run_is_refused_by_name() {
    let text = r#"(component (import "f" (func async)))"#;
    let judged = super::component_image(encode(text).into(), Features::all(), &Limits::HOST);
    assert_eq!(judged.unwrap_err().kind(), crate::ErrorKind::Unsupported(Features::CM_ASYNC));
    let judged = super::component_image(encode(text).into(), Features::default(), &Limits::HOST);
    assert_eq!(judged.unwrap_err().kind(), crate::ErrorKind::Disabled(Features::CM_ASYNC));
}
