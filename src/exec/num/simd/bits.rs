//! Vectors as 128 bits (core spec, Vector Instructions: `vvunop`, `vvbinop`, `vvternop`,
//! `vvtestop`).

use super::V128;
use super::lanes::{map, zip};

/// `inot`
#[inline]
pub fn v128_not(a: V128) -> V128 {
    map(a, |a: u64| !a)
}

/// `iand`
#[inline]
pub fn v128_and(a: V128, b: V128) -> V128 {
    zip(a, b, |a: u64, b| a & b)
}

/// `iandnot`
#[inline]
pub fn v128_andnot(a: V128, b: V128) -> V128 {
    zip(a, b, |a: u64, b| a & !b)
}

/// `ior`
#[inline]
pub fn v128_or(a: V128, b: V128) -> V128 {
    zip(a, b, |a: u64, b| a | b)
}

/// `ixor`
#[inline]
pub fn v128_xor(a: V128, b: V128) -> V128 {
    zip(a, b, |a: u64, b| a ^ b)
}

/// `ibitselect`: bits of `a` where the mask has ones, else of `b`.
#[inline]
pub fn v128_bitselect(a: V128, b: V128, mask: V128) -> V128 {
    v128_xor(b, v128_and(v128_xor(a, b), mask))
}

/// `v128.any_true`
#[inline]
pub fn v128_any_true(a: V128) -> i32 {
    i32::from(u128::from_le_bytes(a.0) != 0)
}
