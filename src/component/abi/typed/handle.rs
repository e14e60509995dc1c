//! Handles of any resource type, and of the host's own.

use super::{ComponentType, Lift, Lower, Ty, Types, defined, unchecked};
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::handle::{self, Lifted};
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::abi::resource::Resource;
use crate::component::abi::val::ResourceAny;
use crate::component::state::HostType;
use crate::error::{Misuse, Result};
use crate::types::component::Defined;
use crate::types::layout::Layout;

impl ComponentType for ResourceAny {
    const LAYOUTS: [Layout; 2] = [Layout::HANDLE; 2];

    fn typecheck(ty: Ty<'_>, types: &Types<'_>) -> Result<()> {
        match types.defined(ty)? {
            Some(Defined::Own(_) | Defined::Borrow(_)) => Ok(()),
            _ => Err(types.mismatch(ty, "a resource")),
        }
    }
}

impl<T: 'static> ComponentType for Resource<T> {
    const LAYOUTS: [Layout; 2] = [Layout::HANDLE; 2];

    fn typecheck(ty: Ty<'_>, types: &Types<'_>) -> Result<()> {
        match types.defined(ty)? {
            Some(Defined::Own(id) | Defined::Borrow(id)) if types.is_host_resource(id, HostType::host::<T>())? => {
                Ok(())
            }
            Some(Defined::Own(_) | Defined::Borrow(_)) => Err(types.mismatch(ty, "a resource of another type")),
            _ => Err(types.mismatch(ty, "a resource")),
        }
    }
}

/// A handle of the host as an index in the table of the side's instance.
trait IntoIndex {
    fn index(&self, cx: &mut Cx<'_>, side: &Side<'_>, defined: Defined<'_>) -> Result<u32>;
}

/// A handle of the host from such an index.
trait FromIndex: Sized {
    fn from_index(cx: &mut Cx<'_>, side: &Side<'_>, index: u32, defined: Defined<'_>) -> Result<Self>;
}

impl IntoIndex for ResourceAny {
    fn index(&self, cx: &mut Cx<'_>, side: &Side<'_>, defined: Defined<'_>) -> Result<u32> {
        crate::component::abi::store::lower_handle(cx, side, *self, defined)
    }
}

impl FromIndex for ResourceAny {
    fn from_index(cx: &mut Cx<'_>, side: &Side<'_>, index: u32, defined: Defined<'_>) -> Result<Self> {
        crate::component::abi::load::lift_any(cx, side, index, defined)
    }
}

// The host's own resources are known by their numbers: the host needs no handles for them.
impl<T: 'static> IntoIndex for Resource<T> {
    fn index(&self, cx: &mut Cx<'_>, side: &Side<'_>, defined: Defined<'_>) -> Result<u32> {
        match defined {
            Defined::Own(_) if !self.owned() => Err(Misuse::ResourceLent.into()),
            Defined::Own(ty) => {
                let rt = cx.resource_type(side, ty)?;
                handle::lower_own(cx, side, Lifted { rt, rep: self.rep() })
            }
            Defined::Borrow(ty) => {
                let rt = cx.resource_type(side, ty)?;
                handle::lower_borrow(cx, side, Lifted { rt, rep: self.rep() })
            }
            _ => Err(unchecked().into()),
        }
    }
}

impl<T: 'static> FromIndex for Resource<T> {
    fn from_index(cx: &mut Cx<'_>, side: &Side<'_>, index: u32, defined: Defined<'_>) -> Result<Self> {
        match defined {
            Defined::Own(ty) => Ok(Resource::new_own(handle::lift_own(cx, side, index, ty)?.rep)),
            Defined::Borrow(ty) => Ok(Resource::new_borrow(handle::lift_borrow(cx, side, index, ty)?.rep)),
            _ => Err(unchecked().into()),
        }
    }
}

macro_rules! handles {
    ($($Rust:ty, $($T:ident)?;)+) => { $(
        impl<$($T: 'static)?> Lower for $Rust {
            fn lower_flat(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, out: &mut FlatOut) -> Result<()> {
                let index = self.index(cx, side, defined(side, ty)?)?;
                out.push(u64::from(index))
            }

            fn store(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<()> {
                let index = self.index(cx, side, defined(side, ty)?)?;
                cx.store_int(side, u64::from(index), ptr, 4)
            }
        }

        impl<$($T: 'static)?> Lift for $Rust {
            fn lift_flat(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, flat: &mut FlatIn<'_>) -> Result<Self> {
                let index = flat.take()? as u32;
                Self::from_index(cx, side, index, defined(side, ty)?)
            }

            fn load(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<Self> {
                let index = cx.load_int(side, ptr, 4)? as u32;
                Self::from_index(cx, side, index, defined(side, ty)?)
            }
        }
    )+ };
}
handles! { ResourceAny,; Resource<T>, T; }
