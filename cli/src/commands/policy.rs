//! `plimsoll policy`, and policies that other commands are given.

mod explain;
mod import;
mod init;
pub(super) mod open;
mod test;

use crate::args::PolicyCommand;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(command: &PolicyCommand, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        PolicyCommand::Init(arguments) => init::run(arguments, offline, ui),
        PolicyCommand::Explain(arguments) => explain::run(arguments),
        PolicyCommand::Import(arguments) => import::run(arguments, ui),
        PolicyCommand::Test(arguments) => test::run(arguments, offline, ui),
    }
}
