//! `plimsoll vsa`: what is found by somebody who verifies, so that others need not.

mod create;
mod verify;

use clap::Subcommand;

pub(crate) use create::{SummaryResult, SummaryType, VsaCreateArguments};
pub(crate) use verify::VsaVerifyArguments;

/// Make and verify summaries of verifications (VSA of SLSA, SVR of in-toto)
#[derive(Debug, Subcommand)]
pub(crate) enum VsaCommand {
    Create(Box<VsaCreateArguments>),
    Verify(Box<VsaVerifyArguments>),
}
