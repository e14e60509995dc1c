//! What works on whole memories and tables (core spec, Memory and Table Instructions): done by
//! the machine between two runs of code, when everything is in its place in the store.

use crate::binary::Judged;
#[cfg(not(feature = "gc"))]
use crate::error::bug;
use crate::error::{Result, Trap};
use crate::exec::halt::Halt;
use crate::exec::{Machine, segment};
use crate::image::{Image, Module};
use crate::store::{InstanceId, Memory, MemoryId, Ref, State, Store, Table, TableId, known};
use crate::syntax::instr::opcode;
use crate::syntax::{DataIdx, ElemIdx, MemIdx, TableIdx};

/// Runs the instruction with that opcode; the topmost frame stands behind the opcode. Where a
/// collection is needed first, nothing has changed.
pub(in crate::exec) fn run(machine: &mut Machine, store: &mut Store, opcode: u32) -> Result<(), Halt> {
    let frame = *known(machine.frames.last())?;
    let (images, state) = store.split();
    let image = known(images.get(known(state.instances.get(frame.instance))?.image))?;
    let module = known(image.module(known(state.instances.get(frame.instance))?.module))?;
    let end = known(frame.func().and_then(|func| module.funcs.get(func as usize)))?.end;
    let code = image.bytes.get(frame.ip as usize..end as usize).unwrap_or_default();
    let reader = Judged::new(code, frame.ip);
    let mut bulk = Bulk { machine, state, image, module, instance: frame.instance, reader };
    let top = bulk.machine.top;
    let moved = match bulk.dispatch(opcode) {
        Ok(moved) => moved,
        Err(halt) => {
            machine.top = top;
            return Err(halt);
        }
    };
    let ip = bulk.reader.position();
    state.fuel.charge(moved.saturating_add(u64::from(ip - frame.ip)));
    if let Some(frame) = machine.frames.last_mut() {
        frame.ip = ip;
    }
    Ok(())
}

pub(super) struct Bulk<'a> {
    pub(super) machine: &'a mut Machine,
    pub(super) state: &'a mut State,
    pub(super) image: &'a Image,
    pub(super) module: &'a Module,
    pub(super) instance: InstanceId,
    pub(super) reader: Judged<'a>,
}

/// What an instruction costs beyond its own bytes.
pub(super) type Cost = Result<u64, Halt>;

impl Bulk<'_> {
    fn dispatch(&mut self, opcode: u32) -> Cost {
        match opcode {
            opcode::memory_size => self.memory_size(),
            opcode::memory_grow => self.memory_grow(),
            #[cfg(feature = "multi-memory")]
            opcode::memory_fill => self.memory_fill(),
            #[cfg(feature = "multi-memory")]
            opcode::memory_copy => self.memory_copy(),
            opcode::memory_init => self.memory_init(),
            opcode::data_drop => self.data_drop(),
            opcode::table_size => self.table_size(),
            opcode::table_grow => self.table_grow(),
            opcode::table_fill => self.table_fill(),
            opcode::table_copy => self.table_copy(),
            opcode::table_init => self.table_init(),
            opcode::elem_drop => self.elem_drop(),
            #[cfg(feature = "threads")]
            _ if opcode >> 16 == 0xFE => self.atomic(opcode),
            #[cfg(feature = "gc")]
            _ => self.object(opcode),
            #[cfg(not(feature = "gc"))]
            _ => Err(bug!("an instruction is not done between two runs").into()),
        }
    }

    pub(super) fn pop(&mut self) -> u64 {
        let [slot, _] = self.machine.pop_value();
        slot
    }

    pub(super) fn push(&mut self, slot: u64) {
        self.machine.push_value([slot, 0]);
    }

    /// Pushes what a `grow` returns: the old size, or −1 of the address type.
    fn push_grown(&mut self, old: Option<u64>, is_64: bool) {
        let failed = if is_64 { u64::MAX } else { u64::from(u32::MAX) };
        self.push(old.unwrap_or(failed));
    }

    fn memory_id(&mut self) -> Result<MemoryId> {
        let index = MemIdx::new(self.reader.u32()?);
        known(known(self.state.instances.get(self.instance))?.memory(index))
    }

    fn memory(&mut self, id: MemoryId) -> Result<&mut Memory> {
        known(self.state.memories.get_mut(id))
    }

    fn table_id(&mut self) -> Result<TableId> {
        let index = TableIdx::new(self.reader.u32()?);
        known(known(self.state.instances.get(self.instance))?.table(index))
    }

    fn table(&mut self, id: TableId) -> Result<&mut Table> {
        known(self.state.tables.get_mut(id))
    }

    /// `memory.size`
    fn memory_size(&mut self) -> Cost {
        let id = self.memory_id()?;
        let pages = self.memory(id)?.pages();
        self.push(pages);
        Ok(0)
    }

    /// `memory.grow`
    fn memory_grow(&mut self) -> Cost {
        let id = self.memory_id()?;
        let is_64 = self.memory(id)?.is_64();
        let before = self.memory(id)?.bytes().len();
        let pages = self.pop();
        let old = self.state.grow_memory(id, pages);
        self.push_grown(old, is_64);
        // New bytes are zeroed.
        Ok((self.memory(id)?.bytes().len() - before) as u64)
    }

    /// `memory.fill` of another memory than the one at hand.
    #[cfg(feature = "multi-memory")]
    fn memory_fill(&mut self) -> Cost {
        let id = self.memory_id()?;
        let (len, value, to) = (self.pop(), self.pop(), self.pop());
        let memory = self.memory(id)?.bytes_mut();
        // The value is cut to a byte, as the specification says.
        range_mut(memory, to, len).ok_or(Trap::OutOfBoundsMemoryAccess)?.fill(value as u8);
        Ok(len)
    }

    /// `memory.copy` but within the memory at hand.
    #[cfg(feature = "multi-memory")]
    fn memory_copy(&mut self) -> Cost {
        let (to_id, from_id) = (self.memory_id()?, self.memory_id()?);
        let (len, from, to) = (self.pop(), self.pop(), self.pop());
        let done = match self.state.memories.get_two_mut(to_id, from_id) {
            Some((target, source)) => copy(target.bytes_mut(), to, source.bytes(), from, len),
            None => copy_within(self.memory(to_id)?.bytes_mut(), to, from, len),
        };
        done.ok_or(Trap::OutOfBoundsMemoryAccess)?;
        Ok(len)
    }

    /// `memory.init`
    fn memory_init(&mut self) -> Cost {
        let data = DataIdx::new(self.reader.u32()?);
        let id = self.memory_id()?;
        let (len, from, to) = (self.pop(), self.pop(), self.pop());
        segment::memory_init(self.state, self.image, self.module, self.instance, data, id, [to, from, len])?;
        Ok(len)
    }

    /// `data.drop`
    fn data_drop(&mut self) -> Cost {
        let data = DataIdx::new(self.reader.u32()?);
        segment::data_drop(self.state, self.instance, data);
        Ok(0)
    }

    /// `table.size`
    fn table_size(&mut self) -> Cost {
        let id = self.table_id()?;
        let size = self.table(id)?.size();
        self.push(size);
        Ok(0)
    }

    /// `table.grow`
    fn table_grow(&mut self) -> Cost {
        let id = self.table_id()?;
        let is_64 = self.table(id)?.is_64();
        let (elements, init) = (self.pop(), Ref::from_slot(self.pop()));
        let old = self.state.grow_table(id, elements, init);
        self.push_grown(old, is_64);
        Ok(if old.is_some() { elements } else { 0 })
    }

    /// `table.fill`
    fn table_fill(&mut self) -> Cost {
        let id = self.table_id()?;
        let (len, value, to) = (self.pop(), Ref::from_slot(self.pop()), self.pop());
        let elements = self.table(id)?.elements_mut();
        range_mut(elements, to, len).ok_or(Trap::OutOfBoundsTableAccess)?.fill(value);
        Ok(len)
    }

    /// `table.copy`
    fn table_copy(&mut self) -> Cost {
        let (to_id, from_id) = (self.table_id()?, self.table_id()?);
        let (len, from, to) = (self.pop(), self.pop(), self.pop());
        let done = match self.state.tables.get_two_mut(to_id, from_id) {
            Some((target, source)) => copy(target.elements_mut(), to, source.elements(), from, len),
            None => copy_within(self.table(to_id)?.elements_mut(), to, from, len),
        };
        done.ok_or(Trap::OutOfBoundsTableAccess)?;
        Ok(len)
    }

    /// `table.init`
    fn table_init(&mut self) -> Cost {
        let elem = ElemIdx::new(self.reader.u32()?);
        let id = self.table_id()?;
        let (len, from, to) = (self.pop(), self.pop(), self.pop());
        Ok(segment::table_init(self.state, self.image, self.module, self.instance, elem, id, [to, from, len])?)
    }

    /// `elem.drop`
    fn elem_drop(&mut self) -> Cost {
        let elem = ElemIdx::new(self.reader.u32()?);
        segment::elem_drop(self.state, self.instance, elem);
        Ok(0)
    }
}

/// `len` items from `start` on; `None` past the end.
#[inline(always)]
pub(in crate::exec) fn range_mut<T>(items: &mut [T], start: u64, len: u64) -> Option<&mut [T]> {
    let end = usize::try_from(start.checked_add(len)?).ok()?;
    // The start is not above the end, which fits.
    items.get_mut(start as usize..end)
}

/// `len` items from `start` on; `None` past the end.
pub(in crate::exec) fn range<T>(items: &[T], start: u64, len: u64) -> Option<&[T]> {
    let end = usize::try_from(start.checked_add(len)?).ok()?;
    items.get(start as usize..end)
}

/// Copies between two memories or tables; `None` where either ends too early.
pub(in crate::exec) fn copy<T: Copy>(target: &mut [T], to: u64, source: &[T], from: u64, len: u64) -> Option<()> {
    let source = range(source, from, len)?;
    range_mut(target, to, len)?.copy_from_slice(source);
    Some(())
}

/// Copies within one memory or table; `None` where it ends too early.
fn copy_within<T: Copy>(items: &mut [T], to: u64, from: u64, len: u64) -> Option<()> {
    range(items, from, len)?;
    range(items, to, len)?;
    // Both ranges are within, so these fit.
    items.copy_within(from as usize..(from + len) as usize, to as usize);
    Some(())
}
