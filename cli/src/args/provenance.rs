//! `plimsoll provenance`.

mod deps;
mod fetch;
mod verify;

use clap::Subcommand;

pub(crate) use deps::{AskArguments, DepsArguments, DepsExpectations, DepsFormat};
pub(crate) use fetch::FetchArguments;
pub(crate) use verify::ProvenanceVerifyArguments;

/// Where software came from: make provenance, and prove it
#[derive(Debug, Subcommand)]
pub(crate) enum ProvenanceCommand {
    Deps(Box<DepsArguments>),
    Fetch(Box<FetchArguments>),
    Verify(Box<ProvenanceVerifyArguments>),
}
