//! Tells a transfer that goes on from one that is only kept open.
//!
//! The only clock of this crate. It decides when to give up, and what it shows reaches no result.

use std::time::{Duration, Instant};

/// A server that sends less than this is not sending.
const BYTES_PER_SECOND: u64 = 1 << 10;

/// How long something takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// What is left of a time limit.
    pub(crate) fn left(self, limit: Duration) -> Duration {
        limit.saturating_sub(self.elapsed())
    }
}

/// Counts the time spent waiting for bytes, not the time that they are worked on.
#[derive(Debug)]
pub(crate) struct Pace {
    limit: Duration,
    waited: Duration,
    bytes: u64,
}

impl Pace {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit, waited: Duration::ZERO, bytes: 0 }
    }

    /// Notes that `bytes` came since `start`; `false` when too few came for too long.
    pub(crate) fn goes_on(&mut self, start: Stopwatch, bytes: usize) -> bool {
        self.add(start.elapsed(), bytes)
    }

    fn add(&mut self, waited: Duration, bytes: usize) -> bool {
        self.waited = self.waited.saturating_add(waited);
        self.bytes = self.bytes.saturating_add(bytes as u64);
        if self.waited < self.limit {
            return true;
        }
        let enough = self.bytes >= self.waited.as_secs().saturating_mul(BYTES_PER_SECOND);
        (self.waited, self.bytes) = (Duration::ZERO, 0);
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drip_is_no_flow() {
        let second = Duration::from_secs(1);
        let mut drip = Pace::new(second * 30);
        assert!((0..29).all(|_| drip.add(second, 1)));
        assert!(!drip.add(second, 1));
        let mut flow = Pace::new(second * 30);
        assert!((0..100).all(|_| flow.add(second, 2000)));
    }
}
