//! `plimsoll bundle`.

mod fetch;
mod inspect;
mod upgrade;

use crate::args::BundleCommand;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(command: &BundleCommand, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        BundleCommand::Inspect(arguments) => inspect::run(arguments),
        BundleCommand::Upgrade(arguments) => upgrade::run(arguments, offline, ui),
    }
}
