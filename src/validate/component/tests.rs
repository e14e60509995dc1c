//! Rules as data: a component in text, and what the validator says of it. The official suite has
//! a case for every rule; here are those it leaves out, and the costs.

mod gates;
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

/// `Explainer.md`, Type Checking: an ascribed type may make a resource type abstract.
#[test]
fn exports_make_resources_abstract() {
    let given = r#"(type $r (resource (rep i32)))
        (component $eq (import "a" (type $a (sub resource))) (import "b" (type (eq $a))))"#;
    let with = |exports: &str, other: &str| {
        std::format!(
            r#"(component {given} (component $C (type $r (resource (rep i32))) (export "r1" (type $r)) {exports})
                (instance $c (instantiate $C))
                (instance (instantiate $eq (with "a" (type $c "r1")) (with "b" (type $c "{other}")))))"#
        )
    };
    let (equal, abstract_) = (r#"(export "r2" (type $r))"#, r#"(export "r2" (type $r) (type (sub resource)))"#);
    check(&with(equal, "r2"), "");
    check(&with(abstract_, "r1"), "");
    check(&with(abstract_, "r2"), "instantiation argument `b`: type mismatch: resource types are not the same");
    let instance = r#"(export $r2 "r2" (type $r)) (instance $i (export "s" (type $r2)))
        (export "i" (instance $i) (instance (export "s" (type (sub resource)))))"#;
    check(&with(instance, "r2"), "");
}

/// `Explainer.md`, External Visibility of Types, for what types of components refer to.
#[test]
fn components_refer_to_named_resources() {
    let check_with = |before: &str, ty: &str, expect: &str| {
        let component = r#"(component (import "x" (type (eq $r))))"#;
        check(&std::format!("(component {before} ({ty} {component}))"), expect);
        let instance = std::format!(r#"(instance (export "c" {component}))"#);
        check(&std::format!("(component {before} ({ty} {instance}))"), expect);
    };
    let local = "(type $r (resource (rep i32)))";
    let imported = r#"(import "r" (type $r (sub resource)))"#;
    check_with(imported, r#"import "c""#, "");
    check_with(local, r#"import "c""#, "type is not exported or imported: ");
    let exported = std::format!(r#"{local} (export "r" (type $r))"#);
    check_with(&exported, r#"import "c""#, "type is not exported or imported: ");
    let ascribed = r#"(component $c (import "x" (type (sub resource)))) (export "c" (component $c)"#;
    let ascribed =
        |before: &str| std::format!(r#"(component {before} {ascribed} (component (import "x" (type (eq $r))))))"#);
    check(&ascribed(local), "type is not exported or imported: component not valid to be used as export");
    check(&ascribed(&exported), "");
    check(&ascribed(imported), "");
    let as_type = |before: &str, place: &str| {
        std::format!(
            r#"(component {before} (type $t (instance (export "c" (component (import "x" (type (eq $r))))))) {place})"#
        )
    };
    check(&as_type(local, r#"(export "t" (type $t))"#), "type is not exported or imported");
    check(&as_type(&exported, r#"(export "t" (type $t))"#), "");
    check(&as_type(local, r#"(import "t" (type (eq $t)))"#), "type is not exported or imported");
    check(&as_type(imported, r#"(import "t" (type (eq $t)))"#), "");
    let in_type = |first: &str| {
        std::format!(r#"(component (type (component {first} (import "c" (component (import "x" (type (eq $r))))))))"#)
    };
    check(&in_type(imported), "");
    check(&in_type(r#"(export "r" (type $r (sub resource)))"#), "type is not exported or imported");
}

/// `Explainer.md`, External Visibility of Types: imported types cannot transitively refer to the
/// external names of exported types.
#[test]
fn imports_do_not_refer_to_exported_names() {
    for ty in ["(list u8)", "u32", "(func)", "(record (field \"a\" u8))", "(instance)", "(component)"] {
        let component = |text: &str| std::format!("(component (type $t {ty}) {text})");
        let refused = "type is not exported or imported: type not valid to be used as import";
        check(&component(r#"(export "t" (type $t)) (import "u" (type (eq $t)))"#), "");
        check(&component(r#"(export $e "t" (type $t)) (import "u" (type (eq $e)))"#), refused);
        check(&component(r#"(import "t" (type $i (eq $t))) (import "u" (type (eq $i)))"#), "");
        let instance = r#"(instance $b (export "t" (type $t))) (export $i "i" (instance $b))"#;
        let through = r#"(alias export $i "t" (type $e)) (import "u" (type (eq $e)))"#;
        check(&component(&std::format!("{instance} {through}")), refused);
        let again = r#"(export $e "t" (type $t)) (alias outer 0 $e (type $a)) (import "u" (type (eq $a)))"#;
        check(&component(again), refused);
    }
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

/// `Explainer.md`, Type Checking: an `eq` bound asks for an equal type, not for a subtype.
#[test]
fn types_of_components_and_instances_are_compared() {
    let with = |sort: &str, given: &str, wanted: &str| {
        std::format!(
            r#"(component (type $given ({sort} {given}))
                (component $c (type $wanted ({sort} {wanted})) (import "t" (type (eq $wanted))))
                (instance (instantiate $c (with "t" (type $given)))))"#
        )
    };
    let resource = |name: &str| std::format!(r#"(export "{name}" (type ${name} (sub resource)))"#);
    let two = resource("a") + &resource("b");
    let (one, same) = (resource("a"), resource("a") + r#"(export "b" (type $b (eq $a)))"#);
    let (f, g) = (r#"(export "f" (func (result (own $a))))"#, r#"(export "f" (func (result (own $b))))"#);
    let module = |exports: &str| std::format!(r#"(export "m" (core module {exports}))"#);
    let nested = |inner: &str| std::format!(r#"(export "i" (instance {inner}))"#);
    let is_component = |inner: &str| std::format!(r#"(export "c" (component {inner}))"#);
    let m = module(r#"(export "m" (memory 1))"#);
    let pairs: &[(&str, &str, bool)] = &[
        (&one, &one, true),
        (&two, &(resource("b") + &resource("a")), true),
        (&two, &one, false),
        (&one, &two, false),
        (&two, &same, false),
        (&same, &two, false),
        (&same, &same, true),
        (&(two.clone() + f), &(two.clone() + f), true),
        (&(two.clone() + f), &(two.clone() + g), false),
        (&(same.clone() + f), &(same.clone() + g), true),
        (&m, &m, true),
        (&m, &module(""), false),
        (&module(""), &m, false),
        (&nested(&two), &nested(&two), true),
        (&nested(&two), &nested(&one), false),
        (&nested(&one), &nested(&two), false),
        (&is_component(&two), &is_component(&two), true),
        (&is_component(&two), &is_component(&one), false),
        (&is_component(&one), &is_component(&two), false),
    ];
    for (given, wanted, is_equal) in pairs {
        for sort in ["instance", "component"] {
            check(&with(sort, given, wanted), if *is_equal { "" } else { "instantiation argument `t`" });
        }
    }
    let import = |name: &str| std::format!(r#"(import "{name}" (type ${name} (sub resource)))"#);
    check(&with("component", &import("a"), &import("a")), "");
    check(&with("component", &import("a"), &(import("a") + &import("b"))), "instantiation argument `t`");
    check(&with("component", &(import("a") + &import("b")), &import("a")), "instantiation argument `t`");
    check(&with("component", &import("a"), &one), "instantiation argument `t`");
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
    // An import of a value.
    let bytes = b"\0asm\x0D\0\x01\0\x0A\x07\x01\0\x01v\x02\x01\x73";
    let judged = super::component_image(bytes.to_vec().into(), Features::all(), &Limits::HOST);
    assert_eq!(judged.unwrap_err().kind(), crate::ErrorKind::Unsupported(Features::CM_VALUES));
    let judged = super::component_image(bytes.to_vec().into(), Features::default(), &Limits::HOST);
    assert_eq!(judged.unwrap_err().kind(), crate::ErrorKind::Disabled(Features::CM_VALUES));
}

#[test]
fn items_of_a_module_type_are_no_index_spaces() {
    // Each may be exported by a module with one memory and one table, which it imports.
    let text = r#"(component (core type (module
        (import "" "m" (memory 1)) (export "m" (memory 1)) (export "n" (memory 1))
        (import "" "t" (table 1 funcref)) (export "t" (table 1 funcref)) (export "u" (table 1 funcref)))))"#;
    let features = Features::all().difference(Features::MULTI_MEMORY | Features::REFERENCE_TYPES);
    assert_eq!(said(component_of_any_feature(encode(text).into(), features, &Limits::HOST)), "");
    let limits = Limits { memories: 1, tables: 1, imports: 2, ..Limits::HOST };
    assert_eq!(said(component_of_any_feature(encode(text).into(), Features::all(), &limits)), "");
}
