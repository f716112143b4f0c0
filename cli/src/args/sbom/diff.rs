//! `plimsoll sbom diff`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::args::LimitArguments;

/// Say what changed from one document to another: components, versions, licences, digests, relationships
///
/// The documents may be of different standards. The same version with another digest comes first: it is a rebuild or an
/// attack.
#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// The document as it was
    #[arg(value_name = "BEFORE")]
    pub(crate) before: PathBuf,
    /// The document as it is; `-` reads standard input
    #[arg(value_name = "AFTER")]
    pub(crate) after: PathBuf,
    /// How to write the changes
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DiffFormat,
    /// Exit with 1 when there is a change of one of these sorts
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub(crate) fail_on: Vec<DiffKind>,
    /// Leave relationships and facts about the document out
    #[arg(long)]
    pub(crate) components_only: bool,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// How changes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    Text,
    Json,
    Markdown,
    Csv,
    Sarif,
}

/// Sorts of changes that can fail a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffKind {
    /// The same version with another digest
    Rehashed,
    /// A new component
    Added,
    /// A component that is gone
    Removed,
    /// A greater version
    Upgraded,
    /// A lesser version
    Downgraded,
    /// A version that cannot be ordered
    Reversioned,
    /// Other licences
    Relicensed,
    /// Any other fact of a component
    Changed,
    /// A relationship that came or went
    Edges,
    /// A fact about the document
    Metadata,
    /// Anything
    Any,
}
