//! Floating-point operations (core spec, Floating-Point Operations).

use super::{round, sqrt};
use core::hint::cold_path;

/// Declares the operations that both widths share.
macro_rules! floats {
    ($Float:ty;
     $eq:ident $ne:ident $lt:ident $gt:ident $le:ident $ge:ident
     $abs:ident $neg:ident $ceil:ident $floor:ident $trunc:ident $nearest:ident $sqrt:ident
     $add:ident $sub:ident $mul:ident $div:ident $min:ident $max:ident $copysign:ident
     $canonical:ident $nan:literal $round_ceil:ident $round_floor:ident $round_trunc:ident $round_nearest:ident) => {
        /// The number itself, or the canonical NaN (core spec, NaN Propagation).
        ///
        /// By a branch that is hardly ever taken: a selection would have what uses the number wait for it.
        #[cfg_attr(not(compact), inline)]
        #[cfg_attr(compact, inline(never))]
        pub fn $canonical(a: $Float) -> $Float {
            // Where floats of 64 bits are not the processor's, a comparison is a call.
            if if cfg!(compact) { a.abs().to_bits() > <$Float>::INFINITY.to_bits() } else { a.is_nan() } {
                cold_path();
                return <$Float>::from_bits($nan);
            }
            a
        }

        /// `feq`
        #[inline]
        pub fn $eq(a: $Float, b: $Float) -> i32 {
            i32::from(a == b)
        }

        /// `fne`
        #[inline]
        pub fn $ne(a: $Float, b: $Float) -> i32 {
            i32::from(a != b)
        }

        /// `flt`
        #[inline]
        pub fn $lt(a: $Float, b: $Float) -> i32 {
            i32::from(a < b)
        }

        /// `fgt`
        #[inline]
        pub fn $gt(a: $Float, b: $Float) -> i32 {
            i32::from(a > b)
        }

        /// `fle`
        #[inline]
        pub fn $le(a: $Float, b: $Float) -> i32 {
            i32::from(a <= b)
        }

        /// `fge`
        #[inline]
        pub fn $ge(a: $Float, b: $Float) -> i32 {
            i32::from(a >= b)
        }

        /// `fabs`
        #[inline]
        pub fn $abs(a: $Float) -> $Float {
            a.abs()
        }

        /// `fneg`
        #[inline]
        pub fn $neg(a: $Float) -> $Float {
            -a
        }

        /// `fceil`
        #[inline]
        pub fn $ceil(a: $Float) -> $Float {
            $canonical(round::$round_ceil(a))
        }

        /// `ffloor`
        #[inline]
        pub fn $floor(a: $Float) -> $Float {
            $canonical(round::$round_floor(a))
        }

        /// `ftrunc`
        #[inline]
        pub fn $trunc(a: $Float) -> $Float {
            $canonical(round::$round_trunc(a))
        }

        /// `fnearest`
        #[inline]
        pub fn $nearest(a: $Float) -> $Float {
            $canonical(round::$round_nearest(a))
        }

        /// `fsqrt`
        #[inline]
        pub fn $sqrt(a: $Float) -> $Float {
            $canonical(sqrt::$sqrt(a))
        }

        /// `fadd`
        #[inline]
        pub fn $add(a: $Float, b: $Float) -> $Float {
            $canonical(a + b)
        }

        /// `fsub`
        #[inline]
        pub fn $sub(a: $Float, b: $Float) -> $Float {
            $canonical(a - b)
        }

        /// `fmul`
        #[inline]
        pub fn $mul(a: $Float, b: $Float) -> $Float {
            $canonical(a * b)
        }

        /// `fdiv`
        #[inline]
        pub fn $div(a: $Float, b: $Float) -> $Float {
            $canonical(a / b)
        }

        /// `fmin`: −0 is below 0.
        #[inline]
        pub fn $min(a: $Float, b: $Float) -> $Float {
            if a < b {
                a
            } else if b < a {
                b
            } else if a == b {
                <$Float>::from_bits(a.to_bits() | b.to_bits())
            } else {
                $canonical(<$Float>::NAN)
            }
        }

        /// `fmax`: −0 is below 0.
        #[inline]
        pub fn $max(a: $Float, b: $Float) -> $Float {
            if a > b {
                a
            } else if b > a {
                b
            } else if a == b {
                <$Float>::from_bits(a.to_bits() & b.to_bits())
            } else {
                $canonical(<$Float>::NAN)
            }
        }

        /// `fcopysign`
        #[inline]
        pub fn $copysign(a: $Float, b: $Float) -> $Float {
            a.copysign(b)
        }
    };
}

floats! { f32;
    f32_eq f32_ne f32_lt f32_gt f32_le f32_ge
    f32_abs f32_neg f32_ceil f32_floor f32_trunc f32_nearest f32_sqrt
    f32_add f32_sub f32_mul f32_div f32_min f32_max f32_copysign
    canonical_f32 0x7FC0_0000 ceil_f32 floor_f32 trunc_f32 nearest_f32
}

floats! { f64;
    f64_eq f64_ne f64_lt f64_gt f64_le f64_ge
    f64_abs f64_neg f64_ceil f64_floor f64_trunc f64_nearest f64_sqrt
    f64_add f64_sub f64_mul f64_div f64_min f64_max f64_copysign
    canonical_f64 0x7FF8_0000_0000_0000 ceil_f64 floor_f64 trunc_f64 nearest_f64
}
