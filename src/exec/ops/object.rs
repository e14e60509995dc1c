//! What allocates objects or works on many elements (core spec, Aggregate Instructions): done by
//! the machine between two runs of code, as what is in `bulk`. Where the heap asks for a
//! collection, nothing has changed yet, and the instruction begins anew after it.

use super::bulk::{Bulk, Cost, range};
use crate::error::{Trap, bug};
use crate::exec::segment;
use crate::store::gc::aggregate::offset;
use crate::store::{Ref, State, known};
use crate::syntax::instr::opcode;
use crate::syntax::{DataIdx, ElemIdx, StorageType, TypeIdx};
use crate::types::TypeId;
use crate::types::aggregate::storage_size;

impl Bulk<'_> {
    pub(super) fn object(&mut self, opcode: u32) -> Cost {
        match opcode {
            opcode::struct_new => self.struct_new(),
            opcode::struct_new_default => self.struct_new_default(),
            #[cfg(feature = "custom-descriptors")]
            opcode::struct_new_desc => self.struct_new_desc(),
            #[cfg(feature = "custom-descriptors")]
            opcode::struct_new_default_desc => self.struct_new_default_desc(),
            opcode::array_new => self.array_new(),
            opcode::array_new_default => self.array_new_default(),
            opcode::array_new_fixed => self.array_new_fixed(),
            opcode::array_new_data => self.array_new_data(),
            opcode::array_new_elem => self.array_new_elem(),
            opcode::array_fill => self.array_fill(),
            opcode::array_copy => self.array_copy(),
            opcode::array_init_data => self.array_init_data(),
            opcode::array_init_elem => self.array_init_elem(),
            _ => Err(bug!("an instruction is not done between two runs").into()),
        }
    }

    /// A type of the module, in the store's types.
    fn type_id(&mut self) -> Result<TypeId, crate::Error> {
        let index = TypeIdx::new(self.reader.u32()?);
        known(known(self.state.instances.get(self.instance))?.type_at(self.module, index))
    }

    /// An array type of the module, and how it holds its elements.
    fn array_type(&mut self) -> Result<(TypeId, StorageType), crate::Error> {
        let ty = self.type_id()?;
        Ok((ty, known(self.state.types.element(ty))?.storage))
    }

    /// Pops an `i32` that counts something.
    fn pop_u32(&mut self) -> u32 {
        self.pop() as u32
    }

    fn pop_ref(&mut self) -> Ref {
        Ref::from_slot(self.pop())
    }

    /// Pushes what was made, of so many bytes.
    fn made(&mut self, object: Ref, bytes: u64) -> Cost {
        self.push(object.into_slot());
        Ok(bytes)
    }

    /// That an array has `len` elements from `start` on; returns how it holds them.
    fn check_range(&self, array: Ref, start: u32, len: u32) -> Result<(), crate::Error> {
        if array.is_null() {
            return Err(Trap::NullArrayReference.into());
        }
        let count = known(self.state.heap.array_len(array))?;
        match start.checked_add(len) {
            Some(end) if end <= count => Ok(()),
            _ => Err(Trap::OutOfBoundsArrayAccess.into()),
        }
    }

    /// `struct.new`
    fn struct_new(&mut self) -> Cost {
        let ty = self.type_id()?;
        let Bulk { machine, state: State { types, heap, .. }, .. } = self;
        let object = heap.new_struct(types, ty, || machine.pop_value())?;
        let size = types.struct_size(ty).unwrap_or(0);
        self.made(object, size.into())
    }

    /// `struct.new_default`
    fn struct_new_default(&mut self) -> Cost {
        let ty = self.type_id()?;
        let State { types, heap, .. } = &mut *self.state;
        let object = heap.allocate_struct(types, ty)?;
        let size = types.struct_size(ty).unwrap_or(0);
        self.made(object, size.into())
    }

    /// Pops the descriptor of a new structure.
    #[cfg(feature = "custom-descriptors")]
    fn pop_descriptor(&mut self) -> Result<Ref, crate::Error> {
        let descriptor = self.pop_ref();
        if descriptor.is_null() { Err(Trap::NullDescriptorReference.into()) } else { Ok(descriptor) }
    }

    /// `struct.new_desc`
    #[cfg(feature = "custom-descriptors")]
    fn struct_new_desc(&mut self) -> Cost {
        let ty = self.type_id()?;
        let descriptor = self.pop_descriptor()?;
        let Bulk { machine, state: State { types, heap, .. }, .. } = self;
        let object = heap.new_struct(types, ty, || machine.pop_value())?;
        heap.set_descriptor(object, descriptor);
        let size = types.struct_size(ty).unwrap_or(0);
        self.made(object, size.into())
    }

    /// `struct.new_default_desc`
    #[cfg(feature = "custom-descriptors")]
    fn struct_new_default_desc(&mut self) -> Cost {
        let ty = self.type_id()?;
        let descriptor = self.pop_descriptor()?;
        let State { types, heap, .. } = &mut *self.state;
        let object = heap.allocate_struct(types, ty)?;
        heap.set_descriptor(object, descriptor);
        let size = types.struct_size(ty).unwrap_or(0);
        self.made(object, size.into())
    }

    /// `array.new`
    fn array_new(&mut self) -> Cost {
        let (ty, storage) = self.array_type()?;
        let len = self.pop_u32();
        let value = self.machine.pop_value();
        let State { types, heap, .. } = &mut *self.state;
        let array = heap.new_array(types, ty, len, value)?;
        self.made(array, bytes(storage, len))
    }

    /// `array.new_default`
    fn array_new_default(&mut self) -> Cost {
        let (ty, storage) = self.array_type()?;
        let len = self.pop_u32();
        let State { types, heap, .. } = &mut *self.state;
        let array = heap.allocate_array(types, ty, len)?;
        self.made(array, bytes(storage, len))
    }

    /// `array.new_fixed`
    fn array_new_fixed(&mut self) -> Cost {
        let (ty, storage) = self.array_type()?;
        let len = self.reader.u32()?;
        let Bulk { machine, state: State { types, heap, .. }, .. } = self;
        let array = heap.new_array_fixed(types, ty, len, || machine.pop_value())?;
        self.made(array, bytes(storage, len))
    }

    /// `array.new_data`
    fn array_new_data(&mut self) -> Cost {
        let (ty, storage) = self.array_type()?;
        let (data, size) = (DataIdx::new(self.reader.u32()?), u64::from(storage_size(storage)));
        let (len, from) = (self.pop_u32(), self.pop_u32());
        let State { types, heap, instances, .. } = &mut *self.state;
        let source = segment::data(known(instances.get(self.instance))?, self.image, self.module, data)?;
        let source = range(source, from.into(), size * u64::from(len)).ok_or(Trap::OutOfBoundsMemoryAccess)?;
        let array = heap.allocate_array(types, ty, len)?;
        let target = heap.bytes_mut(array, offset(storage, 0), size * u64::from(len));
        known(target)?.copy_from_slice(source);
        self.made(array, bytes(storage, len))
    }

    /// `array.init_data`
    fn array_init_data(&mut self) -> Cost {
        let (_, storage) = self.array_type()?;
        let (data, size) = (DataIdx::new(self.reader.u32()?), u64::from(storage_size(storage)));
        let (len, from, to) = (self.pop_u32(), self.pop_u32(), self.pop_u32());
        let array = self.pop_ref();
        self.check_range(array, to, len)?;
        let State { heap, instances, .. } = &mut *self.state;
        let source = segment::data(known(instances.get(self.instance))?, self.image, self.module, data)?;
        let source = range(source, from.into(), size * u64::from(len)).ok_or(Trap::OutOfBoundsMemoryAccess)?;
        let target = heap.bytes_mut(array, offset(storage, to), size * u64::from(len));
        known(target)?.copy_from_slice(source);
        Ok(bytes(storage, len))
    }

    /// `array.new_elem`
    fn array_new_elem(&mut self) -> Cost {
        let (ty, storage) = self.array_type()?;
        let elem = ElemIdx::new(self.reader.u32()?);
        let (len, from) = (self.pop_u32(), self.pop_u32());
        let State { types, heap, instances, globals, .. } = &mut *self.state;
        let instance = known(instances.get(self.instance))?;
        let (items, passed) =
            segment::items(self.image, self.module, instance, globals, elem, [from, len].map(u64::from))?;
        let array = heap.allocate_array(types, ty, len)?;
        for (index, item) in (0..len).zip(items) {
            heap.write(array, offset(storage, index), storage, [item?.into_slot(), 0]);
        }
        self.made(array, bytes(storage, len) + passed)
    }

    /// `array.init_elem`
    fn array_init_elem(&mut self) -> Cost {
        let (_, storage) = self.array_type()?;
        let elem = ElemIdx::new(self.reader.u32()?);
        let (len, from, to) = (self.pop_u32(), self.pop_u32(), self.pop_u32());
        let array = self.pop_ref();
        self.check_range(array, to, len)?;
        let State { heap, instances, globals, .. } = &mut *self.state;
        let instance = known(instances.get(self.instance))?;
        let (items, passed) =
            segment::items(self.image, self.module, instance, globals, elem, [from, len].map(u64::from))?;
        for (index, item) in (to..).zip(items).take(len as usize) {
            heap.write(array, offset(storage, index), storage, [item?.into_slot(), 0]);
        }
        Ok(bytes(storage, len) + passed)
    }

    /// `array.fill`
    fn array_fill(&mut self) -> Cost {
        let (_, storage) = self.array_type()?;
        let len = self.pop_u32();
        let value = self.machine.pop_value();
        let start = self.pop_u32();
        let array = self.pop_ref();
        self.check_range(array, start, len)?;
        self.state.heap.fill_array(array, storage, start, len, value);
        Ok(bytes(storage, len))
    }

    /// `array.copy`
    fn array_copy(&mut self) -> Cost {
        let (_, storage) = self.array_type()?;
        // Both hold their elements in the same way.
        self.reader.u32()?;
        let (len, from_start, from) = (self.pop_u32(), self.pop_u32(), self.pop_ref());
        let (to_start, to) = (self.pop_u32(), self.pop_ref());
        if to.is_null() || from.is_null() {
            return Err(Trap::NullArrayReference.into());
        }
        self.check_range(to, to_start, len)?;
        self.check_range(from, from_start, len)?;
        let (to, from) = ((to, offset(storage, to_start)), (from, offset(storage, from_start)));
        known(self.state.heap.copy(to, from, bytes(storage, len)))?;
        Ok(bytes(storage, len))
    }
}

/// Bytes of so many elements.
fn bytes(storage: StorageType, len: u32) -> u64 {
    u64::from(storage_size(storage)) * u64::from(len)
}
