//! Structures and arrays that the host makes, reads and changes (core spec, Aggregate Instructions).

use super::rooted::{Handle, Rooted};
use super::store::{AsContext, AsContextMut, State, StoreId};
use super::{ArrayRef, StructRef, Val};
use crate::error::{Misuse, Result, bug};
use crate::store::{Ref, gc, known};
use crate::support::{OutOfMemory, Vec};
use crate::syntax::FieldType;
use crate::types::{SubTypeDef, TypeId};

/// The type of a structure: final, without a supertype, in a group of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct StructType {
    fields: Vec<FieldType>,
}

impl StructType {
    /// A structure with these fields. Concrete heap types in them count in a store's table of types.
    pub fn new(fields: impl IntoIterator<Item = FieldType>) -> Result<Self, OutOfMemory> {
        Ok(Self { fields: Vec::collect(fields)? })
    }

    /// The fields.
    pub fn fields(&self) -> &[FieldType] {
        &self.fields
    }
}

/// The type of an array: final, without a supertype, in a group of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArrayType {
    element: FieldType,
}

impl ArrayType {
    /// An array with such elements. A concrete heap type counts in a store's table of types.
    pub const fn new(element: FieldType) -> Self {
        Self { element }
    }

    /// What it holds.
    pub const fn field_type(&self) -> FieldType {
        self.element
    }
}

const DEF: SubTypeDef = SubTypeDef { is_final: true, supertype: None };

/// A structure type known to a store: see [`StructRef::new`].
#[derive(Clone, Copy, Debug)]
pub struct StructRefPre {
    store: StoreId,
    ty: TypeId,
}

impl StructRefPre {
    /// Makes a type known to a store.
    pub fn new(mut store: impl AsContextMut, ty: &StructType) -> Result<Self> {
        let mut store = store.as_context_mut();
        let state = store.state();
        let types = &mut state.core.state.types;
        let group = types.open_group();
        types.add_struct(DEF, ty.fields.iter().copied())?;
        Ok(Self { store: state.id, ty: types.close_group(group)? })
    }
}

/// An array type known to a store: see [`ArrayRef::new`].
#[derive(Clone, Copy, Debug)]
pub struct ArrayRefPre {
    store: StoreId,
    ty: TypeId,
}

impl ArrayRefPre {
    /// Makes a type known to a store.
    pub fn new(mut store: impl AsContextMut, ty: ArrayType) -> Result<Self> {
        let mut store = store.as_context_mut();
        let state = store.state();
        let types = &mut state.core.state.types;
        let group = types.open_group();
        types.add_array(DEF, ty.element)?;
        Ok(Self { store: state.id, ty: types.close_group(group)? })
    }

    /// How the array holds its elements.
    fn element(&self, state: &State) -> Result<FieldType> {
        state.own(self.store)?;
        known(state.core.state.types.element(self.ty))
    }
}

/// A value for a field, as slots.
fn lower(value: Val, field: FieldType, state: &State) -> Result<[u64; 2]> {
    if !value.is_of(field.storage.unpacked(), state) {
        return Err(Misuse::ValueType.into());
    }
    let mut slots = [0; 2];
    value.write(&mut slots, state)?;
    Ok(slots)
}

impl StructRef {
    /// A new structure with these values in its fields.
    ///
    /// ```
    /// use windlass::syntax::{FieldType, StorageType, ValType};
    /// use windlass::{Engine, Store, StructRef, StructRefPre, StructType, Val};
    ///
    /// let mut store = Store::new(&Engine::default(), ());
    /// let field = |storage| FieldType { storage, mutable: true };
    /// let point = StructType::new([field(StorageType::Val(ValType::I64)), field(StorageType::I8)])?;
    /// let point = StructRefPre::new(&mut store, &point)?;
    /// let made = StructRef::new(&mut store, &point, &[Val::I64(-3), Val::I32(0x1FF)])?;
    /// assert_eq!(made.field(&mut store, 0)?, Val::I64(-3));
    /// assert_eq!(made.field(&mut store, 1)?, Val::I32(0xFF));
    /// # Ok::<(), windlass::Error>(())
    /// ```
    pub fn new(mut store: impl AsContextMut, pre: &StructRefPre, fields: &[Val]) -> Result<Rooted<StructRef>> {
        let mut store = store.as_context_mut();
        let state = store.state();
        state.own(pre.store)?;
        let mut slots = Vec::with_capacity(fields.len())?;
        {
            let types = known(state.core.state.types.fields(pre.ty))?;
            if types.len() != fields.len() {
                return Err(Misuse::ArgumentTypes.into());
            }
            for (value, (field, _)) in fields.iter().zip(types) {
                slots.push(lower(*value, field, state)?)?;
            }
        }
        let made = state.make(|state| {
            let crate::store::State { types, heap, .. } = &mut state.core.state;
            let mut values = slots.iter().rev();
            heap.new_struct(types, pre.ty, || values.next().copied().unwrap_or_default())
        })?;
        Ok(Rooted::from_handle(Handle::new(state, made)?))
    }

    /// A field and where it lies.
    fn place(&self, state: &State, index: usize) -> Result<(Ref, FieldType, u64)> {
        let object = self.raw(state)?;
        let heap = &state.core.state.heap;
        let ty = heap.type_of(object).ok_or_else(|| bug!("a structure without a type"))?;
        let index = u32::try_from(index).map_err(|_| Misuse::OutOfBounds)?;
        let (field, offset) = state.core.state.types.field(ty, index).ok_or(Misuse::OutOfBounds)?;
        Ok((object, field, u64::from(gc::STRUCT_FIELDS) + u64::from(offset)))
    }

    /// The value of a field; packed ones without their sign.
    pub fn field(&self, mut store: impl AsContextMut, index: usize) -> Result<Val> {
        let mut store = store.as_context_mut();
        let (object, field, offset) = self.place(store.state(), index)?;
        read(store.state(), object, field, offset)
    }

    /// Changes a field that can change.
    pub fn set_field(&self, mut store: impl AsContextMut, index: usize, value: Val) -> Result<()> {
        let mut store = store.as_context_mut();
        let (object, field, offset) = self.place(store.state(), index)?;
        write(store.state(), object, field, offset, value)
    }
}

impl ArrayRef {
    /// A new array of `len` elements, each of them `value`.
    pub fn new(mut store: impl AsContextMut, pre: &ArrayRefPre, value: Val, len: u32) -> Result<Rooted<ArrayRef>> {
        let mut store = store.as_context_mut();
        let state = store.state();
        let value = lower(value, pre.element(state)?, state)?;
        let made = state.make(|state| {
            let crate::store::State { types, heap, .. } = &mut state.core.state;
            heap.new_array(types, pre.ty, len, value)
        })?;
        Ok(Rooted::from_handle(Handle::new(state, made)?))
    }

    /// A new array of these elements.
    pub fn new_fixed(mut store: impl AsContextMut, pre: &ArrayRefPre, values: &[Val]) -> Result<Rooted<ArrayRef>> {
        let mut store = store.as_context_mut();
        let state = store.state();
        let element = pre.element(state)?;
        let mut slots = Vec::with_capacity(values.len())?;
        for value in values {
            slots.push(lower(*value, element, state)?)?;
        }
        let len = u32::try_from(values.len()).map_err(|_| Misuse::OutOfBounds)?;
        let made = state.make(|state| {
            let crate::store::State { types, heap, .. } = &mut state.core.state;
            let mut values = slots.iter().rev();
            heap.new_array_fixed(types, pre.ty, len, || values.next().copied().unwrap_or_default())
        })?;
        Ok(Rooted::from_handle(Handle::new(state, made)?))
    }

    /// How many elements it has.
    pub fn len(&self, store: impl AsContext) -> Result<u32> {
        let state = &store.as_context().inner.state;
        known(state.core.state.heap.array_len(self.raw(state)?))
    }

    /// Whether it has no elements.
    pub fn is_empty(&self, store: impl AsContext) -> Result<bool> {
        Ok(self.len(store)? == 0)
    }

    /// An element and where it lies.
    fn place(&self, state: &State, index: u32) -> Result<(Ref, FieldType, u64)> {
        let array = self.raw(state)?;
        let heap = &state.core.state.heap;
        let ty = heap.type_of(array).and_then(|ty| state.core.state.types.element(ty));
        let element = ty.ok_or_else(|| bug!("an array without a type"))?;
        if index >= known(heap.array_len(array))? {
            return Err(Misuse::OutOfBounds.into());
        }
        Ok((array, element, gc::aggregate::offset(element.storage, index)))
    }

    /// An element; packed ones without their sign.
    pub fn get(&self, mut store: impl AsContextMut, index: u32) -> Result<Val> {
        let mut store = store.as_context_mut();
        let (array, element, offset) = self.place(store.state(), index)?;
        read(store.state(), array, element, offset)
    }

    /// Changes an element, where they can change.
    pub fn set(&self, mut store: impl AsContextMut, index: u32, value: Val) -> Result<()> {
        let mut store = store.as_context_mut();
        let (array, element, offset) = self.place(store.state(), index)?;
        write(store.state(), array, element, offset, value)
    }
}

fn read(state: &mut State, object: Ref, field: FieldType, offset: u64) -> Result<Val> {
    let slots = known(state.core.state.heap.read(object, offset, field.storage))?;
    Val::read(field.storage.unpacked(), &slots, state)
}

fn write(state: &mut State, object: Ref, field: FieldType, offset: u64, value: Val) -> Result<()> {
    if !field.mutable {
        return Err(Misuse::ValueType.into());
    }
    let slots = lower(value, field, state)?;
    known(state.core.state.heap.write(object, offset, field.storage, slots))
}
