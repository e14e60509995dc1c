//! Vectors that `spec-tests/vectors/generate.py` made with the specification's own definitions:
//! layouts, what is lifted, and what lowering it again leaves in memory, traps included.
//!
//! `WINDLASS_VECTORS=FILE` replays another file.

use std::fmt::Write;
use windlass::component::Val;
use windlass::component::abi::context::{Cx, Side};
use windlass::component::abi::lift_flat::{FlatIn, lift_flat_values};
use windlass::component::abi::lower_flat::{FlatOut, lower_flat_values};
use windlass::component::abi::step::Parts;
use windlass::component::abi::transfer::{self, Both, Leg, MaxFlat, Transfer};
use windlass::component::canon::{Options, Realloc};
use windlass::component::state::{ComponentInstance, ComponentInstanceId, Linked, Live, TaskId};
use windlass::exec::{self, Machine};
use windlass::image::{ComponentId, Image, ImageRef, ModuleId};
use windlass::store::{Extern, Fuel, MemoryId, Store};
use windlass::syntax::canon::StringEncoding;
use windlass::syntax::{AddrType, GlobalType, MemoryType};
use windlass::types::component::{TypeRef, ValType};
use windlass::types::flatten::Flat;
use windlass::{Config, Engine, ErrorKind, Features, Limits, Module, validate};

/// The `realloc` of `generate.py`, for pointers of both widths.
const REALLOC: &str = r#"(module
    (import "" "mem" (memory $mem 0 (pagesize 1)))
    (import "" "mode" (global $mode i32))
    (global $next (mut i32) (i32.const 0))
    (func $is (param i32) (result i32) (i32.eq (global.get $mode) (local.get 0)))
    (func $realloc (export "n")
      (param $old i32) (param $old_size i32) (param $align i32) (param $new i32) (result i32) (local $ptr i32)
      (if (i32.and (call $is (i32.const 5)) (i32.lt_u (local.get $new) (local.get $old_size)))
        (then (return (local.get $old))))
      (local.set $ptr (i32.and
        (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (if (call $is (i32.const 1)) (then (local.set $ptr (i32.add (local.get $ptr) (i32.const 1)))))
      (if (call $is (i32.const 2)) (then (local.set $ptr (i32.sub (memory.size) (i32.const 1)))))
      (if (call $is (i32.const 3)) (then (local.set $ptr (i32.const 16))))
      (if (call $is (i32.const 4)) (then (local.set $ptr (i32.const 0))))
      (global.set $next (i32.add (local.get $ptr) (local.get $new)))
      (if (i32.le_u (global.get $next) (memory.size))
        (then (memory.copy (local.get $ptr) (local.get $old)
          (select (local.get $old_size) (local.get $new) (i32.lt_u (local.get $old_size) (local.get $new))))))
      (local.get $ptr))
    (func (export "w") (param i64 i64 i64 i64) (result i64)
      (i64.extend_i32_u (call $realloc
        (i32.wrap_i64 (local.get 0)) (i32.wrap_i64 (local.get 1))
        (i32.wrap_i64 (local.get 2)) (i32.wrap_i64 (local.get 3))))))"#;

/// One of the two sides, as a vector has it: `8n`, `6w`, …
#[derive(Clone, Copy)]
struct Code<'v>(&'v str);

impl Code<'_> {
    fn encoding(self) -> StringEncoding {
        match self.0.as_bytes()[0] {
            b'8' => StringEncoding::Utf8,
            b'6' => StringEncoding::Utf16,
            _ => StringEncoding::Latin1Utf16,
        }
    }

    fn pointer(self) -> AddrType {
        if self.0.ends_with('w') { AddrType::I64 } else { AddrType::I32 }
    }
}

/// A vector.
struct Case<'v> {
    max_flat: u32,
    sides: [Code<'v>; 2],
    realloc: u64,
    size: usize,
    memory: Vec<u8>,
    core: Vec<u64>,
    outcomes: [&'v str; 3],
}

impl<'v> Case<'v> {
    fn parse(line: &'v str) -> Self {
        let words: Vec<&str> = line.split(' ').collect();
        let [max_flat, from, to, realloc, size, memory, core, outcomes @ ..] = &words[..] else { panic!("{line}") };
        Case {
            max_flat: max_flat.parse().unwrap(),
            sides: [Code(from), Code(to)],
            realloc: realloc.parse().unwrap(),
            size: size.parse().unwrap(),
            memory: base64(memory),
            core: core.split(',').map(|value| u64::from_str_radix(value, 16).unwrap()).collect(),
            outcomes: outcomes.try_into().unwrap(),
        }
    }
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0u32, 0);
    for digit in text.chars().filter(|digit| *digit != '-') {
        bits = bits << 6 | DIGITS.find(digit).unwrap() as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

fn crc32(text: &str) -> String {
    let crc = text.bytes().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| crc >> 1 ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    });
    format!("{:08x}", !crc)
}

/// The type in the text format.
fn wat(words: &mut core::iter::Peekable<impl Iterator<Item = String>>) -> Option<String> {
    let word = words.next().unwrap();
    let mut parts = Vec::new();
    if word != "(" {
        return (word != "_").then_some(word);
    }
    let kind = words.next().unwrap();
    while words.peek().unwrap() != ")" {
        parts.push(wat(words));
    }
    words.next();
    let labels = |letter: &str| {
        let count: u32 = parts[0].as_ref().unwrap().parse().unwrap();
        (0..count).map(|at| format!("\"{letter}{at}\"")).collect::<Vec<_>>().join(" ")
    };
    let numbered = |word: &str, letter: &str| {
        let part = |(at, ty): (usize, &Option<String>)| {
            format!("({word} \"{letter}{at}\" {})", ty.as_deref().unwrap_or_default())
        };
        parts.iter().enumerate().map(part).collect::<Vec<_>>().join(" ")
    };
    let plain = parts.iter().flatten().cloned().collect::<Vec<_>>().join(" ");
    Some(match &*kind {
        "flags" | "enum" => format!("({kind} {})", labels("l")),
        "record" => format!("(record {})", numbered("field", "f")),
        "variant" => format!("(variant {})", numbered("case", "c")),
        "fixed" => format!("(list {plain})"),
        "result" => {
            let err = parts[1].as_ref().map(|err| format!("(error {err})"));
            format!("(result {} {})", parts[0].as_deref().unwrap_or_default(), err.unwrap_or_default())
        }
        _ => format!("({kind} {plain})"),
    })
}

/// The value as `generate.py` writes it.
fn text(val: &Val, out: &mut String) {
    let list = |out: &mut String, [open, close]: [char; 2], items: &mut dyn Iterator<Item = &Val>| {
        out.push(open);
        for (at, item) in items.enumerate() {
            if at > 0 {
                out.push(',');
            }
            text(item, out);
        }
        out.push(close);
    };
    let variant = |out: &mut String, at: &str, payload: Option<&Val>| {
        write!(out, "#{at}").unwrap();
        if let Some(payload) = payload {
            list(out, ['(', ')'], &mut core::iter::once(payload));
        }
    };
    match val {
        Val::Bool(value) => out.push(if *value { 't' } else { 'f' }),
        Val::S8(value) => write!(out, "{value}").unwrap(),
        Val::U8(value) => write!(out, "{value}").unwrap(),
        Val::S16(value) => write!(out, "{value}").unwrap(),
        Val::U16(value) => write!(out, "{value}").unwrap(),
        Val::S32(value) => write!(out, "{value}").unwrap(),
        Val::U32(value) => write!(out, "{value}").unwrap(),
        Val::S64(value) => write!(out, "{value}").unwrap(),
        Val::U64(value) => write!(out, "{value}").unwrap(),
        Val::Float32(value) => write!(out, "x{:08x}", value.to_bits()).unwrap(),
        Val::Float64(value) => write!(out, "x{:016x}", value.to_bits()).unwrap(),
        Val::Char(value) => write!(out, "u{:x}", u32::from(*value)).unwrap(),
        Val::String(value) => {
            out.push('\'');
            value.bytes().for_each(|byte| write!(out, "{byte:02x}").unwrap());
        }
        Val::List(items) => list(out, ['[', ']'], &mut items.iter()),
        Val::Tuple(items) => list(out, ['{', '}'], &mut items.iter()),
        Val::Record(fields) => list(out, ['{', '}'], &mut fields.iter().map(|(_, value)| value)),
        Val::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| {
                    let mut entry = String::new();
                    list(&mut entry, ['{', '}'], &mut [key, value].into_iter());
                    entry
                })
                .collect();
            write!(out, "[{}]", entries.join(",")).unwrap();
        }
        Val::Variant(label, payload) => variant(out, &label[1..], payload.as_deref()),
        Val::Enum(label) => variant(out, &label[1..], None),
        Val::Option(payload) => variant(out, if payload.is_some() { "1" } else { "0" }, payload.as_deref()),
        Val::Result(Ok(payload)) => variant(out, "0", payload.as_deref()),
        Val::Result(Err(payload)) => variant(out, "1", payload.as_deref()),
        Val::Flags(labels) => {
            let bits = labels.iter().map(|label| 1u64 << label[1..].parse::<u32>().unwrap());
            write!(out, "b{:x}", bits.sum::<u64>()).unwrap();
        }
        other => panic!("{other:?}"),
    }
}

/// A component with one type, and a store with memories for its values.
struct World {
    linked: Linked,
    core: Store,
    realloc: windlass::store::ImageId,
    ty: ValType,
}

/// A side with its memory.
struct Place<'v> {
    code: Code<'v>,
    inst: ComponentInstanceId,
    memory: MemoryId,
    realloc: windlass::store::FuncId,
}

/// Everything about one crossing.
struct Crossing<'w, 'v> {
    world: &'w mut World,
    live: Live,
    machine: Machine,
    from: Place<'v>,
    to: Place<'v>,
}

impl World {
    fn new(realloc: &Module, ty: &str) -> Self {
        let wat = format!("(component (type {ty}))");
        let bytes = wat::parse_str(&wat).unwrap_or_else(|error| panic!("{error}\n{wat}"));
        let image = validate::component::component_of_any_feature(bytes.into(), Features::all(), &Limits::HOST);
        let image = image.unwrap_or_else(|error| panic!("{error}\n{wat}"));
        let Some(TypeRef::Value(ty)) = image.root().unwrap().types.last().copied() else { panic!("{wat}") };
        let mut linked = Linked::default();
        linked.images.push(ImageRef::share(image).unwrap()).unwrap();
        let mut core = Store::new(Limits::HOST, Fuel::UNMETERED);
        let realloc = core.add_image(realloc.image()).unwrap();
        Self { linked, core, realloc, ty }
    }

    fn image(&self) -> &Image {
        self.linked.images.iter().next().unwrap().1
    }

    fn layouts(&self) -> String {
        let one = |pointer| {
            let layout = self.image().types.layout(self.ty, pointer);
            format!("{}:{}:{}", layout.align, layout.size, flat(layout.flat))
        };
        format!("{} {}", one(AddrType::I32), one(AddrType::I64))
    }

    fn place<'v>(&mut self, live: &mut Live, code: Code<'v>, bytes: &[u8], mode: u64) -> Place<'v> {
        let ty = MemoryType { min: bytes.len() as u64, ..MEMORY };
        let memory = self.core.state.add_memory(ty).unwrap();
        self.core.state.memories.get_mut(memory).unwrap().bytes_mut().copy_from_slice(bytes);
        let ty = GlobalType { content: windlass::syntax::ValType::I32, mutable: false };
        let mode = self.core.state.add_global(ty, [mode, 0]).unwrap();
        let imports = [Extern::Memory(memory), Extern::Global(mode)];
        let instance = exec::instantiate(&mut self.core, self.realloc, ModuleId::new(0), &imports).unwrap().instance;
        let Some(Extern::Func(realloc)) = self.core.export(instance, &code.0[1..]) else { panic!("no realloc") };
        let image = self.linked.images.iter().next().unwrap().0;
        let inst = live.instances.push(ComponentInstance::new(image, ComponentId::new(0), None, 10)).unwrap();
        Place { code, inst, memory, realloc }
    }
}

const MEMORY: MemoryType =
    MemoryType { addr: AddrType::I32, shared: false, min: 0, max: None, custom_page_size: Some(0) };

fn flat(flat: Flat) -> String {
    if flat.count() > 16 {
        return flat.count().to_string();
    }
    let letter = |ty| match ty {
        windlass::syntax::ValType::I32 => 'i',
        windlass::syntax::ValType::I64 => 'I',
        windlass::syntax::ValType::F32 => 'f',
        _ => 'F',
    };
    flat.iter().map(letter).collect()
}

impl<'w, 'v> Crossing<'w, 'v> {
    fn new(world: &'w mut World, case: &Case<'v>) -> Self {
        let mut live = Live::default();
        let from = world.place(&mut live, case.sides[0], &case.memory, 0);
        let to = world.place(&mut live, case.sides[1], &vec![0xAA; case.size], case.realloc);
        Self { world, live, machine: Machine::new(), from, to }
    }

    /// Does something with both sides; the text of what it makes, or `!` for a trap.
    fn run(&mut self, action: impl FnOnce(&mut Cx<'_>, [Side<'_>; 2]) -> windlass::Result<String>) -> String {
        let World { linked, core, .. } = &mut *self.world;
        let image: &Image = linked.images.iter().next().unwrap().1;
        let places = [&self.from, &self.to];
        let opts = places.map(|place| Options {
            string_encoding: place.code.encoding(),
            memory: Some(place.memory),
            pointer: place.code.pointer(),
            realloc: Realloc::Func(place.realloc),
            ..Options::DEFAULT
        });
        let side = |at: usize| Side { image, inst: places[at].inst, opts: &opts[at], task: TaskId::new(0) };
        let sides = [side(0), side(1)];
        let (live, machine) = (&mut self.live, &mut self.machine);
        let mut cx = Cx::new(linked, core, live, machine, 1_000_000);
        match action(&mut cx, sides) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), ErrorKind::Trap(_)) => String::from("!"),
            Err(error) => panic!("{error}"),
        }
    }
}

/// Core values, and all bytes of the memory.
fn lowered(cx: &Cx<'_>, side: &Side<'_>, out: &FlatOut) -> windlass::Result<String> {
    let values: Vec<String> = out.slots().iter().map(|value| format!("{value:x}")).collect();
    let mut text = format!("{};", values.join(","));
    cx.memory(side)?.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
    Ok(text)
}

fn lift(cx: &mut Cx<'_>, from: &Side<'_>, case: &Case<'_>, ty: ValType) -> windlass::Result<Val> {
    let values = lift_flat_values(cx, from, case.max_flat, FlatIn::new(&case.core), Parts::Result(Some(ty)))?;
    Ok(values.into_iter().next().unwrap())
}

fn through_values(cx: &mut Cx<'_>, sides: &[Side<'_>; 2], case: &Case<'_>, ty: ValType) -> windlass::Result<String> {
    let value = lift(cx, &sides[0], case, ty)?;
    let mut out = FlatOut::new();
    lower_flat_values(cx, &sides[1], case.max_flat, (Parts::Result(Some(ty)), &[value]), None, &mut out)?;
    lowered(cx, &sides[1], &out)
}

/// The outcomes of a vector, in order, and once more for one that has two ways to get there.
fn outcomes(world: &mut World, case: &Case<'_>) -> [String; 4] {
    let ty = world.ty;
    let lifted = Crossing::new(world, case).run(|cx, [from, _]| {
        let mut out = String::new();
        text(&lift(cx, &from, case, ty)?, &mut out);
        Ok(out)
    });
    let types = Both { from: Parts::Result(Some(ty)), to: Parts::Result(Some(ty)) };
    let max_flat = MaxFlat { from: case.max_flat, to: case.max_flat };
    let transferred = Crossing::new(world, case).run(|cx, [from, to]| {
        let (flat, mut out) = (FlatIn::new(&case.core), FlatOut::new());
        Transfer { cx, from, to, leg: Leg::Whole }.values(max_flat, flat, types, None, &mut out)?;
        lowered(cx, &to, &out)
    });
    let from_host = Crossing::new(world, case).run(|cx, sides| through_values(cx, &sides, case, ty));
    // What is done where one instance is on both sides.
    let aside = Crossing::new(world, case).run(|cx, [from, to]| {
        let (flat, mut out) = (FlatIn::new(&case.core), FlatOut::new());
        transfer::aside(cx, (from, to), max_flat, flat, types, None, &mut out)?;
        lowered(cx, &to, &out)
    });
    [lifted, transferred, from_host, aside]
}

#[test]
fn values_cross_as_in_the_definitions() {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/spec-tests/vectors/vectors.txt");
    let path = std::env::var("WINDLASS_VECTORS").unwrap_or_else(|_| own.to_owned());
    let vectors = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let engine = Engine::new(Config::new().wasm_features(Features::CUSTOM_PAGE_SIZES, true));
    let realloc = Module::new(&engine, wat::parse_str(REALLOC).unwrap()).unwrap();
    let mut world = None;
    let (mut types, mut cases, mut wrong) = (0, 0, Vec::new());
    for line in vectors.lines() {
        if let Some(header) = line.strip_prefix("t ") {
            let spaced = header.replace('(', " ( ").replace(')', " ) ");
            let mut words = spaced.split_whitespace().map(String::from).peekable();
            let ty = wat(&mut words).unwrap();
            let new = World::new(&realloc, &ty);
            let layouts: Vec<String> = words.collect();
            assert_eq!(new.layouts(), layouts.join(" "), "{header}");
            (world, types, cases) = (Some(new), types + 1, 0);
            continue;
        }
        let case = Case::parse(line);
        let [lifted, lowered, from_host] = case.outcomes;
        let found = outcomes(world.as_mut().unwrap(), &case);
        for (found, expected) in found.iter().zip([lifted, lowered, from_host, lowered]) {
            if expected != found && expected != crc32(found) {
                wrong.push(format!("--explain {} {cases}: {line}\n    {found}", types - 1));
            }
        }
        cases += 1;
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    assert!(types >= 700, "the vectors are gone");
}
