//! Arguments and results of one call, as slots.

use crate::error::Result;
use crate::support::Vec;

/// How many slots a call may have without allocating.
const INLINE: usize = 16;

/// The arguments of a call and, after it, its results: as long as the longer of both.
pub(crate) struct Slots {
    inline: [u64; INLINE],
    heap: Vec<u64>,
    params: usize,
    results: usize,
}

impl Slots {
    /// Zeros for that many slots of parameters and of results.
    pub(crate) fn new(params: usize, results: usize) -> Result<Self> {
        let len = params.max(results);
        let heap = if len > INLINE { Vec::from_elem(0, len)? } else { Vec::new() };
        Ok(Self { inline: [0; INLINE], heap, params, results })
    }

    fn all(&self) -> &[u64] {
        if self.heap.is_empty() { &self.inline } else { &self.heap }
    }

    fn all_mut(&mut self) -> &mut [u64] {
        if self.heap.is_empty() { &mut self.inline } else { &mut self.heap }
    }

    /// The slots from `at` on.
    pub(crate) fn get(&self, at: usize) -> &[u64] {
        self.all().get(at..).unwrap_or_default()
    }

    /// The slots from `at` on, to change.
    pub(crate) fn from(&mut self, at: usize) -> &mut [u64] {
        self.all_mut().get_mut(at..).unwrap_or_default()
    }

    /// The arguments.
    pub(crate) fn params(&self) -> &[u64] {
        self.all().get(..self.params).unwrap_or_default()
    }

    /// The places of the results.
    pub(crate) fn results_mut(&mut self) -> &mut [u64] {
        let len = self.results;
        self.all_mut().get_mut(..len).unwrap_or_default()
    }
}
