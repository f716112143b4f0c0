//! `plimsoll sbom`: one file a subcommand.

mod check;
mod convert;
mod diff;
mod enrich;
mod jsf;
mod merge;
mod redact;
mod score;
mod show;
mod validate;
mod written;

use plimsoll_sbom::convert::{Carry, Losses};
use plimsoll_sbom::encoding::Parsed;
use written::{Written, report, written};

use crate::args::SbomCommand;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(command: &SbomCommand, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        SbomCommand::Validate(arguments) => validate::run(arguments, ui),
        SbomCommand::Diff(arguments) => diff::run(arguments, ui),
        SbomCommand::Convert(arguments) => convert::run(arguments, ui),
        SbomCommand::Check(arguments) => check::run(arguments, offline, ui),
        SbomCommand::Score(arguments) => score::run(arguments, ui),
        SbomCommand::Show(arguments) => show::run(arguments),
        SbomCommand::Merge(arguments) => merge::run(arguments, ui),
        SbomCommand::Redact(arguments) => redact::run(arguments, ui),
        SbomCommand::Enrich(arguments) => enrich::run(arguments, ui),
        SbomCommand::JsfSign(arguments) => jsf::sign(arguments, offline),
        SbomCommand::JsfVerify(arguments) => jsf::verify(arguments, ui),
    }
}

/// A document in the standard and version of a result, and what that lost.
fn converted(mut parsed: Parsed, output: &Written) -> (Parsed, Losses) {
    if (parsed.encoding, parsed.version) == (output.encoding, output.version) {
        return (parsed, Losses::default());
    }
    let conversion = plimsoll_sbom::convert::convert(&parsed, output.encoding, output.version, Carry::None);
    (parsed.encoding, parsed.version, parsed.tree) = (output.encoding, output.version, conversion.tree);
    parsed.faults.clear();
    (parsed, conversion.losses)
}
