//! `plimsoll provenance`.

mod ask;
mod deps;
mod fetch;
mod verify;

use crate::args::ProvenanceCommand;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(command: &ProvenanceCommand, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        ProvenanceCommand::Deps(arguments) => deps::run(arguments, offline, ui),
        ProvenanceCommand::Fetch(arguments) => fetch::run(arguments, offline, ui),
        ProvenanceCommand::Verify(arguments) => verify::run(arguments, offline, ui),
    }
}
