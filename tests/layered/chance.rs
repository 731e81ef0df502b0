//! Numbers that look random, and are the same again for the same seed.

use std::ops::Range;

/// A xorshift generator.
pub(crate) struct Chance {
    state: u64,
    seed: u64,
}

impl Chance {
    /// From `DEVSTACK_TEST_SEED`, else from this number.
    pub(crate) fn new(default: u64) -> Self {
        let given = std::env::var("DEVSTACK_TEST_SEED").ok();
        let seed = given
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
            .max(1);
        Self { state: seed, seed }
    }

    /// What it started from, for messages.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    /// A number of this range.
    pub(crate) fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    /// One of these.
    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let count = u64::try_from(of.len()).expect("few");
        &of[usize::try_from(self.within(0..count)).expect("few")]
    }
}

/// How often a random test does what it does: so many times, times `DEVSTACK_TEST_ROUNDS`.
pub(crate) fn rounds(default: usize) -> usize {
    let given = std::env::var("DEVSTACK_TEST_ROUNDS").ok();
    default
        * given
            .and_then(|text| text.parse::<usize>().ok())
            .unwrap_or(1)
}
