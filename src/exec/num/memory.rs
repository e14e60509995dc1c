//! Loads and stores: values from bytes and back (core spec, Bytes).
#![allow(missing_docs)] // each function is the instruction of its name

#[inline(always)]
pub fn i32_load(bytes: [u8; 4]) -> i32 {
    i32::from_le_bytes(bytes)
}

#[inline(always)]
pub fn i64_load(bytes: [u8; 8]) -> i64 {
    i64::from_le_bytes(bytes)
}

#[inline(always)]
pub fn f32_load(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes)
}

#[inline(always)]
pub fn f64_load(bytes: [u8; 8]) -> u64 {
    u64::from_le_bytes(bytes)
}

#[inline(always)]
pub fn i32_load8_s(bytes: [u8; 1]) -> i32 {
    i32::from(i8::from_le_bytes(bytes))
}

#[inline(always)]
pub fn i32_load8_u(bytes: [u8; 1]) -> i32 {
    i32::from(u8::from_le_bytes(bytes))
}

#[inline(always)]
pub fn i32_load16_s(bytes: [u8; 2]) -> i32 {
    i32::from(i16::from_le_bytes(bytes))
}

#[inline(always)]
pub fn i32_load16_u(bytes: [u8; 2]) -> i32 {
    i32::from(u16::from_le_bytes(bytes))
}

#[inline(always)]
pub fn i64_load8_s(bytes: [u8; 1]) -> i64 {
    i64::from(i8::from_le_bytes(bytes))
}

#[inline(always)]
pub fn i64_load8_u(bytes: [u8; 1]) -> i64 {
    i64::from(u8::from_le_bytes(bytes))
}

#[inline(always)]
pub fn i64_load16_s(bytes: [u8; 2]) -> i64 {
    i64::from(i16::from_le_bytes(bytes))
}

#[inline(always)]
pub fn i64_load16_u(bytes: [u8; 2]) -> i64 {
    i64::from(u16::from_le_bytes(bytes))
}

#[inline(always)]
pub fn i64_load32_s(bytes: [u8; 4]) -> i64 {
    i64::from(i32::from_le_bytes(bytes))
}

#[inline(always)]
pub fn i64_load32_u(bytes: [u8; 4]) -> i64 {
    i64::from(u32::from_le_bytes(bytes))
}

#[inline(always)]
pub fn i32_store(value: i32) -> [u8; 4] {
    value.to_le_bytes()
}

#[inline(always)]
pub fn i64_store(value: i64) -> [u8; 8] {
    value.to_le_bytes()
}

#[inline(always)]
pub fn f32_store(value: u32) -> [u8; 4] {
    value.to_le_bytes()
}

#[inline(always)]
pub fn f64_store(value: u64) -> [u8; 8] {
    value.to_le_bytes()
}

#[inline(always)]
pub fn i32_store8(value: i32) -> [u8; 1] {
    (value as u8).to_le_bytes()
}

#[inline(always)]
pub fn i32_store16(value: i32) -> [u8; 2] {
    (value as u16).to_le_bytes()
}

#[inline(always)]
pub fn i64_store8(value: i64) -> [u8; 1] {
    (value as u8).to_le_bytes()
}

#[inline(always)]
pub fn i64_store16(value: i64) -> [u8; 2] {
    (value as u16).to_le_bytes()
}

#[inline(always)]
pub fn i64_store32(value: i64) -> [u8; 4] {
    (value as u32).to_le_bytes()
}
