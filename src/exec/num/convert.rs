//! Conversions (core spec, Conversions).

use super::float::{canonical_f32, canonical_f64};
use crate::error::Trap;

/// Declares conversions from floats to integers: the one that traps, between two bounds that
/// are floats themselves, and the one that saturates.
macro_rules! truncations {
    ($($trunc:ident $sat:ident: $Float:ty => $Int:ty as $Slot:ty, $low:literal $above:tt a, a < $high:literal;)+) => { $(
        /// `trunc`
        #[inline]
        // The lower bound is in or out, as the row says.
        #[allow(clippy::manual_range_contains)]
        pub fn $trunc(a: $Float) -> Result<$Slot, Trap> {
            if $low $above a && a < $high {
                return Ok($sat(a));
            }
            Err(if a.is_nan() { Trap::InvalidConversionToInteger } else { Trap::IntegerOverflow })
        }

        /// `trunc_sat`
        #[cfg_attr(compact, inline(never))]
        #[cfg_attr(not(compact), inline)]
        pub fn $sat(a: $Float) -> $Slot {
            // `as` saturates and takes NaN to 0, as `trunc_sat` does.
            a as $Int as $Slot
        }
    )+ };
}

truncations! {
    i32_trunc_f32_s i32_trunc_sat_f32_s: f32 => i32 as i32, -2147483648.0 <= a, a < 2147483648.0;
    i32_trunc_f32_u i32_trunc_sat_f32_u: f32 => u32 as i32, -1.0 < a, a < 4294967296.0;
    i32_trunc_f64_s i32_trunc_sat_f64_s: f64 => i32 as i32, -2147483649.0 < a, a < 2147483648.0;
    i32_trunc_f64_u i32_trunc_sat_f64_u: f64 => u32 as i32, -1.0 < a, a < 4294967296.0;
    i64_trunc_f32_s i64_trunc_sat_f32_s: f32 => i64 as i64, -9223372036854775808.0 <= a, a < 9223372036854775808.0;
    i64_trunc_f32_u i64_trunc_sat_f32_u: f32 => u64 as i64, -1.0 < a, a < 18446744073709551616.0;
    i64_trunc_f64_s i64_trunc_sat_f64_s: f64 => i64 as i64, -9223372036854775808.0 <= a, a < 9223372036854775808.0;
    i64_trunc_f64_u i64_trunc_sat_f64_u: f64 => u64 as i64, -1.0 < a, a < 18446744073709551616.0;
}

/// `wrap`
#[inline]
pub fn i32_wrap_i64(a: i64) -> i32 {
    a as i32
}

/// `extend_s`
#[inline]
pub fn i64_extend_i32_s(a: i32) -> i64 {
    i64::from(a)
}

/// `extend_u`
#[inline]
pub fn i64_extend_i32_u(a: i32) -> i64 {
    i64::from(a.cast_unsigned())
}

/// Declares conversions from integers to floats, rounded to nearest, ties to even.
macro_rules! conversions {
    ($($name:ident: $Slot:ty as $Int:ty => $Float:ty;)+) => { $(
        /// `convert`
        #[inline]
        pub fn $name(a: $Slot) -> $Float {
            a as $Int as $Float
        }
    )+ };
}

conversions! {
    f32_convert_i32_s: i32 as i32 => f32;
    f32_convert_i32_u: i32 as u32 => f32;
    f32_convert_i64_s: i64 as i64 => f32;
    f32_convert_i64_u: i64 as u64 => f32;
    f64_convert_i32_s: i32 as i32 => f64;
    f64_convert_i32_u: i32 as u32 => f64;
    f64_convert_i64_s: i64 as i64 => f64;
    f64_convert_i64_u: i64 as u64 => f64;
}

/// `demote`
#[inline]
pub fn f32_demote_f64(a: f64) -> f32 {
    canonical_f32(a as f32)
}

/// `promote`
#[inline]
pub fn f64_promote_f32(a: f32) -> f64 {
    canonical_f64(f64::from(a))
}

/// `reinterpret`
#[inline]
pub fn i32_reinterpret_f32(a: f32) -> i32 {
    a.to_bits().cast_signed()
}

/// `reinterpret`
#[inline]
pub fn i64_reinterpret_f64(a: f64) -> i64 {
    a.to_bits().cast_signed()
}

/// `reinterpret`
#[inline]
pub fn f32_reinterpret_i32(a: i32) -> f32 {
    f32::from_bits(a.cast_unsigned())
}

/// `reinterpret`
#[inline]
pub fn f64_reinterpret_i64(a: i64) -> f64 {
    f64::from_bits(a.cast_unsigned())
}
