//! Numbers, `bool` and `char`.

use super::{ComponentType, Lift, Lower, Ty, Types, unchecked};
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::load::normalize;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::abi::string::{range, range_mut};
use crate::error::Result;
use crate::support::Vec;
use crate::types::component::{PrimValType, ValType};
use crate::types::layout::Layout;

/// The Rust type, the component's, and how both go over into bits: `$lower` makes a flat value,
/// `$lift` reads what [`normalize`] made of one.
macro_rules! scalars {
    ($($Rust:ident $Prim:ident $lower:expr, $lift:expr;)+) => { $(
        impl ComponentType for $Rust {
            const LAYOUTS: [Layout; 2] = [Layout::primitive(PrimValType::$Prim); 2];

            fn typecheck(ty: Ty<'_>, types: &Types<'_>) -> Result<()> {
                match ty {
                    Ty::Value(ValType::Primitive(PrimValType::$Prim)) => Ok(()),
                    _ => Err(types.mismatch(ty, PrimValType::$Prim.text())),
                }
            }
        }

        impl Lower for $Rust {
            #[cfg(crossings)]
            const TEXTS: u32 = 0;

            #[inline]
            fn lower_flat(&self, _: &mut Cx<'_>, _: &Side<'_>, _: Ty<'_>, out: &mut FlatOut) -> Result<()> {
                out.push($lower(*self))
            }

            #[inline]
            fn store(&self, cx: &mut Cx<'_>, side: &Side<'_>, _: Ty<'_>, ptr: u64) -> Result<()> {
                cx.store_int(side, $lower(*self), ptr, PrimValType::$Prim.size())
            }

            fn store_all(items: &[Self], cx: &mut Cx<'_>, side: &Side<'_>, _: Ty<'_>, ptr: u64) -> Result<()> {
                const SIZE: usize = PrimValType::$Prim.size() as usize;
                let place = range_mut(cx.memory_mut(side)?, ptr, (items.len() * SIZE) as u64);
                let places = place.ok_or_else(unchecked)?.as_chunks_mut::<SIZE>().0;
                for (place, item) in places.iter_mut().zip(items) {
                    if let Some(bytes) = $lower(*item).to_le_bytes().first_chunk::<SIZE>() {
                        *place = *bytes;
                    }
                }
                Ok(())
            }
        }

        impl Lift for $Rust {
            #[inline]
            fn lift_flat(_: &mut Cx<'_>, _: &Side<'_>, _: Ty<'_>, flat: &mut FlatIn<'_>) -> Result<Self> {
                Ok($lift(normalize(PrimValType::$Prim, flat.take()?)?))
            }

            #[inline]
            fn load(cx: &mut Cx<'_>, side: &Side<'_>, _: Ty<'_>, ptr: u64) -> Result<Self> {
                let bits = cx.load_int(side, ptr, PrimValType::$Prim.size())?;
                Ok($lift(normalize(PrimValType::$Prim, bits)?))
            }

            fn load_all(cx: &mut Cx<'_>, side: &Side<'_>, _: Ty<'_>, ptr: u64, length: u64) -> Result<Vec<Self>> {
                const SIZE: usize = PrimValType::$Prim.size() as usize;
                let bytes = range(cx.memory(side)?, ptr, length * SIZE as u64).ok_or_else(unchecked)?;
                let mut bad = Ok(());
                let items = Vec::collect_map(bytes.as_chunks::<SIZE>().0, |chunk| {
                    let mut bits = [0; 8];
                    if let Some(place) = bits.first_chunk_mut::<SIZE>() {
                        *place = *chunk;
                    }
                    let bits = normalize(PrimValType::$Prim, u64::from_le_bytes(bits));
                    $lift(bits.unwrap_or_else(|error| {
                        bad = Err(error);
                        0
                    }))
                })?;
                bad.map(|()| items)
            }
        }
    )+ };
}

// Signed numbers fill their core type and no more, as those that guests make.
scalars! {
    bool Bool u64::from, |bits: u64| bits != 0;
    u8 U8 u64::from, |bits: u64| bits as u8;
    i8 S8 |value: i8| u64::from(i32::from(value) as u32), |bits: u64| bits as i8;
    u16 U16 u64::from, |bits: u64| bits as u16;
    i16 S16 |value: i16| u64::from(i32::from(value) as u32), |bits: u64| bits as i16;
    u32 U32 u64::from, |bits: u64| bits as u32;
    i32 S32 |value: i32| u64::from(value as u32), |bits: u64| bits as i32;
    u64 U64 |value: u64| value, |bits: u64| bits;
    i64 S64 |value: i64| value as u64, |bits: u64| bits as i64;
    f32 F32 |value: f32| u64::from(canonical_f32(value)), |bits: u64| f32::from_bits(bits as u32);
    f64 F64 canonical_f64, f64::from_bits;
    char Char |value: char| u64::from(u32::from(value)), |bits: u64| char::from_u32(bits as u32).unwrap_or_default();
}

/// `maybe_scramble_nan32`: of the bits that it may choose these, which never tell anything.
fn canonical_f32(value: f32) -> u32 {
    if value.is_nan() { crate::types::number::CANONICAL_FLOAT32_NAN } else { value.to_bits() }
}

/// `maybe_scramble_nan64`
fn canonical_f64(value: f64) -> u64 {
    if value.is_nan() { crate::types::number::CANONICAL_FLOAT64_NAN } else { value.to_bits() }
}
