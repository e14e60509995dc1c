//! Modules section by section: order, counts, lengths.

use super::*;
use crate::error::ErrorKind;
use crate::syntax::Instr;
use crate::syntax::{GlobalType, ValType};
use std::vec::Vec;
use std::{format, vec};

/// Reads everything in a module, instructions included; the names of its sections.
fn read_all(bytes: &[u8], offset: u32) -> Result<Vec<&'static str>, crate::Error> {
    fn each<'a, X: Read<'a>>(list: Encoded<'a, X>) -> Result<(), crate::Error> {
        let mut items = list.items();
        for item in items.by_ref() {
            item?;
        }
        items.finish()
    }
    let mut names = Vec::new();
    for section in Sections::new(Reader::new(bytes, offset)) {
        names.push(match section? {
            Section::Custom(_) => "custom",
            Section::Type(list) => each(list).map(|()| "type")?,
            Section::Import(list) => each(list).map(|()| "import")?,
            Section::Function(list) => each(list).map(|()| "function")?,
            Section::Table(list) => each(list).map(|()| "table")?,
            Section::Memory(list) => each(list).map(|()| "memory")?,
            Section::Tag(list) => each(list).map(|()| "tag")?,
            Section::Global(list) => each(list).map(|()| "global")?,
            Section::Export(list) => each(list).map(|()| "export")?,
            Section::Start(_) => "start",
            Section::Element(list) => each(list).map(|()| "element")?,
            Section::DataCount(_) => "data count",
            Section::Code(list) => {
                each(list)?;
                for body in list.items() {
                    let (_, body) = body?;
                    let mut code = Reader::new(body.code, body.offset);
                    while !code.is_empty() {
                        code.read::<Instr<'_>>()?;
                    }
                }
                "code"
            }
            Section::Data(list) => each(list).map(|()| "data")?,
        });
    }
    Ok(names)
}

fn encode(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// A module with something in every section and every form of segment.
const EVERYTHING: &str = r#"(module $m
    (rec (type $s (sub (struct (field i8) (field (mut (ref null $a)))))) (type $a (array (mut i16))))
    (type $sub (sub final $s (struct (field i8) (field (mut (ref null $a))) (field f64))))
    (type $f (func (param i32 i64 f32 f64 v128 funcref externref (ref $s)) (result i32 i32)))
    (type $t (func (param i32)))
    (import "m" "f" (func $imported (type $t)))
    (import "m" "table" (table 1 2 funcref))
    (import "m" "memory" (memory i64 1 2))
    (import "m" "global" (global (mut exnref)))
    (import "m" "tag" (tag (type $t)))
    (table $table 1 funcref)
    (table 1 2 (ref func) (ref.func $g))
    (table i64 1 externref)
    (memory $memory 1)
    (memory 1 2 shared)
    (memory 0 (pagesize 1))
    (tag $tag (type $t))
    (global i32 (i32.const 1))
    (global (mut (ref null $a)) (array.new_default $a (i32.const 3)))
    (global i32 (i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3))))
    (export "g" (func $g)) (export "Grüße 🚀" (memory 0)) (export "" (tag 0))
    (start $g)
    (elem (table 0) (offset (i32.const 0)) func $g)
    (elem func $g $imported)
    (elem (table 1) (offset (i32.const 0)) func $g)
    (elem declare func $g)
    (elem (table 0) (offset (i32.const 0)) funcref (ref.func $g) (ref.null func))
    (elem externref (ref.null extern))
    (elem (table 1) (offset (i32.const 0)) (ref func) (ref.func $g))
    (elem declare (ref null $t) (ref.null $t))
    (func $g (local i32 i32 i64 v128 (ref null $s))
        (block $b (try_table (catch $tag $b) (catch_all $b) (throw $tag (i32.const 1))))
        (br_table 0 0 (memory.init 0 (i32.const 1) (i32.const 2) (i32.const 3)) (i32.const 4)))
    (data (memory 0) (offset (i64.const 0)) "a")
    (data "bc")
    (data (memory 1) (offset (i32.const 0)) ""))"#;

#[test]
fn reads_every_section_at_any_offset() {
    let bytes = encode(EVERYTHING);
    let sections = [
        "type",
        "import",
        "function",
        "table",
        "memory",
        "tag",
        "global",
        "export",
        "start",
        "element",
        "data count",
        "code",
        "data",
        "custom",
    ];
    for offset in [0, 7, u32::MAX - bytes.len() as u32] {
        assert_eq!(read_all(&bytes, offset).unwrap(), sections);
    }
}

#[test]
fn no_prefix_of_a_module_and_no_changed_byte_does_harm() {
    let bytes = encode(EVERYTHING);
    for len in 0..bytes.len() {
        let _ = read_all(&bytes[..len], 0);
    }
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        for byte in [0, 0x7F, 0x80, 0xFF, bytes[at] ^ 1, bytes[at].wrapping_add(1)] {
            changed[at] = byte;
            let _ = read_all(&changed, 0);
        }
    }
}

#[test]
fn segments_in_all_their_forms() {
    let bytes = encode(EVERYTHING);
    let mut found = Vec::new();
    for section in Sections::new(Reader::new(&bytes, 0)) {
        match section.unwrap() {
            Section::Element(list) => found.extend(list.items().map(|item| {
                let (_, Element { mode, ty, items }) = item.unwrap();
                let mode = match mode {
                    ElementMode::Active { table, .. } => format!("active in {table}"),
                    ElementMode::Passive => "passive".into(),
                    ElementMode::Declared => "declared".into(),
                };
                let items = match items {
                    ElementItems::Funcs(list) => format!("{} functions", list.count),
                    ElementItems::Exprs(list) => format!("{} expressions", list.count),
                };
                format!("{mode}: {items} of {ty:?}")
            })),
            Section::Data(list) => found.extend(list.items().map(|item| {
                let (_, Data { mode, bytes }) = item.unwrap();
                match mode {
                    DataMode::Active { memory, start } => {
                        format!("active in {memory} from {:x?}: {bytes:x?}", start.bytes)
                    }
                    DataMode::Passive => format!("passive: {bytes:x?}"),
                }
            })),
            _ => {}
        }
    }
    let never_null = "(ref Abstract(Func))";
    let nullable = "(ref null Abstract(Func))";
    assert_eq!(
        found,
        [
            format!("active in 0: 1 functions of {never_null}"),
            format!("passive: 2 functions of {never_null}"),
            format!("active in 1: 1 functions of {never_null}"),
            format!("declared: 1 functions of {never_null}"),
            format!("active in 0: 2 expressions of {nullable}"),
            "passive: 1 expressions of (ref null Abstract(Extern))".into(),
            format!("active in 1: 1 expressions of {never_null}"),
            "declared: 1 expressions of (ref null Concrete(TypeIdx(4)))".into(),
            "active in 0 from [42, 0, b]: [61]".into(),
            "passive: [62, 63]".into(),
            "active in 1 from [41, 0, b]: []".into(),
        ]
    );
}

#[test]
fn headers() {
    let cases: &[(&[u8], Malformed)] = &[
        (b"", Malformed::UnexpectedEnd),
        (b"\0as", Malformed::UnexpectedEnd),
        (b"\0asn\x01\0\0\0", Malformed::Magic),
        (b"\0asm\x01\0\0", Malformed::UnexpectedEnd),
        (b"\0asm\x02\0\0\0", Malformed::Version),
        (b"\0asm\x0D\0\0\0", Malformed::Version),
        (b"\0asm\x0D\0\x01\0", Malformed::Layer),
    ];
    for (bytes, expect) in cases {
        assert_eq!(read_all(bytes, 0).unwrap_err().kind(), ErrorKind::Malformed(*expect), "{bytes:x?}");
    }
    assert_eq!(read_all(b"\0asm\x01\0\0\0", 0).unwrap(), [""; 0]);
}

/// What is wrong with a module of these sections.
fn wrong(sections: &[&[u8]]) -> Option<Malformed> {
    let bytes = [b"\0asm\x01\0\0\0".as_slice(), &sections.concat()].concat();
    match read_all(&bytes, 0).err()?.kind() {
        ErrorKind::Malformed(why) => Some(why),
        other => panic!("{other:?}"),
    }
}

/// A section with no items; start and data count have none to have.
fn empty(id: u8) -> [u8; 3] {
    [id, 1, 0]
}

#[test]
fn sections_come_once_and_in_order() {
    const ORDER: [u8; 13] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];
    for (place, id) in ORDER.into_iter().enumerate() {
        assert_eq!(wrong(&[&empty(id)]), None, "{id} alone");
        for (other_place, other) in ORDER.into_iter().enumerate() {
            let expect = (other_place <= place).then_some(Malformed::SectionOrder);
            assert_eq!(wrong(&[&empty(id), b"\0\x01\0", &empty(other)]), expect, "{other} after {id}");
        }
    }
}

#[test]
fn sections_that_do_not_add_up() {
    use Malformed::{
        DataCountMismatch, FunctionCodeMismatch, LengthOutOfBounds, SectionId, SectionSize, TooManyLocals,
        UnexpectedEnd, Utf8,
    };
    const FUNCS: &[u8] = b"\x03\x02\x01\x00";
    const BODY: &[u8] = b"\x0A\x04\x01\x02\x00\x0B";
    let cases: &[(&[&[u8]], Option<Malformed>)] = &[
        (&[b"\x0E\x01\x00"], Some(SectionId)),
        (&[b"\x81\x01\x00"], Some(SectionId)),
        (&[b"\x01"], Some(UnexpectedEnd)),
        (&[b"\x01\x02\x00"], Some(LengthOutOfBounds)),
        (&[b"\x01\x02\x00\x00"], Some(SectionSize)),
        (&[b"\x08\x02\x00\x00"], Some(SectionSize)),
        (&[b"\x0C\x02\x00\x00"], Some(SectionSize)),
        (&[b"\x00\x00"], Some(UnexpectedEnd)),
        (&[b"\x00\x02\x02a"], Some(LengthOutOfBounds)),
        (&[b"\x00\x02\x01\xFF"], Some(Utf8)),
        (&[b"\x00\x04\x03\xED\xA0\x80"], Some(Utf8)),
        (&[FUNCS, BODY], None),
        (&[FUNCS], Some(FunctionCodeMismatch)),
        (&[BODY], Some(FunctionCodeMismatch)),
        (&[FUNCS, b"\x0A\x07\x02\x02\x00\x0B\x02\x00\x0B"], Some(FunctionCodeMismatch)),
        (&[b"\x0C\x01\x01", b"\x0B\x03\x01\x01\x00"], None),
        (&[b"\x0C\x01\x02", b"\x0B\x03\x01\x01\x00"], Some(DataCountMismatch)),
        (&[b"\x0C\x01\x00", b"\x0B\x03\x01\x01\x00"], Some(DataCountMismatch)),
        (&[b"\x0C\x01\x01"], Some(DataCountMismatch)),
        (&[b"\x0C\x01\x00"], None),
        (&[FUNCS, b"\x0A\x0A\x01\x08\x01\xFF\xFF\xFF\xFF\x0F\x7F\x0B"], None),
        (&[FUNCS, b"\x0A\x0C\x01\x0A\x02\xFF\xFF\xFF\xFF\x0F\x7F\x01\x7E\x0B"], Some(TooManyLocals)),
        (&[FUNCS, b"\x0A\x0C\x01\x0A\x02\xFE\xFF\xFF\xFF\x0F\x7F\x01\x7E\x0B"], None),
    ];
    for (sections, expect) in cases {
        assert_eq!(wrong(sections), *expect, "{sections:x?}");
    }
}

#[test]
fn items_that_are_none() {
    use Malformed::*;
    let cases: &[(u8, &[u8], Malformed)] = &[
        (1, b"\x5D", TypeForm),
        (1, b"\xE0\x7F", IntegerTooLong),
        (1, b"\x60\x01\x7A\x00", ValueType),
        (1, b"\x60\x7F\x7F\x00", UnexpectedEnd),
        (1, b"\x5E\x7F\x02", Mutability),
        (1, b"\x4E\x7F\x60\x00\x00", UnexpectedEnd),
        (2, b"\x00\x00\x05\x00", ImportKind),
        (2, b"\x00\x00\x04\x01\x00", TagAttribute),
        (4, b"\x7F\x00\x00", ReferenceType),
        (4, b"\x70\x08\x00", LimitsFlags),
        (4, b"\x70\x02\x00", LimitsFlags),
        (4, b"\x40\x01\x70\x00\x00\xD0\x70\x0B", ZeroByte),
        (5, b"\x10\x00", LimitsFlags),
        (5, b"\x81\x00\x00", LimitsFlags),
        (6, b"\x7F\x02\x41\x00\x0B", Mutability),
        (6, b"\x7F\x00\x41\x00", UnexpectedEnd),
        (6, b"\x7F\x00\x02\x40\x0B", UnexpectedEnd),
        (6, b"\x7F\x00\x06\x40\x0B", IllegalOpcode),
        (7, b"\x00\x05\x00", ExportKind),
        (9, b"\x08\x00", ElementKind),
        (9, b"\x01\x01\x00", ElementKind),
        (9, b"\x05\x7F\x00", ReferenceType),
        (11, b"\x03\x00", DataKind),
        (11, b"\x01\x02a", UnexpectedEnd),
    ];
    for (id, item, expect) in cases {
        let mut section = vec![*id, item.len() as u8 + 1, 1];
        section.extend(*item);
        assert_eq!(wrong(&[&section]), Some(*expect), "section {id}: {item:x?}");
    }
}

#[test]
fn an_expression_ends_with_its_own_end_however_deep_the_blocks() {
    let depth = 100_000;
    let mut bytes = vec![0x7F, 0];
    bytes.extend([0x02, 0x40].repeat(depth));
    bytes.extend([0x0B].repeat(depth + 1));
    bytes.extend(*b"rest");
    let mut reader = Reader::new(&bytes, 10);
    let global = reader.read::<Global<'_>>().unwrap();
    assert_eq!(global.ty, GlobalType { content: ValType::I32, mutable: false });
    assert_eq!(global.init.offset, 12);
    assert_eq!(global.init.bytes.len(), 3 * depth + 1);
    assert_eq!(reader.remaining(), b"rest");
}
