//! `plimsoll provenance`.

mod verify;

use clap::Subcommand;

pub(crate) use verify::ProvenanceVerifyArguments;

/// Where software came from: make provenance, and prove it
#[derive(Debug, Subcommand)]
pub(crate) enum ProvenanceCommand {
    Verify(Box<ProvenanceVerifyArguments>),
}
