//! Table instructions (core spec, Table Instructions).

use super::memory::{charge_bulk, minus_one, range};
use crate::error::Trap;
use crate::exec::vm::{Step, Vm};
use crate::store::{Ref, Table, TableId};
use crate::support::Vec;
use crate::syntax::TableIdx;

fn table_id(vm: &Vm<'_>, table: u32) -> Option<TableId> {
    vm.instance()?.table(TableIdx::new(table))
}

fn table<'m>(vm: &'m mut Vm<'_>, table: u32) -> Option<&'m mut Table> {
    let id = table_id(vm, table)?;
    vm.run.state.tables.get_mut(id)
}

fn element<'m>(vm: &'m mut Vm<'_>, index: u32, at: u64) -> Option<&'m mut Ref> {
    table(vm, index)?.elements_mut().get_mut(usize::try_from(at).ok()?)
}

pub fn table_get(mut vm: Vm<'_>) -> Step<'_> {
    let index = vm.u32();
    let at = vm.pop::<u64>();
    match element(&mut vm, index, at).copied() {
        Some(reference) => {
            vm.push(reference);
            Ok(vm)
        }
        None => vm.trap(Trap::OutOfBoundsTableAccess),
    }
}

pub fn table_set(mut vm: Vm<'_>) -> Step<'_> {
    let index = vm.u32();
    let reference = vm.pop::<Ref>();
    let at = vm.pop::<u64>();
    match element(&mut vm, index, at) {
        Some(element) => {
            *element = reference;
            Ok(vm)
        }
        None => vm.trap(Trap::OutOfBoundsTableAccess),
    }
}

pub fn table_size(mut vm: Vm<'_>) -> Step<'_> {
    let index = vm.u32();
    let size = table(&mut vm, index).map_or(0, |table| table.size());
    vm.push(size);
    Ok(vm)
}

pub fn table_grow(mut vm: Vm<'_>) -> Step<'_> {
    let index = vm.u32();
    let delta = vm.pop::<u64>();
    let init = vm.pop::<Ref>();
    let Some(id) = table_id(&vm, index) else { return vm.bug("no such table") };
    let old = vm.run.state.grow_table(id, delta, init);
    let wide = vm.run.state.tables.get(id).is_some_and(Table::is_64);
    if old.is_some() {
        charge_bulk(&mut vm, delta);
    }
    vm.push(old.unwrap_or(minus_one(wide)));
    Ok(vm)
}

pub fn table_fill(mut vm: Vm<'_>) -> Step<'_> {
    let index = vm.u32();
    let len = vm.pop::<u64>();
    let reference = vm.pop::<Ref>();
    let at = vm.pop::<u64>();
    let place = table(&mut vm, index).and_then(|table| {
        let range = range(at, len, table.elements().len())?;
        table.elements_mut().get_mut(range)
    });
    match place {
        Some(place) => place.fill(reference),
        None => return vm.trap(Trap::OutOfBoundsTableAccess),
    }
    charge_bulk(&mut vm, len);
    Ok(vm)
}

pub fn table_copy(mut vm: Vm<'_>) -> Step<'_> {
    let (to, from) = (vm.u32(), vm.u32());
    let (len, source, destination) = (vm.pop::<u64>(), vm.pop::<u64>(), vm.pop::<u64>());
    match copy(&mut vm, to, from, destination, source, len) {
        Some(()) => {
            charge_bulk(&mut vm, len);
            Ok(vm)
        }
        None => vm.trap(Trap::OutOfBoundsTableAccess),
    }
}

fn copy(vm: &mut Vm<'_>, to: u32, from: u32, destination: u64, source: u64, len: u64) -> Option<()> {
    let (to, from) = (table_id(vm, to)?, table_id(vm, from)?);
    if to == from {
        let elements = vm.run.state.tables.get_mut(to)?.elements_mut();
        let source = range(source, len, elements.len())?;
        let destination = range(destination, len, elements.len())?;
        elements.copy_within(source, destination.start);
        return Some(());
    }
    let (to, from) = vm.run.state.tables.get_two_mut(to, from)?;
    let source = from.elements().get(range(source, len, from.elements().len())?)?;
    let range = range(destination, len, to.elements().len())?;
    to.elements_mut().get_mut(range)?.copy_from_slice(source);
    Some(())
}

pub fn table_init(mut vm: Vm<'_>) -> Step<'_> {
    let (segment, index) = (vm.u32(), vm.u32());
    let (len, source, destination) = (vm.pop::<u64>(), vm.pop::<u64>(), vm.pop::<u64>());
    match init(&mut vm, segment, index, destination, source, len) {
        Some(()) => {
            charge_bulk(&mut vm, len);
            Ok(vm)
        }
        None => vm.trap(Trap::OutOfBoundsTableAccess),
    }
}

fn init(vm: &mut Vm<'_>, segment: u32, index: u32, destination: u64, source: u64, len: u64) -> Option<()> {
    let id = table_id(vm, index)?;
    let state = &mut *vm.run.state;
    let items = state.instances.get(vm.run.instance)?.elements.get(segment as usize)?;
    let source = items.get(range(source, len, items.len())?)?;
    let elements = state.tables.get_mut(id)?.elements_mut();
    let range = range(destination, len, elements.len())?;
    elements.get_mut(range)?.copy_from_slice(source);
    Some(())
}

pub fn elem_drop(mut vm: Vm<'_>) -> Step<'_> {
    let segment = vm.u32();
    let instance = vm.run.state.instances.get_mut(vm.run.instance);
    if let Some(items) = instance.and_then(|it| it.elements.get_mut(segment as usize)) {
        *items = Vec::new();
    }
    Ok(vm)
}
