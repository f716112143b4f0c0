//! `plimsoll provenance fetch`.

use std::path::PathBuf;

use clap::Args;

use super::super::{DataFormat, DocumentArgument, NetworkArguments};
use super::AskArguments;

/// Keep what registries publish about the components of an SBOM, to check it where there is no network
///
/// Writes a tar with all answers by their digest, what nobody could be asked about, npm's keys and the trusted roots in use.
/// `provenance deps --evidence FILE` then asks nobody. The same answers give the same bytes, but for the time at which they were
/// fetched, which SOURCE_DATE_EPOCH decides. Nothing is verified here.
#[derive(Debug, Args)]
pub(crate) struct FetchArguments {
    #[command(flatten)]
    pub(crate) document: DocumentArgument,
    /// Where to write it
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// How to write what was done
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
    #[command(flatten)]
    pub(crate) asked: AskArguments,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}
