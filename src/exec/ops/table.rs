//! Table instructions (core spec, Table Instructions).

use super::memory::{charge_bulk, minus_one, range};
use crate::error::Trap;
use crate::exec::vm::{Regs, Vm};
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

pub fn table_get(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let index = vm.u32(&mut r);
    let at = vm.pop::<u64>(&mut r);
    match element(vm, index, at).copied() {
        Some(reference) => {
            vm.push(&mut r, reference);
            r
        }
        None => vm.trap(r, Trap::OutOfBoundsTableAccess),
    }
}

pub fn table_set(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let index = vm.u32(&mut r);
    let reference = vm.pop::<Ref>(&mut r);
    let at = vm.pop::<u64>(&mut r);
    match element(vm, index, at) {
        Some(element) => {
            *element = reference;
            r
        }
        None => vm.trap(r, Trap::OutOfBoundsTableAccess),
    }
}

pub fn table_size(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let index = vm.u32(&mut r);
    let size = table(vm, index).map_or(0, |table| table.size());
    vm.push(&mut r, size);
    r
}

pub fn table_grow(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let index = vm.u32(&mut r);
    let delta = vm.pop::<u64>(&mut r);
    let init = vm.pop::<Ref>(&mut r);
    let Some(id) = table_id(vm, index) else { return vm.bug(r, "no such table") };
    let old = vm.run.state.grow_table(id, delta, init);
    let wide = vm.run.state.tables.get(id).is_some_and(Table::is_64);
    if old.is_some() {
        charge_bulk(vm, delta);
    }
    vm.push(&mut r, old.unwrap_or(minus_one(wide)));
    r
}

pub fn table_fill(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let index = vm.u32(&mut r);
    let len = vm.pop::<u64>(&mut r);
    let reference = vm.pop::<Ref>(&mut r);
    let at = vm.pop::<u64>(&mut r);
    let place = table(vm, index).and_then(|table| {
        let range = range(at, len, table.elements().len())?;
        table.elements_mut().get_mut(range)
    });
    match place {
        Some(place) => place.fill(reference),
        None => return vm.trap(r, Trap::OutOfBoundsTableAccess),
    }
    charge_bulk(vm, len);
    r
}

pub fn table_copy(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let (to, from) = (vm.u32(&mut r), vm.u32(&mut r));
    let (len, source, destination) = (vm.pop::<u64>(&mut r), vm.pop::<u64>(&mut r), vm.pop::<u64>(&mut r));
    match copy(vm, to, from, destination, source, len) {
        Some(()) => {
            charge_bulk(vm, len);
            r
        }
        None => vm.trap(r, Trap::OutOfBoundsTableAccess),
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

pub fn table_init(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let (segment, index) = (vm.u32(&mut r), vm.u32(&mut r));
    let (len, source, destination) = (vm.pop::<u64>(&mut r), vm.pop::<u64>(&mut r), vm.pop::<u64>(&mut r));
    match init(vm, segment, index, destination, source, len) {
        Some(()) => {
            charge_bulk(vm, len);
            r
        }
        None => vm.trap(r, Trap::OutOfBoundsTableAccess),
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

pub fn elem_drop(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
    let segment = vm.u32(&mut r);
    let instance = vm.run.state.instances.get_mut(vm.run.instance);
    if let Some(items) = instance.and_then(|it| it.elements.get_mut(segment as usize)) {
        *items = Vec::new();
    }
    r
}
