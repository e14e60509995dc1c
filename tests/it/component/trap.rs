//! Traps of the Canonical ABI, one by one, and what is left after one.

use super::{call, instance, text};
use windlass::component::Val;
use windlass::{Trap, support};

/// A component whose function `f` has core code `body`; `realloc` answers with `answer`.
fn guest(params: &str, core: &str, body: &str, answer: i64) -> String {
    format!(
        r#"(component
          (core module $M
            (memory (export "mem") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const {answer}))
            (func (export "f") {core} {body})
            (data (i32.const 0) "\ff\ff\ff\ff\00\d8\00\00")
            (data (i32.const 16) "\10\00\00\00\04\00\00\00")
            (data (i32.const 32) "\e2\82"))
          (core instance $m (instantiate $M))
          (alias core export $m "f" (core func $f))
          (func (export "f") {params}
            (canon lift (core func $f) (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))"#
    )
}

fn check_result(ty: &str, core: &str, body: &str, expected: Trap) {
    let (mut store, instance) = instance(&guest(&format!("(result {ty})"), &format!("(result {core})"), body, 0));
    let func = instance.get_func(&mut store, "f").unwrap();
    let found = call(&mut store, func, &[]);
    assert_eq!(found.err().and_then(|error| error.trap()), Some(expected), "{ty} {body}");
    let again = call(&mut store, func, &[]);
    assert_eq!(again.err().and_then(|error| error.trap()), Some(Trap::CannotEnterInstance), "{ty} {body}");
}

#[test]
fn what_is_lifted_is_checked() {
    check_result("char", "i32", "(i32.const 0x110000)", Trap::InvalidChar { code: 0x11_0000 });
    check_result("char", "i32", "(i32.const 0xd800)", Trap::InvalidChar { code: 0xD800 });
    check_result("(option char)", "i32", "(i32.const 2)", Trap::PointerNotAligned { ptr: 2, align: 4 });
    check_result("(option u32)", "i32", "(i32.const 65532)", Trap::PointerOutOfBounds { ptr: 65_532, bytes: 8 });
    check_result("(option u32)", "i32", "(i32.const 0)", Trap::InvalidDiscriminant { discriminant: 255 });
    check_result("(result)", "i32", "(i32.const 2)", Trap::InvalidDiscriminant { discriminant: 2 });
    check_result("string", "i32", "(i32.const 0)", Trap::StringOutOfBounds { ptr: 0xFFFF_FFFF, bytes: 0xD800 });
    check_result("string", "i32", "(i32.const 2)", Trap::PointerNotAligned { ptr: 2, align: 4 });
    check_result("(list u64)", "i32", "(i32.const 0)", Trap::PointerNotAligned { ptr: 0xFFFF_FFFF, align: 8 });
    check_result("(list u8)", "i32", "(i32.const 0)", Trap::ListOutOfBounds { ptr: 0xFFFF_FFFF, bytes: 0xD800 });
}

#[test]
fn strings_that_are_none() {
    let store = "(i32.store (i32.const 100) (i32.const 32)) (i32.store (i32.const 104) (i32.const 2)) (i32.const 100)";
    check_result("string", "i32", store, Trap::StringIncomplete);
    let store = "(i32.store (i32.const 100) (i32.const 0)) (i32.store (i32.const 104) (i32.const 1)) (i32.const 100)";
    check_result("string", "i32", store, Trap::StringEncoding);
    let store =
        "(i32.store (i32.const 100) (i32.const 0)) (i32.store (i32.const 104) (i32.const 0x10000000)) (i32.const 100)";
    check_result("string", "i32", store, Trap::StringTooLong { bytes: 1 << 28 });
    check_result("(list u8)", "i32", store, Trap::ListTooLong { bytes: 1 << 28 });
}

fn check_param(params: &str, core: &str, value: Val, answer: i64, expected: Option<Trap>) {
    let (mut store, instance) = instance(&guest(params, core, "", answer));
    let func = instance.get_func(&mut store, "f").unwrap();
    let found = func.call(&mut store, &[value], &mut []);
    assert_eq!(found.err().and_then(|error| error.trap()), expected, "{params} {answer}");
}

#[test]
fn what_realloc_returns_is_checked() {
    let string = ("(param \"s\" string)", "(param i32 i32)");
    check_param(string.0, string.1, text("abc"), 65_533, None);
    check_param(string.0, string.1, text("abc"), 65_534, Some(Trap::ReallocOutOfBounds { ptr: 65_534, bytes: 3 }));
    check_param(string.0, string.1, text(""), 65_537, Some(Trap::ReallocOutOfBounds { ptr: 65_537, bytes: 0 }));
    check_param(string.0, string.1, text("abc"), -1, Some(Trap::ReallocOutOfBounds { ptr: 0xFFFF_FFFF, bytes: 3 }));
    let list = || Val::List(support::Vec::collect([Val::U32(1), Val::U32(2)]).unwrap());
    check_param("(param \"l\" (list u32))", "(param i32 i32)", list(), 65_528, None);
    check_param(
        "(param \"l\" (list u32))",
        "(param i32 i32)",
        list(),
        2,
        Some(Trap::ReallocNotAligned { ptr: 2, align: 4 }),
    );
    check_param(
        "(param \"l\" (list u32))",
        "(param i32 i32)",
        list(),
        65_532,
        Some(Trap::ReallocOutOfBounds { ptr: 65_532, bytes: 8 }),
    );
}

#[test]
fn realloc_that_does_not_end_traps() {
    let mut limits = windlass::Limits::HOST;
    limits.realloc_fuel = 10_000;
    let mut config = windlass::Config::new();
    config.limits(limits);
    let engine = windlass::Engine::new(&config);
    let wat = guest("(param \"s\" string)", "(param i32 i32)", "", 0).replace(
        "(i32.const 0))\n            (func (export \"f\")",
        "(loop (br 0)) (unreachable))\n            (func (export \"f\")",
    );
    let component = windlass::component::Component::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
    let mut store = windlass::Store::new(&engine, ());
    let instance = windlass::component::Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    let func = instance.get_func(&mut store, "f").unwrap();
    let error = func.call(&mut store, &[text("a")], &mut []).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::ReallocFuel));
}

#[test]
fn a_trap_leaves_the_rest_of_the_store_alone() {
    let (mut store, outer) = instance(
        r#"(component
          (component $C
            (core module $M
              (func (export "trap") unreachable)
              (func (export "fine") (result i32) (i32.const 7)))
            (core instance $m (instantiate $M))
            (func (export "trap") (canon lift (core func $m "trap")))
            (func (export "fine") (result u32) (canon lift (core func $m "fine"))))
          (instance $a (instantiate $C))
          (instance $b (instantiate $C))
          (export "a" (instance $a))
          (export "b" (instance $b)))"#,
    );
    let mut func = |name: &str, export: &str| {
        let instance = outer.get_export_index(&mut store, None, name).unwrap();
        outer.get_export_index(&mut store, Some(&instance), export).unwrap().func().unwrap()
    };
    let (trap, fine_a, fine_b) = (func("a", "trap"), func("a", "fine"), func("b", "fine"));
    assert_eq!(call(&mut store, fine_a, &[]).unwrap(), Val::U32(7));
    let error = trap.call(&mut store, &[], &mut []).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::Unreachable));
    assert_eq!(call(&mut store, fine_a, &[]).unwrap_err().trap(), Some(Trap::CannotEnterInstance));
    assert_eq!(call(&mut store, fine_b, &[]).unwrap(), Val::U32(7));
}

/// A component that calls its own function through the Canonical ABI: one memory on both sides.
#[test]
fn a_transfer_may_have_one_memory_on_both_sides() {
    let (mut store, instance) = instance(
        r#"(component
          (core module $Memory
            (memory (export "mem") 1)
            (data (i32.const 0) "hello")
            ;; On top of what is being lifted.
            (func (export "realloc") (param i32 i32 i32 i32) (result i32)
              (i32.store8 (i32.const 0) (i32.const 0x4a))
              (i32.const 1)))
          (core instance $memory (instantiate $Memory))
          (alias core export $memory "mem" (core memory $mem))
          (alias core export $memory "realloc" (core func $realloc))
          (core module $Inner
            (import "" "mem" (memory 1))
            (func (export "len") (param i32 i32) (result i32)
              ;; The first byte where it lies now, and the length.
              (i32.or (i32.shl (i32.load8_u (local.get 0)) (i32.const 8)) (local.get 1))))
          (core instance $inner (instantiate $Inner (with "" (instance (export "mem" (memory $mem))))))
          (func $len (param "s" string) (result u32)
            (canon lift (core func $inner "len") (memory $mem) (realloc $realloc)))
          (core func $len' (canon lower (func $len) (memory $mem)))
          (core module $M
            (import "" "len" (func $len (param i32 i32) (result i32)))
            (func (export "run") (result i32) (call $len (i32.const 0) (i32.const 5))))
          (core instance $m (instantiate $M (with "" (instance (export "len" (func $len'))))))
          (func (export "run") (result u32) (canon lift (core func $m "run"))))"#,
    );
    let run = instance.get_func(&mut store, "run").unwrap();
    // "hello" was lifted before `realloc` wrote over it.
    assert_eq!(call(&mut store, run, &[]).unwrap(), Val::U32(u32::from(b'h') << 8 | 5));
}

/// A trap says which value, and where.
#[test]
fn messages_say_which_value_and_where() {
    let wat = |padding: &str| {
        format!(
            r#"(component
              (component $Callee
                (core module $M
                  (memory (export "mem") 1)
                  (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
                  (func (export "flat") (param i32 i32 i32 i32))
                  (func (export "spilled") (param i32)))
                (core instance $m (instantiate $M))
                (type $person' (record (field "age" u32) (field "name" (option string))))
                (export $person "person" (type $person'))
                (func (export "greet") (param "person" $person) {padding}
                  (canon lift (core func $m "CORE") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
              (instance $callee (instantiate $Callee))
              (alias export $callee "greet" (func $greet))
              (core module $Memory (memory (export "mem") 1)
                ;; age, some, 0xfff8, 12
                (data (i32.const 0) "\00\00\00\00\01\00\00\00\f8\ff\00\00\0c\00\00\00"))
              (core instance $memory (instantiate $Memory))
              (core func $greet' (canon lower (func $greet) (memory (core memory $memory "mem"))))
              (core module $M
                (import "" "greet" (func $greet IMPORT))
                (func (export "run") CALL))
              (core instance $m (instantiate $M (with "" (instance (export "greet" (func $greet'))))))
              (func (export "run") (canon lift (core func $m "run"))))"#
        )
    };
    let flat = wat("")
        .replace("CORE", "flat")
        .replace("IMPORT", "(param i32 i32 i32 i32)")
        .replace("CALL", "(call $greet (i32.const 0) (i32.const 1) (i32.const 0xfff8) (i32.const 12))");
    let spilled = wat(&(0..16).map(|at| format!("(param \"p{at}\" u8)")).collect::<String>())
        .replace("CORE", "spilled")
        .replace("IMPORT", "(param i32)")
        .replace("CALL", "(call $greet (i32.const 0))");
    for wat in [flat, spilled] {
        let (mut store, instance) = instance(&wat);
        let run = instance.get_func(&mut store, "run").unwrap();
        let error = run.call(&mut store, &[], &mut []).unwrap_err();
        assert_eq!(error.to_string(), "param person.name.some: string pointer 0xfff8 + 12 past end of memory");
    }
}
