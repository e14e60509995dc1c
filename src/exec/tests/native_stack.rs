//! No instruction takes native stack: each runs thousands of times on a stack of 64 KiB.
//!
//! A tail-calling dispatcher that is not free of calls that return would need more. Snippets of the
//! instructions with a signature come from the instruction table, for each number of operands
//! that a dispatcher may have in registers; for the others see [`RULES`].

use super::{Fixture, Stop, format};
use crate::store::{Fuel, Store};
use crate::support::Limits;
use crate::syntax::Features;
use crate::syntax::instr::for_each_instruction;
use std::string::String;
use std::vec::Vec;

/// A call that returns takes 16 bytes at least, as the stack is aligned.
const ROUNDS: u32 = 4_200;
const NATIVE_STACK: usize = 64 << 10;

/// What snippets name.
const MODULE: &str = r#"(module
    (type $f (func (param i32) (result i32)))
    (memory 1) (memory 1)
    (table $t 4 funcref) (elem (i32.const 0) $id $id $vector)
    (global $g (mut i32) (i32.const 1))
    (func $id (type $f) local.get 0)
    (func $none)
    (func $locals (local i32 i32 i32 i32 i32 i32))
    (func $two (result i32 i64) i32.const 1 i64.const 2)
    (func $early (param i32) (result i32) i32.const 3 local.get 0 return)
    ;; The prologue of so many parameters is a wide one.
    (func $large (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32
        i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32
        i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32
        i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) local.get 0)
    (func $vector (type $f) (drop (v128.const i64x2 0 0)) local.get 0)
    (func $tail return_call $none)
    (func $tail_indirect (type $f) local.get 0 i32.const 0 return_call_indirect (type $f))
    (func $tail_ref (type $f) local.get 0 ref.func $id return_call_ref $f)
    (tag $tag) (data $d "abc") (data $e "abc") (elem $p func $id) (elem $q func $id)
    (type $struct (struct (field (mut i8)) (field (mut i32))))
    (type $array (array (mut i64))) (type $bytes (array (mut i8))) (type $refs (array (mut funcref)))
    (global $s (ref $struct) (struct.new $struct (i32.const 1) (i32.const 2)))
    (global $a (ref $array) (array.new_default $array (i32.const 4)))
    (global $b (ref $bytes) (array.new_default $bytes (i32.const 4)))
    (global $c (ref $refs) (array.new_default $refs (i32.const 4)))
"#;

/// Snippets that leave the stack as it is, the instruction first that each is for.
const RULES: &[(&str, &str)] = &[
    ("block", "block end block (result i32) i32.const 1 end drop"),
    ("block", "block (param) (result i32 i64) i32.const 1 i64.const 1 end drop drop"),
    ("block", "block block block block block (result i32) i32.const 1 end drop end end end end"),
    ("loop", "loop end"),
    ("if", "i32.const 1 if i32.const 1 drop else nop end i32.const 0 if end i32.const 0 if nop else nop end"),
    ("else", "i32.const 1 if (result i32) i32.const 1 else i32.const 2 end drop"),
    ("end", "block end"),
    ("br", "block br 0 end block i32.const 1 br 0 end block (result i32) i64.const 1 i32.const 1 br 0 end drop"),
    ("br", "block i32.const 1 i32.const 1 i32.const 1 i32.const 1 br 0 end"),
    ("br_if", "block i32.const 1 br_if 0 i32.const 0 br_if 0 end block i32.const 3 i32.const 1 br_if 0 drop end"),
    ("br_if", "block (result i32) i64.const 1 i32.const 5 i32.const 1 br_if 0 drop drop i32.const 1 end drop"),
    ("br_if", "block i32.const 0 i32.eqz br_if 0 i32.const 1 i32.const 2 i32.lt_s br_if 0 end"),
    ("br_if", "block i32.const 1 local.tee 0 br_if 0 end block i64.const 1 i64.eqz br_if 0 end"),
    // What often follows is run along.
    ("br_if", "block local.get 0 local.get 0 i32.ne br_if 0 local.get 0 drop end local.get 0 drop"),
    ("br", "block i32.const 1 local.set 0 br 0 end local.get 0 drop block local.get 0 drop end"),
    ("br", "block (result i32) i64.const 1 i32.const 1 i32.const 1 local.set 0 br 0 end drop"),
    ("i64.const", "i64.const 1 i64.const 2 i64.mul i64.const 3 i64.shr_u drop"),
    ("br_table", "block block i32.const 1 br_table 0 1 0 end i32.const 9 br_table 0 0 end"),
    ("br_table", "block block i32.const 1 i32.const 1 i32.const 130 br_table 0 1 0 end end"),
    ("return", "i32.const 1 call $early drop"),
    ("call", "i32.const 1 call $id drop call $none call $two drop drop"),
    ("call", "i32.const 1 call $vector drop call $far"),
    ("call", "call $locals"),
    ("call", "LARGE call $large drop"),
    ("call_indirect", "i32.const 1 i32.const 0 call_indirect (type $f) drop"),
    ("drop", "i32.const 1 drop"),
    ("select", "i32.const 1 i32.const 2 i32.const 3 select drop"),
    ("select", "i32.const 1 i32.const 2 i32.const 3 select (result i32) drop"),
    ("local.get", "local.get 0 drop local.get 200 drop local.get 0 local.get 200 drop drop"),
    ("local.get", "local.get 0 local.get 0 local.get 0 drop drop drop local.get 0 i32.load offset=1 drop"),
    ("local.set", "i32.const 1 local.set 0 i32.const 1 local.set 200 i32.const 1 local.set 0 local.get 0 drop"),
    (
        "local.tee",
        "i32.const 1 local.tee 0 drop i32.const 1 local.tee 200 drop i32.const 1 local.tee 0 local.get 0 drop drop",
    ),
    ("global.get", "global.get $g drop"),
    ("global.set", "i32.const 1 global.set $g i32.const 1 global.set $h global.get $h drop"),
    ("local.get", "local.get 0 i32.const 1 i32.add local.set 0 local.get 0 i32.const 300 i32.add drop"),
    ("local.get", "local.get 0 i32.const 1 i32.add local.tee 0 drop local.get 0 local.get 0 i32.add local.set 0"),
    ("local.get", "i32.const 8 local.set 0 local.get 0 i32.const 8 i32.add i32.load8_u offset=1 drop"),
    ("local.get", "local.get 0 local.set 0 local.get 0 local.get 0 i32.xor local.set 0"),
    ("local.get", "local.get 0 i32.const 1 i32.sub local.tee 0 drop local.get 0 i32.const 300 i32.sub local.set 0"),
    ("local.tee", "block i32.const 1 i32.const 2 i32.sub local.tee 0 br_if 0 local.get 0 drop end local.get 0 drop"),
    ("i32.const", "i32.const 100 drop i32.const 10000 drop i32.const 1000000 drop i32.const 1000000000 drop"),
    ("i32.load", "i32.const 65532 i32.load drop i32.const 65528 i32.const 1 i32.store offset=4"),
    ("table.get", "i32.const 1 table.get $t drop"),
    ("table.set", "i32.const 3 ref.null func table.set $t"),
    ("memory.size", "memory.size drop memory.size 1 drop"),
    ("memory.grow", "i32.const 0 memory.grow drop"),
    ("ref.null", "ref.null func drop"),
    ("ref.is_null", "ref.null func ref.is_null drop"),
    ("ref.func", "ref.func $id drop"),
    ("memory.init", "i32.const 0 i32.const 0 i32.const 1 memory.init $d"),
    ("data.drop", "data.drop $e"),
    (
        "memory.copy",
        "i32.const 0 i32.const 8 i32.const 2 memory.copy i32.const 0 i32.const 8 i32.const 2 memory.copy 0 1",
    ),
    (
        "memory.fill",
        "i32.const 0 i32.const 8 i32.const 2 memory.fill i32.const 0 i32.const 8 i32.const 2 memory.fill 1",
    ),
    ("table.init", "i32.const 0 i32.const 0 i32.const 1 table.init $t $p"),
    ("elem.drop", "elem.drop $q"),
    ("table.copy", "i32.const 0 i32.const 0 i32.const 1 table.copy $t $t"),
    ("table.grow", "ref.null func i32.const 0 table.grow $t drop"),
    ("table.size", "table.size $t drop"),
    ("table.fill", "i32.const 3 ref.null func i32.const 1 table.fill $t"),
    ("return_call", "call $tail"),
    ("return_call_indirect", "i32.const 1 call $tail_indirect drop"),
    ("return_call_ref", "i32.const 1 call $tail_ref drop"),
    ("call_ref", "i32.const 1 ref.func $id call_ref $f drop"),
    ("ref.as_non_null", "ref.func $id ref.as_non_null drop"),
    ("br_on_null", "block ref.null func br_on_null 0 drop end block ref.func $id br_on_null 0 drop end"),
    ("br_on_non_null", "block (result (ref func)) ref.func $id br_on_non_null 0 ref.func $id end drop"),
    ("ref.eq", "ref.null eq ref.null eq ref.eq drop"),
    ("struct.get", "global.get $s struct.get $struct 1 drop"),
    ("struct.get_s", "global.get $s struct.get_s $struct 0 drop"),
    ("struct.get_u", "global.get $s struct.get_u $struct 0 drop"),
    ("struct.set", "global.get $s i32.const 1 struct.set $struct 1"),
    ("array.get", "global.get $a i32.const 1 array.get $array drop"),
    ("array.get_s", "global.get $b i32.const 1 array.get_s $bytes drop"),
    ("array.get_u", "global.get $b i32.const 1 array.get_u $bytes drop"),
    ("array.set", "global.get $a i32.const 1 i64.const 1 array.set $array"),
    ("array.len", "global.get $a array.len drop"),
    ("array.fill", "global.get $a i32.const 0 i64.const 1 i32.const 1 array.fill $array"),
    ("array.copy", "global.get $a i32.const 0 global.get $a i32.const 1 i32.const 1 array.copy $array $array"),
    ("array.init_data", "global.get $b i32.const 0 i32.const 0 i32.const 1 array.init_data $bytes $d"),
    ("array.init_elem", "global.get $c i32.const 0 i32.const 0 i32.const 1 array.init_elem $refs $p"),
    ("ref.test", "global.get $s ref.test (ref $struct) drop"),
    ("ref.test", "global.get $s ref.test (ref null $struct) drop"),
    ("ref.cast", "global.get $s ref.cast (ref $struct) drop"),
    ("ref.cast", "global.get $s ref.cast (ref null $struct) drop"),
    (
        "br_on_cast",
        "block (result (ref $struct)) global.get $s br_on_cast 0 anyref (ref $struct) drop unreachable end drop",
    ),
    ("br_on_cast_fail", "block (result anyref) global.get $s br_on_cast_fail 0 anyref (ref $struct) end drop"),
    ("any.convert_extern", "ref.null extern any.convert_extern drop"),
    ("extern.convert_any", "global.get $s extern.convert_any drop"),
    ("ref.i31", "i32.const 1 ref.i31 drop"),
    ("i31.get_s", "i32.const 1 ref.i31 i31.get_s drop"),
    ("i31.get_u", "i32.const 1 ref.i31 i31.get_u drop"),
    ("throw", "block try_table (catch_all 0) throw $tag end end"),
    ("try_table", "block try_table (catch_all 0) end end"),
];

/// What ends the run, or makes an object each time: the machine does that as a whole, so handlers
/// end where they begin.
const AS_A_WHOLE: &[&str] = &[
    "unreachable",
    "throw_ref",
    "struct.new",
    "struct.new_default",
    "array.new",
    "array.new_default",
    "array.new_fixed",
    "array.new_data",
    "array.new_elem",
];

/// Rows of the table: the name in text, the names of the immediates, the signature.
macro_rules! rows {
    ($(($gate:meta) $group:ident { $([$($byte:literal)+] $text:literal $name:ident ($($imm:ident : $Imm:ty),*) : $sig:tt $feature:ident;)* })*) => {
        &[$($(($text, &[$(stringify!($imm)),*], stringify!($sig)),)*)*]
    };
}
const ROWS: &[(&str, &[&str], &str)] = for_each_instruction!(rows);

/// Pushes a value of a type in a signature.
fn operand(ty: &str) -> String {
    let number = if ty == "addr" || ty == "atomic" { "i32.const 8" } else { "const 7" };
    if number == "const 7" { format!(" {ty}.{number}") } else { format!(" {number}") }
}

/// Snippets of an instruction with a signature: its last `k` operands are pushed right before it,
/// for each `k`; the others may be in registers no more.
fn by_signature(text: &str, immediates: &[&str], signature: &str, snippets: &mut Vec<String>) {
    let (operands, results) = signature.trim_matches(['[', ']']).split_once("->").unwrap();
    let operands: Vec<&str> = operands.split_whitespace().collect();
    let results = results.split_whitespace().map(|_| " drop").collect::<String>();
    let forms: &[&str] = match (immediates, text) {
        (["value"], "i32.const") => &["5", "-300", "100000", "-2147483648"],
        (["value"], "i64.const") => &["5", "-300", "100000000000", "2305843009213693951", "-9223372036854775808"],
        (["value"], _) => &["1.5"],
        (["at"], _) => &["", "offset=304", "1 offset=8", "offset=40000"],
        _ => &[""],
    };
    for form in forms {
        for direct in 0..=operands.len() {
            let (stored, direct) = operands.split_at(operands.len() - direct);
            let types = stored.iter().map(|ty| if matches!(*ty, "addr" | "atomic") { "i32" } else { ty });
            let mut snippet = String::new();
            if !stored.is_empty() {
                // A branch that drops something leaves nothing in registers.
                let types: Vec<&str> = types.collect();
                snippet += &format!("block (result {}) i32.const 0", types.join(" "));
                snippet.extend(stored.iter().map(|ty| operand(ty)));
                snippet += " br 0 end";
            }
            snippet.extend(direct.iter().map(|ty| operand(ty)));
            snippets.push(format!("{snippet} {text} {form}{results}"));
        }
    }
}

fn snippets() -> Vec<String> {
    let large = "local.get 0 ".repeat(64);
    let mut snippets: Vec<String> = RULES.iter().map(|(_, snippet)| snippet.replace("LARGE", &large)).collect();
    for (text, immediates, signature) in ROWS {
        let name = text.split(' ').next().unwrap();
        // Vectors are not dispatched by tail calls; a thread that waits alone waits for ever; the
        // instructions on descriptors are like those on casts.
        if signature.contains("v128") || immediates.iter().any(|name| name.starts_with("lane")) || text.contains("wait")
        {
            continue;
        }
        if !signature.contains("rule") {
            by_signature(text, immediates, signature, &mut snippets);
        } else if !text.contains("desc") && !text.starts_with("v128") && !AS_A_WHOLE.contains(&name) {
            assert!(RULES.iter().any(|(rule, _)| *rule == name), "no snippet for {name}");
        }
    }
    snippets
}

#[test]
fn no_instruction_takes_any() {
    let snippets = snippets();
    let locals = "i32 ".repeat(203);
    let mut text = String::from(MODULE);
    for (at, snippet) in snippets.iter().enumerate() {
        text += &format!(
            "(func (export \"{at}\") (local {locals}) loop {snippet} i32.const 7 {snippet} drop
            i32.const 7 i32.const 8 {snippet} drop drop
            local.get 202 i32.const 1 i32.add local.tee 202 i32.const {ROUNDS} i32.lt_u br_if 0 end)\n"
        );
    }
    // Indices of more than one byte.
    text += &"(global i32 (i32.const 0))".repeat(128);
    text += "(global $h (mut i32) (i32.const 1)) (func $far))";
    let mut store = Store::new(Limits::HOST, Fuel::UNMETERED);
    let instance = super::add_with(&mut store, &text, Features::CORE, &[]).unwrap().instance;
    let mut fixture = Fixture { store, machine: super::Machine::new(), instance };
    let run = move || {
        for (at, snippet) in snippets.iter().enumerate() {
            let func = fixture.func(&format!("{at}"));
            fixture.machine.call(&mut fixture.store, func, &[]).unwrap();
            assert_eq!(
                fixture.machine.run(&mut fixture.store).map_err(|error| format!("{snippet}: {error}")),
                Ok(Stop::Done)
            );
        }
    };
    std::thread::Builder::new().stack_size(NATIVE_STACK).spawn(run).unwrap().join().unwrap();
}
