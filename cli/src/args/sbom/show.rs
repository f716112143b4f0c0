//! `plimsoll sbom show`.

use clap::Args;
use plimsoll_sbom::outline::Filter;

use super::DocumentArgument;
use crate::args::TableFormat;

/// Show what a document lists: its subject, its components, how they hang together
///
/// Large JSON documents are shown in one pass over them, as long as no licences or scopes are asked for.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    #[command(flatten)]
    pub(crate) document: DocumentArgument,
    /// Show a tree, from the subjects down; what was shown before is marked (*)
    #[arg(long)]
    pub(crate) tree: bool,
    /// Levels of the tree below its tops
    #[arg(long, value_name = "N", requires = "tree")]
    pub(crate) depth: Option<usize>,
    /// Only components that fit, as in `type=npm,license=MIT,scope=dev,name=react*`
    #[arg(long, value_name = "CONDITIONS", value_parser = filter)]
    pub(crate) filter: Option<Filter>,
    /// Show licences and scopes, too
    #[arg(long)]
    pub(crate) licenses: bool,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: TableFormat,
}

fn filter(text: &str) -> Result<Filter, String> {
    Filter::parse(text).map_err(|error| error.to_string())
}
