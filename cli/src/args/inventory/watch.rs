//! `plimsoll inventory watch`.

use std::path::PathBuf;

use clap::Args;

use super::AddingArguments;

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
