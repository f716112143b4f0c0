//! `plimsoll sbom validate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::args::LimitArguments;

/// Hold documents against their standard: schema, references, duplicate members and the rules of its text
///
/// Every fault is named with its place. Exits with 1 when a document is not valid.
#[derive(Debug, Args)]
pub(crate) struct ValidateArguments {
    /// The documents; `-` reads standard input
    #[arg(value_name = "SBOM", required = true)]
    pub(crate) documents: Vec<PathBuf>,
    /// How to write the faults
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: FaultFormat,
    /// Also refuse documents for what is only advice
    #[arg(long)]
    pub(crate) strict: bool,
    /// Faults shown of each document as text, 0 for all
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) show: usize,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// How faults are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FaultFormat {
    Text,
    Json,
    Sarif,
    Junit,
}
