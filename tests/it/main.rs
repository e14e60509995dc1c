//! The engine from outside, as an embedder uses it.

mod api;
mod br_table;
mod component;
mod dispatch;
mod exception;
mod gc;
mod heap;
mod lent;
mod simd;
mod tail_call;
mod threads;
mod trap;

use windlass::{Config, Engine, Features, Instance, Linker, Module, Store};

/// The module that a text describes.
fn module(engine: &Engine, text: &str) -> Module {
    Module::new(engine, wat::parse_str(text).unwrap()).unwrap()
}

/// A store with an instance of the module that a text describes, without imports; every feature
/// that the engine can run is on.
fn instance(text: &str) -> (Store<()>, Instance) {
    let engine = Engine::new(Config::new().wasm_features(Features::IMPLEMENTED, true));
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &module(&engine, text)).unwrap();
    (store, instance)
}
