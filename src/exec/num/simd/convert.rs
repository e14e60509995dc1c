//! Conversions between integer and float lanes (core spec, Vector Instructions: `vcvtop`).

use super::V128;
use super::lanes::{Lanes, map};
use crate::exec::num::convert as scalar;

/// `trunc_sat_s`, lane by lane
#[inline]
pub fn i32x4_trunc_sat_f32x4_s(a: V128) -> V128 {
    map(a, scalar::i32_trunc_sat_f32_s)
}

/// `trunc_sat_u`, lane by lane
#[inline]
pub fn i32x4_trunc_sat_f32x4_u(a: V128) -> V128 {
    map(a, scalar::i32_trunc_sat_f32_u)
}

/// `convert_s`, lane by lane
#[inline]
pub fn f32x4_convert_i32x4_s(a: V128) -> V128 {
    map(a, scalar::f32_convert_i32_s)
}

/// `convert_u`, lane by lane
#[inline]
pub fn f32x4_convert_i32x4_u(a: V128) -> V128 {
    map(a, scalar::f32_convert_i32_u)
}

/// `trunc_sat_s` of both lanes; the upper two of the result are 0.
#[inline]
pub fn i32x4_trunc_sat_f64x2_s_zero(a: V128) -> V128 {
    let [a, b] = Lanes::of(a);
    [scalar::i32_trunc_sat_f64_s(a), scalar::i32_trunc_sat_f64_s(b), 0, 0].vector()
}

/// `trunc_sat_u` of both lanes; the upper two of the result are 0.
#[inline]
pub fn i32x4_trunc_sat_f64x2_u_zero(a: V128) -> V128 {
    let [a, b] = Lanes::of(a);
    [scalar::i32_trunc_sat_f64_u(a), scalar::i32_trunc_sat_f64_u(b), 0, 0].vector()
}

/// `convert_s` of the lower two lanes
#[inline]
pub fn f64x2_convert_low_i32x4_s(a: V128) -> V128 {
    let [a, b, _, _] = Lanes::of(a);
    [scalar::f64_convert_i32_s(a), scalar::f64_convert_i32_s(b)].vector()
}

/// `convert_u` of the lower two lanes
#[inline]
pub fn f64x2_convert_low_i32x4_u(a: V128) -> V128 {
    let [a, b, _, _] = Lanes::of(a);
    [scalar::f64_convert_i32_u(a), scalar::f64_convert_i32_u(b)].vector()
}

/// `demote` of both lanes; the upper two of the result are 0.
#[inline]
pub fn f32x4_demote_f64x2_zero(a: V128) -> V128 {
    let [a, b] = Lanes::of(a);
    [scalar::f32_demote_f64(a), scalar::f32_demote_f64(b), 0.0, 0.0].vector()
}

/// `promote` of the lower two lanes
#[inline]
pub fn f64x2_promote_low_f32x4(a: V128) -> V128 {
    let [a, b, _, _] = Lanes::of(a);
    [scalar::f64_promote_f32(a), scalar::f64_promote_f32(b)].vector()
}
