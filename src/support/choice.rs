//! What the specifications leave open, in one place.
//!
//! Equal inputs give equal runs: wherever a specification allows several outcomes, the engine
//! asks the store's [`Choice`].

/// Answers the questions that the specifications leave open.
#[derive(Clone, Debug, Default)]
pub enum Choice {
    /// First come, first served; canonical NaNs; the documented relaxed results.
    #[default]
    First,
    /// Pseudo-random from a seed: for testers that explore.
    Seeded(u64),
}

impl Choice {
    /// One of `0..count`; 0 where there is nothing to choose.
    pub fn pick(&mut self, count: u32) -> u32 {
        match self {
            Choice::First => 0,
            Choice::Seeded(state) => {
                // SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
                *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut z = *state;
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                z ^= z >> 31;
                ((u128::from(z) * u128::from(count)) >> 64) as u32
            }
        }
    }
}
