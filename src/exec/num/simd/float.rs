//! Floats lane by lane (core spec, Vector Instructions: `vunop` and `vbinop` of floats): the
//! scalar functions, with their rules for NaN.

use super::V128;
use super::lanes::{map, zip};
use crate::exec::num::float as scalar;

/// Declares operations on one operand, by their scalar.
macro_rules! unary {
    ($($name:ident: $scalar:ident;)+) => { $(
        #[doc = concat!("`", stringify!($scalar), "`, lane by lane")]
        #[inline]
        pub fn $name(a: V128) -> V128 {
            map(a, scalar::$scalar)
        }
    )+ };
}

unary! {
    f32x4_abs: f32_abs;
    f32x4_neg: f32_neg;
    f32x4_sqrt: f32_sqrt;
    f32x4_ceil: f32_ceil;
    f32x4_floor: f32_floor;
    f32x4_trunc: f32_trunc;
    f32x4_nearest: f32_nearest;
    f64x2_abs: f64_abs;
    f64x2_neg: f64_neg;
    f64x2_sqrt: f64_sqrt;
    f64x2_ceil: f64_ceil;
    f64x2_floor: f64_floor;
    f64x2_trunc: f64_trunc;
    f64x2_nearest: f64_nearest;
}

/// Declares operations on two operands, by their scalar.
macro_rules! binary {
    ($($name:ident: $scalar:ident;)+) => { $(
        #[doc = concat!("`", stringify!($scalar), "`, lane by lane")]
        #[inline]
        pub fn $name(a: V128, b: V128) -> V128 {
            zip(a, b, scalar::$scalar)
        }
    )+ };
}

binary! {
    f32x4_add: f32_add;
    f32x4_sub: f32_sub;
    f32x4_mul: f32_mul;
    f32x4_div: f32_div;
    f32x4_min: f32_min;
    f32x4_max: f32_max;
    f64x2_add: f64_add;
    f64x2_sub: f64_sub;
    f64x2_mul: f64_mul;
    f64x2_div: f64_div;
    f64x2_min: f64_min;
    f64x2_max: f64_max;
}

// A choice between the operands, bits and all: a NaN stays as it is.

/// `fpmin`, lane by lane
#[inline]
pub fn f32x4_pmin(a: V128, b: V128) -> V128 {
    zip(a, b, |a: f32, b| if b < a { b } else { a })
}

/// `fpmax`, lane by lane
#[inline]
pub fn f32x4_pmax(a: V128, b: V128) -> V128 {
    zip(a, b, |a: f32, b| if a < b { b } else { a })
}

/// `fpmin`, lane by lane
#[inline]
pub fn f64x2_pmin(a: V128, b: V128) -> V128 {
    zip(a, b, |a: f64, b| if b < a { b } else { a })
}

/// `fpmax`, lane by lane
#[inline]
pub fn f64x2_pmax(a: V128, b: V128) -> V128 {
    zip(a, b, |a: f64, b| if a < b { b } else { a })
}
