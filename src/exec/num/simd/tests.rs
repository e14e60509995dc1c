//! Lanes at their bounds; the suites have the rest.

use super::*;

/// A vector of 16-bit lanes.
fn i16x8(lanes: [i16; 8]) -> V128 {
    let mut bytes = [0; 16];
    for (place, lane) in bytes.chunks_exact_mut(2).zip(lanes) {
        place.copy_from_slice(&lane.to_le_bytes());
    }
    V128(bytes)
}

#[test]
fn lanes_wrap_or_saturate_each_by_itself() {
    let (most, least) = (i16x8([i16::MAX; 8]), i16x8([i16::MIN; 8]));
    let one = i16x8([1, 0, 1, 0, 1, 0, 1, 0]);
    let mixed = |odd, even| i16x8([odd, even, odd, even, odd, even, odd, even]);
    assert_eq!(i16x8_add(most, one), mixed(i16::MIN, i16::MAX));
    assert_eq!(i16x8_add_sat_s(most, one), most);
    assert_eq!(i16x8_sub(least, one), mixed(i16::MAX, i16::MIN));
    assert_eq!(i16x8_sub_sat_s(least, one), least);
}

#[test]
fn the_only_product_that_does_not_fit_saturates_or_wraps() {
    let least = i16x8([i16::MIN; 8]);
    assert_eq!(i16x8_q15mulr_sat_s(least, least), i16x8([i16::MAX; 8]));
    // Bytes of −128: two products of 16 384 are one more than a lane holds.
    let bytes = V128([0x80; 16]);
    assert_eq!(i16x8_relaxed_dot_i8x16_i7x16_s(bytes, bytes), least);
}

#[test]
fn lanes_that_there_are_not_are_zero() {
    let lanes = V128(core::array::from_fn(|lane| lane as u8 + 1));
    let wanted = V128([15, 16, 0, 255, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    let found = V128([16, 0, 1, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
    assert_eq!(i8x16_swizzle(lanes, wanted), found);
    assert_eq!(i8x16_relaxed_swizzle(lanes, wanted), found);
}
