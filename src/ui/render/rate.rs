//! How fast bytes move, and how long the rest will take.

use std::collections::VecDeque;

/// Only so many milliseconds back count.
const WINDOW_MS: u64 = 5000;
/// Nothing is said of a shorter time than this.
const SHORTEST_MS: u64 = 500;

/// Bytes moved lately.
#[derive(Debug, Clone, Default)]
pub(super) struct Rate {
    samples: VecDeque<(u64, u64)>,
}

impl Rate {
    /// At `at` milliseconds so many bytes were done in all.
    pub(super) fn add(&mut self, at: u64, done: u64) {
        if self
            .samples
            .back()
            .is_some_and(|&(_, before)| done < before)
        {
            // Something new is being moved.
            self.samples.clear();
        }
        self.samples.push_back((at, done));
        while self.samples.len() > 2
            && self
                .samples
                .get(1)
                .is_some_and(|&(first, _)| first + WINDOW_MS < at)
        {
            self.samples.pop_front();
        }
    }

    /// Bytes a second, once that can be told.
    pub(super) fn per_second(&self) -> Option<u64> {
        let (&(from, before), &(to, after)) = (self.samples.front()?, self.samples.back()?);
        let took = to.checked_sub(from).filter(|&took| took >= SHORTEST_MS)?;
        let bytes = u128::from(after - before) * 1000 / u128::from(took);
        u64::try_from(bytes).ok().filter(|&rate| rate > 0)
    }

    /// Milliseconds until `total` bytes are done, if it goes on like this.
    pub(super) fn remaining_ms(&self, total: u64) -> Option<u64> {
        let &(_, done) = self.samples.back()?;
        let left = total.checked_sub(done).filter(|&left| left > 0)?;
        u64::try_from(u128::from(left) * 1000 / u128::from(self.per_second()?)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_rate_tells_the_rest() {
        let mut rate = Rate::default();
        for second in 0..4 {
            rate.add(second * 1000, second * 2_000_000);
        }
        assert_eq!(rate.per_second(), Some(2_000_000));
        assert_eq!(rate.remaining_ms(10_000_000), Some(2000));
        assert_eq!(rate.remaining_ms(6_000_000), None);
    }

    #[test]
    fn the_first_moments_tell_nothing() {
        let mut rate = Rate::default();
        rate.add(0, 0);
        rate.add(100, 5_000_000);
        assert_eq!(rate.per_second(), None);
    }

    #[test]
    fn old_samples_and_earlier_files_do_not_count() {
        let mut rate = Rate::default();
        rate.add(0, 0);
        rate.add(1000, 50_000_000);
        for second in 2..=9 {
            rate.add(second * 1000, 50_000_000 + second * 1000);
        }
        assert_eq!(rate.per_second(), Some(1000));
        rate.add(10_000, 5);
        assert_eq!(rate.per_second(), None);
    }
}
