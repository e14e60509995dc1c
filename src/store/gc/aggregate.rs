//! Structures and arrays made whole, and what works on many elements (core spec, Structure and
//! Array Instructions).

use super::{ELEMENTS, Heap, Refused, STRUCT_FIELDS};
use crate::store::Ref;
use crate::syntax::{AbstractHeapType, HeapType, RefType, StorageType, ValType};
use crate::types::aggregate::storage_size;
use crate::types::{TypeId, TypeTable};

/// How a structure holds its descriptor.
const DESCRIPTOR: StorageType =
    StorageType::Val(ValType::Ref(RefType::of(true, HeapType::Abstract(AbstractHeapType::Any))));

impl Heap {
    /// `struct.new`: takes the values of the fields, the last first, once there is room.
    pub fn new_struct(
        &mut self,
        types: &TypeTable,
        ty: TypeId,
        mut take: impl FnMut() -> [u64; 2],
    ) -> Result<Ref, Refused> {
        let object = self.allocate_struct(types, ty)?;
        for (field, offset) in types.fields(ty).into_iter().flatten().rev() {
            self.write(object, u64::from(STRUCT_FIELDS) + u64::from(offset), field.storage, take());
        }
        Ok(object)
    }

    /// What describes a structure, which lies before its fields; `None` where its type has no
    /// descriptors (custom descriptors).
    #[inline]
    pub fn descriptor(&self, types: &TypeTable, object: Ref) -> Option<Ref> {
        types.links(self.type_of(object)?).descriptor?;
        self.read(object, STRUCT_FIELDS.into(), DESCRIPTOR).map(|[slot, _]| Ref::from_slot(slot))
    }

    /// Sets what describes a new structure, of a type with descriptors.
    pub fn set_descriptor(&mut self, object: Ref, descriptor: Ref) {
        self.write(object, STRUCT_FIELDS.into(), DESCRIPTOR, [descriptor.into_slot(), 0]);
    }

    /// `array.new_fixed`: takes the elements, the last first, once there is room.
    pub fn new_array_fixed(
        &mut self,
        types: &TypeTable,
        ty: TypeId,
        len: u32,
        mut take: impl FnMut() -> [u64; 2],
    ) -> Result<Ref, Refused> {
        let array = self.allocate_array(types, ty, len)?;
        if let Some(element) = types.element(ty) {
            for index in (0..len).rev() {
                self.write(array, offset(element.storage, index), element.storage, take());
            }
        }
        Ok(array)
    }

    /// `array.new`: every element is `value`.
    pub fn new_array(&mut self, types: &TypeTable, ty: TypeId, len: u32, value: [u64; 2]) -> Result<Ref, Refused> {
        let array = self.allocate_array(types, ty, len)?;
        if let Some(element) = types.element(ty) {
            self.fill_array(array, element.storage, 0, len, value);
        }
        Ok(array)
    }

    /// `array.fill`, where the elements were found to be there.
    pub fn fill_array(&mut self, array: Ref, storage: StorageType, start: u32, len: u32, value: [u64; 2]) {
        let size = u64::from(storage_size(storage));
        let Some(places) = self.bytes_mut(array, offset(storage, start), size * u64::from(len)) else { return };
        let [low, high] = value.map(u64::to_le_bytes);
        let (size, bytes) = (size as usize, low.into_iter().chain(high));
        for place in places.chunks_exact_mut(size) {
            place.iter_mut().zip(bytes.clone()).for_each(|(place, byte)| *place = byte);
        }
    }
}

/// Where an element lies in an array.
pub fn offset(storage: StorageType, index: u32) -> u64 {
    u64::from(ELEMENTS) + u64::from(storage_size(storage)) * u64::from(index)
}
