//! How often an address may be wrong about who it is.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// Failures that one address may have within a minute.
const MOST: u32 = 20;
/// Seconds.
const WINDOW: i64 = 60;
/// Addresses that are remembered. When there are more, all are forgotten: guessing 256 bits stays hopeless.
const ADDRESSES: usize = 10_000;

/// Failures by address.
#[derive(Debug, Default)]
pub(crate) struct Failures(Mutex<BTreeMap<IpAddr, (i64, u32)>>);

impl Failures {
    /// Whether an address has been wrong too often.
    pub(crate) fn is_blocked(&self, address: IpAddr, now: Timestamp) -> bool {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let within = |since: i64| now.as_second().saturating_sub(since) < WINDOW;
        held.get(&address).is_some_and(|(since, count)| *count >= MOST && within(*since))
    }

    /// Counts a failure.
    pub(crate) fn count(&self, address: IpAddr, now: Timestamp) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= ADDRESSES && !held.contains_key(&address) {
            held.clear();
        }
        let entry = held.entry(address).or_insert((now.as_second(), 0));
        if now.as_second().saturating_sub(entry.0) >= WINDOW {
            *entry = (now.as_second(), 0);
        }
        entry.1 = entry.1.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_guesses_waits_a_minute() {
        let failures = Failures::default();
        let (address, other): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let at = |second| Timestamp::from_second(second).unwrap();
        (0..MOST).for_each(|_| failures.count(address, at(100)));
        assert!(failures.is_blocked(address, at(159)) && !failures.is_blocked(other, at(159)));
        assert!(!failures.is_blocked(address, at(160)));
    }
}
