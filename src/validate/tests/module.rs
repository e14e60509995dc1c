//! The rules of everything but code: types, imports, exports, segments; features and limits.

use super::{check, encode, judge, said};
use crate::error::{ErrorKind, Invalid};
use crate::image::module::SegmentMode;
use crate::image::{Bytes, Span};
use crate::support::{Limit, Limits};
use crate::syntax::{ExternKind, Features};
use crate::validate::{image, module, module_of_any_feature};
use std::format;
use std::string::String;

#[test]
fn types() {
    for (text, expect) in [
        ("(module (type (sub (struct))) (type (sub 0 (struct (field i32)))))", ""),
        ("(module (type (struct)) (type (sub 0 (struct))))", "sub type: the supertype is final"),
        ("(module (type (sub (array i32))) (type (sub 0 (struct))))", "sub type: does not match its supertype"),
        ("(module (rec (type $a (sub $b (struct))) (type $b (sub (struct)))))", "unknown type: 1"),
        ("(module (rec (type (struct (field (ref 1)))) (type (struct (field (ref 0))))))", ""),
        ("(module (type (struct (field (ref 1)))))", "unknown type: 1"),
        ("(module (type (func)) (import \"\" \"\" (func (type 1))))", "unknown type: 1"),
        ("(module (type (struct)) (import \"\" \"\" (func (type 0))))", "type mismatch: type 0 is not a function"),
        ("(module (tag (result i32)))", "non-empty tag result type"),
        ("(module (memory 2 1))", "size minimum must not be greater than maximum"),
        ("(module (memory 65536))", ""),
        ("(module (memory 65537))", "memory size must be at most 65536 pages (4GiB)"),
        ("(module (memory i64 0x1000000000000))", ""),
        ("(module (memory i64 0x1000000000001))", "memory size must be at most 2^48"),
        ("(module (memory 0xFFFFFFFF (pagesize 1)))", ""),
        ("(module (table 0xFFFFFFFF funcref))", ""),
        ("(module (table 1 (ref func)))", "type mismatch: a table of references that are not null"),
        ("(module (func $f) (table 1 (ref func) (ref.func $f)))", ""),
    ] {
        check(text, expect);
    }
}

#[test]
fn equal_types_have_one_id() {
    let text = "(module (rec (type (struct (field (ref null 0)))) (type (func)))
        (rec (type (struct (field (ref null 2)))) (type (func))) (type (func)))";
    let judged = judge(text).unwrap();
    let ids: std::vec::Vec<u32> = judged.type_ids.iter().map(|id| id.raw()).collect();
    assert_eq!(ids, [0, 1, 0, 1, 2]);
}

#[test]
fn constant_expressions() {
    for (text, expect) in [
        ("(module (global i32 (i32.add (i32.const 1) (i32.const 2))))", ""),
        (
            "(module (global i32 (i32.div_s (i32.const 1) (i32.const 2))))",
            "constant expression required: found i32.div_s",
        ),
        ("(module (global i32 (i64.const 1)))", "type mismatch: expected i32, found i64"),
        ("(module (global i32 (i32.const 1) (i32.const 1)))", "type mismatch: 1 more"),
        ("(module (global i32 (global.get 0)))", "unknown global: 0"),
        ("(module (global i32 (i32.const 1)) (global i32 (global.get 0)))", ""),
        (
            "(module (global (mut i32) (i32.const 1)) (global i32 (global.get 0)))",
            "constant expression required: global 0",
        ),
        ("(module (global i32 (block (result i32) (i32.const 1))))", "constant expression required: found block"),
        ("(module (type $s (struct)) (global (ref $s) (struct.new $s)))", ""),
        // A reference outside of code declares the function.
        ("(module (func $f) (global funcref (ref.func $f)) (func (drop (ref.func $f))))", ""),
        ("(module (func $f) (export \"\" (func $f)) (func (drop (ref.func $f))))", ""),
        ("(module (func $f) (start $f) (func (drop (ref.func $f))))", "undeclared function reference: 0"),
    ] {
        check(text, expect);
    }
}

#[test]
fn exports_start_and_segments() {
    for (text, expect) in [
        ("(module (func) (export \"a\" (func 0)) (export \"b\" (func 0)))", ""),
        ("(module (func) (export \"a\" (func 0)) (export \"a\" (func 0)))", "duplicate export name: a"),
        ("(module (export \"a\" (memory 0)))", "unknown memory: 0"),
        ("(module (func $f (param i32)) (start $f))", "start function"),
        ("(module (data (i32.const 0) \"\"))", "unknown memory: 0"),
        ("(module (memory i64 1) (data (i32.const 0) \"\"))", "type mismatch"),
        ("(module (table 1 externref) (func $f) (elem (i32.const 0) $f))", "type mismatch: the segment's type"),
        ("(module (table 1 funcref) (elem (i32.const 0) funcref (ref.null extern)))", "type mismatch"),
        ("(module (elem func 3))", "unknown function: 3"),
    ] {
        check(text, expect);
    }
}

#[test]
fn an_image_tells_what_the_module_has() {
    let text = "(module (import \"env\" \"f\" (func)) (import \"env\" \"g\" (global i32))
        (memory 1) (table 2 funcref) (func (export \"run\") (param i64)) (global (mut i32) (i32.const 7))
        (elem (table 0) (i32.const 1) func 1) (data (i32.const 4) \"abc\"))";
    let image = image(Bytes::Owned(encode(text).into()), Features::WASM3, &Limits::HOST).unwrap();
    let module = image.modules.first().unwrap();
    let bytes = &*image.bytes;
    let import = module.imports.get(1).unwrap();
    assert_eq!((import.module.text(bytes), import.name.text(bytes)), ("env", "g"));
    assert_eq!((import.kind, import.index), (ExternKind::Global, 0));
    let export = module.exports.first().unwrap();
    assert_eq!((export.name.text(bytes), export.kind, export.index), ("run", ExternKind::Func, 1));
    let data = module.data.first().unwrap();
    assert_eq!(data.bytes.of(bytes), b"abc");
    assert!(matches!(data.mode, SegmentMode::Active(_, at) if at.of(bytes) == [0x41, 4, 0x0B]));
    let (_, init) = module.globals.get(1).unwrap();
    assert_eq!(init.unwrap().of(bytes), [0x41, 7, 0x0B]);
    let func = module.funcs.first().unwrap();
    assert_eq!(Span { start: func.code, len: func.end - func.code }.of(bytes), [0x0B]);
    assert_eq!((module.imported_funcs, module.imported_globals, module.func_types.len()), (1, 1, 2));
}

#[test]
fn a_nested_module_has_offsets_of_the_whole_input() {
    let inner = encode("(module (func (export \"f\") (drop (i32.const 1))))");
    let mut outer = std::vec![0xAA; 5];
    outer.extend_from_slice(&inner);
    outer.push(0xAA);
    let span = Span { start: 5, len: inner.len() as u32 };
    let nested = module(&outer, span, Features::WASM3, &Limits::HOST).unwrap();
    assert_eq!(nested.exports.first().unwrap().name.text(&outer), "f");
    assert_eq!(outer.get(nested.funcs.first().unwrap().code as usize), Some(&0x41));
}

#[test]
fn features_are_named() {
    let simd = "(module (func (drop (v128.const i64x2 0 0))))";
    let tail = "(module (func (return_call 0)))";
    let kind = |text: &str, features| {
        let bytes = encode(text);
        let span = Span { start: 0, len: bytes.len() as u32 };
        module(&bytes, span, features, &Limits::HOST).err().map(|error| error.kind())
    };
    assert_eq!(kind(simd, Features::MVP), Some(ErrorKind::Disabled(Features::SIMD)));
    assert_eq!(kind(tail, Features::WASM2), Some(ErrorKind::Disabled(Features::TAIL_CALL)));
    for (text, feature) in [(simd, Features::SIMD), (tail, Features::TAIL_CALL)] {
        let expect = (!Features::IMPLEMENTED.contains(feature)).then_some(ErrorKind::Unsupported(feature));
        assert_eq!(kind(text, Features::WASM3), expect);
    }
    let found = said(module_of_any_feature(&encode(tail), Features::WASM2, &Limits::HOST));
    assert!(found.starts_with("requires tail-call, which is switched off: return_call"), "{found}");
    for (text, feature) in [
        ("(module (memory 1) (memory 1))", Features::MULTI_MEMORY),
        ("(module (memory i64 1))", Features::MEMORY64),
        ("(module (type (struct)))", Features::GC),
        ("(module (func (param externref)))", Features::REFERENCE_TYPES),
        ("(module (func (param exnref)))", Features::EXCEPTIONS),
        ("(module (func (result i32 i32) unreachable))", Features::MULTI_VALUE),
        ("(module (global (export \"\") (mut i32) (i32.const 0)))", Features::MUTABLE_GLOBAL),
        ("(module (data \"\"))", Features::BULK_MEMORY),
        ("(module (global i32 (i32.add (i32.const 0) (i32.const 0))))", Features::EXTENDED_CONST),
        ("(module (func (param i32) (result i32) (i32.extend8_s (local.get 0))))", Features::SIGN_EXTENSION),
    ] {
        let bytes = encode(text);
        assert_eq!(said(module_of_any_feature(&bytes, Features::WASM3, &Limits::HOST)), "", "{text}");
        let without = module_of_any_feature(&bytes, Features::WASM3.difference(feature), &Limits::HOST);
        assert_eq!(without.unwrap_err().kind(), ErrorKind::Disabled(feature), "{text}");
    }
}

#[test]
fn limits_are_named() {
    let many = |item: &str, count: usize| (0..count).map(|_| item).collect::<String>();
    for (limit, text) in [
        (Limit::Types, format!("(module {})", many("(type (func))", 9))),
        (Limit::Functions, format!("(module {})", many("(func)", 9))),
        (Limit::Imports, format!("(module {})", many("(import \"\" \"\" (func))", 9))),
        (Limit::Exports, "(module (func (export \"1\") (export \"2\") (export \"3\") (export \"4\")))".into()),
        (Limit::Globals, format!("(module {})", many("(global i32 (i32.const 0))", 9))),
        (Limit::Tags, format!("(module {})", many("(tag)", 9))),
        (Limit::Tables, format!("(module {})", many("(table 1 funcref)", 9))),
        (Limit::Memories, format!("(module {})", many("(memory 1)", 9))),
        (Limit::ElementSegments, format!("(module {})", many("(elem func)", 9))),
        (Limit::DataSegments, format!("(module {})", many("(data)", 9))),
        (Limit::Params, format!("(module (type (func (param {}))))", many("i32 ", 9))),
        (Limit::Results, format!("(module (type (func (result {}))))", many("i32 ", 9))),
        (Limit::StructFields, format!("(module (type (struct (field {}))))", many("i32 ", 9))),
        (Limit::RecGroupSize, format!("(module (rec {}))", many("(type (func))", 9))),
        (Limit::Locals, format!("(module (func (local {})))", many("i32 ", 9))),
        (Limit::FunctionSize, format!("(module (func {}))", many("nop ", 9))),
        (Limit::BlockDepth, format!("(module (func {} {}))", many("block ", 9), many("end ", 9))),
        (Limit::BrTableTargets, format!("(module (func (br_table {} (i32.const 0))))", many("0 ", 9))),
        (Limit::Catches, format!("(module (func (try_table {})))", many("(catch_all 0)", 9))),
        (Limit::StackSlots, format!("(module (func {} unreachable))", many("i64.const 0 ", 9))),
        (Limit::NameSize, "(module (import \"123456789\" \"\" (func)))".into()),
        (Limit::ModuleSize, "(module)".into()),
    ] {
        let bytes = encode(&text);
        assert_eq!(said(module_of_any_feature(&bytes, Features::WASM3, &Limits::HOST)), "", "{text}");
        let mut limits = Limits::HOST;
        *field(&mut limits, limit) = 3;
        let found = module_of_any_feature(&bytes, Features::WASM3, &limits).unwrap_err();
        assert_eq!(found.kind(), ErrorKind::Limit(limit), "{text}: {found}");
    }
}

fn field(limits: &mut Limits, limit: Limit) -> &mut u32 {
    match limit {
        Limit::Types => &mut limits.types,
        Limit::Functions => &mut limits.functions,
        Limit::Imports => &mut limits.imports,
        Limit::Exports => &mut limits.exports,
        Limit::Globals => &mut limits.globals,
        Limit::Tags => &mut limits.tags,
        Limit::Tables => &mut limits.tables,
        Limit::Memories => &mut limits.memories,
        Limit::ElementSegments => &mut limits.element_segments,
        Limit::DataSegments => &mut limits.data_segments,
        Limit::Params => &mut limits.params,
        Limit::Results => &mut limits.results,
        Limit::StructFields => &mut limits.struct_fields,
        Limit::RecGroupSize => &mut limits.rec_group_size,
        Limit::Locals => &mut limits.locals,
        Limit::FunctionSize => &mut limits.function_size,
        Limit::BlockDepth => &mut limits.block_depth,
        Limit::BrTableTargets => &mut limits.br_table_targets,
        Limit::Catches => &mut limits.catches,
        Limit::StackSlots => &mut limits.stack_slots,
        Limit::NameSize => &mut limits.name_size,
        _ => &mut limits.module_size,
    }
}

#[test]
fn errors_carry_their_offset() {
    let bytes = encode("(module (func (drop (i32.const 1)) (drop)))");
    let error = module_of_any_feature(&bytes, Features::MVP, &Limits::HOST).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid(Invalid::TypeMismatch));
    let at = error.offset().unwrap() as usize;
    assert_eq!(bytes.get(at..), Some([0x1A, 0x0B].as_slice()));
}
