//! What loads and stores do with bytes (core spec, Memory Instructions), little end first.

/// Declares loads: the type in memory, the type of the value.
macro_rules! loads {
    ($($name:ident: [u8; $len:literal] as $Memory:ty => $Value:ty;)+) => { $(
        /// `load`
        #[inline]
        pub fn $name(bytes: [u8; $len]) -> $Value {
            <$Memory>::from_le_bytes(bytes) as $Value
        }
    )+ };
}

loads! {
    i32_load: [u8; 4] as i32 => i32;
    i64_load: [u8; 8] as i64 => i64;
    i32_load8_s: [u8; 1] as i8 => i32;
    i32_load8_u: [u8; 1] as u8 => i32;
    i32_load16_s: [u8; 2] as i16 => i32;
    i32_load16_u: [u8; 2] as u16 => i32;
    i64_load8_s: [u8; 1] as i8 => i64;
    i64_load8_u: [u8; 1] as u8 => i64;
    i64_load16_s: [u8; 2] as i16 => i64;
    i64_load16_u: [u8; 2] as u16 => i64;
    i64_load32_s: [u8; 4] as i32 => i64;
    i64_load32_u: [u8; 4] as u32 => i64;
}

/// `load`
#[inline]
pub fn f32_load(bytes: [u8; 4]) -> f32 {
    f32::from_bits(u32::from_le_bytes(bytes))
}

/// `load`
#[inline]
pub fn f64_load(bytes: [u8; 8]) -> f64 {
    f64::from_bits(u64::from_le_bytes(bytes))
}

/// Declares stores: the type of the value, the type in memory, which keeps its lower bits.
macro_rules! stores {
    ($($name:ident: $Value:ty => $Memory:ty as [u8; $len:literal];)+) => { $(
        /// `store`
        #[inline]
        pub fn $name(value: $Value) -> [u8; $len] {
            (value as $Memory).to_le_bytes()
        }
    )+ };
}

stores! {
    i32_store: i32 => i32 as [u8; 4];
    i64_store: i64 => i64 as [u8; 8];
    i32_store8: i32 => u8 as [u8; 1];
    i32_store16: i32 => u16 as [u8; 2];
    i64_store8: i64 => u8 as [u8; 1];
    i64_store16: i64 => u16 as [u8; 2];
    i64_store32: i64 => u32 as [u8; 4];
}

/// `store`
#[inline]
pub fn f32_store(value: f32) -> [u8; 4] {
    value.to_bits().to_le_bytes()
}

/// `store`
#[inline]
pub fn f64_store(value: f64) -> [u8; 8] {
    value.to_bits().to_le_bytes()
}
