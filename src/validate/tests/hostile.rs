//! Inputs made to cost more than their size: each is judged at once, or hits a limit by name.

use crate::error::{ErrorKind, Malformed, Result};
use crate::image::Module;
use crate::support::{Limit, Limits};
use crate::validate::module_of_any_feature;
use std::vec;
use std::vec::Vec;

fn leb(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A type index as a heap type: a signed number.
fn heap(index: usize) -> Vec<u8> {
    let mut bytes = leb(index);
    if bytes.last().is_some_and(|last| last & 0x40 != 0) {
        *bytes.last_mut().unwrap() |= 0x80;
        bytes.push(0);
    }
    bytes
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id], &*leb(content.len()), content].concat()
}

/// A module with one function of type `[] -> []` for each body; bodies begin with their locals.
fn module_of(types: &[u8], bodies: &[Vec<u8>]) -> Vec<u8> {
    let functions: Vec<u8> = leb(bodies.len()).into_iter().chain(bodies.iter().map(|_| 0)).collect();
    let code = bodies.iter().flat_map(|body| [leb(body.len()), body.clone()].concat());
    let code: Vec<u8> = leb(bodies.len()).into_iter().chain(code).collect();
    [b"\0asm\x01\0\0\0", &*section(1, types), &*section(3, &functions), &*section(10, &code)].concat()
}

const EMPTY: &[u8] = &[1, 0x60, 0, 0];

fn judge(bytes: &[u8], limits: &Limits) -> Result<Module> {
    module_of_any_feature(bytes, super::FEATURES, limits)
}

#[track_caller]
fn check(bytes: &[u8], limits: &Limits, expect: Option<ErrorKind>) {
    assert_eq!(judge(bytes, limits).err().map(|error| error.kind()), expect);
}

#[test]
fn a_branch_table_of_100_000_labels() {
    let count = 100_000;
    // All labels are the same; the first one in more bytes than it needs, or not: then they share an entry.
    for (first, entries) in [(&[0x80, 0][..], count + 1), (&[0], 2)] {
        let body = [&[0, 0x41, 0, 0x0E], &*leb(count), first, &vec![0; count], &[0x0B]].concat();
        let judged = judge(&module_of(EMPTY, &[body]), &Limits::HOST).unwrap();
        assert_eq!(judged.side_table.next() as usize, 1 + entries);
        let last = judged.side_table.branch(judged.side_table.next() - 1).unwrap();
        assert_eq!((last.delta_ip as usize, last.delta_stp), (3 + first.len() + count, 1));
    }
}

#[test]
fn a_million_locals_in_runs() {
    let run = [&*leb(1_000_000), &[0x7E]].concat();
    let body = [&[1], &*run, &[0x20], &*leb(999_999), &[0x1A, 0x0B]].concat();
    let bodies = vec![body; 1_000];
    check(&module_of(EMPTY, &bodies), &Limits::HOST, Some(ErrorKind::Limit(Limit::Locals)));
    let limits = Limits { locals: 1_000_000, ..Limits::HOST };
    check(&module_of(EMPTY, &bodies), &limits, None);
    // Many runs of different types: looked up, not spread out.
    let runs: Vec<u8> = (0..40_000).flat_map(|run| [1, [0x7F, 0x7E, 0x7D][run % 3]]).collect();
    let gets: Vec<u8> = (0..40_000).flat_map(|local| [&[0x20], &*leb(local), &[0x1A]].concat()).collect();
    let body = [&*leb(40_000), &runs, &gets, &[0x0B]].concat();
    check(&module_of(EMPTY, &[body]), &Limits::HOST, None);
    let too_many = [&[2], &*leb(u32::MAX as usize), &[0x7F, 1, 0x7F, 0x0B]].concat();
    check(&module_of(EMPTY, &[too_many]), &Limits::HOST, Some(ErrorKind::Malformed(Malformed::TooManyLocals)));
}

#[test]
fn a_megabyte_of_blocks() {
    let depth = 500_000;
    let blocks: Vec<u8> = (0..depth).flat_map(|_| [0x02, 0x40]).collect();
    let open = [&[0], &*blocks].concat();
    check(&module_of(EMPTY, &[open]), &Limits::HOST, Some(ErrorKind::Malformed(Malformed::UnexpectedEnd)));
    let closed = [&[0], &*blocks, &[0x0C], &*leb(depth), &vec![0x0B; depth + 1]].concat();
    let closed = module_of(EMPTY, &[closed]);
    check(&closed, &Limits::HOST, None);
    let limits = Limits { block_depth: 1_000, ..Limits::HOST };
    check(&closed, &limits, Some(ErrorKind::Limit(Limit::BlockDepth)));
}

#[test]
fn ten_megabytes_of_blocks_in_one_function() {
    let blocks = 3_400_000;
    let body = [&[0], &*[0x02, 0x40, 0x0B].repeat(blocks), &[0x0B]].concat();
    let bytes = module_of(EMPTY, &[body]);
    check(&bytes, &Limits::HOST, Some(ErrorKind::Limit(Limit::FunctionSize)));
    check(&bytes, &Limits { function_size: 16 << 20, ..Limits::HOST }, None);
}

#[test]
fn imports_of_one_byte_each() {
    // All of one module and type, with an empty second name.
    let imports = |count: usize| {
        let group = [&[1, 0, 0, 0x7E, 0, 0], &*leb(count), &vec![0; count]].concat();
        [b"\0asm\x01\0\0\0", &*section(1, EMPTY), &*section(2, &group)].concat()
    };
    check(&imports(1_000_000), &Limits::HOST, None);
    check(&imports(1_000_001), &Limits::HOST, Some(ErrorKind::Limit(Limit::Imports)));
}

#[test]
fn a_chain_of_types() {
    // Each type has the one before as a supertype.
    let chain = |len: usize| -> Vec<u8> {
        let types = (1..len).flat_map(|ty| [&[0x50, 1], &*leb(ty - 1), &[0x5F, 0]].concat());
        leb(len).into_iter().chain([0x50, 0, 0x5F, 0]).chain(types).collect()
    };
    let module = |types: &[u8]| [b"\0asm\x01\0\0\0", &*section(1, types)].concat();
    check(&module(&chain(64)), &Limits::HOST, None);
    check(&module(&chain(65)), &Limits::HOST, Some(ErrorKind::Limit(Limit::SubtypingDepth)));
    // Each type refers to the one before.
    let references = (1..100_000usize).flat_map(|ty| [&[0x5F, 1, 0x63], &*heap(ty - 1), &[0]].concat());
    let types: Vec<u8> = leb(100_000).into_iter().chain([0x5F, 0]).chain(references).collect();
    check(&module(&types), &Limits::HOST, None);
}

#[test]
fn results_that_pile_up() {
    // Each call of two bytes leaves 1000 results.
    let mut types = vec![2, 0x60, 0, 0, 0x60, 0];
    types.extend(leb(1_000));
    types.extend([0x7F; 1_000]);
    let calls: Vec<u8> = (0..100_000).flat_map(|_| [0x02, 0x01, 0x00, 0x0B]).collect();
    let body = [&[0], &*calls, &[0x00, 0x0B]].concat();
    check(&module_of(&types, &[body]), &Limits::HOST, Some(ErrorKind::Limit(Limit::StackSlots)));
}

#[test]
fn unreachable_operands_are_not_counted_out() {
    // array.new_fixed of 2³² − 1 elements where nothing is on the stack.
    let types = [&[2, 0x60, 0, 0], &[0x5E, 0x7F, 1][..]].concat();
    let one = [&[0xFB, 8, 1], &*leb(u32::MAX as usize), &[0x1A]].concat();
    let body = [&[0, 0x00], &*one.repeat(10_000), &[0x0B]].concat();
    check(&module_of(&types, &[body]), &Limits::HOST, None);
}

#[test]
fn many_branches_to_one_end() {
    let branches: Vec<u8> = (0..200_000).flat_map(|_| [0x41, 0, 0x0D, 0]).collect();
    let body = [&[0], &*branches, &[0x0B]].concat();
    check(&module_of(EMPTY, &[body.clone(), body]), &Limits::HOST, None);
}
