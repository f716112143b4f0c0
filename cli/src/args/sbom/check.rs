//! `plimsoll sbom check`.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

use super::DocumentArgument;
use crate::args::{NetworkArguments, SourceArguments};

/// Say whether a document is true: hold it against what it describes
///
/// The source is scanned, and each component is claimed and found, only claimed, only found, or there in another version
/// or with another digest; each difference has its reason. It is also said whether the document names this very artifact
/// by a digest. Differences for which a reason is known are listed but do not fail.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) document: DocumentArgument,
    /// What the document describes: a path or a prefix and a path, as `scan` takes it
    #[arg(long, value_name = "SOURCE")]
    pub(crate) against: OsString,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: CheckFormat,
    /// Exit with 1 when there is one of these
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub(crate) fail_on: Vec<FailOn>,
    /// List what is claimed and found, too
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) scan: SourceArguments,
    /// Exit with 4 when something of the source could not be read
    #[arg(long)]
    pub(crate) strict: bool,
    /// Threads to use; the result does not depend on it
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}

/// How the report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    Text,
    Json,
    Markdown,
    Csv,
    Sarif,
}

/// What can fail a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Claimed, not found, and no reason for it
    ClaimedOnly,
    /// Found, not claimed, and no reason for it
    FoundOnly,
    /// Another version
    OtherVersion,
    /// The same version with another digest
    OtherHash,
    /// The document does not name this artifact by a digest, or names another
    Unbound,
    /// Anything of these
    Any,
}
