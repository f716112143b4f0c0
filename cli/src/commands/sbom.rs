//! `plimsoll sbom`: one file a subcommand.

mod check;
mod convert;
mod diff;
mod score;
mod validate;

use crate::args::SbomCommand;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(command: &SbomCommand, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        SbomCommand::Validate(arguments) => validate::run(arguments, ui),
        SbomCommand::Diff(arguments) => diff::run(arguments, ui),
        SbomCommand::Convert(arguments) => convert::run(arguments, ui),
        SbomCommand::Check(arguments) => check::run(arguments, ui),
        SbomCommand::Score(arguments) => score::run(arguments, ui),
    }
}
