//! Lanes of twice or half the width (core spec, Vector Instructions: `vcvtop` between integers,
//! `narrow`, `vextunop`, `vextbinop`).

use super::V128;
use super::lanes::{Lanes, map, zip};

/// The lower or upper half of the lanes, extended.
#[inline(always)]
fn extend<A: Copy, B: Copy + Default + From<A>, const N: usize, const HALF: usize>(a: V128, from: usize) -> [B; HALF]
where
    [A; N]: Lanes,
{
    let mut out = [B::default(); HALF];
    for (out, a) in out.iter_mut().zip(<[A; N]>::of(a).into_iter().skip(from)) {
        *out = B::from(a);
    }
    out
}

/// Declares `extend` and `extmul` of a lane and the one of twice its width.
macro_rules! halves {
    ($($Narrow:ty, $count:literal => $Wide:ty, $half:literal: $extend_low:ident $extend_high:ident $extmul_low:ident $extmul_high:ident;)+) => { $(
        /// `extend_low`
        #[inline]
        pub fn $extend_low(a: V128) -> V128 {
            extend::<$Narrow, $Wide, $count, $half>(a, 0).vector()
        }

        /// `extend_high`
        #[inline]
        pub fn $extend_high(a: V128) -> V128 {
            extend::<$Narrow, $Wide, $count, $half>(a, $half).vector()
        }

        /// `extmul_low`: the products of the lower halves, which never overflow.
        #[inline]
        pub fn $extmul_low(a: V128, b: V128) -> V128 {
            zip($extend_low(a), $extend_low(b), <$Wide>::wrapping_mul)
        }

        /// `extmul_high`
        #[inline]
        pub fn $extmul_high(a: V128, b: V128) -> V128 {
            zip($extend_high(a), $extend_high(b), <$Wide>::wrapping_mul)
        }
    )+ };
}

halves! {
    i8, 16 => i16, 8: i16x8_extend_low_i8x16_s i16x8_extend_high_i8x16_s i16x8_extmul_low_i8x16_s i16x8_extmul_high_i8x16_s;
    u8, 16 => u16, 8: i16x8_extend_low_i8x16_u i16x8_extend_high_i8x16_u i16x8_extmul_low_i8x16_u i16x8_extmul_high_i8x16_u;
    i16, 8 => i32, 4: i32x4_extend_low_i16x8_s i32x4_extend_high_i16x8_s i32x4_extmul_low_i16x8_s i32x4_extmul_high_i16x8_s;
    u16, 8 => u32, 4: i32x4_extend_low_i16x8_u i32x4_extend_high_i16x8_u i32x4_extmul_low_i16x8_u i32x4_extmul_high_i16x8_u;
    i32, 4 => i64, 2: i64x2_extend_low_i32x4_s i64x2_extend_high_i32x4_s i64x2_extmul_low_i32x4_s i64x2_extmul_high_i32x4_s;
    u32, 4 => u64, 2: i64x2_extend_low_i32x4_u i64x2_extend_high_i32x4_u i64x2_extmul_low_i32x4_u i64x2_extmul_high_i32x4_u;
}

/// Declares `extadd_pairwise`: a lane of twice the width is the sum of the two that it covers,
/// its lower and its upper half.
macro_rules! pairwise {
    ($($name:ident: $Narrow:ty as $Wide:ty;)+) => { $(
        /// `extadd_pairwise`
        #[inline]
        pub fn $name(a: V128) -> V128 {
            map(a, |both: $Wide| {
                // Cut to the lower half, then to the upper one.
                let (low, high) = (both as $Narrow, (both >> <$Narrow>::BITS) as $Narrow);
                <$Wide>::from(low).wrapping_add(<$Wide>::from(high))
            })
        }
    )+ };
}

pairwise! {
    i16x8_extadd_pairwise_i8x16_s: i8 as i16;
    i16x8_extadd_pairwise_i8x16_u: u8 as u16;
    i32x4_extadd_pairwise_i16x8_s: i16 as i32;
    i32x4_extadd_pairwise_i16x8_u: u16 as u32;
}

/// `dot`: the sums of neighbouring products; only that of four −2¹⁵ wraps.
#[inline]
pub fn i32x4_dot_i16x8_s(a: V128, b: V128) -> V128 {
    zip(a, b, |a: i32, b: i32| {
        // Cut to the lower half of the lane, which is the first of the two that it covers.
        let low = i32::from(a as i16) * i32::from(b as i16);
        let high = (a >> 16) * (b >> 16);
        low.wrapping_add(high)
    })
}

/// Declares `narrow`: the lanes of both operands, those of the first one lowest, saturated.
macro_rules! narrow {
    ($($name:ident: $Wide:ty, $half:literal => $Narrow:ty, $count:literal;)+) => { $(
        /// `narrow`
        #[inline]
        pub fn $name(a: V128, b: V128) -> V128 {
            let mut out = [0; $count];
            let lanes = <[$Wide; $half]>::of(a).into_iter().chain(<[$Wide; $half]>::of(b));
            for (out, lane) in out.iter_mut().zip(lanes) {
                // In range once it is clamped.
                *out = lane.clamp(<$Wide>::from(<$Narrow>::MIN), <$Wide>::from(<$Narrow>::MAX)) as $Narrow;
            }
            out.vector()
        }
    )+ };
}

narrow! {
    i8x16_narrow_i16x8_s: i16, 8 => i8, 16;
    i8x16_narrow_i16x8_u: i16, 8 => u8, 16;
    i16x8_narrow_i32x4_s: i32, 4 => i16, 8;
    i16x8_narrow_i32x4_u: i32, 4 => u16, 8;
}
