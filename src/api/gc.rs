//! What a reference that the host holds refers to (core spec, Reference Values).

#[cfg(feature = "gc")]
use super::Val;
use super::rooted::{GcRef, Handle, HandleOf, Rooted};
#[cfg(feature = "heap")]
use super::store::AsContextMut;
use super::store::{AsContext, State};
use crate::error::Result;
use crate::store::Ref;
#[cfg(feature = "heap")]
use crate::store::gc::HostData;
#[cfg(feature = "gc")]
use crate::store::gc::Kind;
#[cfg(feature = "heap")]
use crate::support::DynBox;
#[cfg(feature = "heap")]
use core::any::Any;

/// Declares a kind of reference.
macro_rules! references {
    ($($(#[$doc:meta])* $name:ident;)+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $name(Handle);

        impl GcRef for $name {
            fn from_handle(handle: HandleOf) -> Self {
                $name(handle.0)
            }
            fn handle(self) -> HandleOf {
                HandleOf(self.0)
            }
        }

        impl $name {
            /// The reference itself.
            #[allow(dead_code)]
            pub(super) fn raw(&self, state: &State) -> Result<Ref> {
                self.0.get(state)
            }
        }
    )+ };
}

references! {
    /// Something of the host that guests pass around and cannot look into: data of any type, or a
    /// number that the host chose, for example an index into a table of its own.
    ExternRef;
    /// A value of the guest's own: an `i31`, a structure, an array; or something of the host's that the
    /// guest took for one (`any.convert_extern`).
    AnyRef;
    /// An `i31`, a structure or an array.
    EqRef;
    /// A structure.
    StructRef;
    /// An array.
    ArrayRef;
    /// An exception.
    ExnRef;
}

/// An integer of 31 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct I31(u32);

impl I31 {
    /// The integer, if it has 31 bits without a sign.
    pub const fn new_u32(value: u32) -> Option<Self> {
        if value >> 31 == 0 { Some(I31(value)) } else { None }
    }

    /// The integer, if it has 31 bits with its sign.
    pub const fn new_i32(value: i32) -> Option<Self> {
        let wrapped = Self::wrapping_i32(value);
        if wrapped.get_i32() == value { Some(wrapped) } else { None }
    }

    /// The integer without its upper bit.
    pub const fn wrapping_u32(value: u32) -> Self {
        I31(value & 0x7FFF_FFFF)
    }

    /// The integer without its upper bit.
    pub const fn wrapping_i32(value: i32) -> Self {
        Self::wrapping_u32(value.cast_unsigned())
    }

    /// The integer without a sign.
    pub const fn get_u32(self) -> u32 {
        self.0
    }

    /// The integer with its sign.
    pub const fn get_i32(self) -> i32 {
        (self.0 << 1).cast_signed() >> 1
    }
}

impl ExternRef {
    /// A reference to data of the host, which is dropped once nothing refers to it.
    #[cfg(feature = "heap")]
    pub fn new<D: Any + Send + Sync>(mut store: impl AsContextMut, data: D) -> Result<Rooted<ExternRef>> {
        let mut store = store.as_context_mut();
        let state = store.state();
        let mut data = Some(crate::support::Box::new(data)?);
        let made = state.make(|state| {
            // Room comes first, so that the data is not lost where there is none.
            state.core.state.heap.allocate_host(|| Some(data.take()?.into_array() as DynBox<dyn HostData>))
        })?;
        Ok(Rooted::from_handle(Handle::new(state, made)?))
    }

    /// A reference that stands for a number of the host's, without any memory; there is none from 2³⁰ on.
    pub fn from_number(number: u32) -> Option<Rooted<ExternRef>> {
        Ref::from_host(number).map(|reference| Rooted::from_handle(Handle::of_value(reference)))
    }

    /// The host's number, if it is one.
    pub fn number(&self, store: impl AsContext) -> Result<Option<u32>> {
        Ok(self.raw(&store.as_context().inner.state)?.host())
    }

    /// The host's data; nothing if it is a number or a value of the guest's own.
    #[cfg(feature = "heap")]
    pub fn data<'s, C: AsContext>(&self, store: &'s C) -> Result<Option<&'s (dyn Any + Send + Sync)>> {
        let state = &store.as_context().into_inner().state;
        Ok(state.core.state.heap.host_data(self.raw(state)?))
    }

    /// The host's data, to change.
    #[cfg(feature = "heap")]
    pub fn data_mut<'s, C: AsContextMut>(&self, store: &'s mut C) -> Result<Option<&'s mut (dyn Any + Send + Sync)>> {
        let state = &mut store.as_context_mut().into_inner().state;
        let object = self.raw(state)?;
        Ok(state.core.state.heap.host_data_mut(object))
    }

    /// A value of the guest's own as an external reference (core spec, `extern.convert_any`).
    pub fn convert_any(_store: impl AsContext, any: Rooted<AnyRef>) -> Result<Rooted<ExternRef>> {
        Ok(Rooted::from_handle(any.handle()))
    }
}

impl AnyRef {
    /// An `i31`.
    pub fn from_i31(_store: impl AsContext, value: I31) -> Rooted<AnyRef> {
        Rooted::from_handle(Handle::of_value(Ref::from_i31(value.0)))
    }

    /// An external reference as a value of the guest's own (core spec, `any.convert_extern`).
    pub fn convert_extern(_store: impl AsContext, reference: Rooted<ExternRef>) -> Result<Rooted<AnyRef>> {
        Ok(Rooted::from_handle(reference.handle()))
    }

    /// Whether it is an `i31`.
    pub fn is_i31(&self, store: impl AsContext) -> Result<bool> {
        Ok(self.as_i31(store)?.is_some())
    }

    /// The integer, if it is an `i31`.
    pub fn as_i31(&self, store: impl AsContext) -> Result<Option<I31>> {
        Ok(self.raw(&store.as_context().inner.state)?.i31().map(I31))
    }
}

/// Whether it is an object of that kind.
#[cfg(feature = "gc")]
fn is(handle: Handle, kind: Kind, state: &State) -> Result<bool> {
    Ok(state.core.state.heap.header(handle.get(state)?).is_some_and(|header| header.kind() == kind))
}

#[cfg(feature = "gc")]
impl AnyRef {
    /// Whether it is a structure.
    pub fn is_struct(&self, store: impl AsContext) -> Result<bool> {
        is(self.0, Kind::Struct, &store.as_context().inner.state)
    }

    /// The structure, if it is one.
    pub fn as_struct(&self, store: impl AsContext) -> Result<Option<Rooted<StructRef>>> {
        Ok(self.is_struct(store)?.then(|| Rooted::from_handle(self.0)))
    }

    /// Whether it is an array.
    pub fn is_array(&self, store: impl AsContext) -> Result<bool> {
        is(self.0, Kind::Array, &store.as_context().inner.state)
    }

    /// The array, if it is one.
    pub fn as_array(&self, store: impl AsContext) -> Result<Option<Rooted<ArrayRef>>> {
        Ok(self.is_array(store)?.then(|| Rooted::from_handle(self.0)))
    }

    /// Whether it is an `i31`, a structure or an array.
    pub fn is_eqref(&self, store: impl AsContext) -> Result<bool> {
        let store = store.as_context();
        Ok(self.is_i31(&store)? || self.is_struct(&store)? || self.is_array(&store)?)
    }

    /// The same as a value that can be compared, if it is one.
    pub fn as_eqref(&self, store: impl AsContext) -> Result<Option<Rooted<EqRef>>> {
        Ok(self.is_eqref(store)?.then(|| Rooted::from_handle(self.0)))
    }
}

/// Declares that every reference of a kind is an [`AnyRef`] too.
#[cfg(feature = "gc")]
macro_rules! any {
    ($($name:ident)+) => { $(
        impl Rooted<$name> {
            /// The same as any value of the guest's own.
            pub fn to_anyref(self) -> Rooted<AnyRef> {
                Rooted::from_handle(self.handle())
            }
        }

        impl From<Rooted<$name>> for Val {
            fn from(reference: Rooted<$name>) -> Val {
                Val::AnyRef(Some(reference.to_anyref()))
            }
        }
    )+ };
}

#[cfg(feature = "gc")]
any! { EqRef StructRef ArrayRef }
