//! Integer operations (core spec, Integer Operations).

use crate::error::Trap;

/// Declares the operations that 32-bit and 64-bit integers share.
macro_rules! integers {
    ($Int:ty, $Unsigned:ty;
     $clz:ident $ctz:ident $popcnt:ident $eqz:ident
     $eq:ident $ne:ident $lt_s:ident $lt_u:ident $gt_s:ident $gt_u:ident $le_s:ident $le_u:ident $ge_s:ident $ge_u:ident
     $add:ident $sub:ident $mul:ident $div_s:ident $div_u:ident $rem_s:ident $rem_u:ident
     $and:ident $or:ident $xor:ident $shl:ident $shr_s:ident $shr_u:ident $rotl:ident $rotr:ident
     $extend8_s:ident $extend16_s:ident) => {
        /// `iclz`
        #[inline]
        pub fn $clz(a: $Int) -> $Int {
            a.leading_zeros() as $Int
        }

        /// `ictz`
        #[inline]
        pub fn $ctz(a: $Int) -> $Int {
            a.trailing_zeros() as $Int
        }

        /// `ipopcnt`
        #[inline]
        pub fn $popcnt(a: $Int) -> $Int {
            a.count_ones() as $Int
        }

        /// `ieqz`
        #[inline]
        pub fn $eqz(a: $Int) -> i32 {
            i32::from(a == 0)
        }

        /// `ieq`
        #[inline]
        pub fn $eq(a: $Int, b: $Int) -> i32 {
            i32::from(a == b)
        }

        /// `ine`
        #[inline]
        pub fn $ne(a: $Int, b: $Int) -> i32 {
            i32::from(a != b)
        }

        /// `ilt_s`
        #[inline]
        pub fn $lt_s(a: $Int, b: $Int) -> i32 {
            i32::from(a < b)
        }

        /// `ilt_u`
        #[inline]
        pub fn $lt_u(a: $Int, b: $Int) -> i32 {
            i32::from(a.cast_unsigned() < b.cast_unsigned())
        }

        /// `igt_s`
        #[inline]
        pub fn $gt_s(a: $Int, b: $Int) -> i32 {
            i32::from(a > b)
        }

        /// `igt_u`
        #[inline]
        pub fn $gt_u(a: $Int, b: $Int) -> i32 {
            i32::from(a.cast_unsigned() > b.cast_unsigned())
        }

        /// `ile_s`
        #[inline]
        pub fn $le_s(a: $Int, b: $Int) -> i32 {
            i32::from(a <= b)
        }

        /// `ile_u`
        #[inline]
        pub fn $le_u(a: $Int, b: $Int) -> i32 {
            i32::from(a.cast_unsigned() <= b.cast_unsigned())
        }

        /// `ige_s`
        #[inline]
        pub fn $ge_s(a: $Int, b: $Int) -> i32 {
            i32::from(a >= b)
        }

        /// `ige_u`
        #[inline]
        pub fn $ge_u(a: $Int, b: $Int) -> i32 {
            i32::from(a.cast_unsigned() >= b.cast_unsigned())
        }

        /// `iadd`
        #[inline]
        pub fn $add(a: $Int, b: $Int) -> $Int {
            a.wrapping_add(b)
        }

        /// `isub`
        #[inline]
        pub fn $sub(a: $Int, b: $Int) -> $Int {
            a.wrapping_sub(b)
        }

        /// `imul`
        #[inline]
        pub fn $mul(a: $Int, b: $Int) -> $Int {
            a.wrapping_mul(b)
        }

        /// `idiv_s`
        #[inline]
        pub fn $div_s(a: $Int, b: $Int) -> Result<$Int, Trap> {
            if b == 0 {
                return Err(Trap::IntegerDivideByZero);
            }
            a.checked_div(b).ok_or(Trap::IntegerOverflow)
        }

        /// `idiv_u`
        #[inline]
        pub fn $div_u(a: $Int, b: $Int) -> Result<$Int, Trap> {
            let quotient = a.cast_unsigned().checked_div(b.cast_unsigned()).ok_or(Trap::IntegerDivideByZero)?;
            Ok(quotient.cast_signed())
        }

        /// `irem_s`: no overflow, the remainder of the smallest number by −1 is 0.
        #[inline]
        pub fn $rem_s(a: $Int, b: $Int) -> Result<$Int, Trap> {
            if b == 0 {
                return Err(Trap::IntegerDivideByZero);
            }
            Ok(a.wrapping_rem(b))
        }

        /// `irem_u`
        #[inline]
        pub fn $rem_u(a: $Int, b: $Int) -> Result<$Int, Trap> {
            let remainder = a.cast_unsigned().checked_rem(b.cast_unsigned()).ok_or(Trap::IntegerDivideByZero)?;
            Ok(remainder.cast_signed())
        }

        /// `iand`
        #[inline]
        pub fn $and(a: $Int, b: $Int) -> $Int {
            a & b
        }

        /// `ior`
        #[inline]
        pub fn $or(a: $Int, b: $Int) -> $Int {
            a | b
        }

        /// `ixor`
        #[inline]
        pub fn $xor(a: $Int, b: $Int) -> $Int {
            a ^ b
        }

        // The distance of shifts and rotations counts modulo the width: cutting it is meant.

        /// `ishl`
        #[inline]
        pub fn $shl(a: $Int, b: $Int) -> $Int {
            a.wrapping_shl(b as u32)
        }

        /// `ishr_s`
        #[inline]
        pub fn $shr_s(a: $Int, b: $Int) -> $Int {
            a.wrapping_shr(b as u32)
        }

        /// `ishr_u`
        #[inline]
        pub fn $shr_u(a: $Int, b: $Int) -> $Int {
            a.cast_unsigned().wrapping_shr(b as u32).cast_signed()
        }

        /// `irotl`
        #[inline]
        pub fn $rotl(a: $Int, b: $Int) -> $Int {
            a.rotate_left(b as u32 % <$Int>::BITS)
        }

        /// `irotr`
        #[inline]
        pub fn $rotr(a: $Int, b: $Int) -> $Int {
            a.rotate_right(b as u32 % <$Int>::BITS)
        }

        /// `iextend8_s`
        #[inline]
        pub fn $extend8_s(a: $Int) -> $Int {
            <$Int>::from(a as i8)
        }

        /// `iextend16_s`
        #[inline]
        pub fn $extend16_s(a: $Int) -> $Int {
            <$Int>::from(a as i16)
        }
    };
}

integers! { i32, u32;
    i32_clz i32_ctz i32_popcnt i32_eqz
    i32_eq i32_ne i32_lt_s i32_lt_u i32_gt_s i32_gt_u i32_le_s i32_le_u i32_ge_s i32_ge_u
    i32_add i32_sub i32_mul i32_div_s i32_div_u i32_rem_s i32_rem_u
    i32_and i32_or i32_xor i32_shl i32_shr_s i32_shr_u i32_rotl i32_rotr
    i32_extend8_s i32_extend16_s
}

integers! { i64, u64;
    i64_clz i64_ctz i64_popcnt i64_eqz
    i64_eq i64_ne i64_lt_s i64_lt_u i64_gt_s i64_gt_u i64_le_s i64_le_u i64_ge_s i64_ge_u
    i64_add i64_sub i64_mul i64_div_s i64_div_u i64_rem_s i64_rem_u
    i64_and i64_or i64_xor i64_shl i64_shr_s i64_shr_u i64_rotl i64_rotr
    i64_extend8_s i64_extend16_s
}

/// `iextend32_s`
#[inline]
pub fn i64_extend32_s(a: i64) -> i64 {
    i64::from(a as i32)
}
