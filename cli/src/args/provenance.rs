//! `plimsoll provenance`.

mod deps;
mod fetch;
mod generate;
mod run;
mod show;
mod verify;

use clap::Subcommand;

pub(crate) use deps::{AskArguments, DepsArguments, DepsExpectations, DepsFormat};
pub(crate) use fetch::FetchArguments;
pub(crate) use generate::{BuildFacts, GenerateArguments};
pub(crate) use run::{ProvenanceObservedArguments, ProvenanceRunArguments};
pub(crate) use show::ProvenanceShowArguments;
pub(crate) use verify::{ExpectedBuildArguments, ProvenanceVerifyArguments, VerdictFormat};

/// Where software came from: make provenance, and prove it
#[derive(Debug, Subcommand)]
pub(crate) enum ProvenanceCommand {
    Generate(Box<GenerateArguments>),
    Run(Box<ProvenanceRunArguments>),
    Verify(Box<ProvenanceVerifyArguments>),
    Show(ProvenanceShowArguments),
    Deps(Box<DepsArguments>),
    Fetch(Box<FetchArguments>),
    #[command(hide = true)]
    Observed(ProvenanceObservedArguments),
}
