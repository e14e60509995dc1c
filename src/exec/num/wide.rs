//! 128-bit integer arithmetic (wide-arithmetic proposal). A 128-bit operand or result is two
//! `i64`, the low half first.

/// `i64.add128`
#[inline]
pub fn i64_add128(a: i128, b: i128) -> i128 {
    a.wrapping_add(b)
}

/// `i64.sub128`
#[inline]
pub fn i64_sub128(a: i128, b: i128) -> i128 {
    a.wrapping_sub(b)
}

/// `i64.mul_wide_s`
#[inline]
pub fn i64_mul_wide_s(a: i64, b: i64) -> i128 {
    i128::from(a).wrapping_mul(i128::from(b))
}

/// `i64.mul_wide_u`
#[inline]
pub fn i64_mul_wide_u(a: i64, b: i64) -> i128 {
    let product = u128::from(a.cast_unsigned()).wrapping_mul(u128::from(b.cast_unsigned()));
    product.cast_signed()
}
