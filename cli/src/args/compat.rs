//! `plimsoll compat`: the commands of other tools, with their flags.

mod cosign;
mod gh;
mod slsa_verifier;

use std::ffi::OsString;

use clap::{Args, ValueEnum};

pub(crate) use cosign::*;
pub(crate) use gh::*;
pub(crate) use slsa_verifier::*;

/// Take the commands of another tool: cosign, gh attestation, or slsa-verifier
///
/// `plimsoll compat cosign verify-blob …` takes the flags of cosign 2 and 3, gives its exit status, and writes to stdout what
/// it writes there. The same happens when the program is called `cosign` or `gh`. A flag that is not known is refused, never
/// passed over; `plimsoll compat cosign COMMAND --help` lists those that are. Nothing is fetched to verify but the image
/// itself: what cosign would look up in a log has to be in the bundle.
#[derive(Debug, Args)]
pub(crate) struct CompatArguments {
    /// The tool
    #[arg(value_name = "TOOL")]
    pub(crate) tool: CompatTool,
    /// Its command and flags
    #[arg(value_name = "ARGUMENTS", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<OsString>,
}

/// Tools whose commands are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompatTool {
    /// cosign of Sigstore
    Cosign,
    /// `gh attestation` of GitHub
    Gh,
    /// slsa-verifier of SLSA
    SlsaVerifier,
}
