//! Instructions are read as written: every row of the table, and what breaks them.

use super::*;
use crate::error::{Error, ErrorKind};
use crate::syntax::{
    BlockType, DataIdx, ElemIdx, FieldIdx, FuncIdx, GlobalIdx, HeapType, LocalIdx, TableIdx, TagIdx, TypeIdx, ValType,
};
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

fn read(bytes: &[u8]) -> Result<(Instr<'_>, u32), Error> {
    let mut reader = Reader::new(bytes, 0);
    let instr = reader.read()?;
    Ok((instr, reader.position()))
}

/// Some valid encoding of an immediate, with numbers that are easy to tell apart.
trait Sample {
    const BYTES: &'static [u8];
}

macro_rules! samples {
    ($($Imm:ty = $bytes:literal;)+) => { $( impl Sample for $Imm { const BYTES: &'static [u8] = $bytes; } )+ };
}
samples! {
    i32 = b"\xA5\x5B";
    i64 = b"\xDA\xBC\xF0\x7D";
    F32 = b"\x01\x02\x03\x44";
    F64 = b"\x01\x02\x03\x04\x05\x06\x07\x48";
    V128 = b"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1A\x1B\x1C\x1D\x1E\x1F";
    Shuffle = b"\x00\x11\x02\x13\x04\x15\x06\x17\x08\x19\x0A\x1B\x0C\x1D\x0E\x1F";
    BlockType = b"\x8A\x01";
    LabelIdx = b"\x0B";
    FuncIdx = b"\x8C\x02";
    TypeIdx = b"\x8D\x03";
    TableIdx = b"\x0E";
    MemIdx = b"\x0F";
    GlobalIdx = b"\x91\x04";
    LocalIdx = b"\x92\x05";
    TagIdx = b"\x13";
    ElemIdx = b"\x14";
    DataIdx = b"\x15";
    FieldIdx = b"\x16";
    u32 = b"\x97\x06";
    HeapType = b"\x98\x07";
    BrTable<'_> = b"\x02\x03\x84\x01\x05";
    ValTypes<'_> = b"\x01\x7E";
    BrOnCast = b"\x03\x19\x6E\x9A\x01";
    ZeroByte = b"\0";
    Catches<'_> = b"\x02\x00\x04\x01\x03\x02";
}

impl<const N: u8> Sample for Lane<N> {
    const BYTES: &'static [u8] = b"\x01";
}

impl<const N: u32> Sample for MemArg<N> {
    // Aligned to one byte, in memory 17, at an offset above 32 bits.
    const BYTES: &'static [u8] = b"\x40\x11\x80\x80\x80\x80\x20";
}

impl<const N: u32> Sample for AtomicArg<N> {
    const BYTES: &'static [u8] = MemArg::<N>::BYTES;
}

/// One encoding of each opcode: its identifier here, its number, its bytes. `'a` is what the
/// table calls the lifetime of the input.
#[allow(clippy::extra_unused_lifetimes)]
fn all_samples<'a>() -> Vec<(&'static str, Vec<u32>, Vec<u8>)> {
    let mut samples = Vec::new();
    macro_rules! sample {
        ($(($gate:meta) $group:ident { $([$($byte:literal)+] $text:literal $name:ident ($($imm:ident : $Imm:ty),*) : $sig:tt $feature:ident;)* })*) => {
            $($({
                let opcode = vec![$($byte),+];
                let bytes = [encode_opcode(&opcode, 0).as_slice(), $( <$Imm as Sample>::BYTES ),*].concat();
                samples.push((stringify!($name), opcode, bytes));
            })*)*
        };
    }
    for_each_instruction!(sample);
    samples
}

/// The bytes of an opcode, its second number `padding` bytes longer than needed.
fn encode_opcode(opcode: &[u32], padding: usize) -> Vec<u8> {
    let mut bytes = vec![opcode[0] as u8];
    if let Some(&sub) = opcode.get(1) {
        leb128::write::unsigned(&mut bytes, u64::from(sub)).unwrap();
        if padding > 0 {
            *bytes.last_mut().unwrap() |= 0x80;
            bytes.extend(std::iter::repeat_n(0x80, padding - 1));
            bytes.push(0);
        }
    }
    bytes
}

/// The numbers in a debug representation, without those in names of variants.
fn numbers(debug: &str) -> Vec<String> {
    debug
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        .filter(|word| word.parse::<i128>().is_ok())
        .map(ToString::to_string)
        .collect()
}

/// The name that wasmparser's visitors have for an identifier of the table.
fn name_in_wasmparser(name: &str) -> String {
    match name {
        "select_t" => "typed_select".into(),
        "ref_test" | "ref_cast" => format!("{name}_non_null"),
        "ref_cast_desc_eq" => format!("{name}_non_null"),
        "ref_test_null" | "ref_cast_null" | "ref_cast_desc_eq_null" => format!("{name}able"),
        _ => name.trim_end_matches('_').into(),
    }
}

/// Names a wasmparser operator as its visitors are named, with its proposal.
fn name_of(operator: &wasmparser::Operator<'_>) -> (&'static str, &'static str) {
    macro_rules! names {
        ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            match operator {
                $( wasmparser::Operator::$op { .. } => (&stringify!($visit)["visit_".len()..], stringify!($proposal)), )*
                _ => ("", ""),
            }
        };
    }
    wasmparser::for_each_operator!(names)
}

#[test]
fn every_row_reads_as_the_operator_of_that_name_in_wasmparser() {
    let samples = all_samples();
    assert!(samples.len() > 500, "the table has shrunk to {} rows", samples.len());
    for (name, _, bytes) in &samples {
        let (instr, len) = read(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(len as usize, bytes.len(), "{name}");
        let debug = format!("{instr:?}");
        assert_eq!(debug.split([' ', '{']).next(), Some(*name));

        // In a block, so that `else` and `end` are in their place.
        let in_block = [b"\x04\x40", bytes.as_slice()].concat();
        let reader = wasmparser::BinaryReader::new_features(&in_block, 0, wasmparser::WasmFeatures::all());
        let mut operators = wasmparser::OperatorsReader::new(reader);
        operators.read().unwrap();
        let operator = operators.read().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(operators.original_position(), in_block.len() as u64, "{name}");
        assert_eq!(name_of(&operator).0, name_in_wasmparser(name), "{bytes:x?}");
        if !debug.contains("encoded") {
            let theirs = numbers(&format!("{operator:?}"));
            for number in numbers(&debug) {
                assert!(theirs.contains(&number), "{debug} has {number}, {operator:?} has not");
            }
        }
    }
}

#[test]
fn every_operator_of_these_proposals_in_wasmparser_has_a_row() {
    // What the table does not claim yet.
    const ABSENT: [&str; 5] = [
        "shared_everything_threads",
        "acquire_release_atomics",
        "memory_control",
        "legacy_exceptions",
        "stack_switching",
    ];
    let names: Vec<String> = all_samples().iter().map(|(name, ..)| name_in_wasmparser(name)).collect();
    let mut missing = Vec::new();
    macro_rules! check {
        ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => { $({
            let name = &stringify!($visit)["visit_".len()..];
            if !ABSENT.contains(&stringify!($proposal)) && !names.iter().any(|known| known == name) {
                missing.push(format!("{} of {}", name, stringify!($proposal)));
            }
        })* };
    }
    wasmparser::for_each_operator!(check);
    // One opcode in the binary format: what it reads as depends on how many types it has.
    assert_eq!(missing, ["typed_select_multi of reference_types"]);
}

#[test]
fn the_second_number_of_an_opcode_may_be_longer_than_needed() {
    for (name, opcode, bytes) in all_samples() {
        let [_, _] = opcode[..] else { continue };
        let immediates = &bytes[encode_opcode(&opcode, 0).len()..];
        for padding in [1, 2] {
            let mut padded = encode_opcode(&opcode, padding);
            padded.extend(immediates);
            let (instr, len) = read(&padded).unwrap();
            assert_eq!(len as usize, padded.len(), "{name}");
            assert!(format!("{instr:?}").starts_with(name));
        }
    }
}

#[test]
fn no_prefix_of_an_instruction_is_one() {
    for (name, _, bytes) in all_samples() {
        for len in 0..bytes.len() {
            let kind = read(&bytes[..len]).unwrap_err().kind();
            assert_eq!(kind, ErrorKind::Malformed(Malformed::UnexpectedEnd), "{len} bytes of {name}");
        }
    }
}

#[test]
fn opcodes_without_row_are_illegal() {
    let known: Vec<Vec<u32>> = all_samples().into_iter().map(|(_, opcode, _)| opcode).collect();
    let mut unknown = 0;
    let prefixed = |prefix: u32| (0..0x300).chain([0xFFFF, 0x1_0000, u32::MAX]).map(move |sub| vec![prefix, sub]);
    let singles = (0..0xFB).chain([0xFF]).map(|byte| vec![byte]);
    for opcode in singles.chain((0xFB..0xFF).flat_map(prefixed)) {
        if known.contains(&opcode) {
            continue;
        }
        unknown += 1;
        let mut bytes = encode_opcode(&opcode, 0);
        bytes.extend([0; 32]);
        let error = read(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed(Malformed::IllegalOpcode), "{opcode:x?}");
        assert_eq!(error.offset(), Some(0));
    }
    assert!(unknown > 1000);
}

#[test]
fn old_exception_handling_is_refused_by_name() {
    for (byte, name) in
        [(0x06, "`try`"), (0x07, "`catch`"), (0x09, "`rethrow`"), (0x18, "`delegate`"), (0x19, "`catch_all`")]
    {
        let error = read(&[byte, 0x40]).unwrap_err();
        assert!(error.message().starts_with(name), "{error}");
        assert!(error.message().contains("legacy exception handling"), "{error}");
    }
}

#[test]
fn malformed_immediates() {
    use Malformed::{
        CastFlags, CatchKind, HeapType, IntegerTooLarge, IntegerTooLong, MemopFlags, UnexpectedEnd, ValueType,
    };
    let cases: &[(&[u8], Malformed)] = &[
        (b"\x28\x80\x01\x00", MemopFlags),
        (b"\x28\x02\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", IntegerTooLarge),
        (b"\x41\x80\x80\x80\x80\x80\x00", IntegerTooLong),
        (b"\x41\x80\x80\x80\x80\x40", IntegerTooLarge),
        // More labels than bytes.
        (b"\x0E\xFF\xFF\xFF\xFF\x0F\x00", UnexpectedEnd),
        (b"\x02\x7A", ValueType),
        (b"\xD0\x7F", HeapType),
        (b"\xD0\xFF\x7F", HeapType),
        (b"\xFB\x18\x04\x00\x6E\x6E", CastFlags),
        (b"\x1F\x40\x01\x04\x00", CatchKind),
        (b"\xFD\x80\x80\x80\x80\x80\x00", IntegerTooLong),
    ];
    for (bytes, expect) in cases {
        assert_eq!(read(bytes).unwrap_err().kind(), ErrorKind::Malformed(*expect), "{bytes:x?}");
    }
}

#[test]
fn lists_in_instructions() {
    let (instr, _) = read(b"\x0E\x02\x03\x84\x01\x05").unwrap();
    let Instr::br_table { labels } = instr else { panic!("{instr:?}") };
    let found: Vec<(u32, LabelIdx)> = labels.labels.items().map(Result::unwrap).collect();
    assert_eq!(found, [(2, LabelIdx::new(3)), (3, LabelIdx::new(132))]);
    assert_eq!(labels.default, LabelIdx::new(5));

    let (instr, _) = read(b"\x1C\x01\x7E").unwrap();
    let Instr::select_t { types: ValTypes(types) } = instr else { panic!("{instr:?}") };
    assert_eq!(types.judged().map(Result::unwrap).collect::<Vec<_>>(), [ValType::I64]);

    let (instr, _) = read(b"\x1F\x40\x02\x01\x04\x01\x02\x02").unwrap();
    let Instr::try_table { catches: Catches(catches), .. } = instr else { panic!("{instr:?}") };
    let found: Vec<Catch> = catches.items().map(|item| item.unwrap().1).collect();
    let with_tag = Catch { tag: Some(TagIdx::new(4)), by_ref: true, label: LabelIdx::new(1) };
    assert_eq!(found, [with_tag, Catch { tag: None, by_ref: false, label: LabelIdx::new(2) }]);
}
