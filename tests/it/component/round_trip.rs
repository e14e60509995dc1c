//! Types and values of proptest's go from the host through one component into another and back,
//! in every pair of string encodings: what comes back is what was sent. Where `realloc` lies,
//! nothing worse than a trap or a wrong value comes of it.
//!
//! Parameters and results are made to pass through memory, so that the guests only hand pointers
//! on. The two components are instantiated one by one, which makes the linker compare their types.

use super::{call, text};
use proptest::collection::vec;
use proptest::prelude::*;
use windlass::component::{Component, Func, Linker, Val};
use windlass::support::{Box, String as Text, Vec as List};
use windlass::{Engine, ErrorKind, Store};

/// What all guests share: an allocator that only goes up, and moves everything it reallocates.
/// `$mode` says how it lies: not at all (0, or 1 where what shrinks stays), by returning what is
/// not aligned (2) or out of bounds (3), the same place each time (4), or null (5).
pub const MEMORY: &str = r#"
    (core module $Memory
      (memory (export "mem") 1)
      (global $mode i32 (i32.const 0))
      (global $next (mut i32) (i32.const 16384))
      (func $is (param i32) (result i32) (i32.eq (global.get $mode) (local.get 0)))
      (func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $new i32) (result i32)
        (local $p i32)
        (if (i32.and (call $is (i32.const 1)) (i32.lt_u (local.get $new) (local.get $old_size)))
          (then (return (local.get $old))))
        (if (call $is (i32.const 3)) (then (return (i32.sub (i32.const 0) (local.get $align)))))
        (if (call $is (i32.const 4)) (then (return (i32.const 32768))))
        (if (call $is (i32.const 5)) (then (return (i32.const 0))))
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
        (if (call $is (i32.const 2)) (then (local.set $p (i32.or (local.get $p) (i32.const 1)))))
        (local.get $p)))
    (core instance $memory (instantiate $Memory))
    (alias core export $memory "mem" (core memory $mem))
    (alias core export $memory "realloc" (core func $realloc))
"#;

/// A type.
#[derive(Clone, Debug)]
enum Ty {
    Primitive(&'static str),
    String,
    List(std::boxed::Box<Ty>),
    Option(std::boxed::Box<Ty>),
    Result(std::boxed::Box<(Ty, Ty)>),
    Tuple(Vec<Ty>),
    Record(Vec<Ty>),
    Variant(Vec<Option<Ty>>),
    Enum(u32),
    Flags(u32),
}

/// A value of a type; it is the type that says what it is.
#[derive(Clone, Debug)]
enum Value {
    Bits(u64),
    Text(String),
    Parts(Vec<Value>),
    Case(usize, Option<std::boxed::Box<Value>>),
}

const PRIMITIVES: [&str; 12] = ["bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char"];

fn any_type() -> impl Strategy<Value = Ty> {
    let leaf = prop_oneof![
        3 => proptest::sample::select(&PRIMITIVES[..]).prop_map(Ty::Primitive),
        2 => Just(Ty::String),
        1 => (1u32..=300).prop_map(Ty::Enum),
        1 => (1u32..=32).prop_map(Ty::Flags),
    ];
    leaf.prop_recursive(3, 24, 4, |part| {
        prop_oneof![
            3 => part.clone().prop_map(|ty| Ty::List(ty.into())),
            1 => part.clone().prop_map(|ty| Ty::Option(ty.into())),
            1 => (part.clone(), part.clone()).prop_map(|types| Ty::Result(types.into())),
            1 => vec(part.clone(), 1..5).prop_map(Ty::Tuple),
            2 => vec(part.clone(), 1..5).prop_map(Ty::Record),
            2 => vec(proptest::option::of(part), 1..5).prop_map(Ty::Variant),
        ]
    })
}

fn any_text() -> impl Strategy<Value = String> {
    use proptest::char::range;
    let ascii = || range('\0', '\u{7F}');
    let code = prop_oneof![ascii(), range('\u{80}', '\u{FF}'), range('\u{100}', '\u{D7FF}'), any::<char>()];
    let text = |codes: Vec<char>| codes.into_iter().collect::<String>();
    // One kind of code point in a string is as likely as all kinds.
    prop_oneof![
        vec(code, 0..12).prop_map(text),
        vec(ascii(), 0..40).prop_map(text),
        vec(range('\0', '\u{FF}'), 0..40).prop_map(text),
    ]
}

fn value(ty: &Ty) -> BoxedStrategy<Value> {
    // All of some strategies, one after the other.
    let all = |types: &[Ty]| types.iter().map(value).collect::<Vec<_>>().prop_map(Value::Parts).boxed();
    let case = |at: usize, ty: Option<&Ty>| match ty {
        Some(ty) => value(ty).prop_map(move |payload| Value::Case(at, Some(payload.into()))).boxed(),
        None => Just(Value::Case(at, None)).boxed(),
    };
    match ty {
        Ty::Primitive(_) => {
            prop_oneof![0..4u64, (0..4u64).prop_map(|bits| !bits), any::<u64>()].prop_map(Value::Bits).boxed()
        }
        Ty::String => any_text().prop_map(Value::Text).boxed(),
        Ty::List(ty) => vec(value(ty), 0..8).prop_map(Value::Parts).boxed(),
        Ty::Option(ty) => prop_oneof![case(0, None), case(1, Some(ty))].boxed(),
        Ty::Result(types) => prop_oneof![case(0, Some(&types.0)), case(1, Some(&types.1))].boxed(),
        Ty::Tuple(types) | Ty::Record(types) => all(types),
        Ty::Variant(cases) => {
            proptest::strategy::Union::new(cases.iter().enumerate().map(|(at, ty)| case(at, ty.as_ref()))).boxed()
        }
        Ty::Enum(count) => (0..*count as usize).prop_map(|at| Value::Case(at, None)).boxed(),
        Ty::Flags(_) => any::<u64>().prop_map(Value::Bits).boxed(),
    }
}

fn boxed(val: Val) -> Option<Box<Val>> {
    Some(Box::new(val).unwrap())
}

fn label(letter: char, at: usize) -> Text {
    Text::from_text(&format!("{letter}{at}")).unwrap()
}

fn primitive(name: &str, bits: u64) -> Val {
    match name {
        "bool" => Val::Bool(bits & 1 != 0),
        "s8" => Val::S8(bits as i8),
        "u8" => Val::U8(bits as u8),
        "s16" => Val::S16(bits as i16),
        "u16" => Val::U16(bits as u16),
        "s32" => Val::S32(bits as i32),
        "u32" => Val::U32(bits as u32),
        "s64" => Val::S64(bits as i64),
        "u64" => Val::U64(bits),
        // NaNs do not come back as they were.
        "f32" => Val::Float32(Some(f32::from_bits(bits as u32)).filter(|value| !value.is_nan()).unwrap_or(0.5)),
        "f64" => Val::Float64(Some(f64::from_bits(bits)).filter(|value| !value.is_nan()).unwrap_or(0.5)),
        _ => Val::Char(char::from_u32(bits as u32 % 0x11_0000).unwrap_or('x')),
    }
}

impl Ty {
    fn val(&self, value: &Value) -> Val {
        let payload = |ty: Option<&Ty>, payload: &Option<std::boxed::Box<Value>>| {
            ty.zip(payload.as_deref()).and_then(|(ty, payload)| boxed(ty.val(payload)))
        };
        match (self, value) {
            (Ty::Primitive(name), Value::Bits(bits)) => primitive(name, *bits),
            (Ty::String, Value::Text(value)) => text(value),
            (Ty::List(ty), Value::Parts(items)) => {
                Val::List(List::collect(items.iter().map(|item| ty.val(item))).unwrap())
            }
            (Ty::Option(ty), Value::Case(_, some)) => Val::Option(payload(Some(ty), some)),
            (Ty::Result(types), Value::Case(0, ok)) => Val::Result(Ok(payload(Some(&types.0), ok))),
            (Ty::Result(types), Value::Case(_, err)) => Val::Result(Err(payload(Some(&types.1), err))),
            (Ty::Tuple(types), Value::Parts(items)) => {
                Val::Tuple(List::collect(types.iter().zip(items).map(|(ty, item)| ty.val(item))).unwrap())
            }
            (Ty::Record(types), Value::Parts(items)) => {
                let fields = types.iter().zip(items).enumerate();
                Val::Record(List::collect(fields.map(|(at, (ty, item))| (label('f', at), ty.val(item)))).unwrap())
            }
            (Ty::Variant(cases), Value::Case(at, some)) => {
                Val::Variant(label('c', *at), payload(cases[*at].as_ref(), some))
            }
            (Ty::Enum(_), Value::Case(at, _)) => Val::Enum(label('l', *at)),
            (Ty::Flags(count), Value::Bits(bits)) => {
                let set = (0..*count as usize).filter(|at| bits >> at & 1 != 0).map(|at| label('l', at));
                Val::Flags(List::collect(set).unwrap())
            }
            other => panic!("{other:?}"),
        }
    }

    /// How the type is written; types that need a name are defined in `named`, each after those
    /// that it uses.
    fn wat(&self, named: &mut Vec<String>) -> String {
        let name = |definition: String, named: &mut Vec<String>| {
            named.push(definition);
            format!("$d{}", named.len() - 1)
        };
        let labels = |count: u32| (0..count).map(|at| format!("\"l{at}\"")).collect::<Vec<_>>().join(" ");
        match self {
            Ty::Primitive(name) => (*name).to_owned(),
            Ty::String => "string".to_owned(),
            Ty::List(ty) => format!("(list {})", ty.wat(named)),
            Ty::Option(ty) => format!("(option {})", ty.wat(named)),
            Ty::Result(types) => format!("(result {} (error {}))", types.0.wat(named), types.1.wat(named)),
            Ty::Tuple(types) => {
                format!("(tuple {})", types.iter().map(|ty| ty.wat(named)).collect::<Vec<_>>().join(" "))
            }
            Ty::Record(types) => {
                let fields = types.iter().enumerate().map(|(at, ty)| format!("(field \"f{at}\" {})", ty.wat(named)));
                let fields = fields.collect::<Vec<_>>().join(" ");
                name(format!("(record {fields})"), named)
            }
            Ty::Variant(cases) => {
                let case = |(at, ty): (usize, &Option<Ty>)| {
                    format!("(case \"c{at}\" {})", ty.as_ref().map(|ty| ty.wat(named)).unwrap_or_default())
                };
                let cases = cases.iter().enumerate().map(case).collect::<Vec<_>>().join(" ");
                name(format!("(variant {cases})"), named)
            }
            Ty::Enum(count) => name(format!("(enum {})", labels(*count)), named),
            Ty::Flags(count) => name(format!("(flags {})", labels(*count)), named),
        }
    }
}

/// As many parameters that everything is passed in memory.
const PADDING: usize = 17;

/// Two components with functions of one type: one hands back what it gets, the other hands
/// everything on to the first, and back.
struct Pair {
    named: Vec<String>,
    func: String,
    memory: String,
}

impl Pair {
    fn new(ty: &Ty, mode: u32) -> Self {
        let mut named = Vec::new();
        let ty = ty.wat(&mut named);
        let pads: Vec<_> = (0..PADDING).map(|at| format!("(param \"p{at}\" u8)")).collect();
        let result = format!("(result (tuple {ty} {}))", ["u8"; PADDING].join(" "));
        let func = format!("(param \"v\" {ty}) {} {result}", pads.join(" "));
        let memory = MEMORY.replace("$mode i32 (i32.const 0)", &format!("$mode i32 (i32.const {mode})"));
        Self { named, func, memory }
    }

    fn echo(&self, encoding: &str) -> String {
        let Self { named, func, memory } = self;
        let types = named
            .iter()
            .enumerate()
            .map(|(at, definition)| format!("(type $d{at}' {definition}) (export $d{at} \"d{at}\" (type $d{at}'))"));
        format!(
            r#"(component {} {memory}
              (core module $M (func (export "echo") (param i32) (result i32) (local.get 0)))
              (core instance $m (instantiate $M))
              (func (export "echo") {func}
                (canon lift (core func $m "echo") (memory $mem) (realloc $realloc) string-encoding={encoding})))"#,
            types.collect::<Vec<_>>().join("\n")
        )
    }

    fn between(&self, encoding: &str) -> String {
        let Self { named, func, memory } = self;
        let types = named.iter().enumerate().map(|(at, definition)| {
            format!("(type $d{at}' {definition}) (export \"d{at}\" (type $d{at} (eq $d{at}')))")
        });
        let aliases = (0..named.len()).map(|at| format!("(alias export $a \"d{at}\" (type $d{at}))"));
        format!(
            r#"(component
              (import "a" (instance $a {} (export "echo" (func {func}))))
              {} {memory}
              (core func $lowered
                (canon lower (func $a "echo") (memory $mem) (realloc $realloc) string-encoding={encoding}))
              (core module $M
                (import "" "echo" (func $echo (param i32 i32)))
                (func (export "echo") (param i32) (result i32)
                  (call $echo (local.get 0) (i32.const 64))
                  (i32.const 64)))
              (core instance $m (instantiate $M (with "" (instance (export "echo" (func $lowered))))))
              (func (export "echo") {func}
                (canon lift (core func $m "echo") (memory $mem) (realloc $realloc) string-encoding={encoding})))"#,
            types.collect::<Vec<_>>().join("\n"),
            aliases.collect::<Vec<_>>().join("\n")
        )
    }

    /// The function of the second component, on top of the first.
    fn instantiate(&self, engine: &Engine, [first, second]: [&str; 2]) -> (Store<()>, Func) {
        let component = |wat: &str| {
            let bytes = wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}\n{wat}"));
            Component::new(engine, bytes).unwrap_or_else(|error| panic!("{error}\n{wat}"))
        };
        let (inner, outer) = (component(&self.echo(first)), component(&self.between(second)));
        let mut store = Store::new(engine, ());
        let mut linker = Linker::new(engine);
        let instance = linker.instantiate(&mut store, &inner).unwrap();
        let mut names = linker.instance("a").unwrap();
        for (name, _) in inner.component_type().exports() {
            names.export(name, &instance.get_export_index(&mut store, None, name).unwrap()).unwrap();
        }
        let instance = linker.instantiate(&mut store, &outer).unwrap();
        let echo = instance.get_func(&mut store, "echo").unwrap();
        (store, echo)
    }
}

fn params(ty: &Ty, value: &Value) -> Vec<Val> {
    let mut params = vec![ty.val(value)];
    params.extend((0..PADDING).map(|at| Val::U8(at as u8)));
    params
}

const ENCODINGS: [&str; 3] = ["utf8", "utf16", "latin1+utf16"];

fn typed_values() -> impl Strategy<Value = (Ty, Vec<Value>)> {
    any_type().prop_flat_map(|ty| {
        let values = vec(value(&ty), 1..6);
        (Just(ty), values)
    })
}

fn config(cases: u32) -> ProptestConfig {
    // Nothing is written to the source folder when a case fails; the message has all of it.
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn what_goes_through_two_components_comes_back((ty, values) in typed_values(), mode in 0..2u32) {
        let (engine, pair) = (Engine::default(), Pair::new(&ty, mode));
        for first in ENCODINGS {
            for second in ENCODINGS {
                let (mut store, echo) = pair.instantiate(&engine, [first, second]);
                for value in &values {
                    let params = params(&ty, value);
                    let back = call(&mut store, echo, &params);
                    let Val::Tuple(back) = back.unwrap_or_else(|error| panic!("{error}")) else { panic!("no tuple") };
                    prop_assert_eq!(&back[..], &params[..], "{} to {}", first, second);
                }
            }
        }
    }

    #[test]
    fn a_realloc_that_lies_harms_only_its_own((ty, values) in typed_values(), mode in 2..6u32, pair in 0..9usize) {
        let engine = Engine::default();
        let encodings = [ENCODINGS[pair / 3], ENCODINGS[pair % 3]];
        for value in &values {
            let (mut store, echo) = Pair::new(&ty, mode).instantiate(&engine, encodings);
            if let Err(error) = call(&mut store, echo, &params(&ty, value)) {
                prop_assert!(matches!(error.kind(), ErrorKind::Trap(_)), "{}", error);
            }
        }
    }
}
