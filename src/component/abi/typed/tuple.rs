//! Tuples; and the parameters and results of functions, which are passed as tuples are.

use super::{ComponentType, Lift, Lower, Ty, Types, defined, unchecked};
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::abi::step::Step;
use crate::error::{Bug, Error, Result};
use crate::types::component::{Defined, Field, Members, ValType};
use crate::types::layout::{Layout, RecordOffsets};

/// A tuple of Rust types that stand for the parameters or the result of a function. A function
/// with a result has a tuple of one, `(R,)`, one without has `()`.
pub trait ComponentNamedList: ComponentType {}

/// The types of a tuple's parts.
#[derive(Clone, Copy)]
enum Items<'t> {
    Types(Members<'t, ValType>),
    Fields(Members<'t, Field>),
    One(Option<ValType>),
}

impl<'t> Items<'t> {
    fn of(side: &Side<'t>, ty: Ty<'t>) -> Result<Self, Bug> {
        Ok(match ty {
            Ty::Params(fields) => Items::Fields(fields),
            Ty::Result(ty) => Items::One(Some(ty)),
            Ty::None => Items::One(None),
            Ty::Value(_) => match defined(side, ty)? {
                Defined::Tuple(types) => Items::Types(types),
                _ => return Err(unchecked()),
            },
        })
    }

    fn len(self) -> usize {
        match self {
            Items::Types(types) => types.len(),
            Items::Fields(fields) => fields.len(),
            Items::One(ty) => usize::from(ty.is_some()),
        }
    }

    #[inline]
    fn get(self, at: usize) -> Result<Ty<'t>, Bug> {
        let ty = match self {
            Items::Types(types) => types.get(at),
            Items::Fields(fields) => fields.get(at).map(|field| field.ty),
            Items::One(ty) => ty,
        };
        ty.map(Ty::Value).ok_or_else(unchecked)
    }

    /// The same error, with the step to the part that is wrong.
    #[cold]
    fn wrong(self, error: Error, side: &Side<'_>, at: usize) -> Error {
        match self {
            Items::Fields(fields) => match fields.get(at) {
                Some(field) => Step::Param(field.name).of(error, side),
                None => error,
            },
            Items::Types(_) => Step::Item(at).of(error, side),
            Items::One(_) => Step::Result.of(error, side),
        }
    }

    /// Checks one part; says which one is wrong.
    fn check<T: ComponentType>(self, at: usize, types: &Types<'_>) -> Result<()> {
        T::typecheck(self.get(at)?, types).map_err(|error| match self {
            Items::Fields(fields) => {
                let name = fields.get(at).map_or("", |field| types.image.name(field.name));
                error.context(format_args!("param {name}"))
            }
            Items::Types(_) => error.context(format_args!(".{at}")),
            Items::One(_) => error.context(format_args!("result")),
        })
    }
}

macro_rules! tuples {
    ($($len:literal ($($T:ident $at:literal)*);)+) => { $(
        impl<$($T: ComponentType),*> ComponentNamedList for ($($T,)*) {}

        #[allow(unused_variables)]
        impl<$($T: ComponentType),*> ComponentType for ($($T,)*) {
            const LAYOUTS: [Layout; 2] = [Layout::tuple(&[$($T::LAYOUTS[0]),*]), Layout::tuple(&[$($T::LAYOUTS[1]),*])];

            fn typecheck(ty: Ty<'_>, types: &Types<'_>) -> Result<()> {
                let items = match (ty, types.defined(ty)?) {
                    (Ty::Params(fields), _) => Items::Fields(fields),
                    (Ty::Result(ty), _) => Items::One(Some(ty)),
                    (Ty::None, _) => Items::One(None),
                    (_, Some(Defined::Tuple(types))) => Items::Types(types),
                    _ => return Err(types.mismatch(ty, concat!("a tuple of ", $len))),
                };
                if items.len() != $len {
                    return Err(types.mismatch(ty, stringify!($len)));
                }
                $( items.check::<$T>($at, types)?; )*
                Ok(())
            }
        }

        #[allow(non_snake_case, unused_variables, unused_mut)]
        impl<$($T: Lower),*> Lower for ($($T,)*) {
            #[cfg(crossings)]
            const TEXTS: u32 = 0 $( + $T::TEXTS )*;

            #[cfg(crossings)]
            #[inline]
            fn text(&self) -> &str {
                let text = "";
                let ($($T,)*) = self;
                $( let text = if $T::TEXTS == 1 { $T.text() } else { text }; )*
                text
            }

            #[inline]
            fn lower_flat(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, out: &mut FlatOut) -> Result<()> {
                let items = Items::of(side, ty)?;
                let ($($T,)*) = self;
                $( $T.lower_flat(cx, side, items.get($at)?, out)?; )*
                Ok(())
            }

            fn store(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<()> {
                let items = Items::of(side, ty)?;
                let mut offsets = RecordOffsets::new();
                let ($($T,)*) = self;
                $(
                    let at = ptr + u64::from(offsets.next(super::layout::<$T>(side)));
                    $T.store(cx, side, items.get($at)?, at)?;
                )*
                Ok(())
            }
        }

        #[allow(non_snake_case, unused_variables, unused_mut)]
        impl<$($T: Lift),*> Lift for ($($T,)*) {
            #[inline]
            fn lift_flat(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, flat: &mut FlatIn<'_>) -> Result<Self> {
                let items = Items::of(side, ty)?;
                $(
                    let $T = $T::lift_flat(cx, side, items.get($at)?, flat);
                    let $T = $T.map_err(|error| items.wrong(error, side, $at))?;
                )*
                Ok(($($T,)*))
            }

            fn load(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<Self> {
                let items = Items::of(side, ty)?;
                let mut offsets = RecordOffsets::new();
                $(
                    let at = ptr + u64::from(offsets.next(super::layout::<$T>(side)));
                    let $T = $T::load(cx, side, items.get($at)?, at);
                    let $T = $T.map_err(|error| items.wrong(error, side, $at))?;
                )*
                Ok(($($T,)*))
            }
        }
    )+ };
}

tuples! {
    0 ();
    1 (A 0);
    2 (A 0 B 1);
    3 (A 0 B 1 C 2);
    4 (A 0 B 1 C 2 D 3);
    5 (A 0 B 1 C 2 D 3 E 4);
    6 (A 0 B 1 C 2 D 3 E 4 F 5);
    7 (A 0 B 1 C 2 D 3 E 4 F 5 G 6);
    8 (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7);
    9 (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8);
    10 (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9);
    11 (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10);
    12 (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11);
    13 (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12);
    14 (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13);
    15 (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14);
    16 (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14 P 15);
    17 (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14 P 15 Q 16);
}
