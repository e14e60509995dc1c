//! Strings.

use super::{ComponentType, Lift, Lower, PAIR, Ty, Types, push_pair, take_pair};
#[cfg(crossings)]
use crate::component::abi::context::Later;
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::{FlatIn, Source};
use crate::component::abi::load::load_text;
use crate::component::abi::lower_flat::{FlatOut, Sink};
use crate::component::abi::store::store_text;
use crate::error::Result;
use crate::support::{String, string};
use crate::types::component::{PrimValType, ValType};
use crate::types::layout::Layout;

macro_rules! strings {
    ($($Rust:ty;)+) => { $(
        impl ComponentType for $Rust {
            const LAYOUTS: [Layout; 2] = PAIR;

            fn typecheck(ty: Ty<'_>, types: &Types<'_>) -> Result<()> {
                match ty {
                    Ty::Value(ValType::Primitive(PrimValType::String)) => Ok(()),
                    _ => Err(types.mismatch(ty, "string")),
                }
            }
        }

        impl Lower for $Rust {
            #[cfg(crossings)]
            const TEXTS: u32 = 1;

            #[cfg(crossings)]
            #[inline]
            fn text(&self) -> &str {
                self
            }

            #[inline]
            fn lower_flat(&self, cx: &mut Cx<'_>, side: &Side<'_>, _: Ty<'_>, out: &mut FlatOut) -> Result<()> {
                #[cfg(crossings)]
                if let Later::Next = cx.later {
                    cx.later = Later::Waits(out.len());
                    return push_pair(out, (0, 0));
                }
                push_pair(out, store_text(cx, side, self)?)
            }

            fn store(&self, cx: &mut Cx<'_>, side: &Side<'_>, _: Ty<'_>, ptr: u64) -> Result<()> {
                let pair = store_text(cx, side, self)?;
                Sink::Memory(ptr).put_pair(cx, side, pair)
            }
        }
    )+ };
}
strings! { str; String; string::Std; }

impl Lift for String {
    #[inline]
    fn lift_flat(cx: &mut Cx<'_>, side: &Side<'_>, _: Ty<'_>, flat: &mut FlatIn<'_>) -> Result<Self> {
        let (ptr, units) = take_pair(side, flat)?;
        load_text(cx, side, ptr, units)
    }

    #[inline]
    fn load(cx: &mut Cx<'_>, side: &Side<'_>, _: Ty<'_>, ptr: u64) -> Result<Self> {
        let (ptr, units) = Source::Memory(ptr).take_pair(cx, side)?;
        load_text(cx, side, ptr, units)
    }
}

impl Lift for string::Std {
    #[inline]
    fn lift_flat(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, flat: &mut FlatIn<'_>) -> Result<Self> {
        String::lift_flat(cx, side, ty, flat).map(String::into_inner)
    }

    #[inline]
    fn load(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<Self> {
        String::load(cx, side, ty, ptr).map(String::into_inner)
    }
}
