//! `plimsoll vex convert`.

use crate::args::VexConvertArguments;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(arguments: &VexConvertArguments, ui: &mut Ui) -> Result<u8, Failure> {
    if arguments.output.output.is_none() {
        return Err(Failure::usage("-o says in which format: openvex or cyclonedx"));
    }
    let (mut document, _) = super::open(&arguments.document, &arguments.limits.limits())?;
    super::warn(&arguments.document, &document, ui);
    super::describe(&mut document, &arguments.output);
    let time = super::time(&arguments.output)?;
    super::put(&document, &arguments.output, time, arguments.accept_loss, ui)
}
