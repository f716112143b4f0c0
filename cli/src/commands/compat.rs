//! `plimsoll compat`: the commands of other tools.

mod cosign;
mod gh;
mod policy;
mod slsa_verifier;

use std::ffi::OsString;

use clap::Parser;

use crate::args::{CompatArguments, CompatTool, CosignArguments, GhArguments, SlsaVerifierArguments};
use crate::exit;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(arguments: &CompatArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let (name, given) = match arguments.tool {
        CompatTool::Cosign => ("cosign", &arguments.arguments),
        CompatTool::Gh => ("gh", &arguments.arguments),
        CompatTool::SlsaVerifier => ("slsa-verifier", &arguments.arguments),
    };
    let line = std::iter::once(OsString::from(name)).chain(given.iter().cloned());
    let outcome = match arguments.tool {
        CompatTool::Cosign => match parse::<CosignArguments>(line) {
            Ok(arguments) => cosign::run(&arguments, offline, ui),
            Err(code) => return Ok(code),
        },
        CompatTool::Gh => match parse::<GhArguments>(line) {
            Ok(arguments) => gh::run(&arguments, offline, ui),
            Err(code) => return Ok(code),
        },
        CompatTool::SlsaVerifier => match parse::<SlsaVerifierArguments>(line) {
            Ok(arguments) => slsa_verifier::run(&arguments, offline, ui),
            Err(code) => return Ok(code),
        },
    };
    // Both tools have one status for all that goes wrong, but for some that are given as such.
    outcome.or_else(|failure| {
        let code = ui.failure(&failure);
        Ok(if code == exit::DONE || code == exit::INTERNAL { code } else { exit::NO })
    })
}

/// Reads the flags of a tool; what is wrong with them is said, and the status of the tool given.
fn parse<T: Parser>(line: impl Iterator<Item = OsString>) -> Result<T, u8> {
    T::try_parse_from(line).map_err(|error| {
        drop(error.print());
        if error.use_stderr() { exit::NO } else { exit::DONE }
    })
}
