//! Conversions (core spec, Conversions).
#![allow(missing_docs)] // each function is the conversion of its name

use super::float::{canonical_f32, canonical_f64};
use crate::error::Trap;

#[inline(always)]
pub fn i32_wrap_i64(a: i64) -> i32 {
    a as i32
}

#[inline(always)]
pub fn i64_extend_i32_s(a: i32) -> i64 {
    i64::from(a)
}

#[inline(always)]
pub fn i64_extend_i32_u(a: i32) -> i64 {
    i64::from(a.cast_unsigned())
}

#[inline(always)]
pub fn i32_trunc_f32_s(a: f32) -> Result<i32, Trap> {
    if a.is_nan() {
        return Err(Trap::InvalidConversionToInteger);
    }
    if a >= -2147483648.0 && a < 2147483648.0 { Ok(a as i32) } else { Err(Trap::IntegerOverflow) }
}

#[inline(always)]
pub fn i32_trunc_sat_f32_s(a: f32) -> i32 {
    a as i32
}

#[inline(always)]
pub fn i32_trunc_f32_u(a: f32) -> Result<i32, Trap> {
    if a.is_nan() {
        return Err(Trap::InvalidConversionToInteger);
    }
    if a > -1.0 && a < 4294967296.0 { Ok((a as u32).cast_signed()) } else { Err(Trap::IntegerOverflow) }
}

#[inline(always)]
pub fn i32_trunc_sat_f32_u(a: f32) -> i32 {
    (a as u32).cast_signed()
}

#[inline(always)]
pub fn i32_trunc_f64_s(a: f64) -> Result<i32, Trap> {
    if a.is_nan() {
        return Err(Trap::InvalidConversionToInteger);
    }
    if a > -2147483649.0 && a < 2147483648.0 { Ok(a as i32) } else { Err(Trap::IntegerOverflow) }
}

#[inline(always)]
pub fn i32_trunc_sat_f64_s(a: f64) -> i32 {
    a as i32
}

#[inline(always)]
pub fn i32_trunc_f64_u(a: f64) -> Result<i32, Trap> {
    if a.is_nan() {
        return Err(Trap::InvalidConversionToInteger);
    }
    if a > -1.0 && a < 4294967296.0 { Ok((a as u32).cast_signed()) } else { Err(Trap::IntegerOverflow) }
}

#[inline(always)]
pub fn i32_trunc_sat_f64_u(a: f64) -> i32 {
    (a as u32).cast_signed()
}

#[inline(always)]
pub fn i64_trunc_f32_s(a: f32) -> Result<i64, Trap> {
    if a.is_nan() {
        return Err(Trap::InvalidConversionToInteger);
    }
    if a >= -9223372036854775808.0 && a < 9223372036854775808.0 { Ok(a as i64) } else { Err(Trap::IntegerOverflow) }
}

#[inline(always)]
pub fn i64_trunc_sat_f32_s(a: f32) -> i64 {
    a as i64
}

#[inline(always)]
pub fn i64_trunc_f32_u(a: f32) -> Result<i64, Trap> {
    if a.is_nan() {
        return Err(Trap::InvalidConversionToInteger);
    }
    if a > -1.0 && a < 18446744073709551616.0 { Ok((a as u64).cast_signed()) } else { Err(Trap::IntegerOverflow) }
}

#[inline(always)]
pub fn i64_trunc_sat_f32_u(a: f32) -> i64 {
    (a as u64).cast_signed()
}

#[inline(always)]
pub fn i64_trunc_f64_s(a: f64) -> Result<i64, Trap> {
    if a.is_nan() {
        return Err(Trap::InvalidConversionToInteger);
    }
    if a >= -9223372036854775808.0 && a < 9223372036854775808.0 { Ok(a as i64) } else { Err(Trap::IntegerOverflow) }
}

#[inline(always)]
pub fn i64_trunc_sat_f64_s(a: f64) -> i64 {
    a as i64
}

#[inline(always)]
pub fn i64_trunc_f64_u(a: f64) -> Result<i64, Trap> {
    if a.is_nan() {
        return Err(Trap::InvalidConversionToInteger);
    }
    if a > -1.0 && a < 18446744073709551616.0 { Ok((a as u64).cast_signed()) } else { Err(Trap::IntegerOverflow) }
}

#[inline(always)]
pub fn i64_trunc_sat_f64_u(a: f64) -> i64 {
    (a as u64).cast_signed()
}

#[inline(always)]
pub fn f32_convert_i32_s(a: i32) -> f32 {
    a as f32
}

#[inline(always)]
pub fn f32_convert_i32_u(a: i32) -> f32 {
    a.cast_unsigned() as f32
}

#[inline(always)]
pub fn f32_convert_i64_s(a: i64) -> f32 {
    a as f32
}

#[inline(always)]
pub fn f32_convert_i64_u(a: i64) -> f32 {
    a.cast_unsigned() as f32
}

#[inline(always)]
pub fn f64_convert_i32_s(a: i32) -> f64 {
    f64::from(a)
}

#[inline(always)]
pub fn f64_convert_i32_u(a: i32) -> f64 {
    f64::from(a.cast_unsigned())
}

#[inline(always)]
pub fn f64_convert_i64_s(a: i64) -> f64 {
    a as f64
}

#[inline(always)]
pub fn f64_convert_i64_u(a: i64) -> f64 {
    a.cast_unsigned() as f64
}

#[inline(always)]
pub fn f32_demote_f64(a: f64) -> f32 {
    canonical_f32(a as f32)
}

#[inline(always)]
pub fn f64_promote_f32(a: f32) -> f64 {
    canonical_f64(f64::from(a))
}

#[inline(always)]
pub fn i32_reinterpret_f32(a: f32) -> i32 {
    a.to_bits().cast_signed()
}

#[inline(always)]
pub fn i64_reinterpret_f64(a: f64) -> i64 {
    a.to_bits().cast_signed()
}

#[inline(always)]
pub fn f32_reinterpret_i32(a: i32) -> f32 {
    f32::from_bits(a.cast_unsigned())
}

#[inline(always)]
pub fn f64_reinterpret_i64(a: i64) -> f64 {
    f64::from_bits(a.cast_unsigned())
}
