//! LEB128 integers, strictly as core spec, Integers (Binary Format) has them: at most
//! ⌈N / 7⌉ bytes, and no bits beyond N in the last one.

use crate::error::Malformed;

/// Reads an unsigned integer of `BITS` bits from the start of `bytes`: the value and how many
/// bytes it takes.
#[inline]
pub fn unsigned<const BITS: u32>(bytes: &[u8]) -> Result<(u64, usize), Malformed> {
    match *bytes {
        [a, ..] if a < 0x80 => Ok((u64::from(a), 1)),
        [a, b, ..] if b < 0x80 => Ok((u64::from(a & 0x7F) | u64::from(b) << 7, 2)),
        _ => unsigned_long::<BITS>(bytes),
    }
}

fn unsigned_long<const BITS: u32>(bytes: &[u8]) -> Result<(u64, usize), Malformed> {
    let mut value = 0;
    let mut shift = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        value |= u64::from(byte & 0x7F) << shift;
        let left = BITS - shift;
        if left < 7 {
            return match byte {
                _ if byte & 0x80 != 0 => Err(Malformed::IntegerTooLong),
                _ if byte >> left != 0 => Err(Malformed::IntegerTooLarge),
                _ => Ok((value, at + 1)),
            };
        }
        if byte & 0x80 == 0 {
            return Ok((value, at + 1));
        }
        shift += 7;
    }
    Err(Malformed::UnexpectedEnd)
}

/// Reads a signed integer of `BITS` bits from the start of `bytes`: the value and how many
/// bytes it takes.
#[inline]
pub fn signed<const BITS: u32>(bytes: &[u8]) -> Result<(i64, usize), Malformed> {
    match *bytes {
        [a, ..] if a < 0x80 => Ok((i64::from((a << 1) as i8 >> 1), 1)),
        _ => signed_long::<BITS>(bytes),
    }
}

fn signed_long<const BITS: u32>(bytes: &[u8]) -> Result<(i64, usize), Malformed> {
    let mut value = 0i64;
    let mut shift = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        value |= i64::from(byte & 0x7F) << shift;
        let left = BITS - shift;
        if left <= 7 {
            // The bits from the sign on must all be the sign.
            let sign_and_above = (byte << 1) as i8 >> left;
            return match byte {
                _ if byte & 0x80 != 0 => Err(Malformed::IntegerTooLong),
                _ if sign_and_above != 0 && sign_and_above != -1 => Err(Malformed::IntegerTooLarge),
                _ => Ok((extend(value, BITS), at + 1)),
            };
        }
        shift += 7;
        if byte & 0x80 == 0 {
            return Ok((extend(value, shift), at + 1));
        }
    }
    Err(Malformed::UnexpectedEnd)
}

/// Sign-extends the lower `bits` bits.
fn extend(value: i64, bits: u32) -> i64 {
    let above = 64 - bits.min(64);
    value << above >> above
}
