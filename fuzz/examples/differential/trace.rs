//! What a run of a module comes to, in words of no engine.

/// A sequence of numbers that a seed determines (splitmix64).
pub struct Random(u64);

impl Random {
    /// The sequence of that seed.
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// Bits of an argument: often small or at an end of its range.
    pub fn argument(&mut self) -> u64 {
        let bits = self.next();
        match bits % 4 {
            0 => self.next() % 64,
            1 => 0u64.wrapping_sub(self.next() % 4),
            2 => 1 << (self.next() % 64),
            _ => self.next(),
        }
    }

    /// That many bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count.div_ceil(8)).flat_map(|_| self.next().to_le_bytes()).take(count).collect()
    }
}

/// A value; of a reference only whether it is null.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    I32(i32),
    I64(i64),
    F32(u32),
    F64(u64),
    V128(u128),
    Null,
    Reference,
}

/// The kinds of traps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TrapKind {
    Unreachable,
    MemoryAccess,
    TableAccess,
    NullFunction,
    DivideByZero,
    Overflow,
    Conversion,
    Signature,
    Exhaustion,
}

/// What can be observed of a run.
#[derive(Debug, PartialEq)]
pub enum Event {
    /// The module was instantiated, or its start function or a segment trapped.
    Instantiated(Result<(), TrapKind>),
    /// An exported function was called.
    Called { name: String, result: Result<Vec<Value>, TrapKind> },
    /// What an exported memory holds: its length and a hash.
    Memory { name: String, len: usize, hash: u64 },
    /// What an exported global holds.
    Global { name: String, value: Value },
}

impl Event {
    /// Whether the stack was exhausted: how deep it is differs.
    pub fn is_exhaustion(&self) -> bool {
        matches!(
            self,
            Event::Instantiated(Err(TrapKind::Exhaustion)) | Event::Called { result: Err(TrapKind::Exhaustion), .. }
        )
    }
}

/// FNV-1a.
pub fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01B3))
}
