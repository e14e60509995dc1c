//! Each engine as a function from the argument of `run` to its result.

type Run = Box<dyn FnMut(i32) -> i32>;

pub fn windlass(wasm: &[u8], dispatch: windlass::Dispatch) -> Run {
    use windlass::{Config, Engine, Linker, Module, Store};
    let engine = Engine::new(Config::new().dispatch(dispatch));
    let module = Module::from_slice(&engine, wasm).expect("a valid module");
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &module).expect("no imports");
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").expect("a function run");
    Box::new(move |argument| run.call(&mut store, argument).expect("no trap"))
}

pub fn wasmi(wasm: &[u8]) -> Run {
    use wasmi::{Engine, Linker, Module, Store};
    let engine = Engine::default();
    let module = Module::new(&engine, wasm).expect("a valid module");
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module).expect("no imports");
    let run = instance.get_typed_func::<i32, i32>(&store, "run").expect("a function run");
    Box::new(move |argument| run.call(&mut store, argument).expect("no trap"))
}

pub fn tinywasm(wasm: &[u8]) -> Run {
    use tinywasm::{ModuleInstance, Store};
    let module = tinywasm::parse_bytes(wasm).expect("a valid module");
    let mut store = Store::default();
    let instance = ModuleInstance::instantiate(&mut store, &module, None).expect("no imports");
    let run = instance.func::<i32, i32>(&store, "run").expect("a function run");
    Box::new(move |argument| run.call(&mut store, argument).expect("no trap"))
}
