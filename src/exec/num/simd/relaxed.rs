//! Relaxed operations (core spec, Relaxed Operations). Where the specification lets an
//! implementation choose, each choice is that of its deterministic profile, so that equal
//! inputs give equal results on every target: no relaxed instruction differs from the one that
//! it relaxes. `docs/determinism.md` lists them.

use super::V128;
use super::lanes::zip;
use super::{
    f32x4_add, f32x4_max, f32x4_min, f32x4_mul, f32x4_neg, f64x2_add, f64x2_max, f64x2_min, f64x2_mul, f64x2_neg,
    i8x16_swizzle, i16x8_q15mulr_sat_s, i32x4_add, i32x4_extadd_pairwise_i16x8_s, i32x4_trunc_sat_f32x4_s,
    i32x4_trunc_sat_f32x4_u, i32x4_trunc_sat_f64x2_s_zero, i32x4_trunc_sat_f64x2_u_zero, v128_bitselect,
};

/// Declares relaxed instructions, by what they do in the deterministic profile.
macro_rules! relaxed {
    ($($(#[doc = $doc:literal])+ $name:ident($($operand:ident)+): $strict:ident;)+) => { $(
        $(#[doc = $doc])+
        #[inline]
        pub fn $name($($operand: V128),+) -> V128 {
            $strict($($operand),+)
        }
    )+ };
}

relaxed! {
    /// `irelaxed_swizzle`: any lane number without a lane gives 0.
    i8x16_relaxed_swizzle(a lanes): i8x16_swizzle;
    /// `relaxed_trunc_s`: saturates, and NaN gives 0.
    i32x4_relaxed_trunc_f32x4_s(a): i32x4_trunc_sat_f32x4_s;
    /// `relaxed_trunc_u`
    i32x4_relaxed_trunc_f32x4_u(a): i32x4_trunc_sat_f32x4_u;
    /// `relaxed_trunc_s`
    i32x4_relaxed_trunc_f64x2_s_zero(a): i32x4_trunc_sat_f64x2_s_zero;
    /// `relaxed_trunc_u`
    i32x4_relaxed_trunc_f64x2_u_zero(a): i32x4_trunc_sat_f64x2_u_zero;
    /// `irelaxed_laneselect`: bit by bit.
    i8x16_relaxed_laneselect(a b mask): v128_bitselect;
    /// `irelaxed_laneselect`
    i16x8_relaxed_laneselect(a b mask): v128_bitselect;
    /// `irelaxed_laneselect`
    i32x4_relaxed_laneselect(a b mask): v128_bitselect;
    /// `irelaxed_laneselect`
    i64x2_relaxed_laneselect(a b mask): v128_bitselect;
    /// `frelaxed_min`
    f32x4_relaxed_min(a b): f32x4_min;
    /// `frelaxed_max`
    f32x4_relaxed_max(a b): f32x4_max;
    /// `frelaxed_min`
    f64x2_relaxed_min(a b): f64x2_min;
    /// `frelaxed_max`
    f64x2_relaxed_max(a b): f64x2_max;
    /// `irelaxed_q15mulr_s`: −1 times −1 saturates.
    i16x8_relaxed_q15mulr_s(a b): i16x8_q15mulr_sat_s;
}

/// `frelaxed_madd`, lane by lane: rounded twice, as multiplication and addition are.
#[inline]
pub fn f32x4_relaxed_madd(a: V128, b: V128, c: V128) -> V128 {
    f32x4_add(f32x4_mul(a, b), c)
}

/// `frelaxed_nmadd`, lane by lane
#[inline]
pub fn f32x4_relaxed_nmadd(a: V128, b: V128, c: V128) -> V128 {
    f32x4_relaxed_madd(f32x4_neg(a), b, c)
}

/// `frelaxed_madd`, lane by lane
#[inline]
pub fn f64x2_relaxed_madd(a: V128, b: V128, c: V128) -> V128 {
    f64x2_add(f64x2_mul(a, b), c)
}

/// `frelaxed_nmadd`, lane by lane
#[inline]
pub fn f64x2_relaxed_nmadd(a: V128, b: V128, c: V128) -> V128 {
    f64x2_relaxed_madd(f64x2_neg(a), b, c)
}

/// `relaxed_dot`: sums of neighbouring products, both operands with sign. Only that of four −128
/// does not fit; it wraps, as the suite wants where the specification says that it saturates.
#[inline]
pub fn i16x8_relaxed_dot_i8x16_i7x16_s(a: V128, b: V128) -> V128 {
    zip(a, b, |a: i16, b: i16| {
        // Cut to the lower half of the lane, which is the first of the two that it covers.
        let low = i16::from(a as i8) * i16::from(b as i8);
        low.wrapping_add((a >> 8) * (b >> 8))
    })
}

/// `relaxed_dot_add`: neighbouring results of `relaxed_dot` are added to each other and to `c`.
#[inline]
pub fn i32x4_relaxed_dot_i8x16_i7x16_add_s(a: V128, b: V128, c: V128) -> V128 {
    i32x4_add(i32x4_extadd_pairwise_i16x8_s(i16x8_relaxed_dot_i8x16_i7x16_s(a, b)), c)
}
