//! Comparisons lane by lane (core spec, Vector Instructions: `vrelop`): a lane of the result is
//! all ones, which is −1, or all zeros.

use super::V128;
use super::lanes::zip;

/// Declares comparisons: how a lane is compared, and the lane of the result.
macro_rules! comparisons {
    ($Lane:ty => $Mask:ty; $($(#[doc = $doc:literal])+ $name:ident: $op:tt;)+) => { $(
        $(#[doc = $doc])+
        #[inline]
        pub fn $name(a: V128, b: V128) -> V128 {
            zip(a, b, |a: $Lane, b: $Lane| -<$Mask>::from(a $op b))
        }
    )+ };
}

/// Comparisons of integers without sign first, as the names say.
macro_rules! integers {
    ($Signed:ty, $Unsigned:ty;
     $eq:ident $ne:ident $lt_s:ident $gt_s:ident $le_s:ident $ge_s:ident $(; $lt_u:ident $gt_u:ident $le_u:ident $ge_u:ident)?) => {
        comparisons! { $Signed => $Signed;
            /// `ieq`, lane by lane
            $eq: ==;
            /// `ine`, lane by lane
            $ne: !=;
            /// `ilt_s`, lane by lane
            $lt_s: <;
            /// `igt_s`, lane by lane
            $gt_s: >;
            /// `ile_s`, lane by lane
            $le_s: <=;
            /// `ige_s`, lane by lane
            $ge_s: >=;
        }
        $( comparisons! { $Unsigned => $Signed;
            /// `ilt_u`, lane by lane
            $lt_u: <;
            /// `igt_u`, lane by lane
            $gt_u: >;
            /// `ile_u`, lane by lane
            $le_u: <=;
            /// `ige_u`, lane by lane
            $ge_u: >=;
        } )?
    };
}

integers! { i8, u8;
    i8x16_eq i8x16_ne i8x16_lt_s i8x16_gt_s i8x16_le_s i8x16_ge_s;
    i8x16_lt_u i8x16_gt_u i8x16_le_u i8x16_ge_u
}

integers! { i16, u16;
    i16x8_eq i16x8_ne i16x8_lt_s i16x8_gt_s i16x8_le_s i16x8_ge_s;
    i16x8_lt_u i16x8_gt_u i16x8_le_u i16x8_ge_u
}

integers! { i32, u32;
    i32x4_eq i32x4_ne i32x4_lt_s i32x4_gt_s i32x4_le_s i32x4_ge_s;
    i32x4_lt_u i32x4_gt_u i32x4_le_u i32x4_ge_u
}

integers! { i64, u64;
    i64x2_eq i64x2_ne i64x2_lt_s i64x2_gt_s i64x2_le_s i64x2_ge_s
}

/// Comparisons of floats.
macro_rules! floats {
    ($Float:ty, $Mask:ty; $eq:ident $ne:ident $lt:ident $gt:ident $le:ident $ge:ident) => {
        comparisons! { $Float => $Mask;
            /// `feq`, lane by lane
            $eq: ==;
            /// `fne`, lane by lane
            $ne: !=;
            /// `flt`, lane by lane
            $lt: <;
            /// `fgt`, lane by lane
            $gt: >;
            /// `fle`, lane by lane
            $le: <=;
            /// `fge`, lane by lane
            $ge: >=;
        }
    };
}

floats! { f32, i32; f32x4_eq f32x4_ne f32x4_lt f32x4_gt f32x4_le f32x4_ge }
floats! { f64, i64; f64x2_eq f64x2_ne f64x2_lt f64x2_gt f64x2_le f64x2_ge }
