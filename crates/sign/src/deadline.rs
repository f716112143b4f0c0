//! How long is waited for somebody else. The only place of this crate that asks how much time has passed.

use std::time::{Duration, Instant};

/// The end of a wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    /// `None` when it is further off than can be counted.
    end: Option<Instant>,
}

impl Deadline {
    /// So much later than now.
    pub(crate) fn after(wait: Duration) -> Self {
        Self { end: Instant::now().checked_add(wait) }
    }

    /// What is left, zero at the end.
    pub(crate) fn left(self) -> Duration {
        self.end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_end() {
        assert!(Deadline::after(Duration::ZERO).left().is_zero());
        assert!(Deadline::after(Duration::from_secs(60)).left() > Duration::from_secs(30));
        assert!(Deadline::after(Duration::MAX).left() > Duration::from_secs(30));
    }
}
