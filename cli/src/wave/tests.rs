//! Calls that parse, and what is said about those that do not.

use super::Call;
use wasm_wave::value::{Type, Value};

fn person() -> Type {
    Type::record([("name", Type::STRING), ("age", Type::U32)]).unwrap()
}

fn arguments(call: &str, types: &[Type]) -> Result<String, String> {
    let call = Call::parse(call).map_err(|failure| failure.to_string())?;
    let values = call.arguments::<Value>(types).map_err(|failure| failure.to_string())?;
    Ok(values.iter().map(|value| wasm_wave::to_string(value).unwrap()).collect::<Vec<_>>().join(", "))
}

#[test]
fn names_of_every_form() {
    for (source, name) in [
        ("greet()", "greet"),
        ("example:greeter/greet@1.0.0#greet({})", "example:greeter/greet@1.0.0#greet"),
        ("[method]file.read(1)", "[method]file.read"),
        ("_start()", "_start"),
    ] {
        assert_eq!(Call::parse(source).unwrap().name(), name);
    }
}

#[test]
fn arguments_get_their_types() {
    assert_eq!(arguments("f({age: 36, name: \"Ada\"})", &[person()]).unwrap(), "{name: \"Ada\", age: 36}");
    assert_eq!(arguments("f(1, [2, 3])", &[Type::U8, Type::list(Type::S64)]).unwrap(), "1, [2, 3]");
    assert_eq!(arguments("f()", &[]).unwrap(), "");
    assert_eq!(arguments("f(1)", &[Type::U8, Type::option(Type::U8)]).unwrap(), "1, none");
}

#[test]
fn what_is_said_about_wrong_calls() {
    for (call, types, expected) in [
        ("f", vec![], "a call has the form"),
        ("f(", vec![], "unexpected end of input"),
        ("f(1) 2", vec![Type::U8], "trailing characters"),
        ("f({name: \"Ada\", age: 4294967296})", vec![person()], "'4294967296' is not a value of type u32"),
        ("f({name: 1, age: 1})", vec![person()], "'1' is not a value of type string"),
        ("f({name: \"Ada\"})", vec![person()], "missing field \"age\""),
        ("f({nam: \"Ada\", age: 36})", vec![person()], "no field 'nam'; the record has name, age"),
        ("f({name: \"Ada\", age: 36, x: 1})", vec![person()], "no field 'x'; the record has name, age"),
        ("f({name: \"Ada\", name: \"Bob\", age: 36})", vec![person()], "duplicate field"),
        ("f(1, 2)", vec![Type::U8], "takes 1 argument but 2 given"),
        ("f([1, 256])", vec![Type::list(Type::U8)], "'256' is not a value of type u8"),
        ("f(some(300))", vec![Type::option(Type::U8)], "'300' is not a value of type u8"),
        ("f(\"x\")", vec![Type::U8], "'\"x\"' is not a value of type u8"),
    ] {
        let said = arguments(call, &types).unwrap_err();
        assert!(said.contains(expected), "{call}: {said}");
    }
}

#[test]
fn the_place_is_marked_by_columns() {
    let said = arguments("grüße(\"Zoë\", 256)", &[Type::STRING, Type::U8]).unwrap_err();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[1..], ["  grüße(\"Zoë\", 256)", "               ^^^"]);
}
