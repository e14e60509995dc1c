//! The greeter, the same file as on a desktop, executed in place from flash.

use crate::board::{self, measured, println};
use crate::{heap, stack};
use windlass::component::{Component, Linker, Val};
use windlass::{Config, Engine, Error, Result, Store};

#[cfg(feature = "greeter")]
static GREETER: &[u8] = include_bytes!("../../../examples/greeter/greeter.wasm");

/// Greets twice.
#[cfg(feature = "greeter")]
pub fn run() -> bool {
    greet(&Config::board(), GREETER, |_| Ok(()))
}

/// Greets twice with a store that `prepare` has prepared; whether the greetings are right.
pub fn greet(config: &Config, greeter: &'static [u8], prepare: impl FnOnce(&mut Store<()>) -> Result<()>) -> bool {
    let engine = Engine::new(config);
    measured(greeter.len() as u64, format_args!("bytes of the guest"));
    match load(&engine, greeter).and_then(|component| call(&engine, &component, prepare)) {
        Ok(passed) => passed,
        Err(error) => {
            println!("error: {error}");
            false
        }
    }
}

/// Out of line, as what comes after is: each has the stack to itself.
#[inline(never)]
fn load(engine: &Engine, greeter: &'static [u8]) -> Result<Component> {
    let start = board::instructions();
    let component = Component::from_static(engine, greeter)?;
    measured(board::instructions() - start, format_args!("instructions to decode and validate"));
    measured(heap::used() as u64, format_args!("bytes of heap that a judged component keeps"));
    measured(stack::used() as u64, format_args!("bytes of stack to decode and validate"));
    Ok(component)
}

#[inline(never)]
fn call(engine: &Engine, component: &Component, prepare: impl FnOnce(&mut Store<()>) -> Result<()>) -> Result<bool> {
    let start = board::instructions();
    let mut store = Store::new(engine, ());
    prepare(&mut store)?;
    let instance = Linker::new(engine).instantiate(&mut store, component)?;
    measured(board::instructions() - start, format_args!("instructions to instantiate"));
    let interface = instance.get_export_index(&mut store, None, "example:greeter/greet@1.0.0").ok_or_else(missing)?;
    let greet = instance.get_export_index(&mut store, Some(&interface), "greet").ok_or_else(missing)?;
    let greet = instance.get_func(&mut store, greet).ok_or_else(missing)?;
    let mut passed = true;
    for (which, name, age, expected) in [
        ("first", "Ada", 36, "Hello, Ada! You are 36 years old."),
        ("second", "Zoë 🚀", u32::MAX, "Hello, Zoë 🚀! You are 4294967295 years old."),
    ] {
        let before = board::instructions();
        let person = [(text("name")?, Val::String(text(name)?)), (text("age")?, Val::U32(age))];
        let mut results = [Val::Bool(false)];
        greet.call(&mut store, &[Val::Record(windlass::support::Vec::collect(person)?)], &mut results)?;
        let now = board::instructions();
        measured(now, format_args!("instructions from reset to the {which} answer"));
        measured(now - before, format_args!("instructions of the {which} call"));
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
