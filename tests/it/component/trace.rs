//! What an observer sees: each lift and lower as a line.

use super::{record, text};
use std::sync::{Arc, Mutex};
use windlass::component::{Component, Linker, Val};
use windlass::text::trace::Trace;
use windlass::{Engine, Store, StoreContextMut};

const GREETER: &[u8] = include_bytes!("../../../examples/greeter/greeter.wasm");

fn lines(store: &mut Store<()>) -> Arc<Mutex<Vec<String>>> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    store.observe(Some(Trace(move |line: &str| kept.lock().unwrap().push(line.to_owned())))).unwrap();
    lines
}

#[test]
fn the_greeter_is_seen() {
    let engine = Engine::default();
    let component = Component::from_static(&engine, GREETER).unwrap();
    let mut store = Store::new(&engine, ());
    let lines = lines(&mut store);
    let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    let interface = instance.get_export_index(&mut store, None, "example:greeter/greet@1.0.0").unwrap();
    let greet = instance.get_export_index(&mut store, Some(&interface), "greet").unwrap().func().unwrap();
    let ada = [record(vec![("name", text("Ada")), ("age", Val::U32(36))])];
    let mut results = [Val::Bool(false)];
    greet.call(&mut store, &ada, &mut results).unwrap();
    let seen = std::mem::take(&mut *lines.lock().unwrap());
    assert_eq!(
        seen,
        [
            r#"host -> 0 greet(person: {name: "Ada", age: 36})  3 bytes, 1 realloc"#,
            r#"0 -> host greet: "Hello, Ada! You are 36 years old."  33 bytes"#,
        ]
    );
    store.observe(None::<Trace<fn(&str)>>).unwrap();
    greet.call(&mut store, &ada, &mut results).unwrap();
    assert!(lines.lock().unwrap().is_empty());
}

/// Handles and a function of the host, through two components.
const HANDLES: &str = r#"(component
    (import "log" (func $log (param "what" (list u8)) (result (option char))))
    (component $C
      (type $R' (resource (rep i32)))
      (export $R "r" (type $R'))
      (core func $new (canon resource.new $R'))
      (core module $M
        (import "" "new" (func $new (param i32) (result i32)))
        (func (export "make") (result i32) (call $new (i32.const 7)))
        (func (export "rep") (param i32) (result i32) (local.get 0)))
      (core instance $m (instantiate $M (with "" (instance (export "new" (func $new))))))
      (func (export "make") (result (own $R)) (canon lift (core func $m "make")))
      (func (export "rep") (param "r" (borrow $R)) (result u32) (canon lift (core func $m "rep"))))
    (instance $c (instantiate $C))
    (alias export $c "make" (func $make))
    (alias export $c "rep" (func $rep))
    (core func $make' (canon lower (func $make)))
    (core func $rep' (canon lower (func $rep)))
    (core module $Memory (memory (export "mem") 1) (data (i32.const 8) "\01\02\03"))
    (core instance $memory (instantiate $Memory))
    (core func $log' (canon lower (func $log) (memory (core memory $memory "mem"))))
    (core module $M
      (import "" "make" (func $make (result i32)))
      (import "" "rep" (func $rep (param i32) (result i32)))
      (import "" "log" (func $log (param i32 i32 i32)))
      (func (export "run") (result i32)
        (call $log (i32.const 8) (i32.const 3) (i32.const 32))
        (call $rep (call $make))))
    (core instance $m (instantiate $M (with "" (instance
      (export "make" (func $make')) (export "rep" (func $rep')) (export "log" (func $log'))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))"#;

#[test]
fn handles_and_the_host_are_seen() {
    let engine = Engine::default();
    let component = Component::new(&engine, wat::parse_str(HANDLES).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    let lines = lines(&mut store);
    let mut linker = Linker::new(&engine);
    linker.root().func_wrap("log", |_: StoreContextMut<'_, ()>, (_,): (Vec<u8>,)| Ok((Some('\''),))).unwrap();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run").unwrap();
    assert_eq!(run.call(&mut store, ()).unwrap(), (7,));
    assert_eq!(
        *lines.lock().unwrap(),
        [
            "host -> 0 run()",
            "0 -> host log(what: [1, 2, 3])",
            r"host -> 0 log: some('\'')  3 bytes",
            "0 -> 0/0 make()",
            "0/0 -> 0 make: own(1)  1 handle",
            "0 -> 0/0 rep(r: borrow(1))  1 handle",
            "0/0 -> 0 rep: 7",
            "0 -> host run: 7",
        ]
    );
}
