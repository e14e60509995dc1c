//! Random types and values go from the host through one component into another and back, in
//! every pair of string encodings: what comes back is what was sent.
//!
//! Parameters and results are made to pass through memory, so that the guests only hand pointers
//! on. The two components are instantiated one by one, which makes the linker compare their types.

use super::{call, text};
use windlass::component::{Component, Linker, Val};
use windlass::support::choice::Choice;
use windlass::support::{Box, String as Text, Vec as List};
use windlass::{Engine, Store};

/// What all guests share: an allocator that only goes up, and moves everything it reallocates.
pub const MEMORY: &str = r#"
    (core module $Memory
      (memory (export "mem") 1)
      (global $next (mut i32) (i32.const 1024))
      (func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $new i32) (result i32)
        (local $p i32)
        (local.set $p (i32.and
          (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
        (global.set $next (i32.add (local.get $p) (local.get $new)))
        (if (i32.gt_u (global.get $next) (i32.mul (memory.size) (i32.const 65536)))
          (then (if (i32.eq (i32.const -1)
              (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $new) (i32.const 16)))))
            (then unreachable))))
        (memory.copy (local.get $p) (local.get $old)
          (select (local.get $old_size) (local.get $new) (i32.lt_u (local.get $old_size) (local.get $new))))
        (local.get $p)))
    (core instance $memory (instantiate $Memory))
    (alias core export $memory "mem" (core memory $mem))
    (alias core export $memory "realloc" (core func $realloc))
"#;

/// A type: how it is written, and what values of it are made of.
enum Ty {
    Primitive(&'static str),
    String,
    List(std::boxed::Box<Ty>),
    Option(std::boxed::Box<Ty>),
    Result(std::boxed::Box<Ty>, std::boxed::Box<Ty>),
    Tuple(Vec<Ty>),
    Record(usize, Vec<Ty>),
    Variant(usize, Vec<Option<Ty>>),
    Enum(usize, u32),
    Flags(usize, u32),
}

const PRIMITIVES: [&str; 12] = ["bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char"];

struct Generator {
    choice: Choice,
    /// Definitions of the types that have names, each after those it uses.
    named: Vec<String>,
}

impl Generator {
    fn ty(&mut self, depth: u32) -> Ty {
        let kind = self.choice.pick(if depth == 0 { 4 } else { 12 });
        match kind {
            0..2 => Ty::Primitive(PRIMITIVES[self.choice.pick(12) as usize]),
            2..4 => Ty::String,
            4..6 => Ty::List(std::boxed::Box::new(self.ty(depth - 1))),
            6 => Ty::Option(std::boxed::Box::new(self.ty(depth - 1))),
            7 => Ty::Result(std::boxed::Box::new(self.ty(depth - 1)), std::boxed::Box::new(self.ty(depth - 1))),
            8 => Ty::Tuple(self.some(depth)),
            9 => {
                let fields = self.some(depth);
                let text: Vec<_> =
                    fields.iter().enumerate().map(|(at, ty)| format!("(field \"f{at}\" {})", ty.wat())).collect();
                Ty::Record(self.name(format!("(record {})", text.join(" "))), fields)
            }
            10 => {
                let cases: Vec<_> =
                    self.some(depth).into_iter().map(|ty| (self.choice.pick(3) > 0).then_some(ty)).collect();
                let text = cases.iter().enumerate().map(|(at, ty)| match ty {
                    Some(ty) => format!("(case \"c{at}\" {})", ty.wat()),
                    None => format!("(case \"c{at}\")"),
                });
                let text = format!("(variant {})", text.collect::<Vec<_>>().join(" "));
                Ty::Variant(self.name(text), cases)
            }
            _ => {
                let flags = self.choice.pick(2) == 0;
                let count = 1 + self.choice.pick(if flags { 32 } else { 300 });
                let labels: Vec<_> = (0..count).map(|at| format!("\"l{at}\"")).collect();
                let labels = labels.join(" ");
                if flags {
                    return Ty::Flags(self.name(format!("(flags {labels})")), count);
                }
                Ty::Enum(self.name(format!("(enum {labels})")), count)
            }
        }
    }

    fn some(&mut self, depth: u32) -> Vec<Ty> {
        (0..1 + self.choice.pick(4)).map(|_| self.ty(depth - 1)).collect()
    }

    fn name(&mut self, definition: String) -> usize {
        self.named.push(definition);
        self.named.len() - 1
    }

    fn bits(&mut self) -> u64 {
        let mut bits = || u64::from(self.choice.pick(u32::MAX));
        let bits = bits() << 32 | bits();
        // Small and extreme values are as likely as any.
        match self.choice.pick(4) {
            0 => bits & 3,
            1 => !(bits & 3),
            _ => bits,
        }
    }

    fn string(&mut self) -> String {
        let widest = [0x80, 0x100, 0x3000, 0x11_0000][self.choice.pick(4) as usize];
        let len = self.choice.pick(12);
        (0..len).map(|_| char::from_u32(self.choice.pick(widest)).unwrap_or('\u{FFFD}')).collect()
    }

    fn val(&mut self, ty: &Ty) -> Val {
        let label = |letter: &str, at: u32| Text::from_text(&format!("{letter}{at}")).unwrap();
        match ty {
            Ty::Primitive(name) => self.primitive(name),
            Ty::String => text(&self.string()),
            Ty::List(ty) => Val::List((0..self.choice.pick(5)).map(|_| self.val(ty)).collect::<Vec<_>>().into()),
            Ty::Option(ty) => Val::Option((self.choice.pick(2) > 0).then(|| Box::new(self.val(ty)).unwrap())),
            Ty::Result(ok, _) if self.choice.pick(2) > 0 => Val::Result(Ok(Some(Box::new(self.val(ok)).unwrap()))),
            Ty::Result(_, err) => Val::Result(Err(Some(Box::new(self.val(err)).unwrap()))),
            Ty::Tuple(types) => Val::Tuple(types.iter().map(|ty| self.val(ty)).collect::<Vec<_>>().into()),
            Ty::Record(_, types) => {
                let fields = (0..).zip(types).map(|(at, ty)| (label("f", at), self.val(ty)));
                Val::Record(List::from(fields.collect::<Vec<_>>()))
            }
            Ty::Variant(_, cases) => {
                let at = self.choice.pick(cases.len() as u32);
                let payload = cases[at as usize].as_ref().map(|ty| Box::new(self.val(ty)).unwrap());
                Val::Variant(label("c", at), payload)
            }
            Ty::Enum(_, count) => Val::Enum(label("l", self.choice.pick(*count))),
            Ty::Flags(_, count) => {
                let set = (0..*count).filter(|_| self.choice.pick(2) > 0).map(|at| label("l", at));
                Val::Flags(set.collect::<Vec<_>>().into())
            }
        }
    }

    fn primitive(&mut self, name: &str) -> Val {
        let bits = self.bits();
        match name {
            "bool" => Val::Bool(bits & 1 > 0),
            "s8" => Val::S8(bits as i8),
            "u8" => Val::U8(bits as u8),
            "s16" => Val::S16(bits as i16),
            "u16" => Val::U16(bits as u16),
            "s32" => Val::S32(bits as i32),
            "u32" => Val::U32(bits as u32),
            "s64" => Val::S64(bits as i64),
            "u64" => Val::U64(bits),
            // NaNs become one on the way.
            "f32" if f32::from_bits(bits as u32).is_nan() => Val::Float32(f32::from_bits(0x7FC0_0000)),
            "f32" => Val::Float32(f32::from_bits(bits as u32)),
            "f64" if f64::from_bits(bits).is_nan() => Val::Float64(f64::from_bits(0x7FF8 << 48)),
            "f64" => Val::Float64(f64::from_bits(bits)),
            _ => Val::Char(char::from_u32(bits as u32 % 0x11_0000).unwrap_or('é')),
        }
    }
}

impl Ty {
    fn wat(&self) -> String {
        match self {
            Ty::Primitive(name) => (*name).to_owned(),
            Ty::String => "string".to_owned(),
            Ty::List(ty) => format!("(list {})", ty.wat()),
            Ty::Option(ty) => format!("(option {})", ty.wat()),
            Ty::Result(ok, err) => format!("(result {} (error {}))", ok.wat(), err.wat()),
            Ty::Tuple(types) => format!("(tuple {})", types.iter().map(Ty::wat).collect::<Vec<_>>().join(" ")),
            Ty::Record(name, _) | Ty::Variant(name, _) | Ty::Enum(name, _) | Ty::Flags(name, _) => format!("$d{name}"),
        }
    }
}

/// As many parameters that everything is passed in memory.
const PADDING: usize = 17;

/// The function type of all functions here, and the component that hands back what it gets.
fn echo(named: &[String], func: &str, encoding: &str) -> String {
    let types = named
        .iter()
        .enumerate()
        .map(|(at, definition)| format!("(type $d{at}' {definition}) (export $d{at} \"d{at}\" (type $d{at}'))"));
    format!(
        r#"(component {} {MEMORY}
          (core module $M (func (export "echo") (param i32) (result i32) (local.get 0)))
          (core instance $m (instantiate $M))
          (func (export "echo") {func}
            (canon lift (core func $m "echo") (memory $mem) (realloc $realloc) string-encoding={encoding})))"#,
        types.collect::<Vec<_>>().join("\n")
    )
}

/// A component that hands everything on to another one, and back.
fn between(named: &[String], func: &str, encoding: &str) -> String {
    let types = named
        .iter()
        .enumerate()
        .map(|(at, definition)| format!("(type $d{at}' {definition}) (export \"d{at}\" (type $d{at} (eq $d{at}')))"));
    let aliases = (0..named.len()).map(|at| format!("(alias export $a \"d{at}\" (type $d{at}))"));
    format!(
        r#"(component
          (import "a" (instance $a {} (export "echo" (func {func}))))
          {} {MEMORY}
          (core func $lowered
            (canon lower (func $a "echo") (memory $mem) (realloc $realloc) string-encoding={encoding}))
          (core module $M
            (import "" "echo" (func $echo (param i32 i32)))
            (import "" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
            (func (export "echo") (param i32) (result i32) (local i32)
              (local.set 1 (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 4096)))
              (call $echo (local.get 0) (local.get 1))
              (local.get 1)))
          (core instance $m (instantiate $M (with "" (instance
            (export "echo" (func $lowered)) (export "realloc" (func $realloc))))))
          (func (export "echo") {func}
            (canon lift (core func $m "echo") (memory $mem) (realloc $realloc) string-encoding={encoding})))"#,
        types.collect::<Vec<_>>().join("\n"),
        aliases.collect::<Vec<_>>().join("\n")
    )
}

fn component(engine: &Engine, wat: &str) -> Component {
    let bytes = wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}\n{wat}"));
    Component::new(engine, bytes).unwrap_or_else(|error| panic!("{error}\n{wat}"))
}

#[test]
fn what_goes_through_two_components_comes_back() {
    let engine = Engine::default();
    let encodings = ["utf8", "utf16", "latin1+utf16"];
    for seed in 0..60 {
        let mut generator = Generator { choice: Choice::Seeded(seed), named: Vec::new() };
        let ty = generator.ty(3);
        let wat = ty.wat();
        let pads: Vec<_> = (0..PADDING).map(|at| format!("(param \"p{at}\" u8)")).collect();
        let result = format!("(result (tuple {wat} {}))", ["u8"; PADDING].join(" "));
        let func = format!("(param \"v\" {wat}) {} {result}", pads.join(" "));
        let (first, second) = (encodings[seed as usize % 3], encodings[seed as usize / 3 % 3]);
        let inner = component(&engine, &echo(&generator.named, &func, first));
        let outer = component(&engine, &between(&generator.named, &func, second));

        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        let instance = linker.instantiate(&mut store, &inner).unwrap();
        let mut names = linker.instance("a").unwrap();
        for (name, _) in inner.component_type().exports() {
            names.export(name, &instance.get_export_index(&mut store, None, name).unwrap()).unwrap();
        }
        let instance = linker.instantiate(&mut store, &outer).unwrap_or_else(|error| panic!("{seed}: {error}"));
        let echo = instance.get_func(&mut store, "echo").unwrap();
        for _ in 0..20 {
            let value = generator.val(&ty);
            let mut params = vec![value.try_clone().unwrap()];
            params.extend((0..PADDING).map(|at| Val::U8(at as u8)));
            let Val::Tuple(back) = call(&mut store, echo, &params).unwrap_or_else(|error| panic!("{seed}: {error}"))
            else {
                panic!("no tuple")
            };
            assert_eq!(&back[..], &params[..], "seed {seed}, type {wat}, {first} to {second}");
        }
    }
}
