//! `option` and `result`.

use super::{ComponentType, Lift, Lower, Ty, Types, defined, layout, unchecked};
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::error::{Result, Trap};
use crate::syntax::AddrType;
use crate::types::component::Defined;
use crate::types::layout::{Layout, VariantLayout};

/// `lower_flat_variant`, of a variant with this layout.
fn lower_flat_variant<P: Lower>(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    whole: Layout,
    (discriminant, payload): (u32, Option<(&P, Ty<'_>)>),
    out: &mut FlatOut,
) -> Result<()> {
    let end = out.len() + whole.flat.count() as usize;
    out.push(u64::from(discriminant))?;
    if let Some((payload, ty)) = payload {
        payload.lower_flat(cx, side, ty, out)?;
    }
    out.pad_to(end)
}

/// `store_variant`, of a variant whose payload lies at `offset`.
fn store_variant<P: Lower>(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    offset: u32,
    (discriminant, payload): (u32, Option<(&P, Ty<'_>)>),
    ptr: u64,
) -> Result<()> {
    cx.store_int(side, u64::from(discriminant), ptr, 1)?;
    match payload {
        Some((payload, ty)) => payload.store(cx, side, ty, ptr + u64::from(offset)),
        None => Ok(()),
    }
}

#[cold]
fn no_case(discriminant: u32) -> crate::Error {
    Trap::InvalidDiscriminant { discriminant }.into()
}

/// The layout of a variant of two cases on a side.
fn pick(side: &Side<'_>, layouts: [VariantLayout; 2]) -> VariantLayout {
    let [narrow, wide] = layouts;
    match side.opts.pointer() {
        AddrType::I32 => narrow,
        AddrType::I64 => wide,
    }
}

const fn wholes([narrow, wide]: [VariantLayout; 2]) -> [Layout; 2] {
    [narrow.whole, wide.whole]
}

trait Variant {
    /// With pointers of 32 and of 64 bits.
    const VARIANTS: [VariantLayout; 2];
}

impl<T: ComponentType> Variant for Option<T> {
    const VARIANTS: [VariantLayout; 2] = {
        let [narrow, wide] = T::LAYOUTS;
        [Layout::variant(2, &[narrow]), Layout::variant(2, &[wide])]
    };
}

impl<T: ComponentType, E: ComponentType> Variant for Result<T, E> {
    const VARIANTS: [VariantLayout; 2] = {
        let ([narrow, wide], [err_narrow, err_wide]) = (T::LAYOUTS, E::LAYOUTS);
        [Layout::variant(2, &[narrow, err_narrow]), Layout::variant(2, &[wide, err_wide])]
    };
}

impl<T: ComponentType> ComponentType for Option<T> {
    const LAYOUTS: [Layout; 2] = wholes(Self::VARIANTS);

    fn typecheck(ty: Ty<'_>, types: &Types<'_>) -> Result<()> {
        match types.defined(ty)? {
            Some(Defined::Option(some)) => {
                T::typecheck(Ty::Value(some), types).map_err(|error| error.context(format_args!(".some")))
            }
            _ => Err(types.mismatch(ty, "option")),
        }
    }
}

fn some<'t>(side: &Side<'t>, ty: Ty<'_>) -> Result<Ty<'t>> {
    match defined(side, ty)? {
        Defined::Option(ty) => Ok(Ty::Value(ty)),
        _ => Err(unchecked().into()),
    }
}

fn option_case<'v, 't, T>(value: &'v Option<T>, side: &Side<'t>, ty: Ty<'_>) -> Result<(u32, Option<(&'v T, Ty<'t>)>)> {
    Ok(match value {
        None => (0, None),
        Some(payload) => (1, Some((payload, some(side, ty)?))),
    })
}

impl<T: Lower> Lower for Option<T> {
    fn lower_flat(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, out: &mut FlatOut) -> Result<()> {
        lower_flat_variant(cx, side, layout::<Self>(side), option_case(self, side, ty)?, out)
    }

    fn store(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<()> {
        store_variant(cx, side, pick(side, Self::VARIANTS).payload, option_case(self, side, ty)?, ptr)
    }
}

impl<T: Lift> Lift for Option<T> {
    fn lift_flat(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, flat: &mut FlatIn<'_>) -> Result<Self> {
        let discriminant = flat.take()? as u32;
        let mut payload = *flat;
        flat.skip(layout::<T>(side).flat.count() as usize);
        match discriminant {
            0 => Ok(None),
            1 => T::lift_flat(cx, side, some(side, ty)?, &mut payload).map(Some),
            _ => Err(no_case(discriminant)),
        }
    }

    fn load(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<Self> {
        match cx.load_int(side, ptr, 1)? as u32 {
            0 => Ok(None),
            1 => {
                let at = ptr + u64::from(pick(side, Self::VARIANTS).payload);
                T::load(cx, side, some(side, ty)?, at).map(Some)
            }
            discriminant => Err(no_case(discriminant)),
        }
    }
}

impl<T: ComponentType, E: ComponentType> ComponentType for Result<T, E> {
    const LAYOUTS: [Layout; 2] = wholes(Self::VARIANTS);

    fn typecheck(ty: Ty<'_>, types: &Types<'_>) -> Result<()> {
        match types.defined(ty)? {
            Some(Defined::Result { ok, err }) => {
                T::typecheck(Ty::of(ok), types).map_err(|error| error.context(format_args!(".ok")))?;
                E::typecheck(Ty::of(err), types).map_err(|error| error.context(format_args!(".err")))
            }
            _ => Err(types.mismatch(ty, "result")),
        }
    }
}

/// The types of both payloads.
fn ok_err<'t>(side: &Side<'t>, ty: Ty<'_>) -> Result<(Ty<'t>, Ty<'t>)> {
    match defined(side, ty)? {
        Defined::Result { ok, err } => Ok((Ty::of(ok), Ty::of(err))),
        _ => Err(unchecked().into()),
    }
}

impl<T: Lower, E: Lower> Lower for Result<T, E> {
    fn lower_flat(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, out: &mut FlatOut) -> Result<()> {
        let (ok, err) = ok_err(side, ty)?;
        let layout = layout::<Self>(side);
        match self {
            Ok(payload) => lower_flat_variant(cx, side, layout, (0, Some((payload, ok))), out),
            Err(payload) => lower_flat_variant(cx, side, layout, (1, Some((payload, err))), out),
        }
    }

    fn store(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<()> {
        let (ok, err) = ok_err(side, ty)?;
        let offset = pick(side, Self::VARIANTS).payload;
        match self {
            Ok(payload) => store_variant(cx, side, offset, (0, Some((payload, ok))), ptr),
            Err(payload) => store_variant(cx, side, offset, (1, Some((payload, err))), ptr),
        }
    }
}

impl<T: Lift, E: Lift> Lift for Result<T, E> {
    fn lift_flat(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, flat: &mut FlatIn<'_>) -> Result<Self> {
        let (ok, err) = ok_err(side, ty)?;
        let discriminant = flat.take()? as u32;
        let mut payload = *flat;
        flat.skip(layout::<Self>(side).flat.count().saturating_sub(1) as usize);
        match discriminant {
            0 => T::lift_flat(cx, side, ok, &mut payload).map(Ok),
            1 => E::lift_flat(cx, side, err, &mut payload).map(Err),
            _ => Err(no_case(discriminant)),
        }
    }

    fn load(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<Self> {
        let (ok, err) = ok_err(side, ty)?;
        let payload = ptr + u64::from(pick(side, Self::VARIANTS).payload);
        match cx.load_int(side, ptr, 1)? as u32 {
            0 => T::load(cx, side, ok, payload).map(Ok),
            1 => E::load(cx, side, err, payload).map(Err),
            discriminant => Err(no_case(discriminant)),
        }
    }
}
