//! Element and data segments: copied from where they lie in the input (core spec, `table.init`,
//! `elem.drop`, `memory.init`, `data.drop`).
//!
//! Nothing is unpacked at instantiation. Items of element segments are evaluated each time they
//! are copied: what can stand in them so far always has the same value.

use super::const_expr::Evaluator;
use super::ops::bulk;
use crate::binary::{Judged, Reader};
use crate::error::{Result, Trap};
use crate::image::module::Element;
use crate::image::{Image, Module};
use crate::store::{InstanceId, MemoryId, Ref, State, TableId, known};
use crate::syntax::{DataIdx, ElemIdx, FuncIdx};

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
    let dropped = known(known(state.instances.get(instance))?.dropped_data.get(data.index()))?;
    let bytes = known(module.data.get(data.index()))?.bytes.of(&image.bytes);
    let bytes = if *dropped { &[] } else { bytes };
    let memory = known(state.memories.get_mut(memory))?.bytes_mut();
    Ok(bulk::copy(memory, to, bytes, from, len).ok_or(Trap::OutOfBoundsMemoryAccess)?)
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
    let instance = known(instances.get(id))?;
    let dropped = known(instance.dropped_elements.get(elem.index()))?;
    let element = known(module.elements.get(elem.index()))?;
    let count = if *dropped { 0 } else { u64::from(element.count) };
    let places = bulk::range_mut(known(tables.get_mut(table))?.elements_mut(), to, len);
    let places = places.ok_or(Trap::OutOfBoundsTableAccess)?;
    if from.checked_add(len).is_none_or(|end| end > count) {
        return Err(Trap::OutOfBoundsTableAccess.into());
    }
    let mut evaluator = Evaluator::new(instance, globals);
    let mut items = Items::new(image, element);
    if !places.is_empty() {
        for _ in 0..from {
            items.next(&mut evaluator)?;
        }
    }
    for place in places {
        *place = items.next(&mut evaluator)?;
    }
    Ok(from.saturating_add(len))
}

/// `elem.drop`
pub(super) fn elem_drop(state: &mut State, instance: InstanceId, elem: ElemIdx) {
    let instance = state.instances.get_mut(instance);
    if let Some(dropped) = instance.and_then(|instance| instance.dropped_elements.get_mut(elem.index())) {
        *dropped = true;
    }
}

/// The items of an element segment, one after the other.
struct Items<'a> {
    reader: Reader<'a, Judged>,
    exprs: bool,
}

impl<'a> Items<'a> {
    fn new(image: &'a Image, element: &Element) -> Self {
        let reader = Reader::new(element.items.of(&image.bytes), element.items.start);
        Self { reader, exprs: element.exprs }
    }

    fn next(&mut self, evaluator: &mut Evaluator<'_>) -> Result<Ref> {
        if self.exprs {
            return Ok(Ref::from_slot(evaluator.evaluate(&mut self.reader)?));
        }
        let func = FuncIdx::new(self.reader.u32()?);
        Ok(Ref::from_func(evaluator.instance().func(func)))
    }
}
