//! `plimsoll provenance`.

mod generate;
mod run;
mod verify;

use clap::Subcommand;

pub(crate) use generate::{BuildFacts, GenerateArguments};
pub(crate) use run::{ProvenanceObservedArguments, ProvenanceRunArguments};
pub(crate) use verify::ProvenanceVerifyArguments;

/// Where software came from: make provenance, and prove it
#[derive(Debug, Subcommand)]
pub(crate) enum ProvenanceCommand {
    Generate(Box<GenerateArguments>),
    #[command(hide = true)]
    Observed(ProvenanceObservedArguments),
    Run(Box<ProvenanceRunArguments>),
    Verify(Box<ProvenanceVerifyArguments>),
}
