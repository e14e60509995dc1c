//! Rounding to integral floats with what `core` has, exact to the bit. NaN stays some NaN.

/// Declares rounding by arithmetic, for processors that have floats of that width: from `2^…` on every float is integral.
macro_rules! by_arithmetic {
    ($Float:ty as $Int:ty, $integral:literal: $ceil:ident $floor:ident $trunc:ident $nearest:ident) => {
        /// Rounds up.
        #[inline]
        pub(super) fn $ceil(a: $Float) -> $Float {
            let below = $trunc(a);
            let up = if below < a { below + 1.0 } else { below };
            // Between −1 and 0 the result is −0.
            up.copysign(a)
        }

        /// Rounds down.
        #[inline]
        pub(super) fn $floor(a: $Float) -> $Float {
            let above = $trunc(a);
            let down = if above > a { above - 1.0 } else { above };
            down.copysign(a)
        }

        /// Rounds toward zero.
        #[inline]
        pub(super) fn $trunc(a: $Float) -> $Float {
            // NaN is not below either.
            if a.abs() < $integral { (a as $Int as $Float).copysign(a) } else { a }
        }

        /// Rounds to the nearest integral float, ties to even.
        #[inline]
        pub(super) fn $nearest(a: $Float) -> $Float {
            // The sum has no room for a fraction, so adding rounds, and by the rule that is wanted.
            let shift = <$Float>::copysign($integral, a);
            if a.abs() < $integral { (a + shift - shift).copysign(a) } else { a }
        }
    };
}

by_arithmetic!(f32 as i32, 8_388_608.0: ceil_f32 floor_f32 trunc_f32 nearest_f32);
#[cfg(not(compact))]
by_arithmetic!(f64 as i64, 4_503_599_627_370_496.0: ceil_f64 floor_f64 trunc_f64 nearest_f64);
#[cfg(compact)]
pub(super) use by_bits::*;

/// Rounding of floats that the processor does not have.
#[cfg(compact)]
mod by_bits {
    /// Where to.
    enum Toward {
        Above,
        Below,
        Zero,
        Nearest,
    }

    /// Rounds up.
    pub fn ceil_f64(a: f64) -> f64 {
        round(a, Toward::Above)
    }

    /// Rounds down.
    pub fn floor_f64(a: f64) -> f64 {
        round(a, Toward::Below)
    }

    /// Rounds toward zero.
    pub fn trunc_f64(a: f64) -> f64 {
        round(a, Toward::Zero)
    }

    /// Rounds to the nearest integral float, ties to even.
    pub fn nearest_f64(a: f64) -> f64 {
        round(a, Toward::Nearest)
    }

    #[inline(never)]
    fn round(a: f64, toward: Toward) -> f64 {
        const ONE: u64 = 0x3FF << 52;
        const HALF: u64 = 0x3FE << 52;
        let bits = a.to_bits();
        let exponent = (bits >> 52) as u32 & 0x7FF;
        // What 1 adds to the bits, what a half is in them, and what of them is the fraction: the last two of what is below 1
        // are all but the sign.
        let (one, half, fraction) = match exponent {
            1075.. => return a,
            1023.. => {
                let one = 1u64 << (1075 - exponent);
                (one, one >> 1, bits & (one - 1))
            }
            _ => (ONE, HALF, bits & (u64::MAX >> 1)),
        };
        let toward_zero = bits - fraction;
        let away = match toward {
            Toward::Above => fraction != 0 && a.is_sign_positive(),
            Toward::Below => fraction != 0 && a.is_sign_negative(),
            Toward::Zero => false,
            Toward::Nearest => fraction > half || fraction == half && toward_zero & one != 0,
        };
        // A carry into the exponent is right.
        f64::from_bits(if away { toward_zero + one } else { toward_zero })
    }
}
