//! What came of an ingest.

use std::collections::BTreeSet;
use std::io::{self, Write};

use plimsoll_inventory::{ArtifactId, Location, Unread};
use serde_json::{Value, json};

/// Files that could not be read and are listed; the rest is only counted.
const LISTED: usize = 1000;

/// Counts, and what went wrong.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// Documents that were not there.
    pub(super) added: u64,
    /// The artifacts that they are about, where they are asked for.
    pub(super) artifacts: BTreeSet<ArtifactId>,
    /// Documents that were there.
    pub(super) known: u64,
    /// Attestations whose signature holds and is by whom it has to be.
    pub(super) verified: u64,
    /// Other attestations.
    pub(super) unverified: u64,
    /// Files that are neither SBOMs nor attestations.
    pub(super) other: u64,
    /// The first of what could not be read.
    pub(super) unread: Vec<Unread>,
    pub(super) unread_count: u64,
    /// One of these was named on the command line.
    pub(super) named_unread: bool,
}

impl Report {
    pub(super) fn fail(&mut self, unread: Unread, named: bool) {
        self.unread_count = self.unread_count.saturating_add(1);
        self.named_unread |= named;
        if self.unread.len() < LISTED {
            self.unread.push(unread);
        }
    }
}

pub(super) fn text(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    writeln!(
        out,
        "{} added, {} known before, {} could not be read, {} passed over",
        report.added, report.known, report.unread_count, report.other
    )?;
    if report.verified > 0 || report.unverified > 0 {
        writeln!(out, "attestations: {} verified, {} not verified", report.verified, report.unverified)?;
    }
    Ok(())
}

pub(super) fn json(report: &Report, location: &Location) -> Value {
    let failed: Vec<Value> =
        report.unread.iter().map(|unread| json!({ "place": unread.place, "reason": unread.reason })).collect();
    json!({
        "schema": "plimsoll.inventory.add/1",
        "store": location.to_string(),
        "added": report.added,
        "known": report.known,
        "attestations": { "verified": report.verified, "unverified": report.unverified },
        "other": report.other,
        "failed": report.unread_count,
        "failures": failed,
    })
}
