//! LEB128 integers, strictly as core spec, Integers (Binary Format) has them: at most
//! ⌈N / 7⌉ bytes, and no bits beyond N in the last one.
//!
//! Numbers of one and two bytes, nearly all there are, are read without a loop.

use crate::error::Malformed;

/// Reads an unsigned integer of `BITS` bits from the start of `bytes`: the value and how many
/// bytes it takes.
#[inline]
pub fn unsigned<const BITS: u32>(bytes: &[u8]) -> Result<(u64, usize), Malformed> {
    match *bytes {
        [a, ..] if a < 0x80 => Ok((u64::from(a), 1)),
        [a, b, ..] if b < 0x80 => Ok((u64::from(a & 0x7F) | u64::from(b) << 7, 2)),
        _ => unsigned_long(BITS, bytes),
    }
}

fn unsigned_long(bits: u32, bytes: &[u8]) -> Result<(u64, usize), Malformed> {
    long(bits, false, bytes)
}

/// `uN` and `sN`, of any length. The last byte that may be is judged by its bits before it is known whether another
/// follows, as the specification's interpreter does: "too large" goes before "too long". Small processors have one
/// copy for both.
#[cfg_attr(compact, inline(never))]
#[cfg_attr(not(compact), inline(always))]
pub fn long(bits: u32, signed: bool, bytes: &[u8]) -> Result<(u64, usize), Malformed> {
    let mut value = 0;
    let mut shift = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        value |= u64::from(byte & 0x7F) << shift;
        let left = bits - shift;
        if left < 7 {
            // The bits above the number must be zero, or those from the sign on must all be the sign.
            let fits = match signed {
                true => matches!((byte << 1) as i8 >> left, 0 | -1),
                false => (byte & 0x7F) >> left == 0,
            };
            return match byte {
                _ if !fits => Err(Malformed::IntegerTooLarge),
                0x80.. => Err(Malformed::IntegerTooLong),
                _ if signed => Ok((extend(value.cast_signed(), bits).cast_unsigned(), at + 1)),
                _ => Ok((value, at + 1)),
            };
        }
        shift += 7;
        if byte < 0x80 {
            return match signed {
                true => Ok((extend(value.cast_signed(), shift).cast_unsigned(), at + 1)),
                false => Ok((value, at + 1)),
            };
        }
    }
    Err(Malformed::UnexpectedEnd)
}

/// Reads a signed integer of `BITS` bits from the start of `bytes`: the value and how many
/// bytes it takes.
#[inline]
pub fn signed<const BITS: u32>(bytes: &[u8]) -> Result<(i64, usize), Malformed> {
    match *bytes {
        [a, ..] if a < 0x80 => Ok((extend(i64::from(a), 7), 1)),
        [a, b, ..] if b < 0x80 => Ok((extend(i64::from(a & 0x7F) | i64::from(b) << 7, 14), 2)),
        _ => signed_long(BITS, bytes),
    }
}

fn signed_long(bits: u32, bytes: &[u8]) -> Result<(i64, usize), Malformed> {
    long(bits, true, bytes).map(|(value, len)| (value.cast_signed(), len))
}

/// Sign-extends the lower `bits` bits.
#[inline]
pub fn extend(value: i64, bits: u32) -> i64 {
    let above = 64 - bits.min(64);
    value << above >> above
}

/// Reads an integer that is known to be well-formed: its groups of seven bits in a row, how
/// many bytes it takes, and nothing above the last group. Without branches where eight bytes
/// are there to be looked at and it ends among them, as nearly always.
#[inline(always)]
pub fn judged(bytes: &[u8]) -> (u64, usize) {
    if cfg!(compact) {
        return long(64, false, bytes).unwrap_or_default();
    }
    match bytes.first_chunk::<8>().and_then(|chunk| judged_word(u64::from_le_bytes(*chunk))) {
        Some(number) => number,
        None => judged_long(bytes),
    }
}

/// The same for the number at the start of eight bytes; `None` where it goes on after them.
#[inline(always)]
pub fn judged_word(word: u64) -> Option<(u64, usize)> {
    let ends = !word & 0x8080_8080_8080_8080;
    // All bits up to the first byte without continuation bit.
    let bits = word & (ends ^ ends.wrapping_sub(1));
    // A closure would borrow these, and where closures are not inlined a handler that reads a number
    // would not be free of locals with an address.
    if ends == 0 { None } else { Some((pack(bits), (ends.trailing_zeros() / 8 + 1) as usize)) }
}

/// Moves eight groups of seven bits together.
#[inline(always)]
pub fn pack(word: u64) -> u64 {
    let word = word & 0x7F7F_7F7F_7F7F_7F7F;
    let word = word & 0x007F_007F_007F_007F | (word & 0x7F00_7F00_7F00_7F00) >> 1;
    let word = word & 0x0000_3FFF_0000_3FFF | (word & 0x3FFF_0000_3FFF_0000) >> 2;
    word & 0x0FFF_FFFF | (word & 0x0FFF_FFFF_0000_0000) >> 4
}

/// The same for a number that does not end among eight bytes, or where there are not so many.
#[inline(never)]
fn judged_long(bytes: &[u8]) -> (u64, usize) {
    // Hashes are made of constants of nine and ten bytes.
    if cfg!(target_pointer_width = "64")
        && let Some(&[a, b, c, d, e, f, g, h, ninth, tenth]) = bytes.first_chunk()
    {
        let value = pack(u64::from_le_bytes([a, b, c, d, e, f, g, h])) | u64::from(ninth & 0x7F) << 56;
        return if ninth < 0x80 { (value, 9) } else { (value | u64::from(tenth) << 63, 10) };
    }
    let mut value = 0;
    for (at, &byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7F) << (7 * at);
        if byte & 0x80 == 0 {
            return (value, at + 1);
        }
    }
    (value, bytes.len().min(10))
}

/// The same for a signed integer.
#[inline(always)]
pub fn judged_signed(bytes: &[u8]) -> (i64, usize) {
    if cfg!(compact) {
        return signed_long(64, bytes).unwrap_or_default();
    }
    let (value, len) = judged(bytes);
    (extend(value.cast_signed(), 7 * len as u32), len)
}

/// Reads an integer of 32 bits that is known to be well-formed, without words of 64 bits: its groups of seven
/// bits in a row, and how many bytes it takes.
#[inline(never)]
pub fn judged_32(bytes: &[u8]) -> (u32, u32) {
    let Some(bytes) = bytes.first_chunk::<5>() else { return judged_last_32(bytes) };
    // Four of the bytes are read as a word only where they are a part of their own.
    let ([groups], [last]) = bytes.as_chunks() else { return judged_last_32(bytes) };
    let word = u32::from_le_bytes(*groups);
    let ends = !word & 0x8080_8080;
    if ends == 0 {
        return (pack_32(word) | u32::from(*last) << 28, 5);
    }
    // All bits up to the first byte without continuation bit.
    (pack_32(word & (ends ^ ends.wrapping_sub(1))), ends.trailing_zeros() / 8 + 1)
}

/// The same where there are fewer than five bytes.
#[inline(never)]
fn judged_last_32(bytes: &[u8]) -> (u32, u32) {
    let (mut value, mut len) = (0, 0);
    for &byte in bytes.iter().take(4) {
        value |= u32::from(byte & 0x7F) << (7 * len);
        len += 1;
        if byte < 0x80 {
            break;
        }
    }
    (value, len)
}

/// Sign-extends the groups of a number of 32 bits that takes so many bytes.
#[inline(always)]
pub const fn extend_32(value: u32, len: u32) -> i32 {
    match len {
        ..5 => value.cast_signed() << (32 - 7 * len) >> (32 - 7 * len),
        // All of its bits are there.
        _ => value.cast_signed(),
    }
}

/// Moves four groups of seven bits together.
#[inline(always)]
const fn pack_32(word: u32) -> u32 {
    let word = word & 0x007F_007F | (word & 0x7F00_7F00) >> 1;
    word & 0x3FFF | (word & 0x3FFF_0000) >> 2
}

#[cfg(test)]
mod tests;
