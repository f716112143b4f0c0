//! How often is asked, and how long is waited. The only place of this crate that asks how much time has passed.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// No more than one request in so much time, whatever the number of threads.
#[derive(Debug)]
pub(super) struct Pace {
    apart: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn new(apart: Duration) -> Self {
        Self { apart, next: Mutex::new(None) }
    }

    /// Waits until it is polite to ask again.
    pub(super) fn wait(&self) {
        let now = Instant::now();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let at = next.filter(|at| *at > now).unwrap_or(now);
        *next = at.checked_add(self.apart);
        drop(next);
        thread::sleep(at.saturating_duration_since(now));
    }
}

/// The end of a wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    began: Instant,
    wait: Duration,
}

impl Deadline {
    /// So much later than now.
    pub(super) fn after(wait: Duration) -> Self {
        Self { began: Instant::now(), wait }
    }

    pub(super) fn is_over(self) -> bool {
        self.began.elapsed() > self.wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_end() {
        assert!(!Deadline::after(Duration::from_secs(60)).is_over() && !Deadline::after(Duration::MAX).is_over());
        let pace = Pace::new(Duration::from_millis(20));
        let began = Instant::now();
        (0..3).for_each(|_| pace.wait());
        assert!(began.elapsed() >= Duration::from_millis(40));
    }
}
