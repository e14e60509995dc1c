//! Instantiation of core modules (core spec, Instantiation).

use super::const_expr::Evaluator;
#[cfg(feature = "gc")]
use super::const_expr::Objects;
use super::link;
use super::segment;
use super::slot::Value;
use crate::binary::Judged;
use crate::error::{Misuse, Result};
use crate::image::module::SegmentMode;
use crate::image::{Image, Module, ModuleId, Span};
use crate::store::{Extern, FuncId, FuncKind, ImageId, Instance, InstanceId, Ref, State, Store, known};
use crate::support::Vec;
use crate::syntax::{DataIdx, ElemIdx, Features, GlobalType, RefType, TableType, ValType};
use crate::types::TypeId;
use crate::types::rec_group::{imported, map_ref, map_val};

/// A new instance.
#[derive(Clone, Copy, Debug)]
pub struct Instantiated {
    /// The instance.
    pub instance: InstanceId,
    /// What the owner now calls, with no arguments, before the instance is used.
    pub start: Option<FuncId>,
}

/// Instantiates a module with `imports` in the order in which the module lists them.
///
/// Where an import does not fit, or memory or a limit does not allow it, nothing is left behind.
/// Where an active segment traps, what earlier ones wrote stays, as the specification says: then
/// the instance stays in the store as well, since tables may refer to its functions.
pub fn instantiate(store: &mut Store, image: ImageId, module: ModuleId, imports: &[Extern]) -> Result<Instantiated> {
    let (images, state) = store.split();
    let lies_in = (image, module);
    let image: &Image = known(images.get(image))?;
    let module = known(image.module(module))?;
    if imports.len() != module.imports.len() {
        return Err(Misuse::ArgumentTypes.into());
    }
    state.quota.take_definitions(cost(module))?;
    let types = state.types.import(&module.types)?;
    for (import, item) in module.imports.iter().zip(imports) {
        link::check(state, &types, image, module, import, *item)?;
    }
    let mark = state.mark();
    // What an unfinished instance refers to is no root yet.
    #[cfg(feature = "heap")]
    let held = state.heap.hold(true);
    let allocated = allocate(state, image, module, lies_in, types, imports);
    #[cfg(feature = "heap")]
    state.heap.hold(held);
    let instance = match allocated {
        Ok(instance) => instance,
        Err(error) => {
            state.forget_since(mark);
            return Err(error);
        }
    };
    run_segments(state, image, module, instance)?;
    let start = match module.start {
        Some(index) => Some(known(state.instances.get(instance))?.func(index)),
        None => None,
    };
    Ok(Instantiated { instance, start })
}

/// The definitions of a module, and its segments by what is copied at once.
fn cost(module: &Module) -> u64 {
    /// Bytes or elements that are copied in the time of a definition.
    const COPIED: u64 = 64;
    let definitions = [
        module.types.len(),
        module.imports.len(),
        module.func_types.len(),
        module.tables.len(),
        module.memories.len(),
        module.globals.len(),
        module.tags.len(),
        module.elements.len(),
        module.data.len(),
    ];
    let mut copied = 0u64;
    for element in &module.elements {
        copied += u64::from(element.count);
    }
    for data in &module.data {
        copied += u64::from(data.bytes.len);
    }
    // Each is written in the input, of less than 2³² bytes.
    definitions.into_iter().sum::<usize>() as u64 + copied / COPIED
}

/// What of the definitions the module has itself, behind the imported ones.
fn defined<T>(all: &[T], imported: u32) -> &[T] {
    all.get(imported as usize..).unwrap_or_default()
}

/// Core spec, Modules (`allocmodule`).
#[inline(never)]
fn allocate(
    state: &mut State,
    image: &Image,
    module: &Module,
    lies_in: (ImageId, ModuleId),
    types: Vec<TypeId>,
    imports: &[Extern],
) -> Result<InstanceId> {
    let id = state.instances.next_id();
    let mut instance = Instance {
        image: lies_in.0,
        module: lies_in.1,
        types,
        imported_funcs: Vec::with_capacity(module.imported_funcs as usize)?,
        first_func: state.funcs.next_id(),
        tables: Vec::with_capacity(module.tables.len())?,
        memories: Vec::with_capacity(module.memories.len())?,
        globals: Vec::with_capacity(module.globals.len())?,
        tags: Vec::with_capacity(module.tags.len())?,
        elements: Vec::new(),
        dropped_elements: Vec::from_elem(false, module.elements.len())?,
        dropped_data: Vec::from_elem(false, module.data.len())?,
    };
    for item in imports {
        match *item {
            Extern::Func(id) => instance.imported_funcs.push(id)?,
            Extern::Table(id) => instance.tables.push(id)?,
            Extern::Memory(id) => instance.memories.push(id)?,
            Extern::Global(id) => instance.globals.push(id)?,
            Extern::Tag(id) => instance.tags.push(id)?,
        }
    }
    let func_types = defined(&module.func_types, module.imported_funcs);
    for (func, ty) in (0..).zip(func_types) {
        let ty = known(instance.ty(*ty))?;
        state.add_func(ty, FuncKind::Wasm { instance: id, func })?;
    }
    for ty in defined(&module.tags, module.imported_tags) {
        let ty = known(instance.ty(*ty))?;
        instance.tags.push(state.tags.push(ty)?)?;
    }
    for ty in defined(&module.memories, module.imported_memories) {
        instance.memories.push(state.add_memory(*ty)?)?;
    }
    // Expressions of globals see the globals before them, those of tables all of them.
    for (ty, init) in defined(&module.globals, module.imported_globals) {
        let value = evaluate(state, &instance, image, module, *init)?;
        let ty = global_type(&instance.types, *ty);
        instance.globals.push(state.add_global(ty, value)?)?;
    }
    for (ty, init) in defined(&module.tables, module.imported_tables) {
        let [init, _] = evaluate(state, &instance, image, module, *init)?;
        let ty = table_type(&instance.types, *ty);
        instance.tables.push(state.add_table(ty, Ref::from_slot(init))?)?;
    }
    for (elem, element) in (0..).map(ElemIdx::new).zip(&module.elements) {
        if Features::JUDGED.contains(Features::GC) && element.exprs && may_be_new(module, element.ty) {
            let mut reader = Judged::new(element.items.of(&image.bytes), element.items.start);
            let mut items = Vec::with_capacity(element.count as usize)?;
            let mut evaluator = evaluator(state, &instance, module);
            for _ in 0..element.count {
                let [item, _] = evaluator.evaluate(&mut reader)?;
                items.push(Ref::from_slot(item))?;
            }
            instance.elements.push((elem, items))?;
        }
    }
    state.add_instance(instance)
}

/// Evaluates constant expressions of an instance that is being made.
fn evaluator<'a>(state: &'a mut State, instance: &'a Instance, module: &'a Module) -> Evaluator<'a> {
    let evaluator = Evaluator::new(instance, &state.globals);
    #[cfg(feature = "gc")]
    let evaluator = evaluator.with_objects(Objects { module, types: &state.types, heap: &mut state.heap });
    #[cfg(not(feature = "gc"))]
    let _ = module;
    evaluator
}

/// The value of an initializer, as slots; that of none is null.
fn evaluate(
    state: &mut State,
    instance: &Instance,
    image: &Image,
    module: &Module,
    init: Option<Span>,
) -> Result<[u64; 2]> {
    match init {
        Some(span) => evaluator(state, instance, module).evaluate_at(image, span),
        None => Ok(Ref::NULL.into_slots()),
    }
}

/// Whether constant expressions of that type can make objects, each time new ones.
fn may_be_new(module: &Module, ty: RefType) -> bool {
    use crate::syntax::AbstractHeapType::{Any, Extern};
    matches!(module.types.top(ty.heap()), Any | Extern)
}

/// Copies active segments, elements first; active and declared ones are dropped.
#[inline(never)]
fn run_segments(state: &mut State, image: &Image, module: &Module, id: InstanceId) -> Result<()> {
    for (index, element) in (0..).map(ElemIdx::new).zip(&module.elements) {
        if let SegmentMode::Active(table, start) = element.mode {
            let instance = known(state.instances.get(id))?;
            let table = known(instance.table(table))?;
            let [to, _] = Evaluator::new(instance, &state.globals).evaluate_at(image, start)?;
            let range = [to, 0, u64::from(element.count)];
            let cost = segment::table_init(state, image, module, id, index, table, range)
                .map_err(|error| error.context(format_args!("initializing a table with element segment {index}")))?;
            state.fuel.charge(cost);
        }
        if !matches!(element.mode, SegmentMode::Passive) {
            segment::elem_drop(state, id, index);
        }
    }
    for (index, data) in (0..).map(DataIdx::new).zip(&module.data) {
        if let SegmentMode::Active(memory, start) = data.mode {
            let instance = known(state.instances.get(id))?;
            let memory = known(instance.memory(memory))?;
            let [to, _] = Evaluator::new(instance, &state.globals).evaluate_at(image, start)?;
            let range = [to, 0, u64::from(data.bytes.len)];
            segment::memory_init(state, image, module, id, index, memory, range)
                .map_err(|error| error.context(format_args!("initializing a memory with data segment {index}")))?;
            state.fuel.charge(u64::from(data.bytes.len));
            segment::data_drop(state, id, index);
        }
    }
    Ok(())
}

/// A global's type of a module as one of the store, by the store's type of each of the module's.
fn global_type(types: &[TypeId], ty: GlobalType) -> GlobalType {
    GlobalType { content: val_type(types, ty.content), ..ty }
}

/// A table's type of a module as one of the store.
fn table_type(types: &[TypeId], ty: TableType) -> TableType {
    TableType { element: map_ref(ty.element, imported(types)), ..ty }
}

fn val_type(types: &[TypeId], ty: ValType) -> ValType {
    map_val(ty, imported(types))
}
