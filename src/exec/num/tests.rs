//! Against the standard library, which the engine itself does without.

use super::*;
use std::vec::Vec;

fn doubles() -> Vec<f64> {
    let mut numbers =
        std::vec![0.0, 0.5, 1.0, 1.5, 2.5, 0.499_999_999_999_999_94, f64::MIN_POSITIVE, f64::MAX, f64::INFINITY];
    numbers.extend([f64::EPSILON, 5e-324, 4_503_599_627_370_495.5, 4_503_599_627_370_496.0, 9_007_199_254_740_991.0]);
    let mut bits = 1u64;
    for _ in 0..20_000 {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        numbers.push(f64::from_bits(bits));
        numbers.push((bits >> 40) as f64 / 16.0);
    }
    let negative: Vec<f64> = numbers.iter().map(|number| -number).collect();
    numbers.extend(negative);
    numbers
}

fn same(ours: f64, theirs: f64, operation: &str, of: f64) {
    let equal = ours.to_bits() == theirs.to_bits() || ours.is_nan() && theirs.is_nan();
    assert!(equal, "{operation}({of:?}) = {ours:?}, not {theirs:?}");
}

#[test]
fn rounding_and_roots_are_exact() {
    for a in doubles() {
        same(f64_ceil(a), a.ceil(), "ceil", a);
        same(f64_floor(a), a.floor(), "floor", a);
        same(f64_trunc(a), a.trunc(), "trunc", a);
        same(f64_nearest(a), a.round_ties_even(), "nearest", a);
        same(f64_sqrt(a), a.sqrt(), "sqrt", a);
        let b = a as f32;
        same(f32_ceil(b).into(), b.ceil().into(), "ceil", a);
        same(f32_floor(b).into(), b.floor().into(), "floor", a);
        same(f32_trunc(b).into(), b.trunc().into(), "trunc", a);
        same(f32_nearest(b).into(), b.round_ties_even().into(), "nearest", a);
        same(f32_sqrt(b).into(), b.sqrt().into(), "sqrt", a);
        let c = f32::from_bits(a.to_bits() as u32);
        same(f32_sqrt(c).into(), c.sqrt().into(), "sqrt", c.into());
    }
}

#[test]
fn division_traps_where_it_must() {
    assert_eq!(i32_div_s(7, 0), Err(Trap::IntegerDivideByZero));
    assert_eq!(i32_div_s(i32::MIN, -1), Err(Trap::IntegerOverflow));
    assert_eq!(i32_rem_s(i32::MIN, -1), Ok(0));
    assert_eq!(i64_div_u(-1, 2), Ok(i64::MAX));
    assert_eq!(i64_rem_u(1, 0), Err(Trap::IntegerDivideByZero));
}

#[test]
fn truncation_traps_one_past_its_bounds() {
    assert_eq!(i32_trunc_f64_s(2_147_483_647.9), Ok(i32::MAX));
    assert_eq!(i32_trunc_f64_s(-2_147_483_648.9), Ok(i32::MIN));
    assert_eq!(i32_trunc_f64_s(2_147_483_648.0), Err(Trap::IntegerOverflow));
    assert_eq!(i32_trunc_f64_s(-2_147_483_649.0), Err(Trap::IntegerOverflow));
    assert_eq!(i32_trunc_f64_u(-0.9), Ok(0));
    assert_eq!(i32_trunc_f64_u(-1.0), Err(Trap::IntegerOverflow));
    assert_eq!(i64_trunc_f32_s(-9_223_372_036_854_775_808.0), Ok(i64::MIN));
    assert_eq!(i64_trunc_f64_u(18_446_744_073_709_551_616.0), Err(Trap::IntegerOverflow));
    assert_eq!(i32_trunc_f32_s(f32::NAN), Err(Trap::InvalidConversionToInteger));
}

#[test]
fn minimum_and_maximum_tell_zeros_apart() {
    assert_eq!(f32_min(0.0, -0.0).to_bits(), (-0.0f32).to_bits());
    assert_eq!(f32_max(-0.0, 0.0).to_bits(), 0);
    assert!(f64_min(f64::NAN, 1.0).is_nan());
    assert_eq!(f64_add(f64::from_bits(0xFFF8_0000_0000_0001), 1.0).to_bits(), 0x7FF8_0000_0000_0000);
}
