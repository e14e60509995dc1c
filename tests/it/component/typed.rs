//! Typed functions: Rust values go to a host function through a component, and come back.

use super::round_trip::MEMORY;
use windlass::component::{
    Component, ComponentType, Instance, Lift, Linker, Lower, Resource, ResourceAny, ResourceType,
};
use windlass::error::{Misuse, Unlinkable};
use windlass::{Engine, ErrorKind, Store, StoreContextMut, Trap};

/// A component whose function `f` calls the imported `f`: parameters are flat, the result lies
/// in memory.
fn between<T: ComponentType>(ty: &str, encoding: &str) -> String {
    let params: Vec<_> = T::LAYOUTS[0].flat.iter().map(|ty| ty.to_string()).collect();
    let gets: Vec<_> = (0..params.len()).map(|at| format!("(local.get {at})")).collect();
    let (params, gets) = (params.join(" "), gets.join(" "));
    let func = format!("(param \"v\" {ty}) (result (tuple {ty} u8 u8))");
    format!(
        r#"(component
          (import "f" (func $f {func}))
          {MEMORY}
          (core func $lowered
            (canon lower (func $f) (memory $mem) (realloc $realloc) string-encoding={encoding}))
          (core module $M
            (import "" "f" (func $f (param {params} i32)))
            (func (export "f") (param {params}) (result i32) (call $f {gets} (i32.const 16)) (i32.const 16)))
          (core instance $m (instantiate $M (with "" (instance (export "f" (func $lowered))))))
          (func (export "f") {func}
            (canon lift (core func $m "f") (memory $mem) (realloc $realloc) string-encoding={encoding})))"#
    )
}

fn instantiate<T: 'static>(linker: &Linker<T>, store: &mut Store<T>, wat: &str) -> windlass::Result<Instance> {
    let bytes = wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}\n{wat}"));
    linker.instantiate(store, &Component::new(linker.engine(), bytes)?)
}

fn check<T>(ty: &str, values: impl IntoIterator<Item = T>)
where
    T: Lift + Lower + Clone + PartialEq + core::fmt::Debug + 'static,
{
    let engine = Engine::default();
    let values: Vec<T> = values.into_iter().collect();
    for encoding in ["utf8", "utf16", "latin1+utf16"] {
        let mut linker = Linker::<Vec<T>>::new(&engine);
        let closure = |mut store: StoreContextMut<'_, Vec<T>>, (value,): (T,)| {
            store.data_mut().push(value.clone());
            Ok(((value, 1u8, 2u8),))
        };
        linker.root().func_wrap("f", closure).unwrap();
        let mut store = Store::new(&engine, Vec::new());
        let instance = instantiate(&linker, &mut store, &between::<T>(ty, encoding)).unwrap();
        let f = instance.get_typed_func::<(&T,), ((T, u8, u8),)>(&mut store, "f").unwrap();
        for value in &values {
            let ((back, one, two),) = f.call(&mut store, (value,)).unwrap();
            assert_eq!((&back, one, two), (value, 1, 2), "{ty} in {encoding}");
        }
        assert_eq!(store.data(), &values, "{ty} in {encoding}");
    }
}

#[test]
fn every_type_goes_both_ways() {
    check("bool", [false, true]);
    check("u8", [0, 1, u8::MAX]);
    check("s8", [i8::MIN, -1, 0, i8::MAX]);
    check("u16", [0, 1, u16::MAX]);
    check("s16", [i16::MIN, -1, 0, i16::MAX]);
    check("u32", [0, 1, u32::MAX]);
    check("s32", [i32::MIN, -1, 0, i32::MAX]);
    check("u64", [0, 1, u64::MAX]);
    check("s64", [i64::MIN, -1, 0, i64::MAX]);
    check("f32", [0.0, -0.0, f32::MIN_POSITIVE, f32::INFINITY]);
    check("f64", [0.0, -0.0, f64::MIN_POSITIVE, f64::NEG_INFINITY]);
    check("char", ['\0', 'a', 'é', '\u{D7FF}', '\u{E000}', char::MAX]);
    let texts = ["", "a", "é", "añ", "aé€", "🚀", "a🚀é"].map(String::from);
    check("string", texts.clone());
    check("(list string)", [vec![], texts.to_vec()]);
    check("(list u8)", [vec![], vec![0u8, 255], (0..=255).collect()]);
    check("(list s16)", [vec![], vec![i16::MIN, -1, 0, 1]]);
    check("(list u64)", [vec![], vec![0u64, u64::MAX]]);
    check("(list bool)", [vec![true, false, true]]);
    check("(list char)", [vec!['a', char::MAX]]);
    check("(list f32)", [vec![0.5f32, f32::INFINITY]]);
    check("(list (list u32))", [vec![vec![], vec![1u32, 2], vec![3]]]);
    check("(tuple u8 u64 string)", [(1u8, u64::MAX, String::from("x"))]);
    check("(list (tuple u8 u64))", [vec![(1u8, 2u64), (3, 4)]]);
    check("(option u64)", [None, Some(0u64), Some(u64::MAX)]);
    check("(option (option u8))", [None, Some(None), Some(Some(7u8))]);
    check("(list (option f32))", [vec![None, Some(1.5f32)]]);
    check("(result)", [Ok::<(), ()>(()), Err(())]);
    check("(result string (error u32))", [Ok(String::from("fine")), Err(404u32)]);
    check("(result f32 (error f64))", [Ok(0.5f32), Err(0.25f64)]);
    check("(list (result string (error (tuple u8 u64))))", [vec![Ok(String::from("fine")), Err((1u8, 2u64))]]);
}

#[test]
fn nans_are_made_canonical() {
    let engine = Engine::default();
    let mut linker = Linker::<(u32, u64)>::new(&engine);
    let closure = |mut store: StoreContextMut<'_, (u32, u64)>, ((a, b),): ((f32, f64),)| {
        *store.data_mut() = (a.to_bits(), b.to_bits());
        Ok((((f32::from_bits(0xFFC0_1234), f64::from_bits(!1)), 1u8, 2u8),))
    };
    linker.root().func_wrap("f", closure).unwrap();
    let mut store = Store::new(&engine, (0, 0));
    let wat = between::<(f32, f64)>("(tuple f32 f64)", "utf8");
    let instance = instantiate(&linker, &mut store, &wat).unwrap();
    let f = instance.get_typed_func::<((f32, f64),), (((f32, f64), u8, u8),)>(&mut store, "f").unwrap();
    let (((a, b), ..),) = f.call(&mut store, ((f32::from_bits(0x7F80_0001), f64::from_bits(!1)),)).unwrap();
    assert_eq!((a.to_bits(), b.to_bits()), (0x7FC0_0000, 0x7FF8_0000_0000_0000));
    assert_eq!(*store.data(), (0x7FC0_0000, 0x7FF8_0000_0000_0000));
}

/// As many parameters as a tuple has, which lie in memory.
#[test]
fn parameters_beyond_the_flat_ones_lie_in_memory() {
    let params = (0..17).map(|at| format!("(param \"p{at}\" u32)")).collect::<Vec<_>>().join(" ");
    let wat = format!(
        r#"(component {MEMORY}
          (core module $M
            (import "" "mem" (memory 1))
            (func (export "last") (param i32) (result i32) (i32.load offset=64 (local.get 0))))
          (core instance $m (instantiate $M (with "" (instance (export "mem" (memory $mem))))))
          (func (export "last") {params} (result u32)
            (canon lift (core func $m "last") (memory $mem) (realloc $realloc))))"#
    );
    let (mut store, instance) = super::instance(&wat);
    type Params = (u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32);
    let last = instance.get_typed_func::<Params, (u32,)>(&mut store, "last").unwrap();
    let (found,) = last.call(&mut store, (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)).unwrap();
    assert_eq!(found, 16);
}

fn refused<P, R>(ty: &str, expected: &str)
where
    P: windlass::component::ComponentNamedList + Lower,
    R: windlass::component::ComponentNamedList + Lift,
{
    let engine = Engine::default();
    let mut linker = Linker::<()>::new(&engine);
    linker.root().func_new("f", |_, _, _| Ok(())).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = instantiate(&linker, &mut store, &between::<u32>(ty, "utf8")).unwrap();
    let error = instance.get_typed_func::<P, R>(&mut store, "f").err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Misuse(Misuse::ArgumentTypes));
    let text = error.to_string().replace("arguments do not fit the function's parameters: ", "");
    assert_eq!(text, expected);
}

#[test]
fn other_types_are_refused_once() {
    refused::<(), ()>("u32", "expected 1 parameters, found 0");
    refused::<(u8,), ()>("u32", "param v: expected u32, found u8");
    refused::<(Option<u8>,), ()>("u32", "param v: expected u32, found option");
    refused::<(u32,), ()>("u32", "expected tuple<u32, u8, u8>, found 0");
    refused::<(u32,), (u32,)>("u32", "result: expected tuple<u32, u8, u8>, found u32");
    refused::<(u32,), ((u32, u8, u16),)>("u32", "result.2: expected u8, found u16");
    refused::<(u32,), ((u32, u8),)>("u32", "result: expected tuple<u32, u8, u8>, found 2");
}

#[test]
fn imports_of_other_types_are_refused_when_linking() {
    let engine = Engine::default();
    let mut linker = Linker::<()>::new(&engine);
    linker.root().func_wrap("f", |_, (_,): (Vec<Option<u8>>,)| Ok(((1u32, 1u8, 2u8),))).unwrap();
    let mut store = Store::new(&engine, ());
    let error = instantiate(&linker, &mut store, &between::<u32>("u32", "utf8")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unlinkable(Unlinkable::IncompatibleType));
    assert_eq!(error.to_string(), "func `f`: param v: incompatible import type: expected u32, found list");
}

/// The host's own thing.
struct Counter;

const COUNTER: &str = r#"(component
    (import "counter" (type $counter (sub resource)))
    (import "new" (func $new (param "start" u32) (result (own $counter))))
    (import "add" (func $add (param "self" (borrow $counter)) (param "n" u32) (result u32)))
    (core func $drop (canon resource.drop $counter))
    (core func $new' (canon lower (func $new)))
    (core func $add' (canon lower (func $add)))
    (core module $M
      (import "" "drop" (func $drop (param i32)))
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "add" (func $add (param i32 i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "lend") (param i32) (result i32) (call $add (local.get 0) (i32.const 100)) (call $drop (local.get 0)))
      (func (export "take") (param i32) (call $drop (local.get 0))))
    (core instance $m (instantiate $M (with "" (instance
      (export "drop" (func $drop)) (export "new" (func $new')) (export "add" (func $add'))))))
    (func (export "make") (param "start" u32) (result (own $counter)) (canon lift (core func $m "make")))
    (func (export "lend") (param "c" (borrow $counter)) (result u32) (canon lift (core func $m "lend")))
    (func (export "take") (param "c" (own $counter)) (canon lift (core func $m "take"))))"#;

fn counters(engine: &Engine) -> Linker<Vec<u32>> {
    let mut linker = Linker::new(engine);
    let mut root = linker.root();
    root.resource("counter", ResourceType::host::<Counter>(), |mut store: StoreContextMut<'_, Vec<u32>>, rep| {
        store.data_mut()[rep as usize] = u32::MAX;
        Ok(())
    })
    .unwrap();
    root.func_wrap("new", |mut store: StoreContextMut<'_, Vec<u32>>, (start,): (u32,)| {
        store.data_mut().push(start);
        Ok((Resource::<Counter>::new_own(store.data().len() as u32 - 1),))
    })
    .unwrap();
    root.func_wrap("add", |mut store: StoreContextMut<'_, Vec<u32>>, (this, n): (Resource<Counter>, u32)| {
        assert!(!this.owned());
        let counter = &mut store.data_mut()[this.rep() as usize];
        *counter += n;
        Ok((*counter,))
    })
    .unwrap();
    linker
}

#[test]
fn resources_of_the_host_are_numbers_to_it() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, Vec::new());
    let instance = instantiate(&counters(&engine), &mut store, COUNTER).unwrap();
    let make = instance.get_typed_func::<(u32,), (Resource<Counter>,)>(&mut store, "make").unwrap();
    let lend = instance.get_typed_func::<(&Resource<Counter>,), (u32,)>(&mut store, "lend").unwrap();
    let take = instance.get_typed_func::<(Resource<Counter>,), ()>(&mut store, "take").unwrap();
    let (counter,) = make.call(&mut store, (7,)).unwrap();
    assert!(counter.owned());
    assert_eq!(lend.call(&mut store, (&counter,)).unwrap(), (107,));
    assert_eq!(lend.call(&mut store, (&counter,)).unwrap(), (207,));
    let borrowed = Resource::new_borrow(counter.rep());
    take.call(&mut store, (counter,)).unwrap();
    assert_eq!(store.data(), &[u32::MAX]);
    let error = take.call(&mut store, (borrowed,)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse(Misuse::ResourceLent));
}

#[test]
fn resources_of_any_type_go_by_handle() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, Vec::new());
    let instance = instantiate(&counters(&engine), &mut store, COUNTER).unwrap();
    let make = instance.get_typed_func::<(u32,), (ResourceAny,)>(&mut store, "make").unwrap();
    let lend = instance.get_typed_func::<(ResourceAny,), (u32,)>(&mut store, "lend").unwrap();
    let (counter,) = make.call(&mut store, (7,)).unwrap();
    assert_eq!(lend.call(&mut store, (counter,)).unwrap(), (107,));
    counter.resource_drop(&mut store).unwrap();
    assert_eq!(store.data(), &[u32::MAX]);
    assert!(instance.get_typed_func::<(u32,), (Resource<Engine>,)>(&mut store, "make").is_err());
}

#[test]
fn what_is_lifted_into_rust_is_checked() {
    let wat = |ty: &str, core: &str| {
        format!(
            r#"(component {MEMORY}
              (core module $M (func (export "f") (result i32) (i32.const {core})))
              (core instance $m (instantiate $M))
              (func (export "f") (result {ty}) (canon lift (core func $m "f") (memory $mem))))"#
        )
    };
    fn trap<R: Lift>(wat: &str) -> Option<Trap> {
        let (mut store, instance) = super::instance(wat);
        let f = instance.get_typed_func::<(), (R,)>(&mut store, "f").unwrap();
        f.call(&mut store, ()).err().and_then(|error| error.trap())
    }
    assert_eq!(trap::<char>(&wat("char", "0xd800")), Some(Trap::InvalidChar { code: 0xD800 }));
    assert_eq!(trap::<String>(&wat("string", "65534")), Some(Trap::PointerNotAligned { ptr: 65_534, align: 4 }));
    assert_eq!(trap::<String>(&wat("string", "65536")), Some(Trap::PointerOutOfBounds { ptr: 65_536, bytes: 8 }));
    assert_eq!(trap::<Result<(), ()>>(&wat("(result)", "2")), Some(Trap::InvalidDiscriminant { discriminant: 2 }));
}

/// What another instance provides is of another type: where, what was expected, what was found.
#[test]
fn differences_of_instances_are_located() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let exporter = |ty: &str| {
        format!(
            r#"(component
              (core module $M (func (export "f") (param i32 i32)) (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable) (memory (export "mem") 1))
              (core instance $m (instantiate $M))
              (func $f (param "v" {ty}) (canon lift (core func $m "f") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
              (instance $i (export "f" (func $f)))
              (export "i" (instance $i)))"#
        )
    };
    let importer =
        |name: &str| format!(r#"(component (import "i" (instance (export "{name}" (func (param "v" (list u8)))))))"#);
    for (ty, name, expected) in [
        ("(list u8)", "f", ""),
        (
            "(list s8)",
            "f",
            "instance `i`: export `f`: incompatible import type: expected func(v: list<u8>), found func(v: list<s8>)",
        ),
        ("(list u8)", "g", "instance `i`: export `g`: unknown import: func(v: list<u8>)"),
    ] {
        let mut linker = Linker::<()>::new(&engine);
        let instance = instantiate(&linker, &mut store, &exporter(ty)).unwrap();
        let export = instance.get_export_index(&mut store, None, "i").unwrap();
        linker.root().export("i", &export).unwrap();
        let found = instantiate(&linker, &mut store, &importer(name));
        assert_eq!(found.err().map(|error| error.to_string()).unwrap_or_default(), expected);
    }
    let mut linker = Linker::<()>::new(&engine);
    linker.root().func_wrap("i", |_, ()| Ok(())).unwrap();
    let error = instantiate(&linker, &mut store, &importer("f")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "instance `i`: incompatible import type: expected instance {f: func(v: list<u8>)}, found func"
    );
}
