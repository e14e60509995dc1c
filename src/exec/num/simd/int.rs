//! Integer lanes (core spec, Vector Instructions: `vunop`, `vbinop`, `vshiftop`, `vtestop`,
//! `vbitmaskop`).

use super::V128;
use super::lanes::{Lanes, map, zip};

/// Declares what integer lanes of all widths have.
macro_rules! integers {
    ($Signed:ty, $Unsigned:ty, $count:literal;
     $abs:ident $neg:ident $all_true:ident $bitmask:ident $shl:ident $shr_s:ident $shr_u:ident $add:ident $sub:ident) => {
        /// `iabs`, lane by lane
        #[inline]
        pub fn $abs(a: V128) -> V128 {
            map(a, <$Signed>::wrapping_abs)
        }

        /// `ineg`, lane by lane
        #[inline]
        pub fn $neg(a: V128) -> V128 {
            map(a, <$Signed>::wrapping_neg)
        }

        /// `all_true`: whether no lane is 0.
        #[inline]
        pub fn $all_true(a: V128) -> i32 {
            i32::from(<[$Signed; $count]>::of(a).into_iter().all(|lane| lane != 0))
        }

        /// `bitmask`: the signs of all lanes, that of the first one lowest.
        #[inline]
        pub fn $bitmask(a: V128) -> i32 {
            let lanes = <[$Signed; $count]>::of(a).into_iter();
            (0..).zip(lanes).fold(0, |mask, (at, lane)| mask | i32::from(lane < 0) << at)
        }

        // The distance of shifts counts modulo the width of a lane.

        /// `ishl`, lane by lane
        #[inline]
        pub fn $shl(a: V128, by: i32) -> V128 {
            map(a, |a: $Signed| a.wrapping_shl(by.cast_unsigned()))
        }

        /// `ishr_s`, lane by lane
        #[inline]
        pub fn $shr_s(a: V128, by: i32) -> V128 {
            map(a, |a: $Signed| a.wrapping_shr(by.cast_unsigned()))
        }

        /// `ishr_u`, lane by lane
        #[inline]
        pub fn $shr_u(a: V128, by: i32) -> V128 {
            map(a, |a: $Unsigned| a.wrapping_shr(by.cast_unsigned()))
        }

        /// `iadd`, lane by lane
        #[inline]
        pub fn $add(a: V128, b: V128) -> V128 {
            zip(a, b, <$Signed>::wrapping_add)
        }

        /// `isub`, lane by lane
        #[inline]
        pub fn $sub(a: V128, b: V128) -> V128 {
            zip(a, b, <$Signed>::wrapping_sub)
        }
    };
}

integers! { i8, u8, 16;
    i8x16_abs i8x16_neg i8x16_all_true i8x16_bitmask i8x16_shl i8x16_shr_s i8x16_shr_u i8x16_add i8x16_sub
}
integers! { i16, u16, 8;
    i16x8_abs i16x8_neg i16x8_all_true i16x8_bitmask i16x8_shl i16x8_shr_s i16x8_shr_u i16x8_add i16x8_sub
}
integers! { i32, u32, 4;
    i32x4_abs i32x4_neg i32x4_all_true i32x4_bitmask i32x4_shl i32x4_shr_s i32x4_shr_u i32x4_add i32x4_sub
}
integers! { i64, u64, 2;
    i64x2_abs i64x2_neg i64x2_all_true i64x2_bitmask i64x2_shl i64x2_shr_s i64x2_shr_u i64x2_add i64x2_sub
}

/// Declares operations on two operands, lane by lane.
macro_rules! binary {
    ($($(#[doc = $doc:literal])+ $name:ident: $compute:expr;)+) => { $(
        $(#[doc = $doc])+
        #[inline]
        pub fn $name(a: V128, b: V128) -> V128 {
            zip(a, b, $compute)
        }
    )+ };
}

binary! {
    /// `imul`, lane by lane
    i16x8_mul: i16::wrapping_mul;
    /// `imul`, lane by lane
    i32x4_mul: i32::wrapping_mul;
    /// `imul`, lane by lane
    i64x2_mul: i64::wrapping_mul;
    /// `iadd_sat_s`, lane by lane
    i8x16_add_sat_s: i8::saturating_add;
    /// `iadd_sat_u`, lane by lane
    i8x16_add_sat_u: u8::saturating_add;
    /// `isub_sat_s`, lane by lane
    i8x16_sub_sat_s: i8::saturating_sub;
    /// `isub_sat_u`, lane by lane
    i8x16_sub_sat_u: u8::saturating_sub;
    /// `iadd_sat_s`, lane by lane
    i16x8_add_sat_s: i16::saturating_add;
    /// `iadd_sat_u`, lane by lane
    i16x8_add_sat_u: u16::saturating_add;
    /// `isub_sat_s`, lane by lane
    i16x8_sub_sat_s: i16::saturating_sub;
    /// `isub_sat_u`, lane by lane
    i16x8_sub_sat_u: u16::saturating_sub;
    /// `imin_s`, lane by lane
    i8x16_min_s: i8::min;
    /// `imin_u`, lane by lane
    i8x16_min_u: u8::min;
    /// `imax_s`, lane by lane
    i8x16_max_s: i8::max;
    /// `imax_u`, lane by lane
    i8x16_max_u: u8::max;
    /// `imin_s`, lane by lane
    i16x8_min_s: i16::min;
    /// `imin_u`, lane by lane
    i16x8_min_u: u16::min;
    /// `imax_s`, lane by lane
    i16x8_max_s: i16::max;
    /// `imax_u`, lane by lane
    i16x8_max_u: u16::max;
    /// `imin_s`, lane by lane
    i32x4_min_s: i32::min;
    /// `imin_u`, lane by lane
    i32x4_min_u: u32::min;
    /// `imax_s`, lane by lane
    i32x4_max_s: i32::max;
    /// `imax_u`, lane by lane
    i32x4_max_u: u32::max;
    /// `iavgr_u`, lane by lane: the mean, halves rounded up.
    i8x16_avgr_u: |a: u8, b: u8| (u16::from(a) + u16::from(b)).div_ceil(2) as u8;
    /// `iavgr_u`, lane by lane: the mean, halves rounded up.
    i16x8_avgr_u: |a: u16, b: u16| (u32::from(a) + u32::from(b)).div_ceil(2) as u16;
    /// `iq15mulr_sat_s`, lane by lane: the product of two fractions, rounded. Only that of −1
    /// and −1 saturates.
    i16x8_q15mulr_sat_s: |a: i16, b: i16| {
        i16::try_from((i32::from(a) * i32::from(b) + 0x4000) >> 15).unwrap_or(i16::MAX)
    };
}

/// `ipopcnt`, lane by lane
#[inline]
pub fn i8x16_popcnt(a: V128) -> V128 {
    // At most 8.
    map(a, |a: u8| a.count_ones() as u8)
}
