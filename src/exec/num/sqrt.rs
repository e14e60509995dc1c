//! Square roots with what `core` has, correctly rounded.
//!
//! The root of the mantissa is found by Newton's method in floating point and then corrected
//! by exact integer arithmetic, so the method needs no proof beyond "close"; where processors have
//! no floats of 64 bits, digit by digit.

/// The root of a 64-bit float, rounded to nearest, ties to even; NaN for numbers below zero.
pub(super) fn f64_sqrt(a: f64) -> f64 {
    const INFINITY: u64 = f64::INFINITY.to_bits();
    let bits = a.to_bits();
    // All others are zero, infinite, below zero, or NaN.
    if !(1..INFINITY).contains(&bits) {
        return if a.is_sign_negative() && a != 0.0 { f64::NAN } else { a };
    }
    // a = mantissa · 2^(exponent), the mantissa with 53 bits. Subnormal numbers have fewer, and the least exponent.
    let missing = bits.leading_zeros().saturating_sub(11);
    let exponent = ((bits >> 52) as i32).max(1) - 1075 - missing.cast_signed();
    let mantissa = if missing == 0 { bits & ((1 << 52) - 1) | 1 << 52 } else { bits << missing };
    // An even exponent: the mantissa then has 53 or 54 bits, and shifted by 52 its root has 53.
    let odd = exponent & 1;
    let (root, is_rest_greater) = integer_root(mantissa << odd);
    // The rest decides how to round. A tie cannot be: it would need a root with one bit more,
    // whose square ends in a set bit far below the radicand's last one.
    let rounded = root + u64::from(is_rest_greater);
    // The value is rounded · 2^half. Its leading bit, the 53rd, adds one to the exponent's field;
    // where rounding carried past it, the sum is still right.
    let half = (exponent - odd - 52) / 2;
    f64::from_bits((u64::from((half + 1074).cast_unsigned()) << 52).wrapping_add(rounded))
}

/// ⌊√radicand⌋ for a radicand of `mantissa` · 2⁵², which lies in 2¹⁰⁴ … 2¹⁰⁶; whether what the square of the root
/// leaves is greater than the root.
#[cfg(not(compact))]
fn integer_root(mantissa: u64) -> (u64, bool) {
    let radicand = u128::from(mantissa) << 52;
    let x = mantissa as f64;
    // A guess by halving the exponent, good to a few percent; Newton's method doubles the digits.
    let mut y = f64::from_bits((x.to_bits() >> 1) + (0x3FF << 51));
    for _ in 0..4 {
        y = 0.5 * (y + x / y);
    }
    // √radicand = √mantissa · 2²⁶, below 2⁵³: exact as an integer.
    let mut root = (y * 67_108_864.0) as u64;
    while u128::from(root) * u128::from(root) > radicand {
        root -= 1;
    }
    while u128::from(root + 1) * u128::from(root + 1) <= radicand {
        root += 1;
    }
    (root, radicand - u128::from(root) * u128::from(root) > u128::from(root))
}

/// The same, digit by digit: each takes two digits of the radicand, of which those of the mantissa come first.
#[cfg(compact)]
fn integer_root(mut mantissa: u64) -> (u64, bool) {
    let (mut root, mut rest) = (0_u64, 0_u64);
    for _ in 0..53 {
        rest = rest << 2 | mantissa >> 52 & 3;
        mantissa <<= 2;
        let trial = root << 2 | 1;
        root <<= 1;
        if rest >= trial {
            rest -= trial;
            root |= 1;
        }
    }
    (root, rest > root)
}

/// The root of a 32-bit float. Rounding the 64-bit root again is exact, as 53 ≥ 2 · 24 + 2
/// (Figueroa, "When is double rounding innocuous?", 1995).
pub(super) fn f32_sqrt(a: f32) -> f32 {
    f64_sqrt(f64::from(a)) as f32
}
