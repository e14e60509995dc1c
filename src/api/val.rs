//! Values as the host sees them, and how they lie in the machine's slots.

use super::rooted::{Handle, Rooted};
use super::store::State;
use super::{AnyRef, ExnRef, ExternRef, Func};
use crate::error::{Misuse, Result};
use crate::store::Ref;
use crate::syntax::{AbstractHeapType, HeapType, RefType, ValType};
use crate::types::{Composite, TypeId, TypeTable};

/// A core WebAssembly value. Floats are bits, so that no NaN is ever changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Val {
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// The bits of a single-precision float.
    F32(u32),
    /// The bits of a double-precision float.
    F64(u64),
    /// A vector, its first lane in the lowest bits.
    V128(u128),
    /// A reference to a function, or null.
    FuncRef(Option<Func>),
    /// A reference to something of the host, or null.
    ExternRef(Option<Rooted<ExternRef>>),
    /// A reference to a value of the guest's own, or null.
    AnyRef(Option<Rooted<AnyRef>>),
    /// A reference to an exception, or null.
    ExnRef(Option<Rooted<ExnRef>>),
}

/// The four hierarchies of references (core spec, Heap Types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Top {
    Func,
    Extern,
    Any,
    Exn,
}

impl Top {
    /// The hierarchy of a reference type. Concrete types are numbers in `types`.
    fn of(ty: RefType, types: &TypeTable) -> Self {
        match ty.heap() {
            HeapType::Abstract(heap) => Self::of_abstract(heap),
            HeapType::Concrete(index) | HeapType::Exact(index) => match types.composite(TypeId::from_index(index)) {
                Some(Composite::Func { .. }) => Top::Func,
                _ => Top::Any,
            },
        }
    }

    fn of_abstract(heap: AbstractHeapType) -> Self {
        use AbstractHeapType as A;
        match heap {
            A::Func | A::NoFunc => Top::Func,
            A::Extern | A::NoExtern => Top::Extern,
            A::Exn | A::NoExn => Top::Exn,
            A::Any | A::Eq | A::I31 | A::Struct | A::Array | A::None => Top::Any,
        }
    }
}

impl Val {
    /// The null of a reference type, or zero.
    pub fn default_for_ty(ty: ValType) -> Option<Self> {
        Some(match ty {
            ValType::I32 => Val::I32(0),
            ValType::I64 => Val::I64(0),
            ValType::F32 => Val::F32(0),
            ValType::F64 => Val::F64(0),
            ValType::V128 => Val::V128(0),
            ValType::Ref(ty) if ty.is_nullable() => match ty.heap() {
                HeapType::Abstract(heap) => Self::null(Top::of_abstract(heap)),
                HeapType::Concrete(_) | HeapType::Exact(_) => return None,
            },
            ValType::Ref(_) => return None,
        })
    }

    fn null(top: Top) -> Self {
        match top {
            Top::Func => Val::FuncRef(None),
            Top::Extern => Val::ExternRef(None),
            Top::Any => Val::AnyRef(None),
            Top::Exn => Val::ExnRef(None),
        }
    }

    /// The integer, if it is one of 32 bits.
    pub fn i32(self) -> Option<i32> {
        if let Val::I32(value) = self { Some(value) } else { None }
    }

    /// The integer, if it is one of 64 bits.
    pub fn i64(self) -> Option<i64> {
        if let Val::I64(value) = self { Some(value) } else { None }
    }

    /// The float, if it is one of 32 bits.
    pub fn f32(self) -> Option<f32> {
        if let Val::F32(bits) = self { Some(f32::from_bits(bits)) } else { None }
    }

    /// The float, if it is one of 64 bits.
    pub fn f64(self) -> Option<f64> {
        if let Val::F64(bits) = self { Some(f64::from_bits(bits)) } else { None }
    }

    /// Reads a value of a type from the first slots.
    pub(crate) fn read(ty: ValType, slots: &[u64], state: &mut State) -> Result<Self> {
        let slot = *slots.first().ok_or(Misuse::ResultCount)?;
        Ok(match ty {
            ValType::I32 => Val::I32(slot as u32 as i32),
            ValType::I64 => Val::I64(slot as i64),
            ValType::F32 => Val::F32(slot as u32),
            ValType::F64 => Val::F64(slot),
            ValType::V128 => {
                let high = *slots.get(1).ok_or(Misuse::ResultCount)?;
                Val::V128(u128::from(slot) | u128::from(high) << 64)
            }
            ValType::Ref(ty) => return Self::from_ref(ty, Ref::from_slot(slot), state),
        })
    }

    /// A reference of a type; the host holds what it refers to.
    pub(crate) fn from_ref(ty: RefType, raw: Ref, state: &mut State) -> Result<Self> {
        let top = Top::of(ty, &state.core.state.types);
        if raw.is_null() {
            return Ok(Self::null(top));
        }
        if top == Top::Func {
            let store = state.id;
            return Ok(Val::FuncRef(raw.func().map(|id| Func { store, id })));
        }
        let handle = Handle::new(state, raw)?;
        Ok(match top {
            Top::Extern => Val::ExternRef(Some(Rooted::from_handle(handle))),
            Top::Exn => Val::ExnRef(Some(Rooted::from_handle(handle))),
            Top::Any | Top::Func => Val::AnyRef(Some(Rooted::from_handle(handle))),
        })
    }

    /// The value as a reference, if it is one and of this store.
    pub(crate) fn to_ref(self, state: &State) -> Result<Ref> {
        match self {
            Val::FuncRef(Some(func)) => {
                state.own(func.store)?;
                Ok(Ref::from_func(func.id))
            }
            Val::ExternRef(Some(reference)) => reference.handle().get(state),
            Val::AnyRef(Some(reference)) => reference.handle().get(state),
            Val::ExnRef(Some(reference)) => reference.handle().get(state),
            Val::FuncRef(None) | Val::ExternRef(None) | Val::AnyRef(None) | Val::ExnRef(None) => Ok(Ref::NULL),
            _ => Err(Misuse::ValueType.into()),
        }
    }

    /// Writes the value to the first slots; returns how many it took.
    pub(crate) fn write(self, slots: &mut [u64], state: &State) -> Result<usize> {
        let (low, high) = match self {
            Val::I32(value) => (u64::from(value as u32), None),
            Val::I64(value) => (value as u64, None),
            Val::F32(bits) => (u64::from(bits), None),
            Val::F64(bits) => (bits, None),
            Val::V128(bits) => (bits as u64, Some((bits >> 64) as u64)),
            _ => (self.to_ref(state)?.into_slot(), None),
        };
        *slots.first_mut().ok_or(Misuse::ArgumentTypes)? = low;
        if let Some(high) = high {
            *slots.get_mut(1).ok_or(Misuse::ArgumentTypes)? = high;
            return Ok(2);
        }
        Ok(1)
    }

    /// Whether the value is of that type, whose concrete types are numbers in the store's table.
    pub(crate) fn is_of(self, ty: ValType, state: &State) -> bool {
        match (self, ty) {
            (Val::I32(_), ValType::I32)
            | (Val::I64(_), ValType::I64)
            | (Val::F32(_), ValType::F32)
            | (Val::F64(_), ValType::F64)
            | (Val::V128(_), ValType::V128) => true,
            (value, ValType::Ref(ty)) => value.is_ref_of(ty, state),
            _ => false,
        }
    }

    fn is_ref_of(self, ty: RefType, state: &State) -> bool {
        let types = &state.core.state.types;
        let top = Top::of(ty, types);
        let is_top = match self {
            Val::FuncRef(_) => top == Top::Func,
            Val::ExternRef(_) => top == Top::Extern,
            Val::AnyRef(_) => top == Top::Any,
            Val::ExnRef(_) => top == Top::Exn,
            _ => false,
        };
        let Ok(raw) = self.to_ref(state) else { return false };
        if raw.is_null() {
            return is_top && ty.is_nullable();
        }
        is_top && ref_matches(raw, top, ty, state)
    }
}

/// Whether a reference that is not null, and of the right hierarchy, is of that type.
#[cfg(feature = "heap")]
fn ref_matches(raw: Ref, _: Top, ty: RefType, state: &State) -> bool {
    let state = &state.core.state;
    state.heap.is_of(&state.types, &state.funcs, raw, ty.heap())
}

/// Whether a reference that is not null, and of the right hierarchy, is of that type. Without a
/// heap there are functions and numbers of the host's.
#[cfg(not(feature = "heap"))]
fn ref_matches(raw: Ref, top: Top, ty: RefType, state: &State) -> bool {
    let state = &state.core.state;
    match (top, ty.heap()) {
        (Top::Func, HeapType::Concrete(_) | HeapType::Exact(_)) => {
            let found = raw.func().and_then(|func| state.funcs.get(func));
            found.is_some_and(|func| state.types.heap_matches(func.ty.exact_heap(), ty.heap()))
        }
        (Top::Func, HeapType::Abstract(heap)) => heap == AbstractHeapType::Func,
        (Top::Extern, HeapType::Abstract(heap)) => heap == AbstractHeapType::Extern,
        _ => false,
    }
}
