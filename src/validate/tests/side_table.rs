//! What branches of small functions are turned into.

use super::judge;
use crate::image::side_table::{Branch, Prologue};
use crate::support::Limits;
use crate::syntax::Features;
use std::format;
use std::vec::Vec;

/// `(Δip, Δstp, keep, drop)` of every entry of the first function, Δip from the opcode on.
#[track_caller]
fn entries(func: &str) -> Vec<(i32, i32, u32, u32)> {
    let module = judge(&format!("(module (tag $e (param i32 v128)) (type $s (struct)) {func})")).unwrap();
    let table = module.side_table;
    (1..table.next())
        .map(|stp| {
            let Branch { delta_ip, delta_stp, keep, drop } = table.branch(stp).unwrap();
            (delta_ip + 1, delta_stp, keep, drop)
        })
        .collect()
}

fn prologue(func: &str) -> Prologue {
    let module = judge(&format!("(module {func})")).unwrap();
    module.side_table.prologue(module.funcs.first().unwrap().side).unwrap()
}

#[test]
fn prologues_count_values() {
    assert_eq!(prologue("(func)"), Prologue::default());
    assert_eq!(
        prologue("(func (param i32 v128) (result i64 v128) (local f32 v128) (i64.const 1) (local.get 1))"),
        Prologue { params: 2, locals: 2, height: 2, results: 2, vectors: true }
    );
    // The highest point counts, also inside a block that is left.
    let text = "(func (block (i32.const 1) (i32.const 2) (br 0)) (i32.const 1) drop)";
    assert_eq!(prologue(text).height, 2);
}

#[test]
fn functions_with_vectors_are_marked() {
    let vectors = |func: &str| prologue(func).vectors;
    assert!(!vectors("(func (param i64) (result i64) (local f64) (local.get 0))"));
    assert!(vectors("(func (param v128))"));
    assert!(vectors("(func (result v128) unreachable)"));
    assert!(vectors("(func (local v128))"));
    assert!(vectors("(func (drop (i32x4.extract_lane 0 (v128.const i64x2 0 0))))"));
    assert!(vectors("(func (drop (i32x4.extract_lane 0 (global.get 0)))) (global v128 (v128.const i64x2 0 0))"));
    assert!(vectors("(func (drop (call 1))) (func (result v128) unreachable)"));
    // The mark is of a function, not of those after it.
    let module = judge("(module (func (param v128)) (func (param i32)))").unwrap();
    let marks: Vec<_> =
        module.funcs.iter().map(|func| module.side_table.prologue(func.side).unwrap().vectors).collect();
    assert_eq!(marks, [true, false]);
}

#[test]
fn forward_and_backward() {
    // block 02 40, br 0 at +2: 0C 00, end at +4; the target is +5.
    assert_eq!(entries("(func (block (br 0)))"), [(3, 1, 0, 0)]);
    // loop at +0, body at +2, which is the br itself.
    assert_eq!(entries("(func (loop (br 0)))"), [(0, 0, 0, 0)]);
    // loop, nop, br 0.
    assert_eq!(entries("(func (loop (nop) (br 0)))"), [(-1, 0, 0, 0)]);
    // To the function: its last end, which is the byte after br.
    assert_eq!(entries("(func (br 0))"), [(2, 1, 0, 0)]);
}

#[test]
fn kept_and_dropped() {
    // Nothing is below: nothing moves.
    assert_eq!(entries("(func (result i32) (br 0 (i32.const 1)))"), [(2, 1, 0, 0)]);
    assert_eq!(entries("(func (result i32) (i32.const 9) (br 0 (i32.const 1)))"), [(2, 1, 1, 1)]);
    assert_eq!(entries("(func (result v128) (i32.const 9) (br 0 (v128.const i64x2 0 0)))"), [(2, 1, 1, 1)]);
    // The block begins at a height of its own; the condition is off the stack.
    let text = "(func (i64.const 1) (block (i64.const 2) (br_if 0 (i32.const 1)) drop) drop)";
    assert_eq!(entries(text), [(4, 1, 0, 1)]);
    // A branch out of two blocks.
    let text = "(func (block (i64.const 2) (block (i32.const 1) (i32.const 2) (br 1)) drop))";
    assert_eq!(entries(text).first().map(|entry| (entry.2, entry.3)), Some((0, 3)));
    // A loop keeps its parameters.
    let text = "(func (i64.const 7) (loop (param i64) (i32.const 1) (i64.const 3) (br 0)))";
    assert_eq!(entries(text).first().map(|entry| (entry.2, entry.3)), Some((1, 2)));
}

#[test]
fn conditions() {
    // if at +0 (04 40), nop +2, end +3.
    assert_eq!(entries("(func (i32.const 1) (if (then nop)))"), [(4, 1, 0, 0)]);
    // if +0, nop +2, else +3, nop +4, end +5: the first leads to after else and its entry.
    assert_eq!(entries("(func (i32.const 1) (if (then nop) (else nop)))"), [(4, 2, 0, 0), (3, 1, 0, 0)]);
    // br 0 inside the then part leads to after end, past the entry of else.
    assert_eq!(
        entries("(func (i32.const 1) (if (then (br 0)) (else nop)))"),
        [(5, 3, 0, 0), (5, 2, 0, 0), (3, 1, 0, 0)]
    );
}

#[test]
fn br_table_has_an_entry_a_label() {
    // block +0, loop +2, i32.const +4, br_table +6: 0E 02 00 01 00, end +11, end +12.
    assert_eq!(
        entries("(func (block (loop (br_table 0 1 2 (i32.const 0)))))"),
        [(-2, 0, 0, 0), (7, 2, 0, 0), (7, 1, 0, 0)]
    );
}

#[test]
fn references_are_kept_where_they_are_taken_along() {
    let text = "(func (param (ref null $s)) (block (i32.const 1) (br_on_null 0 (local.get 0)) drop drop))";
    assert_eq!(entries(text), [(5, 1, 0, 1)]);
    let text =
        "(func (param (ref null $s)) (result (ref $s)) (i32.const 1) (br_on_non_null 0 (local.get 0)) unreachable)";
    assert_eq!(entries(text), [(3, 1, 1, 1)]);
    let text = "(func (param anyref) (result (ref $s)) (i32.const 1)
        (br_on_cast 0 anyref (ref $s) (local.get 0)) unreachable)";
    assert_eq!(entries(text).first().map(|entry| (entry.2, entry.3)), Some((1, 1)));
}

#[test]
fn try_table_says_where_it_ends_and_what_is_left() {
    // Both entries hold heights: of the block, and of the label.
    let text = "(func (i64.const 1) (block (result i32 v128) (i64.const 2) (i64.const 3)
        (try_table (catch $e 0)) unreachable) unreachable)";
    let entries = entries(text);
    assert_eq!(entries.iter().map(|entry| (entry.1, entry.2, entry.3)).collect::<Vec<_>>(), [(2, 0, 3), (1, 2, 1)]);
}

#[test]
fn unreachable_code_keeps_the_order_of_entries() {
    // The dead branches have entries, and the live one after them leads to its own target.
    let text = "(func (br 0) (br 0) (block (br_if 0 (i32.const 1)) (br_table 0 0 (i32.const 1))) (loop (br 0)))";
    assert_eq!(entries(text).len(), 6);
}

/// What counts entries without judging counts as many as judging wrote, and knows who catches.
#[test]
fn entries_are_counted_without_judging() {
    use crate::binary::Reader;
    use crate::syntax::Instr;
    let text = "(module (tag $e) (type $s (struct)) (type $f (func))
        (rec (type $d (descriptor $of_d) (struct)) (type $of_d (describes $d) (struct)))
        (func (param i32) (if (local.get 0) (then (br 0)) (else (return))) (if (local.get 0) (then nop)))
        (func (param i32) (loop (block (br_table 0 1 2 (local.get 0)))) (br_if 0 (local.get 0)))
        (func (block (try_table (catch $e 0) (catch_all 0) (try_table (throw $e)))) unreachable (br 0) (try_table))
        (func (param anyref) (result anyref) (block (br_on_null 0 (local.get 0)) drop)
            (br_on_non_null 0 (local.get 0)) (br_on_cast 0 anyref (ref i31) (local.get 0))
            (br_on_cast_fail 0 anyref (ref i31)))
        (func (param (ref $f)) (call_ref $f (local.get 0)) (return_call_ref $f (local.get 0)))
        (func (param i32) (block (block (br_table 0 0 0 2 2 2 (local.get 0))) (br 0)))
        (func (param anyref (ref $of_d)) (result anyref) (block (result (ref $d))
            (br_on_cast_desc_eq 0 anyref (ref $d) (local.get 0) (local.get 1))
            (br_on_cast_desc_eq_fail 1 anyref (ref $d) (local.get 1)))))";
    let features = super::FEATURES.union(Features::CUSTOM_DESCRIPTORS);
    let module = super::module_of_any_feature(&super::encode(text), features, &Limits::HOST).unwrap();
    let bytes = wat::parse_str(text).unwrap();
    let table = &module.side_table;
    let ends = module.funcs.iter().skip(1).map(|func| func.side).chain([table.next()]);
    let mut catching = Vec::new();
    for (func, end) in module.funcs.iter().zip(ends) {
        let mut reader = Reader::new(&bytes[func.code as usize..func.end as usize], func.code);
        let mut count = 0;
        while !reader.is_empty() {
            count += crate::image::side_table::entries(&reader.read::<Instr<'_>>().unwrap());
        }
        assert_eq!(func.side + 1 + count, end);
        catching.push(table.is_catching(func.side));
    }
    assert_eq!(catching, [false, false, true, false, false, false, false]);
}

#[test]
fn a_table_that_repeats_labels_has_an_entry_a_depth() {
    let func = "(func (param i32) (block (block (br_table 0 0 0 2 2 2 (local.get 0))) (br 0)))";
    let module = judge(&format!("(module {func})")).unwrap();
    let table = module.side_table;
    // The prologue, the word that says so, three depths, and the `br`. Δip from the opcode on.
    assert_eq!((table.next(), table.by_depth(1)), (6, Some(6)));
    let branches = [2, 3, 4].map(|stp| table.branch(stp).map(|branch| (branch.delta_ip + 1, branch.delta_stp)));
    assert_eq!(branches, [Some((9, 3)), Some((12, 3)), Some((12, 2))]);
    assert_eq!((table.size(), table.prologues_size()), (20, 4));
}
