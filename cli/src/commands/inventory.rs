//! `plimsoll inventory`.

mod add;
mod deployed;
mod export;
mod hunt;
mod label;
mod list;
pub(crate) mod open;
mod remove;
mod scan;
mod select;
mod show;
mod stats;
pub(super) mod words;

pub(super) use list::denominator;

use crate::args::InventoryCommand;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(command: &InventoryCommand, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        InventoryCommand::Add(arguments) => add::run(arguments, offline, ui),
        InventoryCommand::Scan(arguments) => scan::run(arguments, offline, ui),
        InventoryCommand::Watch(arguments) => add::watch(arguments, ui),
        InventoryCommand::List(arguments) => list::run(arguments, ui),
        InventoryCommand::Show(arguments) => show::run(arguments),
        InventoryCommand::Label(arguments) => label::run(arguments, ui),
        InventoryCommand::Deployed(arguments) => deployed::run(arguments, ui),
        InventoryCommand::Remove(arguments) => remove::run(arguments, ui),
        InventoryCommand::Export(arguments) => export::run(arguments, ui),
        InventoryCommand::Stats(arguments) => stats::run(arguments, ui),
    }
}
