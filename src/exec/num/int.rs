//! Integer operations (core spec, Integer Operations).
#![allow(missing_docs)] // each function is the operation of its name

use crate::error::Trap;

#[inline(always)]
pub fn i32_eqz(a: i32) -> i32 {
    i32::from(a == 0)
}

#[inline(always)]
pub fn i32_eq(a: i32, b: i32) -> i32 {
    i32::from(a == b)
}

#[inline(always)]
pub fn i32_ne(a: i32, b: i32) -> i32 {
    i32::from(a != b)
}

#[inline(always)]
pub fn i32_lt_s(a: i32, b: i32) -> i32 {
    i32::from(a < b)
}

#[inline(always)]
pub fn i32_lt_u(a: i32, b: i32) -> i32 {
    i32::from(a.cast_unsigned() < b.cast_unsigned())
}

#[inline(always)]
pub fn i32_gt_s(a: i32, b: i32) -> i32 {
    i32::from(a > b)
}

#[inline(always)]
pub fn i32_gt_u(a: i32, b: i32) -> i32 {
    i32::from(a.cast_unsigned() > b.cast_unsigned())
}

#[inline(always)]
pub fn i32_le_s(a: i32, b: i32) -> i32 {
    i32::from(a <= b)
}

#[inline(always)]
pub fn i32_le_u(a: i32, b: i32) -> i32 {
    i32::from(a.cast_unsigned() <= b.cast_unsigned())
}

#[inline(always)]
pub fn i32_ge_s(a: i32, b: i32) -> i32 {
    i32::from(a >= b)
}

#[inline(always)]
pub fn i32_ge_u(a: i32, b: i32) -> i32 {
    i32::from(a.cast_unsigned() >= b.cast_unsigned())
}

#[inline(always)]
pub fn i32_clz(a: i32) -> i32 {
    a.leading_zeros().cast_signed()
}

#[inline(always)]
pub fn i32_ctz(a: i32) -> i32 {
    a.trailing_zeros().cast_signed()
}

#[inline(always)]
pub fn i32_popcnt(a: i32) -> i32 {
    a.count_ones().cast_signed()
}

#[inline(always)]
pub fn i32_add(a: i32, b: i32) -> i32 {
    a.wrapping_add(b)
}

#[inline(always)]
pub fn i32_sub(a: i32, b: i32) -> i32 {
    a.wrapping_sub(b)
}

#[inline(always)]
pub fn i32_mul(a: i32, b: i32) -> i32 {
    a.wrapping_mul(b)
}

#[inline(always)]
pub fn i32_div_s(a: i32, b: i32) -> Result<i32, Trap> {
    if b == 0 {
        return Err(Trap::IntegerDivideByZero);
    }
    a.checked_div(b).ok_or(Trap::IntegerOverflow)
}

#[inline(always)]
pub fn i32_div_u(a: i32, b: i32) -> Result<i32, Trap> {
    let quotient = a.cast_unsigned().checked_div(b.cast_unsigned());
    quotient.map(u32::cast_signed).ok_or(Trap::IntegerDivideByZero)
}

#[inline(always)]
pub fn i32_rem_s(a: i32, b: i32) -> Result<i32, Trap> {
    if b == 0 {
        return Err(Trap::IntegerDivideByZero);
    }
    Ok(a.wrapping_rem(b))
}

#[inline(always)]
pub fn i32_rem_u(a: i32, b: i32) -> Result<i32, Trap> {
    let remainder = a.cast_unsigned().checked_rem(b.cast_unsigned());
    remainder.map(u32::cast_signed).ok_or(Trap::IntegerDivideByZero)
}

#[inline(always)]
pub fn i32_and(a: i32, b: i32) -> i32 {
    a & b
}

#[inline(always)]
pub fn i32_or(a: i32, b: i32) -> i32 {
    a | b
}

#[inline(always)]
pub fn i32_xor(a: i32, b: i32) -> i32 {
    a ^ b
}

#[inline(always)]
pub fn i32_shl(a: i32, b: i32) -> i32 {
    a.wrapping_shl(b.cast_unsigned())
}

#[inline(always)]
pub fn i32_shr_s(a: i32, b: i32) -> i32 {
    a.wrapping_shr(b.cast_unsigned())
}

#[inline(always)]
pub fn i32_shr_u(a: i32, b: i32) -> i32 {
    a.cast_unsigned().wrapping_shr(b.cast_unsigned()).cast_signed()
}

#[inline(always)]
pub fn i32_rotl(a: i32, b: i32) -> i32 {
    a.rotate_left(b.cast_unsigned() % 32)
}

#[inline(always)]
pub fn i32_rotr(a: i32, b: i32) -> i32 {
    a.rotate_right(b.cast_unsigned() % 32)
}

#[inline(always)]
pub fn i32_extend8_s(a: i32) -> i32 {
    i32::from(a as i8)
}

#[inline(always)]
pub fn i32_extend16_s(a: i32) -> i32 {
    i32::from(a as i16)
}

#[inline(always)]
pub fn i64_eqz(a: i64) -> i32 {
    i32::from(a == 0)
}

#[inline(always)]
pub fn i64_eq(a: i64, b: i64) -> i32 {
    i32::from(a == b)
}

#[inline(always)]
pub fn i64_ne(a: i64, b: i64) -> i32 {
    i32::from(a != b)
}

#[inline(always)]
pub fn i64_lt_s(a: i64, b: i64) -> i32 {
    i32::from(a < b)
}

#[inline(always)]
pub fn i64_lt_u(a: i64, b: i64) -> i32 {
    i32::from(a.cast_unsigned() < b.cast_unsigned())
}

#[inline(always)]
pub fn i64_gt_s(a: i64, b: i64) -> i32 {
    i32::from(a > b)
}

#[inline(always)]
pub fn i64_gt_u(a: i64, b: i64) -> i32 {
    i32::from(a.cast_unsigned() > b.cast_unsigned())
}

#[inline(always)]
pub fn i64_le_s(a: i64, b: i64) -> i32 {
    i32::from(a <= b)
}

#[inline(always)]
pub fn i64_le_u(a: i64, b: i64) -> i32 {
    i32::from(a.cast_unsigned() <= b.cast_unsigned())
}

#[inline(always)]
pub fn i64_ge_s(a: i64, b: i64) -> i32 {
    i32::from(a >= b)
}

#[inline(always)]
pub fn i64_ge_u(a: i64, b: i64) -> i32 {
    i32::from(a.cast_unsigned() >= b.cast_unsigned())
}

#[inline(always)]
pub fn i64_clz(a: i64) -> i64 {
    i64::from(a.leading_zeros())
}

#[inline(always)]
pub fn i64_ctz(a: i64) -> i64 {
    i64::from(a.trailing_zeros())
}

#[inline(always)]
pub fn i64_popcnt(a: i64) -> i64 {
    i64::from(a.count_ones())
}

#[inline(always)]
pub fn i64_add(a: i64, b: i64) -> i64 {
    a.wrapping_add(b)
}

#[inline(always)]
pub fn i64_sub(a: i64, b: i64) -> i64 {
    a.wrapping_sub(b)
}

#[inline(always)]
pub fn i64_mul(a: i64, b: i64) -> i64 {
    a.wrapping_mul(b)
}

#[inline(always)]
pub fn i64_div_s(a: i64, b: i64) -> Result<i64, Trap> {
    if b == 0 {
        return Err(Trap::IntegerDivideByZero);
    }
    a.checked_div(b).ok_or(Trap::IntegerOverflow)
}

#[inline(always)]
pub fn i64_div_u(a: i64, b: i64) -> Result<i64, Trap> {
    let quotient = a.cast_unsigned().checked_div(b.cast_unsigned());
    quotient.map(u64::cast_signed).ok_or(Trap::IntegerDivideByZero)
}

#[inline(always)]
pub fn i64_rem_s(a: i64, b: i64) -> Result<i64, Trap> {
    if b == 0 {
        return Err(Trap::IntegerDivideByZero);
    }
    Ok(a.wrapping_rem(b))
}

#[inline(always)]
pub fn i64_rem_u(a: i64, b: i64) -> Result<i64, Trap> {
    let remainder = a.cast_unsigned().checked_rem(b.cast_unsigned());
    remainder.map(u64::cast_signed).ok_or(Trap::IntegerDivideByZero)
}

#[inline(always)]
pub fn i64_and(a: i64, b: i64) -> i64 {
    a & b
}

#[inline(always)]
pub fn i64_or(a: i64, b: i64) -> i64 {
    a | b
}

#[inline(always)]
pub fn i64_xor(a: i64, b: i64) -> i64 {
    a ^ b
}

#[inline(always)]
pub fn i64_shl(a: i64, b: i64) -> i64 {
    a.wrapping_shl(b as u32)
}

#[inline(always)]
pub fn i64_shr_s(a: i64, b: i64) -> i64 {
    a.wrapping_shr(b as u32)
}

#[inline(always)]
pub fn i64_shr_u(a: i64, b: i64) -> i64 {
    a.cast_unsigned().wrapping_shr(b as u32).cast_signed()
}

#[inline(always)]
pub fn i64_rotl(a: i64, b: i64) -> i64 {
    a.rotate_left(b as u32 & 63)
}

#[inline(always)]
pub fn i64_rotr(a: i64, b: i64) -> i64 {
    a.rotate_right(b as u32 & 63)
}

#[inline(always)]
pub fn i64_extend8_s(a: i64) -> i64 {
    i64::from(a as i8)
}

#[inline(always)]
pub fn i64_extend16_s(a: i64) -> i64 {
    i64::from(a as i16)
}

#[inline(always)]
pub fn i64_extend32_s(a: i64) -> i64 {
    i64::from(a as i32)
}
