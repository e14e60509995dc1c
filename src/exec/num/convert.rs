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

/// Has `$with` declare conversions of floats that small processors do not have, or to integers of that kind.
macro_rules! long_truncations {
    ($with:ident) => {
        $with! {
            i32_trunc_f64_s i32_trunc_sat_f64_s: f64 => i32 as i32, -2147483649.0 < a, a < 2147483648.0;
            i32_trunc_f64_u i32_trunc_sat_f64_u: f64 => u32 as i32, -1.0 < a, a < 4294967296.0;
            i64_trunc_f32_s i64_trunc_sat_f32_s: f32 => i64 as i64, -9223372036854775808.0 <= a, a < 9223372036854775808.0;
            i64_trunc_f32_u i64_trunc_sat_f32_u: f32 => u64 as i64, -1.0 < a, a < 18446744073709551616.0;
            i64_trunc_f64_s i64_trunc_sat_f64_s: f64 => i64 as i64, -9223372036854775808.0 <= a, a < 9223372036854775808.0;
            i64_trunc_f64_u i64_trunc_sat_f64_u: f64 => u64 as i64, -1.0 < a, a < 18446744073709551616.0;
        }
    };
}

/// The same conversions for processors that would call several functions for each.
#[cfg(compact)]
macro_rules! truncations_by_bits {
    ($($trunc:ident $sat:ident: $Float:ty => $Int:ty as $Slot:ty, $low:literal $above:tt a, a < $high:literal;)+) => { $(
        /// `trunc`
        #[inline]
        pub fn $trunc(a: $Float) -> Result<$Slot, Trap> {
            Ok(truncated(a.into(), <$Int>::BITS, <$Int>::MIN != 0)? as $Slot)
        }

        /// `trunc_sat`
        #[inline(never)]
        pub fn $sat(a: $Float) -> $Slot {
            integer(a.into(), <$Int>::BITS, <$Int>::MIN != 0).0 as $Slot
        }
    )+ };
}

truncations! {
    i32_trunc_f32_s i32_trunc_sat_f32_s: f32 => i32 as i32, -2147483648.0 <= a, a < 2147483648.0;
    i32_trunc_f32_u i32_trunc_sat_f32_u: f32 => u32 as i32, -1.0 < a, a < 4294967296.0;
}
#[cfg(not(compact))]
long_truncations!(truncations);
#[cfg(compact)]
long_truncations!(truncations_by_bits);

/// The integral part of a number as an integer of so many bits, or why there is none.
#[cfg(compact)]
// A handler that is tail-called has no room for what comes back in memory.
#[cfg_attr(tail_calls, inline(always))]
#[cfg_attr(not(tail_calls), inline(never))]
fn truncated(a: f64, bits: u32, signed: bool) -> Result<u64, Trap> {
    match integer(a, bits, signed) {
        (integer, true) => Ok(integer),
        _ if a.is_nan() => Err(Trap::InvalidConversionToInteger),
        _ => Err(Trap::IntegerOverflow),
    }
}

/// The integral part of a number as an integer of so many bits, and whether it is one: otherwise it is the nearest that
/// there is, or 0 for NaN.
#[cfg(compact)]
#[inline(never)]
fn integer(a: f64, bits: u32, signed: bool) -> (u64, bool) {
    let greatest = u64::MAX >> (64 - bits + u32::from(signed));
    let bound = match (a.is_sign_negative(), signed) {
        (false, _) => greatest,
        (true, true) => greatest + 1,
        (true, false) => 0,
    };
    let number = a.to_bits();
    let magnitude = match (number >> 52) as u32 & 0x7FF {
        0x7FF if number << 12 != 0 => return (0, false),
        // The leading bit of the mantissa is not written; of subnormal numbers, where it is none, nothing is left.
        exponent @ ..1087 => Some((number << 11 | 1 << 63).checked_shr(1086 - exponent).unwrap_or(0)),
        _ => None,
    };
    let (magnitude, is_one) = match magnitude {
        Some(magnitude) if magnitude <= bound => (magnitude, true),
        _ => (bound, false),
    };
    (if a.is_sign_negative() { magnitude.wrapping_neg() } else { magnitude }, is_one)
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
