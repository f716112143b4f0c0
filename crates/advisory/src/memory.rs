//! Advisories in memory: those of a file that somebody wrote on a day on which there is nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::error::SnapshotError;
use crate::matching::{Lookup, Matched, Row, Rows, Target, match_all, row_key};
use crate::record::Advisory;

/// A few advisories, matched by the same rules as a [`Snapshot`](crate::Snapshot).
#[derive(Debug, Default)]
pub struct Advisories {
    records: BTreeMap<String, Advisory>,
    rows: BTreeMap<Vec<u8>, Arc<Row>>,
    ecosystems: BTreeSet<String>,
}

impl Advisories {
    /// Of records; of two with one id the last one stays.
    #[must_use]
    pub fn from_records(records: impl IntoIterator<Item = Advisory>) -> Self {
        let records: BTreeMap<_, _> = records.into_iter().map(|record| (record.id.clone(), record)).collect();
        let mut rows = Rows::default();
        records.values().for_each(|record| rows.add(record));
        let rows: BTreeMap<_, _> = rows.finish().map(|(key, row)| (key, Arc::new(row))).collect();
        let ecosystems = rows.values().map(|row| row.ecosystem.clone()).collect();
        Self { records, rows, ecosystems }
    }

    /// The records, by id.
    pub fn records(&self) -> impl Iterator<Item = &Advisory> {
        self.records.values()
    }

    /// Decides for each target which advisories affect it; answers come in the order of the targets.
    #[must_use]
    pub fn matches(&self, targets: &[Target]) -> Vec<Matched> {
        // Memory is always there to be read.
        match_all(self, targets).unwrap_or_default()
    }
}

impl Lookup for Advisories {
    fn rows(&self, ecosystem: &str, name: &str) -> Result<Vec<Arc<Row>>, SnapshotError> {
        let prefix = row_key(ecosystem, name, "");
        let rows = self.rows.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
        Ok(rows.map(|(_, row)| Arc::clone(row)).collect())
    }

    fn covers(&self, ecosystem: &str) -> bool {
        self.ecosystems.contains(ecosystem)
    }
}
