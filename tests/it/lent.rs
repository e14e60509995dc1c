//! Memories in buffers that the host lends.

use std::sync::Mutex;
use windlass::syntax::{AddrType, MemoryType};
use windlass::{Config, Engine, ErrorKind, Features, Instance, Limit, Linker, Memory, Store, Trap};

/// A buffer to lend. What was there before must not be seen.
pub fn buffer(len: usize) -> &'static mut [u8] {
    /// Where they all are: what nothing leads to is a leak to the address sanitizer.
    static ALL: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let buffer = Box::leak(vec![0xAA; len].into_boxed_slice());
    ALL.lock().unwrap().push(buffer.as_ptr().addr());
    buffer
}

/// A memory of pages of one byte.
fn bytes(min: u64) -> MemoryType {
    MemoryType { addr: AddrType::I32, shared: false, min, max: None, custom_page_size: Some(0) }
}

fn engine() -> Engine {
    Engine::new(Config::new().wasm_features(Features::CUSTOM_PAGE_SIZES, true))
}

fn instantiate(store: &mut Store<()>, wat: &str) -> windlass::Result<Instance> {
    let engine = store.engine().clone();
    Linker::new(&engine).instantiate(store, &super::module(&engine, wat))
}

fn lengths(store: Store<()>) -> Vec<usize> {
    let mut lengths: Vec<usize> = store.into_lent_memory().iter().map(|buffer| buffer.len()).collect();
    lengths.sort();
    lengths
}

#[test]
fn a_memory_lies_in_the_smallest_buffer_that_has_room() {
    let mut store = Store::new(&Engine::default(), ());
    for len in [100, 10, 50] {
        store.lend_memory(buffer(len)).unwrap();
    }
    let memory = Memory::new(&mut store, bytes(20)).unwrap();
    assert_eq!(memory.data(&store).unwrap(), [0; 20]);
    assert_eq!(memory.grow(&mut store, 30).unwrap(), 20);
    assert!(memory.grow(&mut store, 1).is_err(), "the buffer has 50 bytes");
    assert_eq!(memory.data(&store).unwrap(), [0; 50]);
    // No buffer that is left has room: an allocation.
    let allocated = Memory::new(&mut store, bytes(101)).unwrap();
    assert_eq!(allocated.grow(&mut store, 1000).unwrap(), 101);
    assert_eq!(lengths(store), [10, 50, 100]);
}

#[test]
fn code_runs_in_it() {
    let wat = r#"(module (memory (export "m") 8 (pagesize 1))
        (func (export "f") (param i32) (result i32)
            (i32.store (local.get 0) (i32.const 0x01020304))
            (i32.add (i32.load (i32.const 0)) (memory.grow (i32.const 4)))))"#;
    let mut store = Store::new(&engine(), ());
    store.lend_memory(buffer(12)).unwrap();
    let instance = instantiate(&mut store, wat).unwrap();
    let f = instance.get_typed_func::<i32, i32>(&mut store, "f").unwrap();
    assert_eq!(f.call(&mut store, 4).unwrap(), 8);
    assert_eq!(f.call(&mut store, 8).unwrap(), -1);
    let error = f.call(&mut store, 9).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Trap(Trap::OutOfBoundsMemoryAccess));
    let buffers = store.into_lent_memory();
    assert_eq!(*buffers[0], [0, 0, 0, 0, 4, 3, 2, 1, 4, 3, 2, 1]);
}

#[test]
fn an_instantiation_that_fails_gives_its_buffer_back() {
    let mut store = Store::new(&engine(), ());
    store.lend_memory(buffer(5)).unwrap();
    // The second memory is beyond the limit once the first is there.
    let error = instantiate(&mut store, "(module (memory 4 (pagesize 1)) (memory 65536))").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit(Limit::MemoryPages));
    let instance = instantiate(&mut store, r#"(module (memory (export "m") 4 (pagesize 1)))"#).unwrap();
    let memory = instance.get_memory(&mut store, "m").unwrap();
    assert_eq!(memory.data(&store).unwrap(), [0; 4]);
    assert_eq!(memory.grow(&mut store, 1).unwrap(), 4);
    assert!(memory.grow(&mut store, 1).is_err(), "it lies in the buffer");
    assert_eq!(lengths(store), [5]);
}
