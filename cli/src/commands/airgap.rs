//! `plimsoll airgap`: one signed folder for places without a network (decision record 0017).

mod draft;
mod folder;
mod images;
mod import;
mod pack;
mod trust;

use crate::args::AirgapCommand;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(command: &AirgapCommand, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        AirgapCommand::Pack(arguments) => pack::run(arguments, offline, ui),
        AirgapCommand::Verify(arguments) => folder::run(arguments, ui),
        AirgapCommand::Import(arguments) => import::run(arguments, offline, ui),
    }
}
