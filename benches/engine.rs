//! `cargo bench -p windlass-benches`: the engine alone, by criterion. Beside other engines:
//! `benches/peers`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use windlass::component::{Component, Linker as ComponentLinker, Val};
use windlass::syntax::Features;
use windlass::{Config, Engine, Linker, Module, Store};
use windlass_benches::{ASYNC, CALLER, GREETER, KERNELS, real_module};

fn validate(c: &mut Criterion) {
    let engine = Engine::default();
    let mut group = c.benchmark_group("validate");
    let adapter = real_module();
    group.throughput(Throughput::Bytes(adapter.len() as u64));
    group.bench_function("WASI adapter", |b| b.iter(|| Module::new(&engine, black_box(adapter)).unwrap()));
    group.throughput(Throughput::Bytes(GREETER.len() as u64));
    group.bench_function("greeter", |b| b.iter(|| Component::new(&engine, black_box(GREETER)).unwrap()));
    group.finish();
}

fn kernels(c: &mut Criterion) {
    let engine = Engine::default();
    let mut group = c.benchmark_group("run");
    for kernel in KERNELS {
        let module = Module::new(&engine, kernel.wasm()).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
        let run = instance.get_typed_func::<i32, i32>(&mut store, "run").unwrap();
        group.bench_function(kernel.name, |b| b.iter(|| run.call(&mut store, black_box(kernel.argument)).unwrap()));
    }
    group.finish();
}

/// The argument of `greet`.
fn ada() -> [Val; 1] {
    let text = |text: &str| text.to_string().into();
    let fields = vec![(text("name"), Val::String(text("Ada"))), (text("age"), Val::U32(36))];
    [Val::Record(fields.into())]
}

fn components(c: &mut Criterion) {
    let engine = Engine::default();
    c.bench_function("greeter: bytes to first call", |b| {
        b.iter(|| {
            let component = Component::new(&engine, black_box(GREETER)).unwrap();
            let mut store = Store::new(&engine, ());
            let instance = ComponentLinker::new(&engine).instantiate(&mut store, &component).unwrap();
            let interface = instance.get_export_index(&mut store, None, "example:greeter/greet@1.0.0").unwrap();
            let greet = instance.get_export_index(&mut store, Some(&interface), "greet").unwrap();
            let greet = instance.get_func(&mut store, greet).unwrap();
            let mut results = [Val::Bool(false)];
            greet.call(&mut store, &ada(), &mut results).unwrap();
            results
        });
    });
    let component = Component::new(&engine, wat::parse_str(CALLER).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = ComponentLinker::new(&engine).instantiate(&mut store, &component).unwrap();
    let add = instance.get_func(&mut store, "add").unwrap();
    let mut sum = [Val::U32(0)];
    c.bench_function("host to component: add", |b| {
        b.iter(|| add.call(&mut store, black_box(&[Val::U32(3), Val::U32(4)]), &mut sum).unwrap());
    });
    let run = instance.get_func(&mut store, "run").unwrap();
    const TIMES: u32 = 1000;
    let mut group = c.benchmark_group("component to component");
    group.throughput(Throughput::Elements(TIMES.into()));
    group.bench_function("add", |b| b.iter(|| run.call(&mut store, &[Val::U32(TIMES)], &mut sum).unwrap()));
    group.finish();
}

/// The bars of concurrency: half the speed of `memcpy`, 400 ns a rendezvous, twice a synchronous
/// call.
fn concurrency(c: &mut Criterion) {
    let engine = Engine::new(Config::new().wasm_features(Features::all(), true));
    let component = Component::new(&engine, wat::parse_str(ASYNC).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = ComponentLinker::new(&engine).instantiate(&mut store, &component).unwrap();
    let stream = instance.get_typed_func::<(u32, u32), (u32,)>(&mut store, "stream").unwrap();
    const CHUNK: u32 = 1 << 16;
    const CHUNKS: u32 = 1 << 10;
    let mut group = c.benchmark_group("64 MiB in chunks of 64 KiB");
    group.throughput(Throughput::Bytes(u64::from(CHUNK) * u64::from(CHUNKS)));
    group.sample_size(20);
    group.bench_function("stream<u8>", |b| {
        b.iter(|| assert_eq!(stream.call(&mut store, (CHUNKS, CHUNK)).unwrap(), (CHUNK * CHUNKS,)));
    });
    let (from, mut to) = (vec![1_u8; CHUNK as usize], vec![0_u8; CHUNK as usize]);
    group.bench_function("memcpy", |b| {
        b.iter(|| (0..CHUNKS).for_each(|_| black_box(&mut to).copy_from_slice(black_box(&from))));
    });
    group.finish();
    const TIMES: u32 = 1000;
    let mut group = c.benchmark_group("concurrency");
    group.throughput(Throughput::Elements(TIMES.into()));
    group.bench_function("rendezvous", |b| {
        b.iter(|| assert_eq!(stream.call(&mut store, (TIMES, 1)).unwrap(), (TIMES,)));
    });
    for (name, title) in [("calls", "synchronous call"), ("calls-async", "asynchronous call that ends at once")] {
        let calls = instance.get_typed_func::<(u32,), (u32,)>(&mut store, name).unwrap();
        group.bench_function(title, |b| b.iter(|| assert_eq!(calls.call(&mut store, (TIMES,)).unwrap(), (TIMES,))));
    }
    group.finish();
}

criterion_group!(engine, validate, kernels, components, concurrency);
criterion_main!(engine);
