//! How much a hostile input may cost us.

use std::sync::atomic::{AtomicU64, Ordering};

/// The limits that every reader works within. Each has a `--max-…` flag.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes that decompression may produce over the whole run.
    pub total_bytes: u64,
    /// Bytes of one file that may be held in memory.
    pub member_bytes: u64,
    /// Output to input ratio of a compressed stream, checked once it made [`Limits::ratio_floor`] bytes.
    pub ratio: u64,
    /// Bytes of output below which no ratio is too high.
    pub ratio_floor: u64,
    /// Archives within archives.
    pub nesting: u32,
    /// Entries of one archive or directory tree, or tags of an SPDX tag-value document.
    pub entries: u64,
    /// Bytes of a path.
    pub path_bytes: usize,
    /// Symbolic links followed for one path (Linux `ELOOP` at 40).
    pub symlink_hops: u32,
    /// Nesting of a JSON, YAML, TOML or XML document.
    pub depth: u32,
    /// Nodes of a YAML document, aliases counted each time.
    pub yaml_nodes: u64,
}

impl Limits {
    /// The limits of DESIGN §7.
    pub const DEFAULT: Self = Self {
        total_bytes: 64 << 30,
        member_bytes: 256 << 20,
        ratio: 1000,
        ratio_floor: 64 << 20,
        nesting: 8,
        entries: 5_000_000,
        path_bytes: 4096,
        symlink_hops: 40,
        depth: 128,
        yaml_nodes: 1_000_000,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The limits, and what was used of the ones that run over a whole scan. Shared by all threads.
#[derive(Debug, Default)]
pub struct Budget {
    limits: Limits,
    bytes: AtomicU64,
}

/// What ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resource {
    /// [`Limits::total_bytes`].
    TotalBytes,
    /// [`Limits::member_bytes`].
    MemberBytes,
    /// [`Limits::ratio`].
    Ratio,
    /// [`Limits::nesting`].
    Nesting,
    /// [`Limits::entries`].
    Entries,
    /// [`Limits::path_bytes`].
    PathBytes,
    /// [`Limits::depth`].
    Depth,
    /// [`Limits::yaml_nodes`].
    YamlNodes,
}

impl Resource {
    /// The flag that raises the limit.
    #[must_use]
    pub const fn flag(self) -> &'static str {
        match self {
            Self::TotalBytes => "--max-total-bytes",
            Self::MemberBytes => "--max-member-bytes",
            Self::Ratio => "--max-ratio",
            Self::Nesting => "--max-nesting",
            Self::Entries => "--max-entries",
            Self::PathBytes => "--max-path-bytes",
            Self::Depth => "--max-depth",
            Self::YamlNodes => "--max-yaml-nodes",
        }
    }
}

/// A limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("limit of {limit} reached ({})", resource.flag())]
pub struct BudgetExceeded {
    /// What ran out.
    pub resource: Resource,
    /// The limit that holds.
    pub limit: u64,
}

impl Budget {
    /// A fresh budget under these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, bytes: AtomicU64::new(0) }
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Takes `bytes` of decompressed output off the total.
    ///
    /// # Errors
    /// The total is used up.
    pub fn spend_bytes(&self, bytes: u64) -> Result<(), BudgetExceeded> {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        check(before.saturating_add(bytes), self.limits.total_bytes, Resource::TotalBytes)
    }

    /// Whether a file of `bytes` may be held in memory.
    ///
    /// # Errors
    /// It may not.
    pub fn check_member(&self, bytes: u64) -> Result<(), BudgetExceeded> {
        check(bytes, self.limits.member_bytes, Resource::MemberBytes)
    }

    /// Whether `output` bytes out of `input` compressed bytes is still plausible.
    ///
    /// # Errors
    /// It is a bomb.
    pub fn check_ratio(&self, input: u64, output: u64) -> Result<(), BudgetExceeded> {
        if output <= self.limits.ratio_floor {
            return Ok(());
        }
        let allowed = input.max(1).saturating_mul(self.limits.ratio);
        if output > allowed {
            return Err(BudgetExceeded { resource: Resource::Ratio, limit: self.limits.ratio });
        }
        Ok(())
    }

    /// Whether archives may nest this deep.
    ///
    /// # Errors
    /// They may not.
    pub fn check_nesting(&self, depth: u32) -> Result<(), BudgetExceeded> {
        check(u64::from(depth), u64::from(self.limits.nesting), Resource::Nesting)
    }

    /// Whether one archive or tree may have this many entries.
    ///
    /// # Errors
    /// It may not.
    pub fn check_entries(&self, entries: u64) -> Result<(), BudgetExceeded> {
        check(entries, self.limits.entries, Resource::Entries)
    }
}

fn check(value: u64, limit: u64, resource: Resource) -> Result<(), BudgetExceeded> {
    if value > limit { Err(BudgetExceeded { resource, limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_the_limit_is_fine_and_over_it_is_not() {
        let budget = Budget::new(Limits { total_bytes: 10, ..Limits::DEFAULT });
        assert!(budget.spend_bytes(10).is_ok());
        assert_eq!(budget.spend_bytes(1), Err(BudgetExceeded { resource: Resource::TotalBytes, limit: 10 }));
    }

    #[test]
    fn small_outputs_may_have_any_ratio() {
        let budget = Budget::default();
        assert!(budget.check_ratio(1, 64 << 20).is_ok());
        assert!(budget.check_ratio(1, (64 << 20) + 1).is_err());
        assert!(budget.check_ratio(1 << 20, 1000 << 20).is_ok());
    }
}
