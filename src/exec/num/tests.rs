//! Every function with an edge against the standard library, on edges and on random bits.

use super::*;
use crate::error::Trap;
use crate::support::choice::Choice;
use std::vec::Vec;

/// Edges of the type and random bits.
fn doubles() -> Vec<f64> {
    let mut all = Vec::new();
    for edge in [
        0.0,
        0.25,
        0.5,
        0.49999999999999994,
        1.0,
        1.5,
        2.0,
        2.5,
        3.5,
        4503599627370495.5,
        4503599627370496.0,
        9007199254740993.0,
        2147483647.0,
        2147483648.0,
        2147483649.0,
        4294967295.0,
        4294967296.0,
        9_223_372_036_854_774_784.0,
        9223372036854775808.0,
        18_446_744_073_709_549_568.0,
        18446744073709551616.0,
        f64::MIN_POSITIVE,
        f64::MAX,
        f64::INFINITY,
        f64::NAN,
        f64::EPSILON,
        5e-324,
        1e-310,
        f64::from_bits(0x7FF0_0000_0000_0001),
    ] {
        all.extend([edge, -edge, f64::from_bits(edge.to_bits().wrapping_add(1)), f64::from_bits(edge.to_bits() ^ 1)]);
    }
    let mut random = Choice::Seeded(1);
    for _ in 0..20_000 {
        let bits = u64::from(random.pick(u32::MAX)) << 32 | u64::from(random.pick(u32::MAX));
        // Any bits, and numbers around those that have fractions.
        all.extend([f64::from_bits(bits), f64::from_bits(bits >> 12 | (0x3E0 + bits % 0x60) << 52)]);
    }
    all
}

fn singles() -> Vec<f32> {
    let mut all = Vec::new();
    for edge in [
        0.0,
        0.25,
        0.5,
        0.49999997,
        1.0,
        1.5,
        2.5,
        8388607.5,
        8388608.0,
        2147483648.0,
        4294967296.0,
        9223372036854775808.0,
        18446744073709551616.0,
        f32::MIN_POSITIVE,
        f32::MAX,
        f32::INFINITY,
        f32::NAN,
        1e-45,
    ] {
        all.extend([edge, -edge, f32::from_bits(edge.to_bits().wrapping_add(1)), f32::from_bits(edge.to_bits() ^ 1)]);
    }
    let mut random = Choice::Seeded(2);
    for _ in 0..20_000 {
        let bits = random.pick(u32::MAX);
        all.extend([f32::from_bits(bits), f32::from_bits(bits >> 9 | (0x70 + bits % 0x30) << 23)]);
    }
    all
}

#[track_caller]
fn same64(found: f64, expected: f64, of: &[f64]) {
    let expected = if expected.is_nan() { 0x7FF8_0000_0000_0000 } else { expected.to_bits() };
    assert_eq!(found.to_bits(), expected, "of {of:?}");
}

#[track_caller]
fn same32(found: f32, expected: f32, of: &[f32]) {
    let expected = if expected.is_nan() { 0x7FC0_0000 } else { expected.to_bits() };
    assert_eq!(found.to_bits(), expected, "of {of:?}");
}

#[test]
fn rounding_and_roots_are_those_of_the_standard_library() {
    for a in doubles() {
        same64(f64_ceil(a), a.ceil(), &[a]);
        same64(f64_floor(a), a.floor(), &[a]);
        same64(f64_trunc(a), a.trunc(), &[a]);
        same64(f64_nearest(a), a.round_ties_even(), &[a]);
        same64(f64_sqrt(a), a.sqrt(), &[a]);
        same32(f32_demote_f64(a), a as f32, &[]);
    }
    for a in singles() {
        same32(f32_ceil(a), a.ceil(), &[a]);
        same32(f32_floor(a), a.floor(), &[a]);
        same32(f32_trunc(a), a.trunc(), &[a]);
        same32(f32_nearest(a), a.round_ties_even(), &[a]);
        same32(f32_sqrt(a), a.sqrt(), &[a]);
        same64(f64_promote_f32(a), f64::from(a), &[]);
    }
}

#[test]
fn roots_of_squares_and_their_neighbours() {
    let mut random = Choice::Seeded(3);
    for _ in 0..100_000 {
        let root = f64::from(random.pick(1 << 27));
        for bits in [(root * root).to_bits(), (root * root).to_bits() + 1, (root * root).to_bits().saturating_sub(1)] {
            let a = f64::from_bits(bits);
            same64(f64_sqrt(a), a.sqrt(), &[a]);
        }
    }
}

#[test]
fn arithmetic_and_its_nans() {
    let all: Vec<f64> = doubles().into_iter().take(400).collect();
    for &a in &all {
        for &b in &all {
            same64(f64_add(a, b), a + b, &[a, b]);
            same64(f64_mul(a, b), a * b, &[a, b]);
            let (min, max) = (f64_min(a, b), f64_max(a, b));
            if a.is_nan() || b.is_nan() {
                same64(min, f64::NAN, &[a, b]);
                same64(max, f64::NAN, &[a, b]);
            } else {
                let (low, high) = if a.total_cmp(&b).is_lt() { (a, b) } else { (b, a) };
                same64(min, low, &[a, b]);
                same64(max, high, &[a, b]);
            }
        }
    }
    let signalling = f32::from_bits(0xFFA0_0001);
    assert_eq!(f32_neg(signalling).to_bits(), 0x7FA0_0001);
    assert_eq!(f32_abs(signalling).to_bits(), 0x7FA0_0001);
    assert_eq!(f32_copysign(signalling, 1.0).to_bits(), 0x7FA0_0001);
    assert_eq!(f32_load(f32_store(signalling)).to_bits(), 0xFFA0_0001);
}

/// What truncation is by the specification, in wide integers.
fn truncated(a: f64, low: i128, high: i128) -> Result<i128, Trap> {
    if a.is_nan() {
        return Err(Trap::InvalidConversionToInteger);
    }
    // Beyond these bounds `as` saturates, and the comparison below still fails.
    let whole = a.trunc() as i128;
    if (low..=high).contains(&whole) { Ok(whole) } else { Err(Trap::IntegerOverflow) }
}

#[test]
fn truncations_trap_exactly_outside_of_the_type() {
    let (i32s, u32s) = ((i32::MIN.into(), i32::MAX.into()), (0, u32::MAX.into()));
    let (i64s, u64s) = ((i64::MIN.into(), i64::MAX.into()), (0, u64::MAX.into()));
    for a in doubles() {
        let of = |(low, high)| truncated(a, low, high);
        assert_eq!(i32_trunc_f64_s(a).map(i128::from), of(i32s), "{a}");
        assert_eq!(i32_trunc_f64_u(a).map(|a| i128::from(a as u32)), of(u32s), "{a}");
        assert_eq!(i64_trunc_f64_s(a).map(i128::from), of(i64s), "{a}");
        assert_eq!(i64_trunc_f64_u(a).map(|a| i128::from(a as u64)), of(u64s), "{a}");
    }
    for a in singles() {
        let of = |(low, high)| truncated(a.into(), low, high);
        assert_eq!(i32_trunc_f32_s(a).map(i128::from), of(i32s), "{a}");
        assert_eq!(i32_trunc_f32_u(a).map(|a| i128::from(a as u32)), of(u32s), "{a}");
        assert_eq!(i64_trunc_f32_s(a).map(i128::from), of(i64s), "{a}");
        assert_eq!(i64_trunc_f32_u(a).map(|a| i128::from(a as u64)), of(u64s), "{a}");
    }
}

#[test]
fn saturating_truncations() {
    assert_eq!(i32_trunc_sat_f32_s(f32::NAN), 0);
    assert_eq!(i32_trunc_sat_f64_u(-1.0), 0);
    assert_eq!(i32_trunc_sat_f64_u(1e10), -1);
    assert_eq!(i64_trunc_sat_f32_s(f32::NEG_INFINITY), i64::MIN);
    assert_eq!(i64_trunc_sat_f64_u(1e30), -1);
}

#[test]
fn divisions() {
    assert_eq!(i32_div_s(7, 0), Err(Trap::IntegerDivideByZero));
    assert_eq!(i32_div_s(i32::MIN, -1), Err(Trap::IntegerOverflow));
    assert_eq!(i32_div_s(-7, 2), Ok(-3));
    assert_eq!(i32_div_u(-1, 2), Ok(i32::MAX));
    assert_eq!(i32_div_u(1, 0), Err(Trap::IntegerDivideByZero));
    assert_eq!(i32_rem_s(i32::MIN, -1), Ok(0));
    assert_eq!(i32_rem_s(-7, 2), Ok(-1));
    assert_eq!(i32_rem_u(-1, 10), Ok(5));
    assert_eq!(i64_div_s(i64::MIN, -1), Err(Trap::IntegerOverflow));
    assert_eq!(i64_rem_s(i64::MIN, -1), Ok(0));
    assert_eq!(i64_rem_u(-1, 0), Err(Trap::IntegerDivideByZero));
    assert_eq!(i64_div_u(-1, 1), Ok(-1));
}

#[test]
fn shifts_count_modulo_the_width() {
    assert_eq!(i32_shl(1, 33), 2);
    assert_eq!(i32_shr_s(-8, 34), -2);
    assert_eq!(i32_shr_u(-8, 28), 15);
    assert_eq!(i32_rotl(0x4000_0001, 33), i32::MIN + 2);
    assert_eq!(i32_rotr(1, -31), i32::MIN);
    assert_eq!(i64_shl(1, 65), 2);
    assert_eq!(i64_rotl(i64::MIN, 1), 1);
    assert_eq!(i64_rotr(1, 65), i64::MIN);
}

#[test]
fn bytes() {
    assert_eq!(i32_load8_s([0x80]), -128);
    assert_eq!(i32_load8_u([0x80]), 128);
    assert_eq!(i32_load16_s([0x00, 0x80]), -32768);
    assert_eq!(i64_load32_s([0, 0, 0, 0x80]), i64::from(i32::MIN));
    assert_eq!(i64_load32_u([0, 0, 0, 0x80]), 1 << 31);
    assert_eq!(i64_load16_s(i64_store16(-2)), -2);
    assert_eq!(i32_store8(0x1FF), [0xFF]);
    assert_eq!(i64_extend8_s(0x80), -128);
    assert_eq!(i64_extend16_s(0x18000), -32768);
    assert_eq!(i64_extend32_s(1 << 31), i64::from(i32::MIN));
    assert_eq!(i32_extend8_s(0x17F), 127);
}
