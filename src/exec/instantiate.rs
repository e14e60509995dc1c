//! Instantiation of core modules (core spec, Instantiation).
//!
//! Everything but the start function happens here; that one is a call like any other, which the
//! owner makes. Segments are written in their order: where one traps, what was written before
//! stays, as the specification has it.

use super::const_expr::evaluate;
use crate::error::{Error, Result, Trap, Unlinkable};
use crate::image::module::{Element, Import, SegmentMode};
use crate::image::{ImageRef, Module, ModuleId, Span};
use crate::store::{Extern, FuncId, FuncKind, ImageId, Instance, InstanceId, Memory, Ref, State, Store, Table, known};
use crate::support::Vec;
use crate::syntax::module::ConstExpr;
use crate::syntax::{Encoded, ExternKind, FuncIdx, GlobalType, MemoryType, TableType, ValType};
use crate::types::TypeId;
use crate::types::rec_group::{map_ref, map_val};

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
/// Where it fails before a segment is written the store is as it was; after that the new
/// instance stays, as tables of others may refer to its functions.
pub fn instantiate(store: &mut Store, image: ImageId, module: ModuleId, imports: &[Extern]) -> Result<Instantiated> {
    let (images, state) = store.split();
    let held = known(images.get(image))?;
    let judged = known(held.module(module))?;
    let mark = state.mark();
    let instance = match allocate(state, held, image, module, imports) {
        Ok(instance) => instance,
        Err(error) => {
            state.forget_since(mark);
            return Err(error);
        }
    };
    initialize(state, judged, &held.bytes, instance)?;
    let start = match judged.start {
        Some(func) => Some(known(state.instances.get(instance))?.func(func)),
        None => None,
    };
    Ok(Instantiated { instance, start })
}

/// Everything up to the segments.
fn allocate(
    state: &mut State,
    image: &ImageRef,
    image_id: ImageId,
    module: ModuleId,
    imports: &[Extern],
) -> Result<InstanceId> {
    let judged = known(image.module(module))?;
    let bytes = &image.bytes;
    let types = state.types.import(&judged.types)?;
    let mut instance = Instance {
        image: image_id,
        module,
        types,
        imported_funcs: Vec::with_capacity(judged.imported_funcs as usize)?,
        first_func: state.funcs.next_id(),
        tables: Vec::with_capacity(judged.tables.len())?,
        memories: Vec::with_capacity(judged.memories.len())?,
        globals: Vec::with_capacity(judged.globals.len())?,
        tags: Vec::with_capacity(judged.tags.len())?,
        elements: Vec::new(),
        dropped_data: Vec::from_elem(false, judged.data.len())?,
    };
    if imports.len() != judged.imports.len() {
        return Err(Error::from(Unlinkable::UnknownImport).with_message(format_args!(
            "{} imports are needed, {} given",
            judged.imports.len(),
            imports.len()
        )));
    }
    for (import, given) in judged.imports.iter().zip(imports) {
        link(state, judged, bytes, import, *given, &mut instance)?;
    }
    let id = state.instances.next_id();
    define(state, judged, bytes, id, &mut instance)?;
    collect_elements(state, judged, bytes, &mut instance)?;
    state.add_instance(instance)
}

/// Checks an import against what is given for it, and takes it over.
fn link(
    state: &State,
    module: &Module,
    bytes: &[u8],
    import: &Import,
    given: Extern,
    instance: &mut Instance,
) -> Result<()> {
    let index = import.index as usize;
    let fits = match (import.kind, given) {
        (ExternKind::Func, Extern::Func(id)) => {
            instance.imported_funcs.push(id)?;
            let wanted = store_type(instance, module.func_types.get(index));
            let found = state.funcs.get(id).map(|func| func.ty);
            found.zip(wanted).is_some_and(|(found, wanted)| state.types.is_subtype(found, wanted))
        }
        (ExternKind::Table, Extern::Table(id)) => {
            instance.tables.push(id)?;
            let wanted = module.tables.get(index).map(|(ty, _)| table_type(instance, *ty));
            state.tables.get(id).zip(wanted).is_some_and(|(found, wanted)| table_fits(found, &wanted))
        }
        (ExternKind::Memory, Extern::Memory(id)) => {
            instance.memories.push(id)?;
            let wanted = module.memories.get(index);
            state.memories.get(id).zip(wanted).is_some_and(|(found, wanted)| memory_fits(found, wanted))
        }
        (ExternKind::Global, Extern::Global(id)) => {
            instance.globals.push(id)?;
            let wanted = module.globals.get(index).map(|(ty, _)| global_type(instance, *ty));
            state.globals.get(id).zip(wanted).is_some_and(|(found, wanted)| global_fits(state, found.ty, wanted))
        }
        (ExternKind::Tag, Extern::Tag(id)) => {
            instance.tags.push(id)?;
            state.tags.get(id).copied() == store_type(instance, module.tags.get(index))
        }
        _ => false,
    };
    if fits { Ok(()) } else { Err(does_not_fit(bytes, import, given)) }
}

#[cold]
fn does_not_fit(bytes: &[u8], import: &Import, given: Extern) -> Error {
    let (module, name) = (import.module.text(bytes), import.name.text(bytes));
    let error = Error::from(Unlinkable::IncompatibleType);
    if import.kind != given.kind() {
        return error.with_message(format_args!(
            "`{module}` `{name}` is a {}, but a {} is given",
            kind_name(import.kind),
            kind_name(given.kind())
        ));
    }
    error.with_message(format_args!("`{module}` `{name}`: the {} has another type", kind_name(import.kind)))
}

fn kind_name(kind: ExternKind) -> &'static str {
    match kind {
        ExternKind::Func => "function",
        ExternKind::Table => "table",
        ExternKind::Memory => "memory",
        ExternKind::Global => "global",
        ExternKind::Tag => "tag",
    }
}

fn store_type(instance: &Instance, ty: Option<&TypeId>) -> Option<TypeId> {
    instance.types.get(ty?.index()).copied()
}

/// A value type of the module as one of the store.
fn val_type(instance: &Instance, ty: ValType) -> ValType {
    map_val(ty, |id| store_type(instance, Some(&id)).unwrap_or(id))
}

fn global_type(instance: &Instance, ty: GlobalType) -> GlobalType {
    GlobalType { content: val_type(instance, ty.content), ..ty }
}

fn table_type(instance: &Instance, ty: TableType) -> TableType {
    TableType { element: map_ref(ty.element, |id| store_type(instance, Some(&id)).unwrap_or(id)), ..ty }
}

/// Whether limits of `(current, max)` are within those wanted (core spec, Matching, Limits).
fn limits_fit(current: u64, max: Option<u64>, wanted_min: u64, wanted_max: Option<u64>) -> bool {
    current >= wanted_min && wanted_max.is_none_or(|wanted| max.is_some_and(|max| max <= wanted))
}

fn table_fits(found: &Table, wanted: &TableType) -> bool {
    let found = found.ty();
    found.element == wanted.element
        && found.addr == wanted.addr
        && limits_fit(found.min, found.max, wanted.min, wanted.max)
}

fn memory_fits(found: &Memory, wanted: &MemoryType) -> bool {
    let found = found.ty();
    found.addr == wanted.addr
        && found.shared == wanted.shared
        && found.page_size_log2 == wanted.page_size_log2
        && limits_fit(found.min, found.max, wanted.min, wanted.max)
}

fn global_fits(state: &State, found: GlobalType, wanted: GlobalType) -> bool {
    found.mutable == wanted.mutable
        && if wanted.mutable {
            found.content == wanted.content
        } else {
            state.types.val_matches(found.content, wanted.content)
        }
}

/// Makes what the module itself defines (core spec, Allocation).
fn define(state: &mut State, module: &Module, bytes: &[u8], id: InstanceId, instance: &mut Instance) -> Result<()> {
    let defined = module.func_types.iter().skip(module.imported_funcs as usize);
    for (func, ty) in (0u32..).zip(defined) {
        let ty = known(store_type(instance, Some(ty)))?;
        state.add_func(ty, FuncKind::Wasm { instance: id, func })?;
    }
    for ty in module.memories.iter().skip(module.imported_memories as usize) {
        instance.memories.push(state.add_memory(*ty)?)?;
    }
    for ty in module.tags.iter().skip(module.imported_tags as usize) {
        let ty = known(store_type(instance, Some(ty)))?;
        instance.tags.push(state.tags.push(ty)?)?;
    }
    // Each global sees those before it; tables see all globals.
    for (ty, init) in module.globals.iter().skip(module.imported_globals as usize) {
        let value = evaluate(known(*init)?, bytes, instance, state)?;
        instance.globals.push(state.add_global(global_type(instance, *ty), value)?)?;
    }
    for (ty, init) in module.tables.iter().skip(module.imported_tables as usize) {
        let init = match init {
            Some(expr) => Ref::from_slot(evaluate(*expr, bytes, instance, state)?[0]),
            None => Ref::NULL,
        };
        instance.tables.push(state.add_table(table_type(instance, *ty), init)?)?;
    }
    Ok(())
}

/// Evaluates all element segments.
fn collect_elements(state: &State, module: &Module, bytes: &[u8], instance: &mut Instance) -> Result<()> {
    let mut elements = Vec::with_capacity(module.elements.len())?;
    for segment in &module.elements {
        let items = match segment.mode {
            SegmentMode::Declared => Vec::new(),
            SegmentMode::Passive | SegmentMode::Active(..) => items_of(segment, bytes, instance, state)?,
        };
        elements.push(items)?;
    }
    instance.elements = elements;
    Ok(())
}

fn items_of(segment: &Element, bytes: &[u8], instance: &Instance, state: &State) -> Result<Vec<Ref>> {
    let Element { items, count, exprs, .. } = *segment;
    let mut references = Vec::with_capacity(count as usize)?;
    let encoded = items.of(bytes);
    if exprs {
        for expr in Encoded::<ConstExpr<'_>>::new(count, encoded, items.start).judged() {
            let (offset, expr) = expr?;
            let span = Span { start: offset, len: expr.bytes.len() as u32 };
            references.push(Ref::from_slot(evaluate(span, bytes, instance, state)?[0]))?;
        }
    } else {
        for func in Encoded::<FuncIdx>::new(count, encoded, items.start).judged() {
            references.push(Ref::from_func(instance.func(func?.1)))?;
        }
    }
    Ok(references)
}

/// Writes active segments, and drops them as instructions must not use them again.
fn initialize(state: &mut State, module: &Module, bytes: &[u8], id: InstanceId) -> Result<()> {
    for (index, segment) in module.elements.iter().enumerate() {
        let SegmentMode::Active(table, offset) = segment.mode else { continue };
        let instance = known(state.instances.get(id))?;
        let table = known(instance.table(table))?;
        let start = evaluate(offset, bytes, instance, state)?[0];
        let instance = known(state.instances.get_mut(id))?;
        let items = instance.elements.get_mut(index).map(core::mem::take).unwrap_or_default();
        let table = known(state.tables.get_mut(table))?;
        match place(table.elements_mut(), start, items.len()) {
            Some(place) => place.copy_from_slice(&items),
            None => return Err(Trap::OutOfBoundsTableAccess.into()),
        }
    }
    for (index, segment) in module.data.iter().enumerate() {
        let SegmentMode::Active(memory, offset) = segment.mode else { continue };
        let instance = known(state.instances.get(id))?;
        let memory = known(instance.memory(memory))?;
        let start = evaluate(offset, bytes, instance, state)?[0];
        let data = segment.bytes.of(bytes);
        let memory = known(state.memories.get_mut(memory))?;
        match place(memory.bytes_mut(), start, data.len()) {
            Some(place) => place.copy_from_slice(data),
            None => return Err(Trap::OutOfBoundsMemoryAccess.into()),
        }
        let instance = known(state.instances.get_mut(id))?;
        if let Some(dropped) = instance.dropped_data.get_mut(index) {
            *dropped = true;
        }
    }
    Ok(())
}

/// `len` places from `start` on, if they exist.
fn place<V>(places: &mut [V], start: u64, len: usize) -> Option<&mut [V]> {
    let start = usize::try_from(start).ok()?;
    places.get_mut(start..start.checked_add(len)?)
}
