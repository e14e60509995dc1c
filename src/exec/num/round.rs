//! Rounding to integral floats with what `core` has, exact to the bit. NaN stays some NaN.

/// Rounds toward zero.
#[inline]
pub(super) fn trunc_f32(a: f32) -> f32 {
    // From 2²³ on every float is integral; NaN is not below either.
    if a.abs() < 8_388_608.0 { (a as i32 as f32).copysign(a) } else { a }
}

/// Rounds toward zero.
#[inline]
pub(super) fn trunc_f64(a: f64) -> f64 {
    // From 2⁵² on every float is integral.
    if a.abs() < 4_503_599_627_370_496.0 { (a as i64 as f64).copysign(a) } else { a }
}

/// Rounds to the nearest integral float, ties to even.
#[inline]
pub(super) fn nearest_f32(a: f32) -> f32 {
    // The sum has no room for a fraction, so adding rounds, and by the rule that is wanted.
    let shift = 8_388_608.0f32.copysign(a);
    if a.abs() < 8_388_608.0 { (a + shift - shift).copysign(a) } else { a }
}

/// Rounds to the nearest integral float, ties to even.
#[inline]
pub(super) fn nearest_f64(a: f64) -> f64 {
    let shift = 4_503_599_627_370_496.0f64.copysign(a);
    if a.abs() < 4_503_599_627_370_496.0 { (a + shift - shift).copysign(a) } else { a }
}
