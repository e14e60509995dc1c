//! `windlass inspect --board`: whether a component fits a board, and where its flash and RAM go.
//!
//! What can be measured is measured: the file is judged and instantiated under the limits for boards, and the heap
//! is counted meanwhile. This computer's pointers are wider than a board's, so a board needs less, not more.

use super::module;
use crate::Outcome;
use crate::failure::Failure;
use crate::input::{self, Layer};
use crate::page::Page;
use peak_alloc::PeakAlloc;
use std::path::Path;
use windlass::component::{Component, Linker};
use windlass::image::{Bytes, Image, ImageRef};
use windlass::support::Limits;
use windlass::syntax::Features;
use windlass::syntax::feature::FEATURE_NAMES;
use windlass::{Config, Engine, ErrorKind, Module, Store};

/// Counts what is on the heap.
#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Bytes of a value slot and of a frame of the machine.
const SLOT: u64 = 8;
const FRAME: u64 = 20;

/// Prints what the file needs.
pub fn board(path: &Path) -> Outcome {
    let input = input::read(path)?;
    // As in flash: the bytes stay where they are, and no copy of them is counted.
    let bytes: &'static [u8] = Box::leak(input.bytes.into_boxed_slice());
    let mut page = Page::default();
    page.line(format_args!("{}: {}, {} bytes", path.display(), input.layer, bytes.len()));
    let mut result = Ok(());
    page.indented(|page| result = needs(page, bytes, input.layer));
    print!("{page}");
    result.map_err(|error| {
        let limit = matches!(error.kind(), ErrorKind::Limit(_));
        let failure = Failure::from(error).while_(format_args!("{} does not run on a board as it is", path.display()));
        match limit {
            true => failure.note("Limits::BOARD can be changed, field by field, with Config::limits"),
            false => failure,
        }
    })
}

fn needs(page: &mut Page, bytes: &'static [u8], layer: Layer) -> windlass::Result<()> {
    let limits = Limits::BOARD;
    page.line(format_args!("flash: {} bytes, executed where they lie", bytes.len()));
    let (image, judging) = measured(|| judge(bytes, &limits, Features::IMPLEMENTED))?;
    let side_tables: usize = image.modules.iter().map(|module| module.side_table.size()).sum();
    let functions: usize = image.modules.iter().map(module::metadata).sum();
    page.line("RAM, at most:");
    let mut sum = judging.kept as u64;
    page.indented(|page| {
        page.line(format_args!("side tables: {side_tables} bytes"));
        page.line(format_args!("functions: {functions} bytes"));
        page.line(format_args!(
            "types, names and the rest of what validation keeps: {} bytes",
            judging.kept - side_tables - functions
        ));
        page.line(format_args!(
            "while it validates: {} bytes more, given back afterwards",
            judging.peak - judging.kept
        ));
    });
    let features = needed_features(bytes, &limits);
    let memories = growing(&image);
    let instances = measured(|| instantiate(ImageRef::share(image)?, layer, limits.clone()));
    page.indented(|page| match &instances {
        Ok((memory, used)) => {
            let rest = (used.kept as u64).saturating_sub(*memory);
            sum += used.kept as u64;
            page.line(format_args!("linear memories at first: {memory} bytes"));
            page.line(format_args!("store, instances, tables, handles: {rest} bytes"));
        }
        Err(error) => page.line(format_args!("linear memories and instances: not known ({error})")),
    });
    let stack = u64::from(limits.stack_slots) * SLOT + u64::from(limits.call_depth) * FRAME;
    page.indented(|page| {
        page.line(format_args!(
            "stack of a call: {stack} bytes where it needs all of Limits::BOARD ({} slots, {} frames)",
            limits.stack_slots, limits.call_depth
        ));
        page.line(format_args!("in all: {} bytes", sum + stack));
    });
    page.line(format_args!("features: {features}"));
    for (module, memory) in memories {
        page.line(format_args!("warning: memory {memory} of core module {module} may grow without a maximum"));
    }
    match instances {
        // Somebody else's part is missing, which says nothing about this one.
        Err(error) if !matches!(error.kind(), ErrorKind::Unlinkable(_)) => Err(error),
        _ => Ok(()),
    }
}

/// Heap that a step used.
struct Used {
    /// At most, meanwhile.
    peak: usize,
    /// Still, afterwards.
    kept: usize,
}

fn measured<T>(step: impl FnOnce() -> windlass::Result<T>) -> windlass::Result<(T, Used)> {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let made = step()?;
    let used = |now: usize| now.saturating_sub(before);
    Ok((made, Used { peak: used(HEAP.peak_usage()), kept: used(HEAP.current_usage()) }))
}

fn judge(bytes: &'static [u8], limits: &Limits, features: Features) -> windlass::Result<Image> {
    windlass::validate::component::any_image(Bytes::from(bytes), features, limits)
}

/// Instantiates with imports that do nothing; the bytes of the linear memories.
fn instantiate(image: ImageRef, layer: Layer, limits: Limits) -> windlass::Result<u64> {
    let mut config = Config::board();
    config.wasm_features(Features::IMPLEMENTED, true).limits(limits).consume_fuel(true);
    let engine = Engine::new(&config);
    let mut store = Store::new(&engine, ());
    // A start function that never ends is no reason not to answer.
    store.set_fuel(1 << 30)?;
    match layer {
        Layer::Component => {
            let component = Component::from_image(image)?;
            let mut linker = Linker::new(&engine);
            linker.define_unknown_imports_as_traps(&component)?;
            linker.instantiate(&mut store, &component)?;
        }
        Layer::Module => {
            let module = Module::from_image(image)?;
            windlass::Linker::new(&engine).instantiate(&mut store, &module)?;
        }
    }
    let memory = store.memory_bytes();
    // What it holds is what is measured.
    std::mem::forget(store);
    Ok(memory)
}

/// The features without which the file would be refused.
fn needed_features(bytes: &'static [u8], limits: &Limits) -> String {
    let optional = Features::IMPLEMENTED.difference(Features::WASM2.difference(Features::SIMD));
    let needed = FEATURE_NAMES.iter().filter(|(_, flag)| {
        optional.contains(*flag) && judge(bytes, limits, Features::IMPLEMENTED.difference(*flag)).is_err()
    });
    let names: Vec<&str> = needed.map(|(name, _)| *name).collect();
    if names.is_empty() { "none beyond WebAssembly 2.0 without SIMD".into() } else { names.join(", ") }
}

/// The memories without a maximum, by module and number.
fn growing(image: &Image) -> Vec<(usize, usize)> {
    let modules = image.modules.iter().enumerate();
    let memories = modules.flat_map(|(number, module)| module.memories.iter().enumerate().map(move |at| (number, at)));
    memories.filter(|(_, (_, memory))| memory.max.is_none()).map(|(module, (memory, _))| (module, memory)).collect()
}
