//! `plimsoll sbom enrich`.

use std::path::PathBuf;

use clap::Args;

use super::DocumentArgument;
use crate::args::OutputArgument;

/// Add what other documents, lockfiles and licence texts know of the components of a document, offline
///
/// Facts are added where there are none: digests, licences, supplier, URLs, scope, relationships, copyright, description.
/// Nothing is overwritten or removed. Each fact is marked with its source.
#[derive(Debug, Args)]
pub(crate) struct EnrichArguments {
    #[command(flatten)]
    pub(crate) document: DocumentArgument,
    /// Where to take facts from: another document, or a directory, which is scanned. The first that has a fact gives it
    #[arg(long, value_name = "DIR|SBOM")]
    pub(crate) from: Vec<PathBuf>,
    /// A directory of licence texts, each in a directory named NAME or NAME@VERSION as the component is
    #[arg(long, value_name = "DIR")]
    pub(crate) licenses_from: Vec<PathBuf>,
    /// Format and place of the result [default: the format of the document, to stdout]
    #[arg(short, long, value_name = "FORMAT[@VERSION][=PATH]", value_parser = OutputArgument::parse)]
    pub(crate) output: Option<OutputArgument>,
    /// Write what was added to a file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}
