//! `plimsoll provenance`.

mod ask;
mod deps;
mod fetch;
pub(super) mod generate;
mod run;
mod show;
pub(super) mod verify;

use crate::args::ProvenanceCommand;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(command: &ProvenanceCommand, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        ProvenanceCommand::Generate(arguments) => generate::run(arguments, offline, ui),
        ProvenanceCommand::Observed(arguments) => Err(run::become_command(arguments)),
        ProvenanceCommand::Run(arguments) => run::run(arguments, ui),
        ProvenanceCommand::Show(arguments) => show::run(arguments, offline, ui),
        ProvenanceCommand::Deps(arguments) => deps::run(arguments, offline, ui),
        ProvenanceCommand::Fetch(arguments) => fetch::run(arguments, offline, ui),
        ProvenanceCommand::Verify(arguments) => verify::run(arguments, offline, ui),
    }
}
