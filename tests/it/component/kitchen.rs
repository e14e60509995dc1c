//! Three components of `examples/kitchen-sink`, composed: values of every type go from a cook
//! through a relay to a sink and back, and pantries are made, lent, given away and dropped.

use super::{call, record, text};
use windlass::component::{Component, Instance, Linker, Val};
use windlass::{Engine, Store};

const KITCHEN: &[u8] = include_bytes!("../../../examples/kitchen-sink/kitchen.wasm");
const SINK: &[u8] = include_bytes!("../../../examples/kitchen-sink/sink.wasm");

fn instance(bytes: &'static [u8]) -> (Store<()>, Instance) {
    let engine = Engine::default();
    let component = Component::from_static(&engine, bytes).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    (store, instance)
}

#[test]
fn values_of_every_type_come_back() {
    let (mut store, instance) = instance(KITCHEN);
    let check = instance.get_typed_func::<(), (Result<u32, String>,)>(&mut store, "check").unwrap();
    for _ in 0..3 {
        assert_eq!(check.call(&mut store, ()).unwrap(), (Ok(27),));
    }
}

#[test]
fn pantries_are_gone_once_they_are_merged() {
    let (mut store, instance) = instance(KITCHEN);
    let stock = instance.get_typed_func::<(u32,), (f64,)>(&mut store, "stock").unwrap();
    for (count, grams) in [(0, 0.0), (1, 0.0), (2, 1.0), (5, 10.0), (100, 4950.0), (5, 10.0)] {
        assert_eq!(stock.call(&mut store, (count,)).unwrap(), (grams,), "{count} pantries");
    }
}

fn given() -> Vec<(&'static str, Val)> {
    let list = |values: Vec<Val>| Val::List(windlass::support::Vec::collect(values).unwrap());
    let taste = || Val::Enum(windlass::support::String::from_text("bitter").unwrap());
    let lemon = || {
        let grams = Val::Float64(80.0);
        record(vec![("name", text("lemon")), ("grams", grams), ("fresh", Val::Bool(true)), ("taste", taste())])
    };
    vec![
        ("bools", Val::Bool(true)),
        ("chars", Val::Char('🚀')),
        ("strings", text("crème brûlée")),
        ("tastes", taste()),
        ("ingredients", list(vec![lemon(), lemon()])),
    ]
}

/// The same functions without another component in between.
#[test]
fn the_host_gets_back_what_it_gives() {
    let (mut store, instance) = instance(SINK);
    let interface = instance.get_export_index(&mut store, None, "example:kitchen/everything@1.0.0").unwrap();
    for ((name, value), (_, expected)) in given().into_iter().zip(given()) {
        let func = instance.get_export_index(&mut store, Some(&interface), name).unwrap().func().unwrap();
        assert_eq!(call(&mut store, func, &[value]).unwrap(), expected, "{name}");
    }
}
