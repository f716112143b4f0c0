//! `plimsoll inventory scan` and `watch`.

use std::path::PathBuf;

use clap::Args;

use super::{AddingArguments, LabelArguments, StoreArguments};
use crate::args::{DataFormat, LimitArguments, NetworkArguments, SourceArguments};

/// Scan all images of a list or a registry, and keep what was found as seen by us
///
/// The list is kept in the inventory: what was interrupted goes on where it was, and any number of processes on any machines that name
/// the same list and the same inventory share it. An image that somebody began and did not end is taken over when its lease has run out.
#[derive(Debug, Args)]
pub(crate) struct InventoryScanArguments {
    /// A file with the name of an image in a registry on each line, - for standard input; or registry:HOST, registry:HOST/PREFIX for what
    /// a registry has
    #[arg(long, value_name = "LIST")]
    pub(crate) from: String,
    /// What the list is called in the inventory [default: what --from says]
    #[arg(long, value_name = "NAME")]
    pub(crate) list: Option<String>,
    #[command(flatten)]
    pub(crate) store: StoreArguments,
    /// Of a registry, only tags like this; `*` stands for anything
    #[arg(long, value_name = "GLOB")]
    pub(crate) tag_glob: Option<String>,
    /// Of each repository, only the last N tags, numbers in them compared as numbers
    #[arg(long, value_name = "N")]
    pub(crate) newest: Option<usize>,
    /// How many images to scan at once
    #[arg(short, long, value_name = "N", default_value_t = 2)]
    pub(crate) jobs: usize,
    /// Scan the whole list again, also what was scanned before
    #[arg(long)]
    pub(crate) again: bool,
    /// Try once more what could not be scanned before
    #[arg(long, conflicts_with = "again")]
    pub(crate) retry_failed: bool,
    /// Print each artifact that has this component, as soon as it is found: a package URL, with a range of versions after the at sign, or
    /// a name
    #[arg(long, value_name = "QUERY")]
    pub(crate) hunt: Option<String>,
    /// Write the images that could not be scanned to this file, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) failures: Option<PathBuf>,
    /// After how many seconds without a sign of life others take an image over
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(3..=86_400))]
    pub(crate) lease: u32,
    /// How often an image is tried
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub(crate) attempts: u64,
    /// Exit with 4 when an image could not be scanned
    #[arg(long)]
    pub(crate) strict: bool,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
    #[command(flatten)]
    pub(crate) labels: LabelArguments,
    #[command(flatten)]
    pub(crate) scan: SourceArguments,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}

/// Watch a directory, and add the SBOMs and attestations that appear in it
///
/// The directory is looked through again and again; a file is added once it has stayed the same from one look to the next. Ends when it is
/// interrupted.
#[derive(Debug, Args)]
pub(crate) struct InventoryWatchArguments {
    /// The directory
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// Seconds from one look to the next
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) interval: u64,
    /// End after so many looks
    #[arg(long, value_name = "N")]
    pub(crate) looks: Option<u64>,
    /// Print each artifact that has this component, as soon as it is added: a package URL, with a range of versions after the at sign, or a
    /// name
    #[arg(long, value_name = "QUERY")]
    pub(crate) hunt: Option<String>,
    #[command(flatten)]
    pub(crate) add: AddingArguments,
}
