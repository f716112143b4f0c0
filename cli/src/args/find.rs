//! `plimsoll find`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{AdvisoriesStore, StoreArguments};

/// Find the artifacts that contain something: a package, a version range, an advisory, a file, a licence
///
/// The question is made of terms: pkg:npm/lodash@<4.17.21, a name such as log4j* without pkg:, CVE-2021-44228 (or GHSA and
/// others), sha256:HEX of a file or component, path:GLOB, class:NAME, license:TEXT, layer:sha256:HEX, artifact:NAME,
/// deployed or deployed:ENVIRONMENT, first-seen:>DATE, built:>DATE, env:NAME, team:NAME and other labels as NAME:VALUE or
/// label:NAME=VALUE. Terms beside each other all have to hold; OR, NOT and parentheses join them otherwise. Every answer says
/// out of how many artifacts, and how many of them could not tell. A missing inventory is status 3, never "none found".
#[derive(Debug, Args)]
pub(crate) struct FindArguments {
    /// The question; all artifacts without one
    #[arg(value_name = "QUESTION")]
    pub(crate) question: Vec<String>,
    #[command(flatten)]
    pub(crate) terms: FindTerms,
    #[command(flatten)]
    pub(crate) store: StoreArguments,
    #[command(flatten)]
    pub(crate) advisories: AdvisoriesStore,
    /// Refuse advisories that are older than this many days; 0 for any age
    #[arg(long, value_name = "DAYS", default_value_t = 5)]
    pub(crate) max_age: u32,
    /// Sum up: by lineage (line of builds, with first and last seen) or by label:NAME
    #[arg(long, value_name = "BY", conflicts_with_all = ["blast_radius", "fix"])]
    pub(crate) group_by: Option<String>,
    /// Show the direct dependencies that bring it in, those of most artifacts first
    #[arg(long, conflicts_with = "fix")]
    pub(crate) blast_radius: bool,
    /// Show the smallest set of upgrades, in the order in which they clear most artifacts
    #[arg(long)]
    pub(crate) fix: bool,
    /// How many rows to show
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
    /// Go on after the place that the answer before ended at
    #[arg(long, value_name = "PLACE")]
    pub(crate) after: Option<u64>,
    /// How to write the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: FindFormat,
    /// Status 1 when anything is found
    #[arg(long)]
    pub(crate) fail_on_match: bool,
}

/// Terms as flags, which have to hold beside the question.
#[derive(Debug, Args)]
#[command(next_help_heading = "Terms")]
pub(crate) struct FindTerms {
    /// A file whose path is like this; without a slash, whose name is
    #[arg(long, value_name = "GLOB")]
    pub(crate) path: Vec<String>,
    /// A Java class, in a jar that a document lists the entries of: JndiLookup or org.example.JndiLookup
    #[arg(long, value_name = "NAME")]
    pub(crate) class: Vec<String>,
    /// A file with this SHA-256
    #[arg(long, value_name = "HEX")]
    pub(crate) file_sha256: Vec<String>,
    /// A component under a licence like this
    #[arg(long, value_name = "TEXT")]
    pub(crate) license: Vec<String>,
    /// What an OSV record affects, which may be your own
    #[arg(long, value_name = "FILE")]
    pub(crate) advisory: Vec<PathBuf>,
    /// Only what runs somewhere
    #[arg(long)]
    pub(crate) deployed: bool,
    /// Only artifacts for this environment: short for --label environment=NAME
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// Only artifacts of this team: short for --label team=NAME
    #[arg(long, value_name = "NAME")]
    pub(crate) team: Option<String>,
    /// Only artifacts that have this label; `*` stands for anything in the value
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) label: Vec<String>,
    /// Only where nobody who counts says that it does not matter, as `audit` over the inventory has recorded it
    #[arg(long)]
    pub(crate) not_vex: bool,
    /// Only artifacts that were first added on this day or later
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<String>,
    /// Only where this layer brought in the component that is asked for
    #[arg(long, value_name = "DIGEST")]
    pub(crate) introduced_in_layer: Option<String>,
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FindFormat {
    Text,
    Json,
    /// One JSON object a line, the counts last
    Jsonl,
    Csv,
    Markdown,
}
