//! The greeter: a real component, called through the public face.

use windlass::component::{Component, Instance, Linker, Val};
use windlass::support::String;
use windlass::{Engine, Result, Store};

const GREETER: &[u8] = include_bytes!("../../examples/greeter/greeter.wasm");
const LARGE: &[u8] = include_bytes!("../../examples/greeter/greeter-large.wasm");

fn instantiate(bytes: &'static [u8]) -> Result<(Store<()>, Instance)> {
    let engine = Engine::default();
    let component = Component::new(&engine, bytes)?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
    Ok((store, instance))
}

fn greet(store: &mut Store<()>, instance: &Instance, name: &str, age: u32) -> Result<std::string::String> {
    let interface = instance.get_export_index(&mut *store, None, "example:greeter/greet@1.0.0").unwrap();
    let func = instance.get_export_index(&mut *store, Some(&interface), "greet").unwrap();
    let func = instance.get_func(&mut *store, &func).unwrap();
    let fields = [
        (String::from_text("name")?, Val::String(String::from_text(name)?)),
        (String::from_text("age")?, Val::U32(age)),
    ];
    let mut results = [Val::Bool(false)];
    func.call(&mut *store, &[Val::Record(Vec::from(fields).into())], &mut results)?;
    match results {
        [Val::String(text)] => Ok(text.as_str().into()),
        [other] => panic!("not a string: {other:?}"),
    }
}

fn native(name: &str, age: u32) -> std::string::String {
    format!("Hello, {name}! You are {age} years old.")
}

#[test]
fn it_says_what_a_native_format_says() {
    let (mut store, instance) = instantiate(GREETER).unwrap();
    for (name, age) in [("Ada", 36), ("", 0), ("Zoë 🚀", u32::MAX), ("\0\"'\\\n", 1), (&"é".repeat(10_000), 7)] {
        assert_eq!(greet(&mut store, &instance, name, age).unwrap(), native(name, age));
    }
}

#[test]
fn it_can_be_called_any_number_of_times() {
    let (mut store, instance) = instantiate(GREETER).unwrap();
    for age in 0..1_000 {
        // Without post-return these names would fill its memory after some dozens of calls.
        let name = "x".repeat(1_000);
        assert_eq!(greet(&mut store, &instance, &name, age).unwrap(), native(&name, age));
    }
}

#[test]
fn a_name_of_a_mebibyte() {
    let (mut store, instance) = instantiate(LARGE).unwrap();
    let name = "Zoë 🚀 ".repeat((1 << 20) / 11);
    for age in [0, u32::MAX] {
        assert_eq!(greet(&mut store, &instance, &name, age).unwrap(), native(&name, age));
    }
}

#[test]
fn a_name_that_does_not_fit_traps_and_poisons() {
    let (mut store, instance) = instantiate(GREETER).unwrap();
    let error = greet(&mut store, &instance, &"x".repeat(1 << 20), 1).unwrap_err();
    assert_eq!(error.trap(), Some(windlass::Trap::Unreachable), "{error}");
    let error = greet(&mut store, &instance, "Ada", 36).unwrap_err();
    assert_eq!(error.trap(), Some(windlass::Trap::CannotEnterInstance), "{error}");
}
