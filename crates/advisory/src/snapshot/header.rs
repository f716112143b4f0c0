//! The header and the footer of a snapshot.

use serde::{Deserialize, Serialize};

use crate::record::Timestamp;

/// The version of what is in the file. Another one is refused: it is made anew from the feeds.
pub(super) const SCHEMA: u32 = 2;
/// The last bytes of the file.
pub(super) const MAGIC: [u8; 8] = *b"PLMADV1\n";
/// Length of the header (4), its SHA-256 (32), magic.
pub(super) const FOOTER: u64 = 4 + 32 + 8;
/// No header is longer.
pub(super) const LONGEST_HEADER: u64 = 1 << 20;

/// What the file is made of, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) schema: u32,
    /// Seconds since 1970.
    pub(super) created: i64,
    pub(super) feeds: Vec<Feed>,
    pub(super) records: TablePlace,
    pub(super) aliases: TablePlace,
    pub(super) packages: TablePlace,
    pub(super) exploitation: TablePlace,
}

/// Where the index of a table is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TablePlace {
    pub(super) entries: u64,
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) sha256: [u8; 32],
}

/// The advisories about one ecosystem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    pub(super) ecosystem: String,
    pub(super) records: u64,
    pub(super) as_of: Option<i64>,
    pub(super) modified: Option<i64>,
}

impl Feed {
    /// The name of the ecosystem, without a release; `KEV` and `EPSS` for what is not about packages.
    #[must_use]
    pub fn ecosystem(&self) -> &str {
        &self.ecosystem
    }

    /// How many advisories name a package of it.
    #[must_use]
    pub const fn records(&self) -> u64 {
        self.records
    }

    /// The moment of which it tells: when it was fetched, or for files that somebody brought, when the newest record in
    /// them was changed. What was added by hand counts only where there is nothing else.
    #[must_use]
    pub fn as_of(&self) -> Option<Timestamp> {
        self.as_of.or(self.modified).and_then(|seconds| Timestamp::from_second(seconds).ok())
    }

    /// When its newest record was changed.
    #[must_use]
    pub fn modified(&self) -> Option<Timestamp> {
        self.modified.and_then(|seconds| Timestamp::from_second(seconds).ok())
    }
}
