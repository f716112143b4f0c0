//! What the webhook counts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::metrics::Metrics;

/// Counts since the start.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) http: Metrics,
    reviews: Mutex<BTreeMap<&'static str, u64>>,
    errors: Mutex<BTreeMap<&'static str, u64>>,
    /// Decisions that were made, rather than found.
    pub(super) verifications: AtomicU64,
    /// Tags that a source was asked about.
    pub(super) resolutions: AtomicU64,
    /// Decisions that were there.
    pub(super) hits: AtomicU64,
    /// Decisions that somebody else was making.
    pub(super) shared: AtomicU64,
    /// Decisions that could not be recorded.
    pub(super) unrecorded: AtomicU64,
}

/// Adds one.
pub(super) fn up(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Counters {
    pub(super) fn review(&self, result: &'static str) {
        add(&self.reviews, result);
    }

    pub(super) fn error(&self, code: &'static str) {
        add(&self.errors, code);
    }

    /// All of it, in the text format of Prometheus.
    pub(super) fn text(&self, busy: usize, kept: usize) -> String {
        let size = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        let one = |value| vec![(String::new(), value)];
        let mut out = self.http.text(&[
            ("plimsoll_admission_queue", "Images that are worked on, or wait for that.", one(size(busy))),
            ("plimsoll_admission_decisions", "Decisions that are kept.", one(size(kept))),
        ]);
        let labelled = [
            ("plimsoll_admission_reviews_total", "Reviews by what came of them.", "result", &self.reviews),
            ("plimsoll_admission_errors_total", "Errors by code.", "code", &self.errors),
        ];
        for (name, help, label, values) in labelled {
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} counter");
            for (value, count) in &*values.lock().unwrap_or_else(PoisonError::into_inner) {
                let _ = writeln!(out, "{name}{{{label}=\"{value}\"}} {count}");
            }
        }
        let plain = [
            ("plimsoll_admission_verifications_total", "Images that were verified.", &self.verifications),
            ("plimsoll_admission_resolutions_total", "Tags that were looked up.", &self.resolutions),
            ("plimsoll_admission_hits_total", "Images whose decision was kept.", &self.hits),
            ("plimsoll_admission_shared_total", "Images that another review was verifying.", &self.shared),
            ("plimsoll_admission_unrecorded_total", "Decisions that could not be recorded.", &self.unrecorded),
        ];
        for (name, help, value) in plain {
            let _ =
                writeln!(out, "# HELP {name} {help}\n# TYPE {name} counter\n{name} {}", value.load(Ordering::Relaxed));
        }
        out
    }
}

fn add(counts: &Mutex<BTreeMap<&'static str, u64>>, key: &'static str) {
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    let count = counts.entry(key).or_default();
    *count = count.saturating_add(1);
}
