//! Floating-point operations (core spec, Floating-Point Operations).
//!
//! Every operation that makes a NaN makes the canonical one, which the specification allows for
//! all operands: so equal inputs give equal bits on every machine. Sign operations, like
//! loads, only touch bits.
#![allow(missing_docs)] // each function is the operation of its name

macro_rules! sign_of {
    ($Bits:ident) => {
        (1 as $Bits).rotate_right(1)
    };
}

macro_rules! float_operations {
    ($F:ident $Bits:ident $canonical:ident $mantissa:literal $round:ident:
     $eq:ident $ne:ident $lt:ident $gt:ident $le:ident $ge:ident
     $abs:ident $neg:ident $ceil:ident $floor:ident $trunc:ident $nearest:ident $sqrt:ident
     $add:ident $sub:ident $mul:ident $div:ident $min:ident $max:ident $copysign:ident) => {
        /// The same number; the canonical NaN for every NaN.
        #[inline(always)]
        pub fn $canonical(a: $F) -> $F {
            // `NAN` of the standard library is positive and quiet without payload: canonical.
            if a.is_nan() { $F::NAN } else { a }
        }

        #[inline(always)]
        pub fn $eq(a: $F, b: $F) -> i32 {
            i32::from(a == b)
        }

        #[inline(always)]
        pub fn $ne(a: $F, b: $F) -> i32 {
            i32::from(a != b)
        }

        #[inline(always)]
        pub fn $lt(a: $F, b: $F) -> i32 {
            i32::from(a < b)
        }

        #[inline(always)]
        pub fn $gt(a: $F, b: $F) -> i32 {
            i32::from(a > b)
        }

        #[inline(always)]
        pub fn $le(a: $F, b: $F) -> i32 {
            i32::from(a <= b)
        }

        #[inline(always)]
        pub fn $ge(a: $F, b: $F) -> i32 {
            i32::from(a >= b)
        }

        #[inline(always)]
        pub fn $abs(a: $F) -> $F {
            $F::from_bits(a.to_bits() & !sign_of!($Bits))
        }

        #[inline(always)]
        pub fn $neg(a: $F) -> $F {
            $F::from_bits(a.to_bits() ^ sign_of!($Bits))
        }

        #[inline(always)]
        pub fn $copysign(a: $F, b: $F) -> $F {
            let sign = sign_of!($Bits);
            $F::from_bits(a.to_bits() & !sign | b.to_bits() & sign)
        }

        #[inline(always)]
        pub fn $add(a: $F, b: $F) -> $F {
            $canonical(a + b)
        }

        #[inline(always)]
        pub fn $sub(a: $F, b: $F) -> $F {
            $canonical(a - b)
        }

        #[inline(always)]
        pub fn $mul(a: $F, b: $F) -> $F {
            $canonical(a * b)
        }

        #[inline(always)]
        pub fn $div(a: $F, b: $F) -> $F {
            $canonical(a / b)
        }

        #[inline]
        pub fn $min(a: $F, b: $F) -> $F {
            if a.is_nan() || b.is_nan() {
                $F::NAN
            } else if a == b {
                // Equal numbers differ at most in the sign of zero.
                $F::from_bits(a.to_bits() | b.to_bits())
            } else if a < b {
                a
            } else {
                b
            }
        }

        #[inline]
        pub fn $max(a: $F, b: $F) -> $F {
            if a.is_nan() || b.is_nan() {
                $F::NAN
            } else if a == b {
                $F::from_bits(a.to_bits() & b.to_bits())
            } else if a > b {
                a
            } else {
                b
            }
        }

        /// Rounds by adding and taking away the power of two from which on all numbers are
        /// whole: the addition rounds to the nearest, ties to even.
        #[inline]
        fn $round(magnitude: $F) -> $F {
            let whole = ((1 as $Bits) << ($mantissa - 1)) as $F;
            if magnitude < whole { magnitude + whole - whole } else { magnitude }
        }

        #[inline]
        pub fn $nearest(a: $F) -> $F {
            $canonical($copysign($round($abs(a)), a))
        }

        #[inline]
        pub fn $trunc(a: $F) -> $F {
            let magnitude = $abs(a);
            let rounded = $round(magnitude);
            let down = if rounded > magnitude { rounded - 1.0 } else { rounded };
            $canonical($copysign(down, a))
        }

        #[inline]
        pub fn $ceil(a: $F) -> $F {
            let nearest = $nearest(a);
            // A zero keeps the sign of the operand.
            if nearest < a { $copysign(nearest + 1.0, a) } else { nearest }
        }

        #[inline]
        pub fn $floor(a: $F) -> $F {
            let nearest = $nearest(a);
            if nearest > a { $copysign(nearest - 1.0, a) } else { nearest }
        }

        /// The square root, bit by bit: `core` has none. Exact, as the remainder decides how to
        /// round.
        pub fn $sqrt(a: $F) -> $F {
            if a.is_nan() || (a < 0.0) {
                return $F::NAN;
            }
            if a == 0.0 || a.is_infinite() {
                return a;
            }
            let fraction_bits = $mantissa - 1;
            let bias = $F::MAX_EXP - 1;
            let bits = a.to_bits();
            let mut exponent = (bits >> fraction_bits) as i32 - bias;
            let mut fraction = bits & ((1 << fraction_bits) - 1);
            if exponent == -bias {
                // A subnormal number: bring its leading bit where that of others is.
                let shift = fraction.leading_zeros() - (<$Bits>::BITS - 1 - fraction_bits as u32);
                fraction <<= shift;
                exponent = 1 - bias - shift.cast_signed();
            } else {
                fraction |= 1 << fraction_bits;
            }
            if exponent & 1 != 0 {
                fraction <<= 1;
                exponent -= 1;
            }
            // A root with one bit more than the fraction: that one rounds.
            let (mut root, mut remainder) = (0 as $Bits, fraction << 1);
            let (mut square, mut bit) = (0 as $Bits, (1 as $Bits) << (fraction_bits + 1));
            while bit != 0 {
                let candidate = square + bit;
                if candidate <= remainder {
                    square = candidate + bit;
                    remainder -= candidate;
                    root += bit;
                }
                remainder <<= 1;
                bit >>= 1;
            }
            // The root is never halfway between two numbers, so the last bit decides.
            root += root & 1;
            let exponent = ((exponent >> 1) + bias - 1) as $Bits;
            $F::from_bits((exponent << fraction_bits) + (root >> 1))
        }
    };
}

float_operations! { f32 u32 canonical_f32 24 round_f32:
f32_eq f32_ne f32_lt f32_gt f32_le f32_ge f32_abs f32_neg f32_ceil f32_floor f32_trunc f32_nearest f32_sqrt
f32_add f32_sub f32_mul f32_div f32_min f32_max f32_copysign }
float_operations! { f64 u64 canonical_f64 53 round_f64:
f64_eq f64_ne f64_lt f64_gt f64_le f64_ge f64_abs f64_neg f64_ceil f64_floor f64_trunc f64_nearest f64_sqrt
f64_add f64_sub f64_mul f64_div f64_min f64_max f64_copysign }
