//! `plimsoll sbom convert`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::DocumentArgument;
use crate::args::OutputArgument;

/// Convert a document to another format or version, and say exactly what that loses
///
/// Exits with 4 when a component, relationship, digest, package URL or licence is lost, unless --accept-loss is given.
#[derive(Debug, Args)]
pub(crate) struct ConvertArguments {
    #[command(flatten)]
    pub(crate) document: DocumentArgument,
    /// Format and place of the result, several times for several
    #[arg(short, long, value_name = "FORMAT[@VERSION][=PATH]", required = true, value_parser = OutputArgument::parse)]
    pub(crate) output: Vec<OutputArgument>,
    /// What to do with facts that the format has no place for
    #[arg(long, value_name = "HOW", default_value = "none")]
    pub(crate) carry: CarryArgument,
    /// Exit with 0 whatever is lost
    #[arg(long)]
    pub(crate) accept_loss: bool,
    /// Write every lost fact to a file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) loss_report: Option<PathBuf>,
}

/// What becomes of facts that a format has no place for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CarryArgument {
    /// They are left out
    None,
    /// Single values become properties or annotations of their element
    Properties,
    /// All of them travel in one property, and converting back restores them
    Full,
}
