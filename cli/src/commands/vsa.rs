//! `plimsoll vsa`.

mod claim;
mod create;
mod from_report;
mod report;
mod subjects;
mod verify;

use std::path::Path;

use plimsoll_attest::SlsaResult;
use plimsoll_model::DigestAlgorithm;
use plimsoll_verify::Subject;

use crate::args::VsaCommand;
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
fn digest_of(path: &Path) -> Result<(String, String), Failure> {
    let file = Subject::file(path, &[])
        .map_err(|error| Failure::failed(anyhow::Error::new(error).context(path.display().to_string())))?;
    let algorithm = DigestAlgorithm::Sha256;
    Ok((algorithm.token().to_owned(), file.hex(algorithm).unwrap_or_default().to_owned()))
}
