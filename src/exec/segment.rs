//! Element and data segments: copied from where they lie in the input (core spec, `table.init`,
//! `elem.drop`, `memory.init`, `data.drop`).
//!
//! Nothing is unpacked at instantiation but items that may be new objects of the heap. Other items
//! of element segments always have the same value: they are evaluated each time they are copied.

use super::const_expr::Evaluator;
use super::ops::bulk;
use crate::binary::Judged;
use crate::error::{Result, Trap};
use crate::image::{Image, Module};
use crate::store::{Global, GlobalId, Instance, InstanceId, MemoryId, Ref, State, TableId, known};
use crate::support::{Arena, Vec};
use crate::syntax::{DataIdx, ElemIdx, Features, FuncIdx};

/// Copies bytes of a data segment into a memory: `range` is where to, where from, how many.
pub(super) fn memory_init(
    state: &mut State,
    image: &Image,
    module: &Module,
    instance: InstanceId,
    data: DataIdx,
    memory: MemoryId,
    range: [u64; 3],
) -> Result<()> {
    let [to, from, len] = range;
    let bytes = self::data(known(state.instances.get(instance))?, image, module, data)?;
    let memory = known(state.memories.get_mut(memory))?.bytes_mut();
    Ok(bulk::copy(memory, to, bytes, from, len).ok_or(Trap::OutOfBoundsMemoryAccess)?)
}

/// The bytes of a data segment, none once it has been dropped.
pub(super) fn data<'i>(instance: &Instance, image: &'i Image, module: &Module, data: DataIdx) -> Result<&'i [u8]> {
    let dropped = known(instance.dropped_data.get(data.index()))?;
    let bytes = known(module.data.get(data.index()))?.bytes.of(&image.bytes);
    Ok(if *dropped { &[] } else { bytes })
}

/// `data.drop`
pub(super) fn data_drop(state: &mut State, instance: InstanceId, data: DataIdx) {
    let instance = state.instances.get_mut(instance);
    if let Some(dropped) = instance.and_then(|instance| instance.dropped_data.get_mut(data.index())) {
        *dropped = true;
    }
}

/// Copies items of an element segment into a table: `range` is where to, where from, how many.
/// Returns what it costs: items before those are passed over.
pub(super) fn table_init(
    state: &mut State,
    image: &Image,
    module: &Module,
    id: InstanceId,
    elem: ElemIdx,
    table: TableId,
    range: [u64; 3],
) -> Result<u64> {
    let [to, from, len] = range;
    let State { instances, tables, globals, .. } = state;
    let places = bulk::range_mut(known(tables.get_mut(table))?.elements_mut(), to, len);
    let places = places.ok_or(Trap::OutOfBoundsTableAccess)?;
    let (items, passed) = items(image, module, known(instances.get(id))?, globals, elem, [from, len])?;
    for (place, item) in places.iter_mut().zip(items) {
        *place = item?;
    }
    Ok(passed.saturating_add(len))
}

/// `elem.drop`
pub(super) fn elem_drop(state: &mut State, instance: InstanceId, elem: ElemIdx) {
    let Some(instance) = state.instances.get_mut(instance) else { return };
    if let Some(dropped) = instance.dropped_elements.get_mut(elem.index()) {
        *dropped = true;
    }
    // Nothing keeps what its items refer to.
    if Features::JUDGED.contains(Features::GC)
        && let Some((_, items)) = instance.elements.iter_mut().find(|(made, _)| *made == elem)
    {
        *items = Vec::new();
    }
}

/// The items of an element segment from `from` on, if there are `len` of them; and how many were
/// passed over to get there.
pub(super) fn items<'a>(
    image: &'a Image,
    module: &Module,
    instance: &'a Instance,
    globals: &'a Arena<GlobalId, Global>,
    elem: ElemIdx,
    [from, len]: [u64; 2],
) -> Result<(Items<'a>, u64)> {
    let dropped = known(instance.dropped_elements.get(elem.index()))?;
    let element = known(module.elements.get(elem.index()))?;
    let count = if *dropped { 0 } else { u64::from(element.count) };
    if from.checked_add(len).is_none_or(|end| end > count) {
        return Err(Trap::OutOfBoundsTableAccess.into());
    }
    if Features::JUDGED.contains(Features::GC)
        && let Some(made) = instance.elements(elem)
    {
        return Ok((Items::Made(made.get(from as usize..).unwrap_or_default().iter()), 0));
    }
    let reader = Judged::new(element.items.of(&image.bytes), element.items.start);
    let mut items = match element.exprs {
        true => Items::Exprs(reader, Evaluator::new(instance, globals)),
        false => Items::Funcs(reader, instance),
    };
    let passed = if len == 0 { 0 } else { from };
    for _ in 0..passed {
        items.next().transpose()?;
    }
    Ok((items, passed))
}

/// The items of an element segment, one after the other: as many as there are, and no more may
/// be asked for.
pub(super) enum Items<'a> {
    /// They were evaluated when the instance was made.
    Made(core::slice::Iter<'a, Ref>),
    /// They are function indices.
    Funcs(Judged<'a>, &'a Instance),
    /// They are constant expressions.
    Exprs(Judged<'a>, Evaluator<'a>),
}

impl Iterator for Items<'_> {
    type Item = Result<Ref>;

    fn next(&mut self) -> Option<Result<Ref>> {
        match self {
            Items::Made(made) => made.next().copied().map(Ok),
            Items::Funcs(reader, instance) => {
                let func = reader.u32().map(FuncIdx::new);
                Some(func.map(|func| Ref::from_func(instance.func(func))))
            }
            Items::Exprs(reader, evaluator) => Some(evaluator.evaluate(reader).map(|[slot, _]| Ref::from_slot(slot))),
        }
    }
}
