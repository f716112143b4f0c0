//! `plimsoll inventory show`, `remove`, `export` and `label`.

use std::path::PathBuf;

use clap::Args;

use super::StoreArguments;
use crate::args::DataFormat;

/// Show what is known of an artifact
#[derive(Debug, Args)]
pub(crate) struct InventoryShowArguments {
    /// The artifact: a digest or the beginning of one, a name, NAME@VERSION, a tag, or its number
    pub(crate) artifact: String,
    #[command(flatten)]
    pub(crate) store: StoreArguments,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}

/// Which artifacts are meant.
#[derive(Debug, Args)]
pub(crate) struct SelectionArguments {
    /// The artifacts: a digest or the beginning of one, a name, NAME@VERSION, a tag, or a number
    #[arg(value_name = "ARTIFACT")]
    pub(crate) artifacts: Vec<String>,
    /// All artifacts with a name like this; `*` stands for anything
    #[arg(long, value_name = "GLOB")]
    pub(crate) name: Option<String>,
    /// All artifacts that have this label; `*` stands for anything in the value. May be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) with_label: Vec<String>,
}

/// Take artifacts out: the documents about them are deleted
///
/// Several conditions (--name, --with-label, --older-than) have all to hold.
#[derive(Debug, Args)]
pub(crate) struct InventoryRemoveArguments {
    #[command(flatten)]
    pub(crate) selection: SelectionArguments,
    /// All artifacts that were added so long ago: a number and d, h, m or s, such as 90d
    #[arg(long, value_name = "AGE")]
    pub(crate) older_than: Option<String>,
    #[command(flatten)]
    pub(crate) store: StoreArguments,
    /// Only say what would be taken out
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Write the documents out again, byte for byte as they were added
#[derive(Debug, Args)]
pub(crate) struct InventoryExportArguments {
    #[command(flatten)]
    pub(crate) selection: SelectionArguments,
    #[command(flatten)]
    pub(crate) store: StoreArguments,
    /// The directory to write to, which is made; or a tar archive, a name that ends in .tar, or - for standard output. Each document is
    /// named by its digest, and `inventory add` reads either
    #[arg(short, long, value_name = "PLACE")]
    pub(crate) output: PathBuf,
}

/// Give artifacts labels: owner, team, environment, service, or any other
#[derive(Debug, Args)]
pub(crate) struct InventoryLabelArguments {
    /// An artifact and its labels, NAME=VALUE; an empty value takes the label away
    #[arg(value_name = "ARTIFACT LABEL", required_unless_present = "from", conflicts_with = "from", num_args = 2..)]
    pub(crate) words: Vec<String>,
    /// Read them from a file of comma-separated values: the first row names the columns, of which `artifact` holds a digest or a name,
    /// in which `*` stands for anything; each other column is a label. An empty cell changes nothing
    #[arg(long, value_name = "CSV")]
    pub(crate) from: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) store: StoreArguments,
}

/// Tell what runs on a cluster, in place of what was told before
///
/// Reads what `kubectl get pods -A -o json` prints, or a list of digests, one a line, which a name may follow. What does not run any
/// more gets an end. Images that run and of which there is no SBOM are counted in every answer.
#[derive(Debug, Args)]
pub(crate) struct InventoryDeployedArguments {
    /// The file to read; - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The environment, such as prod
    #[arg(long, value_name = "NAME")]
    pub(crate) env: String,
    /// The cluster
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub(crate) cluster: String,
    #[command(flatten)]
    pub(crate) store: StoreArguments,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}
