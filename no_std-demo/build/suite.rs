//! Converts the official suite of the Component Model from text to bytes that a board can run: see
//! `src/demo/suite/tags.rs`. A directive that has no conversion ends the build.

#[path = "../src/demo/suite/tags.rs"]
mod tags;

use std::collections::HashMap;
use std::path::Path;
use wast::component::WastVal;
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::{QuoteWat, Wast, WastArg, WastDirective, WastExecute, WastRet, Wat};
use windlass_spec_tests::phrases::TRAPS;
use windlass_spec_tests::{Packages, features};

/// Writes the whole suite to `out`.
pub fn write(out: &Path) {
    let packages = Packages::find().unwrap_or_else(|error| panic!("{error}"));
    let files = packages.component_suite().unwrap_or_else(|error| panic!("{error}"));
    let mut bytes = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file.path).expect("readable");
        let mut lexer = Lexer::new(&text);
        lexer.allow_confusing_unicode(true);
        let buffer = ParseBuffer::new_with_lexer(lexer).expect("tokens");
        let wast = parser::parse::<Wast<'_>>(&buffer).unwrap_or_else(|error| panic!("{}: {error}", file.name));
        let mut converted = File::default();
        converted.convert(wast.directives);
        put_text(&mut bytes, &file.name);
        bytes.extend(features::of_file(&file.name, &text).set.bits().to_le_bytes());
        put_number(&mut bytes, converted.text_only);
        converted.commands.iter().for_each(|command| bytes.extend(command));
        bytes.push(tags::END);
    }
    std::fs::write(out, bytes).expect("writable");
}

/// A file as it is converted.
#[derive(Default)]
struct File {
    commands: Vec<Vec<u8>>,
    /// Directives about the text format, of which no bytes are left.
    text_only: u64,
    /// The definition of each name.
    names: HashMap<String, usize>,
    /// Of each definition the command that defines it and the last one that needs it.
    definitions: Vec<(usize, Option<usize>)>,
}

impl File {
    fn convert(&mut self, directives: Vec<WastDirective<'_>>) {
        for directive in directives {
            self.directive(directive);
        }
        for (defined, last) in &self.definitions {
            match last {
                Some(last) => self.commands[*last][0] = tags::LAST_INSTANCE,
                None => self.commands[*defined][0] = tags::JUDGE,
            }
        }
    }

    fn directive(&mut self, directive: WastDirective<'_>) {
        let mut command = Vec::new();
        match directive {
            WastDirective::Module(mut wat) => {
                command.push(tags::COMPONENT);
                put_bytes(&mut command, &component(&mut wat));
            }
            WastDirective::ModuleDefinition(mut wat) => {
                if let Some(name) = wat.name() {
                    self.names.insert(name.name().to_owned(), self.definitions.len());
                }
                self.definitions.push((self.commands.len(), None));
                command.push(tags::DEFINE);
                put_bytes(&mut command, &component(&mut wat));
            }
            WastDirective::ModuleInstance { module, .. } => {
                let definition = self.names[module.expect("a named component").name()];
                self.definitions[definition].1 = Some(self.commands.len());
                command.push(tags::INSTANCE);
                put_number(&mut command, definition as u64);
            }
            WastDirective::AssertMalformed { mut module, .. } => match module.encode() {
                Ok(bytes) => {
                    command.push(tags::MALFORMED);
                    put_bytes(&mut command, &bytes);
                }
                Err(_) => return self.text_only += 1,
            },
            WastDirective::AssertInvalid { mut module, .. } => {
                command.push(tags::INVALID);
                put_bytes(&mut command, &module.encode().expect("text that can be encoded"));
            }
            WastDirective::Invoke(invoke) => {
                execute(&mut command, WastExecute::Invoke(invoke));
                command.push(tags::SUCCESS);
            }
            WastDirective::AssertReturn { exec, results, .. } => {
                execute(&mut command, exec);
                command.push(tags::RETURN);
                put_all(&mut command, &results, |command, result| match result {
                    WastRet::Component(value) => put_value(command, value),
                    other => panic!("no value of a component: {other:?}"),
                });
            }
            WastDirective::AssertTrap { exec, message, .. } => {
                execute(&mut command, exec);
                put_trap(&mut command, message);
            }
            other => panic!("no conversion of {other:?}"),
        }
        self.commands.push(command);
    }
}

fn component(wat: &mut QuoteWat<'_>) -> Vec<u8> {
    let is_component = matches!(wat, QuoteWat::Wat(Wat::Component(_)) | QuoteWat::QuoteComponent(..));
    assert!(is_component, "a module that is no component");
    wat.encode().expect("text that can be encoded")
}

fn execute(command: &mut Vec<u8>, exec: WastExecute<'_>) {
    match exec {
        WastExecute::Invoke(invoke) => {
            assert!(invoke.module.is_none(), "a call in another instance than the last one");
            command.push(tags::INVOKE);
            put_text(command, invoke.name);
            put_all(command, &invoke.args, |command, arg| match arg {
                WastArg::Component(value) => put_value(command, value),
                other => panic!("no value of a component: {other:?}"),
            });
        }
        WastExecute::Wat(wat) => {
            command.push(tags::RUN);
            put_bytes(command, &component(&mut QuoteWat::Wat(wat)));
        }
        WastExecute::Get { .. } => panic!("components export no globals"),
    }
}

/// The names of every trap that the phrase may mean, and the index in it.
fn put_trap(command: &mut Vec<u8>, message: &str) {
    let phrase = message.strip_prefix("wasm trap: ").unwrap_or(message);
    let known = TRAPS.iter().map(|(known, _)| *known).filter(|known| phrase.starts_with(known));
    let known = known.max_by_key(|known| known.len()).unwrap_or_else(|| panic!("an unknown phrase: {phrase}"));
    let traps: Vec<&str> = TRAPS.iter().filter(|row| row.0 == known).map(|row| row.1).collect();
    let index = phrase[known.len()..].split([' ', ',']).find_map(|word| word.parse::<u64>().ok());
    command.push(tags::TRAP);
    put_all(command, &traps, |command, name| put_text(command, name));
    put_number(command, index.map_or(0, |index| index + 1));
}

fn put_value(out: &mut Vec<u8>, value: &WastVal<'_>) {
    let maybe = |out: &mut Vec<u8>, tag: u8, value: &Option<Box<WastVal<'_>>>| {
        out.extend([tag, u8::from(value.is_some())]);
        value.iter().for_each(|value| put_value(out, value));
    };
    let number = |out: &mut Vec<u8>, tag: u8, value: u64| {
        out.push(tag);
        put_number(out, value);
    };
    match value {
        WastVal::Bool(v) => number(out, tags::BOOL, (*v).into()),
        WastVal::U8(v) => number(out, tags::U8, (*v).into()),
        WastVal::S8(v) => number(out, tags::S8, *v as u8 as u64),
        WastVal::U16(v) => number(out, tags::U16, (*v).into()),
        WastVal::S16(v) => number(out, tags::S16, *v as u16 as u64),
        WastVal::U32(v) => number(out, tags::U32, (*v).into()),
        WastVal::S32(v) => number(out, tags::S32, *v as u32 as u64),
        WastVal::U64(v) => number(out, tags::U64, *v),
        WastVal::S64(v) => number(out, tags::S64, *v as u64),
        WastVal::F32(v) => number(out, tags::F32, v.bits.into()),
        WastVal::F64(v) => number(out, tags::F64, v.bits),
        WastVal::Char(v) => number(out, tags::CHAR, u32::from(*v).into()),
        WastVal::String(v) => {
            out.push(tags::STRING);
            put_text(out, v);
        }
        WastVal::List(items) => {
            out.push(tags::LIST);
            put_all(out, items, put_value);
        }
        WastVal::Tuple(items) => {
            out.push(tags::TUPLE);
            put_all(out, items, put_value);
        }
        WastVal::Map(entries) => {
            out.push(tags::MAP);
            put_all(out, entries, |out, (key, value)| {
                put_value(out, key);
                put_value(out, value);
            });
        }
        WastVal::Record(fields) => {
            out.push(tags::RECORD);
            put_all(out, fields, |out, (label, value)| {
                put_text(out, label);
                put_value(out, value);
            });
        }
        WastVal::Variant(label, payload) => {
            out.push(tags::VARIANT);
            put_text(out, label);
            out.push(u8::from(payload.is_some()));
            payload.iter().for_each(|value| put_value(out, value));
        }
        WastVal::Enum(label) => {
            out.push(tags::ENUM);
            put_text(out, label);
        }
        WastVal::Option(payload) => maybe(out, tags::OPTION, payload),
        WastVal::Result(Ok(payload)) => maybe(out, tags::OK, payload),
        WastVal::Result(Err(payload)) => maybe(out, tags::ERR, payload),
        WastVal::Flags(labels) => {
            out.push(tags::FLAGS);
            put_all(out, labels, |out, label| put_text(out, label));
        }
    }
}

fn put_all<T>(out: &mut Vec<u8>, items: &[T], put: impl Fn(&mut Vec<u8>, &T)) {
    put_number(out, items.len() as u64);
    items.iter().for_each(|item| put(out, item));
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_bytes(out, text.as_bytes());
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend(bytes);
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number > 127 {
        out.push(number as u8 | 128);
        number >>= 7;
    }
    out.push(number as u8);
}
