//! `windlass run`.

use super::{file, text, windlass};

const GREETER: &str = "examples/greeter/greeter.wasm";
const GREET: &str = "greet({name: \"Ada\", age: 36})";
const HELLO: &str = "\"Hello, Ada! You are 36 years old.\"\n";

#[test]
fn the_greeting() {
    windlass(["run", GREETER, "--invoke", GREET]).exits(0).prints(HELLO);
    windlass(["run", "--invoke", GREET, GREETER]).exits(0).prints(HELLO);
    let full = format!("example:greeter/greet@1.0.0#{GREET}");
    windlass(["run", GREETER, "--invoke", &full]).exits(0).prints(HELLO);
}

#[test]
fn the_greeting_traced() {
    windlass(["run", "--trace", GREETER, "--invoke", GREET])
        .exits(0)
        .prints(HELLO)
        .complains("host -> 0 greet(person: {name: \"Ada\", age: 36})  3 bytes, 1 realloc\n")
        .complains("0 -> host greet: \"Hello, Ada! You are 36 years old.\"  33 bytes\n");
    windlass(["run", GREETER, "--invoke", GREET]).exits(0).silent();
    let module = text(&file("traced.wat", "(module (func (export \"f\")))"));
    windlass(["run", "--trace", &module, "--invoke", "f()"]).exits(2).complains("core module");
}

#[test]
fn the_greeting_equals_a_native_one() {
    for (name, age) in [("Zoë 🚀", u32::MAX), ("", 0), ("日本語", 1), ("O'Neil", 7)] {
        let call = format!("greet({{name: \"{name}\", age: {age}}})");
        // WAVE escapes quotes of both kinds.
        let greeting = format!("\"Hello, {name}! You are {age} years old.\"\n").replace('\'', "\\'");
        windlass(["run", GREETER, "--invoke", &call]).exits(0).prints(&greeting);
    }
}

#[test]
fn arguments_that_do_not_fit() {
    for (call, complaint) in [
        ("greet({name: \"Ada\", age: 4294967296})", "'4294967296' is not a value of type u32"),
        ("greet({name: \"Ada\", age: -1})", "'-1' is not a value of type u32"),
        ("greet({name: \"Ada\"})", "missing field \"age\""),
        ("greet({nam: \"Ada\", age: 36})", "no field 'nam'; the record has name, age"),
        ("greet({name: \"Ada\", age: 36, at: 1})", "no field 'at'"),
        ("greet(\"Ada\", 36)", "takes 1 argument but 2 given"),
        ("greet()", "takes 1 argument but 0 given"),
        ("greet({name: \"Ada\", age: 36}", "unexpected end"),
        ("greet", "a call has the form"),
    ] {
        windlass(["run", GREETER, "--invoke", call]).exits(2).prints("").complains(complaint);
    }
}

#[test]
fn exports_that_are_not_there() {
    windlass(["run", GREETER, "--invoke", "great()"])
        .exits(2)
        .complains("no export 'great'")
        .complains("example:greeter/greet@1.0.0#greet: func(person: record { name: string, age: u32 }) -> string");
    windlass(["run", GREETER]).exits(2).complains("--invoke").complains("example:greeter/greet@1.0.0#greet");
}

#[test]
fn an_ambiguous_export() {
    let component = "(component
        (core module $m (func (export \"f\") (result i32) i32.const 7))
        (core instance $i (instantiate $m))
        (func $f (result u32) (canon lift (core func $i \"f\")))
        (instance $a (export \"f\" (func $f)))
        (instance $b (export \"f\" (func $f)))
        (export \"test:p/a\" (instance $a))
        (export \"test:p/b\" (instance $b)))";
    let path = text(&file("ambiguous.wat", component));
    windlass(["run", &path, "--invoke", "f()"]).exits(2).complains("test:p/a#f").complains("test:p/b#f");
    windlass(["run", &path, "--invoke", "test:p/b#f()"]).exits(0).prints("7\n");
}

#[test]
fn a_name_that_does_not_fit_the_guests_memory() {
    let call = format!("greet({{name: \"{}\", age: 1}})", "x".repeat(60_000));
    windlass(["run", GREETER, "--invoke", &call]).exits(1).prints("").complains("trap: ");
}

#[test]
fn imports_that_nobody_provides() {
    let component = "(component
        (import \"log\" (func (param \"text\" string)))
        (import \"test:host/clock@0.1.0\" (instance (export \"now\" (func (result u64))))))";
    let path = text(&file("imports.wat", component));
    windlass(["run", &path, "--invoke", "f()"])
        .exits(1)
        .complains("log: func(text: string)")
        .complains("test:host/clock@0.1.0")
        .complains("now: func() -> u64");
}

#[test]
fn a_core_module() {
    let module = "(module
        (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
        (func (export \"swap\") (param i64 f64) (result f64 i64) (local.get 1) (local.get 0))
        (func (export \"nothing\")))";
    let path = text(&file("core.wat", module));
    for (call, result) in [
        ("add(1, 2)", "3\n"),
        ("add(-1, 0)", "-1\n"),
        ("add(4294967295, 0)", "-1\n"),
        ("swap(1, 2.5)", "(2.5, 1)\n"),
        ("nothing()", ""),
    ] {
        windlass(["run", &path, "--invoke", call]).exits(0).prints(result);
    }
    windlass(["run", &path, "--invoke", "add(4294967296, 0)"]).exits(2).complains("i32");
    windlass(["run", &path, "--invoke", "sub(1, 2)"]).exits(2).complains("add: func(i32, i32) -> i32");
}

#[test]
fn a_trap_has_a_backtrace_with_names() {
    let module = "(module
        (func $inner (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
        (func $outer (export \"outer\") (result i32) (call $inner (i32.const 0))))";
    let path = text(&file("trap.wat", module));
    windlass(["run", &path, "--invoke", "outer()"])
        .exits(1)
        .complains("trap: integer divide by zero")
        .complains("0: 0x")
        .complains("func[0] inner")
        .complains("func[1] outer");
}

#[test]
fn an_exception_that_nobody_catches() {
    let module = "(module
        (tag $t (param i32 f64))
        (func (export \"f\") (param i32) (throw $t (local.get 0) (f64.const 0.5))))";
    let path = file("exception.wat", module);
    windlass(["run", &text(&path), "--invoke", "f(7)"])
        .exits(1)
        .prints("")
        .complains("caused by: uncaught exception")
        .complains("func[0]")
        .complains("the exception carries (7, 0.5)");
}
