//! Small changes to inputs, chosen by a generator of numbers: from one seed the same ones, on
//! every machine.

/// Marsaglia's xorshift64*.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Every seed gives other numbers.
    pub const fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// One of `0..count`, or 0 where there is none.
    pub fn below(&mut self, count: usize) -> usize {
        ((self.number() >> 32) as usize).checked_rem(count).unwrap_or(0)
    }

    /// One time in `count`.
    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    /// One of `items`, if there are any.
    pub fn choose<'i, T>(&mut self, items: &'i [T]) -> Option<&'i T> {
        items.get(self.below(items.len()))
    }

    /// That many random bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.number() as u8).collect()
    }
}

/// Changes some bytes behind the first eight, which say what the input is.
pub fn bytes(random: &mut Random, bytes: &mut Vec<u8>) {
    const HEADER: usize = 8;
    for _ in 0..=random.below(3) {
        let at = HEADER + random.below(bytes.len().saturating_sub(HEADER));
        let (small, any) = (random.below(12) as u8, random.number() as u8);
        match (random.below(8), bytes.get_mut(at)) {
            (0, Some(_)) => drop(bytes.remove(at)),
            (1, Some(_)) => bytes.insert(at, small),
            (2, Some(byte)) => *byte = any,
            (3, Some(byte)) => *byte = byte.wrapping_sub(1),
            (4, Some(byte)) => *byte = byte.wrapping_add(1),
            (5, Some(byte)) => *byte ^= 1 << (any % 8),
            (_, Some(byte)) => *byte = small,
            (_, None) => bytes.push(any),
        }
    }
}
