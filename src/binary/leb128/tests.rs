//! The strict reader against the crate `leb128` and the boundaries of each width.

use super::*;
use proptest::prelude::*;
use std::vec::Vec;

/// A value as 128 bits and how many bytes it takes.
type Found = Result<(i128, usize), Malformed>;

/// What one of the functions makes of `bytes`.
fn read(bits: u32, is_signed: bool, bytes: &[u8]) -> Found {
    let of_unsigned = |found: Result<(u64, usize), _>| found.map(|(value, len)| (i128::from(value), len));
    let of_signed = |found: Result<(i64, usize), _>| found.map(|(value, len)| (i128::from(value), len));
    match (bits, is_signed) {
        (32, false) => of_unsigned(unsigned::<32>(bytes)),
        (64, false) => of_unsigned(unsigned::<64>(bytes)),
        (32, true) => of_signed(signed::<32>(bytes)),
        (33, true) => of_signed(signed::<33>(bytes)),
        (64, true) => of_signed(signed::<64>(bytes)),
        _ => panic!("no such integer"),
    }
}

const KINDS: [(u32, bool); 5] = [(32, false), (64, false), (32, true), (33, true), (64, true)];

/// The rules of the specification, written as its interpreter has them: one byte, then an
/// integer of seven bits less.
fn by_the_spec(bits: i32, is_signed: bool, bytes: &[u8]) -> Found {
    if bits <= 0 {
        return Err(Malformed::IntegerTooLong);
    }
    let [byte, rest @ ..] = bytes else { return Err(Malformed::UnexpectedEnd) };
    let low = i128::from(byte & 0x7F);
    if bits < 7 {
        let mask = if is_signed { -1i128 << (bits - 1) & 0x7F } else { -1i128 << bits & 0x7F };
        if low & mask != 0 && !(is_signed && low & mask == mask) {
            return Err(Malformed::IntegerTooLarge);
        }
    }
    if byte & 0x80 == 0 {
        let negative = is_signed && byte & 0x40 != 0;
        return Ok((if negative { low - 0x80 } else { low }, 1));
    }
    let (high, len) = by_the_spec(bits - 7, is_signed, rest)?;
    Ok((low | high << 7, len + 1))
}

#[test]
fn boundaries() {
    use Malformed::{IntegerTooLarge, IntegerTooLong, UnexpectedEnd};
    let cases: &[(u32, bool, &[u8], Found)] = &[
        (32, false, b"", Err(UnexpectedEnd)),
        (32, false, b"\x80", Err(UnexpectedEnd)),
        (32, false, b"\x7F\x00", Ok((127, 1))),
        (32, false, b"\x80\x01", Ok((128, 2))),
        (32, false, b"\xFF\x7F", Ok((16_383, 2))),
        (32, false, b"\x80\x00", Ok((0, 2))),
        (32, false, b"\x80\x80\x80\x80\x00", Ok((0, 5))),
        (32, false, b"\xFF\xFF\xFF\xFF\x0F", Ok((0xFFFF_FFFF, 5))),
        (32, false, b"\xFF\xFF\xFF\xFF\x1F", Err(IntegerTooLarge)),
        (32, false, b"\x80\x80\x80\x80\x80\x00", Err(IntegerTooLong)),
        (32, false, b"\x80\x80\x80\x80\x80", Err(IntegerTooLong)),
        (32, false, b"\xFF\xFF\xFF\xFF\xFF\x00", Err(IntegerTooLarge)),
        (64, false, b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", Ok((0xFFFF_FFFF_FFFF_FFFF, 10))),
        (64, false, b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", Err(IntegerTooLarge)),
        (64, false, b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", Err(IntegerTooLong)),
        (32, true, b"\x3F", Ok((63, 1))),
        (32, true, b"\x40", Ok((-64, 1))),
        (32, true, b"\xC0\x00", Ok((64, 2))),
        (32, true, b"\xFF\x7F", Ok((-1, 2))),
        (32, true, b"\x80\x80\x80\x80\x78", Ok((-0x8000_0000, 5))),
        (32, true, b"\xFF\xFF\xFF\xFF\x07", Ok((0x7FFF_FFFF, 5))),
        (32, true, b"\xFF\xFF\xFF\xFF\x0F", Err(IntegerTooLarge)),
        (32, true, b"\x80\x80\x80\x80\x70", Err(IntegerTooLarge)),
        (32, true, b"\xFF\xFF\xFF\xFF\xFF\x7F", Err(IntegerTooLong)),
        (33, true, b"\xFF\xFF\xFF\xFF\x0F", Ok((0xFFFF_FFFF, 5))),
        (33, true, b"\x80\x80\x80\x80\x70", Ok((-0x1_0000_0000, 5))),
        (33, true, b"\xFF\xFF\xFF\xFF\x1F", Err(IntegerTooLarge)),
        (64, true, b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7F", Ok((i64::MIN as i128, 10))),
        (64, true, b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00", Ok((i64::MAX as i128, 10))),
        (64, true, b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", Err(IntegerTooLarge)),
        (64, true, b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", Err(IntegerTooLong)),
    ];
    for &(bits, is_signed, bytes, expect) in cases {
        assert_eq!(read(bits, is_signed, bytes), expect, "{bits} bits, signed {is_signed}: {bytes:x?}");
        assert_eq!(by_the_spec(bits as i32, is_signed, bytes), expect, "the oracle on {bytes:x?}");
    }
}

/// Bytes that are LEB128s of about the right length more often than not.
fn near_leb() -> impl Strategy<Value = Vec<u8>> {
    let more = prop_oneof![3 => 0x80u8.., 1 => Just(0x80u8), 1 => Just(0xFFu8)];
    let last = prop_oneof![4 => ..0x80u8, 1 => Just(0), 1 => Just(0x7F), 1 => any::<u8>()];
    (proptest::collection::vec(more, 0..11), proptest::option::of(last), proptest::collection::vec(any::<u8>(), 0..3))
        .prop_map(|(mut bytes, last, rest)| {
            bytes.extend(last);
            bytes.extend(rest);
            bytes
        })
}

proptest! {
    #[test]
    fn agrees_with_the_rules_of_the_specification(bytes in near_leb()) {
        for (bits, is_signed) in KINDS {
            prop_assert_eq!(read(bits, is_signed, &bytes), by_the_spec(bits as i32, is_signed, &bytes));
        }
    }

    #[test]
    fn reads_what_the_crate_leb128_writes(value: u64, shift in 0u32..64, rest: [u8; 2]) {
        let value = value >> shift;
        let mut bytes = Vec::new();
        let len = leb128::write::unsigned(&mut bytes, value).unwrap();
        bytes.extend(rest);
        prop_assert_eq!(unsigned::<64>(&bytes), Ok((value, len)));
        let narrow = if value <= u64::from(u32::MAX) { Ok((value, len)) } else { unsigned::<32>(&bytes) };
        prop_assert_eq!(unsigned::<32>(&bytes), narrow);

        let value = value as i64;
        for value in [value, !value] {
            let mut bytes = Vec::new();
            let len = leb128::write::signed(&mut bytes, value).unwrap();
            bytes.extend(rest);
            prop_assert_eq!(signed::<64>(&bytes), Ok((value, len)));
            prop_assert_eq!(signed::<32>(&bytes).is_ok_and(|found| found == (value, len)), i32::try_from(value).is_ok());
        }
    }

    #[test]
    fn the_crate_leb128_reads_what_is_accepted(bytes in near_leb()) {
        if let Ok((value, len)) = unsigned::<64>(&bytes) {
            prop_assert_eq!(leb128::read::unsigned(&mut &bytes[..len]).unwrap(), value);
        }
        if let Ok((value, len)) = signed::<64>(&bytes) {
            prop_assert_eq!(leb128::read::signed(&mut &bytes[..len]).unwrap(), value);
        }
    }
}

#[test]
fn judged_integers_read_as_strict_ones_do() {
    let mut state = 1u64;
    for round in 0..100_000u32 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut bytes = state.to_be_bytes().to_vec();
        bytes.extend(state.rotate_left(21).to_le_bytes());
        // All lengths, at the end of the input as well.
        bytes.truncate(1 + round as usize % 16);
        if let Ok(read) = unsigned::<64>(&bytes) {
            assert_eq!(judged(&bytes), read, "{bytes:x?}");
        }
        if let Ok(read) = signed::<64>(&bytes) {
            assert_eq!(judged_signed(&bytes), read, "{bytes:x?}");
        }
    }
}
