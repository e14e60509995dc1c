//! Readable ends of streams and futures.

use super::{ComponentType, Lift, Lower, Ty, Types, defined, unchecked};
use crate::component::abi::async_value;
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::host_end::{self, HostEnd};
use crate::error::Result;
use crate::types::component::{Defined, ValType};
use crate::types::layout::Layout;
use core::marker::PhantomData;

/// The end of a stream of `I` that values are read from, held by the host: `stream<I>` as a
/// parameter or result.
///
/// It has to be given to a component, or [closed](Self::close): only the store can do it, so
/// dropping this does not.
#[derive(Debug)]
#[must_use = "an end that is only dropped is never closed"]
pub struct StreamReader<I> {
    pub(crate) end: HostEnd,
    item: PhantomData<fn() -> I>,
}

/// The end of a future of `I` that its value is read from, held by the host: `future<I>` as a
/// parameter or result. See [`StreamReader`].
#[derive(Debug)]
#[must_use = "an end that is only dropped is never closed"]
pub struct FutureReader<I> {
    pub(crate) end: HostEnd,
    item: PhantomData<fn() -> I>,
}

macro_rules! readers {
    ($($Reader:ident $Defined:ident $name:literal $lift:ident;)+) => { $(
        impl<I> $Reader<I> {
            pub(crate) const fn of(end: HostEnd) -> Self {
                Self { end, item: PhantomData }
            }

            fn item(side: &Side<'_>, ty: Ty<'_>) -> Result<Option<ValType>> {
                match defined(side, ty)? {
                    Defined::$Defined(item) => Ok(item),
                    _ => Err(unchecked().into()),
                }
            }

            fn from_index(cx: &mut Cx<'_>, side: &Side<'_>, index: u32, ty: Ty<'_>) -> Result<Self> {
                let item = Self::item(side, ty)?;
                let id = async_value::$lift(cx, side, index, item)?;
                Ok(Self::of(cx.live.name_host_end(id)?))
            }
        }

        impl<I: ComponentType> ComponentType for $Reader<I> {
            const LAYOUTS: [Layout; 2] = [Layout::HANDLE; 2];

            fn typecheck(ty: Ty<'_>, types: &Types<'_>) -> Result<()> {
                match types.defined(ty)? {
                    Some(Defined::$Defined(item)) => I::typecheck(Ty::of(item), types),
                    _ => Err(types.mismatch(ty, $name)),
                }
            }
        }

        impl<I: ComponentType> Lower for $Reader<I> {
            fn lower_flat(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, out: &mut FlatOut) -> Result<()> {
                let item = Self::item(side, ty)?;
                let index = host_end::lower(cx, side, self.end, item)?;
                out.push(u64::from(index))
            }

            fn store(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<()> {
                let item = Self::item(side, ty)?;
                let index = host_end::lower(cx, side, self.end, item)?;
                cx.store_int(side, u64::from(index), ptr, 4)
            }
        }

        impl<I: ComponentType> Lift for $Reader<I> {
            fn lift_flat(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, flat: &mut FlatIn<'_>) -> Result<Self> {
                let index = flat.take()? as u32;
                Self::from_index(cx, side, index, ty)
            }

            fn load(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<Self> {
                let index = cx.load_int(side, ptr, 4)? as u32;
                Self::from_index(cx, side, index, ty)
            }
        }
    )+ };
}
readers! {
    StreamReader Stream "a stream" lift_stream;
    FutureReader Future "a future" lift_future;
}
