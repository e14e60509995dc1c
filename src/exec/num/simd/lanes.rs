//! Vectors as lanes and back (core spec, Vectors: `lanes` and its inverse), the first lane in
//! the first bytes, each with its little end first, on every target.

use super::V128;

/// All lanes of a vector.
pub(super) trait Lanes: Copy {
    /// The lanes of a vector.
    fn of(vector: V128) -> Self;
    /// The vector of these lanes.
    fn vector(self) -> V128;
}

macro_rules! lanes {
    ($($Lane:ty, $size:literal, $count:literal;)+) => { $(
        impl Lanes for [$Lane; $count] {
            #[inline(always)]
            fn of(vector: V128) -> Self {
                let (bytes, _) = vector.0.as_chunks::<$size>();
                let mut lanes = [<$Lane>::default(); $count];
                for (lane, bytes) in lanes.iter_mut().zip(bytes) {
                    *lane = <$Lane>::from_le_bytes(*bytes);
                }
                lanes
            }

            #[inline(always)]
            fn vector(self) -> V128 {
                let mut vector = [0; 16];
                let (bytes, _) = vector.as_chunks_mut::<$size>();
                for (bytes, lane) in bytes.iter_mut().zip(self) {
                    *bytes = lane.to_le_bytes();
                }
                V128(vector)
            }
        }
    )+ };
}

lanes! {
    i8, 1, 16;
    u8, 1, 16;
    i16, 2, 8;
    u16, 2, 8;
    i32, 4, 4;
    u32, 4, 4;
    i64, 8, 2;
    u64, 8, 2;
    f32, 4, 4;
    f64, 8, 2;
}

/// One operand, lane by lane.
#[inline(always)]
pub(super) fn map<A: Copy, B: Copy + Default, const N: usize>(a: V128, compute: impl Fn(A) -> B) -> V128
where
    [A; N]: Lanes,
    [B; N]: Lanes,
{
    let mut out = [B::default(); N];
    for (out, a) in out.iter_mut().zip(<[A; N]>::of(a)) {
        *out = compute(a);
    }
    out.vector()
}

/// Two operands, lane by lane.
#[inline(always)]
pub(super) fn zip<A: Copy, B: Copy + Default, const N: usize>(a: V128, b: V128, compute: impl Fn(A, A) -> B) -> V128
where
    [A; N]: Lanes,
    [B; N]: Lanes,
{
    let mut out = [B::default(); N];
    for ((out, a), b) in out.iter_mut().zip(<[A; N]>::of(a)).zip(<[A; N]>::of(b)) {
        *out = compute(a, b);
    }
    out.vector()
}
