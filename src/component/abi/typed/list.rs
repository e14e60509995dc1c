//! Lists, whose length is in the value or in the type.

use super::{ComponentType, Lift, Lower, PAIR, Ty, Types, defined, layout, push_pair, take_pair, unchecked};
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::{FlatIn, Source};
use crate::component::abi::lower_flat::{FlatOut, Sink};
use crate::component::abi::store::list_size;
use crate::error::Result;
use crate::support::{Vec, vec};
use crate::types::component::Defined;
use crate::types::layout::Layout;

/// The type of a list's elements.
fn element<'t>(side: &Side<'t>, ty: Ty<'_>) -> Result<Ty<'t>> {
    match defined(side, ty)? {
        Defined::List(ty) | Defined::FixedLengthList(ty, _) => Ok(Ty::Value(ty)),
        _ => Err(unchecked().into()),
    }
}

/// `store_list_into_range`
fn store_list<T: Lower>(cx: &mut Cx<'_>, side: &Side<'_>, items: &[T], ty: Ty<'_>) -> Result<(u64, u64)> {
    let Layout { size, align, .. } = layout::<T>(side);
    let bytes = list_size(items.len(), size)?;
    cx.charge_copy(u64::from(bytes));
    let ptr = cx.allocate(side, align, bytes)?;
    T::store_all(items, cx, side, element(side, ty)?, ptr)?;
    Ok((ptr, items.len() as u64))
}

/// `load_list_from_range`
fn load_list<T: Lift>(cx: &mut Cx<'_>, side: &Side<'_>, (ptr, length): (u64, u64), ty: Ty<'_>) -> Result<Vec<T>> {
    let layout = layout::<T>(side);
    cx.check_list(side, ptr, length, layout)?;
    // In bounds, so this is no more than the memory has.
    cx.charge_copy(length * u64::from(layout.size));
    // What lies in memory may be smaller than what it becomes, and be lifted many times.
    cx.take_nodes(1 + length.saturating_mul(size_of::<T>() as u64) / 16)?;
    T::load_all(cx, side, element(side, ty)?, ptr, length)
}

macro_rules! lists {
    ($($Rust:ty;)+) => { $(
        impl<T: ComponentType> ComponentType for $Rust {
            const LAYOUTS: [Layout; 2] = PAIR;

            fn typecheck(ty: Ty<'_>, types: &Types<'_>) -> Result<()> {
                match types.defined(ty)? {
                    Some(Defined::List(elem)) => {
                        T::typecheck(Ty::Value(elem), types).map_err(|error| error.context(format_args!("[]")))
                    }
                    _ => Err(types.mismatch(ty, "list")),
                }
            }
        }

        impl<T: Lower> Lower for $Rust {
            fn lower_flat(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, out: &mut FlatOut) -> Result<()> {
                push_pair(out, store_list(cx, side, self, ty)?)
            }

            fn store(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<()> {
                let pair = store_list(cx, side, self, ty)?;
                Sink::Memory(ptr).put_pair(cx, side, pair)
            }
        }
    )+ };
}
lists! { [T]; Vec<T>; vec::Std<T>; }

impl<T: Lift> Lift for Vec<T> {
    fn lift_flat(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, flat: &mut FlatIn<'_>) -> Result<Self> {
        let pair = take_pair(side, flat)?;
        load_list(cx, side, pair, ty)
    }

    fn load(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<Self> {
        let pair = Source::Memory(ptr).take_pair(cx, side)?;
        load_list(cx, side, pair, ty)
    }
}

impl<T: Lift> Lift for vec::Std<T> {
    fn lift_flat(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, flat: &mut FlatIn<'_>) -> Result<Self> {
        Vec::lift_flat(cx, side, ty, flat).map(Vec::into_inner)
    }

    fn load(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<Self> {
        Vec::load(cx, side, ty, ptr).map(Vec::into_inner)
    }
}

const fn array(elem: Layout, len: usize) -> Layout {
    // Validation refuses types anywhere near this long.
    let len = if len > 1 << 30 { 1 << 30 } else { len as u32 };
    Layout { size: elem.size.saturating_mul(len), align: elem.align, flat: elem.flat.repeated(len) }
}

impl<T: ComponentType, const N: usize> ComponentType for [T; N] {
    const LAYOUTS: [Layout; 2] = {
        let [narrow, wide] = T::LAYOUTS;
        [array(narrow, N), array(wide, N)]
    };

    fn typecheck(ty: Ty<'_>, types: &Types<'_>) -> Result<()> {
        match types.defined(ty)? {
            Some(Defined::FixedLengthList(elem, len)) if len as usize == N => {
                T::typecheck(Ty::Value(elem), types).map_err(|error| error.context(format_args!("[]")))
            }
            _ => Err(types.mismatch(ty, "a list of fixed length")),
        }
    }
}

impl<T: Lower, const N: usize> Lower for [T; N] {
    fn lower_flat(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, out: &mut FlatOut) -> Result<()> {
        let ty = element(side, ty)?;
        self.iter().try_for_each(|item| item.lower_flat(cx, side, ty, out))
    }

    fn store(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<()> {
        T::store_all(self, cx, side, element(side, ty)?, ptr)
    }
}

impl<T: Lift, const N: usize> Lift for [T; N] {
    fn lift_flat(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, flat: &mut FlatIn<'_>) -> Result<Self> {
        let ty = element(side, ty)?;
        let mut items = Vec::with_capacity(N)?;
        for _ in 0..N {
            items.push(T::lift_flat(cx, side, ty, flat)?)?;
        }
        items.into_inner().try_into().map_err(|_| unchecked().into())
    }

    fn load(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<Self> {
        let items = T::load_all(cx, side, element(side, ty)?, ptr, N as u64)?;
        items.into_inner().try_into().map_err(|_| unchecked().into())
    }
}
