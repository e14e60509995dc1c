//! Loads and stores of vectors and lanes (core spec, Memory Instructions), little end first.

use super::V128;
use super::lane::{extract, replace};
use super::lanes::Lanes;

/// `load`
#[inline]
pub fn v128_load(bytes: [u8; 16]) -> V128 {
    V128(bytes)
}

/// `store`
#[inline]
pub fn v128_store(vector: V128) -> [u8; 16] {
    vector.0
}

/// Eight bytes as the lower half of a vector.
#[inline(always)]
fn low(bytes: [u8; 8]) -> V128 {
    [u64::from_le_bytes(bytes), 0].vector()
}

/// Declares loads that extend lanes, by the conversion that does the same.
macro_rules! extending {
    ($($name:ident: $extend:ident;)+) => { $(
        /// `load` of half a vector, whose lanes are extended
        #[inline]
        pub fn $name(bytes: [u8; 8]) -> V128 {
            super::$extend(low(bytes))
        }
    )+ };
}

extending! {
    v128_load8x8_s: i16x8_extend_low_i8x16_s;
    v128_load8x8_u: i16x8_extend_low_i8x16_u;
    v128_load16x4_s: i32x4_extend_low_i16x8_s;
    v128_load16x4_u: i32x4_extend_low_i16x8_u;
    v128_load32x2_s: i64x2_extend_low_i32x4_s;
    v128_load32x2_u: i64x2_extend_low_i32x4_u;
}

/// Declares what loads and stores one lane, by the type of the lane.
macro_rules! lanes {
    ($($Lane:ty, $size:literal, $count:literal: $load_splat:ident $load_lane:ident $store_lane:ident;)+) => { $(
        /// `load_splat`
        #[inline]
        pub fn $load_splat(bytes: [u8; $size]) -> V128 {
            [<$Lane>::from_le_bytes(bytes); $count].vector()
        }

        /// `load_lane`
        #[inline]
        pub fn $load_lane(bytes: [u8; $size], vector: V128, lane: u8) -> V128 {
            replace::<$Lane, $count>(vector, <$Lane>::from_le_bytes(bytes), lane)
        }

        /// `store_lane`
        #[inline]
        pub fn $store_lane(vector: V128, lane: u8) -> [u8; $size] {
            extract::<$Lane, $count>(vector, lane).to_le_bytes()
        }
    )+ };
}

lanes! {
    u8, 1, 16: v128_load8_splat v128_load8_lane v128_store8_lane;
    u16, 2, 8: v128_load16_splat v128_load16_lane v128_store16_lane;
    u32, 4, 4: v128_load32_splat v128_load32_lane v128_store32_lane;
    u64, 8, 2: v128_load64_splat v128_load64_lane v128_store64_lane;
}

/// `load_zero`
#[inline]
pub fn v128_load32_zero(bytes: [u8; 4]) -> V128 {
    [u32::from_le_bytes(bytes), 0, 0, 0].vector()
}

/// `load_zero`
#[inline]
pub fn v128_load64_zero(bytes: [u8; 8]) -> V128 {
    low(bytes)
}
