//! `plimsoll inventory`.

mod add;
mod list;
pub(super) mod open;
mod scan;
mod words;

use crate::args::InventoryCommand;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(command: &InventoryCommand, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        InventoryCommand::Add(arguments) => add::run(arguments, offline, ui),
        InventoryCommand::List(arguments) => list::run(arguments, ui),
        InventoryCommand::Scan(arguments) => scan::run(arguments, offline, ui),
    }
}
