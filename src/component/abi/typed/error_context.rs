//! Error contexts.

use super::{ComponentType, Lift, Lower, Ty, Types};
use crate::component::abi::async_any::ErrorContextAny;
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::error::Result;
use crate::types::component::{PrimValType, ValType};
use crate::types::layout::Layout;

impl ComponentType for ErrorContextAny {
    const LAYOUTS: [Layout; 2] = [Layout::HANDLE; 2];

    fn typecheck(ty: Ty<'_>, types: &Types<'_>) -> Result<()> {
        match ty {
            Ty::Value(ValType::Primitive(PrimValType::ErrorContext)) => Ok(()),
            _ => Err(types.mismatch(ty, "an error context")),
        }
    }
}

impl Lower for ErrorContextAny {
    fn lower_flat(&self, cx: &mut Cx<'_>, side: &Side<'_>, _: Ty<'_>, out: &mut FlatOut) -> Result<()> {
        let index = self.lower(cx, side)?;
        out.push(u64::from(index))
    }

    fn store(&self, cx: &mut Cx<'_>, side: &Side<'_>, _: Ty<'_>, ptr: u64) -> Result<()> {
        let index = self.lower(cx, side)?;
        cx.store_int(side, u64::from(index), ptr, 4)
    }
}

impl Lift for ErrorContextAny {
    fn lift_flat(cx: &mut Cx<'_>, side: &Side<'_>, _: Ty<'_>, flat: &mut FlatIn<'_>) -> Result<Self> {
        let index = flat.take()? as u32;
        Self::lift(cx, side, index)
    }

    fn load(cx: &mut Cx<'_>, side: &Side<'_>, _: Ty<'_>, ptr: u64) -> Result<Self> {
        let index = cx.load_int(side, ptr, 4)? as u32;
        Self::lift(cx, side, index)
    }
}
