//! Memory instructions (core spec, Memory Instructions).

use crate::error::Trap;
use crate::exec::slot::Slot;
use crate::exec::vm::{Step, Vm};
use crate::image::module::Data;
use crate::store::{Memory, MemoryId};
use crate::support::Arena;
use crate::syntax::MemIdx;

/// A load: `compute` makes the value from its bytes.
#[inline(always)]
pub fn load<const N: usize, R: Slot>(mut vm: Vm<'_>, compute: impl Fn([u8; N]) -> R) -> Step<'_> {
    let (memory, offset) = memarg(&mut vm);
    let address = vm.pop::<u64>();
    match address.checked_add(offset).and_then(|at| bytes_at::<N>(&vm, memory, at)) {
        Some(bytes) => {
            vm.push(compute(bytes));
            Ok(vm)
        }
        None => vm.trap(Trap::OutOfBoundsMemoryAccess),
    }
}

/// A store: `compute` makes the bytes from the value.
#[inline(always)]
pub fn store<const N: usize, A: Slot>(mut vm: Vm<'_>, compute: impl Fn(A) -> [u8; N]) -> Step<'_> {
    let (memory, offset) = memarg(&mut vm);
    let bytes = compute(vm.pop());
    let address = vm.pop::<u64>();
    match address.checked_add(offset).and_then(|at| place_at::<N>(&mut vm, memory, at)) {
        Some(place) => {
            *place = bytes;
            Ok(vm)
        }
        None => vm.trap(Trap::OutOfBoundsMemoryAccess),
    }
}

/// Reads the immediates of a memory instruction: memory and offset.
#[inline(always)]
fn memarg(vm: &mut Vm<'_>) -> (u32, u64) {
    // The alignment is a hint; with bit 6 a memory index follows.
    let memory = if vm.u32() & 0x40 != 0 { vm.u32() } else { 0 };
    (memory, vm.u64())
}

#[inline(always)]
fn bytes_at<const N: usize>(vm: &Vm<'_>, memory: u32, at: u64) -> Option<[u8; N]> {
    let bytes = if memory == 0 { &vm.memory[..] } else { other_memory(vm, memory)? };
    let at = usize::try_from(at).ok()?;
    bytes.get(at..)?.first_chunk::<N>().copied()
}

#[inline(always)]
fn place_at<'m, const N: usize>(vm: &'m mut Vm<'_>, memory: u32, at: u64) -> Option<&'m mut [u8; N]> {
    let bytes = if memory == 0 { &mut vm.memory[..] } else { other_memory_mut(vm, memory)? };
    let at = usize::try_from(at).ok()?;
    bytes.get_mut(at..)?.first_chunk_mut::<N>()
}

/// A memory other than the first: of this instance, but perhaps the same memory.
#[inline(never)]
fn other_memory<'m>(vm: &'m Vm<'_>, memory: u32) -> Option<&'m [u8]> {
    let id = memory_id(vm, memory)?;
    if Some(id) == memory_id(vm, 0) {
        return Some(&vm.memory);
    }
    vm.run.state.memories.get(id).map(Memory::bytes)
}

#[inline(never)]
fn other_memory_mut<'m>(vm: &'m mut Vm<'_>, memory: u32) -> Option<&'m mut [u8]> {
    let id = memory_id(vm, memory)?;
    if Some(id) == memory_id(vm, 0) {
        return Some(&mut vm.memory);
    }
    vm.run.state.memories.get_mut(id).map(Memory::bytes_mut)
}

fn memory_id(vm: &Vm<'_>, memory: u32) -> Option<MemoryId> {
    vm.instance()?.memory(MemIdx::new(memory))
}

pub fn memory_size(mut vm: Vm<'_>) -> Step<'_> {
    let memory = vm.u32();
    vm.put_memory_back();
    let pages = memory_id(&vm, memory).and_then(|id| vm.run.state.memories.get(id)).map(Memory::pages);
    vm.take_memory_again();
    vm.push(pages.unwrap_or(0));
    Ok(vm)
}

pub fn memory_grow(mut vm: Vm<'_>) -> Step<'_> {
    let memory = vm.u32();
    let delta = vm.pop::<u64>();
    let Some(id) = memory_id(&vm, memory) else { return vm.bug("no such memory") };
    vm.put_memory_back();
    let old = vm.run.state.grow_memory(id, delta);
    let wide = vm.run.state.memories.get(id).is_some_and(Memory::is_64);
    vm.take_memory_again();
    vm.push(old.unwrap_or(minus_one(wide)));
    Ok(vm)
}

/// −1 as an address, of 64 bits or 32.
pub(super) fn minus_one(wide: bool) -> u64 {
    if wide { u64::MAX } else { u64::from(u32::MAX) }
}

/// Charges for `count` bytes that a native loop handles.
#[inline(always)]
pub(super) fn charge_bulk(vm: &mut Vm<'_>, count: u64) {
    vm.fuel = vm.fuel.saturating_sub_unsigned(count);
}

/// `start..start + len`, if it lies within `size`.
pub(super) fn range(start: u64, len: u64, size: usize) -> Option<core::ops::Range<usize>> {
    let end = start.checked_add(len).filter(|end| *end <= size as u64)?;
    Some(start as usize..end as usize)
}

pub fn memory_fill(mut vm: Vm<'_>) -> Step<'_> {
    let memory = vm.u32();
    let (len, value, at) = (vm.pop::<u64>(), vm.pop::<u32>(), vm.pop::<u64>());
    let Some(bytes) = other_memory_mut(&mut vm, memory) else { return vm.bug("no such memory") };
    let place = range(at, len, bytes.len()).and_then(|range| bytes.get_mut(range));
    match place {
        Some(place) => place.fill(value as u8),
        None => return vm.trap(Trap::OutOfBoundsMemoryAccess),
    }
    charge_bulk(&mut vm, len);
    Ok(vm)
}

pub fn memory_copy(mut vm: Vm<'_>) -> Step<'_> {
    let (to, from) = (vm.u32(), vm.u32());
    let (len, source, destination) = (vm.pop::<u64>(), vm.pop::<u64>(), vm.pop::<u64>());
    match copy(&mut vm, to, from, destination, source, len) {
        Some(()) => {
            charge_bulk(&mut vm, len);
            Ok(vm)
        }
        None => vm.trap(Trap::OutOfBoundsMemoryAccess),
    }
}

fn copy(vm: &mut Vm<'_>, to: u32, from: u32, destination: u64, source: u64, len: u64) -> Option<()> {
    let (to, from) = (memory_id(vm, to)?, memory_id(vm, from)?);
    // Both must lie in the store to be borrowed at once.
    vm.put_memory_back();
    let copied = copy_between(&mut vm.run.state.memories, to, from, destination, source, len);
    vm.take_memory_again();
    copied
}

fn copy_between(
    memories: &mut Arena<MemoryId, Memory>,
    to: MemoryId,
    from: MemoryId,
    destination: u64,
    source: u64,
    len: u64,
) -> Option<()> {
    if to == from {
        let bytes = memories.get_mut(to)?.bytes_mut();
        let (source, destination) = (range(source, len, bytes.len())?, range(destination, len, bytes.len())?);
        bytes.copy_within(source, destination.start);
        return Some(());
    }
    let (to, from) = memories.get_two_mut(to, from)?;
    let source = from.bytes().get(range(source, len, from.bytes().len())?)?;
    let range = range(destination, len, to.bytes().len())?;
    to.bytes_mut().get_mut(range)?.copy_from_slice(source);
    Some(())
}

pub fn memory_init(mut vm: Vm<'_>) -> Step<'_> {
    let (data, memory) = (vm.u32(), vm.u32());
    let (len, source, destination) = (vm.pop::<u64>(), vm.pop::<u64>(), vm.pop::<u64>());
    let dropped = vm.instance().is_none_or(|it| it.dropped_data.get(data as usize).copied().unwrap_or(true));
    let segment: &[u8] = match vm.run.module.data.get(data as usize) {
        Some(Data { bytes, .. }) if !dropped => bytes.of(vm.run.bytes),
        _ => &[],
    };
    let source = range(source, len, segment.len()).and_then(|range| segment.get(range));
    let Some(bytes) = other_memory_mut(&mut vm, memory) else { return vm.bug("no such memory") };
    let place = range(destination, len, bytes.len()).and_then(|range| bytes.get_mut(range));
    match (source, place) {
        (Some(source), Some(place)) => place.copy_from_slice(source),
        _ => return vm.trap(Trap::OutOfBoundsMemoryAccess),
    }
    charge_bulk(&mut vm, len);
    Ok(vm)
}

pub fn data_drop(mut vm: Vm<'_>) -> Step<'_> {
    let data = vm.u32();
    let instance = vm.run.state.instances.get_mut(vm.run.instance);
    if let Some(dropped) = instance.and_then(|it| it.dropped_data.get_mut(data as usize)) {
        *dropped = true;
    }
    Ok(vm)
}
