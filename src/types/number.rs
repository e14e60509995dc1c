//! What values are made of, as core values (`CanonicalABI.md`, Loading; Flat Lifting).

use super::component::{Defined, PrimValType, ValType};

/// `CANONICAL_FLOAT32_NAN`
pub const CANONICAL_FLOAT32_NAN: u32 = 0x7FC0_0000;
/// `CANONICAL_FLOAT64_NAN`
pub const CANONICAL_FLOAT64_NAN: u64 = 0x7FF8_0000_0000_0000;

impl PrimValType {
    /// What was loaded from memory, as the core value of that type: the sign of small integers is
    /// extended to 32 bits.
    #[inline]
    pub const fn sign_extended(self, bits: u64) -> u64 {
        match self {
            PrimValType::S8 => bits as u8 as i8 as i32 as u32 as u64,
            PrimValType::S16 => bits as u16 as i16 as i32 as u32 as u64,
            _ => bits,
        }
    }

    /// A flat value that means the same on every side: high bits cleared, `bool` 0 or 1, NaNs canonical
    /// (`lift_flat_unsigned`, `lift_flat_signed`, `convert_int_to_bool`, `canonicalize_nan32`,
    /// `convert_i32_to_char`). `None` where it is no value of the type, or the type is no number's.
    #[inline]
    pub fn normalized(self, bits: u64) -> Option<u64> {
        Some(match self {
            PrimValType::Bool => u64::from(bits as u32 != 0),
            PrimValType::U8 => bits & 0xFF,
            PrimValType::U16 => bits & 0xFFFF,
            PrimValType::S8 | PrimValType::S16 => self.sign_extended(bits),
            PrimValType::U32 | PrimValType::S32 => bits & 0xFFFF_FFFF,
            PrimValType::U64 | PrimValType::S64 => bits,
            PrimValType::F32 if f32::from_bits(bits as u32).is_nan() => u64::from(CANONICAL_FLOAT32_NAN),
            PrimValType::F32 => bits & 0xFFFF_FFFF,
            PrimValType::F64 if f64::from_bits(bits).is_nan() => CANONICAL_FLOAT64_NAN,
            PrimValType::F64 => bits,
            PrimValType::Char => u64::from(u32::from(char::from_u32(bits as u32)?)),
            PrimValType::String | PrimValType::ErrorContext => return None,
        })
    }
}

impl PrimValType {
    /// The bits of a flat value that mean something, where [`normalized`](Self::normalized) does nothing but clear the
    /// others.
    #[cfg(crossings)]
    pub fn mask(self) -> Option<u64> {
        match self {
            PrimValType::U8 => Some(0xFF),
            PrimValType::U16 => Some(0xFFFF),
            PrimValType::U32 | PrimValType::S32 => Some(0xFFFF_FFFF),
            PrimValType::U64 | PrimValType::S64 => Some(u64::MAX),
            _ => None,
        }
    }
}

impl Defined<'_> {
    /// The type of a case's payload; `None` where there is no such case.
    #[cfg_attr(not(compact), inline(always))]
    pub fn payload(self, discriminant: u32) -> Option<Option<ValType>> {
        self.member(discriminant as usize).map(|case| case.ty)
    }

    /// How many cases there are to choose from.
    pub fn cases(self) -> usize {
        match self {
            Defined::Variant(cases) => cases.len(),
            Defined::Enum(labels) => labels.len(),
            _ => 2,
        }
    }
}

/// `unpack_flags_from_int` and `pack_flags_into_int`: bits without label are lost.
pub const fn flags_mask(labels: usize) -> u64 {
    if labels >= 32 { 0xFFFF_FFFF } else { (1 << labels) - 1 }
}
