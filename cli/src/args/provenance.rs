//! `plimsoll provenance`.

mod generate;
mod verify;

use clap::Subcommand;

pub(crate) use generate::{BuildFacts, GenerateArguments};
pub(crate) use verify::ProvenanceVerifyArguments;

/// Where software came from: make provenance, and prove it
#[derive(Debug, Subcommand)]
pub(crate) enum ProvenanceCommand {
    Generate(Box<GenerateArguments>),
    Verify(Box<ProvenanceVerifyArguments>),
}
