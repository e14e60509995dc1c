//! The greeter, the same file as on a desktop, executed in place from flash.

use crate::{board, board::println, heap};
use windlass::component::{Component, Linker, Val};
use windlass::{Config, Engine, Error, Result, Store};

static GREETER: &[u8] = include_bytes!("../../../examples/greeter/greeter.wasm");

/// Greets twice.
pub fn run() -> bool {
    match greet() {
        Ok(passed) => passed,
        Err(error) => {
            println!("error: {error}");
            false
        }
    }
}

fn greet() -> Result<bool> {
    let engine = Engine::new(&Config::board());
    let start = board::instructions();
    let component = Component::from_static(&engine, GREETER)?;
    println!(
        "decoded and validated after {} instructions, {} bytes of heap",
        board::instructions() - start,
        heap::used()
    );
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
    println!("instantiated after {} instructions, {} bytes of heap", board::instructions() - start, heap::used());
    let interface = instance.get_export_index(&mut store, None, "example:greeter/greet@1.0.0").ok_or_else(missing)?;
    let greet = instance.get_export_index(&mut store, Some(&interface), "greet").ok_or_else(missing)?;
    let greet = instance.get_func(&mut store, greet).ok_or_else(missing)?;
    let mut passed = true;
    for (name, age, expected) in [
        ("Ada", 36, "Hello, Ada! You are 36 years old."),
        ("Zoë 🚀", u32::MAX, "Hello, Zoë 🚀! You are 4294967295 years old."),
    ] {
        let before = board::instructions();
        let person = [(text("name")?, Val::String(text(name)?)), (text("age")?, Val::U32(age))];
        let mut results = [Val::Bool(false)];
        greet.call(&mut store, &[Val::Record(windlass::support::Vec::collect(person)?)], &mut results)?;
        println!("call: {} instructions", board::instructions() - before);
        let [Val::String(answer)] = &results else { return Ok(false) };
        println!("{}", &**answer);
        passed &= &**answer == expected;
    }
    Ok(passed)
}

fn text(text: &str) -> Result<windlass::support::String> {
    Ok(windlass::support::String::from_text(text)?)
}

fn missing() -> Error {
    windlass::error::Misuse::UnknownExport.into()
}
