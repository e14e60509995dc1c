//! Single lanes, and lanes moved about (core spec, Vector Instructions: `splat`,
//! `extract_lane`, `replace_lane`, `shuffle`, `swizzle`). Lane numbers are judged.

use super::V128;
use super::lanes::{Lanes, map};

/// Declares `splat` and `replace_lane`: the type of the value, and that of a lane, which keeps
/// its lower bits.
macro_rules! lanes {
    ($($Value:ty as $Lane:ty, $count:literal: $splat:ident $replace:ident;)+) => { $(
        /// `splat`
        #[inline]
        pub fn $splat(value: $Value) -> V128 {
            [value as $Lane; $count].vector()
        }

        /// `replace_lane`
        #[inline]
        pub fn $replace(vector: V128, value: $Value, lane: u8) -> V128 {
            replace::<$Lane, $count>(vector, value as $Lane, lane)
        }
    )+ };
}

lanes! {
    i32 as i8, 16: i8x16_splat i8x16_replace_lane;
    i32 as i16, 8: i16x8_splat i16x8_replace_lane;
    i32 as i32, 4: i32x4_splat i32x4_replace_lane;
    i64 as i64, 2: i64x2_splat i64x2_replace_lane;
    f32 as f32, 4: f32x4_splat f32x4_replace_lane;
    f64 as f64, 2: f64x2_splat f64x2_replace_lane;
}

/// The vector with another value in one lane.
#[inline(always)]
pub(super) fn replace<T: Copy, const N: usize>(vector: V128, value: T, lane: u8) -> V128
where
    [T; N]: Lanes,
{
    let mut lanes = <[T; N]>::of(vector);
    if let Some(place) = lanes.get_mut(usize::from(lane)) {
        *place = value;
    }
    lanes.vector()
}

/// The value in one lane.
#[inline(always)]
pub(super) fn extract<T: Copy + Default, const N: usize>(vector: V128, lane: u8) -> T
where
    [T; N]: Lanes,
{
    <[T; N]>::of(vector).get(usize::from(lane)).copied().unwrap_or_default()
}

/// Declares `extract_lane`: the type of a lane, and that of the value.
macro_rules! extract {
    ($($name:ident: $Lane:ty, $count:literal as $Value:ty;)+) => { $(
        /// `extract_lane`
        #[inline]
        pub fn $name(vector: V128, lane: u8) -> $Value {
            <$Value>::from(extract::<$Lane, $count>(vector, lane))
        }
    )+ };
}

extract! {
    i8x16_extract_lane_s: i8, 16 as i32;
    i16x8_extract_lane_s: i16, 8 as i32;
    i32x4_extract_lane: i32, 4 as i32;
    i64x2_extract_lane: i64, 2 as i64;
    f32x4_extract_lane: f32, 4 as f32;
    f64x2_extract_lane: f64, 2 as f64;
    i8x16_extract_lane_u: u8, 16 as i32;
    i16x8_extract_lane_u: u16, 8 as i32;
}

/// `shuffle`: lanes of both vectors, those of the second one counted from 16.
#[inline]
pub fn i8x16_shuffle(a: V128, b: V128, lanes: [u8; 16]) -> V128 {
    V128(lanes.map(|lane| {
        let from = if lane < 16 { a } else { b };
        extract::<u8, 16>(from, lane & 15)
    }))
}

/// `swizzle`: lanes of the vector that the second one numbers, or 0 where there is none.
#[inline]
pub fn i8x16_swizzle(a: V128, lanes: V128) -> V128 {
    map(lanes, |lane: u8| extract::<u8, 16>(a, lane))
}
