//! What Prometheus reads: its text format, version 0.0.4.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper ends of the classes of latencies, in milliseconds.
const CLASSES: &[u64] = &[5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000];

/// A name, what it is, and values by labels.
pub(crate) type Gauge<'a> = (&'a str, &'a str, Vec<(String, u64)>);

/// Counts since the start.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    requests: Mutex<BTreeMap<(String, u16), u64>>,
    classes: Mutex<[u64; 10]>,
    microseconds: AtomicU64,
    answered: AtomicU64,
    /// Documents that were new.
    pub(crate) ingested: AtomicU64,
    /// Documents that were there already.
    pub(crate) known: AtomicU64,
    /// Documents that could not be read.
    pub(crate) rejected: AtomicU64,
    /// Changes that wait or are made.
    pub(crate) queue: AtomicU64,
}

impl Metrics {
    /// Counts a request. `route` is one of the table, not the address, of which there are as many as clients please.
    pub(crate) fn count(&self, route: &str, status: u16, took: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = requests.entry((route.to_owned(), status)).or_default();
        *entry = entry.saturating_add(1);
        drop(requests);
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let mut classes = self.classes.lock().unwrap_or_else(PoisonError::into_inner);
        for (count, end) in classes.iter_mut().zip(CLASSES) {
            if milliseconds <= *end {
                *count = count.saturating_add(1);
            }
        }
        drop(classes);
        self.microseconds.fetch_add(u64::try_from(took.as_micros()).unwrap_or_default(), Ordering::Relaxed);
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    /// All of it, after gauges that were asked of the inventory.
    pub(crate) fn text(&self, gauges: &[Gauge<'_>]) -> String {
        let mut out = String::new();
        for (name, help, values) in gauges {
            header(&mut out, name, "gauge", help);
            for (labels, value) in values {
                let _ = writeln!(out, "{name}{labels} {value}");
            }
        }
        let name = "plimsoll_http_requests_total";
        header(&mut out, name, "counter", "Requests by route and status.");
        for ((route, status), count) in &*self.requests.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = writeln!(out, "{name}{{route=\"{}\",status=\"{status}\"}} {count}", quoted(route));
        }
        let name = "plimsoll_http_request_duration_seconds";
        header(&mut out, name, "histogram", "How long requests took.");
        let answered = self.answered.load(Ordering::Relaxed);
        for (count, end) in self.classes.lock().unwrap_or_else(PoisonError::into_inner).iter().zip(CLASSES) {
            let (whole, part) = (end / 1000, end % 1000);
            let _ = writeln!(out, "{name}_bucket{{le=\"{whole}.{part:03}\"}} {count}");
        }
        let _ = writeln!(out, "{name}_bucket{{le=\"+Inf\"}} {answered}");
        let total = self.microseconds.load(Ordering::Relaxed);
        let _ = writeln!(out, "{name}_sum {}.{:06}", total / 1_000_000, total % 1_000_000);
        let _ = writeln!(out, "{name}_count {answered}");
        let name = "plimsoll_ingested_documents_total";
        header(&mut out, name, "counter", "Documents that were sent, by what came of it.");
        for (result, count) in [("new", &self.ingested), ("known", &self.known), ("rejected", &self.rejected)] {
            let _ = writeln!(out, "{name}{{result=\"{result}\"}} {}", count.load(Ordering::Relaxed));
        }
        header(&mut out, "plimsoll_write_queue", "gauge", "Changes that wait for their turn, or have it.");
        let _ = writeln!(out, "plimsoll_write_queue {}", self.queue.load(Ordering::Relaxed));
        out
    }
}

fn header(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

/// The value of a label.
pub(crate) fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_add_up() {
        let metrics = Metrics::default();
        metrics.count("/a", 200, Duration::from_millis(7));
        metrics.count("/a", 200, Duration::from_secs(20));
        let text = metrics.text(&[("g", "A gauge.", vec![("{a=\"b\"}".to_owned(), 3)])]);
        assert!(text.contains("g{a=\"b\"} 3\n"), "{text}");
        assert!(text.contains("plimsoll_http_requests_total{route=\"/a\",status=\"200\"} 2\n"), "{text}");
        assert!(text.contains("_bucket{le=\"0.005\"} 0\n") && text.contains("_bucket{le=\"0.010\"} 1\n"), "{text}");
        assert!(text.contains("_bucket{le=\"+Inf\"} 2\n") && text.contains("_sum 20.007000\n"), "{text}");
    }
}
