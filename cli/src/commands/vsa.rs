//! `plimsoll vsa`.

mod claim;
mod create;
mod report;
mod subjects;
mod verify;

use data_encoding::HEXLOWER;
use plimsoll_attest::SlsaResult;
use sha2::{Digest as _, Sha256};

use crate::args::VsaCommand;
use crate::commands::evidence;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(command: &VsaCommand, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        VsaCommand::Create(arguments) => create::run(arguments, offline, ui),
        VsaCommand::Verify(arguments) => verify::run(arguments, offline, ui),
    }
}

/// Names of levels, of which SLSA has those that begin with `SLSA_`.
fn levels(flag: &str, names: &[String]) -> Result<Vec<SlsaResult>, Failure> {
    names.iter().map(|name| level(flag, name)).collect()
}

fn level(flag: &str, name: &str) -> Result<SlsaResult, Failure> {
    SlsaResult::parse(name).map_err(|error| {
        Failure::usage(format!("{flag} {name}: {error}"))
            .hint("levels are SLSA_BUILD_LEVEL_0 to 3 and SLSA_SOURCE_LEVEL_0 to 4; names of your own begin otherwise")
    })
}

/// The digest of a file that is named: a policy, an attestation.
fn digest_of(path: &std::path::Path) -> Result<(String, String), Failure> {
    Ok(("sha256".to_owned(), HEXLOWER.encode(&Sha256::digest(evidence::bytes(path)?))))
}
